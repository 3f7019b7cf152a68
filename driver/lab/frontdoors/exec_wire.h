/*
 * What the supervisor of `portreeve-lab exec` and the lab say to each other over the door, a Unix
 * stream socket. Both ends are the same program, so structures go over as they are; a version in
 * HELLO tells a rebuilt one.
 *
 * supervisor -> lab: HELLO, then PROCESS_START, PROCESS_EXIT, ATTEMPT, ENDPOINT_CLOSE. lab ->
 * supervisor: WELCOME, then one ANSWER per ATTEMPT.
 */
#ifndef PORTREEVE_LAB_EXEC_WIRE_H
#define PORTREEVE_LAB_EXEC_WIRE_H

#include "../emulator/emulator.h"

#define DOOR_VERSION     1
#define DOOR_MAX_MESSAGE (160 * 1024)

enum door_kind {
    DOOR_HELLO = 1,      /* u32 version */
    DOOR_WELCOME,        /* u32 version */
    DOOR_PROCESS_START,  /* door_process, path bytes */
    DOOR_PROCESS_EXIT,   /* u64 process id */
    DOOR_ATTEMPT,        /* door_attempt, payload */
    DOOR_ENDPOINT_CLOSE, /* u64 endpoint */
    DOOR_ANSWER,         /* door_answer */
};

struct door_process {
    uint64_t id;
    uint64_t created;
    uint64_t parent_id;
};

struct door_attempt {
    uint64_t id; /* chosen by the supervisor, named again in the answer */
    uint64_t process_id;
    uint64_t endpoint;
    struct lab_address local;
    struct lab_address remote;
    uint8_t family;
    uint8_t protocol;
    uint8_t has_payload;
    uint8_t reserved[5];
};

struct door_answer {
    uint64_t id;
    uint64_t answer; /* enum lab_answer */
};

/* One end of the door: a non-blocking socket with both its buffers. Not locked. */
struct door_stream {
    int fd;
    uint8_t *out;
    size_t out_bytes;
    size_t out_room;
    uint8_t *in;
    size_t in_bytes;
    size_t in_done; /* messages before this have been taken */
    size_t in_room;
};

struct door_message {
    uint32_t kind;
    const uint8_t *body; /* valid until the next door_receive */
    size_t bytes;
};

/* Takes over a connected socket and makes it non-blocking. */
void door_open(struct door_stream *stream, int fd);
void door_close(struct door_stream *stream);

/* Queues one message of a fixed part and a tail (may be empty). */
void door_queue(struct door_stream *stream, enum door_kind kind, const void *fixed,
                size_t fixed_bytes, const void *tail, size_t tail_bytes);
/* Sends what the socket takes now. False when the other end is gone. */
bool door_flush(struct door_stream *stream);
/* Reads what is there. False when the other end is gone; what came before can still be taken. */
bool door_receive(struct door_stream *stream);
/* The next whole message: 1, none yet: 0, nonsense: -1. */
int door_take(struct door_stream *stream, struct door_message *message);

#endif
