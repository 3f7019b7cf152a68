/* The lab: the driver's own code on an emulator of the kernel, with doors for programs, clients and scenarios. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "emulator/emulator.h"
#include "frontdoors/control.h"
#include "frontdoors/exec.h"
#include "frontdoors/scenario.h"

static const char usage[] =
    "portreeve-lab serve --socket PATH --door PATH [--reauthorize inside|later|never|random]\n"
    "                    [--seed N] [--exit-with-stdin]\n"
    "portreeve-lab exec --door PATH -- PROGRAM ARGUMENT...\n"
    "portreeve-lab run FILE [--reauthorize inside|later|never|random] [--seed N] [--seeds N]\n"
    "                  [--torture] [--everything] [--fail-allocation N] [--fail-call N]\n"
    "                  [--limit SECONDS] [--trace FILE]\n";

struct serve_arguments {
    const char *socket;
    const char *door;
    bool exit_with_stdin;
    struct lab_options options;
};

static int usage_error(const char *message, const char *what)
{
    (void)fprintf(stderr, "portreeve-lab: %s%s\n%s", message, what != NULL ? what : "", usage);
    return 2;
}

/* The value after argv[*i]; NULL, with a message, when there is none. */
static const char *value_of(int argc, char **argv, int *i)
{
    if (*i + 1 >= argc) {
        (void)usage_error("a value is missing after ", argv[*i]);
        return NULL;
    }
    return argv[++*i];
}

static bool set_option(struct serve_arguments *into, const char *name, const char *value)
{
    if (strcmp(name, "--socket") == 0) {
        into->socket = value;
    } else if (strcmp(name, "--door") == 0) {
        into->door = value;
    } else if (strcmp(name, "--reauthorize") == 0) {
        return lab_parse_reauthorize(value, &into->options.reauthorize);
    } else if (strcmp(name, "--seed") == 0) {
        return lab_parse_number(value, &into->options.seed);
    } else {
        return false;
    }
    return true;
}

static bool parse_serve(int argc, char **argv, struct serve_arguments *into)
{
    for (int i = 0; i < argc; i++) {
        const char *name = argv[i];
        const char *value;
        if (strcmp(name, "--exit-with-stdin") == 0) {
            into->exit_with_stdin = true;
            continue;
        }
        if ((value = value_of(argc, argv, &i)) == NULL) {
            return false;
        }
        if (!set_option(into, name, value)) {
            (void)usage_error("not understood: ", name);
            return false;
        }
    }
    if (into->socket == NULL || into->door == NULL) {
        (void)usage_error("serve needs --socket PATH and --door PATH", NULL);
        return false;
    }
    return true;
}

static void *watch_stdin(void *unused)
{
    char byte[64];
    (void)unused;
    while (read(STDIN_FILENO, byte, sizeof(byte)) > 0) {
    }
    (void)kill(getpid(), SIGTERM);
    return NULL;
}

static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool start_doors(const struct serve_arguments *arguments)
{
    if (!lab_control_start(arguments->socket)) {
        return false;
    }
    return lab_exec_door_start(arguments->door);
}

/* Handles are closed first: Windows unloads no driver that has one open. */
static unsigned stop_serving(void)
{
    unsigned broken;
    lab_control_stop();
    lab_exec_door_drain();
    broken = lab_stop();
    lab_exec_door_stop();
    return broken;
}

static int serve(int argc, char **argv)
{
    struct serve_arguments arguments = {.options = {.clock = LAB_CLOCK_LIVE, .seed = 1}};
    sigset_t signals;
    pthread_t thread;
    int signal_number;
    bool started;
    if (!parse_serve(argc, argv, &arguments)) {
        return 2;
    }
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    started = lab_start(&arguments.options) && start_doors(&arguments);
    if (started) {
        (void)printf("ready\n");
        (void)fflush(stdout);
        if (arguments.exit_with_stdin && pthread_create(&thread, NULL, watch_stdin, NULL) == 0) {
            (void)pthread_detach(thread);
        }
        (void)sigwait(&signals, &signal_number);
    }
    return stop_serving() == 0 && started ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "serve") == 0) {
        return serve(argc - 2, argv + 2);
    }
    if (argc >= 2 && strcmp(argv[1], "exec") == 0) {
        return lab_exec_main(argc - 1, argv + 1);
    }
    if (argc >= 2 && strcmp(argv[1], "run") == 0) {
        return lab_scenario_main(argc - 2, argv + 2);
    }
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        (void)fputs(usage, stdout);
        return 0;
    }
    return usage_error("say what to do: serve, exec or run", NULL);
}
