/* The part of exec_target.h that looks at sockets. */
#define _GNU_SOURCE 1
#include "exec_target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#define STATE_CLOSE 7 /* TCP_CLOSE of the kernel: neither connected nor connecting */

static void address_from(const struct sockaddr_storage *name, uint8_t *family,
                         struct lab_address *address)
{
    struct sockaddr_in inet;
    struct sockaddr_in6 inet6;

    memset(address, 0, sizeof *address);
    *family = 4;
    if (name->ss_family == AF_INET) {
        memcpy(&inet, name, sizeof inet);
        memcpy(address->bytes, &inet.sin_addr, 4);
        address->port = ntohs(inet.sin_port);
        return;
    }
    memcpy(&inet6, name, sizeof inet6);
    address->port = ntohs(inet6.sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&inet6.sin6_addr)) {
        memcpy(address->bytes, inet6.sin6_addr.s6_addr + 12, 4);
        return;
    }
    *family = 6;
    memcpy(address->bytes, &inet6.sin6_addr, sizeof inet6.sin6_addr);
    address->scope_id = inet6.sin6_scope_id;
}

static int number_option(int fd, int option)
{
    int value = 0;
    socklen_t bytes = sizeof value;

    return getsockopt(fd, SOL_SOCKET, option, &value, &bytes) == 0 ? value : -1;
}

/* Windows has no protocol number for multipath TCP, and IANA none below 256: it is TCP. */
static uint8_t iana_number(int protocol)
{
    return protocol == IPPROTO_MPTCP ? IPPROTO_TCP : (uint8_t)protocol;
}

static bool is_connected(int fd)
{
    struct tcp_info info;
    socklen_t bytes = sizeof info;

    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &bytes) == 0 &&
           info.tcpi_state != STATE_CLOSE;
}

static void read_duplicate(int fd, struct target_socket *found)
{
    struct sockaddr_storage name;
    socklen_t bytes = sizeof name;

    found->domain = number_option(fd, SO_DOMAIN);
    found->protocol = iana_number(number_option(fd, SO_PROTOCOL));
    found->stream = number_option(fd, SO_TYPE) == SOCK_STREAM;
    found->connected = found->stream && is_connected(fd);
    if (found->domain != AF_INET && found->domain != AF_INET6) {
        return;
    }
    found->has_local = getsockname(fd, (struct sockaddr *)&name, &bytes) == 0;
    if (found->has_local) {
        address_from(&name, &found->local_family, &found->local);
    }
}

struct protocol_name {
    const char *name;
    int domain;
    uint8_t protocol;
    bool stream;
};

static const struct protocol_name protocol_names[] = {
    {"TCP", AF_INET, IPPROTO_TCP, true},           {"TCPv6", AF_INET6, IPPROTO_TCP, true},
    {"MPTCP", AF_INET, IPPROTO_TCP, true},         {"MPTCPv6", AF_INET6, IPPROTO_TCP, true},
    {"UDP", AF_INET, IPPROTO_UDP, false},          {"UDPv6", AF_INET6, IPPROTO_UDP, false},
    {"PING", AF_INET, IPPROTO_ICMP, false},        {"PINGv6", AF_INET6, IPPROTO_ICMPV6, false},
    {"RAW", AF_INET, IPPROTO_RAW, false},          {"RAWv6", AF_INET6, IPPROTO_RAW, false},
    {"UDP-Lite", AF_INET, IPPROTO_UDPLITE, false}, {"UDPLITEv6", AF_INET6, IPPROTO_UDPLITE, false},
    {"SCTP", AF_INET, IPPROTO_SCTP, true},         {"SCTPv6", AF_INET6, IPPROTO_SCTP, true},
};

/*
 * Without leave to duplicate the descriptor (containers forbid pidfd_getfd) its protocol's name is
 * still told. Local address and state stay unknown: a connect() that asks whether the connection
 * stands is then classified again.
 */
static bool read_protocol_name(const char *path, struct target_socket *found)
{
    char name[32] = "";

    if (getxattr(path, "system.sockprotoname", name, sizeof name - 1) <= 0) {
        return false;
    }
    found->domain = AF_UNIX;
    for (size_t index = 0; index < sizeof protocol_names / sizeof protocol_names[0]; index++) {
        if (strcmp(name, protocol_names[index].name) == 0) {
            found->domain = protocol_names[index].domain;
            found->protocol = protocol_names[index].protocol;
            found->stream = protocol_names[index].stream;
        }
    }
    return true;
}

static void descriptor_path(pid_t tid, int fd, char path[64])
{
    snprintf(path, 64, "/proc/%d/fd/%d", tid, fd);
}

uint64_t target_socket_inode(pid_t tid, int fd)
{
    char path[64];
    char target[64];
    char *end;

    descriptor_path(tid, fd, path);
    ssize_t bytes = readlink(path, target, sizeof target - 1);
    if (bytes <= 8) {
        return 0;
    }
    target[bytes] = '\0';
    return strncmp(target, "socket:[", 8) == 0 ? strtoull(target + 8, &end, 10) : 0;
}

/*
 * A thread has no pidfd before Linux 6.9; its process's is as good unless it left the table of
 * descriptors.
 */
static int duplicate(pid_t tid, int fd)
{
    int process = (int)syscall(SYS_pidfd_open, tid, 0);

    if (process < 0) {
        process = (int)syscall(SYS_pidfd_open, target_process_of(tid), 0);
    }
    if (process < 0) {
        return -1;
    }
    int copy = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    close(process);
    return copy;
}

enum target_outcome target_socket_read(pid_t tid, int fd, struct target_socket *found)
{
    char path[64];
    struct stat status;

    memset(found, 0, sizeof *found);
    errno = 0;
    found->inode = target_socket_inode(tid, fd);
    if (found->inode == 0) {
        return errno == EACCES || errno == EPERM ? TARGET_UNREADABLE : TARGET_GO_ON;
    }
    int copy = duplicate(tid, fd);
    if (copy >= 0 && fstat(copy, &status) == 0 && status.st_ino == found->inode) {
        read_duplicate(copy, found);
        close(copy);
        return TARGET_ASK;
    }
    if (copy >= 0) {
        close(copy);
    }
    descriptor_path(tid, fd, path);
    return read_protocol_name(path, found) ? TARGET_ASK : TARGET_UNREADABLE;
}

static socklen_t sockaddr_for(uint8_t family, const struct lab_address *remote,
                              struct sockaddr_storage *name)
{
    struct sockaddr_in inet = {.sin_family = AF_INET, .sin_port = htons(remote->port)};
    struct sockaddr_in6 inet6 = {.sin6_family = AF_INET6, .sin6_port = htons(remote->port)};

    if (family == 4) {
        memcpy(&inet.sin_addr, remote->bytes, 4);
        memcpy(name, &inet, sizeof inet);
        return sizeof inet;
    }
    memcpy(&inet6.sin6_addr, remote->bytes, sizeof inet6.sin6_addr);
    inet6.sin6_scope_id = remote->scope_id;
    memcpy(name, &inet6, sizeof inet6);
    return sizeof inet6;
}

bool target_route_from(uint8_t family, const struct lab_address *remote, struct lab_address *local)
{
    struct sockaddr_storage name;
    uint8_t local_family;
    socklen_t bytes = sockaddr_for(family, remote, &name);
    int probe = socket(family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (probe < 0) {
        return false;
    }
    bool found = connect(probe, (struct sockaddr *)&name, bytes) == 0;
    bytes = sizeof name;
    found = found && getsockname(probe, (struct sockaddr *)&name, &bytes) == 0;
    close(probe);
    if (found) {
        address_from(&name, &local_family, local);
    }
    return found;
}
