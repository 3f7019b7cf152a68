/*
 * connect_many PORT COUNT [MILLISECONDS]: COUNT threads connect, all at once or spread over a time, each to an address of
 * its own (127.1.x.y), and each prints one line when its connect() has returned: "errno milliseconds". The last line says
 * that all have.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct connection {
    pthread_t thread;
    uint32_t address;
    uint16_t port;
};

static double now_ms(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1000.0 + (double)time.tv_nsec / 1e6;
}

static void *connect_one(void *context)
{
    const struct connection *connection = context;
    struct sockaddr_in target = {.sin_family = AF_INET, .sin_port = htons(connection->port)};
    target.sin_addr.s_addr = htonl(connection->address);
    double started = now_ms();
    int handle = socket(AF_INET, SOCK_STREAM, 0);
    int error = connect(handle, (struct sockaddr *)&target, sizeof target) == 0 ? 0 : errno;
    printf("%d %.3f\n", error, now_ms() - started);
    fflush(stdout);
    close(handle);
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        return 2;
    }
    long port = strtol(argv[1], NULL, 10);
    long count = strtol(argv[2], NULL, 10);
    long over_ms = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    struct connection *all = calloc((size_t)count, sizeof *all);
    if (all == NULL) {
        return 2;
    }
    for (long i = 0; i < count; i++) {
        all[i].address = 0x7f010000U + (uint32_t)i + 1;
        all[i].port = (uint16_t)port;
        if (pthread_create(&all[i].thread, NULL, connect_one, &all[i]) != 0) {
            return 2;
        }
        (void)usleep((useconds_t)(over_ms * 1000 / count));
    }
    for (long i = 0; i < count; i++) {
        pthread_join(all[i].thread, NULL);
    }
    free(all);
    puts("done");
    return 0;
}
