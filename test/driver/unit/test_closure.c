/* Endpoint closure at every step of a hold (R52, R53, R18). */
#include <string.h>

#include "datagram.h"
#include "fixture.h"

/* Where the hold is when its endpoint closes. */
enum step {
    NEW,
    PENDED,
    CLAIMED,
    AWAITING,
    REAUTHORIZED,
    STEPS
};

static uint64_t bring_to(const struct pr_flow *flow, enum step step, struct pr_hold **fresh)
{
    struct pr_decision decision = pr_engine_classify(fixture.engine, flow);
    CHECK(decision.action == PR_ACTION_PEND);
    *fresh = decision.hold;
    if (step == NEW) {
        return 0;
    }
    pr_engine_pended(fixture.engine, decision.hold, port_new_context());
    CHECK(fixture_read() == 1);
    uint64_t id = fixture.events[0].id;
    if (step >= CLAIMED) {
        CHECK(fixture_answer(id, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
    }
    if (step >= AWAITING) {
        pr_engine_work(fixture.engine);
    }
    if (step >= REAUTHORIZED) {
        CHECK(fixture_reauthorize(*flow, true) == PR_ACTION_PERMIT);
    }
    return id;
}

static void closure_waits_for_every_open_context(void)
{
    for (enum step step = NEW; step < STEPS; step++) {
        struct pr_flow flow = fixture_flow(100, 1);
        struct pr_closure closure;
        struct pr_closure pended;
        struct pr_hold *fresh;
        port_reset();
        fixture_start_attached();
        (void)bring_to(&flow, step, &fresh);
        bool wait = pr_engine_closure_begin(fixture.engine, &flow.key, &closure);
        CHECK(wait == (step < AWAITING));
        if (wait) {
            pr_engine_closure_pended(fixture.engine, &closure, &pended);
            CHECK(port.closures_completed == 0);
        }
        if (step == NEW) {
            pr_engine_pended(fixture.engine, fresh, port_new_context());
        }
        pr_engine_work(fixture.engine);
        CHECK(port.completed == 1 && port.closures_completed == (wait ? 1u : 0u));
        CHECK(pr_engine_quiet(fixture.engine));
        CHECK(fixture_reauthorize(flow, false) == PR_ACTION_BLOCK);
        fixture_stop();
    }
}

static void closure_that_cannot_be_pended_completes_at_once(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    struct pr_closure closure;
    fixture_start_attached();
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    CHECK(pr_engine_closure_begin(fixture.engine, &flow.key, &closure));
    CHECK(pr_engine_closure_drain(fixture.engine, &closure));
    CHECK(port.completed == 1);
    pr_engine_work(fixture.engine);
    CHECK(port.completed == 1 && pr_engine_drained(fixture.engine));
    fixture_stop();
}

static struct pr_closure caused;

/* The verdict makes the stack close the endpoint while the completion call is still running, and it can't be pended. */
static void close_inside(void *context)
{
    (void)context;
    struct pr_flow flow = fixture_flow(100, 1);
    CHECK(pr_engine_closure_begin(fixture.engine, &flow.key, &caused));
    CHECK(pr_engine_closure_drain(fixture.engine, &caused));
}

static void closure_inside_its_own_completion_does_not_wait_for_itself(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    port.on_complete = close_inside;
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    pr_engine_process_exited(fixture.engine, 100);
    pr_engine_work(fixture.engine);
    CHECK(port.completed == 1 && pr_engine_quiet(fixture.engine));
    fixture_stop();
}

static void closure_waits_for_a_context_that_is_still_to_come(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    struct pr_closure closure;
    fixture_start_attached();
    struct pr_decision decision = pr_engine_classify(fixture.engine, &flow);
    CHECK(pr_engine_closure_begin(fixture.engine, &flow.key, &closure));
    CHECK(!pr_engine_closure_drain(fixture.engine, &closure));
    pr_engine_pended(fixture.engine, decision.hold, port_new_context());
    CHECK(pr_engine_closure_drain(fixture.engine, &closure) && port.completed == 1);
    decision = pr_engine_classify(fixture.engine, &flow);
    CHECK(pr_engine_closure_begin(fixture.engine, &flow.key, &closure));
    pr_engine_closure_abandon(fixture.engine, &closure);
    pr_engine_pended(fixture.engine, decision.hold, port_new_context());
    pr_engine_work(fixture.engine);
    CHECK(port.completed == 2);
    fixture_stop();
}

static struct pr_flow dying;
static enum pr_action last_answer;

static void reauthorize_dying(void *context)
{
    (void)context;
    last_answer = fixture_reauthorize(dying, true);
}

static void dying_endpoint_is_never_permitted(void)
{
    struct pr_closure closure;
    struct pr_closure pended;
    dying = fixture_flow(100, 1);
    fixture_start_attached();
    struct pr_policy policy = fixture_policy();
    policy.unknown_reauthorize_verdict = PR_VERDICT_ALLOW;
    CHECK(fixture_set_policy(policy) == PR_OUTCOME_OK);
    port.on_complete = reauthorize_dying;
    CHECK(fixture_connect(&dying) == PR_ACTION_PEND);
    CHECK(pr_engine_closure_begin(fixture.engine, &dying.key, &closure));
    CHECK(fixture_reauthorize(dying, false) == PR_ACTION_ABSORB);
    pr_engine_closure_pended(fixture.engine, &closure, &pended);
    pr_engine_work(fixture.engine);
    CHECK(last_answer == PR_ACTION_BLOCK && port.closures_completed == 1);
    fixture_stop();
}

static void closure_without_endpoint_handle_goes_by_the_addresses(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    struct pr_flow other = fixture_flow(100, 2);
    struct pr_closure closure;
    struct pr_closure pended;
    flow.key.known &= (uint8_t)~PR_KNOWN_ENDPOINT;
    fixture_start_attached();
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    CHECK(fixture_connect(&other) == PR_ACTION_PEND);
    struct pr_key closing = flow.key;
    closing.known |= PR_KNOWN_ENDPOINT;
    CHECK(pr_engine_closure_begin(fixture.engine, &closing, &closure));
    pr_engine_closure_pended(fixture.engine, &closure, &pended);
    pr_engine_work(fixture.engine);
    CHECK(port.completed == 1 && port.closures_completed == 1);
    closing = other.key;
    closing.known &= (uint8_t)~PR_KNOWN_ENDPOINT;
    CHECK(pr_engine_closure_begin(fixture.engine, &closing, &closure));
    CHECK(pr_engine_closure_drain(fixture.engine, &closure));
    CHECK(fixture_status().held_now == 0 && fixture_status().endpoint_closed == 2);
    fixture_stop();
}

static void closure_settles_all_holds_of_a_datagram_socket(void)
{
    struct pr_closure closure;
    struct pr_closure pended;
    struct pr_flow flow;
    fixture_start_attached();
    for (uint32_t i = 0; i < 20; i++) {
        flow = fixture_flow(100, i);
        flow.key.protocol = 17;
        flow.key.endpoint = 5;
        CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    }
    CHECK(pr_engine_closure_begin(fixture.engine, &flow.key, &closure));
    pr_engine_closure_pended(fixture.engine, &closure, &pended);
    pr_engine_work(fixture.engine);
    CHECK(port.completed == 20 && port.closures_completed == 1);
    fixture_stop();
}

/* A datagram of endpoint 0x1001 that was permitted, and waits to be injected. */
static struct pr_flow queue_datagram(void)
{
    struct pr_link copies;
    struct pr_flow flow = fixture_flow(100, 1);
    flow.key.protocol = 17;
    flow.flags |= PR_FLOW_PACKET;
    struct pr_datagram *copy = pr_datagram_allocate(&flow.key, 0, 10);
    pr_list_init(&copies);
    pr_list_append(&copies, &copy->link);
    flow.copies = &copies;
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND && pr_list_empty(&copies));
    flow.copies = NULL;
    size_t held = fixture_read() - 1;
    CHECK(fixture_answer(fixture.events[held].id, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
    pr_engine_work(fixture.engine);
    CHECK(fixture_reauthorize(flow, true) == PR_ACTION_PERMIT);
    return flow;
}

static void closure_waits_for_a_datagram_that_is_queued(void)
{
    struct pr_closure closure;
    struct pr_closure pended;
    fixture_start_attached();
    struct pr_flow flow = queue_datagram();
    CHECK(pr_engine_closure_begin(fixture.engine, &flow.key, &closure) && closure.may_pend);
    pr_engine_closure_pended(fixture.engine, &closure, &pended);
    CHECK(port.injected == 0 && port.closures_completed == 0);
    pr_engine_work(fixture.engine);
    CHECK(port.injected == 1 && port.closures_completed == 1);
    fixture_stop();
}

static void closure_waits_for_a_datagram_that_is_under_way(void)
{
    struct pr_closure closure;
    struct pr_closure pended;
    fixture_start_attached();
    struct pr_flow flow = queue_datagram();
    port.slow_injections = true;
    pr_engine_work(fixture.engine);
    CHECK(pr_engine_closure_begin(fixture.engine, &flow.key, &closure));
    pr_engine_closure_pended(fixture.engine, &closure, &pended);
    pr_engine_work(fixture.engine);
    CHECK(port.closures_completed == 0 && !pr_engine_drained(fixture.engine));
    port_finish_injections();
    pr_engine_work(fixture.engine);
    CHECK(port.closures_completed == 1 && pr_engine_drained(fixture.engine));
    fixture_stop();
}

static void closure_that_cannot_be_pended_loses_what_is_queued(void)
{
    struct pr_closure closure;
    fixture_start_attached();
    struct pr_flow flow = queue_datagram();
    CHECK(pr_engine_closure_begin(fixture.engine, &flow.key, &closure));
    CHECK(pr_engine_closure_drain(fixture.engine, &closure));
    pr_engine_work(fixture.engine);
    CHECK(port.injected == 0 && fixture_status().datagrams_refused == 1);
    flow = queue_datagram();
    port.slow_injections = true;
    pr_engine_work(fixture.engine);
    CHECK(pr_engine_closure_begin(fixture.engine, &flow.key, &closure));
    CHECK(pr_engine_closure_drain(fixture.engine, &closure));
    port_finish_injections();
    CHECK(!pr_engine_closure_begin(fixture.engine, &flow.key, &closure));
    fixture_stop();
}

static void closure_while_stopping_is_not_pended_for_datagrams(void)
{
    struct pr_closure closure;
    fixture_start_attached();
    struct pr_flow flow = queue_datagram();
    port.slow_injections = true;
    pr_engine_work(fixture.engine);
    pr_engine_stop(fixture.engine);
    CHECK(pr_engine_closure_begin(fixture.engine, &flow.key, &closure) && !closure.may_pend);
    pr_engine_closure_abandon(fixture.engine, &closure);
    port_finish_injections();
    fixture_stop();
}

static struct pr_closure during;

static void close_while_injecting(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    flow.key.protocol = 17;
    CHECK(pr_engine_closure_begin(fixture.engine, &flow.key, &during));
    CHECK(pr_engine_closure_drain(fixture.engine, &during));
}

/* The thread that hands it over may not wait for itself. */
static void closure_inside_an_injection_does_not_wait_for_itself(void)
{
    fixture_start_attached();
    (void)queue_datagram();
    port.slow_injections = true;
    port.on_inject = close_while_injecting;
    pr_engine_work(fixture.engine);
    CHECK(port.injected == 1);
    port_finish_injections();
    fixture_stop();
}

static const struct test tests[] = {
    TEST(closure_waits_for_every_open_context),
    TEST(closure_that_cannot_be_pended_completes_at_once),
    TEST(closure_inside_its_own_completion_does_not_wait_for_itself),
    TEST(closure_waits_for_a_context_that_is_still_to_come),
    TEST(dying_endpoint_is_never_permitted),
    TEST(closure_without_endpoint_handle_goes_by_the_addresses),
    TEST(closure_settles_all_holds_of_a_datagram_socket),
    TEST(closure_waits_for_a_datagram_that_is_queued),
    TEST(closure_waits_for_a_datagram_that_is_under_way),
    TEST(closure_that_cannot_be_pended_loses_what_is_queued),
    TEST(closure_while_stopping_is_not_pended_for_datagrams),
    TEST(closure_inside_an_injection_does_not_wait_for_itself),
};

const struct suite closure_suite = SUITE(tests);
