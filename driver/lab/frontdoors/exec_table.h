/*
 * A hash table of things that are found by a 64-bit key. The link is the first member of the thing,
 * so that a found link is cast back. Memory of the things belongs to the caller; keys of different
 * things may be equal.
 */
#ifndef PORTREEVE_LAB_EXEC_TABLE_H
#define PORTREEVE_LAB_EXEC_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct exec_link {
    struct exec_link *next;
    uint64_t key;
};

struct exec_table {
    struct exec_link **slots; /* NULL until the first put */
    size_t slot_count;
    size_t count;
};

/* The first link with this key, or NULL. */
struct exec_link *exec_table_find(const struct exec_table *table, uint64_t key);
/* The next link with the same key after `link`, or NULL. */
struct exec_link *exec_table_next(const struct exec_link *link);
void exec_table_put(struct exec_table *table, struct exec_link *link, uint64_t key);
void exec_table_remove(struct exec_table *table, struct exec_link *link);
/*
 * Calls `visit` for each link; it may remove (and free) the link that it was given, and no other.
 */
void exec_table_each(struct exec_table *table, void (*visit)(struct exec_link *link, void *context),
                     void *context);
/* The same for about `budget` links, going on where the last call stopped; `cursor` starts as 0. */
void exec_table_some(struct exec_table *table, size_t *cursor, size_t budget,
                     void (*visit)(struct exec_link *link, void *context), void *context);
/* Frees the slots. The table is empty and usable again. */
void exec_table_clear(struct exec_table *table);

#endif
