/*
 * The rule table in force: how it comes, decides, counts, and goes. Inside of the core's engine.
 *
 * One table is in force at a time, as one snapshot behind one pointer (readers.h). A table on its way belongs to the
 * client's session and to one request at a time. Deciding takes no lock.
 */
#ifndef PR_RULES_H
#define PR_RULES_H

#include "engine.h"
#include "process_table.h"
#include "table.h"

/* Memory for hit counters of one table, in bytes: as many processors have their own as fit. */
#define PR_HIT_BYTES      (4u * 1024 * 1024)
/* Hits of tables that are gone, until they are read; what is more is dropped. */
#define PR_MAX_SPENT_HITS 262144u

/* A table that was checked, with its counters. */
struct pr_rule_table {
    struct pr_retired retired;
    struct pr_table_view view;
    void *bytes;
    struct pr_v4_index *v4_index; /* NULL: searched without */
    uint32_t hit_rows;            /* a power of two; processor p counts in row p & (hit_rows - 1) */
    uint32_t hit_row_words;       /* rules, rounded up to whole cache lines */
    volatile uint32_t hits[];
};

/* A table on its way. */
struct pr_incoming {
    uint64_t version;
    uint64_t checksum;
    uint32_t bytes;
    uint32_t received;
    uint8_t *memory;
};

struct pr_rules {
    void *volatile table;      /* struct pr_rule_table, or NULL */
    volatile uint64_t may_ask; /* a client is there that can be asked */
    struct pr_process_table processes;
    /* Below: the engine's lock. */
    struct pr_incoming
        incoming;         /* its memory is NULL when there is none or a request has it in hands */
    struct pr_link spent; /* hits of tables that are gone */
    uint32_t spent_count;
    struct pr_link retired;
    bool reclaiming;
};

/* Hits of a table that is gone. */
struct pr_spent_hits {
    struct pr_link link;
    uint32_t count;
    struct pr_rule_hit hits[];
};

/* rules.c */

bool pr_rules_create(struct pr_engine *engine);
/* Frees everything; nobody reads any more. */
void pr_rules_destroy(struct pr_engine *engine);

/* What the rules say of a flow: PERMIT, BLOCK, or ASK. `may_ask`: of a process that nobody has told of yet, the client
 * decides. Counts the rule's hit. No lock needed. */
enum pr_action pr_rules_decide(struct pr_engine *engine, const struct pr_flow *flow, bool may_ask);
/* True when a rule blocks this flow of a process that is mapped, and is still the one that began it; counts nothing. No
 * lock needed. */
bool pr_rules_block(struct pr_engine *engine, const struct pr_live_flow *live);
/* Version of the table in force, 0 without one, and its rules. No lock needed. */
uint64_t pr_rules_version(struct pr_engine *engine);
uint32_t pr_rules_count(struct pr_engine *engine);

/* Lock held. There is a process with this id and creation time, and no other with this id. */
void pr_rules_note_process(struct pr_engine *engine, uint64_t process_id, uint64_t created);
/* Lock held. It has exited. */
void pr_rules_forget_process(struct pr_engine *engine, uint64_t process_id);

/* Memory for a table that comes, or NULL. */
void *pr_rules_allocate_incoming(size_t bytes);
void pr_rules_free_incoming(void *memory);
/* PR_TABLE_DONE, PR_TABLE_INVALID or PR_TABLE_NO_MEMORY. The bytes are the table's when it is DONE. */
uint32_t pr_rule_table_make(void *bytes, size_t size, struct pr_rule_table **made);
void pr_rule_table_free(struct pr_rule_table *table);
/* PASSIVE_LEVEL, no lock. Puts a table in force, and cuts the flows that it blocks; false when this is not the
 * session any more. The old table is freed when nobody reads it. */
bool pr_rules_publish(struct pr_engine *engine, const void *handle, uint64_t session,
                      struct pr_rule_table *table);
/* PASSIVE_LEVEL, no lock. Frees what was taken out, waiting for those who still read. */
void pr_rules_reclaim(struct pr_engine *engine);

/* Adds up and clears the hits of one rule. */
uint32_t pr_rule_table_take_hits(struct pr_rule_table *table, uint32_t rule);
/* Lock held. Moves hits of tables that are gone to `hits`, at most `room`; how many. What becomes empty goes to `empty`,
 * for pr_rules_free_spent without the lock. */
uint32_t pr_rules_take_spent(struct pr_engine *engine, struct pr_rule_hit *hits, uint32_t room,
                             struct pr_link *empty);
void pr_rules_free_spent(struct pr_link *list);

/* rules_client.c: requests of the client. PASSIVE_LEVEL, no lock. */

enum pr_outcome pr_rules_begin(struct pr_engine *engine, const void *handle,
                               struct pr_request *request);
enum pr_outcome pr_rules_part(struct pr_engine *engine, const void *handle,
                              struct pr_request *request);
enum pr_outcome pr_rules_commit(struct pr_engine *engine, const void *handle,
                                struct pr_request *request);
enum pr_outcome pr_rules_map(struct pr_engine *engine, const void *handle,
                             struct pr_request *request);
enum pr_outcome pr_rules_hits(struct pr_engine *engine, const void *handle,
                              struct pr_request *request);
/* Lock held. The session is over: what it has begun is the caller's to free, or NULL. */
void *pr_rules_forget_incoming(struct pr_engine *engine);

#endif
