/*
 * Chained hash table of intrusive nodes with a fixed number of buckets. Hashes are mixed with a seed that differs from
 * boot to boot, so that nobody can aim at one bucket. The owner's lock protects it; any IRQL up to DISPATCH_LEVEL.
 */
#ifndef PR_HASH_TABLE_H
#define PR_HASH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pr_node {
    struct pr_node *next;
    struct pr_node **slot; /* what points to this node; NULL when it is in no table */
    uint64_t hash;
};

struct pr_hash_table {
    struct pr_node **buckets;
    uint64_t mask;
};

/* `buckets` is a power of two. False when memory is short. */
bool pr_hash_table_create(struct pr_hash_table *table, size_t buckets);
void pr_hash_table_destroy(struct pr_hash_table *table);

void pr_hash_table_insert(struct pr_hash_table *table, struct pr_node *node, uint64_t hash);
/* Harmless for a node that is in no table. */
void pr_hash_table_remove(struct pr_node *node);
/* The first node with this hash, or NULL; and the one after a node with the same hash. */
struct pr_node *pr_hash_table_find(const struct pr_hash_table *table, uint64_t hash);
struct pr_node *pr_hash_table_find_next(const struct pr_node *node);

/* Mixes another word into a hash. */
uint64_t pr_hash_mix(uint64_t hash, uint64_t word);

#endif
