/*
 * The supervisor of one `portreeve-lab exec`: one thread, one epoll loop, no lock. It owns
 * everything below.
 *
 * A trapped call becomes a hold, found by its thread (a thread is in one call at a time), with one
 * part for each destination that has to be classified. When all parts are answered the call goes on
 * or fails:
 *
 *   asked ---answers---> settled ---reply taken---> gone
 *     |                     |
 *     |                     +--reply not taken (a signal came first): kept for a moment, see below
 *     +--notification vanished (signal, exit, exec): kept for a moment,
 *         then its endpoint is closed in the lab
 *
 * A signal handler with SA_RESTART makes the kernel start the call anew. The new notification of
 * the same thread for the same call takes over the hold, so the user isn't asked again. Windows has
 * no such thing as an interrupted call.
 */
#ifndef PORTREEVE_LAB_EXEC_SUPERVISOR_H
#define PORTREEVE_LAB_EXEC_SUPERVISOR_H

#include "exec_table.h"
#include "exec_target.h"
#include "exec_wire.h"

#define EXEC_TICK_MS 250

/* A remote that a datagram socket may reach without being asked again: a flow of WFP (rule R40). */
struct known_flow {
    struct exec_link link; /* by endpoint and remote */
    uint64_t inode;
    struct target_destination remote;
    struct known_flow *next;
};

struct known_endpoint {
    struct exec_link link; /* by the socket's inode */
    uint64_t id; /* what the lab calls it; changes when an interrupted call had to close it there */
    pid_t pid;   /* who used it last, and as which descriptor */
    pid_t tid;
    int fd;
    unsigned holds;
    struct known_flow *flows;
};

struct known_process {
    struct exec_link link; /* by process id */
    int pidfd;
    uint64_t created; /* grows by one with each program that the same process id executes */
    struct target_image image;
    uint64_t *inodes; /* open sockets, sorted; of sweep number `sweep` */
    size_t inode_count;
    uint64_t sweep;
};

enum part_state {
    PART_ASKED,
    PART_PERMITTED,
    PART_BLOCKED
};

struct hold_part {
    struct exec_link link; /* by attempt id, while asked */
    struct hold *hold;
    uint64_t endpoint_id;
    struct target_destination remote;
    enum part_state state;
};

struct hold {
    struct exec_link link; /* by thread id */
    uint64_t notification;
    struct seccomp_data data;
    pid_t pid;
    struct known_endpoint *endpoint;
    struct target_socket socket;
    struct target_call call;
    struct hold_part *parts;
    size_t part_count;
    size_t asked;
    bool missing; /* the notification was gone at the last tick */
};

struct supervisor {
    int listener;
    int epoll;
    const char *door_path;
    struct door_stream door;
    bool door_up;
    uint64_t door_retry_at; /* monotonic milliseconds */
    pid_t program;
    pid_t launcher_parent; /* what the program should see as its parent */
    struct exec_table processes;
    struct exec_table endpoints;
    struct exec_table flows;
    struct exec_table holds;
    struct exec_table parts;
    uint64_t last_endpoint;
    uint64_t last_attempt;
    uint64_t sweep;
    size_t hold_cursor;
};

/* Tags of epoll events: what in the upper half, a process id in the lower. */
enum supervisor_tag {
    TAG_LISTENER = 1,
    TAG_DOOR,
    TAG_CHILDREN,
    TAG_LAUNCHER,
    TAG_PROCESS
};

bool supervisor_watch(struct supervisor *supervisor, int fd, enum supervisor_tag tag,
                      uint32_t value);

/* exec_known.c */
/* The process of a thread, announced to the lab. NULL when it is gone or can't be looked into. */
struct known_process *known_process_of(struct supervisor *supervisor, pid_t tid);
/* It exited or became another program: everything that was its own ends. */
void known_process_end(struct supervisor *supervisor, struct known_process *process);
struct known_endpoint *known_endpoint_of(struct supervisor *supervisor, uint64_t inode);
/* The lab forgets the endpoint; a later attempt of the same socket comes under a new id. */
void known_endpoint_renew(struct supervisor *supervisor, struct known_endpoint *endpoint);
bool known_flow_has(struct supervisor *supervisor, uint64_t inode,
                    const struct target_destination *remote);
void known_flow_add(struct supervisor *supervisor, struct known_endpoint *endpoint,
                    const struct target_destination *remote);
/* Finds sockets that have been closed since the last sweep and ends them. */
void known_sweep(struct supervisor *supervisor);
/* The lab is gone, and what it knew with it. Call hold_refuse_all() first. */
void known_forget(struct supervisor *supervisor);

/* exec_hold.c */
void hold_notification(struct supervisor *supervisor, const struct seccomp_notif *notification);
void hold_answer(struct supervisor *supervisor, const struct door_answer *answer);
/* The socket was closed under the call, which therefore ends with EBADF. */
void hold_end_endpoint(struct supervisor *supervisor, struct known_endpoint *endpoint);
/* The process is gone, and its notifications with it. */
void hold_end_process(struct supervisor *supervisor, pid_t pid);
void hold_tick(struct supervisor *supervisor);
void hold_refuse_all(struct supervisor *supervisor);

/* exec_supervisor.c */
/* Connects to the door and exchanges versions. False, with a line on stderr when `say` is set. */
bool supervisor_connect(struct door_stream *door, const char *door_path, bool say);
/* True when there is a door, or there is one again. */
bool supervisor_door_up(struct supervisor *supervisor);
/*
 * Serves until nothing runs behind the filter any more. Tells `launcher` (a socket) the status when
 * the program ends; kills the program when the launcher is killed.
 */
void supervisor_run(struct supervisor *supervisor, int launcher);

/* Supervisor -> launcher: first the program's process id, then what waitpid() said of its end. */
struct program_status {
    int status;
};

#endif
