/*
 * The lab's end of the door: one thread that takes attempts from all supervisors and hands them to
 * the emulator.
 *
 * Answers come on emulator threads, or from within lab_attempt_start(). They are written to the
 * supervisor's socket at once; what it doesn't take is left to the loop. Lock order: a launcher's
 * lock is a leaf, and the emulator is never called with it. The gate is outermost: it is held
 * around every call into the emulator, so that a drain knows that none is under way. A launcher
 * lives until its socket is closed and its last attempt is answered (`references`).
 */
#define _GNU_SOURCE 1
#include "exec.h"
#include "exec_table.h"
#include "exec_wire.h"
#include "listen.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LAUNCHER_SHIFT 40 /* a launcher's number above, its own endpoint numbers below */

struct launcher {
    struct launcher *next;
    struct launcher **at;
    uint64_t number;
    struct exec_table processes; /* only the loop's thread touches these two */
    struct exec_table endpoints;
    bool greeted;
    pthread_mutex_t lock;
    struct door_stream stream;
    bool closed;
    unsigned references;
};

struct asked {
    struct launcher *launcher;
    uint64_t id;
};

static struct {
    pthread_t thread;
    bool running;
    pthread_mutex_t gate;
    bool draining; /* under the gate */
    int listener;
    int epoll;
    int wake;
    char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    uint64_t last_launcher;
    struct launcher *launchers;
} door = {.gate = PTHREAD_MUTEX_INITIALIZER};

static void drop_reference(struct launcher *launcher)
{
    pthread_mutex_lock(&launcher->lock);
    unsigned left = --launcher->references;
    pthread_mutex_unlock(&launcher->lock);
    if (left == 0) {
        pthread_mutex_destroy(&launcher->lock);
        free(launcher);
    }
}

/*
 * With the launcher's lock. What can't be sent now waits for EPOLLOUT; a dead socket is noticed by
 * the loop.
 */
static void flush(struct launcher *launcher)
{
    (void)door_flush(&launcher->stream);
    struct epoll_event event = {.events = EPOLLIN |
                                          (launcher->stream.out_bytes > 0 ? (uint32_t)EPOLLOUT : 0),
                                .data.ptr = launcher};
    (void)epoll_ctl(door.epoll, EPOLL_CTL_MOD, launcher->stream.fd, &event);
}

static void say(struct launcher *launcher, enum door_kind kind, const void *message, size_t bytes)
{
    pthread_mutex_lock(&launcher->lock);
    if (!launcher->closed) {
        door_queue(&launcher->stream, kind, message, bytes, NULL, 0);
        flush(launcher);
    }
    pthread_mutex_unlock(&launcher->lock);
}

static void answered(void *context, enum lab_answer answer)
{
    struct asked *asked = context;
    struct door_answer message = {asked->id, (uint64_t)answer};

    say(asked->launcher, DOOR_ANSWER, &message, sizeof message);
    drop_reference(asked->launcher);
    free(asked);
}

static uint64_t global_endpoint(const struct launcher *launcher, uint64_t endpoint)
{
    return launcher->number << LAUNCHER_SHIFT | endpoint;
}

static void remember(struct exec_table *table, uint64_t key)
{
    if (!exec_table_find(table, key)) {
        struct exec_link *link = malloc(sizeof *link);
        if (link) {
            exec_table_put(table, link, key);
        }
    }
}

static bool forget(struct exec_table *table, uint64_t key)
{
    struct exec_link *link = exec_table_find(table, key);

    if (!link) {
        return false;
    }
    exec_table_remove(table, link);
    free(link);
    return true;
}

static bool take_hello(struct launcher *launcher, const struct door_message *message)
{
    const uint32_t ours = DOOR_VERSION;
    uint32_t theirs;

    if (message->bytes != sizeof theirs) {
        return false;
    }
    memcpy(&theirs, message->body, sizeof theirs);
    launcher->greeted = theirs == ours;
    say(launcher, DOOR_WELCOME, &ours, sizeof ours);
    return launcher->greeted;
}

/*
 * Bytes to UTF-16; a byte that is no UTF-8 becomes U+DC00 + byte. `units` has room for one unit per
 * byte.
 */
static size_t decode_path(const uint8_t *bytes, size_t count, uint16_t *units)
{
    size_t used = 0;

    for (size_t at = 0; at < count;) {
        uint32_t lead = bytes[at];
        size_t more = lead >= 0xF0 && lead < 0xF5 ? 3 : lead >= 0xE0 ? 2 : 1;
        uint32_t code = lead & (0x3Fu >> more);
        bool good = lead >= 0xC2 && lead < 0xF5 && at + more < count;
        for (size_t index = 1; good && index <= more; index++) {
            good = (bytes[at + index] & 0xC0) == 0x80;
            code = code << 6 | (bytes[at + index] & 0x3F);
        }
        good = good && !(more == 2 && (code < 0x800 || (code >= 0xD800 && code < 0xE000))) &&
               !(more == 3 && (code < 0x10000 || code > 0x10FFFF));
        if (lead < 0x80 || !good) {
            units[used++] = (uint16_t)(lead < 0x80 ? lead : 0xDC00 + lead);
            at++;
        } else if (more == 3) {
            units[used++] = (uint16_t)(0xD800 + ((code - 0x10000) >> 10));
            units[used++] = (uint16_t)(0xDC00 + ((code - 0x10000) & 0x3FF));
            at += 4;
        } else {
            units[used++] = (uint16_t)code;
            at += more + 1;
        }
    }
    return used;
}

static bool take_process(struct launcher *launcher, const struct door_message *message)
{
    struct door_process process;

    if (message->bytes < sizeof process) {
        return false;
    }
    memcpy(&process, message->body, sizeof process);
    size_t bytes = message->bytes - sizeof process;
    uint16_t *units = malloc((bytes + 1) * sizeof *units);
    if (!units) {
        return false;
    }
    size_t count = decode_path(message->body + sizeof process, bytes, units);
    remember(&launcher->processes, process.id);
    lab_process_start(&(struct lab_process){process.id, process.created, process.parent_id, units,
                                            count, LAB_TOKEN_ELEVATED});
    free(units);
    return true;
}

static bool take_process_exit(struct launcher *launcher, uint64_t id)
{
    if (forget(&launcher->processes, id)) {
        lab_process_exit(id);
    }
    return true;
}

static bool take_endpoint_close(struct launcher *launcher, uint64_t endpoint)
{
    if (forget(&launcher->endpoints, endpoint)) {
        lab_endpoint_close(global_endpoint(launcher, endpoint));
    }
    return true;
}

static bool take_attempt(struct launcher *launcher, const struct door_message *message)
{
    struct door_attempt ours;

    if (message->bytes < sizeof ours) {
        return false;
    }
    memcpy(&ours, message->body, sizeof ours);
    struct asked *asked = malloc(sizeof *asked);
    if (!asked || ours.endpoint >> LAUNCHER_SHIFT != 0) {
        free(asked);
        return false;
    }
    *asked = (struct asked){launcher, ours.id};
    pthread_mutex_lock(&launcher->lock);
    launcher->references++;
    pthread_mutex_unlock(&launcher->lock);
    remember(&launcher->endpoints, ours.endpoint);
    struct lab_attempt attempt = {
        .process_id = ours.process_id,
        .endpoint = global_endpoint(launcher, ours.endpoint),
        .family = ours.family,
        .protocol = ours.protocol,
        .direction = LAB_OUTBOUND,
        .local = ours.local,
        .remote = ours.remote,
        .payload = ours.has_payload ? message->body + sizeof ours : NULL,
        .payload_bytes = message->bytes - sizeof ours,
    };
    lab_attempt_start(&attempt, answered, asked);
    return true;
}

static bool take_number(struct launcher *launcher, const struct door_message *message,
                        bool (*take)(struct launcher *launcher, uint64_t number))
{
    uint64_t number;

    if (message->bytes != sizeof number) {
        return false;
    }
    memcpy(&number, message->body, sizeof number);
    return take(launcher, number);
}

/* False for what no supervisor says. */
static bool take(struct launcher *launcher, const struct door_message *message)
{
    if (!launcher->greeted) {
        return message->kind == DOOR_HELLO && take_hello(launcher, message);
    }
    switch (message->kind) {
    case DOOR_PROCESS_START:
        return take_process(launcher, message);
    case DOOR_PROCESS_EXIT:
        return take_number(launcher, message, take_process_exit);
    case DOOR_ATTEMPT:
        return take_attempt(launcher, message);
    case DOOR_ENDPOINT_CLOSE:
        return take_number(launcher, message, take_endpoint_close);
    default:
        return false;
    }
}

static void end_process(struct exec_link *link, void *context)
{
    (void)context;
    if (!door.draining) {
        lab_process_exit(link->key);
    }
    free(link);
}

static void end_endpoint(struct exec_link *link, void *context)
{
    if (!door.draining) {
        lab_endpoint_close(global_endpoint(context, link->key));
    }
    free(link);
}

/*
 * With the gate. The supervisor hung up (or we do): its processes and sockets are gone as far as
 * the lab can tell.
 */
static void remove_launcher(struct launcher *launcher)
{
    *launcher->at = launcher->next;
    if (launcher->next) {
        launcher->next->at = launcher->at;
    }
    pthread_mutex_lock(&launcher->lock);
    launcher->closed = true;
    door_close(&launcher->stream);
    pthread_mutex_unlock(&launcher->lock);
    exec_table_each(&launcher->processes, end_process, launcher);
    exec_table_each(&launcher->endpoints, end_endpoint, launcher);
    exec_table_clear(&launcher->processes);
    exec_table_clear(&launcher->endpoints);
    drop_reference(launcher);
}

/*
 * With the gate. The input half of the stream belongs to the loop's thread; only the output half is
 * shared.
 */
static void receive(struct launcher *launcher)
{
    struct door_message message;
    int taken = 0;
    bool alive = door_receive(&launcher->stream);

    while (!door.draining && (taken = door_take(&launcher->stream, &message)) == 1) {
        if (!take(launcher, &message)) {
            taken = -1;
            break;
        }
    }
    if (!alive || taken < 0) {
        remove_launcher(launcher);
    }
}

static void serve(struct launcher *launcher, uint32_t events)
{
    if (events & EPOLLOUT) {
        pthread_mutex_lock(&launcher->lock);
        flush(launcher);
        pthread_mutex_unlock(&launcher->lock);
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        pthread_mutex_lock(&door.gate);
        receive(launcher);
        pthread_mutex_unlock(&door.gate);
    }
}

static bool is_ours(int fd)
{
    struct ucred peer;
    socklen_t bytes = sizeof peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0 && peer.uid == geteuid();
}

static void accept_launcher(void)
{
    int fd = accept4(door.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0) {
        return;
    }
    struct launcher *launcher = is_ours(fd) ? calloc(1, sizeof *launcher) : NULL;
    if (!launcher) {
        close(fd);
        return;
    }
    launcher->number = ++door.last_launcher;
    launcher->references = 1;
    pthread_mutex_init(&launcher->lock, NULL);
    door_open(&launcher->stream, fd);
    launcher->next = door.launchers;
    launcher->at = &door.launchers;
    if (launcher->next) {
        launcher->next->at = &launcher->next;
    }
    door.launchers = launcher;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = launcher};
    (void)epoll_ctl(door.epoll, EPOLL_CTL_ADD, fd, &event);
}

/*
 * One event at a time: an answer may remove a launcher that a later event of the same batch would
 * name.
 */
static void *loop(void *unused)
{
    struct epoll_event event;

    (void)unused;
    for (;;) {
        if (epoll_wait(door.epoll, &event, 1, -1) != 1) {
            continue;
        }
        if (event.data.ptr == &door.wake) {
            break;
        }
        if (event.data.ptr == &door.listener) {
            accept_launcher();
        } else {
            serve(event.data.ptr, event.events);
        }
    }
    pthread_mutex_lock(&door.gate);
    while (door.launchers) {
        remove_launcher(door.launchers);
    }
    pthread_mutex_unlock(&door.gate);
    return NULL;
}

static bool watch(int fd, void *tag)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = tag};

    return epoll_ctl(door.epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void close_all(void)
{
    const int descriptors[] = {door.listener, door.epoll, door.wake};

    for (size_t index = 0; index < sizeof descriptors / sizeof descriptors[0]; index++) {
        if (descriptors[index] >= 0) {
            close(descriptors[index]);
        }
    }
}

bool lab_exec_door_start(const char *door_path)
{
    door.draining = false;
    door.listener = lab_listen(door_path, SOCK_STREAM);
    if (door.listener < 0) {
        return false;
    }
    memcpy(door.path, door_path,
           strlen(door_path) + 1); /* lab_listen() takes none that is longer */
    door.epoll = epoll_create1(EPOLL_CLOEXEC);
    door.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!watch(door.listener, &door.listener) || !watch(door.wake, &door.wake) ||
        pthread_create(&door.thread, NULL, loop, NULL) != 0) {
        fprintf(stderr, "portreeve-lab: can't serve the door: %s\n", strerror(errno));
        close_all();
        return false;
    }
    door.running = true;
    return true;
}

void lab_exec_door_drain(void)
{
    pthread_mutex_lock(&door.gate);
    door.draining = true;
    pthread_mutex_unlock(&door.gate);
}

void lab_exec_door_stop(void)
{
    const uint64_t one = 1;

    if (!door.running) {
        return;
    }
    if (write(door.wake, &one, sizeof one) == sizeof one) {
        pthread_join(door.thread, NULL);
        door.running = false;
        close_all();
        (void)unlink(door.path);
    }
}
