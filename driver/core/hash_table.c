#include "hash_table.h"

#include "port.h"

#define TAG 0x68547250u /* PrTh */

bool pr_hash_table_create(struct pr_hash_table *table, size_t buckets)
{
    table->buckets = pr_port_allocate(buckets * sizeof(struct pr_node *), TAG);
    table->mask = buckets - 1;
    return table->buckets != NULL;
}

void pr_hash_table_destroy(struct pr_hash_table *table)
{
    if (table->buckets != NULL) {
        pr_port_free(table->buckets, TAG);
        table->buckets = NULL;
    }
}

void pr_hash_table_insert(struct pr_hash_table *table, struct pr_node *node, uint64_t hash)
{
    struct pr_node **slot = &table->buckets[hash & table->mask];
    node->hash = hash;
    node->next = *slot;
    node->slot = slot;
    if (node->next != NULL) {
        node->next->slot = &node->next;
    }
    *slot = node;
}

void pr_hash_table_remove(struct pr_node *node)
{
    if (node->slot == NULL) {
        return;
    }
    *node->slot = node->next;
    if (node->next != NULL) {
        node->next->slot = node->slot;
    }
    node->slot = NULL;
    node->next = NULL;
}

static struct pr_node *with_hash(struct pr_node *node, uint64_t hash)
{
    while (node != NULL && node->hash != hash) {
        node = node->next;
    }
    return node;
}

struct pr_node *pr_hash_table_find(const struct pr_hash_table *table, uint64_t hash)
{
    return with_hash(table->buckets[hash & table->mask], hash);
}

struct pr_node *pr_hash_table_find_next(const struct pr_node *node)
{
    return with_hash(node->next, node->hash);
}

uint64_t pr_hash_mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93u;
    return hash ^ (hash >> 29);
}
