#include "engine_state.h"

#include <string.h>

#define TAG 0x65547250u /* PrTe */

/* Until a client sets a policy nothing is cut off; a hold that nobody answers is blocked. */
#define DEFAULT_POLICY                                                                             \
    ((uint64_t)PR_MODE_ASK << PR_POLICY_MODE | (uint64_t)PR_LOOPBACK_ALLOW << PR_POLICY_LOOPBACK | \
     (uint64_t)PR_VERDICT_ALLOW << PR_POLICY_NO_CLIENT |                                           \
     (uint64_t)PR_VERDICT_BLOCK << PR_POLICY_WATCHDOG |                                            \
     (uint64_t)PR_VERDICT_BLOCK << PR_POLICY_FULL |                                                \
     (uint64_t)PR_VERDICT_ALLOW << PR_POLICY_UNKNOWN)
#define DEFAULT_HOLD_MS   60000u
#define INJECTION_BUCKETS 256

static void init_lists(struct pr_engine *engine)
{
    pr_list_init(&engine->announce);
    pr_list_init(&engine->settled);
    pr_list_init(&engine->decided);
    pr_list_init(&engine->work);
    pr_list_init(&engine->closures);
    pr_list_init(&engine->inject);
    pr_list_init(&engine->refused);
}

struct pr_engine *pr_engine_create(void *edge)
{
    struct pr_engine *engine = pr_port_allocate(sizeof(*engine), TAG);
    if (engine == NULL) {
        return NULL;
    }
    engine->edge = edge;
    engine->policy = DEFAULT_POLICY;
    engine->hold_ms = DEFAULT_HOLD_MS;
    engine->loaded_at = pr_port_system_time();
    engine->next_id = 1;
    pr_port_lock_init(&engine->lock);
    init_lists(engine);
    if (!pr_rules_create(engine) || !pr_hold_table_create(&engine->holds, pr_port_random()) ||
        !pr_hash_table_create(&engine->injections, INJECTION_BUCKETS) ||
        !pr_flow_table_create(&engine->flows, pr_port_random()) ||
        !pr_listeners_create(&engine->listeners, pr_port_random())) {
        pr_engine_destroy(engine);
        return NULL;
    }
    return engine;
}

static void free_events(struct pr_engine *engine, struct pr_link *list)
{
    struct pr_link *link;
    while ((link = pr_list_take(list)) != NULL) {
        struct pr_hold *hold = PR_CONTAINER(link, struct pr_hold, event);
        pr_settle_event_gone(engine, hold);
    }
}

static void free_awaiting(struct pr_engine *engine)
{
    struct pr_deadline *deadline;
    while ((deadline = pr_deadline_first(&engine->holds.deadlines)) != NULL) {
        struct pr_hold *hold = PR_CONTAINER(deadline, struct pr_hold, deadline);
        pr_hold_table_remove(&engine->holds, hold);
        pr_list_remove(&hold->event);
        pr_datagram_free_list(&hold->datagrams);
        pr_hold_free(hold);
    }
}

void pr_engine_destroy(struct pr_engine *engine)
{
    if (engine->holds.deadlines.entries != NULL) {
        free_awaiting(engine);
    }
    pr_datagram_free_list(&engine->inject);
    free_events(engine, &engine->settled);
    free_events(engine, &engine->decided);
    pr_hash_table_destroy(&engine->injections);
    pr_hold_table_destroy(&engine->holds);
    pr_flow_table_destroy(&engine->flows);
    pr_listeners_destroy(&engine->listeners);
    pr_rules_destroy(engine);
    pr_port_free(engine, TAG);
}

void pr_engine_lock(struct pr_engine *engine, struct pr_port_lock_state *state)
{
    pr_port_acquire(&engine->lock, state);
}

void pr_engine_unlock(struct pr_engine *engine, struct pr_port_lock_state *state)
{
    uint32_t wake = engine->wake;
    engine->wake = 0;
    pr_port_release(&engine->lock, state);
    if ((wake & PR_WAKE_WORKER) != 0) {
        pr_port_schedule_worker(engine->edge);
    }
    if ((wake & PR_WAKE_EVENTS) != 0) {
        pr_port_events_ready(engine->edge);
    }
    if ((wake & PR_WAKE_DRAINED) != 0) {
        pr_port_drained(engine->edge);
    }
}

void pr_engine_tick(struct pr_engine *engine)
{
    struct pr_port_lock_state state;
    bool more = true;
    while (more) {
        pr_engine_lock(engine, &state);
        engine->timer_due = 0;
        more = pr_settle_overdue(engine);
        pr_engine_unlock(engine, &state);
    }
}

void pr_engine_stop(struct pr_engine *engine)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    engine->stopping = true;
    pr_engine_unlock(engine, &state);
    pr_engine_settle_all(engine, PR_REASON_UNLOAD);
}

bool pr_engine_stopping(struct pr_engine *engine)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    bool stopping = engine->stopping;
    pr_engine_unlock(engine, &state);
    return stopping;
}

bool pr_engine_completed(struct pr_engine *engine)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    bool completed = engine->uncompleted == 0;
    pr_engine_unlock(engine, &state);
    return completed;
}

static bool is_drained(const struct pr_engine *engine)
{
    return engine->uncompleted == 0 && engine->waiting == 0;
}

bool pr_engine_drained(struct pr_engine *engine)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    bool drained = is_drained(engine);
    pr_engine_unlock(engine, &state);
    return drained;
}

bool pr_engine_quiet(struct pr_engine *engine)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    bool quiet = is_drained(engine) && engine->awaiting == 0 && engine->injecting == NULL &&
                 pr_list_empty(&engine->inject);
    pr_engine_unlock(engine, &state);
    return quiet;
}
