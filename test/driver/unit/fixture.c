#include "fixture.h"

#include <string.h>

#include "wire.h"

struct fixture fixture;

void fixture_start(void)
{
    memset(&fixture, 0, sizeof(fixture));
    fixture.engine = pr_engine_create(NULL);
    CHECK(fixture.engine != NULL);
    port.engine = fixture.engine;
}

void fixture_start_attached(void)
{
    fixture_start();
    fixture_attach();
    CHECK(fixture_set_policy(fixture_policy()) == PR_OUTCOME_OK);
}

void fixture_stop(void)
{
    pr_engine_stop(fixture.engine);
    pr_engine_work(fixture.engine);
    CHECK(pr_engine_drained(fixture.engine));
    pr_engine_destroy(fixture.engine);
}

void fixture_attach(void)
{
    struct pr_hello hello = {pr_wire_header(sizeof(hello), PR_KIND_HELLO), 1, 0};
    struct pr_welcome welcome;
    CHECK(pr_client_open(fixture.engine, CLIENT, CLIENT_PID) == PR_OUTCOME_OK);
    CHECK(fixture_request(PR_IOCTL_HELLO, &hello, sizeof(hello), sizeof(welcome)) == PR_OUTCOME_OK);
    memcpy(&welcome, fixture.buffer, sizeof(welcome));
    fixture.session = welcome.session;
    fixture.sequence = 0;
}

void fixture_detach(void)
{
    pr_client_close(fixture.engine, CLIENT);
}

struct pr_flow fixture_flow(uint64_t pid, uint32_t n)
{
    static const uint16_t path[] = {'\\', 'a', '.', 'e', 'x', 'e'};
    struct pr_flow flow;
    memset(&flow, 0, sizeof(flow));
    flow.key.endpoint = 0x1000 + n;
    flow.key.compartment = 1;
    flow.key.layer = PR_LAYER_CONNECT;
    flow.key.family = PR_FAMILY_IPV4;
    flow.key.protocol = 6;
    flow.key.known = PR_KNOWN_ENDPOINT | PR_KNOWN_COMPARTMENT | PR_KNOWN_LOCAL_ADDRESS;
    memcpy(flow.key.local.address, "\x0a\x00\x00\x01", 4);
    flow.key.local.port = (uint16_t)(40000 + n % 20000);
    memcpy(flow.key.remote.address, "\xc0\x00\x02", 3);
    flow.key.remote.address[3] = (uint8_t)n;
    flow.key.remote.port = 443;
    flow.process_id = pid;
    flow.process_created = 77;
    flow.path = path;
    flow.path_bytes = sizeof(path);
    flow.flags = PR_FLOW_CAN_PEND | PR_FLOW_MAY_WRITE;
    return flow;
}

enum pr_action fixture_connect(const struct pr_flow *flow)
{
    enum pr_action action = pr_engine_decide_static(fixture.engine, flow);
    if (action != PR_ACTION_ASK) {
        return action;
    }
    struct pr_decision decision = pr_engine_classify(fixture.engine, flow);
    if (decision.action == PR_ACTION_PEND) {
        pr_engine_pended(fixture.engine, decision.hold, port_new_context());
    }
    return decision.action;
}

enum pr_action fixture_reauthorize(struct pr_flow flow, bool completion)
{
    flow.flags &= ~(uint32_t)PR_FLOW_CAN_PEND;
    flow.flags |= PR_FLOW_REAUTHORIZE | (completion ? PR_FLOW_COMPLETION : 0u);
    return fixture_connect(&flow);
}

struct pr_policy fixture_policy(void)
{
    struct pr_policy policy;
    memset(&policy, 0, sizeof(policy));
    policy.header = pr_wire_header(sizeof(policy), PR_KIND_POLICY);
    policy.session = fixture.session;
    policy.hold_ms = 5000;
    policy.mode = PR_MODE_ASK;
    policy.loopback = PR_LOOPBACK_ALLOW;
    policy.no_client_verdict = PR_VERDICT_BLOCK;
    policy.watchdog_verdict = PR_VERDICT_BLOCK;
    policy.full_verdict = PR_VERDICT_BLOCK;
    policy.unknown_reauthorize_verdict = PR_VERDICT_BLOCK;
    return policy;
}

enum pr_outcome fixture_set_policy(struct pr_policy policy)
{
    return fixture_request(PR_IOCTL_SET_POLICY, &policy, sizeof(policy), 0);
}

enum pr_outcome fixture_request(uint32_t code, const void *input, size_t bytes, size_t capacity)
{
    struct pr_request request = {code, fixture.buffer, bytes, capacity, 0};
    memcpy(fixture.buffer, input, bytes);
    return pr_client_request(fixture.engine, CLIENT, &request);
}

static size_t take_event(size_t offset)
{
    struct event *event = &fixture.events[fixture.event_count++ % MS_MAX_EVENTS];
    struct pr_header header;
    memcpy(&header, fixture.buffer + offset, sizeof(header));
    event->kind = header.kind;
    if (header.kind == PR_EVENT_SETTLED) {
        struct pr_settled_event settled;
        memcpy(&settled, fixture.buffer + offset, sizeof(settled));
        event->id = settled.id;
        event->verdict = settled.verdict;
        event->reason = settled.reason;
    } else {
        struct pr_connection_event connection;
        memcpy(&connection, fixture.buffer + offset, sizeof(connection));
        event->connection = connection.connection;
        event->id = connection.connection.id;
        event->verdict = connection.connection.verdict;
        event->reason = connection.connection.reason;
        event->path_bytes = connection.path_bytes;
    }
    return offset + ((header.size + 7u) & ~7u);
}

size_t fixture_read(void)
{
    struct pr_events events;
    fixture.event_count = 0;
    size_t bytes =
        pr_client_read_events(fixture.engine, CLIENT, fixture.buffer, sizeof(fixture.buffer));
    if (bytes == 0) {
        return 0;
    }
    memcpy(&events, fixture.buffer, sizeof(events));
    CHECK(events.header.size == bytes && events.header.kind == PR_KIND_EVENTS);
    CHECK(events.session == fixture.session && events.sequence == ++fixture.sequence);
    fixture.decided_lost = events.decided_lost;
    size_t offset = sizeof(events);
    for (uint32_t i = 0; i < events.count; i++) {
        offset = take_event(offset);
    }
    CHECK(((bytes + 7) & ~(size_t)7) == offset);
    return events.count;
}

uint32_t fixture_answer(uint64_t id, uint8_t verdict)
{
    struct {
        struct pr_answers head;
        struct pr_answer answer;
    } request;
    struct pr_answer_result result;
    memset(&request, 0, sizeof(request));
    request.head.header = pr_wire_header(sizeof(request), PR_KIND_ANSWERS);
    request.head.session = fixture.session;
    request.head.count = 1;
    request.answer.id = id;
    request.answer.verdict = verdict;
    if (fixture_request(PR_IOCTL_ANSWER, &request, sizeof(request), 4096) != PR_OUTCOME_OK) {
        return 0xffffffffu;
    }
    memcpy(&result, fixture.buffer + sizeof(struct pr_results), sizeof(result));
    CHECK(result.id == id);
    return result.status;
}

struct pr_status fixture_status(void)
{
    struct pr_status_request asked = {pr_wire_header(sizeof(asked), PR_KIND_STATUS_REQUEST),
                                      fixture.session};
    struct pr_status status;
    CHECK(fixture_request(PR_IOCTL_STATUS, &asked, sizeof(asked), sizeof(status)) == PR_OUTCOME_OK);
    memcpy(&status, fixture.buffer, sizeof(status));
    return status;
}
