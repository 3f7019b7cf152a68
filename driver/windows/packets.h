/* packets.c: copies of what is held, and their injection. See core/datagram.h for who owns them. */
#ifndef PR_PACKETS_H
#define PR_PACKETS_H

#include "datagram.h"
#include "edge.h"

/* PASSIVE_LEVEL (R57). After a failure pr_packets_stop undoes what was done. */
NTSTATUS pr_packets_start(struct pr_edge *edge);
/* Returns when nothing that was injected is under way any more (R55). */
VOID pr_packets_stop(struct pr_edge *edge);
/* Injected by this driver, now or before another injected it again: judged already (R43). NULL is not. */
BOOLEAN pr_packets_are_ours(const struct pr_edge *edge, const NET_BUFFER_LIST *packets);
/* Copies the packets of an initial classify, which may be NULL (R41), to the list `copies` and sets the flow's members
 * for them. What is left in the list later is the caller's. */
VOID pr_packets_copy(const FWPS_INCOMING_METADATA_VALUES0 *metadata, NET_BUFFER_LIST *packets,
                     struct pr_flow *flow, struct pr_link *copies);

#endif
