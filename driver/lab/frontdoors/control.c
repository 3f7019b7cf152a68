/*
 * The control socket. Frames are little-endian:
 *   request  { u32 size; u32 op; u64 request_id; u32 ioctl_code; u32 output_capacity; u8 input[] }   op 1 = ioctl
 *            { u32 size; u32 op; u64 request_id }                                                    op 2 = cancel
 *   reply    { u32 size; u32 ntstatus; u64 request_id; u8 output[] }   the first one, id 0, answers the open
 *
 * Whoever is on the other side is not trusted: sizes are bounded, a frame that makes no sense ends the connection, and a
 * client that doesn't read what it asked for is not read from either. One thread serves every connection; replies come
 * from whatever thread completes the request and never wait for the client.
 */
#include "control.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../emulator/emulator.h"
#include "listen.h"
#include "processes.h"

#define OP_IOCTL            1
#define OP_CANCEL           2
#define CANCEL_BYTES        16u
#define IOCTL_BYTES         24u
#define REPLY_BYTES         16u
#define MAX_FRAME           (256u * 1024)
#define MAX_OUTPUT          (256u * 1024)
#define MAX_UNREAD          (4u * 1024 * 1024)
#define MAX_REQUESTS        256
#define MAX_CLIENTS         64
#define STATUS_PARAMETER    0xC000000Du
#define STATUS_DENIED       0xC0000022u
#define STATUS_NO_RESOURCES 0xC000009Au

struct client;

struct request {
    struct request *next;
    struct client *client;
    uint64_t id;
    uint64_t number; /* the emulator's, 0 until it is known */
    bool done;
    int references; /* the caller's and the completion's */
};

struct client {
    int fd;
    struct lab_handle *handle;
    uint64_t process_id;
    bool owns_process; /* this connection made the process known */
    uint8_t *input;    /* MAX_FRAME bytes */
    size_t input_bytes;
    uint32_t events; /* what epoll waits for */
    pthread_mutex_t lock;
    /* under `lock` */
    uint8_t *output;
    size_t output_bytes, output_at, output_room;
    struct request *requests;
    unsigned request_count;
    bool broken; /* nothing more is sent */
};

static int listener = -1, poller = -1, waker = -1;
static pthread_t server;
static volatile bool stopping;
static struct client *clients[MAX_CLIENTS];
static char socket_path[128];

static uint32_t get32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof(value));
    return value;
}

static uint64_t get64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof(value));
    return value;
}

static void wake(void)
{
    uint64_t one = 1;
    ssize_t written = write(waker, &one, sizeof(one));
    (void)written;
}

/* Output */

/* With the client's lock held. Sends what the socket takes; false when the client is gone. */
static bool flush_output(struct client *client)
{
    while (client->output_at < client->output_bytes) {
        ssize_t sent = send(client->fd, client->output + client->output_at,
                            client->output_bytes - client->output_at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        client->output_at += (size_t)sent;
    }
    client->output_at = client->output_bytes = 0;
    return true;
}

static bool make_room(struct client *client, size_t bytes)
{
    size_t wanted = client->output_bytes + bytes;
    uint8_t *grown;
    if (client->output_at > 0 && wanted > client->output_room) {
        memmove(client->output, client->output + client->output_at,
                client->output_bytes - client->output_at);
        client->output_bytes -= client->output_at;
        client->output_at = 0;
        wanted = client->output_bytes + bytes;
    }
    if (wanted <= client->output_room) {
        return true;
    }
    wanted = wanted * 2 > 65536 ? wanted * 2 : 65536;
    grown = realloc(client->output, wanted);
    if (grown == NULL) {
        return false;
    }
    client->output = grown;
    client->output_room = wanted;
    return true;
}

/* With the client's lock held. */
static void append(struct client *client, const void *bytes, size_t count)
{
    if (count > 0) {
        memcpy(client->output + client->output_bytes, bytes, count);
        client->output_bytes += count;
    }
}

/* With the client's lock held. */
static void reply(struct client *client, uint64_t id, uint32_t status, const void *output,
                  size_t bytes)
{
    uint32_t head[2] = {(uint32_t)(REPLY_BYTES + bytes), status};
    bool idle = client->output_bytes == 0;
    if (client->broken) {
        return;
    }
    if (!make_room(client, REPLY_BYTES + bytes)) {
        client->broken = true;
        wake();
        return;
    }
    append(client, head, sizeof(head));
    append(client, &id, sizeof(id));
    append(client, output, bytes);
    if (idle && !flush_output(client)) {
        client->broken = true;
    }
    if (client->broken || client->output_bytes > 0) {
        wake();
    }
}

static void reply_now(struct client *client, uint64_t id, uint32_t status)
{
    pthread_mutex_lock(&client->lock);
    reply(client, id, status, NULL, 0);
    pthread_mutex_unlock(&client->lock);
}

/* Requests */

/* With the client's lock held. */
static void request_drop(struct request *request)
{
    if (--request->references == 0) {
        free(request);
    }
}

/* With the client's lock held. */
static void request_unlink(struct request *request)
{
    struct request **at = &request->client->requests;
    while (*at != request) {
        at = &(*at)->next;
    }
    *at = request->next;
    request->client->request_count--;
}

static void ioctl_done(void *context, uint32_t status, const void *output, size_t bytes)
{
    struct request *request = context;
    struct client *client = request->client;
    bool was_full;
    pthread_mutex_lock(&client->lock);
    was_full = client->request_count == MAX_REQUESTS;
    request->done = true;
    request_unlink(request);
    reply(client, request->id, status, output, bytes);
    request_drop(request);
    if (was_full) {
        wake();
    }
    pthread_mutex_unlock(&client->lock);
}

/* With the client's lock held. */
static struct request *find_request(struct client *client, uint64_t id)
{
    struct request *request = client->requests;
    while (request != NULL && request->id != id) {
        request = request->next;
    }
    return request;
}

static struct request *request_new(struct client *client, uint64_t id)
{
    struct request *request = NULL;
    pthread_mutex_lock(&client->lock);
    if (id != 0 && find_request(client, id) == NULL &&
        (request = calloc(1, sizeof(*request))) != NULL) {
        request->client = client;
        request->id = id;
        request->references = 2;
        request->next = client->requests;
        client->requests = request;
        client->request_count++;
    }
    pthread_mutex_unlock(&client->lock);
    return request;
}

static void start_ioctl(struct client *client, const uint8_t *frame, uint32_t size)
{
    uint32_t code = get32(frame + 16), capacity = get32(frame + 20);
    struct request *request = capacity <= MAX_OUTPUT ? request_new(client, get64(frame + 8)) : NULL;
    uint64_t number;
    if (request == NULL) {
        reply_now(client, get64(frame + 8), STATUS_PARAMETER);
        return;
    }
    number = lab_device_ioctl(client->handle, code, frame + IOCTL_BYTES, size - IOCTL_BYTES,
                              capacity, ioctl_done, request);
    pthread_mutex_lock(&client->lock);
    request->number = number;
    request_drop(request);
    pthread_mutex_unlock(&client->lock);
}

static void cancel(struct client *client, uint64_t id)
{
    uint64_t number = 0;
    struct request *request;
    pthread_mutex_lock(&client->lock);
    request = find_request(client, id);
    if (request != NULL) {
        number = request->number;
    }
    pthread_mutex_unlock(&client->lock);
    if (number != 0) {
        lab_device_cancel(client->handle, number);
    }
}

/* Input */

/* Bytes used, 0 when the frame isn't whole yet, -1 when it makes no sense. */
static long take_frame(struct client *client, const uint8_t *at, size_t bytes)
{
    uint32_t size, op;
    if (bytes < 8) {
        return 0;
    }
    size = get32(at);
    op = get32(at + 4);
    if (size > MAX_FRAME || (op == OP_IOCTL && size < IOCTL_BYTES) ||
        (op == OP_CANCEL && size != CANCEL_BYTES && size != IOCTL_BYTES) ||
        (op != OP_IOCTL && op != OP_CANCEL)) {
        return -1;
    }
    if (bytes < size) {
        return 0;
    }
    if (op == OP_IOCTL) {
        start_ioctl(client, at, size);
    } else {
        cancel(client, get64(at + 8));
    }
    return (long)size;
}

static bool is_congested(struct client *client)
{
    bool congested;
    pthread_mutex_lock(&client->lock);
    congested = client->output_bytes - client->output_at > MAX_UNREAD ||
                client->request_count >= MAX_REQUESTS;
    pthread_mutex_unlock(&client->lock);
    return congested;
}

/* False when the connection is to end. */
static bool take_frames(struct client *client)
{
    size_t at = 0;
    while (!is_congested(client)) {
        long used = take_frame(client, client->input + at, client->input_bytes - at);
        if (used < 0) {
            return false;
        }
        if (used == 0) {
            break;
        }
        at += (size_t)used;
    }
    memmove(client->input, client->input + at, client->input_bytes - at);
    client->input_bytes -= at;
    return true;
}

static bool read_input(struct client *client)
{
    ssize_t got;
    if (client->input_bytes == MAX_FRAME) {
        return true;
    }
    got = recv(client->fd, client->input + client->input_bytes, MAX_FRAME - client->input_bytes,
               MSG_DONTWAIT);
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    client->input_bytes += (size_t)got;
    return got > 0;
}

/* Clients */

static void update_events(struct client *client)
{
    struct epoll_event event = {.data.ptr = client};
    bool unread;
    pthread_mutex_lock(&client->lock);
    unread = client->output_bytes > 0;
    pthread_mutex_unlock(&client->lock);
    event.events =
        (is_congested(client) ? 0u : (uint32_t)EPOLLIN) | (unread ? (uint32_t)EPOLLOUT : 0u);
    if (event.events != client->events) {
        client->events = event.events;
        (void)epoll_ctl(poller, EPOLL_CTL_MOD, client->fd, &event);
    }
}

static struct client *client_new(int fd)
{
    struct client *client = calloc(1, sizeof(*client));
    if (client == NULL || (client->input = malloc(MAX_FRAME)) == NULL) {
        free(client);
        return NULL;
    }
    client->fd = fd;
    (void)pthread_mutex_init(&client->lock, NULL);
    return client;
}

static void client_free(struct client *client)
{
    (void)pthread_mutex_destroy(&client->lock);
    (void)close(client->fd);
    free(client->input);
    free(client->output);
    free(client);
}

/* CLEANUP completes what is open; its replies go nowhere. */
static void client_end(struct client *client)
{
    pthread_mutex_lock(&client->lock);
    client->broken = true;
    pthread_mutex_unlock(&client->lock);
    (void)epoll_ctl(poller, EPOLL_CTL_DEL, client->fd, NULL);
    if (client->handle != NULL) {
        lab_device_close(client->handle);
    }
    if (client->owns_process) {
        lab_process_exit(client->process_id);
    }
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        clients[i] = clients[i] == client ? NULL : clients[i];
    }
    client_free(client);
}

/* The open's status; the client is served only when it is 0. */
static uint32_t client_open(struct client *client)
{
    struct ucred peer;
    socklen_t bytes = sizeof(peer);
    if (getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0 ||
        (peer.uid != getuid() && peer.uid != 0)) {
        return STATUS_DENIED;
    }
    client->process_id = (uint64_t)peer.pid;
    client->owns_process = lab_process_adopt(client->process_id);
    return lab_device_open(client->process_id, &client->handle);
}

static void client_refused(struct client *client, uint32_t status)
{
    reply_now(client, 0, status);
    if (client->owns_process) {
        lab_process_exit(client->process_id);
    }
    client_free(client);
}

static void accept_client(void)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *client = fd >= 0 ? client_new(fd) : NULL;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    size_t slot = 0;
    uint32_t status;
    if (client == NULL) {
        (void)(fd >= 0 ? close(fd) : 0);
        return;
    }
    while (slot < MAX_CLIENTS && clients[slot] != NULL) {
        slot++;
    }
    status = slot < MAX_CLIENTS ? client_open(client) : STATUS_NO_RESOURCES;
    if (status != 0) {
        client_refused(client, status);
        return;
    }
    clients[slot] = client;
    client->events = EPOLLIN;
    (void)epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    reply_now(client, 0, 0);
}

static bool serve_output(struct client *client)
{
    bool alive;
    pthread_mutex_lock(&client->lock);
    alive = flush_output(client) && !client->broken;
    pthread_mutex_unlock(&client->lock);
    return alive;
}

/* Frames may wait in the input buffer though nothing new comes: they are looked at each time. */
static void serve_client(struct client *client, uint32_t events)
{
    bool alive = (events & (uint32_t)(EPOLLERR)) == 0;
    if (alive && (events & (uint32_t)(EPOLLIN | EPOLLHUP)) != 0) {
        alive = read_input(client);
    }
    alive = alive && take_frames(client) && serve_output(client);
    if (alive) {
        update_events(client);
    } else {
        client_end(client);
    }
}

static void serve_all(void)
{
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        if (clients[i] != NULL) {
            serve_client(clients[i], 0);
        }
    }
}

static void serve_event(const struct epoll_event *event)
{
    uint64_t count;
    if (event->data.ptr == &listener) {
        accept_client();
    } else if (event->data.ptr == &waker) {
        ssize_t got = read(waker, &count, sizeof(count));
        (void)got;
        serve_all();
    } else {
        serve_client(event->data.ptr, event->events);
    }
}

/* One event at a time: an event may end the client that the next one of a batch is about. */
static void *server_main(void *unused)
{
    (void)unused;
    while (!__atomic_load_n(&stopping, __ATOMIC_ACQUIRE)) {
        struct epoll_event event;
        if (epoll_wait(poller, &event, 1, -1) == 1) {
            serve_event(&event);
        }
    }
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        if (clients[i] != NULL) {
            client_end(clients[i]);
        }
    }
    return NULL;
}

static bool watch(int fd, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
    return epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool lab_control_start(const char *path)
{
    listener = lab_listen(path, SOCK_STREAM);
    if (listener < 0) {
        return false;
    }
    (void)snprintf(socket_path, sizeof(socket_path), "%s", path);
    poller = epoll_create1(EPOLL_CLOEXEC);
    waker = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    stopping = false;
    if (poller < 0 || waker < 0 || !watch(listener, &listener) || !watch(waker, &waker) ||
        pthread_create(&server, NULL, server_main, NULL) != 0) {
        (void)fprintf(stderr, "lab: cannot serve %s: %s\n", path, strerror(errno));
        return false;
    }
    return true;
}

void lab_control_stop(void)
{
    if (listener < 0) {
        return;
    }
    __atomic_store_n(&stopping, true, __ATOMIC_RELEASE);
    wake();
    (void)pthread_join(server, NULL);
    (void)close(listener);
    (void)close(poller);
    (void)close(waker);
    (void)unlink(socket_path);
    listener = poller = waker = -1;
}
