#include "hold_table.h"

#include <string.h>

#include "atomic.h"
#include "port.h"

#define TAG_HOLD        0x6f547250u /* PrTo */
#define TAG_PROCESS     0x70547250u /* PrTp */
#define BUCKETS         4096
#define PROCESS_BUCKETS 1024

/* The processes that have unclaimed holds. */
struct pr_process {
    struct pr_node node;
    uint64_t id;
    struct pr_link holds; /* oldest first */
    uint32_t count;
};

bool pr_hold_table_create(struct pr_hold_table *table, uint64_t seed)
{
    pr_list_init(&table->held);
    table->seed = seed;
    table->held_count = 0;
    table->count = 0;
    return pr_hash_table_create(&table->by_id, BUCKETS) &&
           pr_hash_table_create(&table->by_key, BUCKETS) &&
           pr_hash_table_create(&table->by_endpoint, BUCKETS) &&
           pr_hash_table_create(&table->by_listener, BUCKETS) &&
           pr_hash_table_create(&table->processes, PROCESS_BUCKETS) &&
           pr_deadline_heap_create(&table->deadlines, PR_MAX_HOLDS);
}

void pr_hold_table_destroy(struct pr_hold_table *table)
{
    pr_hash_table_destroy(&table->by_id);
    pr_hash_table_destroy(&table->by_key);
    pr_hash_table_destroy(&table->by_endpoint);
    pr_hash_table_destroy(&table->by_listener);
    pr_hash_table_destroy(&table->processes);
    pr_deadline_heap_destroy(&table->deadlines);
}

static void describe(struct pr_hold *hold, const struct pr_flow *flow)
{
    struct pr_connection *connection = &hold->connection;
    connection->process_id = flow->process_id;
    connection->process_created = flow->process_created;
    connection->time = pr_port_system_time();
    connection->local = flow->key.local;
    connection->remote = flow->key.remote;
    connection->family = flow->key.family;
    connection->protocol = flow->key.protocol;
    connection->direction =
        pr_key_is_inbound(&flow->key) ? PR_DIRECTION_INBOUND : PR_DIRECTION_OUTBOUND;
    connection->flags = ((flow->flags & PR_FLOW_LOOPBACK) != 0 ? PR_CONNECTION_LOOPBACK : 0u) |
                        ((flow->flags & PR_FLOW_PATH_CUT) != 0 ? PR_CONNECTION_PATH_CUT : 0u);
    connection->compartment = flow->key.compartment;
    connection->service_tag = flow->service_tag;
}

struct pr_hold *pr_hold_allocate(const struct pr_flow *flow)
{
    uint32_t bytes = flow->path_bytes < PR_MAX_PATH_BYTES ? flow->path_bytes : PR_MAX_PATH_BYTES;
    struct pr_hold *hold = pr_port_allocate(sizeof(*hold) + bytes, TAG_HOLD);
    if (hold == NULL) {
        return NULL;
    }
    pr_list_init(&hold->of_process);
    pr_list_init(&hold->held);
    pr_list_init(&hold->event);
    pr_list_init(&hold->work);
    pr_list_init(&hold->of_closure);
    pr_list_init(&hold->datagrams);
    hold->started = pr_port_monotonic();
    hold->key = flow->key;
    hold->listener = flow->listener;
    describe(hold, flow);
    hold->path_bytes = bytes;
    if (bytes > 0) {
        memcpy(hold->path, flow->path, bytes);
    }
    return hold;
}

void pr_hold_free(struct pr_hold *hold)
{
    pr_port_free(hold, TAG_HOLD);
}

static struct pr_process *find_process(const struct pr_hold_table *table, uint64_t id)
{
    struct pr_node *node = pr_hash_table_find(&table->processes, pr_hash_mix(table->seed, id));
    for (; node != NULL; node = pr_hash_table_find_next(node)) {
        struct pr_process *process = PR_CONTAINER(node, struct pr_process, node);
        if (process->id == id) {
            return process;
        }
    }
    return NULL;
}

static struct pr_process *get_process(struct pr_hold_table *table, uint64_t id)
{
    struct pr_process *process = find_process(table, id);
    if (process != NULL) {
        return process;
    }
    process = pr_port_allocate(sizeof(*process), TAG_PROCESS);
    if (process == NULL) {
        return NULL;
    }
    process->id = id;
    pr_list_init(&process->holds);
    pr_hash_table_insert(&table->processes, &process->node, pr_hash_mix(table->seed, id));
    return process;
}

uint8_t pr_hold_table_admits(const struct pr_hold_table *table, uint64_t process_id)
{
    if (table->held_count >= PR_MAX_HELD || table->count >= PR_MAX_HOLDS) {
        return PR_REASON_FULL;
    }
    const struct pr_process *process = find_process(table, process_id);
    bool full = process != NULL && process->count >= PR_MAX_HELD_PER_PROCESS;
    return full ? PR_REASON_FULL : PR_REASON_NONE;
}

static volatile uint32_t *filter_of(const struct pr_hold_table *table, const struct pr_key *key)
{
    uint64_t bits = pr_key_hash(table->seed, key) >> 32;
    return (volatile uint32_t *)&table->waiting[bits % PR_HOLD_FILTER];
}

bool pr_hold_table_may_have(const struct pr_hold_table *table, const struct pr_key *key)
{
    return pr_atomic_load32(filter_of(table, key)) != 0;
}

bool pr_hold_table_insert(struct pr_hold_table *table, struct pr_hold *hold)
{
    const struct pr_key *key = &hold->key;
    hold->process = get_process(table, hold->connection.process_id);
    if (hold->process == NULL) {
        return false;
    }
    hold->process->count++;
    pr_list_append(&hold->process->holds, &hold->of_process);
    pr_list_append(&table->held, &hold->held);
    pr_hash_table_insert(&table->by_id, &hold->by_id,
                         pr_hash_mix(table->seed, hold->connection.id));
    pr_hash_table_insert(&table->by_key, &hold->by_key, pr_key_hash(table->seed, key));
    pr_atomic_add32(filter_of(table, key), 1);
    if ((key->known & PR_KNOWN_ENDPOINT) != 0) {
        pr_hash_table_insert(&table->by_endpoint, &hold->by_endpoint,
                             pr_hash_mix(table->seed, key->endpoint));
    }
    if (hold->listener != 0) {
        pr_hash_table_insert(&table->by_listener, &hold->by_listener,
                             pr_hash_mix(table->seed, hold->listener));
    }
    table->held_count++;
    table->count++;
    return true;
}

void pr_hold_table_claimed(struct pr_hold_table *table, struct pr_hold *hold)
{
    struct pr_process *process = hold->process;
    pr_deadline_clear(&table->deadlines, &hold->deadline);
    pr_hash_table_remove(&hold->by_id);
    pr_list_remove(&hold->of_process);
    pr_list_remove(&hold->held);
    hold->process = NULL;
    table->held_count--;
    if (--process->count == 0) {
        pr_hash_table_remove(&process->node);
        pr_port_free(process, TAG_PROCESS);
    }
}

void pr_hold_table_remove(struct pr_hold_table *table, struct pr_hold *hold)
{
    pr_deadline_clear(&table->deadlines, &hold->deadline);
    pr_hash_table_remove(&hold->by_key);
    pr_hash_table_remove(&hold->by_endpoint);
    pr_hash_table_remove(&hold->by_listener);
    pr_atomic_add32(filter_of(table, &hold->key), UINT32_MAX);
    table->count--;
}

struct pr_hold *pr_hold_table_by_id(const struct pr_hold_table *table, uint64_t id)
{
    struct pr_node *node = pr_hash_table_find(&table->by_id, pr_hash_mix(table->seed, id));
    for (; node != NULL; node = pr_hash_table_find_next(node)) {
        struct pr_hold *hold = PR_CONTAINER(node, struct pr_hold, by_id);
        if (hold->connection.id == id) {
            return hold;
        }
    }
    return NULL;
}

typedef bool hold_test(const struct pr_hold *hold);

static struct pr_hold *oldest_by_key(const struct pr_hold_table *table, const struct pr_key *key,
                                     hold_test *wanted)
{
    struct pr_hold *oldest = NULL;
    struct pr_node *node = pr_hash_table_find(&table->by_key, pr_key_hash(table->seed, key));
    for (; node != NULL; node = pr_hash_table_find_next(node)) {
        struct pr_hold *hold = PR_CONTAINER(node, struct pr_hold, by_key);
        bool older = oldest == NULL || hold->connection.id < oldest->connection.id;
        if (older && wanted(hold) && pr_key_equal(&hold->key, key)) {
            oldest = hold;
        }
    }
    return oldest;
}

static bool is_decided(const struct pr_hold *hold)
{
    return hold->state >= PR_HOLD_COMPLETED && !hold->reauthorized;
}

static bool is_undecided(const struct pr_hold *hold)
{
    return hold->state < PR_HOLD_COMPLETED;
}

static bool is_open(const struct pr_hold *hold)
{
    return !hold->closed;
}

static bool is_open_unplaced(const struct pr_hold *hold)
{
    return !hold->closed && (hold->key.known & PR_KNOWN_ENDPOINT) == 0;
}

struct pr_hold *pr_hold_table_decided(const struct pr_hold_table *table, const struct pr_key *key)
{
    return oldest_by_key(table, key, is_decided);
}

struct pr_hold *pr_hold_table_undecided(const struct pr_hold_table *table, const struct pr_key *key)
{
    return oldest_by_key(table, key, is_undecided);
}

static bool is_waiting(const struct pr_hold *hold)
{
    return hold->state < PR_HOLD_DONE && !hold->reauthorized && !hold->closed &&
           ((hold->key.known & PR_KNOWN_ENDPOINT) != 0 || pr_key_is_handshake(&hold->key));
}

/* What stays the same for all packets of the connection. */
static struct pr_key lasting(const struct pr_key *key)
{
    struct pr_key stays = *key;
    if (pr_key_is_handshake(key)) {
        stays.known &= (uint8_t)~PR_KNOWN_ENDPOINT;
    }
    return stays;
}

struct pr_hold *pr_hold_table_of_packet(const struct pr_hold_table *table,
                                        const struct pr_flow *flow)
{
    struct pr_key key = lasting(&flow->key);
    if ((key.known & PR_KNOWN_ENDPOINT) == 0 && !pr_key_is_handshake(&key)) {
        return NULL;
    }
    struct pr_hold *hold = oldest_by_key(table, &key, is_waiting);
    bool same = hold != NULL && hold->connection.process_id == flow->process_id &&
                hold->connection.process_created == flow->process_created;
    return same ? hold : NULL;
}

struct pr_hold *pr_hold_table_injected(const struct pr_hold_table *table, uint64_t id,
                                       const struct pr_key *key)
{
    struct pr_key stays = lasting(key);
    struct pr_node *node = pr_hash_table_find(&table->by_key, pr_key_hash(table->seed, key));
    for (; node != NULL; node = pr_hash_table_find_next(node)) {
        struct pr_hold *hold = PR_CONTAINER(node, struct pr_hold, by_key);
        if (hold->connection.id == id && is_decided(hold) && !hold->closed &&
            hold->connection.verdict == PR_VERDICT_ALLOW && pr_key_equal(&hold->key, &stays)) {
            return hold;
        }
    }
    return NULL;
}

struct pr_hold *pr_hold_table_of_listener(const struct pr_hold_table *table, uint64_t listener)
{
    struct pr_node *node =
        pr_hash_table_find(&table->by_listener, pr_hash_mix(table->seed, listener));
    for (; node != NULL; node = pr_hash_table_find_next(node)) {
        struct pr_hold *hold = PR_CONTAINER(node, struct pr_hold, by_listener);
        if (hold->listener == listener) {
            return hold;
        }
    }
    return NULL;
}

struct pr_hold *pr_hold_table_of_endpoint(const struct pr_hold_table *table,
                                          const struct pr_key *key)
{
    if ((key->known & PR_KNOWN_ENDPOINT) == 0) {
        return oldest_by_key(table, key, is_open);
    }
    struct pr_node *node =
        pr_hash_table_find(&table->by_endpoint, pr_hash_mix(table->seed, key->endpoint));
    for (; node != NULL; node = pr_hash_table_find_next(node)) {
        struct pr_hold *hold = PR_CONTAINER(node, struct pr_hold, by_endpoint);
        if (hold->key.endpoint == key->endpoint && !hold->closed) {
            return hold;
        }
    }
    return oldest_by_key(table, key, is_open_unplaced);
}

struct pr_hold *pr_hold_table_unclaimed(const struct pr_hold_table *table, uint64_t endpoint)
{
    struct pr_node *node =
        pr_hash_table_find(&table->by_endpoint, pr_hash_mix(table->seed, endpoint));
    for (; node != NULL; node = pr_hash_table_find_next(node)) {
        struct pr_hold *hold = PR_CONTAINER(node, struct pr_hold, by_endpoint);
        if (hold->key.endpoint == endpoint && hold->state <= PR_HOLD_PENDED) {
            return hold;
        }
    }
    return NULL;
}

struct pr_hold *pr_hold_table_of_process(const struct pr_hold_table *table, uint64_t process_id)
{
    struct pr_process *process = find_process(table, process_id);
    if (process == NULL) {
        return NULL;
    }
    return PR_CONTAINER(process->holds.next, struct pr_hold, of_process);
}
