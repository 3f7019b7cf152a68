#include "exec_table.h"

#include <stdio.h>
#include <stdlib.h>

static size_t slot_of(const struct exec_table *table, uint64_t key)
{
    return (size_t)((key * 0x9E3779B97F4A7C15u) >> 20) & (table->slot_count - 1);
}

static void resize(struct exec_table *table, size_t slot_count)
{
    struct exec_table next = {calloc(slot_count, sizeof(struct exec_link *)), slot_count,
                              table->count};

    if (!next.slots) {
        fputs("portreeve-lab: out of memory\n", stderr);
        abort();
    }
    for (size_t index = 0; index < table->slot_count; index++) {
        struct exec_link *link = table->slots[index];
        while (link) {
            struct exec_link *after = link->next;
            struct exec_link **slot = &next.slots[slot_of(&next, link->key)];
            link->next = *slot;
            *slot = link;
            link = after;
        }
    }
    free(table->slots);
    *table = next;
}

struct exec_link *exec_table_find(const struct exec_table *table, uint64_t key)
{
    if (table->slot_count == 0) {
        return NULL;
    }
    struct exec_link *link = table->slots[slot_of(table, key)];
    while (link && link->key != key) {
        link = link->next;
    }
    return link;
}

struct exec_link *exec_table_next(const struct exec_link *link)
{
    struct exec_link *next = link->next;

    while (next && next->key != link->key) {
        next = next->next;
    }
    return next;
}

void exec_table_put(struct exec_table *table, struct exec_link *link, uint64_t key)
{
    if (table->count >= table->slot_count) {
        resize(table, table->slot_count ? table->slot_count * 2 : 64);
    }
    struct exec_link **slot = &table->slots[slot_of(table, key)];
    link->key = key;
    link->next = *slot;
    *slot = link;
    table->count++;
}

void exec_table_remove(struct exec_table *table, struct exec_link *link)
{
    struct exec_link **at = &table->slots[slot_of(table, link->key)];

    while (*at != link) {
        at = &(*at)->next;
    }
    *at = link->next;
    table->count--;
}

static size_t visit_slot(struct exec_link *link,
                         void (*visit)(struct exec_link *link, void *context), void *context)
{
    size_t visited = 0;

    while (link) {
        struct exec_link *after = link->next;
        visit(link, context);
        link = after;
        visited++;
    }
    return visited;
}

void exec_table_each(struct exec_table *table, void (*visit)(struct exec_link *link, void *context),
                     void *context)
{
    for (size_t index = 0; index < table->slot_count; index++) {
        (void)visit_slot(table->slots[index], visit, context);
    }
}

void exec_table_some(struct exec_table *table, size_t *cursor, size_t budget,
                     void (*visit)(struct exec_link *link, void *context), void *context)
{
    size_t visited = 0;

    for (size_t count = 0; count < table->slot_count && visited < budget; count++) {
        *cursor = *cursor + 1 < table->slot_count ? *cursor + 1 : 0;
        visited += visit_slot(table->slots[*cursor], visit, context);
    }
}

void exec_table_clear(struct exec_table *table)
{
    free(table->slots);
    *table = (struct exec_table){NULL, 0, 0};
}
