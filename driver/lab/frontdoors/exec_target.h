/*
 * Looking into the program: what a trapped call asks for, the socket that it names, the process
 * that makes it. Everything read here was written by the program and may change at any moment;
 * nothing is read twice and trusted.
 */
#ifndef PORTREEVE_LAB_EXEC_TARGET_H
#define PORTREEVE_LAB_EXEC_TARGET_H

#include "../emulator/emulator.h"

#include <linux/seccomp.h>
#include <sys/types.h>

/* What becomes of a call after it was looked at. */
enum target_outcome {
    TARGET_GO_ON,      /* nothing to classify, or the kernel will refuse it by itself */
    TARGET_ASK,        /* there are destinations */
    TARGET_UNREADABLE, /* the program can't be looked into: refuse */
};

struct target_destination {
    uint8_t family; /* 4 or 6; an IPv4-mapped address is 4, as Windows shows it */
    struct lab_address address;
    uint64_t message; /* address of the msghdr, or 0 for sendto() and connect() */
};

struct target_call {
    struct target_destination *destinations; /* each once, in the order of the messages */
    size_t count;
};

struct target_socket {
    uint64_t inode; /* names the socket for as long as it is open */
    int domain;
    uint8_t protocol; /* IANA number */
    bool stream;
    bool connected; /* or connecting: a stream socket that doesn't begin anything by this call */
    bool has_local;
    uint8_t local_family;
    struct lab_address local;
};

/*
 * Reads the socket behind `fd` of thread `tid`. TARGET_GO_ON: it is none, and the kernel will say
 * so.
 */
enum target_outcome target_socket_read(pid_t tid, int fd, struct target_socket *socket);
/* The inode behind a descriptor, 0 when it is no open socket. Cheaper than the whole. */
uint64_t target_socket_inode(pid_t tid, int fd);
/*
 * The address that the kernel would choose to reach `remote` from, for a socket that has none yet.
 */
bool target_route_from(uint8_t family, const struct lab_address *remote, struct lab_address *local);

/* Reads the addresses that a trapped call names. The caller frees `destinations`. */
enum target_outcome target_call_read(pid_t tid, const struct seccomp_data *data,
                                     const struct target_socket *socket, struct target_call *call);
/* True when the call names no IP address at all (AF_UNIX and the like), found out with one read. */
bool target_call_is_foreign(pid_t tid, const struct seccomp_data *data);
bool target_call_equal(const struct target_call *left, const struct target_call *right);
/* The datagram for one destination; at most `room` bytes. Returns its size. */
size_t target_payload_read(pid_t tid, const struct seccomp_data *data,
                           const struct target_destination *destination, void *buffer, size_t room);

/* The process that a thread belongs to; 0 when it is gone. */
pid_t target_process_of(pid_t tid);

struct target_image {
    dev_t device;
    ino_t inode;
};

/*
 * The file that the process of this thread runs now. False when it is gone or may not be looked
 * into. By the thread, since a process whose first thread has ended shows nothing.
 */
bool target_image_read(pid_t tid, struct target_image *image);

struct target_process {
    /* 100 ns since 1601: start in clock ticks since boot, plus the boot time of /proc/stat. */
    uint64_t created;
    uint64_t parent_id;
    char path[4096 + 1];
    size_t path_bytes;
};

/* The process `pid`, of which `tid` is a living thread. */
bool target_process_read(pid_t pid, pid_t tid, struct target_process *process);

#endif
