/* packets.c, packets_received.c: copies of what is held, and their injection. See core/datagram.h for who owns them. */
#ifndef PR_PACKETS_H
#define PR_PACKETS_H

#include "datagram.h"
#include "edge.h"

/* PASSIVE_LEVEL (R57). After a failure pr_packets_stop undoes what was done. */
NTSTATUS pr_packets_start(struct pr_edge *edge);
/* Returns when nothing that was injected is under way any more (R55). */
VOID pr_packets_stop(struct pr_edge *edge);
/* Injected by this driver, now or before another injected it again: judged already (R43). NULL is not. `hold` becomes
 * the hold that it was injected for; it stays when the packet was sent. */
BOOLEAN pr_packets_are_ours(const struct pr_edge *edge, const NET_BUFFER_LIST *packets,
                            UINT64 *hold);
/* Copies the packets of an initial classify, which may have none (R41), to the list `copies` and sets the flow's members
 * for them. What is left in the list later is the caller's. */
VOID pr_packets_copy(const struct pr_call *call, struct pr_flow *flow, struct pr_link *copies);

/* The bytes from the current offset on; false when they can't be read. */
BOOLEAN pr_packets_read(NET_BUFFER *buffer, UINT8 *target);

/* packets_received.c: a copy that begins with the IP header, or NULL. */
struct pr_datagram *pr_packets_copy_received(const struct pr_call *call, const struct pr_key *key,
                                             NET_BUFFER *buffer);
/* Makes the packet of such a copy fit to be received again (R46, R48). */
NTSTATUS pr_packets_rebuild(const struct pr_datagram *datagram, NET_BUFFER_LIST *packet);

#endif
