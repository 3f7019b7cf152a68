/* The supervisor's loop and its connection to the door. */
#define _GNU_SOURCE 1
#include "exec_supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WELCOME_TIMEOUT_MS 3000
#define DOOR_RETRY_MS      500
#define SWEEP_TICKS        4
#define RECEIVE_AT_ONCE    64

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool supervisor_watch(struct supervisor *supervisor, int fd, enum supervisor_tag tag,
                      uint32_t value)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)tag << 32 | value};

    return epoll_ctl(supervisor->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static int connect_to(const char *door_path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    if (strlen(door_path) >= sizeof name.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(name.sun_path, door_path, strlen(door_path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof name) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* The lab's version, or 0 when it says nothing in time. */
static uint32_t greet(struct door_stream *door)
{
    const uint32_t ours = DOOR_VERSION;
    struct door_message message;
    uint32_t theirs = 0;

    door_queue(door, DOOR_HELLO, &ours, sizeof ours, NULL, 0);
    if (!door_flush(door)) {
        return 0;
    }
    struct pollfd waiting = {.fd = door->fd, .events = POLLIN};
    uint64_t until = now_ms() + WELCOME_TIMEOUT_MS;
    while (door_take(door, &message) == 0) {
        uint64_t now = now_ms();
        if (now >= until || poll(&waiting, 1, (int)(until - now)) == 0 || !door_receive(door)) {
            return 0;
        }
    }
    if (message.kind == DOOR_WELCOME && message.bytes == sizeof theirs) {
        memcpy(&theirs, message.body, sizeof theirs);
    }
    return theirs;
}

static void say_no_door(const char *door_path, int error)
{
    if (error == ENAMETOOLONG) {
        fprintf(stderr, "portreeve-lab: the door's path is too long for a socket: %s\n", door_path);
    } else if (error == EACCES || error == EPERM) {
        fprintf(stderr,
                "portreeve-lab: the door %s belongs to another user: run this as that user\n",
                door_path);
    } else {
        fprintf(stderr,
                "portreeve-lab: Portreeve isn't running (nothing listens at %s): start it with "
                "`npm start`\n",
                door_path);
    }
}

bool supervisor_connect(struct door_stream *door, const char *door_path, bool say)
{
    int fd = connect_to(door_path);

    if (fd < 0) {
        if (say) {
            say_no_door(door_path, errno);
        }
        return false;
    }
    door_open(door, fd);
    uint32_t version = greet(door);
    if (version == DOOR_VERSION) {
        return true;
    }
    if (say) {
        fputs(version == 0 ? "portreeve-lab: Portreeve doesn't answer: restart it (or run this as "
                             "the user who did)\n"
                           : "portreeve-lab: another version of Portreeve is running: restart it\n",
              stderr);
    }
    door_close(door);
    return false;
}

static void lose_door(struct supervisor *supervisor)
{
    supervisor->door_up = false;
    hold_refuse_all(supervisor);
    known_forget(supervisor);
    door_close(&supervisor->door);
    fputs("portreeve-lab: Portreeve is gone; new connections fail until it is back\n", stderr);
}

bool supervisor_door_up(struct supervisor *supervisor)
{
    if (supervisor->door_up || now_ms() < supervisor->door_retry_at) {
        return supervisor->door_up;
    }
    supervisor->door_up = supervisor_connect(&supervisor->door, supervisor->door_path, false);
    supervisor->door_retry_at = now_ms() + DOOR_RETRY_MS;
    if (supervisor->door_up) {
        (void)supervisor_watch(supervisor, supervisor->door.fd, TAG_DOOR, 0);
    }
    return supervisor->door_up;
}

static void take_answers(struct supervisor *supervisor)
{
    struct door_message message;
    struct door_answer answer;
    int taken;
    bool alive = door_receive(&supervisor->door);

    while ((taken = door_take(&supervisor->door, &message)) == 1) {
        if (message.kind == DOOR_ANSWER && message.bytes == sizeof answer) {
            memcpy(&answer, message.body, sizeof answer);
            hold_answer(supervisor, &answer);
        }
    }
    if (!alive || taken < 0) {
        lose_door(supervisor);
    }
}

static void flush_door(struct supervisor *supervisor)
{
    if (!supervisor->door_up || supervisor->door.out_bytes == 0) {
        return;
    }
    if (!door_flush(&supervisor->door)) {
        lose_door(supervisor);
        return;
    }
    uint32_t events = supervisor->door.out_bytes > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN;
    struct epoll_event event = {.events = events, .data.u64 = (uint64_t)TAG_DOOR << 32};
    (void)epoll_ctl(supervisor->epoll, EPOLL_CTL_MOD, supervisor->door.fd, &event);
}

/*
 * Poll says that a notification waits; were it gone by now the kernel would say ENOENT, not wait.
 */
static void take_notifications(struct supervisor *supervisor)
{
    struct pollfd waiting = {.fd = supervisor->listener, .events = POLLIN};
    struct seccomp_notif notification;

    for (int count = 0; count < RECEIVE_AT_ONCE; count++) {
        if (poll(&waiting, 1, 0) != 1 || !(waiting.revents & POLLIN)) {
            return;
        }
        memset(&notification, 0, sizeof notification);
        if (ioctl(supervisor->listener, SECCOMP_IOCTL_NOTIF_RECV, &notification) == 0) {
            hold_notification(supervisor, &notification);
        }
    }
}

static void tell_end(struct supervisor *supervisor, int launcher, int status)
{
    struct program_status ended = {status};

    supervisor->program = 0;
    (void)send(launcher, &ended, sizeof ended, MSG_NOSIGNAL);
    (void)freopen("/dev/null", "w",
                  stderr); /* what still runs must not keep the launcher's pipe open */
}

/* Everything that the program leaves behind becomes our child and is reaped here. */
static void reap(struct supervisor *supervisor, int children, int launcher)
{
    struct signalfd_siginfo ignored;
    int status;
    pid_t pid;

    while (read(children, &ignored, sizeof ignored) > 0) {
    }
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == supervisor->program) {
            tell_end(supervisor, launcher, status);
        }
    }
}

/* The filter's last user goes a moment before its exit status can be had. */
static void await_program(struct supervisor *supervisor, int launcher)
{
    int status = 0;

    if (supervisor->program > 0 &&
        waitpid(supervisor->program, &status, 0) == supervisor->program) {
        tell_end(supervisor, launcher, status);
    }
}

static void end_process(struct supervisor *supervisor, uint32_t pid)
{
    struct known_process *process =
        (struct known_process *)exec_table_find(&supervisor->processes, pid);

    if (process) {
        known_process_end(supervisor, process);
    }
}

/* False when nothing runs behind the filter any more. */
static bool serve(struct supervisor *supervisor, const struct epoll_event *event, int children,
                  int launcher)
{
    switch (event->data.u64 >> 32) {
    case TAG_LISTENER:
        if (!(event->events & EPOLLIN)) {
            return false;
        }
        take_notifications(supervisor);
        break;
    case TAG_DOOR:
        if (supervisor->door_up && event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
            take_answers(supervisor);
        }
        break;
    case TAG_CHILDREN:
        reap(supervisor, children, launcher);
        break;
    case TAG_LAUNCHER:
        epoll_ctl(supervisor->epoll, EPOLL_CTL_DEL, launcher, NULL);
        if (supervisor->program > 0) {
            kill(supervisor->program, SIGKILL);
        }
        break;
    default:
        end_process(supervisor, (uint32_t)event->data.u64);
        break;
    }
    return true;
}

static int watch_children(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void tick(struct supervisor *supervisor, uint64_t *next)
{
    static unsigned ticks;

    if (now_ms() < *next) {
        return;
    }
    *next = now_ms() + EXEC_TICK_MS;
    hold_tick(supervisor);
    if (++ticks % SWEEP_TICKS == 0) {
        known_sweep(supervisor);
    }
}

static int time_to_wait(const struct supervisor *supervisor, uint64_t next)
{
    uint64_t now = now_ms();

    if (supervisor->holds.count == 0 && supervisor->endpoints.count == 0) {
        return -1;
    }
    return next > now ? (int)(next - now) : 0;
}

void supervisor_run(struct supervisor *supervisor, int launcher)
{
    struct epoll_event events[64];
    uint64_t next_tick = 0;
    bool running = true;
    int children = watch_children();

    (void)supervisor_watch(supervisor, supervisor->listener, TAG_LISTENER, 0);
    (void)supervisor_watch(supervisor, supervisor->door.fd, TAG_DOOR, 0);
    (void)supervisor_watch(supervisor, children, TAG_CHILDREN, 0);
    (void)supervisor_watch(supervisor, launcher, TAG_LAUNCHER, 0);
    reap(supervisor, children, launcher);
    while (running) {
        int count = epoll_wait(supervisor->epoll, events, 64, time_to_wait(supervisor, next_tick));
        for (int index = 0; index < count && running; index++) {
            running = serve(supervisor, &events[index], children, launcher);
        }
        tick(supervisor, &next_tick);
        flush_door(supervisor);
    }
    await_program(supervisor, launcher);
}
