/* Rule tables in the core: transfer, decisions, mappings, swaps, hits. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "table_fixture.h"
#include "wire.h"

#define SUBJECT 7u

/* A client, process 100 mapped to SUBJECT, and a table that does this with it. */
static void start_with(uint32_t outcome)
{
    struct table_plan plan;
    fixture_start_attached();
    pr_engine_process_started(fixture.engine, 100, 77);
    table_plan_one(&plan, 1, SUBJECT, outcome);
    CHECK(table_send(&plan) == PR_TABLE_DONE);
    CHECK(table_map(100, 77, SUBJECT) == 1);
}

static void mapped_process_is_decided_without_a_hold(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    start_with(PR_RULE_ALLOW);
    CHECK(fixture_connect(&flow) == PR_ACTION_PERMIT);
    struct pr_status status = fixture_status();
    CHECK(status.held_total == 0 && status.ruled == 1 && status.allowed == 1);
    CHECK(status.table_version == 1 && status.table_rules == 1 && status.processes == 1);
    CHECK(table_hits(SUBJECT * 10) == 1 && table_hits(SUBJECT * 10) == 0);
    fixture_stop();
}

static void rule_that_asks_and_no_rule_are_held(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    struct pr_flow other = fixture_flow(101, 2);
    start_with(PR_RULE_ASK);
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    CHECK(fixture_connect(&other) == PR_ACTION_PEND);
    CHECK(table_hits(SUBJECT * 10) == 0);
    fixture_stop();
}

static void unmapped_process_is_asked_about_until_nobody_can_be_asked(void)
{
    struct table_plan plan;
    struct pr_flow flow = fixture_flow(101, 1);
    start_with(PR_RULE_ALLOW);
    table_plan_one(&plan, 2, SUBJECT, PR_RULE_ALLOW);
    table_plan_add(&plan, 0, table_rule(5, 9, PR_RULE_ALLOW));
    CHECK(table_send(&plan) == PR_TABLE_DONE);
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    flow = fixture_flow(101, 2);
    fixture_detach();
    CHECK(fixture_connect(&flow) == PR_ACTION_PERMIT);
    fixture_stop();
}

static void path_stands_for_a_process_that_is_not_mapped(void)
{
    struct table_plan plan;
    struct pr_flow flow = fixture_flow(101, 1);
    start_with(PR_RULE_BLOCK);
    table_plan_one(&plan, 2, SUBJECT, PR_RULE_ALLOW);
    memcpy(plan.subjects[1].path, u"\\A.EXE", 12);
    plan.subjects[1].path_units = 6;
    CHECK(table_send(&plan) == PR_TABLE_DONE);
    CHECK(fixture_connect(&flow) == PR_ACTION_PERMIT);
    flow.flags |= PR_FLOW_PATH_CUT;
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    fixture_stop();
}

static void rules_decide_while_no_client_is_there(void)
{
    struct pr_flow known = fixture_flow(100, 1);
    struct pr_flow unknown = fixture_flow(101, 2);
    start_with(PR_RULE_ALLOW);
    fixture_detach();
    CHECK(fixture_connect(&known) == PR_ACTION_PERMIT);
    CHECK(fixture_connect(&unknown) == PR_ACTION_BLOCK);
    fixture_attach();
    CHECK(fixture_read() == 1 && fixture.events[0].connection.process_id == 101);
    fixture_stop();
}

static void lockdown_and_the_own_process_come_before_rules(void)
{
    struct pr_policy policy;
    struct pr_flow flow = fixture_flow(100, 1);
    struct pr_flow own = fixture_flow(CLIENT_PID, 2);
    start_with(PR_RULE_ALLOW);
    policy = fixture_policy();
    policy.mode = PR_MODE_LOCKDOWN;
    CHECK(fixture_set_policy(policy) == PR_OUTCOME_OK);
    CHECK(fixture_connect(&flow) == PR_ACTION_BLOCK);
    CHECK(fixture_connect(&own) == PR_ACTION_PERMIT);
    CHECK(table_hits(SUBJECT * 10) == 0);
    fixture_stop();
}

static void without_the_right_a_block_is_a_veto_and_a_permit_is_left(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    flow.flags &= ~(uint32_t)PR_FLOW_MAY_WRITE;
    start_with(PR_RULE_ALLOW);
    CHECK(fixture_connect(&flow) == PR_ACTION_LEAVE);
    fixture_stop();
    start_with(PR_RULE_BLOCK);
    CHECK(fixture_connect(&flow) == PR_ACTION_BLOCK);
    fixture_stop();
}

static void reauthorization_asks_flows_first_then_rules_then_the_policy(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    struct pr_flow unknown = fixture_flow(101, 2);
    start_with(PR_RULE_ALLOW);
    CHECK(fixture_reauthorize(flow, false) == PR_ACTION_PERMIT);
    CHECK(fixture_reauthorize(unknown, false) == PR_ACTION_BLOCK);
    CHECK(table_hits(SUBJECT * 10) == 1);
    fixture_stop();
}

/* The answer of who was asked stands, whatever the table says meanwhile. */
static void hold_keeps_its_own_verdict(void)
{
    struct table_plan plan;
    struct pr_flow flow = fixture_flow(100, 1);
    start_with(PR_RULE_ASK);
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    table_plan_one(&plan, 2, SUBJECT, PR_RULE_BLOCK);
    CHECK(table_send(&plan) == PR_TABLE_DONE);
    CHECK(fixture_read() == 1);
    CHECK(fixture_answer(fixture.events[0].id, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
    pr_engine_work(fixture.engine);
    CHECK(fixture_reauthorize(flow, true) == PR_ACTION_PERMIT);
    CHECK(table_hits(SUBJECT * 10) == 0);
    fixture_stop();
}

/* The datagrams of one connection stay in order: while one waits, a new table lets none of them overtake. */
static void packet_of_a_held_connection_waits_with_it(void)
{
    struct table_plan plan;
    struct pr_flow flow = fixture_flow(100, 1);
    flow.key.protocol = 17;
    flow.flags |= PR_FLOW_PACKET;
    start_with(PR_RULE_ASK);
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    table_plan_one(&plan, 2, SUBJECT, PR_RULE_ALLOW);
    CHECK(table_send(&plan) == PR_TABLE_DONE);
    CHECK(pr_engine_decide_rules(fixture.engine, &flow) == PR_ACTION_ASK);
    CHECK(fixture_connect(&flow) == PR_ACTION_ABSORB);
    fixture_stop();
}

static void table_forgets_the_flows_that_it_blocks(void)
{
    struct table_plan plan;
    struct pr_flow flows[3] = {fixture_flow(100, 1), fixture_flow(100, 2), fixture_flow(101, 3)};
    start_with(PR_RULE_ASK);
    for (int i = 0; i < 3; i++) {
        CHECK(fixture_connect(&flows[i]) == PR_ACTION_PEND);
        CHECK(fixture_read() > 0);
        CHECK(fixture_answer((uint64_t)i + 1, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
        pr_engine_work(fixture.engine);
        CHECK(fixture_reauthorize(flows[i], true) == PR_ACTION_PERMIT);
    }
    table_plan_one(&plan, 2, SUBJECT, PR_RULE_BLOCK);
    plan.subjects[1].rules[0].family = PR_FAMILY_IPV4;
    memcpy(plan.subjects[1].rules[0].first, flows[0].key.remote.address, 4);
    memcpy(plan.subjects[1].rules[0].last, flows[0].key.remote.address, 4);
    CHECK(table_send(&plan) == PR_TABLE_DONE);
    CHECK(fixture_reauthorize(flows[0], false) == PR_ACTION_BLOCK);
    CHECK(fixture_reauthorize(flows[1], false) == PR_ACTION_PERMIT);
    CHECK(fixture_reauthorize(flows[2], false) == PR_ACTION_PERMIT);
    fixture_stop();
}

static void rules_of_a_later_process_do_not_cut_the_flow_of_an_earlier_one(void)
{
    struct table_plan plan;
    struct pr_flow flow = fixture_flow(100, 1);
    struct pr_live_flow of_earlier = {&flow.key, 100, 55, 7};
    start_with(PR_RULE_ASK);
    CHECK(pr_engine_flow_established(fixture.engine, &of_earlier, false) != 0);
    table_plan_one(&plan, 2, SUBJECT, PR_RULE_BLOCK);
    CHECK(table_send(&plan) == PR_TABLE_DONE);
    CHECK(port.aborted == 0);
    of_earlier.process_created = 77;
    CHECK(pr_engine_flow_established(fixture.engine, &of_earlier, false) != 0);
    table_plan_one(&plan, 3, SUBJECT, PR_RULE_BLOCK);
    CHECK(table_send(&plan) == PR_TABLE_DONE);
    CHECK(port.aborted == 1);
    fixture_stop();
}

static void mapping_is_for_one_process_and_ends_with_it(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    start_with(PR_RULE_ALLOW);
    CHECK(table_map(100, 78, SUBJECT) == 0);
    CHECK(table_map(102, 77, SUBJECT) == 0);
    pr_engine_process_exited(fixture.engine, 100);
    CHECK(table_map(100, 77, SUBJECT) == 0);
    pr_engine_process_started(fixture.engine, 100, 99);
    flow.process_created = 99;
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    pr_engine_work(fixture.engine);
    fixture_stop();
}

static void mapping_can_be_taken_back(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    start_with(PR_RULE_ALLOW);
    CHECK(table_map(100, 77, 0) == 1);
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    fixture_stop();
}

/* Every way in which a transfer fails; the table that was in force stays. */
static void failed_transfer_leaves_the_old_table(void)
{
    struct table_plan plan;
    uint64_t version = 0;
    size_t size;
    start_with(PR_RULE_ALLOW);
    table_plan_one(&plan, 2, SUBJECT, PR_RULE_BLOCK);
    uint8_t *bytes = table_build(&plan, &size);
    CHECK(table_commit(&version) == PR_TABLE_INCOMPLETE && version == 1);
    CHECK(table_part(bytes, 0, 16) == PR_OUTCOME_INVALID_PARAMETER);
    CHECK(table_begin(2, bytes, size) == PR_OUTCOME_OK);
    CHECK(table_part(bytes, 16, 16) == PR_OUTCOME_INVALID_PARAMETER);
    CHECK(table_part(bytes, 0, size - 4) == PR_OUTCOME_OK);
    CHECK(table_part(bytes, size - 4, 4) == PR_OUTCOME_OK);
    CHECK(table_part(bytes, 0, 4) == PR_OUTCOME_INVALID_PARAMETER);
    CHECK(table_begin(3, bytes, size) == PR_OUTCOME_OK);
    CHECK(table_part(bytes, 0, size - 4) == PR_OUTCOME_OK);
    CHECK(table_commit(&version) == PR_TABLE_INCOMPLETE && version == 1);
    CHECK(table_begin(3, bytes, size) == PR_OUTCOME_OK);
    CHECK(table_part(bytes, 0, size) == PR_OUTCOME_OK);
    CHECK(table_commit(&version) == PR_TABLE_INVALID && version == 1);
    CHECK(table_begin(2, bytes, size) == PR_OUTCOME_OK);
    bytes[sizeof(struct pr_table)] ^= 1;
    CHECK(table_part(bytes, 0, size) == PR_OUTCOME_OK);
    CHECK(table_commit(&version) == PR_TABLE_DAMAGED && version == 1);
    CHECK(table_begin(2, bytes, sizeof(struct pr_table) - 4) == PR_OUTCOME_INVALID_PARAMETER);
    CHECK(table_begin(0, bytes, size) == PR_OUTCOME_INVALID_PARAMETER);
    CHECK(fixture_status().table_version == 1);
    free(bytes);
    fixture_stop();
}

static void client_that_dies_midway_leaves_nothing_behind(void)
{
    struct table_plan plan;
    size_t size;
    start_with(PR_RULE_ALLOW);
    table_plan_one(&plan, 2, SUBJECT, PR_RULE_BLOCK);
    uint8_t *bytes = table_build(&plan, &size);
    unsigned before = port_live_allocations();
    CHECK(table_begin(2, bytes, size) == PR_OUTCOME_OK);
    CHECK(table_part(bytes, 0, size) == PR_OUTCOME_OK);
    CHECK(port_live_allocations() == before + 1);
    fixture_detach();
    CHECK(port_live_allocations() == before);
    fixture_attach();
    CHECK(table_commit(NULL) == PR_TABLE_INCOMPLETE);
    CHECK(fixture_status().table_version == 1);
    free(bytes);
    fixture_stop();
}

static void another_session_changes_nothing(void)
{
    struct table_plan plan;
    uint64_t session;
    start_with(PR_RULE_ALLOW);
    session = fixture.session;
    fixture.session = session + 2;
    table_plan_one(&plan, 2, SUBJECT, PR_RULE_BLOCK);
    CHECK(table_send(&plan) == 0xffffffff);
    CHECK(table_map(100, 77, 0) == 0);
    fixture.session = session;
    CHECK(fixture_status().table_version == 1);
    fixture_stop();
}

static void short_memory_leaves_the_old_table(void)
{
    struct table_plan plan;
    start_with(PR_RULE_ALLOW);
    table_plan_one(&plan, 2, SUBJECT, PR_RULE_BLOCK);
    for (unsigned fail = 1; fail <= 2; fail++) {
        port.fail_allocation = fail;
        CHECK(table_send(&plan) != PR_TABLE_DONE);
        CHECK(fixture_status().table_version == 1);
    }
    port.fail_allocation = 0;
    CHECK(table_send(&plan) == PR_TABLE_DONE);
    fixture_stop();
}

static void hits_of_a_table_that_is_gone_are_read_once(void)
{
    struct table_plan plan;
    start_with(PR_RULE_ALLOW);
    for (uint32_t i = 0; i < 5; i++) {
        struct pr_flow flow = fixture_flow(100, i);
        CHECK(fixture_connect(&flow) == PR_ACTION_PERMIT);
    }
    table_plan_one(&plan, 2, SUBJECT, PR_RULE_ALLOW);
    CHECK(table_send(&plan) == PR_TABLE_DONE);
    struct pr_flow flow = fixture_flow(100, 9);
    CHECK(fixture_connect(&flow) == PR_ACTION_PERMIT);
    CHECK(table_hits(SUBJECT * 10) == 6 && table_hits(SUBJECT * 10) == 0);
    fixture_stop();
}

/* Readers, against whom everything changes that they read. */

static volatile unsigned running;

static void *decides(void *outcomes)
{
    unsigned *wrong = outcomes;
    for (uint32_t i = 0; i < 20000; i++) {
        struct pr_flow flow = fixture_flow(100 + i % 4, i);
        enum pr_action action = pr_engine_decide_rules(fixture.engine, &flow);
        *wrong += action != PR_ACTION_PERMIT && action != PR_ACTION_ASK ? 1 : 0;
    }
    __atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void *restarts(void *unused)
{
    (void)unused;
    for (uint64_t i = 0; __atomic_load_n(&running, __ATOMIC_SEQ_CST) > 0; i++) {
        pr_engine_process_started(fixture.engine, 100 + i % 4, 77);
        if (i % 3 == 0) {
            pr_engine_process_exited(fixture.engine, 100 + (i + 2) % 4);
        }
        pr_engine_work(fixture.engine);
    }
    return NULL;
}

/* All that uses the fixture's buffer is on this thread. */
static void swap_until_done(void)
{
    struct table_plan plan;
    for (uint64_t version = 2; __atomic_load_n(&running, __ATOMIC_SEQ_CST) > 0; version++) {
        table_plan_one(&plan, version, SUBJECT, PR_RULE_ALLOW);
        CHECK(table_send(&plan) == PR_TABLE_DONE);
        (void)table_map(100 + version % 4, 77, SUBJECT);
        (void)table_hits(SUBJECT * 10);
    }
}

static void readers_never_see_what_was_freed(void)
{
    pthread_t threads[3];
    unsigned wrong[2] = {0, 0};
    start_with(PR_RULE_ALLOW);
    running = 2;
    CHECK(pthread_create(&threads[0], NULL, decides, &wrong[0]) == 0);
    CHECK(pthread_create(&threads[1], NULL, decides, &wrong[1]) == 0);
    CHECK(pthread_create(&threads[2], NULL, restarts, NULL) == 0);
    swap_until_done();
    for (size_t i = 0; i < 3; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK(wrong[0] == 0 && wrong[1] == 0);
    fixture_stop();
}

static const struct test tests[] = {
    TEST(mapped_process_is_decided_without_a_hold),
    TEST(rule_that_asks_and_no_rule_are_held),
    TEST(unmapped_process_is_asked_about_until_nobody_can_be_asked),
    TEST(path_stands_for_a_process_that_is_not_mapped),
    TEST(rules_decide_while_no_client_is_there),
    TEST(lockdown_and_the_own_process_come_before_rules),
    TEST(without_the_right_a_block_is_a_veto_and_a_permit_is_left),
    TEST(reauthorization_asks_flows_first_then_rules_then_the_policy),
    TEST(hold_keeps_its_own_verdict),
    TEST(packet_of_a_held_connection_waits_with_it),
    TEST(table_forgets_the_flows_that_it_blocks),
    TEST(rules_of_a_later_process_do_not_cut_the_flow_of_an_earlier_one),
    TEST(mapping_is_for_one_process_and_ends_with_it),
    TEST(mapping_can_be_taken_back),
    TEST(failed_transfer_leaves_the_old_table),
    TEST(client_that_dies_midway_leaves_nothing_behind),
    TEST(another_session_changes_nothing),
    TEST(short_memory_leaves_the_old_table),
    TEST(hits_of_a_table_that_is_gone_are_read_once),
    TEST(readers_never_see_what_was_freed),
};

const struct suite rules_suite = SUITE(tests);
