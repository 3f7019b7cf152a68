#define _GNU_SOURCE 1
#include "exec_target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_MESSAGES                                                                               \
    1024 /* UIO_MAXIOV: the kernel looks at no more messages or buffers in one call */
#define SOCKADDR_IN6_WITHOUT_SCOPE 24
#define FASTOPEN                   0x20000000 /* MSG_FASTOPEN */

/* Where one message of a call keeps its address. */
struct name_place {
    uint64_t address;
    uint64_t bytes;
    uint64_t message;
};

static size_t read_memory(pid_t tid, uint64_t address, void *buffer, size_t bytes)
{
    struct iovec here = {buffer, bytes};
    struct iovec there = {(void *)(uintptr_t)address, bytes};
    ssize_t got = process_vm_readv(tid, &here, 1, &there, 1, 0);

    if (got >= 0 && (size_t)got < bytes) {
        errno = EFAULT;
    }
    return got < 0 ? 0 : (size_t)got;
}

/* EFAULT is the program's own mistake and the kernel tells it so; anything else keeps us out. */
static enum target_outcome unread(void)
{
    return errno == EFAULT || errno == ESRCH ? TARGET_GO_ON : TARGET_UNREADABLE;
}

static bool parse_inet(const uint8_t *bytes, size_t count, struct target_destination *to)
{
    struct sockaddr_in inet;

    if (count < sizeof inet) {
        return false;
    }
    memcpy(&inet, bytes, sizeof inet);
    if (inet.sin_addr.s_addr == htonl(INADDR_ANY)) {
        inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK); /* that is where Linux takes it */
    }
    to->family = 4;
    memcpy(to->address.bytes, &inet.sin_addr, 4);
    to->address.port = ntohs(inet.sin_port);
    return true;
}

static bool parse_inet6(const uint8_t *bytes, size_t count, struct target_destination *to)
{
    struct sockaddr_in6 inet6;
    struct in6_addr any = IN6ADDR_ANY_INIT;

    if (count < SOCKADDR_IN6_WITHOUT_SCOPE) {
        return false;
    }
    memset(&inet6, 0, sizeof inet6);
    memcpy(&inet6, bytes, count < sizeof inet6 ? count : sizeof inet6);
    to->address.port = ntohs(inet6.sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&inet6.sin6_addr)) {
        to->family = 4;
        memcpy(to->address.bytes, inet6.sin6_addr.s6_addr + 12, 4);
        return true;
    }
    to->family = 6;
    if (memcmp(&inet6.sin6_addr, &any, sizeof any) == 0) {
        inet6.sin6_addr.s6_addr[15] = 1;
    }
    memcpy(to->address.bytes, &inet6.sin6_addr, sizeof inet6.sin6_addr);
    to->address.scope_id = inet6.sin6_scope_id;
    return true;
}

/*
 * False for what is no IP address, or too short to be one. In a send over an IPv4 socket Linux
 * takes AF_UNSPEC for AF_INET; in connect() it means hanging up.
 */
static bool parse_name(const uint8_t *bytes, size_t count, int unspecified_is,
                       struct target_destination *to)
{
    sa_family_t family;

    memset(to, 0, sizeof *to);
    if (count < sizeof family) {
        return false;
    }
    memcpy(&family, bytes, sizeof family);
    int meant = family == AF_UNSPEC ? unspecified_is : family;
    if (meant == AF_INET) {
        return parse_inet(bytes, count, to);
    }
    return meant == AF_INET6 && parse_inet6(bytes, count, to);
}

static bool same_destination(const struct target_destination *left,
                             const struct target_destination *right)
{
    return left->family == right->family && left->address.port == right->address.port &&
           left->address.scope_id == right->address.scope_id &&
           memcmp(left->address.bytes, right->address.bytes, sizeof left->address.bytes) == 0;
}

static void add_destination(struct target_call *call, const struct target_destination *to)
{
    for (size_t index = 0; index < call->count; index++) {
        if (same_destination(&call->destinations[index], to)) {
            return;
        }
    }
    call->destinations[call->count++] = *to;
}

static enum target_outcome add_name(pid_t tid, struct target_call *call,
                                    const struct name_place *place, int unspecified_is)
{
    uint8_t bytes[sizeof(struct sockaddr_in6)];
    struct target_destination to;

    if (place->address == 0 || place->bytes == 0) {
        return TARGET_GO_ON;
    }
    size_t wanted = place->bytes < sizeof bytes ? (size_t)place->bytes : sizeof bytes;
    size_t got = read_memory(tid, place->address, bytes, wanted);
    if (got == 0) {
        return unread();
    }
    if (parse_name(bytes, got, unspecified_is, &to)) {
        to.message = place->message;
        add_destination(call, &to);
        return TARGET_ASK;
    }
    return TARGET_GO_ON;
}

static enum target_outcome add_message(pid_t tid, struct target_call *call, uint64_t message,
                                       int unspecified_is)
{
    struct msghdr header;

    if (read_memory(tid, message, &header, sizeof header) != sizeof header) {
        return unread();
    }
    struct name_place place = {(uintptr_t)header.msg_name, header.msg_namelen, message};
    return add_name(tid, call, &place, unspecified_is);
}

static enum target_outcome add_messages(pid_t tid, struct target_call *call,
                                        const struct seccomp_data *data, size_t messages,
                                        int unspecified_is)
{
    for (size_t index = 0; index < messages; index++) {
        uint64_t message = data->args[1] + index * sizeof(struct mmsghdr);
        if (add_message(tid, call, message, unspecified_is) == TARGET_UNREADABLE) {
            return TARGET_UNREADABLE;
        }
    }
    return call->count > 0 ? TARGET_ASK : TARGET_GO_ON;
}

static uint64_t send_flags(const struct seccomp_data *data)
{
    return data->nr == SYS_sendmsg ? data->args[2] : data->args[3];
}

/* A stream socket only begins something by connect(), or by a send with MSG_FASTOPEN. */
static bool begins_nothing(const struct seccomp_data *data, const struct target_socket *socket)
{
    if (socket->domain != AF_INET && socket->domain != AF_INET6) {
        return true;
    }
    if (!socket->stream) {
        return false;
    }
    return socket->connected || (data->nr != SYS_connect && !(send_flags(data) & FASTOPEN));
}

static size_t message_count(const struct seccomp_data *data)
{
    uint32_t asked = (uint32_t)data->args[2];

    return asked < MAX_MESSAGES ? asked : MAX_MESSAGES;
}

enum target_outcome target_call_read(pid_t tid, const struct seccomp_data *data,
                                     const struct target_socket *socket, struct target_call *call)
{
    size_t room = data->nr == SYS_sendmmsg ? message_count(data) : 1;
    int unspecified_is = data->nr != SYS_connect && socket->domain == AF_INET ? AF_INET : AF_UNSPEC;

    memset(call, 0, sizeof *call);
    if (begins_nothing(data, socket) || room == 0) {
        return TARGET_GO_ON;
    }
    call->destinations = calloc(room, sizeof *call->destinations);
    if (!call->destinations) {
        return TARGET_UNREADABLE;
    }
    if (data->nr == SYS_sendmmsg) {
        return add_messages(tid, call, data, room, unspecified_is);
    }
    if (data->nr == SYS_sendmsg) {
        return add_message(tid, call, data->args[1], unspecified_is);
    }
    struct name_place place = {data->args[1], (uint32_t)data->args[2], 0};
    if (data->nr == SYS_sendto) {
        place = (struct name_place){data->args[4], (uint32_t)data->args[5], 0};
    }
    return add_name(tid, call, &place, unspecified_is);
}

/* Only what one read tells; a call that this isn't sure of is read whole later. */
bool target_call_is_foreign(pid_t tid, const struct seccomp_data *data)
{
    uint64_t name = data->nr == SYS_connect ? data->args[1] : data->args[4];
    struct msghdr header;
    sa_family_t family;

    if (data->nr == SYS_sendmmsg) {
        return false;
    }
    if (data->nr == SYS_sendmsg) {
        return read_memory(tid, data->args[1], &header, sizeof header) == sizeof header &&
               header.msg_name == NULL;
    }
    return read_memory(tid, name, &family, sizeof family) == sizeof family && family != AF_INET &&
           family != AF_INET6 && family != AF_UNSPEC;
}

bool target_call_equal(const struct target_call *left, const struct target_call *right)
{
    if (left->count != right->count) {
        return false;
    }
    for (size_t index = 0; index < left->count; index++) {
        if (!same_destination(&left->destinations[index], &right->destinations[index])) {
            return false;
        }
    }
    return true;
}

static size_t gather(pid_t tid, const struct msghdr *header, void *buffer, size_t room)
{
    size_t parts = header->msg_iovlen < MAX_MESSAGES ? header->msg_iovlen : MAX_MESSAGES;
    size_t done = 0;
    struct iovec part;

    for (size_t index = 0; index < parts && done < room; index++) {
        uint64_t at = (uintptr_t)header->msg_iov + index * sizeof part;
        if (read_memory(tid, at, &part, sizeof part) != sizeof part) {
            break;
        }
        size_t wanted = part.iov_len < room - done ? part.iov_len : room - done;
        done += read_memory(tid, (uintptr_t)part.iov_base, (uint8_t *)buffer + done, wanted);
    }
    return done;
}

size_t target_payload_read(pid_t tid, const struct seccomp_data *data,
                           const struct target_destination *destination, void *buffer, size_t room)
{
    struct msghdr header;

    if (data->nr == SYS_sendto) {
        size_t wanted = data->args[2] < room ? (size_t)data->args[2] : room;
        return read_memory(tid, data->args[1], buffer, wanted);
    }
    if (destination->message == 0 ||
        read_memory(tid, destination->message, &header, sizeof header) != sizeof header) {
        return 0;
    }
    return gather(tid, &header, buffer, room);
}
