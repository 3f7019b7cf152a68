/* The core's tables: hashes, deadlines, live flows, keys. */
#include <stdlib.h>
#include <string.h>

#include "deadline_heap.h"
#include "fixture.h"
#include "flow_table.h"
#include "hash_table.h"

static void hash_table_finds_what_is_in_and_only_that(void)
{
    struct pr_hash_table table;
    struct pr_node nodes[200];
    memset(nodes, 0, sizeof(nodes));
    CHECK(pr_hash_table_create(&table, 64));
    for (uint64_t i = 0; i < 200; i++) {
        pr_hash_table_insert(&table, &nodes[i], pr_hash_mix(1, i));
    }
    for (uint64_t i = 0; i < 200; i += 2) {
        pr_hash_table_remove(&nodes[i]);
        pr_hash_table_remove(&nodes[i]);
    }
    for (uint64_t i = 0; i < 200; i++) {
        struct pr_node *found = pr_hash_table_find(&table, pr_hash_mix(1, i));
        CHECK(found == (i % 2 == 0 ? NULL : &nodes[i]));
    }
    pr_hash_table_destroy(&table);
}

static void deadlines_come_out_in_order_whatever_was_changed(void)
{
    struct pr_deadline_heap heap;
    struct pr_deadline deadlines[500];
    memset(deadlines, 0, sizeof(deadlines));
    CHECK(pr_deadline_heap_create(&heap, 500));
    srand(5);
    for (unsigned round = 0; round < 4000; round++) {
        struct pr_deadline *one = &deadlines[rand() % 500];
        if (rand() % 4 == 0) {
            pr_deadline_clear(&heap, one);
        } else {
            pr_deadline_set(&heap, one, (uint64_t)(rand() % 100000));
        }
    }
    uint64_t last = 0;
    struct pr_deadline *first;
    while ((first = pr_deadline_first(&heap)) != NULL) {
        CHECK(first->due >= last);
        last = first->due;
        pr_deadline_clear(&heap, first);
        CHECK(first->position == 0);
    }
    pr_deadline_heap_destroy(&heap);
}

static void keys_differ_in_every_known_field(void)
{
    struct pr_key base = fixture_flow(1, 1).key;
    struct pr_key other = base;
    CHECK(pr_key_equal(&base, &other));
    other.endpoint++;
    CHECK(!pr_key_equal(&base, &other));
    other.known &= (uint8_t)~PR_KNOWN_ENDPOINT;
    CHECK(pr_key_equal(&base, &other) && pr_key_hash(3, &base) == pr_key_hash(3, &other));
    other = base;
    other.compartment++;
    CHECK(!pr_key_equal(&base, &other));
    other = base;
    other.local.address[3]++;
    CHECK(!pr_key_equal(&base, &other));
    other = base;
    other.remote.address[3]++;
    CHECK(!pr_key_equal(&base, &other));
    other = base;
    other.remote.port++;
    CHECK(!pr_key_equal(&base, &other));
    other = base;
    other.protocol = 17;
    CHECK(!pr_key_equal(&base, &other));
}

static void zones_are_compared_when_both_are_known(void)
{
    struct pr_key left = fixture_flow(1, 1).key;
    struct pr_key right = left;
    left.remote.scope_id = 4;
    CHECK(pr_key_equal(&left, &right));
    right.remote.scope_id = 5;
    CHECK(!pr_key_equal(&left, &right));
}

static void live_flows_go_with_their_endpoint_and_process(void)
{
    struct pr_flow_table table;
    struct pr_key one = fixture_flow(1, 1).key;
    struct pr_key two = fixture_flow(1, 2).key;
    two.endpoint = one.endpoint;
    CHECK(pr_flow_table_create(&table, 9));
    pr_flow_table_add(&table, &one, 1);
    pr_flow_table_add(&table, &two, 1);
    pr_flow_table_add(&table, &two, 1);
    CHECK(table.count == 2);
    CHECK(pr_flow_table_knows(&table, &one, 1) && pr_flow_table_knows(&table, &two, 0));
    CHECK(!pr_flow_table_knows(&table, &one, 2));
    pr_flow_table_close(&table, &one);
    CHECK(table.count == 0 && !pr_flow_table_knows(&table, &two, 1));
    pr_flow_table_destroy(&table);
}

static void live_flows_are_bounded(void)
{
    struct pr_flow_table table;
    struct pr_key key = fixture_flow(1, 1).key;
    struct pr_key first = key;
    CHECK(pr_flow_table_create(&table, 9));
    for (uint32_t i = 0; i < PR_MAX_FLOWS + 10; i++) {
        key.endpoint = i;
        key.remote.address[4] = (uint8_t)(i >> 16);
        key.remote.port = (uint16_t)i;
        first = i == 0 ? key : first;
        pr_flow_table_add(&table, &key, 1);
    }
    CHECK(table.count == PR_MAX_FLOWS);
    CHECK(pr_flow_table_knows(&table, &key, 1) && !pr_flow_table_knows(&table, &first, 1));
    pr_flow_table_destroy(&table);
}

static const struct test tests[] = {
    TEST(hash_table_finds_what_is_in_and_only_that),
    TEST(deadlines_come_out_in_order_whatever_was_changed),
    TEST(keys_differ_in_every_known_field),
    TEST(zones_are_compared_when_both_are_known),
    TEST(live_flows_go_with_their_endpoint_and_process),
    TEST(live_flows_are_bounded),
};

const struct suite tables_suite = SUITE(tests);
