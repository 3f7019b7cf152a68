/* One client, one session: handshake, ownership, policy, events, caps, and what happens without it. */
#include <string.h>

#include "fixture.h"
#include "wire.h"

static const char other_handle;

static void hello_must_come_first_and_once(void)
{
    struct pr_read read = {pr_wire_header(sizeof(read), PR_KIND_READ), 0};
    struct pr_hello hello = {pr_wire_header(sizeof(hello), PR_KIND_HELLO), 1, 0};
    fixture_start();
    CHECK(fixture_request(PR_IOCTL_READ_EVENTS, &read, sizeof(read), 65536) ==
          PR_OUTCOME_ACCESS_DENIED);
    CHECK(pr_client_open(fixture.engine, CLIENT, CLIENT_PID) == PR_OUTCOME_OK);
    CHECK(fixture_request(PR_IOCTL_READ_EVENTS, &read, sizeof(read), 65536) == PR_OUTCOME_NO_HELLO);
    CHECK(fixture_request(PR_IOCTL_HELLO, &hello, sizeof(hello), 39) ==
          PR_OUTCOME_BUFFER_TOO_SMALL);
    CHECK(fixture_request(PR_IOCTL_HELLO, &hello, sizeof(hello), 40) == PR_OUTCOME_OK);
    CHECK(fixture_request(PR_IOCTL_HELLO, &hello, sizeof(hello), 40) == PR_OUTCOME_NO_HELLO);
    fixture_stop();
}

static void only_one_handle_owns_the_device(void)
{
    fixture_start_attached();
    CHECK(pr_client_open(fixture.engine, &other_handle, 1) == PR_OUTCOME_IN_USE);
    pr_client_close(fixture.engine, &other_handle);
    CHECK(fixture_status().held_now == 0);
    struct pr_request request = {PR_IOCTL_STATUS, fixture.buffer, 16, 4096, 0};
    struct pr_status_request asked = {pr_wire_header(sizeof(asked), PR_KIND_STATUS_REQUEST),
                                      fixture.session};
    memcpy(fixture.buffer, &asked, sizeof(asked));
    CHECK(pr_client_request(fixture.engine, &other_handle, &request) == PR_OUTCOME_ACCESS_DENIED);
    fixture_stop();
}

static void control_codes_are_compared_whole(void)
{
    struct pr_status_request asked;
    fixture_start_attached();
    asked.header = pr_wire_header(sizeof(asked), PR_KIND_STATUS_REQUEST);
    asked.session = fixture.session;
    for (unsigned bit = 0; bit < 32; bit++) {
        uint32_t code = PR_IOCTL_STATUS ^ (1u << bit);
        CHECK(fixture_request(code, &asked, sizeof(asked), 4096) != PR_OUTCOME_OK);
    }
    CHECK(fixture_request(PR_IOCTL_STATUS, &asked, sizeof(asked), 4096) == PR_OUTCOME_OK);
    asked.session ^= 1;
    CHECK(fixture_request(PR_IOCTL_STATUS, &asked, sizeof(asked), 4096) ==
          PR_OUTCOME_ACCESS_DENIED);
    fixture_stop();
}

static void refused_policy_changes_nothing(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    struct pr_policy policy = fixture_policy();
    policy.mode = PR_MODE_LOCKDOWN;
    policy.session ^= 8;
    CHECK(fixture_set_policy(policy) == PR_OUTCOME_ACCESS_DENIED);
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    fixture_stop();
}

static void own_process_and_loopback_are_never_held(void)
{
    struct pr_flow own = fixture_flow(CLIENT_PID, 1);
    struct pr_flow loopback = fixture_flow(100, 2);
    loopback.flags |= PR_FLOW_LOOPBACK;
    fixture_start_attached();
    CHECK(fixture_connect(&own) == PR_ACTION_PERMIT);
    CHECK(fixture_connect(&loopback) == PR_ACTION_PERMIT);
    struct pr_policy policy = fixture_policy();
    policy.loopback = PR_LOOPBACK_ASK;
    CHECK(fixture_set_policy(policy) == PR_OUTCOME_OK);
    CHECK(fixture_connect(&loopback) == PR_ACTION_PEND);
    CHECK(fixture_read() == 1);
    CHECK(fixture.events[0].connection.flags == PR_CONNECTION_LOOPBACK);
    fixture_detach();
    CHECK(fixture_connect(&own) == PR_ACTION_BLOCK);
    fixture_stop();
}

static void lockdown_blocks_what_is_new_and_keeps_what_lives(void)
{
    struct pr_flow old = fixture_flow(100, 1);
    struct pr_flow fresh = fixture_flow(100, 2);
    struct pr_flow own = fixture_flow(CLIENT_PID, 3);
    fixture_start_attached();
    CHECK(fixture_connect(&old) == PR_ACTION_PEND);
    CHECK(fixture_read() == 1);
    CHECK(fixture_answer(fixture.events[0].id, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
    pr_engine_work(fixture.engine);
    CHECK(fixture_reauthorize(old, true) == PR_ACTION_PERMIT);
    struct pr_policy policy = fixture_policy();
    policy.mode = PR_MODE_LOCKDOWN;
    CHECK(fixture_set_policy(policy) == PR_OUTCOME_OK);
    CHECK(fixture_connect(&fresh) == PR_ACTION_BLOCK);
    CHECK(fixture_connect(&own) == PR_ACTION_PERMIT);
    CHECK(fixture_reauthorize(old, false) == PR_ACTION_PERMIT);
    CHECK(fixture_status().held_now == 0);
    fixture_stop();
}

static void without_a_client_connections_get_the_policy_and_are_remembered(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    struct pr_policy policy = fixture_policy();
    policy.no_client_verdict = PR_VERDICT_ALLOW;
    CHECK(fixture_set_policy(policy) == PR_OUTCOME_OK);
    fixture_detach();
    CHECK(fixture_connect(&flow) == PR_ACTION_PERMIT);
    CHECK(fixture_reauthorize(flow, false) == PR_ACTION_PERMIT);
    fixture_attach();
    CHECK(fixture_read() == 1 && fixture.events[0].kind == PR_EVENT_DECIDED);
    CHECK(fixture.events[0].reason == PR_REASON_NO_CLIENT && fixture.events[0].id == 0);
    CHECK(fixture.events[0].verdict == PR_VERDICT_ALLOW && fixture.events[0].path_bytes == 12);
    fixture_stop();
}

static void handle_without_hello_is_no_client(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    fixture_detach();
    CHECK(pr_client_open(fixture.engine, CLIENT, CLIENT_PID) == PR_OUTCOME_OK);
    CHECK(fixture_connect(&flow) == PR_ACTION_BLOCK);
    CHECK(!pr_client_has_events(fixture.engine, CLIENT));
    fixture_stop();
}

static void lost_client_settles_everything_for_the_next_one(void)
{
    fixture_start_attached();
    for (uint32_t i = 0; i < 50; i++) {
        struct pr_flow flow = fixture_flow(100, i);
        CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    }
    CHECK(fixture_read() == 50);
    CHECK(fixture_answer(fixture.events[0].id, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
    pr_engine_process_exited(fixture.engine, 12345);
    fixture_detach();
    pr_engine_work(fixture.engine);
    CHECK(port.completed == 50);
    fixture_attach();
    CHECK(fixture_read() == 49);
    for (size_t i = 0; i < 49; i++) {
        CHECK(fixture.events[i].kind == PR_EVENT_DECIDED && fixture.events[i].id != 0);
        CHECK(fixture.events[i].reason == PR_REASON_CLIENT_LOST);
    }
    CHECK(fixture_status().client_lost == 49);
    fixture_stop();
}

static void untold_ends_reach_the_next_client(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    CHECK(fixture_read() == 1);
    port_advance(fixture.engine, 6000);
    fixture_detach();
    fixture_attach();
    CHECK(fixture_read() == 1 && fixture.events[0].kind == PR_EVENT_DECIDED);
    CHECK(fixture.events[0].reason == PR_REASON_WATCHDOG);
    fixture_stop();
}

static void answers_for_others_are_refused(void)
{
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    CHECK(fixture_answer(0, PR_VERDICT_ALLOW) == PR_ANSWER_UNKNOWN);
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    CHECK(fixture_answer(1, PR_VERDICT_ALLOW) == PR_ANSWER_UNKNOWN);
    CHECK(fixture_read() == 1);
    uint64_t id = fixture.events[0].id;
    CHECK(fixture_answer(id, PR_VERDICT_NONE) == PR_ANSWER_INVALID);
    CHECK(fixture_answer(id, 4) == PR_ANSWER_INVALID);
    CHECK(fixture_answer(id + 1, PR_VERDICT_ALLOW) == PR_ANSWER_UNKNOWN);
    CHECK(fixture_answer(id, PR_VERDICT_BLOCK) == PR_ANSWER_ACCEPTED);
    CHECK(fixture_answer(id, PR_VERDICT_ALLOW) == PR_ANSWER_UNKNOWN);
    CHECK(fixture_status().answered == 1);
    fixture_stop();
}

static void batch_of_answers_is_judged_one_by_one(void)
{
    static struct {
        struct pr_answers head;
        struct pr_answer answers[40];
    } request;
    struct pr_results results;
    memset(&request, 0, sizeof(request));
    fixture_start_attached();
    for (uint32_t i = 0; i < 20; i++) {
        struct pr_flow flow = fixture_flow(100, i);
        CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    }
    CHECK(fixture_read() == 20);
    request.head.header = pr_wire_header(sizeof(request), PR_KIND_ANSWERS);
    request.head.session = fixture.session;
    request.head.count = 40;
    for (uint32_t i = 0; i < 40; i++) {
        request.answers[i].id = fixture.events[i % 20].id;
        request.answers[i].verdict = PR_VERDICT_ALLOW;
    }
    CHECK(fixture_request(PR_IOCTL_ANSWER, &request, sizeof(request), 16 + 39 * 16) ==
          PR_OUTCOME_BUFFER_TOO_SMALL);
    CHECK(fixture_request(PR_IOCTL_ANSWER, &request, sizeof(request), 16 + 40 * 16) ==
          PR_OUTCOME_OK);
    memcpy(&results, fixture.buffer, sizeof(results));
    CHECK(results.count == 40 && results.accepted == 20);
    for (uint32_t i = 0; i < 40; i++) {
        struct pr_answer_result result;
        memcpy(&result, fixture.buffer + sizeof(results) + i * sizeof(result), sizeof(result));
        CHECK(result.id == request.answers[i].id);
        CHECK(result.status == (i < 20 ? PR_ANSWER_ACCEPTED : PR_ANSWER_UNKNOWN));
    }
    fixture_stop();
}

static void caps_bound_one_process_and_all(void)
{
    fixture_start_attached();
    for (uint32_t i = 0; i < PR_MAX_HELD_PER_PROCESS; i++) {
        struct pr_flow flow = fixture_flow(100, i);
        CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    }
    struct pr_flow more = fixture_flow(100, 9999);
    struct pr_flow other = fixture_flow(101, 9999);
    CHECK(fixture_connect(&more) == PR_ACTION_BLOCK);
    CHECK(fixture_connect(&other) == PR_ACTION_PEND);
    for (uint32_t i = 0; fixture_status().held_now < PR_MAX_HELD; i++) {
        struct pr_flow flow = fixture_flow(200 + i % 100, 10000 + i);
        CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    }
    more.process_id = 999;
    CHECK(fixture_connect(&more) == PR_ACTION_BLOCK);
    CHECK(fixture_status().full == 2 && fixture_status().held_peak == PR_MAX_HELD);
    pr_engine_process_exited(fixture.engine, 100);
    CHECK(fixture_connect(&more) == PR_ACTION_PEND);
    fixture_stop();
}

static void kept_records_are_bounded_and_the_loss_is_told(void)
{
    size_t kept = 0;
    uint32_t lost = 0;
    fixture_start_attached();
    fixture_detach();
    for (uint32_t i = 0; i < PR_MAX_DECIDED_KEPT + 100; i++) {
        struct pr_flow flow = fixture_flow(100, i);
        CHECK(fixture_connect(&flow) == PR_ACTION_BLOCK);
    }
    fixture_attach();
    for (size_t count; (count = fixture_read()) > 0;) {
        kept += count;
        lost += fixture.decided_lost;
    }
    CHECK(kept == PR_MAX_DECIDED_KEPT && lost == 100);
    CHECK(fixture_status().decided_lost == 100);
    fixture_stop();
}

static void longest_path_fits_the_smallest_batch_and_is_flagged_when_cut(void)
{
    static uint8_t path[PR_MAX_PATH_BYTES];
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    flow.path = path;
    flow.path_bytes = sizeof(path);
    flow.flags |= PR_FLOW_PATH_CUT;
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    flow.key.endpoint++;
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    size_t bytes =
        pr_client_read_events(fixture.engine, CLIENT, fixture.buffer, PR_MIN_EVENT_BATCH_BYTES);
    CHECK(bytes > PR_MAX_PATH_BYTES && bytes <= PR_MIN_EVENT_BATCH_BYTES);
    fixture.sequence = 1;
    CHECK(fixture_read() == 1);
    CHECK((fixture.events[0].connection.flags & PR_CONNECTION_PATH_CUT) != 0);
    fixture_stop();
}

static void read_events_is_for_the_owner_and_its_buffer_must_fit(void)
{
    struct pr_read read;
    struct pr_flow flow = fixture_flow(100, 1);
    fixture_start_attached();
    read.header = pr_wire_header(sizeof(read), PR_KIND_READ);
    read.session = fixture.session;
    CHECK(fixture_request(PR_IOCTL_READ_EVENTS, &read, sizeof(read),
                          PR_MIN_EVENT_BATCH_BYTES - 1) == PR_OUTCOME_BUFFER_TOO_SMALL);
    CHECK(fixture_request(PR_IOCTL_READ_EVENTS, &read, sizeof(read), PR_MIN_EVENT_BATCH_BYTES) ==
          PR_OUTCOME_PENDING);
    CHECK(fixture_connect(&flow) == PR_ACTION_PEND);
    CHECK(!pr_client_has_events(fixture.engine, &other_handle));
    CHECK(pr_client_read_events(fixture.engine, &other_handle, fixture.buffer, 65536) == 0);
    CHECK(pr_client_has_events(fixture.engine, CLIENT));
    fixture_stop();
}

static const struct test tests[] = {
    TEST(hello_must_come_first_and_once),
    TEST(only_one_handle_owns_the_device),
    TEST(control_codes_are_compared_whole),
    TEST(refused_policy_changes_nothing),
    TEST(own_process_and_loopback_are_never_held),
    TEST(lockdown_blocks_what_is_new_and_keeps_what_lives),
    TEST(without_a_client_connections_get_the_policy_and_are_remembered),
    TEST(handle_without_hello_is_no_client),
    TEST(lost_client_settles_everything_for_the_next_one),
    TEST(untold_ends_reach_the_next_client),
    TEST(answers_for_others_are_refused),
    TEST(batch_of_answers_is_judged_one_by_one),
    TEST(caps_bound_one_process_and_all),
    TEST(kept_records_are_bounded_and_the_loss_is_told),
    TEST(longest_path_fits_the_smallest_batch_and_is_flagged_when_cut),
    TEST(read_events_is_for_the_owner_and_its_buffer_must_fit),
};

const struct suite client_suite = SUITE(tests);
