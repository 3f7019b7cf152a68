/* The life of a hold: pend, answer, complete, reauthorize, watchdog, process exit, unload. */
#include <string.h>

#include "fixture.h"

static void connect_is_held_answered_and_returned_at_reauthorization(void)
{
    const uint8_t verdicts[] = {PR_VERDICT_ALLOW, PR_VERDICT_BLOCK};
    for (size_t i = 0; i < 2; i++) {
        struct pr_flow flow = fixture_flow(100, 1);
        fixture_start_attached();
        CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
        CHECK(fixture_read() == 1 && fixture.events[0].kind == PR_EVENT_HELD);
        CHECK(fixture.events[0].path_bytes == 12);
        CHECK(fixture.events[0].connection.deadline ==
              fixture.events[0].connection.time + 50000000);
        CHECK(fixture_answer(fixture.events[0].id, verdicts[i]) == PR_ANSWER_ACCEPTED);
        CHECK(port.completed == i && port.worker_asked > 0);
        pr_engine_work(fixture.engine);
        CHECK(port.completed == i + 1);
        enum pr_action expected =
            verdicts[i] == PR_VERDICT_ALLOW ? PR_ACTION_PERMIT : PR_ACTION_BLOCK;
        CHECK(fixture_reauthorize(flow, true) == expected);
        CHECK(fixture_read() == 1 && fixture.events[0].kind == PR_EVENT_SETTLED);
        CHECK(fixture.events[0].verdict == verdicts[i]);
        fixture_stop();
    }
}

static struct pr_flow inside_flow;
static enum pr_action inside_action;

static void reauthorize_inside(void *context)
{
    (void)context;
    inside_action = fixture_reauthorize(inside_flow, true);
}

static void reauthorization_inside_the_completion_finds_the_verdict(void)
{
    inside_flow = fixture_flow(100, 1);
    fixture_start_attached();
    port.on_complete = reauthorize_inside;
    CHECK(fixture_connect(&inside_flow) == PR_ACTION_PEND);
    CHECK(fixture_read() == 1);
    CHECK(fixture_answer(fixture.events[0].id, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
    inside_action = PR_ACTION_LEAVE;
    pr_engine_work(fixture.engine);
    CHECK(inside_action == PR_ACTION_PERMIT);
    CHECK(pr_engine_quiet(fixture.engine));
    fixture_stop();
}

static void verdict_is_given_once_then_the_live_flow_answers(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    CHECK(fixture_read() == 1);
    CHECK(fixture_answer(fixture.events[0].id, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
    pr_engine_work(fixture.engine);
    CHECK(fixture_reauthorize(flow, true) == PR_ACTION_PERMIT);
    CHECK(fixture_reauthorize(flow, false) == PR_ACTION_PERMIT);
    flow.process_id = 101;
    CHECK(fixture_reauthorize(flow, false) == PR_ACTION_BLOCK);
    fixture_stop();
}

static void permission_ends_where_a_new_connection_with_its_key_begins(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    flow.key.protocol = 17;
    fixture_start_attached();
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    CHECK(fixture_read() == 1);
    CHECK(fixture_answer(fixture.events[0].id, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
    pr_engine_work(fixture.engine);
    CHECK(fixture_reauthorize(flow, true) == PR_ACTION_PERMIT);
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    CHECK(fixture_read() == 2 && fixture.events[1].kind == PR_EVENT_HELD);
    CHECK(fixture_answer(fixture.events[1].id, PR_VERDICT_BLOCK) == PR_ANSWER_ACCEPTED);
    pr_engine_work(fixture.engine);
    CHECK(fixture_reauthorize(flow, true) == PR_ACTION_BLOCK);
    CHECK(fixture_reauthorize(flow, false) == PR_ACTION_BLOCK);
    fixture_stop();
}

static void other_reauthorization_takes_nothing_from_a_hold(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    struct pr_policy policy = fixture_policy();
    policy.unknown_reauthorize_verdict = PR_VERDICT_ALLOW;
    CHECK(fixture_set_policy(policy) == PR_OUTCOME_OK);
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    CHECK(fixture_reauthorize(flow, false) == PR_ACTION_ABSORB);
    CHECK(fixture_read() == 1);
    CHECK(fixture_answer(fixture.events[0].id, PR_VERDICT_BLOCK) == PR_ANSWER_ACCEPTED);
    CHECK(fixture_reauthorize(flow, false) == PR_ACTION_ABSORB);
    pr_engine_work(fixture.engine);
    CHECK(fixture_reauthorize(flow, false) == PR_ACTION_BLOCK);
    CHECK(!pr_engine_quiet(fixture.engine));
    CHECK(fixture_reauthorize(flow, true) == PR_ACTION_BLOCK);
    CHECK(pr_engine_quiet(fixture.engine));
    fixture_stop();
}

static void unknown_reauthorization_gets_the_configured_verdict(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    CHECK(fixture_reauthorize(flow, false) == PR_ACTION_BLOCK);
    CHECK(fixture_reauthorize(flow, true) == PR_ACTION_BLOCK);
    struct pr_policy policy = fixture_policy();
    policy.unknown_reauthorize_verdict = PR_VERDICT_ALLOW;
    CHECK(fixture_set_policy(policy) == PR_OUTCOME_OK);
    CHECK(fixture_reauthorize(flow, true) == PR_ACTION_PERMIT);
    CHECK(fixture_status().held_total == 0);
    fixture_stop();
}

static void same_addresses_on_two_sockets_get_their_own_verdicts(void)
{
    struct pr_flow one = fixture_flow(100, 1);
    struct pr_flow two = fixture_flow(100, 1);
    two.key.endpoint++;
    struct pr_flow three = one;
    three.key.compartment = 2;
    fixture_start_attached();
    CHECK(fixture_connect(&one) == PR_ACTION_PEND);
    CHECK(fixture_connect(&two) == PR_ACTION_PEND);
    CHECK(fixture_connect(&three) == PR_ACTION_PEND);
    CHECK(fixture_read() == 3);
    uint64_t ids[3] = {fixture.events[0].id, fixture.events[1].id, fixture.events[2].id};
    CHECK(fixture_answer(ids[1], PR_VERDICT_BLOCK) == PR_ANSWER_ACCEPTED);
    CHECK(fixture_answer(ids[0], PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
    CHECK(fixture_answer(ids[2], PR_VERDICT_BLOCK) == PR_ANSWER_ACCEPTED);
    pr_engine_work(fixture.engine);
    CHECK(fixture_reauthorize(three, true) == PR_ACTION_BLOCK);
    CHECK(fixture_reauthorize(two, true) == PR_ACTION_BLOCK);
    CHECK(fixture_reauthorize(one, true) == PR_ACTION_PERMIT);
    fixture_stop();
}

static void watchdog_settles_at_the_deadline_and_not_before(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    CHECK(fixture_read() == 1);
    uint64_t id = fixture.events[0].id;
    port_advance(fixture.engine, 4999);
    CHECK(fixture_read() == 0);
    port_advance(fixture.engine, 1);
    CHECK(fixture_read() == 1 && fixture.events[0].reason == PR_REASON_WATCHDOG);
    CHECK(fixture_answer(id, PR_VERDICT_ALLOW) == PR_ANSWER_UNKNOWN);
    pr_engine_work(fixture.engine);
    CHECK(fixture_reauthorize(flow, true) == PR_ACTION_BLOCK);
    fixture_stop();
}

static void keep_extends_but_never_beyond_the_maximum(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    struct pr_policy policy = fixture_policy();
    policy.hold_ms = 1000 * 1000;
    CHECK(fixture_set_policy(policy) == PR_OUTCOME_OK);
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    CHECK(fixture_read() == 1);
    uint64_t id = fixture.events[0].id;
    for (unsigned i = 0; i < 4; i++) {
        port_advance(fixture.engine, 899 * 1000);
        CHECK(fixture_answer(id, PR_VERDICT_KEEP) == PR_ANSWER_ACCEPTED);
    }
    port_advance(fixture.engine, 3 * 1000);
    CHECK(fixture_read() == 0);
    port_advance(fixture.engine, 2 * 1000);
    CHECK(fixture_read() == 1 && fixture.events[0].reason == PR_REASON_WATCHDOG);
    fixture_stop();
}

static void completed_hold_without_reauthorization_expires(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    pr_engine_process_started(fixture.engine, flow.process_id, flow.process_created);
    unsigned before = port_live_allocations();
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    CHECK(fixture_read() == 1);
    CHECK(fixture_answer(fixture.events[0].id, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
    CHECK(fixture_read() == 1);
    pr_engine_work(fixture.engine);
    CHECK(!pr_engine_quiet(fixture.engine));
    port_advance(fixture.engine, 11 * 1000);
    CHECK(pr_engine_quiet(fixture.engine) && port_live_allocations() == before);
    CHECK(port.timer == 0);
    fixture_stop();
}

static void claim_before_the_pend_has_returned_completes_later(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    struct pr_decision decision = pr_engine_classify(fixture.engine, &flow);
    CHECK(decision.action == PR_ACTION_PEND);
    pr_engine_process_exited(fixture.engine, 100);
    pr_engine_work(fixture.engine);
    CHECK(port.completed == 0);
    pr_engine_pended(fixture.engine, decision.hold, port_new_context());
    pr_engine_work(fixture.engine);
    CHECK(port.completed == 1);
    CHECK(fixture_read() == 1 && fixture.events[0].kind == PR_EVENT_DECIDED);
    CHECK(fixture.events[0].reason == PR_REASON_PROCESS_EXITED);
    fixture_stop();
}

static void failed_pend_gets_the_default_and_leaves_nothing(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    struct pr_decision decision = pr_engine_classify(fixture.engine, &flow);
    CHECK(pr_engine_pend_failed(fixture.engine, decision.hold) == PR_ACTION_BLOCK);
    CHECK(fixture_read() == 1 && fixture.events[0].reason == PR_REASON_PEND_FAILED);
    CHECK(fixture_status().held_now == 0 && fixture_status().pend_failed == 1);
    decision = pr_engine_classify(fixture.engine, &flow);
    pr_engine_process_exited(fixture.engine, 100);
    CHECK(pr_engine_pend_failed(fixture.engine, decision.hold) == PR_ACTION_BLOCK);
    CHECK(pr_engine_drained(fixture.engine));
    fixture_stop();
}

static void without_right_or_completion_handle_nothing_is_pended(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    flow.flags = PR_FLOW_CAN_PEND;
    CHECK(fixture_connect(&flow) == PR_ACTION_LEAVE);
    flow.flags = PR_FLOW_MAY_WRITE;
    CHECK(fixture_connect(&flow) == PR_ACTION_BLOCK);
    CHECK(fixture_status().pend_failed == 1 && fixture_status().held_total == 0);
    fixture_stop();
}

static void process_exit_settles_its_holds_and_no_others(void)
{
    struct pr_flow mine = fixture_flow(100, 1);
    struct pr_flow other = fixture_flow(101, 2);
    fixture_start_attached();
    CHECK(fixture_connect(&mine) == PR_ACTION_PEND);
    CHECK(fixture_connect(&other) == PR_ACTION_PEND);
    CHECK(fixture_read() == 2);
    pr_engine_process_exited(fixture.engine, 100);
    CHECK(fixture_read() == 1 && fixture.events[0].reason == PR_REASON_PROCESS_EXITED);
    pr_engine_work(fixture.engine);
    CHECK(port.completed == 1 && fixture_status().held_now == 1);
    fixture_stop();
}

static void unload_completes_everything_and_holds_nothing_new(void)
{
    fixture_start_attached();
    for (uint32_t i = 0; i < 200; i++) {
        struct pr_flow flow = fixture_flow(100 + i, i);
        CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    }
    pr_engine_stop(fixture.engine);
    struct pr_flow late = fixture_flow(100, 250);
    CHECK(fixture_connect(&late) == PR_ACTION_BLOCK);
    CHECK(!pr_engine_drained(fixture.engine));
    pr_engine_work(fixture.engine);
    CHECK(pr_engine_drained(fixture.engine) && port.completed == 200);
    CHECK(port.drained_asked > 0);
    fixture_stop();
}

static void clock_jumps_do_not_move_deadlines(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    port.system -= 36000000000u;
    CHECK(fixture_read() == 1);
    port_advance(fixture.engine, 5000);
    CHECK(fixture_read() == 1 && fixture.events[0].reason == PR_REASON_WATCHDOG);
    fixture_stop();
}

static const struct test tests[] = {
    TEST(connect_is_held_answered_and_returned_at_reauthorization),
    TEST(reauthorization_inside_the_completion_finds_the_verdict),
    TEST(verdict_is_given_once_then_the_live_flow_answers),
    TEST(permission_ends_where_a_new_connection_with_its_key_begins),
    TEST(other_reauthorization_takes_nothing_from_a_hold),
    TEST(unknown_reauthorization_gets_the_configured_verdict),
    TEST(same_addresses_on_two_sockets_get_their_own_verdicts),
    TEST(watchdog_settles_at_the_deadline_and_not_before),
    TEST(keep_extends_but_never_beyond_the_maximum),
    TEST(completed_hold_without_reauthorization_expires),
    TEST(claim_before_the_pend_has_returned_completes_later),
    TEST(failed_pend_gets_the_default_and_leaves_nothing),
    TEST(without_right_or_completion_handle_nothing_is_pended),
    TEST(process_exit_settles_its_holds_and_no_others),
    TEST(unload_completes_everything_and_holds_nothing_new),
    TEST(clock_jumps_do_not_move_deadlines),
};

const struct suite hold_suite = SUITE(tests);
