/*
 * Deep copies of the packets that came with a held classify, until the verdict (R42), and their quotas.
 *
 * A datagram is one block of memory that needs nothing of the packet it was copied from. It belongs to who made it, then
 * to the hold that pr_engine_classify gave it to, and from the reauthorization that permits (R44) to the queue of what is
 * to be injected; pr_port_inject passes it to the edge, which frees it. Everything else that ends a hold frees it.
 */
#ifndef PR_DATAGRAM_H
#define PR_DATAGRAM_H

#include "flow.h"
#include "hash_table.h"
#include "list.h"

/* Memory for copies, in bytes: of one hold, two of the largest datagrams; and of all holds together. */
#define PR_MAX_DATAGRAM_BYTES_PER_HOLD (128u * 1024)
#define PR_MAX_DATAGRAM_BYTES          (16u * 1024 * 1024)

/* pr_datagram.flags */
#define PR_DATAGRAM_IP_HEADER                                                                      \
    1 /* the packet begins with its IP header, else with its transport header */
#define PR_DATAGRAM_RECEIVED 2 /* it came from outside, and has its IP header */
#define PR_DATAGRAM_IPSEC    4 /* there is something of IPsec in that header (R48) */

struct pr_datagram {
    struct pr_link link; /* of its hold, then of what is to be injected */
    struct pr_node
        by_endpoint; /* of what is sent with its endpoint's handle: until that is over (R53) */
    struct pr_link of_closure; /* while a closure waits for it */
    struct pr_closure *closure;
    struct pr_key key; /* endpoint, compartment, remote address and scope to inject it with (R45) */
    uint64_t hold;     /* the id of the hold that it waited with */
    void *descriptor;  /* the edge's, while it injects */
    uint32_t interface_index; /* where it was received */
    uint32_t sub_interface_index;
    uint32_t ip_header_bytes; /* of a received one */
    uint32_t flags;
    uint32_t control_bytes;
    uint32_t packet_offset; /* of the packet in `bytes`; the control data is at 0 */
    uint32_t packet_bytes;
    _Alignas(8) uint8_t bytes[]; /* as control data has to be */
};

/* What a copy counts against the quotas, and takes. */
uint32_t pr_datagram_size(uint32_t control_bytes, uint32_t packet_bytes);
/* An empty copy of this size in no list; NULL when memory is short or it could never be held. */
struct pr_datagram *pr_datagram_allocate(const struct pr_key *key, uint32_t control_bytes,
                                         uint32_t packet_bytes);
void pr_datagram_free(struct pr_datagram *datagram);
/* Frees all of a list. */
void pr_datagram_free_list(struct pr_link *list);

#endif
