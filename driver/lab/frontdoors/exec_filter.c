#define _GNU_SOURCE 1
#include "exec_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the exec front door knows x86_64 and aarch64"
#endif

/* An x32 call has this bit in its number; no other native call has a number as high. */
#define X32_BIT 0x40000000u

#define LOAD(field)                                                                                \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define RETURN(value)                    BPF_STMT(BPF_RET | BPF_K, value)
#define IF_EQUAL(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, otherwise)
#define IF_AT_LEAST(value, then, otherwise)                                                        \
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, then, otherwise)

/*
 * Jumps count the instructions to skip; the last three are what they lead to. sendto() without an
 * address goes on.
 */
static struct sock_filter program[] = {
    LOAD(arch),
    IF_EQUAL(NATIVE_ARCHITECTURE, 0, 15),
    LOAD(nr),
    IF_AT_LEAST(X32_BIT, 13, 0),
    IF_EQUAL(SYS_connect, 13, 0),
    IF_EQUAL(SYS_sendmsg, 12, 0),
    IF_EQUAL(SYS_sendmmsg, 11, 0),
    IF_EQUAL(SYS_sendto, 4, 0),
    IF_EQUAL(SYS_io_uring_setup, 8, 0),
    IF_EQUAL(SYS_io_uring_enter, 7, 0),
    IF_EQUAL(SYS_io_uring_register, 6, 0),
    RETURN(SECCOMP_RET_ALLOW),
    LOAD(args[4]),
    IF_EQUAL(0, 0, 4),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, args[4]) + 4),
    IF_EQUAL(0, 0, 2),
    RETURN(SECCOMP_RET_ALLOW),
    RETURN(SECCOMP_RET_ERRNO | ENOSYS),
    RETURN(SECCOMP_RET_USER_NOTIF),
};

int exec_filter_install(void)
{
    const struct sock_fprog filter = {(unsigned short)(sizeof program / sizeof program[0]),
                                      program};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return -errno;
    }
    long listener =
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
    return listener < 0 ? -errno : (int)listener;
}
