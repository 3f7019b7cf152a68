/* The N-th allocation fails, for every N: nothing leaks, everything gets a verdict, and the default is the configured. */
#include <string.h>

#include "fixture.h"

/* A life with every kind of end. False when there was no engine. */
static bool live(void)
{
    struct pr_flow flows[4];
    fixture.engine = pr_engine_create(NULL);
    if (fixture.engine == NULL) {
        return false;
    }
    fixture_attach();
    CHECK(fixture_set_policy(fixture_policy()) == PR_OUTCOME_OK);
    for (uint32_t i = 0; i < 4; i++) {
        flows[i] = fixture_flow(100 + i, i);
        enum pr_action action = fixture_connect(&flows[i]);
        CHECK(action == PR_ACTION_PEND || action == PR_ACTION_BLOCK);
    }
    size_t count = fixture_read();
    if (count > 0 && fixture.events[0].kind == PR_EVENT_HELD) {
        CHECK(fixture_answer(fixture.events[0].id, PR_VERDICT_ALLOW) == PR_ANSWER_ACCEPTED);
    }
    pr_engine_process_exited(fixture.engine, 101);
    pr_engine_work(fixture.engine);
    (void)fixture_reauthorize(flows[0], true);
    struct pr_closure closure;
    if (pr_engine_closure_begin(fixture.engine, &flows[2].key, &closure)) {
        CHECK(pr_engine_closure_drain(fixture.engine, &closure));
    }
    fixture_detach();
    return true;
}

static void every_failed_allocation_is_survived(void)
{
    unsigned n = 0;
    bool failed = true;
    while (failed) {
        port_reset();
        memset(&fixture, 0, sizeof(fixture));
        port.fail_allocation = ++n;
        if (live()) {
            fixture_stop();
        }
        failed = port.fail_allocation == 0;
        CHECK(port_live_allocations() == 0);
    }
    CHECK(n > 15);
}

static const struct test tests[] = {
    TEST(every_failed_allocation_is_survived),
};

const struct suite torture_suite = SUITE(tests);
