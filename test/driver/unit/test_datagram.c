/* Copies of held packets: one question per key, quotas, order, and every way in which they end (R42, R44, R49). */
#include <string.h>

#include "datagram.h"
#include "engine_state.h"
#include "fixture.h"

static struct pr_flow udp_flow(uint32_t n)
{
    struct pr_flow flow = fixture_flow(100, n);
    flow.key.protocol = 17;
    flow.flags |= PR_FLOW_PACKET;
    return flow;
}

/* Sends a packet of `bytes` that begins with `first`. */
static enum pr_action send_packet(struct pr_flow flow, uint8_t first, uint32_t bytes)
{
    struct pr_link copies;
    struct pr_datagram *copy = pr_datagram_allocate(&flow.key, 8, bytes);
    pr_list_init(&copies);
    CHECK(copy != NULL);
    copy->bytes[copy->packet_offset] = first;
    pr_list_append(&copies, &copy->link);
    flow.copies = &copies;
    enum pr_action action = fixture_connect(&flow);
    pr_datagram_free_list(&copies);
    return action;
}

static uint64_t hold_two(const struct pr_flow *flow)
{
    CHECK(send_packet(*flow, 'a', 100) == PR_ACTION_PEND);
    CHECK(send_packet(*flow, 'b', 100) == PR_ACTION_ABSORB);
    CHECK(fixture_read() == 1 && fixture.events[0].kind == PR_EVENT_HELD);
    return fixture.events[0].id;
}

static void packets_of_one_key_ask_once_and_leave_in_order(void)
{
    struct pr_flow flow = udp_flow(1);
    fixture_start_attached();
    uint64_t id = hold_two(&flow);
    CHECK(fixture_answer(id, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
    pr_engine_work(fixture.engine);
    CHECK(port.completed == 1 && port.injected == 0);
    CHECK(send_packet(flow, 'c', 100) == PR_ACTION_ABSORB);
    CHECK(fixture_reauthorize(flow, true) == PR_ACTION_PERMIT);
    CHECK(port.injected == 0);
    pr_engine_work(fixture.engine);
    CHECK(port.injected == 3 && memcmp(port.injections, "abc", 3) == 0);
    CHECK(fixture.engine->datagram_bytes == 0 && pr_engine_quiet(fixture.engine));
    fixture_stop();
}

static struct pr_flow inside_flow;

static void reauthorize_inside(void *context)
{
    (void)context;
    CHECK(fixture_reauthorize(inside_flow, true) == PR_ACTION_PERMIT);
    CHECK(port.injected == 0);
}

static void nothing_is_injected_before_the_completion_has_returned(void)
{
    fixture_start_attached();
    inside_flow = udp_flow(1);
    uint64_t id = hold_two(&inside_flow);
    port.on_complete = reauthorize_inside;
    CHECK(fixture_answer(id, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
    pr_engine_work(fixture.engine);
    CHECK(port.injected == 2 && memcmp(port.injections, "ab", 2) == 0);
    fixture_stop();
}

static void other_sockets_and_processes_ask_for_themselves(void)
{
    struct pr_flow flow = udp_flow(1);
    struct pr_flow other = flow;
    fixture_start_attached();
    CHECK(send_packet(flow, 'a', 10) == PR_ACTION_PEND);
    other.key.endpoint++;
    CHECK(send_packet(other, 'b', 10) == PR_ACTION_PEND);
    other = flow;
    other.process_id++;
    CHECK(send_packet(other, 'c', 10) == PR_ACTION_PEND);
    other = flow;
    other.key.compartment++;
    CHECK(send_packet(other, 'd', 10) == PR_ACTION_PEND);
    other = flow;
    other.key.known &= (uint8_t)~PR_KNOWN_ENDPOINT;
    CHECK(send_packet(other, 'e', 10) == PR_ACTION_PEND);
    other = flow;
    other.flags &= ~(uint32_t)PR_FLOW_PACKET;
    CHECK(fixture_connect(&other) == PR_ACTION_PEND);
    fixture_stop();
}

static void a_hold_keeps_no_more_than_its_quota(void)
{
    struct pr_flow flow = udp_flow(1);
    fixture_start_attached();
    uint32_t fits = PR_MAX_DATAGRAM_BYTES_PER_HOLD - pr_datagram_size(8, 0);
    CHECK(pr_datagram_allocate(&flow.key, 8, fits + 1) == NULL);
    CHECK(send_packet(flow, 'a', fits - pr_datagram_size(8, 10)) == PR_ACTION_PEND);
    CHECK(send_packet(flow, 'b', 11) == PR_ACTION_ABSORB);
    CHECK(send_packet(flow, 'c', 10) == PR_ACTION_ABSORB);
    CHECK(fixture.engine->counters.datagrams_held == 2);
    CHECK(fixture.engine->counters.datagrams_refused == 1);
    CHECK(fixture.engine->datagram_bytes == PR_MAX_DATAGRAM_BYTES_PER_HOLD);
    fixture_stop();
}

static void all_holds_together_keep_no_more_than_the_total(void)
{
    uint32_t most = PR_MAX_DATAGRAM_BYTES / PR_MAX_DATAGRAM_BYTES_PER_HOLD;
    uint32_t fits = PR_MAX_DATAGRAM_BYTES_PER_HOLD - pr_datagram_size(8, 0);
    fixture_start_attached();
    for (uint32_t i = 0; i <= most; i++) {
        struct pr_flow flow = udp_flow(i);
        flow.process_id = 100 + i;
        CHECK(send_packet(flow, 'a', fits) == PR_ACTION_PEND);
    }
    CHECK(fixture.engine->counters.datagrams_held == most);
    CHECK(fixture.engine->counters.datagrams_refused == 1);
    fixture_detach();
    CHECK(fixture.engine->datagram_bytes == 0);
    fixture_stop();
}

static void a_block_frees_the_copies_at_once(void)
{
    struct pr_flow flow = udp_flow(1);
    fixture_start_attached();
    uint64_t id = hold_two(&flow);
    CHECK(fixture_answer(id, PR_VERDICT_BLOCK) == PR_ANSWER_ACCEPTED);
    CHECK(fixture.engine->datagram_bytes == 0);
    CHECK(send_packet(flow, 'c', 10) == PR_ACTION_ABSORB);
    pr_engine_work(fixture.engine);
    CHECK(fixture_reauthorize(flow, true) == PR_ACTION_BLOCK);
    pr_engine_work(fixture.engine);
    CHECK(port.injected == 0 && fixture.engine->datagram_bytes == 0);
    fixture_stop();
}

static void every_other_end_frees_them_too(void)
{
    for (int end = 0; end < 6; end++) {
        struct pr_flow flow = udp_flow(1);
        struct pr_closure closure;
        port_reset();
        fixture_start_attached();
        uint64_t id = hold_two(&flow);
        if (end == 0) {
            port_advance(fixture.engine, 6000);
        } else if (end == 1) {
            fixture_detach();
        } else if (end == 2) {
            pr_engine_process_exited(fixture.engine, 100);
        } else if (end == 3) {
            CHECK(pr_engine_closure_begin(fixture.engine, &flow.key, &closure));
            CHECK(pr_engine_closure_drain(fixture.engine, &closure));
        } else {
            CHECK(fixture_answer(id, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
            pr_engine_work(fixture.engine);
            CHECK(fixture.engine->datagram_bytes > 0);
        }
        if (end == 4) {
            port_advance(fixture.engine, PR_AWAIT_MS + 1000);
        }
        CHECK(end == 5 || fixture.engine->datagram_bytes == 0);
        fixture_stop();
        CHECK(port.injected == 0 && port_live_allocations() == 0);
    }
}

static void a_failed_pend_sends_no_copy(void)
{
    struct pr_flow flow = udp_flow(1);
    struct pr_link copies;
    struct pr_datagram *copy = pr_datagram_allocate(&flow.key, 0, 10);
    struct pr_policy policy;
    fixture_start_attached();
    policy = fixture_policy();
    policy.full_verdict = PR_VERDICT_ALLOW;
    CHECK(fixture_set_policy(policy) == PR_OUTCOME_OK);
    pr_list_init(&copies);
    pr_list_append(&copies, &copy->link);
    flow.copies = &copies;
    struct pr_decision decision = pr_engine_classify(fixture.engine, &flow);
    CHECK(decision.action == PR_ACTION_PEND && pr_list_empty(&copies));
    CHECK(pr_engine_pend_failed(fixture.engine, decision.hold) == PR_ACTION_PERMIT);
    pr_engine_work(fixture.engine);
    CHECK(port.injected == 0 && fixture.engine->datagram_bytes == 0);
    fixture_stop();
}

static void work_again(void)
{
    unsigned before = port.injected;
    pr_engine_work(fixture.engine);
    CHECK(port.injected == before);
}

static void only_one_thread_injects_at_a_time(void)
{
    struct pr_flow flow = udp_flow(1);
    fixture_start_attached();
    uint64_t id = hold_two(&flow);
    CHECK(fixture_answer(id, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
    pr_engine_work(fixture.engine);
    CHECK(fixture_reauthorize(flow, true) == PR_ACTION_PERMIT);
    port.on_inject = work_again;
    pr_engine_work(fixture.engine);
    CHECK(port.injected == 2);
    fixture_stop();
}

static void unload_waits_for_what_is_to_be_injected(void)
{
    struct pr_flow flow = udp_flow(1);
    fixture_start_attached();
    uint64_t id = hold_two(&flow);
    CHECK(fixture_answer(id, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
    pr_engine_work(fixture.engine);
    pr_engine_stop(fixture.engine);
    CHECK(fixture_reauthorize(flow, true) == PR_ACTION_PERMIT);
    CHECK(pr_engine_drained(fixture.engine) && !pr_engine_quiet(fixture.engine));
    unsigned asked = port.drained_asked;
    pr_engine_work(fixture.engine);
    CHECK(pr_engine_quiet(fixture.engine) && port.injected == 2 && port.drained_asked > asked);
    pr_engine_destroy(fixture.engine);
}

static const struct test tests[] = {
    TEST(packets_of_one_key_ask_once_and_leave_in_order),
    TEST(nothing_is_injected_before_the_completion_has_returned),
    TEST(other_sockets_and_processes_ask_for_themselves),
    TEST(a_hold_keeps_no_more_than_its_quota),
    TEST(all_holds_together_keep_no_more_than_the_total),
    TEST(a_block_frees_the_copies_at_once),
    TEST(every_other_end_frees_them_too),
    TEST(a_failed_pend_sends_no_copy),
    TEST(only_one_thread_injects_at_a_time),
    TEST(unload_waits_for_what_is_to_be_injected),
};

const struct suite datagram_suite = SUITE(tests);
