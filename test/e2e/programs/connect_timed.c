/*
 * connect_timed PORT [COUNT]: connects to 127.1.0.1, COUNT times one after the other, and prints a line for each: "before
 * after errno", times in milliseconds since 1970.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec * 1000.0 + (double)time.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        return 2;
    }
    struct sockaddr_in target = {.sin_family = AF_INET};
    target.sin_port = htons((uint16_t)strtol(argv[1], NULL, 10));
    target.sin_addr.s_addr = htonl(0x7f010001U);
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
    for (long i = 0; i < count; i++) {
        int handle = socket(AF_INET, SOCK_STREAM, 0);
        double before = now_ms();
        int error = connect(handle, (struct sockaddr *)&target, sizeof target) == 0 ? 0 : errno;
        double after = now_ms();
        printf("%.3f %.3f %d\n", before, after, error);
        close(handle);
    }
    return 0;
}
