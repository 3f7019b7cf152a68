#include "flow_table.h"

#include "port.h"

#define TAG     0x66547250u /* PrTf */
#define BUCKETS 16384

struct entry {
    struct pr_node by_key;      /* until it is forgotten */
    struct pr_node by_endpoint; /* likewise, when the endpoint is known */
    struct pr_node by_number;   /* while the filter engine has its context */
    struct pr_link age;
    struct pr_key key;
    struct pr_live_flow live;
    uint64_t number; /* 0: none yet */
    uint64_t pass;   /* the last that saw it */
    bool released;
};

bool pr_flow_table_create(struct pr_flow_table *table, uint64_t seed)
{
    pr_list_init(&table->permitted);
    pr_list_init(&table->established);
    table->seed = seed;
    table->last_number = 0;
    table->pass = 0;
    table->count = 0;
    return pr_hash_table_create(&table->by_key, BUCKETS) &&
           pr_hash_table_create(&table->by_endpoint, BUCKETS) &&
           pr_hash_table_create(&table->by_number, BUCKETS);
}

static void free_entry(struct pr_flow_table *table, struct entry *entry)
{
    pr_hash_table_remove(&entry->by_key);
    pr_hash_table_remove(&entry->by_endpoint);
    pr_hash_table_remove(&entry->by_number);
    pr_list_remove(&entry->age);
    table->count--;
    pr_port_free(entry, TAG);
}

/* The filter engine's context must still find it. */
static void forget(struct pr_flow_table *table, struct entry *entry)
{
    if (entry->number == 0) {
        free_entry(table, entry);
        return;
    }
    pr_hash_table_remove(&entry->by_key);
    pr_hash_table_remove(&entry->by_endpoint);
}

static void free_all(struct pr_flow_table *table, struct pr_link *list)
{
    while (!pr_list_empty(list)) {
        free_entry(table, PR_CONTAINER(list->next, struct entry, age));
    }
}

void pr_flow_table_destroy(struct pr_flow_table *table)
{
    if (table->count > 0) {
        free_all(table, &table->permitted);
        free_all(table, &table->established);
    }
    pr_hash_table_destroy(&table->by_key);
    pr_hash_table_destroy(&table->by_endpoint);
    pr_hash_table_destroy(&table->by_number);
}

static struct entry *find(const struct pr_flow_table *table, const struct pr_key *key)
{
    struct pr_node *node = pr_hash_table_find(&table->by_key, pr_key_hash(table->seed, key));
    for (; node != NULL; node = pr_hash_table_find_next(node)) {
        struct entry *entry = PR_CONTAINER(node, struct entry, by_key);
        if (pr_key_equal(&entry->key, key)) {
            return entry;
        }
    }
    return NULL;
}

static uint64_t hash_of(const struct pr_flow_table *table, uint64_t word)
{
    return pr_hash_mix(table->seed, word);
}

/* NULL when there is no room for it. */
static struct entry *make(struct pr_flow_table *table, const struct pr_key *key)
{
    if (table->count == PR_MAX_FLOWS && pr_list_empty(&table->permitted)) {
        return NULL;
    }
    struct entry *entry = pr_port_allocate(sizeof(*entry), TAG);
    if (entry == NULL) {
        return NULL;
    }
    if (table->count == PR_MAX_FLOWS) {
        free_entry(table, PR_CONTAINER(table->permitted.next, struct entry, age));
    }
    entry->key = *key;
    pr_hash_table_insert(&table->by_key, &entry->by_key, pr_key_hash(table->seed, key));
    if ((key->known & PR_KNOWN_ENDPOINT) != 0) {
        pr_hash_table_insert(&table->by_endpoint, &entry->by_endpoint,
                             hash_of(table, key->endpoint));
    }
    entry->pass = table->pass;
    pr_list_append(&table->permitted, &entry->age);
    table->count++;
    return entry;
}

static struct entry *get(struct pr_flow_table *table, const struct pr_key *key)
{
    struct entry *entry = find(table, key);
    return entry != NULL ? entry : make(table, key);
}

void pr_flow_table_add(struct pr_flow_table *table, const struct pr_key *key, uint64_t process_id)
{
    struct entry *entry = get(table, key);
    if (entry != NULL) {
        entry->live.process_id = process_id;
    }
}

void pr_flow_table_forget(struct pr_flow_table *table, const struct pr_key *key)
{
    struct entry *entry = find(table, key);
    if (entry != NULL) {
        forget(table, entry);
    }
}

bool pr_flow_table_knows(const struct pr_flow_table *table, const struct pr_key *key,
                         uint64_t process_id)
{
    struct entry *entry = find(table, key);
    return entry != NULL && (process_id == 0 || entry->live.process_id == process_id);
}

static void close_endpoint(struct pr_flow_table *table, uint64_t endpoint)
{
    struct pr_node *node = pr_hash_table_find(&table->by_endpoint, hash_of(table, endpoint));
    while (node != NULL) {
        struct entry *entry = PR_CONTAINER(node, struct entry, by_endpoint);
        node = pr_hash_table_find_next(node);
        if (entry->key.endpoint == endpoint) {
            forget(table, entry);
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

uint64_t pr_flow_table_establish(struct pr_flow_table *table, const struct pr_live_flow *live)
{
    struct entry *entry = get(table, live->key);
    if (entry != NULL && entry->number != 0) {
        forget(table, entry); /* an older flow of the same connection, about to be deleted */
        entry = make(table, live->key);
    }
    if (entry == NULL) {
        return 0;
    }
    entry->live = *live;
    entry->live.key = &entry->key;
    entry->number = ++table->last_number;
    pr_hash_table_insert(&table->by_number, &entry->by_number, hash_of(table, entry->number));
    pr_list_remove(&entry->age);
    pr_list_append(&table->established, &entry->age);
    return entry->number;
}

static struct entry *find_number(const struct pr_flow_table *table, uint64_t number)
{
    struct pr_node *node = pr_hash_table_find(&table->by_number, hash_of(table, number));
    for (; node != NULL; node = pr_hash_table_find_next(node)) {
        struct entry *entry = PR_CONTAINER(node, struct entry, by_number);
        if (entry->number == number) {
            return entry;
        }
    }
    return NULL;
}

void pr_flow_table_deleted(struct pr_flow_table *table, uint64_t number)
{
    struct entry *entry = find_number(table, number);
    if (entry != NULL) {
        free_entry(table, entry);
    }
}

void pr_flow_table_no_context(struct pr_flow_table *table, uint64_t number)
{
    struct entry *entry = find_number(table, number);
    if (entry == NULL) {
        return;
    }
    if (entry->by_key.slot == NULL) {
        free_entry(table, entry);
        return;
    }
    entry->number = 0;
    pr_hash_table_remove(&entry->by_number);
    pr_list_remove(&entry->age);
    pr_list_append(&table->permitted, &entry->age);
}

uint64_t pr_flow_table_next_context(struct pr_flow_table *table, uint8_t *family)
{
    if (pr_list_empty(&table->established)) {
        return 0;
    }
    struct entry *entry = PR_CONTAINER(table->established.next, struct entry, age);
    if (entry->released) {
        return 0;
    }
    entry->released = true;
    pr_list_remove(&entry->age);
    pr_list_append(&table->established, &entry->age);
    *family = entry->key.family;
    return entry->live.flow_id;
}

/* Each flow that a pass has seen goes to the end of its list, behind those that it has not. */
static bool cut_list(struct pr_flow_table *table, struct pr_link *list, uint64_t pass,
                     pr_flow_test *blocked, void *context, uint64_t *ids, uint32_t *count)
{
    for (uint32_t i = 0; i < PR_CUT_AT_ONCE && *count < PR_CUT_AT_ONCE; i++) {
        struct entry *entry = PR_CONTAINER(list->next, struct entry, age);
        if (pr_list_empty(list) || entry->pass >= pass) {
            return false;
        }
        entry->pass = pass;
        pr_list_remove(&entry->age);
        pr_list_append(list, &entry->age);
        entry->live.key = &entry->key;
        bool alive = entry->by_key.slot != NULL;
        if (alive && blocked(&entry->live, context)) {
            if (entry->live.flow_id != 0) {
                ids[(*count)++] = entry->live.flow_id;
            }
            forget(table, entry);
        }
    }
    return true;
}

bool pr_flow_table_cut(struct pr_flow_table *table, uint64_t pass, pr_flow_test *blocked,
                       void *context, uint64_t *ids, uint32_t *count)
{
    return cut_list(table, &table->established, pass, blocked, context, ids, count) ||
           cut_list(table, &table->permitted, pass, blocked, context, ids, count);
}
