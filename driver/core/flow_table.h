/*
 * Connections that were permitted and may still live: what a reauthorization for another reason than our own completion
 * is answered from (R32, R36), and what is cut when a rule forbids it. The engine's lock protects it.
 *
 * An entry is made when its connection is permitted, or established. It goes with its endpoint (closure); or, when the
 * filter engine has a context for it, which is its number here, with the flow. Between the two nothing finds it. When the
 * table is full the oldest goes that has no such context; without one, new flows aren't remembered.
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
    struct pr_hash_table by_number;
    struct pr_link permitted;   /* without a context, oldest first */
    struct pr_link established; /* with one */
    uint64_t seed;
    uint64_t last_number;
    uint64_t pass; /* how often flows were looked through to cut some */
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
/* The endpoint is gone, and its flows with it. Without a known endpoint, the flow with this key. */
void pr_flow_table_close(struct pr_flow_table *table, const struct pr_key *key);

/* It is established: its number from now on, or 0 when it can't be remembered. */
uint64_t pr_flow_table_establish(struct pr_flow_table *table, const struct pr_live_flow *live);
/* The filter engine has given the context `number` back. */
void pr_flow_table_deleted(struct pr_flow_table *table, uint64_t number);
/* The filter engine didn't take the context `number`: the flow goes with its endpoint, like one without. */
void pr_flow_table_no_context(struct pr_flow_table *table, uint64_t number);
/* A flow whose context the filter engine still has and that this didn't name yet, by its id; 0: no more. */
uint64_t pr_flow_table_next_context(struct pr_flow_table *table, uint8_t *family);
/* Looks at some flows that pass `pass` has not seen; what `blocked` says so of is forgotten, and its id added to `ids`,
 * which has room for PR_CUT_AT_ONCE. False when the pass is over. */
#define PR_CUT_AT_ONCE 64
bool pr_flow_table_cut(struct pr_flow_table *table, uint64_t pass, pr_flow_test *blocked,
                       void *context, uint64_t *ids, uint32_t *count);

#endif
