/*
 * `portreeve-lab exec`: the process in the foreground, the start of the supervisor and of the
 * program.
 */
#define _GNU_SOURCE 1
#include "exec.h"
#include "exec_filter.h"
#include "exec_supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    EXIT_LAUNCHER = 125,
    EXIT_CANNOT_RUN = 126,
    EXIT_NOT_FOUND = 127
};

static const char usage[] =
    "portreeve-lab: usage: portreeve-lab exec --door PATH -- PROGRAM [ARGUMENT...]\n";

/*
 * Nothing else of the program runs here: its descriptor table is shared with the supervisor until
 * the unshare.
 */
static _Noreturn void become_program(char **program, int ready)
{
    int listener = exec_filter_install();

    if (listener >= 0) {
        if (unshare(CLONE_FILES) != 0) {
            _exit(EXIT_LAUNCHER);
        }
        close(listener);
    }
    if (write(ready, &listener, sizeof listener) != sizeof listener || listener < 0) {
        _exit(EXIT_LAUNCHER);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(program[0], program);
    if (errno == ENOENT || errno == ENOTDIR) {
        fprintf(stderr,
                "portreeve-lab: there is no program '%s': check the name or give its whole path\n",
                program[0]);
        _exit(EXIT_NOT_FOUND);
    }
    fprintf(stderr, "portreeve-lab: '%s' can't be run: %s\n", program[0], strerror(errno));
    _exit(EXIT_CANNOT_RUN);
}

static void say_no_filter(int error)
{
    if (error == EBUSY) {
        fputs("portreeve-lab: this runs behind a door already: start the program without `exec`\n",
              stderr);
    } else {
        fprintf(stderr,
                "portreeve-lab: the kernel refuses seccomp user notification (%s): Linux 5.6 or "
                "later and a "
                "container that allows seccomp are needed\n",
                strerror(error));
    }
}

/* Returns the listener, or -1 with a line on stderr. */
static int start_program(struct supervisor *supervisor, char **program)
{
    int ready[2];
    int listener = -ECHILD;

    if (pipe2(ready, O_CLOEXEC) != 0) {
        perror("portreeve-lab: pipe");
        return -1;
    }
    supervisor->program = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
    if (supervisor->program == 0) {
        become_program(program, ready[1]);
    }
    if (supervisor->program < 0) {
        perror("portreeve-lab: clone");
    } else if (read(ready[0], &listener, sizeof listener) != sizeof listener || listener < 0) {
        say_no_filter(-listener);
    }
    close(ready[0]);
    close(ready[1]);
    return listener < 0 ? -1 : listener;
}

/*
 * What the terminal sends to the whole group is meant for the program; the supervisor outlives it.
 */
static void settle_down(void)
{
    const int ignored[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGPIPE,
                           SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2};
    struct rlimit files;

    for (size_t index = 0; index < sizeof ignored / sizeof ignored[0]; index++) {
        signal(ignored[index], SIG_IGN);
    }
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max; /* one descriptor for each process of the program */
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing >= 0) {
        (void)dup2(nothing, STDIN_FILENO);
        (void)dup2(nothing, STDOUT_FILENO);
        close(nothing);
    }
}

static _Noreturn void supervise(struct supervisor *supervisor, char **program, int launcher)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    supervisor->listener = start_program(supervisor, program);
    if (supervisor->listener < 0) {
        _exit(EXIT_LAUNCHER);
    }
    supervisor->epoll = epoll_create1(EPOLL_CLOEXEC);
    settle_down();
    (void)send(launcher, &(struct program_status){supervisor->program},
               sizeof(struct program_status), MSG_NOSIGNAL);
    supervisor_run(supervisor, launcher);
    _exit(0);
}

static int forwarded_signals(void)
{
    const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT};
    sigset_t set;

    sigemptyset(&set);
    for (size_t index = 0; index < sizeof numbers / sizeof numbers[0]; index++) {
        sigaddset(&set, numbers[index]);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

/*
 * The kernel's own (Ctrl-C at the terminal) reached the program already; what a process sent
 * reached only us.
 */
static void forward(int signals, pid_t program)
{
    struct signalfd_siginfo info;

    if (read(signals, &info, sizeof info) == sizeof info && info.ssi_code <= 0) {
        kill(program, (int)info.ssi_signo);
    }
}

static int end_like(int status)
{
    sigset_t set;

    if (WIFEXITED(status)) {
        return WEXITSTATUS(status);
    }
    struct rlimit no_core = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &no_core);
    signal(WTERMSIG(status), SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, WTERMSIG(status));
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(WTERMSIG(status));
    return 128 + WTERMSIG(status);
}

static bool hear(int supervisor_end, int *status)
{
    struct program_status said;
    ssize_t bytes;

    do {
        bytes = recv(supervisor_end, &said, sizeof said, 0);
    } while (bytes < 0 && errno == EINTR);
    *status = said.status;
    return bytes == sizeof said;
}

static int end_without_program(pid_t supervisor)
{
    int status = 0;

    if (waitpid(supervisor, &status, 0) != supervisor || !WIFEXITED(status)) {
        fputs("portreeve-lab: the supervisor of this program was killed, and the program with it\n",
              stderr);
    }
    return EXIT_LAUNCHER;
}

/*
 * The supervisor says the program's id first, then how it ended. Signals that come before the id
 * stay blocked, and so pending, until there is somebody to hand them to.
 */
static int wait_for_end(int supervisor_end, pid_t supervisor)
{
    int signals = forwarded_signals();
    struct pollfd waiting[2] = {{.fd = supervisor_end, .events = POLLIN},
                                {.fd = signals, .events = POLLIN}};
    int program;
    int status;

    if (!hear(supervisor_end, &program)) {
        return end_without_program(supervisor);
    }
    for (;;) {
        if (poll(waiting, 2, -1) < 0) {
            continue;
        }
        if (waiting[1].revents) {
            forward(signals, program);
        }
        if (waiting[0].revents) {
            return hear(supervisor_end, &status) ? end_like(status)
                                                 : end_without_program(supervisor);
        }
    }
}

static int launch(const char *door_path, char **program)
{
    static struct supervisor supervisor;
    int ends[2];

    supervisor.door_path = door_path;
    supervisor.launcher_parent = getppid();
    if (!supervisor_connect(&supervisor.door, door_path, true)) {
        return EXIT_LAUNCHER;
    }
    supervisor.door_up = true;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        perror("portreeve-lab: socketpair");
        return EXIT_LAUNCHER;
    }
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        supervise(&supervisor, program, ends[1]);
    }
    close(ends[1]);
    door_close(&supervisor.door);
    if (child < 0) {
        perror("portreeve-lab: fork");
        return EXIT_LAUNCHER;
    }
    return wait_for_end(ends[0], child);
}

int lab_exec_main(int argc, char **argv)
{
    if (argc < 5 || strcmp(argv[1], "--door") != 0 || strcmp(argv[3], "--") != 0) {
        fputs(usage, stderr);
        return EXIT_LAUNCHER;
    }
    return launch(argv[2], argv + 4);
}
