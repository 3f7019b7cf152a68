#include "process_table.h"

#include "atomic.h"
#include "hash_table.h"
#include "port.h"

#define TAG_BUCKETS 0x62547250u /* PrTb */
#define TAG_PROCESS 0x6e547250u /* PrTn */
#define BUCKETS     4096

bool pr_process_table_create(struct pr_process_table *table, uint64_t seed)
{
    table->seed = seed;
    table->count = 0;
    table->buckets = pr_port_allocate(BUCKETS * sizeof(void *), TAG_BUCKETS);
    return table->buckets != NULL;
}

void pr_process_table_destroy(struct pr_process_table *table)
{
    for (uint32_t i = 0; table->buckets != NULL && i < BUCKETS; i++) {
        while (table->buckets[i] != NULL) {
            struct pr_known_process *process = table->buckets[i];
            table->buckets[i] = process->next;
            pr_known_process_free(process);
        }
    }
    if (table->buckets != NULL) {
        pr_port_free((void *)table->buckets, TAG_BUCKETS);
    }
}

void pr_known_process_free(struct pr_known_process *process)
{
    pr_port_free(process, TAG_PROCESS);
}

static void *volatile *bucket_of(const struct pr_process_table *table, uint64_t id)
{
    return &table->buckets[pr_hash_mix(table->seed, id) % BUCKETS];
}

struct pr_known_process *pr_process_table_find(const struct pr_process_table *table, uint64_t id)
{
    struct pr_known_process *process = pr_atomic_load_pointer(bucket_of(table, id));
    while (process != NULL && process->id != id) {
        process = pr_atomic_load_pointer(&process->next);
    }
    return process;
}

bool pr_process_table_add(struct pr_process_table *table, uint64_t id, uint64_t created)
{
    void *volatile *bucket = bucket_of(table, id);
    struct pr_known_process *process =
        table->count < PR_MAX_PROCESSES ? pr_port_allocate(sizeof(*process), TAG_PROCESS) : NULL;
    if (process == NULL) {
        return false;
    }
    process->id = id;
    process->created = created;
    process->next = *bucket;
    pr_atomic_store_pointer(bucket, process);
    table->count++;
    return true;
}

struct pr_known_process *pr_process_table_remove(struct pr_process_table *table, uint64_t id)
{
    void *volatile *place = bucket_of(table, id);
    struct pr_known_process *process = *place;
    while (process != NULL && process->id != id) {
        place = &process->next;
        process = *place;
    }
    if (process != NULL) {
        /* Its own `next` stays: a reader who is at it goes on from there. */
        pr_atomic_store_pointer(place, process->next);
        table->count--;
    }
    return process;
}
