/*
 * The wire between the driver and its client: every structure, limit and control code, defined once.
 *
 * driver/protocol/generate.ts reads this file and writes the TypeScript codec, the C layout assertions and the
 * golden files. Its grammar is small on purpose: fixed-width integers, arrays of them, structs of this file, constants.
 * Rules: natural alignment without implicit padding, explicit `reserved` fields that are zero, no pointers, no
 * bit-fields. Every message and event starts with a pr_header; variable parts are (offset, bytes) from the start of the
 * message or event that holds them. All integers are little-endian. Addresses are in network byte order, an IPv4
 * address in the first four bytes; ports are in host byte order.
 * Times are 100-nanosecond units since 1601-01-01 UTC (FILETIME), 0 when unknown. Durations are milliseconds.
 */
/* One item per line, as the generator reads it. */
/* clang-format off */
#ifndef PORTREEVE_WIRE_H
#define PORTREEVE_WIRE_H

#include <stdint.h>

#define PR_PROTOCOL_VERSION 1

/* Limits. A request that is over a limit is refused whole. */
#define PR_ADDRESS_BYTES 16
#define PR_MAX_PATH_BYTES 8192        /* UTF-16LE, no terminator; a longer path is cut and flagged */
#define PR_MAX_EVENT_BATCH_BYTES 65536
#define PR_MIN_EVENT_BATCH_BYTES 16384 /* smallest buffer that always takes one event */
#define PR_MAX_ANSWERS 1024
#define PR_MAX_HELD 4096
#define PR_MAX_HELD_PER_PROCESS 256
#define PR_MAX_DECIDED_KEPT 1024      /* "while you were away" records kept without a client */
#define PR_MIN_HOLD_MS 1000
#define PR_MAX_HOLD_MS 3600000        /* no connection is held longer, whatever the client says */

/* Control codes: CTL_CODE(FILE_DEVICE_NETWORK, function, METHOD_BUFFERED, FILE_READ_DATA | FILE_WRITE_DATA). */
#define PR_CONTROL_CODE(function) ((0x12u << 16) | (3u << 14) | ((function) << 2))
#define PR_IOCTL_HELLO PR_CONTROL_CODE(0x801)
#define PR_IOCTL_SET_POLICY PR_CONTROL_CODE(0x802)
#define PR_IOCTL_READ_EVENTS PR_CONTROL_CODE(0x803)
#define PR_IOCTL_ANSWER PR_CONTROL_CODE(0x804)
#define PR_IOCTL_STATUS PR_CONTROL_CODE(0x805)

/* Kinds of message. */
#define PR_KIND_HELLO 1
#define PR_KIND_WELCOME 2
#define PR_KIND_POLICY 3
#define PR_KIND_READ 4
#define PR_KIND_EVENTS 5
#define PR_KIND_ANSWERS 6
#define PR_KIND_RESULTS 7
#define PR_KIND_STATUS 8
#define PR_KIND_STATUS_REQUEST 9

/* Kinds of event. A client skips kinds that it does not know. */
#define PR_EVENT_HELD 257    /* body: pr_connection_event; waits for an answer */
#define PR_EVENT_SETTLED 258 /* body: pr_settled_event; an announced hold has ended, whoever ended it */
#define PR_EVENT_DECIDED 259 /* body: pr_connection_event; was decided without being asked about */

#define PR_FAMILY_IPV4 4
#define PR_FAMILY_IPV6 6

#define PR_DIRECTION_OUTBOUND 1
#define PR_DIRECTION_INBOUND 2

#define PR_VERDICT_NONE 0
#define PR_VERDICT_ALLOW 1
#define PR_VERDICT_BLOCK 2
#define PR_VERDICT_KEEP 3 /* only in an answer: go on holding for another policy.hold_ms from now */

#define PR_REASON_NONE 0
#define PR_REASON_ANSWERED 1
#define PR_REASON_WATCHDOG 2        /* nobody answered within the hold time */
#define PR_REASON_CLIENT_LOST 3     /* the client went away while it was held */
#define PR_REASON_NO_CLIENT 4       /* nobody was there to ask */
#define PR_REASON_FULL 5            /* a cap was reached; policy.full_verdict */
#define PR_REASON_ENDPOINT_CLOSED 6 /* the program closed the socket */
#define PR_REASON_PROCESS_EXITED 7
#define PR_REASON_UNLOAD 8
#define PR_REASON_PEND_FAILED 9     /* the system refused to hold it; policy.full_verdict */
#define PR_REASON_NO_MEMORY 10      /* policy.full_verdict */
#define PR_REASON_POWER 11          /* the computer went to sleep */

#define PR_LOOPBACK_ALLOW 1
#define PR_LOOPBACK_ASK 2

#define PR_MODE_ASK 1
#define PR_MODE_LOCKDOWN 2 /* everything new is blocked, nothing is held */

/* pr_connection.flags */
#define PR_CONNECTION_LOOPBACK 1
#define PR_CONNECTION_PATH_CUT 2

/* pr_answer_result.status */
#define PR_ANSWER_ACCEPTED 0
#define PR_ANSWER_UNKNOWN 1 /* no such hold in this session, or it has been settled */
#define PR_ANSWER_INVALID 2 /* not a verdict, or a reserved field that is not zero */

struct pr_header {
    uint32_t size; /* bytes of the whole message or event, this header included */
    uint16_t kind;
    uint16_t version;
};

/* HELLO, input: must be the first request on a handle. */
struct pr_hello {
    struct pr_header header;
    uint32_t client_version; /* major << 16 | minor << 8 | patch, for the log */
    uint32_t reserved;
};

/* HELLO, output. */
struct pr_welcome {
    struct pr_header header;
    uint64_t session; /* nonce; every later request of this handle carries it */
    uint64_t loaded_at;
    uint32_t driver_version;
    uint32_t max_held;
    uint32_t max_held_per_process;
    uint32_t max_hold_ms;
};

/* SET_POLICY, input. Survives the client: what holds when nobody is there is the last policy that was set. Before the
 * first one nothing is cut off: ask, loopback allowed, 60 s, allow without a client and for unknown reauthorizations,
 * block for watchdog and full. */
struct pr_policy {
    struct pr_header header;
    uint64_t session;
    uint32_t hold_ms;
    uint8_t mode;
    uint8_t loopback;
    uint8_t no_client_verdict;
    uint8_t watchdog_verdict;
    uint8_t full_verdict;
    uint8_t unknown_reauthorize_verdict; /* a reauthorization of a flow that nothing is known of */
    uint8_t reserved[6];
};

/* READ_EVENTS, input. The request stays pending until there is something to say. */
struct pr_read {
    struct pr_header header;
    uint64_t session;
};

/* READ_EVENTS, output: this, then `count` events, each starting at a multiple of 8 with its own pr_header. */
struct pr_events {
    struct pr_header header;
    uint64_t session;
    uint64_t sequence; /* 1, 2, 3, ... in a session */
    uint32_t count;
    uint32_t decided_lost; /* DECIDED records dropped since the last batch because too many were kept */
};

struct pr_endpoint {
    uint8_t address[PR_ADDRESS_BYTES];
    uint32_t scope_id; /* IPv6 link-local */
    uint16_t port;
    uint16_t reserved;
};

struct pr_connection {
    uint64_t id; /* never used twice while the driver is loaded; 0 for a connection that was not held */
    uint64_t process_id;
    uint64_t process_created; /* with process_id it names one process for ever */
    uint64_t time;            /* of the classify */
    uint64_t deadline;        /* when the watchdog would settle it; 0 for a connection that is not held */
    struct pr_endpoint local;
    struct pr_endpoint remote;
    uint8_t family;
    uint8_t protocol; /* IANA protocol number */
    uint8_t direction;
    uint8_t verdict; /* NONE while it is held */
    uint8_t reason;  /* likewise */
    uint8_t reserved[3];
    uint32_t flags;
    uint32_t compartment;
};

/* HELD and DECIDED. */
struct pr_connection_event {
    struct pr_header header;
    struct pr_connection connection;
    uint32_t path_offset; /* image path as the kernel knows it, UTF-16LE, may hold unpaired surrogates */
    uint32_t path_bytes;
};

struct pr_settled_event {
    struct pr_header header;
    uint64_t id;
    uint64_t time;
    uint8_t verdict;
    uint8_t reason;
    uint8_t reserved[6];
};

struct pr_answer {
    uint64_t id;
    uint8_t verdict;
    uint8_t reserved[7];
};

/* ANSWER, input: this, then `count` pr_answer. */
struct pr_answers {
    struct pr_header header;
    uint64_t session;
    uint32_t count;
    uint32_t reserved;
};

struct pr_answer_result {
    uint64_t id;
    uint32_t status;
    uint32_t reserved;
};

/* ANSWER, output: this, then `count` pr_answer_result in the order of the answers. */
struct pr_results {
    struct pr_header header;
    uint32_t count;
    uint32_t accepted;
};

struct pr_status_request {
    struct pr_header header;
    uint64_t session;
};

/* STATUS, output: counters since the driver was loaded. */
struct pr_status {
    struct pr_header header;
    uint64_t session;
    uint64_t classified;
    uint64_t allowed;
    uint64_t blocked;
    uint64_t held_total;
    uint64_t answered;
    uint64_t watchdog;
    uint64_t client_lost;
    uint64_t no_client;
    uint64_t full;
    uint64_t endpoint_closed;
    uint64_t pend_failed;
    uint64_t decided_lost;
    uint32_t held_now;
    uint32_t held_peak;
    uint64_t datagrams_held;     /* packets that waited with a hold */
    uint64_t datagrams_refused;  /* beyond a quota: lost */
    uint64_t datagrams_injected; /* sent or received after a permit */
};

#endif
