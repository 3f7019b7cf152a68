/*
 * The emulator as its front doors see it: processes, endpoints and connection attempts go in, the answer of the driver's
 * own code comes out. Everything else (WDM, WFP, arbitration, rule checks) is behind it.
 *
 * Two ways to run the same code:
 *   virtual - one thread, virtual clock, seeded scheduler; used by scenarios. Nothing moves but through lab_run_*.
 *   live    - real threads, real clock; used by `serve`. Callbacks come on emulator threads, with no lock held.
 */
#ifndef PORTREEVE_LAB_EMULATOR_H
#define PORTREEVE_LAB_EMULATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lab_clock {
    LAB_CLOCK_VIRTUAL,
    LAB_CLOCK_LIVE
};

/* When the reauthorization that follows FwpsCompleteOperation0 arrives (rules R19, R23). */
enum lab_reauthorize {
    LAB_REAUTHORIZE_INSIDE,
    LAB_REAUTHORIZE_LATER,
    LAB_REAUTHORIZE_NEVER,
    LAB_REAUTHORIZE_RANDOM
};

struct lab_options {
    enum lab_clock clock;
    enum lab_reauthorize reauthorize;
    uint64_t seed;
    unsigned yield_one_in; /* virtual: of so many places where another may run, in one; 0: of 4 */
};

/* An address and port; IPv4 in the first four bytes, network order; the port in host order. */
struct lab_address {
    uint8_t bytes[16];
    uint16_t port;
    uint32_t scope_id;
};

/* Whose a process is. */
enum lab_token {
    LAB_TOKEN_ELEVATED, /* an administrator, elevated: what Portreeve runs as */
    LAB_TOKEN_SYSTEM,
    LAB_TOKEN_FILTERED,     /* an administrator, not elevated */
    LAB_TOKEN_ADMIN_MEDIUM, /* Administrators is enabled, the integrity is medium: a lowered process */
    LAB_TOKEN_STANDARD,
    LAB_TOKEN_LOW, /* a sandbox */
    LAB_TOKEN_KINDS
};

struct lab_process {
    uint64_t id;
    uint64_t created; /* 100 ns since 1601; with id it names one process */
    uint64_t parent_id;
    const uint16_t
        *path; /* UTF-16, not terminated; a byte that is no UTF-8 comes as U+DC00 + byte */
    size_t path_units;
    enum lab_token token;
};

enum lab_direction {
    LAB_OUTBOUND,
    LAB_INBOUND
};

struct lab_attempt {
    uint64_t process_id;
    uint64_t endpoint; /* one socket; chosen by the door, see lab_endpoint_close */
    uint64_t listener; /* inbound TCP: the socket that listens, 0 for none */
    uint8_t family;    /* 4 or 6 */
    uint8_t protocol;  /* IANA number */
    enum lab_direction direction;
    struct lab_address local;
    struct lab_address remote;
    const void *payload; /* first datagram of a connection-less protocol, or NULL */
    size_t payload_bytes;
};

enum lab_answer {
    LAB_PERMITTED,
    LAB_BLOCKED,
    LAB_ENDED, /* the endpoint closed or the emulator stopped before there was a verdict */
};

/* Called exactly once per attempt; from within lab_attempt_start() when nothing had to wait. */
typedef void lab_answer_fn(void *context, enum lab_answer answer);

/* Starts the emulator and loads the driver (its DriverEntry). False, with a line on stderr, when it could not. */
bool lab_start(const struct lab_options *options);
/* Unloads the driver and stops. The number of broken rules and leaks found since the start. */
unsigned lab_stop(void);

void lab_process_start(const struct lab_process *process);
/* Whether a process with this id has been started and has not exited. */
bool lab_process_known(uint64_t process_id);
void lab_process_exit(uint64_t process_id);

void lab_attempt_start(const struct lab_attempt *attempt, lab_answer_fn *done, void *context);
/* The socket goes away: closure is classified, pends of it die. Harmless for an unknown endpoint. */
void lab_endpoint_close(uint64_t endpoint);

/* The control device, for the socket in frontdoors/control.c and for scenarios. Statuses are NTSTATUS values. */
struct lab_handle;
uint32_t lab_device_open(uint64_t client_process_id, struct lab_handle **handle);

/* An open that is not the usual one. */
struct lab_open {
    uint64_t process_id;
    bool impersonates; /* the thread acts with `thread` */
    bool identifies;   /* its level is SecurityIdentification */
    enum lab_token thread;
    bool named; /* a file below the device */
};
uint32_t lab_device_open_as(const struct lab_open *open, struct lab_handle **handle);
/* `done` is called exactly once, with the number of output bytes. The buffers stay the caller's. */
typedef void lab_ioctl_fn(void *context, uint32_t status, const void *output, size_t output_bytes);
/* Returns a request number for lab_device_cancel. */
uint64_t lab_device_ioctl(struct lab_handle *handle, uint32_t code, const void *input,
                          size_t input_bytes, size_t output_capacity, lab_ioctl_fn *done,
                          void *context);
void lab_device_cancel(struct lab_handle *handle, uint64_t request);
/* CLEANUP, then CLOSE. Every pending request of the handle has been completed when this returns. */
void lab_device_close(struct lab_handle *handle);

/* Scenario clock: runs what is due, then moves on. Virtual mode only. */
void lab_run_until_idle(void);
void lab_run_for(uint64_t milliseconds);

#endif
