/* Connections from outside: the packet that authorizes, its peer's further tries, and what outlasts an endpoint (R25-R28). */
#include <string.h>

#include "datagram.h"
#include "engine_state.h"
#include "fixture.h"

#define LISTENER 900u

static struct pr_flow inbound_flow(uint32_t n, uint8_t protocol)
{
    struct pr_flow flow = fixture_flow(100, n);
    flow.key.layer = PR_LAYER_RECV_ACCEPT;
    flow.key.protocol = protocol;
    flow.listener = protocol == 6 ? LISTENER : 0;
    flow.flags |= PR_FLOW_PACKET;
    return flow;
}

static enum pr_action arrive(struct pr_flow flow, uint8_t first)
{
    struct pr_link copies;
    struct pr_datagram *copy = pr_datagram_allocate(&flow.key, 0, 40);
    pr_list_init(&copies);
    CHECK(copy != NULL);
    copy->bytes[copy->packet_offset] = first;
    pr_list_append(&copies, &copy->link);
    flow.copies = &copies;
    enum pr_action action = fixture_connect(&flow);
    pr_datagram_free_list(&copies);
    return action;
}

static uint64_t hold(struct pr_flow flow)
{
    CHECK(arrive(flow, 'a') == PR_ACTION_PEND);
    CHECK(fixture_read() == 1 && fixture.events[0].kind == PR_EVENT_HELD);
    CHECK(fixture.events[0].connection.direction == PR_DIRECTION_INBOUND);
    return fixture.events[0].id;
}

static void answer(uint64_t id, uint8_t verdict)
{
    CHECK(fixture_answer(id, verdict) == PR_ANSWER_ACCEPTED);
    pr_engine_work(fixture.engine);
}

static void the_last_syn_is_let_in_whatever_its_endpoint(void)
{
    struct pr_flow flow = inbound_flow(1, 6), again = flow;
    fixture_start_attached();
    uint64_t id = hold(flow);
    again.key.endpoint += 50;
    CHECK(arrive(again, 'b') == PR_ACTION_ABSORB);
    answer(id, PR_VERDICT_ALLOW);
    CHECK(port.completed == 1 && port.injected == 1 && port.injections[0] == 'b');
    CHECK(fixture.engine->awaiting == 1);
    again.key.endpoint += 50;
    pr_engine_injected(fixture.engine, id, &again);
    CHECK(fixture.engine->awaiting == 0 && fixture.engine->holds.count == 0);
    again.flags |= PR_FLOW_REAUTHORIZE;
    CHECK(pr_engine_classify(fixture.engine, &again).action == PR_ACTION_PERMIT);
    fixture_stop();
}

static void an_injected_packet_speaks_for_its_own_hold_alone(void)
{
    struct pr_flow flow = inbound_flow(1, 6), other = inbound_flow(2, 6);
    fixture_start_attached();
    uint64_t id = hold(flow);
    pr_engine_injected(fixture.engine, id, &flow);
    CHECK(fixture.engine->holds.held_count == 1);
    answer(id, PR_VERDICT_ALLOW);
    pr_engine_injected(fixture.engine, id, &other);
    pr_engine_injected(fixture.engine, id + 1, &flow);
    CHECK(fixture.engine->awaiting == 1 && fixture.engine->flows.count == 0);
    pr_engine_injected(fixture.engine, id, &flow);
    CHECK(fixture.engine->awaiting == 0 && fixture.engine->flows.count == 1);
    fixture_stop();
}

static void a_lost_copy_leaves_the_answer_to_the_next_syn(void)
{
    struct pr_flow flow = inbound_flow(1, 6);
    fixture_start_attached();
    uint64_t id = hold(flow);
    port.lose_packets = true;
    answer(id, PR_VERDICT_ALLOW);
    CHECK(port.completed == 1 && port.injected == 0);
    CHECK(arrive(flow, 'b') == PR_ACTION_PERMIT);
    CHECK(arrive(flow, 'c') == PR_ACTION_PEND);
    fixture_stop();
}

static void a_refused_peer_is_refused_again_for_a_while(void)
{
    struct pr_flow flow = inbound_flow(1, 6), other = flow;
    struct pr_closure closure;
    fixture_start_attached();
    answer(hold(flow), PR_VERDICT_BLOCK);
    CHECK(port.completed == 1 && port.injected == 0);
    CHECK(!pr_engine_closure_begin(fixture.engine, &flow.key, &closure));
    CHECK(arrive(flow, 'b') == PR_ACTION_BLOCK);
    other.process_created++;
    CHECK(arrive(other, 'c') == PR_ACTION_PEND);
    port_advance(fixture.engine, PR_REFUSE_MS + 1);
    CHECK(fixture.engine->refused_count == 0);
    fixture_stop();
}

static void the_refused_are_no_more_than_can_be_remembered(void)
{
    fixture_start_attached();
    for (uint32_t i = 0; i < PR_MAX_REFUSED + 10; i++) {
        struct pr_flow flow = inbound_flow(i, 6);
        answer(hold(flow), PR_VERDICT_BLOCK);
        (void)fixture_read();
    }
    CHECK(fixture.engine->refused_count == PR_MAX_REFUSED);
    CHECK(fixture.engine->holds.count == PR_MAX_REFUSED);
    fixture_stop();
}

static void a_listener_takes_its_visitors_with_it(void)
{
    struct pr_flow flow = inbound_flow(1, 6), refused = inbound_flow(2, 6);
    struct pr_key listener = {.endpoint = LISTENER, .known = PR_KNOWN_ENDPOINT};
    struct pr_closure closure;
    fixture_start_attached();
    answer(hold(refused), PR_VERDICT_BLOCK);
    (void)fixture_read();
    (void)hold(flow);
    CHECK(!pr_engine_closure_begin(fixture.engine, &listener, &closure));
    CHECK(pr_engine_closure_begin(fixture.engine, &flow.key, &closure));
    CHECK(pr_engine_closure_drain(fixture.engine, &closure));
    CHECK(port.completed == 2 && port.injected == 0 && fixture.engine->refused_count == 0);
    fixture_stop();
}

static struct pr_flow closing;

static void close_inside(void *context)
{
    struct pr_closure closure;
    (void)context;
    CHECK(pr_engine_closure_begin(fixture.engine, &closing.key, &closure));
    CHECK(pr_engine_closure_drain(fixture.engine, &closure));
}

static void an_answer_outlasts_the_endpoint_of_the_first_syn(void)
{
    closing = inbound_flow(1, 6);
    fixture_start_attached();
    uint64_t id = hold(closing);
    port.on_complete = close_inside;
    answer(id, PR_VERDICT_ALLOW);
    CHECK(port.injected == 1 && fixture.engine->awaiting == 1);
    closing.key.endpoint++;
    pr_engine_injected(fixture.engine, id, &closing);
    CHECK(fixture.engine->flows.count == 1);
    fixture_stop();
}

static void datagrams_are_received_in_order(void)
{
    struct pr_flow flow = inbound_flow(1, 17);
    fixture_start_attached();
    uint64_t id = hold(flow);
    CHECK(arrive(flow, 'b') == PR_ACTION_ABSORB && arrive(flow, 'c') == PR_ACTION_ABSORB);
    answer(id, PR_VERDICT_ALLOW);
    CHECK(port.injected == 3 && memcmp(port.injections, "abc", 3) == 0);
    CHECK(fixture.engine->datagram_bytes == 0);
    fixture_stop();
}

static void a_lost_first_datagram_takes_the_others_with_it(void)
{
    struct pr_flow flow = inbound_flow(1, 17);
    fixture_start_attached();
    uint64_t id = hold(flow);
    CHECK(arrive(flow, 'b') == PR_ACTION_ABSORB);
    port.lose_packets = true;
    answer(id, PR_VERDICT_ALLOW);
    CHECK(port.completed == 1 && port.injected == 0 && fixture.engine->datagram_bytes == 0);
    CHECK(arrive(flow, 'c') == PR_ACTION_PERMIT);
    fixture_stop();
}

static void question_says_who_listens(void)
{
    struct pr_flow listening = fixture_flow(100, 200);
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    memset(listening.key.local.address, 0, sizeof(listening.key.local.address));
    pr_engine_listens(fixture.engine, &listening.key, 77);
    flow.key.layer = PR_LAYER_RECV_ACCEPT;
    flow.listener = listening.key.endpoint;
    flow.flags |= PR_FLOW_PACKET;
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND && fixture_read() == 1);
    CHECK(fixture.events[0].connection.service_tag == 77);
    CHECK(fixture.events[0].connection.listening_since == port.system);
    CHECK((fixture.events[0].connection.flags & PR_CONNECTION_LISTENS_WIDE) != 0);
    pr_engine_released(fixture.engine, &listening.key);
    CHECK(fixture_read() == 1 && fixture.events[0].reason == PR_REASON_ENDPOINT_CLOSED);
    flow.key.remote.port++;
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND && fixture_read() == 1);
    CHECK(fixture.events[0].connection.listening_since == 0);
    fixture_stop();
}

static void the_oldest_listener_is_forgotten_when_there_are_too_many(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    for (uint32_t i = 0; i <= PR_MAX_LISTENERS; i++) {
        flow.key.endpoint = 0x10000 + i;
        pr_engine_listens(fixture.engine, &flow.key, i);
        pr_engine_listens(fixture.engine, &flow.key, i);
    }
    CHECK(fixture.engine->listeners.count == PR_MAX_LISTENERS);
    struct pr_connection connection = {0};
    pr_listeners_describe(&fixture.engine->listeners, 0x10000, &connection);
    CHECK(connection.listening_since == 0);
    pr_listeners_describe(&fixture.engine->listeners, 0x10001, &connection);
    CHECK(connection.listening_since != 0 && connection.service_tag == 1);
    fixture_stop();
}

static void released_endpoint_is_settled_once(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    struct pr_closure closure;
    fixture_start_attached();
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND && fixture_read() == 1);
    pr_engine_released(fixture.engine, &flow.key);
    pr_engine_released(fixture.engine, &flow.key);
    CHECK(fixture_answer(fixture.events[0].id, PR_VERDICT_ALLOW) == PR_ANSWER_UNKNOWN);
    CHECK(pr_engine_closure_begin(fixture.engine, &flow.key, &closure));
    CHECK(pr_engine_closure_drain(fixture.engine, &closure) && port.completed == 1);
    fixture_stop();
}

static void nothing_is_held_while_the_computer_sleeps(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    struct pr_flow next = fixture_flow(100, 2);
    fixture_start_attached();
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND && fixture_read() == 1);
    pr_engine_sleep(fixture.engine, true);
    CHECK(fixture_connect(&next) == PR_ACTION_BLOCK);
    CHECK(fixture_read() == 2 && fixture.events[0].reason == PR_REASON_POWER);
    CHECK(fixture.events[1].kind == PR_EVENT_DECIDED &&
          fixture.events[1].reason == PR_REASON_POWER);
    pr_engine_sleep(fixture.engine, false);
    CHECK(fixture_connect(&next) == PR_ACTION_PEND);
    fixture_stop();
}

static const struct test tests[] = {
    TEST(question_says_who_listens),
    TEST(the_oldest_listener_is_forgotten_when_there_are_too_many),
    TEST(released_endpoint_is_settled_once),
    TEST(nothing_is_held_while_the_computer_sleeps),
    TEST(the_last_syn_is_let_in_whatever_its_endpoint),
    TEST(an_injected_packet_speaks_for_its_own_hold_alone),
    TEST(a_lost_copy_leaves_the_answer_to_the_next_syn),
    TEST(a_refused_peer_is_refused_again_for_a_while),
    TEST(the_refused_are_no_more_than_can_be_remembered),
    TEST(a_listener_takes_its_visitors_with_it),
    TEST(an_answer_outlasts_the_endpoint_of_the_first_syn),
    TEST(datagrams_are_received_in_order),
    TEST(a_lost_first_datagram_takes_the_others_with_it),
};

const struct suite accept_suite = SUITE(tests);
