/*
 * Makes one kind of call and prints what became of it, one word or number per line, for the tests
 * of the exec door. Errors are printed by name. Addresses are IPv4 or IPv6 text.
 *
 *     caller connect HOST PORT         the result, then the milliseconds that it took
 *     caller nonblocking HOST PORT     the same on a non-blocking socket
 *     caller threads COUNT PORT        127.0.1.1 and on at once: permitted, refused, other
 *     caller forks COUNT HOST PORT     the same from COUNT processes
 *     caller sequence COUNT HOST PORT  one after the other: microseconds per connect()
 *     caller udp KIND HOST PORT [HOST..] sendto, twice, sendmsg, sendmmsg or connect
 *     caller interrupt HOST PORT       a signal without SA_RESTART after 300 ms
 *     caller restart HOST PORT         a signal with SA_RESTART after 300 ms
 *     caller storm HOST PORT           the same every millisecond
 *     caller close HOST PORT           another thread closes the socket after 300 ms
 *     caller replace HOST PORT         another thread puts another socket there
 *     caller change HOST PORT OTHER    another thread writes OTHER into the address after 300 ms
 *     caller again HOST PORT           connects, then asks again whether it is
 *     caller unspecified HOST PORT     UDP connect, hang up with AF_UNSPEC, sendto
 *     caller io-uring                  io_uring_setup
 *     caller other-abi                 a 32-bit and an x32 socket call (x86_64 only)
 *     caller thread-killed HOST PORT   exec() in one thread while another is held
 *     caller first-thread-gone HOST PORT  connects when the first thread has ended
 */
#define _GNU_SOURCE 1
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DELAY_US  300000
#define MAX_CALLS 8192

struct address {
    struct sockaddr_storage name;
    socklen_t bytes;
};

static struct address parse(const char *host, const char *port)
{
    struct address address = {0};
    struct sockaddr_in inet = {.sin_family = AF_INET};
    struct sockaddr_in6 inet6 = {.sin6_family = AF_INET6};
    unsigned short number = htons((unsigned short)strtoul(port, NULL, 10));

    if (inet_pton(AF_INET, host, &inet.sin_addr) == 1) {
        inet.sin_port = number;
        memcpy(&address.name, &inet, sizeof inet);
        address.bytes = sizeof inet;
        return address;
    }
    inet_pton(AF_INET6, host, &inet6.sin6_addr);
    inet6.sin6_port = number;
    memcpy(&address.name, &inet6, sizeof inet6);
    address.bytes = sizeof inet6;
    return address;
}

static int open_socket(const struct address *to, int type)
{
    return socket(to->name.ss_family, type, 0);
}

static long now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static void say(int error)
{
    puts(error == 0 ? "0" : strerrorname_np(error));
    fflush(stdout);
}

static int result_of(long result)
{
    return result < 0 ? errno : 0;
}

static int try_connect(int fd, const struct address *to)
{
    return result_of(connect(fd, (const struct sockaddr *)&to->name, to->bytes));
}

static int call_connect(char **arguments, int type)
{
    struct address to = parse(arguments[0], arguments[1]);
    int fd = open_socket(&to, type);
    long begin = now_us();

    say(try_connect(fd, &to));
    printf("%ld\n", (now_us() - begin) / 1000);
    return 0;
}

static int run_connect(char **arguments)
{
    return call_connect(arguments, SOCK_STREAM);
}

static int run_nonblocking(char **arguments)
{
    return call_connect(arguments, SOCK_STREAM | SOCK_NONBLOCK);
}

struct threaded {
    pthread_t thread;
    struct address to;
    int error;
};

static void *connect_once(void *context)
{
    struct threaded *call = context;
    int fd = open_socket(&call->to, SOCK_STREAM);

    call->error = try_connect(fd, &call->to);
    close(fd);
    return NULL;
}

static void say_counts(const int *errors, size_t count)
{
    size_t permitted = 0;
    size_t refused = 0;

    for (size_t index = 0; index < count; index++) {
        permitted += errors[index] == 0 || errors[index] == ECONNREFUSED;
        refused += errors[index] == EACCES;
    }
    printf("%zu\n%zu\n%zu\n", permitted, refused, count - permitted - refused);
}

static int run_threads(char **arguments)
{
    static struct threaded calls[MAX_CALLS];
    static int errors[MAX_CALLS];
    size_t count = strtoul(arguments[0], NULL, 10);
    pthread_attr_t small;
    char host[32];

    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (size_t index = 0; index < count; index++) {
        snprintf(host, sizeof host, "127.0.%zu.%zu", 1 + index / 200, 1 + index % 200);
        calls[index].to = parse(host, arguments[1]);
        if (pthread_create(&calls[index].thread, &small, connect_once, &calls[index]) != 0) {
            return 1;
        }
    }
    for (size_t index = 0; index < count; index++) {
        pthread_join(calls[index].thread, NULL);
        errors[index] = calls[index].error;
    }
    say_counts(errors, count);
    return 0;
}

static int run_forks(char **arguments)
{
    static int errors[MAX_CALLS];
    static pid_t children[MAX_CALLS];
    size_t count = strtoul(arguments[0], NULL, 10);
    struct address to = parse(arguments[1], arguments[2]);

    for (size_t index = 0; index < count; index++) {
        children[index] = fork();
        if (children[index] == 0) {
            _exit(try_connect(open_socket(&to, SOCK_STREAM), &to));
        }
    }
    for (size_t index = 0; index < count; index++) {
        int status = 0;
        waitpid(children[index], &status, 0);
        errors[index] = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    say_counts(errors, count);
    return 0;
}

static int run_sequence(char **arguments)
{
    long count = strtol(arguments[0], NULL, 10);
    struct address to = parse(arguments[1], arguments[2]);
    long begin = now_us();
    int error = 0;

    for (long index = 0; index < count && error == 0; index++) {
        int fd = open_socket(&to, SOCK_STREAM);
        error = try_connect(fd, &to);
        close(fd);
    }
    say(error);
    printf("%ld\n", (now_us() - begin) / count);
    return 0;
}

static int send_many(int fd, char **hosts, size_t count, const char *port)
{
    static struct address to[16];
    struct mmsghdr messages[16] = {0};
    struct iovec part = {"hello", 5};

    for (size_t index = 0; index < count; index++) {
        to[index] = parse(hosts[index], port);
        messages[index].msg_hdr.msg_name = &to[index].name;
        messages[index].msg_hdr.msg_namelen = to[index].bytes;
        messages[index].msg_hdr.msg_iov = &part;
        messages[index].msg_hdr.msg_iovlen = 1;
    }
    return result_of(sendmmsg(fd, messages, (unsigned)count, 0));
}

static int send_message(int fd, struct address *to)
{
    struct iovec parts[2] = {{"he", 2}, {"llo", 3}};
    struct msghdr message = {
        .msg_name = &to->name, .msg_namelen = to->bytes, .msg_iov = parts, .msg_iovlen = 2};

    return result_of(sendmsg(fd, &message, 0));
}

static int send_to(int fd, const struct address *to)
{
    return result_of(sendto(fd, "hello", 5, 0, (const struct sockaddr *)&to->name, to->bytes));
}

static int run_udp(char **arguments)
{
    const char *kind = arguments[0];
    struct address to = parse(arguments[1], arguments[2]);
    int fd = open_socket(&to, SOCK_DGRAM);
    size_t hosts = 0;

    if (strcmp(kind, "sendto") == 0) {
        say(send_to(fd, &to));
    } else if (strcmp(kind, "twice") == 0) {
        say(send_to(fd, &to));
        say(send_to(fd, &to));
    } else if (strcmp(kind, "sendmsg") == 0) {
        say(send_message(fd, &to));
    } else if (strcmp(kind, "connect") == 0) {
        say(try_connect(fd, &to));
        say(result_of(send(fd, "hello", 5, 0)));
    } else {
        while (arguments[3 + hosts]) {
            hosts++;
        }
        say(send_many(fd, arguments + 3, hosts, arguments[2]));
    }
    return 0;
}

static void on_alarm(int signal)
{
    (void)signal;
}

static int connect_with_alarm(char **arguments, int flags, long again_us)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
    struct itimerval timer = {{.tv_usec = again_us}, {.tv_usec = DELAY_US}};

    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    return run_connect(arguments);
}

static int run_interrupt(char **arguments)
{
    return connect_with_alarm(arguments, 0, 0);
}

static int run_restart(char **arguments)
{
    return connect_with_alarm(arguments, SA_RESTART, 0);
}

static int run_storm(char **arguments)
{
    return connect_with_alarm(arguments, SA_RESTART, 1000);
}

static struct address shared;
static int shared_fd;
static const char *other_host;

static void *close_later(void *unused)
{
    usleep(DELAY_US);
    close(shared_fd);
    return unused;
}

static void *replace_later(void *unused)
{
    int other = open_socket(&shared, SOCK_STREAM);

    usleep(DELAY_US);
    dup2(other, shared_fd);
    return unused;
}

static void *change_later(void *unused)
{
    struct in_addr other;

    inet_pton(AF_INET, other_host, &other);
    usleep(DELAY_US);
    memcpy(&((struct sockaddr_in *)&shared.name)->sin_addr, &other, sizeof other);
    return unused;
}

static void *exec_later(void *unused)
{
    usleep(DELAY_US);
    execlp("sleep", "sleep", "1", NULL);
    return unused;
}

static int connect_beside(char **arguments, void *(*later)(void *unused))
{
    pthread_t thread;

    shared = parse(arguments[0], arguments[1]);
    shared_fd = open_socket(&shared, SOCK_STREAM);
    pthread_create(&thread, NULL, later, NULL);
    say(try_connect(shared_fd, &shared));
    pthread_join(thread, NULL);
    return 0;
}

static int run_close(char **arguments)
{
    return connect_beside(arguments, close_later);
}

static int run_replace(char **arguments)
{
    return connect_beside(arguments, replace_later);
}

static int run_change(char **arguments)
{
    other_host = arguments[2];
    return connect_beside(arguments, change_later);
}

static int run_thread_killed(char **arguments)
{
    return connect_beside(arguments, exec_later);
}

static void *connect_alone(void *unused)
{
    usleep(DELAY_US);
    say(try_connect(shared_fd, &shared));
    exit(0);
    return unused;
}

static int run_first_thread_gone(char **arguments)
{
    pthread_t thread;

    shared = parse(arguments[0], arguments[1]);
    shared_fd = open_socket(&shared, SOCK_STREAM);
    pthread_create(&thread, NULL, connect_alone, NULL);
    pthread_exit(NULL);
}

static int run_again(char **arguments)
{
    struct address to = parse(arguments[0], arguments[1]);
    int fd = open_socket(&to, SOCK_STREAM);

    say(try_connect(fd, &to));
    say(try_connect(fd, &to));
    return 0;
}

static int run_unspecified(char **arguments)
{
    struct address to = parse(arguments[0], arguments[1]);
    struct address nothing = {.name.ss_family = AF_UNSPEC, .bytes = sizeof(struct sockaddr_in)};
    int fd = open_socket(&to, SOCK_DGRAM);

    say(try_connect(fd, &to));
    say(try_connect(fd, &nothing));
    to.name.ss_family = AF_UNSPEC; /* Linux takes it for AF_INET in a send */
    say(send_to(fd, &to));
    return 0;
}

static int run_io_uring(char **arguments)
{
    char parameters[256] = "";

    (void)arguments;
    say(result_of(syscall(SYS_io_uring_setup, 1, parameters)));
    return 0;
}

#ifdef __x86_64__
static sigjmp_buf no_such_call;

static void on_fault(int number)
{
    siglongjmp(no_such_call, number);
}

/* The error of a 32-bit call. A kernel that has none (some virtual machines disable them) answers with a fault: nothing
 * can go around the filter that way, as if it were refused. */
static int error_of_32_bit_call(void)
{
    long socketcall = 102; /* of i386 */
    volatile long result = -ENOSYS;

    (void)signal(SIGSEGV, on_fault);
    if (sigsetjmp(no_such_call, 1) == 0) {
        long returned;
        __asm__ volatile("int $0x80" : "=a"(returned) : "a"(socketcall), "b"(3), "c"(0) : "memory");
        result = returned;
    }
    (void)signal(SIGSEGV, SIG_DFL);
    return (int)-result;
}
#endif

/* The errors of calls that a filter for 64-bit calls alone would not see. */
static int run_other_abi(char **arguments)
{
    (void)arguments;
#ifdef __x86_64__
    say(error_of_32_bit_call());
    say(result_of(syscall(0x40000000 | SYS_connect, 0, 0, 0)));
#else
    say(ENOSYS);
    say(ENOSYS);
#endif
    return 0;
}

struct command {
    const char *name;
    int arguments;
    int (*run)(char **arguments);
};

static const struct command commands[] = {
    {"connect", 2, run_connect},
    {"nonblocking", 2, run_nonblocking},
    {"threads", 2, run_threads},
    {"forks", 3, run_forks},
    {"sequence", 3, run_sequence},
    {"udp", 3, run_udp},
    {"interrupt", 2, run_interrupt},
    {"restart", 2, run_restart},
    {"close", 2, run_close},
    {"replace", 2, run_replace},
    {"change", 3, run_change},
    {"again", 2, run_again},
    {"unspecified", 2, run_unspecified},
    {"io-uring", 0, run_io_uring},
    {"storm", 2, run_storm},
    {"other-abi", 0, run_other_abi},
    {"thread-killed", 2, run_thread_killed},
    {"first-thread-gone", 2, run_first_thread_gone},
};

int main(int argc, char **argv)
{
    for (size_t index = 0; argc > 1 && index < sizeof commands / sizeof commands[0]; index++) {
        if (strcmp(argv[1], commands[index].name) == 0 && argc - 2 >= commands[index].arguments) {
            return commands[index].run(argv + 2);
        }
    }
    fputs("caller: see the head of caller.c\n", stderr);
    return 2;
}
