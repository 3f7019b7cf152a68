/*
 * Connections that were permitted and may still live: what a reauthorization for another reason than our own completion
 * is answered from (R32, R36). An entry goes with its endpoint (closure), or when the table is full and it is the
 * oldest. The engine's lock protects it.
 */
#ifndef PR_FLOW_TABLE_H
#define PR_FLOW_TABLE_H

#include "flow.h"
#include "hash_table.h"
#include "list.h"

#define PR_MAX_FLOWS 65536

struct pr_flow_table {
    struct pr_hash_table by_key;
    struct pr_hash_table by_endpoint;
    struct pr_link oldest;
    uint64_t seed;
    uint32_t count;
};

bool pr_flow_table_create(struct pr_flow_table *table, uint64_t seed);
void pr_flow_table_destroy(struct pr_flow_table *table);
/* Remembers a permitted connection of this process. When memory is short it is forgotten: a later reauthorization then
 * gets the verdict for unknown flows. */
void pr_flow_table_add(struct pr_flow_table *table, const struct pr_key *key, uint64_t process_id);
/* A new connection has this key, or it was refused: what was permitted before counts no more (R38). */
void pr_flow_table_forget(struct pr_flow_table *table, const struct pr_key *key);
/* True when this connection of this process (0: not told) was permitted (R39). */
bool pr_flow_table_knows(const struct pr_flow_table *table, const struct pr_key *key,
                         uint64_t process_id);
/* A flow, as it is shown to somebody who goes through all of them. */
struct pr_seen_flow {
    struct pr_key key;
    uint64_t process_id;
};
/* Shows the oldest flow and makes it the newest: as often as there are flows, and their order is what it was. False when
 * there is none. */
bool pr_flow_table_turn(struct pr_flow_table *table, struct pr_seen_flow *seen);
/* The endpoint is gone, and its flows with it. Without a known endpoint, the flow with this key. */
void pr_flow_table_close(struct pr_flow_table *table, const struct pr_key *key);

#endif
