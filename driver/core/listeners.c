#include "listeners.h"

#include <string.h>

#include "port.h"

#define TAG     0x6c547250u /* PrTl */
#define BUCKETS 256

struct listener {
    struct pr_node node;
    struct pr_link link;
    uint64_t endpoint;
    uint64_t since; /* system time */
    uint64_t service_tag;
    bool wide;
};

bool pr_listeners_create(struct pr_listeners *listeners, uint64_t seed)
{
    pr_list_init(&listeners->all);
    listeners->seed = seed;
    return pr_hash_table_create(&listeners->by_endpoint, BUCKETS);
}

static struct listener *find(const struct pr_listeners *listeners, uint64_t endpoint)
{
    struct pr_node *node =
        pr_hash_table_find(&listeners->by_endpoint, pr_hash_mix(listeners->seed, endpoint));
    for (; node != NULL; node = pr_hash_table_find_next(node)) {
        struct listener *listener = PR_CONTAINER(node, struct listener, node);
        if (listener->endpoint == endpoint) {
            return listener;
        }
    }
    return NULL;
}

static void remove_one(struct pr_listeners *listeners, struct listener *listener)
{
    pr_hash_table_remove(&listener->node);
    pr_list_remove(&listener->link);
    listeners->count--;
    pr_port_free(listener, TAG);
}

void pr_listeners_destroy(struct pr_listeners *listeners)
{
    while (listeners->all.next != NULL && !pr_list_empty(&listeners->all)) {
        remove_one(listeners, PR_CONTAINER(listeners->all.next, struct listener, link));
    }
    pr_hash_table_destroy(&listeners->by_endpoint);
}

static bool is_unspecified(const struct pr_endpoint *local)
{
    static const uint8_t zero[PR_ADDRESS_BYTES];
    return memcmp(local->address, zero, sizeof(zero)) == 0;
}

void pr_listeners_add(struct pr_listeners *listeners, const struct pr_key *key,
                      uint64_t service_tag)
{
    if ((key->known & PR_KNOWN_ENDPOINT) == 0) {
        return;
    }
    pr_listeners_forget(listeners, key->endpoint);
    struct listener *listener = pr_port_allocate(sizeof(*listener), TAG);
    if (listener == NULL) {
        return;
    }
    if (listeners->count == PR_MAX_LISTENERS) {
        remove_one(listeners, PR_CONTAINER(listeners->all.next, struct listener, link));
    }
    listener->endpoint = key->endpoint;
    listener->since = pr_port_system_time();
    listener->service_tag = service_tag;
    listener->wide = is_unspecified(&key->local);
    pr_hash_table_insert(&listeners->by_endpoint, &listener->node,
                         pr_hash_mix(listeners->seed, key->endpoint));
    pr_list_append(&listeners->all, &listener->link);
    listeners->count++;
}

void pr_listeners_forget(struct pr_listeners *listeners, uint64_t endpoint)
{
    struct listener *listener = find(listeners, endpoint);
    if (listener != NULL) {
        remove_one(listeners, listener);
    }
}

void pr_listeners_describe(const struct pr_listeners *listeners, uint64_t endpoint,
                           struct pr_connection *connection)
{
    const struct listener *listener = find(listeners, endpoint);
    if (listener == NULL) {
        return;
    }
    connection->listening_since = listener->since;
    connection->service_tag = listener->service_tag;
    connection->flags |= listener->wide ? PR_CONNECTION_LISTENS_WIDE : 0u;
}
