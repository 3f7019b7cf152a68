/* Threads that compete for the same holds: each operation is completed exactly once (R17, R30). */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "fixture.h"
#include "wire.h"

#define HOLDS 2000

static volatile unsigned running;

static void *connects(void *unused)
{
    (void)unused;
    for (uint32_t i = 0; i < HOLDS; i++) {
        struct pr_flow flow = fixture_flow(100 + i % 50, i);
        struct pr_decision decision = pr_engine_classify(fixture.engine, &flow);
        if (decision.action == PR_ACTION_PEND) {
            pr_engine_pended(fixture.engine, decision.hold, port_new_context());
        }
    }
    __atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void *works(void *unused)
{
    (void)unused;
    while (__atomic_load_n(&running, __ATOMIC_SEQ_CST) > 0) {
        pr_engine_work(fixture.engine);
    }
    return NULL;
}

static void *exits(void *unused)
{
    (void)unused;
    for (uint32_t i = 0; __atomic_load_n(&running, __ATOMIC_SEQ_CST) > 0; i++) {
        pr_engine_process_exited(fixture.engine, 100 + i % 50);
    }
    return NULL;
}

static void *closes(void *unused)
{
    (void)unused;
    for (uint32_t i = 0; __atomic_load_n(&running, __ATOMIC_SEQ_CST) > 0; i++) {
        struct pr_flow flow = fixture_flow(100, i % HOLDS);
        struct pr_closure closure;
        if (pr_engine_closure_begin(fixture.engine, &flow.key, &closure)) {
            while (!pr_engine_closure_drain(fixture.engine, &closure)) {
                (void)sched_yield();
            }
        }
    }
    return NULL;
}

static void *settles(void *unused)
{
    (void)unused;
    while (__atomic_load_n(&running, __ATOMIC_SEQ_CST) > 0) {
        pr_engine_settle_all(fixture.engine, PR_REASON_POWER);
    }
    return NULL;
}

static void *answers(void *unused)
{
    (void)unused;
    while (__atomic_load_n(&running, __ATOMIC_SEQ_CST) > 0) {
        size_t count = fixture_read();
        for (size_t i = 0; i < count && i < MS_MAX_EVENTS; i++) {
            struct event event = fixture.events[i];
            if (event.kind == PR_EVENT_HELD) {
                (void)fixture_answer(event.id, PR_VERDICT_ALLOW);
            }
        }
    }
    return NULL;
}

static void all_ends_compete_and_each_context_is_completed_once(void)
{
    void *(*roles[])(void *) = {connects, connects, works, works, exits, closes, settles, answers};
    pthread_t threads[8];
    fixture_start_attached();
    running = 2;
    for (size_t i = 0; i < 8; i++) {
        CHECK(pthread_create(&threads[i], NULL, roles[i], NULL) == 0);
    }
    for (size_t i = 0; i < 8; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    pr_engine_stop(fixture.engine);
    pr_engine_work(fixture.engine);
    CHECK(pr_engine_drained(fixture.engine));
    unsigned contexts = (unsigned)(uintptr_t)port_new_context() - 1;
    CHECK(contexts > 0 && port.completed == contexts);
    pr_engine_destroy(fixture.engine);
}

static const struct test tests[] = {
    TEST(all_ends_compete_and_each_context_is_completed_once),
};

const struct suite race_suite = SUITE(tests);
