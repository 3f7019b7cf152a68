/* Live flows: numbers that outlast them, their end, and cutting those that a rule forbids (R37, R38). */
#include "engine_state.h"
#include "fixture.h"

static uint64_t establish(const struct pr_flow *flow, uint64_t id)
{
    struct pr_live_flow live = {&flow->key, flow->process_id, flow->process_created, id};
    return pr_engine_flow_established(fixture.engine, &live, false);
}

static enum pr_action reauthorize(struct pr_flow flow)
{
    return fixture_reauthorize(flow, false);
}

static void a_flow_is_known_until_it_is_deleted(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    CHECK(reauthorize(flow) == PR_ACTION_BLOCK);
    uint64_t number = establish(&flow, 7);
    CHECK(number != 0 && reauthorize(flow) == PR_ACTION_PERMIT);
    pr_engine_flow_deleted(fixture.engine, number + 1);
    CHECK(reauthorize(flow) == PR_ACTION_PERMIT);
    pr_engine_flow_deleted(fixture.engine, number);
    CHECK(reauthorize(flow) == PR_ACTION_BLOCK && fixture.engine->flows.count == 0);
    pr_engine_flow_deleted(fixture.engine, number);
    fixture_stop();
}

static void a_closed_endpoint_leaves_nothing_but_the_number(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    struct pr_closure closure;
    fixture_start_attached();
    uint64_t first = establish(&flow, 7);
    CHECK(!pr_engine_closure_begin(fixture.engine, &flow.key, &closure));
    CHECK(reauthorize(flow) == PR_ACTION_BLOCK && fixture.engine->flows.count == 1);
    uint64_t second = establish(&flow, 8);
    CHECK(second != first);
    pr_engine_flow_deleted(fixture.engine, first);
    CHECK(reauthorize(flow) == PR_ACTION_PERMIT && fixture.engine->flows.count == 1);
    fixture_stop();
}

static void a_flow_without_a_context_goes_with_its_endpoint(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    struct pr_closure closure;
    fixture_start_attached();
    uint64_t number = establish(&flow, 7);
    pr_engine_flow_no_context(fixture.engine, number);
    pr_engine_flow_deleted(fixture.engine, number);
    CHECK(reauthorize(flow) == PR_ACTION_PERMIT);
    CHECK(!pr_engine_closure_begin(fixture.engine, &flow.key, &closure));
    CHECK(fixture.engine->flows.count == 0);
    number = establish(&flow, 8);
    CHECK(!pr_engine_closure_begin(fixture.engine, &flow.key, &closure));
    pr_engine_flow_no_context(fixture.engine, number);
    CHECK(fixture.engine->flows.count == 0);
    fixture_stop();
}

static void loopback_and_the_own_process_are_not_remembered(void)
{
    struct pr_flow flow = fixture_flow(100, 1), own = fixture_flow(CLIENT_PID, 2);
    struct pr_live_flow live = {&flow.key, 100, 0, 7};
    fixture_start_attached();
    CHECK(pr_engine_flow_established(fixture.engine, &live, true) == 0);
    CHECK(establish(&own, 8) == 0);
    pr_flow_table_add(&fixture.engine->flows, &flow.key, 100);
    CHECK(pr_engine_flow_established(fixture.engine, &live, true) != 0);
    fixture_stop();
}

static bool is_of_process(const struct pr_live_flow *live, void *context)
{
    return live->process_id == *(const uint64_t *)context;
}

static void only_forbidden_flows_are_cut(void)
{
    uint64_t bad = 200;
    fixture_start_attached();
    for (uint32_t i = 0; i < 1000; i++) {
        struct pr_flow flow = fixture_flow(i % 4 == 0 ? 200 : 100, i);
        if (i % 3 == 0) {
            pr_flow_table_add(&fixture.engine->flows, &flow.key, flow.process_id);
        } else {
            CHECK(establish(&flow, 5000 + i) != 0);
        }
    }
    CHECK(pr_engine_cut_flows(fixture.engine, is_of_process, &bad) == 166);
    CHECK(port.aborted == 166 && port.last_aborted % 4 == 0);
    CHECK(reauthorize(fixture_flow(200, 0)) == PR_ACTION_BLOCK);
    CHECK(reauthorize(fixture_flow(200, 4)) == PR_ACTION_BLOCK);
    CHECK(reauthorize(fixture_flow(100, 5)) == PR_ACTION_PERMIT);
    CHECK(pr_engine_cut_flows(fixture.engine, is_of_process, &bad) == 0);
    fixture_stop();
}

static void unload_names_each_context_once(void)
{
    uint8_t family;
    unsigned named = 0;
    fixture_start_attached();
    for (uint32_t i = 0; i < 10; i++) {
        struct pr_flow flow = fixture_flow(100, i);
        CHECK(establish(&flow, 7 + i) != 0);
    }
    pr_engine_stop(fixture.engine);
    struct pr_flow late = fixture_flow(100, 20);
    CHECK(establish(&late, 99) == 0);
    while (pr_engine_flow_release(fixture.engine, &family) != 0) {
        CHECK(family == PR_FAMILY_IPV4);
        named++;
    }
    CHECK(named == 10);
    pr_engine_destroy(fixture.engine);
}

static void established_flows_are_bounded_and_stay(void)
{
    struct pr_flow first = fixture_flow(100, 0);
    fixture_start_attached();
    for (uint32_t i = 0; i < PR_MAX_FLOWS; i++) {
        struct pr_flow flow = fixture_flow(100, i);
        flow.key.endpoint = i + 1;
        flow.key.remote.address[1] = (uint8_t)(i >> 8);
        flow.key.remote.address[2] = (uint8_t)(i >> 16);
        flow.key.remote.address[3] = (uint8_t)i;
        if (i == 0) {
            first = flow;
        }
        CHECK(establish(&flow, 1 + i) != 0);
    }
    struct pr_flow more = fixture_flow(300, 9);
    more.key.remote.port = 9;
    CHECK(establish(&more, 99) == 0 && reauthorize(more) == PR_ACTION_BLOCK);
    CHECK(reauthorize(first) == PR_ACTION_PERMIT);
    fixture_stop();
}

static const struct test tests[] = {
    TEST(a_flow_is_known_until_it_is_deleted),
    TEST(a_closed_endpoint_leaves_nothing_but_the_number),
    TEST(a_flow_without_a_context_goes_with_its_endpoint),
    TEST(loopback_and_the_own_process_are_not_remembered),
    TEST(only_forbidden_flows_are_cut),
    TEST(unload_names_each_context_once),
    TEST(established_flows_are_bounded_and_stay),
};

const struct suite flows_suite = SUITE(tests);
