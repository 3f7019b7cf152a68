/*
 * A program of the demo: asks web servers for a page, all at once, again and again, and says how it
 * went. Built under several names, since Portreeve tells programs apart by their files.
 *
 *     weather PAUSE_SECONDS HOST:PORT...
 */
#define _GNU_SOURCE 1
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_SERVERS 32

struct request {
    const char *server;
    pthread_t thread;
    int status; /* of HTTP, 0 when there was none */
    int error;  /* errno of connect() */
};

static bool parse_server(const char *text, struct sockaddr_in *name)
{
    char host[64] = "";
    const char *colon = strchr(text, ':');

    if (!colon || (size_t)(colon - text) >= sizeof host) {
        return false;
    }
    memcpy(host, text, (size_t)(colon - text));
    *name = (struct sockaddr_in){.sin_family = AF_INET};
    name->sin_port = htons((unsigned short)strtoul(colon + 1, NULL, 10));
    return inet_pton(AF_INET, host, &name->sin_addr) == 1;
}

static void *ask(void *context)
{
    static const char question[] = "GET / HTTP/1.0\r\n\r\n";
    struct request *request = context;
    char answer[512] = "";
    struct sockaddr_in name;

    request->status = 0;
    request->error = EINVAL;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || !parse_server(request->server, &name)) {
        return NULL;
    }
    request->error = connect(fd, (struct sockaddr *)&name, sizeof name) == 0 ? 0 : errno;
    if (request->error == 0 && write(fd, question, sizeof question - 1) > 0 &&
        read(fd, answer, sizeof answer - 1) > 0) {
        request->status = (int)strtol(answer + strcspn(answer, " "), NULL, 10);
    }
    close(fd);
    return NULL;
}

static void say(const char *program, const struct request *requests, int count)
{
    int good = 0;
    int error = 0;

    for (int index = 0; index < count; index++) {
        good += requests[index].status == 200;
        error = requests[index].error != 0 ? requests[index].error : error;
    }
    if (good == count && count == 1) {
        printf("%s: got 200\n", program);
    } else if (good > 0) {
        printf("%s: got 200 from %d of %d servers\n", program, good, count);
    } else if (error == EACCES) {
        printf("%s: refused (EACCES)\n", program);
    } else {
        printf("%s: no answer (%s)\n", program, error ? strerror(error) : "the server hung up");
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct request requests[MAX_SERVERS];
    int count = argc - 2;

    if (count < 1 || count > MAX_SERVERS) {
        fprintf(stderr, "usage: %s PAUSE_SECONDS HOST:PORT...\n", argv[0]);
        return 2;
    }
    for (;;) {
        for (int index = 0; index < count; index++) {
            requests[index].server = argv[index + 2];
            if (pthread_create(&requests[index].thread, NULL, ask, &requests[index]) != 0) {
                return 1;
            }
        }
        for (int index = 0; index < count; index++) {
            pthread_join(requests[index].thread, NULL);
        }
        say(program_invocation_short_name, requests, count);
        sleep((unsigned)strtoul(argv[1], NULL, 10));
    }
}
