/*
 * The processes that may connect: creation times, and which subject of the rule table each belongs to, as the client has
 * said. Fed by the system's process notifications and by what classifies find out; an entry ends with its process, and
 * with it what the client has said of it.
 *
 * Readers look in without a lock (readers.h). Changes are made under the engine's lock; what is taken out is retired.
 */
#ifndef PR_PROCESS_TABLE_H
#define PR_PROCESS_TABLE_H

#include <stdbool.h>

#include "readers.h"

#define PR_MAX_PROCESSES 65536

struct pr_known_process {
    struct pr_retired retired;
    void *volatile next;
    uint64_t id;
    uint64_t created;
    volatile uint32_t subject; /* 0: the client has not said */
    volatile uint32_t place;   /* where the subject was in the table when last looked up: a hint */
};

struct pr_process_table {
    void *volatile *buckets;
    uint64_t seed;
    uint32_t count;
};

bool pr_process_table_create(struct pr_process_table *table, uint64_t seed);
void pr_process_table_destroy(struct pr_process_table *table);

/* The process with this id, or NULL. While reading, or with the engine's lock held. */
struct pr_known_process *pr_process_table_find(const struct pr_process_table *table, uint64_t id);
/* Lock held. False when memory is short or the table is full: the process stays unknown. */
bool pr_process_table_add(struct pr_process_table *table, uint64_t id, uint64_t created);
/* Lock held. Takes a process out, for the caller to retire; NULL when it isn't in. */
struct pr_known_process *pr_process_table_remove(struct pr_process_table *table, uint64_t id);
void pr_known_process_free(struct pr_known_process *process);

#endif
