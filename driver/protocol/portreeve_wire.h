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
#define PR_MAX_TABLE_BYTES 67108864   /* a whole rule table */
#define PR_MAX_TABLE_PART_BYTES 131072
#define PR_MAX_MAP_BYTES 1048576      /* the map of one subject; everybody's has the table's limit alone */
#define PR_MAX_PATH_BUCKET 16         /* paths whose hashes fall into one bucket */
#define PR_MAX_MAPPINGS 1024
#define PR_MAX_RULE_HITS 4096

/* Control codes: CTL_CODE(FILE_DEVICE_NETWORK, function, METHOD_BUFFERED, FILE_READ_DATA | FILE_WRITE_DATA). */
#define PR_CONTROL_CODE(function) ((0x12u << 16) | (3u << 14) | ((function) << 2))
#define PR_IOCTL_HELLO PR_CONTROL_CODE(0x801)
#define PR_IOCTL_SET_POLICY PR_CONTROL_CODE(0x802)
#define PR_IOCTL_READ_EVENTS PR_CONTROL_CODE(0x803)
#define PR_IOCTL_ANSWER PR_CONTROL_CODE(0x804)
#define PR_IOCTL_STATUS PR_CONTROL_CODE(0x805)
#define PR_IOCTL_TABLE_BEGIN PR_CONTROL_CODE(0x806)
#define PR_IOCTL_TABLE_PART PR_CONTROL_CODE(0x807)
#define PR_IOCTL_TABLE_COMMIT PR_CONTROL_CODE(0x808)
#define PR_IOCTL_MAP_PROCESSES PR_CONTROL_CODE(0x809)
#define PR_IOCTL_RULE_HITS PR_CONTROL_CODE(0x80a)

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
#define PR_KIND_TABLE_BEGIN 10
#define PR_KIND_TABLE_PART 11
#define PR_KIND_TABLE_COMMIT 12
#define PR_KIND_TABLE_RESULT 13
#define PR_KIND_TABLE 14
#define PR_KIND_MAPPINGS 15
#define PR_KIND_MAPPED 16
#define PR_KIND_HITS_REQUEST 17
#define PR_KIND_HITS 18

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
#define PR_REASON_UNLOAD 8          /* the driver, or the filter engine that it works for, stops */
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
#define PR_CONNECTION_LISTENS_WIDE 4 /* the socket that accepts is bound to every address */

/* pr_answer_result.status */
#define PR_ANSWER_ACCEPTED 0
#define PR_ANSWER_UNKNOWN 1 /* no such hold in this session, or it has been settled */
#define PR_ANSWER_INVALID 2 /* not a verdict, or a reserved field that is not zero */

/* pr_table_result.status */
#define PR_TABLE_DONE 0
#define PR_TABLE_INCOMPLETE 1 /* nothing was begun, or parts are missing */
#define PR_TABLE_DAMAGED 2    /* the checksum is another */
#define PR_TABLE_INVALID 3    /* its bytes are no rule table */
#define PR_TABLE_NO_MEMORY 4

/* pr_table_rule.outcome */
#define PR_RULE_ASK 0
#define PR_RULE_ALLOW 1
#define PR_RULE_BLOCK 2

/* pr_hits.next: those were all. */
#define PR_HITS_END 0xffffffff

/* pr_table_subject.map: no map, the client is asked about everything. */
#define PR_TABLE_MAP_ASK 0xffffffff
/* A value of a map: no rule; or, with this bit, a list of port intervals; else the rule itself. */
#define PR_MAP_NO_RULE 0xffffffff
#define PR_MAP_LIST 0x80000000

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
    uint64_t listening_since; /* inbound: when the socket that accepts began to listen; 0: not seen */
    uint64_t service_tag;     /* of the service, in its process, that connects or listens; 0: none, or not known */
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
    uint64_t ruled;         /* decided by the rule table */
    uint64_t table_version; /* of the rule table in force; 0: none */
    uint32_t table_rules;
    uint32_t processes;     /* known to the driver, which can be mapped */
};

/* TABLE_BEGIN, input: room for a rule table, in place of another that was begun. Output: pr_table_result. */
struct pr_table_begin {
    struct pr_header header;
    uint64_t session;
    uint64_t version;  /* from 1, as in the table */
    uint64_t checksum; /* b << 32 | a over its 32-bit words w, begun with 0: a += w; b += a (a Fletcher sum, mod 2^32) */
    uint32_t bytes;    /* of the whole table, a multiple of 4 */
    uint32_t reserved;
};

/* TABLE_PART, input: this, then `bytes` bytes. Parts come in order and without gaps. No output. */
struct pr_table_part {
    struct pr_header header;
    uint64_t session;
    uint32_t offset;
    uint32_t bytes;
};

/* TABLE_COMMIT, input: the table that was begun is checked as a whole and takes the place of the one in force; or it is
 * thrown away and nothing changes. Output: pr_table_result. */
struct pr_table_commit {
    struct pr_header header;
    uint64_t session;
};

struct pr_table_result {
    struct pr_header header;
    uint64_t version; /* of the table that is in force now; 0: none */
    uint32_t status;
    uint32_t reserved;
};

struct pr_mapping {
    uint64_t process_id;
    uint64_t process_created;
    uint32_t subject; /* 0: back to what its path says */
    uint32_t reserved;
};

/* MAP_PROCESSES, input: this, then `count` pr_mapping. A mapping ends with its process. */
struct pr_mappings {
    struct pr_header header;
    uint64_t session;
    uint32_t count;
    uint32_t reserved;
};

/* MAP_PROCESSES, output. The driver knows the processes that it took; the others have exited or never came to it. */
struct pr_mapped {
    struct pr_header header;
    uint32_t accepted;
    uint32_t unknown;
};

/* RULE_HITS, input: hits since they were last read, of the rules from `first` on. */
struct pr_hits_request {
    struct pr_header header;
    uint64_t session;
    uint32_t first;
    uint32_t reserved;
};

struct pr_rule_hit {
    uint32_t rule_id;
    uint32_t hits;
};

/* RULE_HITS, output: this, then `count` pr_rule_hit. A rule may come more than once: its hits add up. */
struct pr_hits {
    struct pr_header header;
    uint32_t count;
    uint32_t next; /* what `first` is to be in the next request, or PR_HITS_END */
};

/*
 * A rule table. Sections follow each other without gaps, in this order:
 *   struct pr_table
 *   struct pr_table_subject [subject_count], ascending by id
 *   struct pr_table_rule    [rule_count]
 *   uint32_t                [bucket_count + 1] first path of each bucket; ascending; the last is path_count
 *   struct pr_table_path    [path_count]
 *   maps                    [map_bytes] of everybody, then of each subject that has one, without gaps
 *   uint16_t                [text_units] paths in UTF-16LE with A-Z folded to a-z; an even number
 *
 * A map is a row of 32-bit words:
 *   v4_count v6_count list_count segment_count
 *   v4_start[v4_count]       first addresses, ascending from 0; an interval ends where the next begins
 *   v4_value[v4_count]       what PR_MAP_* says, or the number of a rule in the subject's own rules
 *   v6_start[v6_count][4]    likewise, most significant word first
 *   v6_value[v6_count]
 *   list_first[list_count+1] first segment of each list; ascending; the last is segment_count
 *   segment_start[segment_count] in each list ascending from 0: direction << 24 | protocol class << 16 | port, with
 *                            direction 0 for outbound and 1 for inbound
 *   segment_value[segment_count] a rule's number or PR_MAP_NO_RULE
 * Of the subject's rule and everybody's the one with the smaller rank decides; at the same rank the subject's.
 */
struct pr_table_subject {
    uint32_t id;
    uint32_t map;        /* from the start of the maps, in bytes; or PR_TABLE_MAP_ASK */
    uint32_t rule_first; /* its rules, ascending by rank */
    uint32_t rule_count;
};

struct pr_table_rule {
    uint32_t rule_id;
    uint32_t rank;
    uint32_t outcome;
};

/* Bucket: hash & (bucket_count - 1). The hash is pr_table_path_hash() of core/table.h. */
struct pr_table_path {
    uint32_t hash;
    uint32_t subject; /* its place among the subjects */
    uint32_t text;    /* first unit */
    uint32_t units;
};

struct pr_table {
    struct pr_header header;
    uint64_t version;
    uint32_t subject_count;
    uint32_t rule_count;
    uint32_t bucket_count; /* 0 or a power of two */
    uint32_t path_count;
    uint32_t map_bytes;
    uint32_t text_units;
    uint32_t path_seed;
    uint32_t reserved;
    struct pr_table_subject everybody; /* its id is 0 */
    uint8_t protocol_class[256];       /* protocols that no rule tells apart share a class */
};

#endif
