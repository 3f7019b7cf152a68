#include "flow_table.h"

#include "port.h"

#define TAG     0x66547250u /* PrTf */
#define BUCKETS 16384

struct live_flow {
    struct pr_node by_key;
    struct pr_node by_endpoint;
    struct pr_link age;
    struct pr_key key;
    uint64_t process_id;
};

bool pr_flow_table_create(struct pr_flow_table *table, uint64_t seed)
{
    pr_list_init(&table->oldest);
    table->seed = seed;
    table->count = 0;
    return pr_hash_table_create(&table->by_key, BUCKETS) &&
           pr_hash_table_create(&table->by_endpoint, BUCKETS);
}

static void forget(struct pr_flow_table *table, struct live_flow *flow)
{
    pr_hash_table_remove(&flow->by_key);
    pr_hash_table_remove(&flow->by_endpoint);
    pr_list_remove(&flow->age);
    table->count--;
    pr_port_free(flow, TAG);
}

void pr_flow_table_destroy(struct pr_flow_table *table)
{
    while (table->count > 0) {
        forget(table, PR_CONTAINER(table->oldest.next, struct live_flow, age));
    }
    pr_hash_table_destroy(&table->by_key);
    pr_hash_table_destroy(&table->by_endpoint);
}

static struct live_flow *find(const struct pr_flow_table *table, const struct pr_key *key)
{
    struct pr_node *node = pr_hash_table_find(&table->by_key, pr_key_hash(table->seed, key));
    for (; node != NULL; node = pr_hash_table_find_next(node)) {
        struct live_flow *flow = PR_CONTAINER(node, struct live_flow, by_key);
        if (pr_key_equal(&flow->key, key)) {
            return flow;
        }
    }
    return NULL;
}

static uint64_t endpoint_hash(const struct pr_flow_table *table, uint64_t endpoint)
{
    return pr_hash_mix(table->seed, endpoint);
}

void pr_flow_table_add(struct pr_flow_table *table, const struct pr_key *key, uint64_t process_id)
{
    struct live_flow *flow = find(table, key);
    if (flow != NULL) {
        flow->process_id = process_id;
        return;
    }
    flow = pr_port_allocate(sizeof(*flow), TAG);
    if (flow == NULL) {
        return;
    }
    if (table->count == PR_MAX_FLOWS) {
        forget(table, PR_CONTAINER(table->oldest.next, struct live_flow, age));
    }
    flow->key = *key;
    flow->process_id = process_id;
    pr_hash_table_insert(&table->by_key, &flow->by_key, pr_key_hash(table->seed, key));
    if ((key->known & PR_KNOWN_ENDPOINT) != 0) {
        pr_hash_table_insert(&table->by_endpoint, &flow->by_endpoint,
                             endpoint_hash(table, key->endpoint));
    }
    pr_list_append(&table->oldest, &flow->age);
    table->count++;
}

void pr_flow_table_forget(struct pr_flow_table *table, const struct pr_key *key)
{
    struct live_flow *flow = find(table, key);
    if (flow != NULL) {
        forget(table, flow);
    }
}

bool pr_flow_table_knows(const struct pr_flow_table *table, const struct pr_key *key,
                         uint64_t process_id)
{
    struct live_flow *flow = find(table, key);
    return flow != NULL && (process_id == 0 || flow->process_id == process_id);
}

bool pr_flow_table_turn(struct pr_flow_table *table, struct pr_seen_flow *seen)
{
    struct pr_link *link = pr_list_take(&table->oldest);
    if (link == NULL) {
        return false;
    }
    const struct live_flow *flow = PR_CONTAINER(link, struct live_flow, age);
    seen->key = flow->key;
    seen->process_id = flow->process_id;
    pr_list_append(&table->oldest, link);
    return true;
}

static void close_endpoint(struct pr_flow_table *table, uint64_t endpoint)
{
    struct pr_node *node = pr_hash_table_find(&table->by_endpoint, endpoint_hash(table, endpoint));
    while (node != NULL) {
        struct live_flow *flow = PR_CONTAINER(node, struct live_flow, by_endpoint);
        node = pr_hash_table_find_next(node);
        if (flow->key.endpoint == endpoint) {
            forget(table, flow);
        }
    }
}

void pr_flow_table_close(struct pr_flow_table *table, const struct pr_key *key)
{
    if ((key->known & PR_KNOWN_ENDPOINT) != 0) {
        close_endpoint(table, key->endpoint);
    } else {
        pr_flow_table_forget(table, key);
    }
}
