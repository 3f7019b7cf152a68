#define _GNU_SOURCE 1
#include "exec_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct frame {
    uint32_t bytes; /* of the whole message */
    uint32_t kind;
};

/* A lab or a supervisor without memory can't do its work; the other end sees the socket close. */
static void *grow(void *memory, size_t *room, size_t wanted)
{
    size_t next = *room ? *room : 4096;

    while (next < wanted) {
        next *= 2;
    }
    if (next == *room) {
        return memory;
    }
    void *grown = realloc(memory, next);
    if (!grown) {
        fputs("portreeve-lab: out of memory\n", stderr);
        abort();
    }
    *room = next;
    return grown;
}

void door_open(struct door_stream *stream, int fd)
{
    memset(stream, 0, sizeof *stream);
    stream->fd = fd;
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void door_close(struct door_stream *stream)
{
    if (stream->fd >= 0) {
        close(stream->fd);
    }
    free(stream->out);
    free(stream->in);
    memset(stream, 0, sizeof *stream);
    stream->fd = -1;
}

void door_queue(struct door_stream *stream, enum door_kind kind, const void *fixed,
                size_t fixed_bytes, const void *tail, size_t tail_bytes)
{
    size_t bytes = sizeof(struct frame) + fixed_bytes + tail_bytes;
    struct frame frame = {(uint32_t)bytes, (uint32_t)kind};

    stream->out = grow(stream->out, &stream->out_room, stream->out_bytes + bytes);
    uint8_t *at = stream->out + stream->out_bytes;
    memcpy(at, &frame, sizeof frame);
    memcpy(at + sizeof frame, fixed, fixed_bytes);
    if (tail_bytes > 0) {
        memcpy(at + sizeof frame + fixed_bytes, tail, tail_bytes);
    }
    stream->out_bytes += bytes;
}

bool door_flush(struct door_stream *stream)
{
    size_t sent = 0;
    bool alive = true;

    while (sent < stream->out_bytes) {
        ssize_t now = send(stream->fd, stream->out + sent, stream->out_bytes - sent,
                           MSG_NOSIGNAL | MSG_DONTWAIT);
        if (now < 0 && errno == EINTR) {
            continue;
        }
        if (now < 0) {
            alive = errno == EAGAIN || errno == EWOULDBLOCK;
            break;
        }
        sent += (size_t)now;
    }
    if (sent > 0 && sent < stream->out_bytes) {
        memmove(stream->out, stream->out + sent, stream->out_bytes - sent);
    }
    stream->out_bytes -= sent;
    return alive;
}

bool door_receive(struct door_stream *stream)
{
    if (stream->in_done > 0) {
        memmove(stream->in, stream->in + stream->in_done, stream->in_bytes - stream->in_done);
        stream->in_bytes -= stream->in_done;
        stream->in_done = 0;
    }
    stream->in = grow(stream->in, &stream->in_room, stream->in_bytes + 65536);
    ssize_t now;
    do {
        now = recv(stream->fd, stream->in + stream->in_bytes, stream->in_room - stream->in_bytes,
                   MSG_DONTWAIT);
    } while (now < 0 && errno == EINTR);
    if (now > 0) {
        stream->in_bytes += (size_t)now;
        return true;
    }
    return now < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

int door_take(struct door_stream *stream, struct door_message *message)
{
    struct frame frame;
    size_t there = stream->in_bytes - stream->in_done;

    if (there < sizeof frame) {
        return 0;
    }
    memcpy(&frame, stream->in + stream->in_done, sizeof frame);
    if (frame.bytes < sizeof frame || frame.bytes > DOOR_MAX_MESSAGE) {
        return -1;
    }
    if (there < frame.bytes) {
        return 0;
    }
    message->kind = frame.kind;
    message->body = stream->in + stream->in_done + sizeof frame;
    message->bytes = frame.bytes - sizeof frame;
    stream->in_done += frame.bytes;
    return 1;
}
