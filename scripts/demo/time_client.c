/*
 * A program of the demo: asks a server for the time in one datagram, again and again, from a new
 * socket each time.
 *
 *     clock-sync PAUSE_SECONDS HOST PORT
 */
#define _GNU_SOURCE 1
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void ask(const char *program, const struct sockaddr_in *server)
{
    const struct timeval patience = {.tv_sec = 3};
    char answer[64];
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (sendto(fd, "time?", 5, 0, (const struct sockaddr *)server, sizeof *server) < 0) {
        printf("%s: %s\n", program, errno == EACCES ? "refused (EACCES)" : strerror(errno));
    } else {
        ssize_t bytes = recv(fd, answer, sizeof answer, 0);
        printf(bytes > 0 ? "%s: got %.*s\n" : "%s: no answer\n", program, (int)bytes, answer);
    }
    fflush(stdout);
    close(fd);
}

int main(int argc, char **argv)
{
    struct sockaddr_in server = {.sin_family = AF_INET};

    if (argc != 4 || inet_pton(AF_INET, argv[2], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: %s PAUSE_SECONDS HOST PORT\n", argv[0]);
        return 2;
    }
    server.sin_port = htons((unsigned short)strtoul(argv[3], NULL, 10));
    for (;;) {
        ask(program_invocation_short_name, &server);
        sleep((unsigned)strtoul(argv[1], NULL, 10));
    }
}
