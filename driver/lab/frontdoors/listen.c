/* Unix sockets to listen at. */
#include "listen.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool address_of(const char *path, struct sockaddr_un *address)
{
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof(address->sun_path)) {
        (void)fprintf(stderr, "lab: %s: the path of a socket may have at most %zu bytes\n", path,
                      sizeof(address->sun_path) - 1);
        return false;
    }
    memcpy(address->sun_path, path, strlen(path) + 1);
    return true;
}

/* False when somebody listens there already. */
static bool clear_way(const struct sockaddr_un *address, int type)
{
    struct stat info;
    int probe;
    bool taken;
    if (lstat(address->sun_path, &info) != 0) {
        return true;
    }
    if (!S_ISSOCK(info.st_mode)) {
        (void)fprintf(stderr, "lab: %s is in the way and is no socket; remove it\n",
                      address->sun_path);
        return false;
    }
    probe = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    taken = probe >= 0 && connect(probe, (const struct sockaddr *)address, sizeof(*address)) == 0;
    if (probe >= 0) {
        (void)close(probe);
    }
    if (taken) {
        (void)fprintf(stderr, "lab: %s is in use by another lab; stop that one first\n",
                      address->sun_path);
        return false;
    }
    (void)unlink(address->sun_path);
    return true;
}

int lab_listen(const char *path, int type)
{
    struct sockaddr_un address;
    int fd;
    mode_t mask;
    bool bound;
    if (!address_of(path, &address) || !clear_way(&address, type)) {
        return -1;
    }
    fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mask = umask(0177);
    bound = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
            listen(fd, 64) == 0;
    (void)umask(mask);
    if (!bound) {
        (void)fprintf(stderr, "lab: cannot listen at %s: %s\n", path, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    return fd;
}
