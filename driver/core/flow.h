/*
 * What a classify tells the core: plain values, no Windows type. The edge fills it in from the fixed values and the
 * metadata; a field that was absent or FWP_EMPTY has its `known` bit clear (R35).
 */
#ifndef PR_FLOW_H
#define PR_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "portreeve_wire.h"

struct pr_link;

enum pr_layer {
    PR_LAYER_CONNECT = 1,
    PR_LAYER_RECV_ACCEPT = 2,
};

/* pr_key.known */
#define PR_KNOWN_ENDPOINT      1
#define PR_KNOWN_COMPARTMENT   2
#define PR_KNOWN_LOCAL_ADDRESS 4

/* pr_flow.flags */
#define PR_FLOW_LOOPBACK    1
#define PR_FLOW_REAUTHORIZE 2  /* from the layer's FLAGS field (R4) */
#define PR_FLOW_COMPLETION  4  /* REAUTHORIZE_REASON says CLASSIFY_COMPLETION (R33) */
#define PR_FLOW_CAN_PEND    8  /* a completion handle is present (R2) */
#define PR_FLOW_MAY_WRITE   16 /* FWPS_RIGHT_ACTION_WRITE (R5) */
#define PR_FLOW_PATH_CUT    32 /* the path was longer than PR_MAX_PATH_BYTES */
#define PR_FLOW_PACKET      64 /* a packet came with it, copied or not (R41) */

/* What tells one connection from another (R16): two sockets or compartments may share the addresses. */
struct pr_key {
    uint64_t endpoint; /* transport endpoint handle */
    uint32_t compartment;
    uint8_t layer;
    uint8_t family;
    uint8_t protocol;
    uint8_t known;
    struct pr_endpoint local;
    struct pr_endpoint remote;
};

struct pr_flow {
    struct pr_key key;
    uint64_t process_id;
    uint64_t process_created;
    const void *path; /* UTF-16LE, read during the call only */
    uint32_t path_bytes;
    uint32_t flags;
    uint64_t listener;      /* endpoint of the socket that accepts; 0: none, or unknown */
    uint64_t service_tag;   /* of the service whose thread connects; 0: none */
    struct pr_link *copies; /* pr_datagram copies of its packets, in order; NULL: none */
};

/* A packet from outside asks to be let in. */
static inline bool pr_key_is_inbound(const struct pr_key *key)
{
    return key->layer == PR_LAYER_RECV_ACCEPT;
}
/* The endpoint doesn't outlast the packet: a TCP connection that isn't accepted yet has a new one for each SYN. */
bool pr_key_is_handshake(const struct pr_key *key);

/* An established connection. */
struct pr_live_flow {
    const struct pr_key *key;
    uint64_t process_id;
    uint64_t process_created; /* 0: not known */
    uint64_t flow_id;         /* the filter engine's; 0: it isn't established yet */
};
/* Whether it is to be cut. Called with the engine's lock held: short, and no call back into the engine. */
typedef bool pr_flow_test(const struct pr_live_flow *live, void *context);

/* The same connection: what is known on both sides is equal. */
bool pr_key_equal(const struct pr_key *left, const struct pr_key *right);
/* Equal keys have equal hashes, whatever is unknown. */
uint64_t pr_key_hash(uint64_t seed, const struct pr_key *key);

#endif
