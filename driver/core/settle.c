/* The life of a hold after it was pended: claim, completion, reauthorization, closure. See hold_table.h, engine.h. */
#include "atomic.h"
#include "engine_state.h"

/* Claims made per lock hold when everything has to be settled. */
#define CLAIMS_PER_LOCK 64

uint8_t pr_settle_verdict(const struct pr_engine *engine, uint8_t reason)
{
    uint64_t policy = pr_atomic_load(&engine->policy);
    switch (reason) {
    case PR_REASON_CLIENT_LOST:
    case PR_REASON_NO_CLIENT:
    case PR_REASON_UNLOAD:
        return pr_policy_field(policy, PR_POLICY_NO_CLIENT);
    case PR_REASON_WATCHDOG:
    case PR_REASON_POWER:
        return pr_policy_field(policy, PR_POLICY_WATCHDOG);
    case PR_REASON_FULL:
    case PR_REASON_PEND_FAILED:
    case PR_REASON_NO_MEMORY:
        return pr_policy_field(policy, PR_POLICY_FULL);
    default:
        return PR_VERDICT_BLOCK;
    }
}

void pr_settle_set_deadline(struct pr_engine *engine, struct pr_hold *hold, uint64_t due)
{
    pr_deadline_set(&engine->holds.deadlines, &hold->deadline, due);
    if (engine->timer_due == 0 || due < engine->timer_due) {
        engine->timer_due = due;
        pr_port_set_timer(engine->edge, due);
    }
}

void pr_settle_event_gone(struct pr_engine *engine, struct pr_hold *hold)
{
    (void)engine;
    pr_list_remove(&hold->event);
    if (hold->state == PR_HOLD_DONE) {
        pr_hold_free(hold);
    }
}

void pr_settle_keep_decided(struct pr_engine *engine, struct pr_hold *hold)
{
    if (engine->decided_count == PR_MAX_DECIDED_KEPT) {
        engine->decided_lost++;
        engine->counters.decided_lost++;
        engine->decided_count--;
        pr_settle_event_gone(engine, PR_CONTAINER(engine->decided.next, struct pr_hold, event));
    }
    engine->decided_count++;
    pr_list_append(&engine->decided, &hold->event);
    if (engine->session.state == PR_SESSION_READY) {
        engine->wake |= PR_WAKE_EVENTS;
    }
}

/* The client that was told of the hold is told of its end; otherwise it is a record for the next one. */
static void queue_end(struct pr_engine *engine, struct pr_hold *hold)
{
    pr_list_remove(&hold->event);
    if (engine->session.state == PR_SESSION_READY && hold->announced_to == engine->session.nonce) {
        pr_list_append(&engine->settled, &hold->event);
        engine->wake |= PR_WAKE_EVENTS;
    } else {
        pr_settle_keep_decided(engine, hold);
    }
}

static void queue_completion(struct pr_engine *engine, struct pr_hold *hold)
{
    pr_list_append(&engine->work, &hold->work);
    engine->wake |= PR_WAKE_WORKER;
}

bool pr_settle_claim(struct pr_engine *engine, struct pr_hold *hold, uint8_t verdict,
                     uint8_t reason)
{
    if (hold->state > PR_HOLD_PENDED) {
        return false;
    }
    hold->state = PR_HOLD_CLAIMED;
    hold->connection.verdict = verdict;
    hold->connection.reason = reason;
    hold->connection.deadline = 0;
    hold->settled_at = pr_port_system_time();
    engine->counters.by_reason[reason]++;
    struct pr_processor_slot *slot = pr_readers_slot(&engine->readers);
    pr_atomic_add(verdict == PR_VERDICT_ALLOW ? &slot->allowed : &slot->blocked, 1);
    pr_hold_table_claimed(&engine->holds, hold);
    if (verdict != PR_VERDICT_ALLOW) {
        pr_datagrams_discard(engine, hold);
    }
    queue_end(engine, hold);
    if (hold->has_context) {
        queue_completion(engine, hold);
    }
    return true;
}

/* Somebody waits until nothing is under way any more. */
static bool is_ending(const struct pr_engine *engine)
{
    return engine->stopping || engine->suspended;
}

/* One less of what is waited for at the end. */
static void count_down(struct pr_engine *engine, uint32_t *count)
{
    (*count)--;
    if (is_ending(engine) && *count == 0) {
        engine->wake |= PR_WAKE_DRAINED;
    }
}

static void finish(struct pr_engine *engine, struct pr_hold *hold)
{
    if (hold->state == PR_HOLD_REFUSED) {
        pr_list_remove(&hold->held);
        engine->refused_count--;
    }
    pr_datagrams_discard(engine, hold);
    pr_hold_table_remove(&engine->holds, hold);
    hold->state = PR_HOLD_DONE;
    if (pr_list_empty(&hold->event)) {
        pr_hold_free(hold);
    }
}

void pr_closure_progress(struct pr_engine *engine, struct pr_closure *closure)
{
    if (closure->pended && pr_list_empty(&closure->holds) && pr_list_empty(&closure->datagrams)) {
        pr_list_append(&engine->closures, &closure->link);
        engine->wake |= PR_WAKE_WORKER;
    }
}

static void release_closure(struct pr_engine *engine, struct pr_hold *hold)
{
    struct pr_closure *closure = hold->closure;
    hold->closure = NULL;
    pr_list_remove(&hold->of_closure);
    if (closure != NULL) {
        pr_closure_progress(engine, closure);
    }
}

void pr_settle_abandon(struct pr_engine *engine, struct pr_hold *hold)
{
    release_closure(engine, hold);
    count_down(engine, &engine->uncompleted);
    finish(engine, hold);
}

static void end_await(struct pr_engine *engine, struct pr_hold *hold)
{
    count_down(engine, &engine->awaiting);
    finish(engine, hold);
}

void pr_settle_reauthorized(struct pr_engine *engine, struct pr_hold *hold)
{
    hold->reauthorized = true;
    if (hold->state == PR_HOLD_AWAIT_REAUTHORIZE) {
        pr_datagrams_release(engine, hold);
        end_await(engine, hold);
    }
}

/* Its peer will try again: not to be asked about again, nor to be let in. */
static void refuse(struct pr_engine *engine, struct pr_hold *hold)
{
    if (engine->refused_count == PR_MAX_REFUSED) {
        finish(engine, PR_CONTAINER(engine->refused.next, struct pr_hold, held));
    }
    hold->state = PR_HOLD_REFUSED;
    engine->refused_count++;
    pr_list_append(&engine->refused, &hold->held);
    pr_settle_set_deadline(engine, hold,
                           pr_port_monotonic() + (uint64_t)PR_REFUSE_MS * PR_UNITS_PER_MS);
}

/* FwpsCompleteOperation0 has returned. */
static void completed(struct pr_engine *engine, struct pr_hold *hold)
{
    bool inbound = pr_key_is_inbound(&hold->key);
    release_closure(engine, hold);
    count_down(engine, &engine->uncompleted);
    pr_datagrams_release(engine, hold);
    if (hold->reauthorized || hold->closed || (inbound && is_ending(engine))) {
        finish(engine, hold);
        return;
    }
    if (pr_key_is_handshake(&hold->key)) {
        pr_hash_table_remove(&hold->by_endpoint); /* it goes, the connection doesn't */
    }
    if (inbound && hold->connection.verdict != PR_VERDICT_ALLOW) {
        refuse(engine, hold);
        return;
    }
    hold->state = PR_HOLD_AWAIT_REAUTHORIZE;
    engine->awaiting++;
    pr_settle_set_deadline(engine, hold,
                           pr_port_monotonic() + (uint64_t)PR_AWAIT_MS * PR_UNITS_PER_MS);
}

/* The verdict is recorded before the call, since the reauthorization may run inside it (R19). Lock held, and free
 * during the call (R15, R20). */
static void complete(struct pr_engine *engine, struct pr_hold *hold,
                     struct pr_port_lock_state *state)
{
    void *context = hold->context;
    struct pr_datagram *packet = pr_datagrams_take_first(engine, hold);
    hold->state = PR_HOLD_COMPLETED;
    hold->context = NULL;
    hold->completer = pr_port_thread();
    pr_engine_unlock(engine, state);
    bool whole = pr_port_complete_operation(engine->edge, context, packet);
    pr_engine_lock(engine, state);
    if (!whole) {
        pr_datagrams_discard(engine, hold);
    }
    completed(engine, hold);
}

static bool complete_next(struct pr_engine *engine, struct pr_port_lock_state *state)
{
    struct pr_link *link = pr_list_take(&engine->work);
    if (link == NULL) {
        return false;
    }
    complete(engine, PR_CONTAINER(link, struct pr_hold, work), state);
    return true;
}

static bool complete_next_closure(struct pr_engine *engine, struct pr_port_lock_state *state)
{
    struct pr_link *link = pr_list_take(&engine->closures);
    if (link == NULL) {
        return false;
    }
    pr_engine_unlock(engine, state);
    pr_port_complete_closure(engine->edge, PR_CONTAINER(link, struct pr_closure, link));
    pr_engine_lock(engine, state);
    count_down(engine, &engine->waiting);
    return true;
}

void pr_engine_work(struct pr_engine *engine)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    while (complete_next(engine, &state) || complete_next_closure(engine, &state) ||
           pr_datagrams_inject_next(engine, &state)) {
    }
    /* What is left to wake for is what arrived meanwhile: completions of others, events. */
    pr_engine_unlock(engine, &state);
    pr_rules_reclaim(engine);
}

void pr_engine_pended(struct pr_engine *engine, struct pr_hold *hold, void *context)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    hold->context = context;
    hold->has_context = true;
    if (hold->state == PR_HOLD_CLAIMED) {
        queue_completion(engine, hold);
    } else {
        hold->state = PR_HOLD_PENDED;
        pr_list_append(&engine->announce, &hold->event);
        engine->wake |= PR_WAKE_EVENTS;
    }
    pr_engine_unlock(engine, &state);
}

/* It was decided, and what it still waited for doesn't come. */
static void end_decided(struct pr_engine *engine, struct pr_hold *hold)
{
    if (hold->state == PR_HOLD_AWAIT_REAUTHORIZE) {
        end_await(engine, hold);
    } else if (hold->state == PR_HOLD_REFUSED) {
        finish(engine, hold);
    }
}

static void overdue(struct pr_engine *engine, struct pr_hold *hold)
{
    if (hold->state > PR_HOLD_COMPLETED) {
        end_decided(engine, hold);
        return;
    }
    (void)pr_settle_claim(engine, hold, pr_settle_verdict(engine, PR_REASON_WATCHDOG),
                          PR_REASON_WATCHDOG);
}

bool pr_settle_overdue(struct pr_engine *engine)
{
    uint64_t now = pr_port_monotonic();
    struct pr_deadline *first = pr_deadline_first(&engine->holds.deadlines);
    for (uint32_t i = 0; i < CLAIMS_PER_LOCK && first != NULL && first->due <= now; i++) {
        overdue(engine, PR_CONTAINER(first, struct pr_hold, deadline));
        first = pr_deadline_first(&engine->holds.deadlines);
    }
    if (first == NULL) {
        return false;
    }
    if (first->due > now && engine->timer_due == 0) {
        engine->timer_due = first->due;
        pr_port_set_timer(engine->edge, first->due);
    }
    return first->due <= now;
}

/* The oldest hold that is still to be settled, when only those before `limit` are meant. */
static struct pr_hold *oldest_before(struct pr_engine *engine, uint64_t limit)
{
    if (pr_list_empty(&engine->holds.held)) {
        return NULL;
    }
    struct pr_hold *hold = PR_CONTAINER(engine->holds.held.next, struct pr_hold, held);
    return hold->connection.id < limit ? hold : NULL;
}

void pr_settle_before(struct pr_engine *engine, uint64_t limit, uint8_t reason)
{
    struct pr_port_lock_state state;
    struct pr_hold *hold;
    do {
        pr_engine_lock(engine, &state);
        uint8_t verdict = pr_settle_verdict(engine, reason);
        hold = oldest_before(engine, limit);
        for (uint32_t i = 0; i < CLAIMS_PER_LOCK && hold != NULL; i++) {
            (void)pr_settle_claim(engine, hold, verdict, reason);
            hold = oldest_before(engine, limit);
        }
        pr_engine_unlock(engine, &state);
    } while (hold != NULL);
}

void pr_engine_settle_all(struct pr_engine *engine, uint8_t reason)
{
    pr_settle_before(engine, UINT64_MAX, reason);
}

void pr_engine_process_exited(struct pr_engine *engine, uint64_t process_id)
{
    struct pr_port_lock_state state;
    struct pr_hold *hold;
    pr_engine_lock(engine, &state);
    while ((hold = pr_hold_table_of_process(&engine->holds, process_id)) != NULL) {
        (void)pr_settle_claim(engine, hold, PR_VERDICT_BLOCK, PR_REASON_PROCESS_EXITED);
    }
    pr_rules_forget_process(engine, process_id);
    pr_engine_unlock(engine, &state);
}

/* Nobody accepts any more. The operation is of another endpoint, which has a closure of its own. */
static void close_visitor(struct pr_engine *engine, struct pr_hold *hold)
{
    pr_hash_table_remove(&hold->by_listener);
    (void)pr_settle_claim(engine, hold, PR_VERDICT_BLOCK, PR_REASON_ENDPOINT_CLOSED);
    end_decided(engine, hold);
}

/* What was decided of a handshake outlasts the endpoint that its first packet had. */
static void close_hold(struct pr_engine *engine, struct pr_hold *hold, struct pr_closure *closure)
{
    if (hold->state == PR_HOLD_COMPLETED && pr_key_is_handshake(&hold->key)) {
        pr_hash_table_remove(&hold->by_endpoint);
    } else {
        hold->closed = true;
        (void)pr_settle_claim(engine, hold, PR_VERDICT_BLOCK, PR_REASON_ENDPOINT_CLOSED);
    }
    if (hold->state > PR_HOLD_COMPLETED) {
        end_decided(engine, hold);
        return;
    }
    hold->closure = closure;
    pr_list_append(&closure->holds, &hold->of_closure);
}

bool pr_engine_closure_begin(struct pr_engine *engine, const struct pr_key *key,
                             struct pr_closure *closure)
{
    struct pr_port_lock_state state;
    struct pr_hold *hold;
    pr_list_init(&closure->link);
    pr_list_init(&closure->holds);
    pr_list_init(&closure->datagrams);
    closure->pended = false;
    pr_engine_lock(engine, &state);
    pr_flow_table_close(&engine->flows, key);
    while ((hold = pr_hold_table_of_endpoint(&engine->holds, key)) != NULL) {
        close_hold(engine, hold, closure);
    }
    while ((key->known & PR_KNOWN_ENDPOINT) != 0 &&
           (hold = pr_hold_table_of_listener(&engine->holds, key->endpoint)) != NULL) {
        close_visitor(engine, hold);
    }
    if ((key->known & PR_KNOWN_ENDPOINT) != 0) {
        pr_listeners_forget(&engine->listeners, key->endpoint);
    }
    pr_datagrams_close(engine, key, closure);
    /* When unload has completed all holds it waits for no closure any more, and there are no new holds. */
    closure->may_pend = !engine->stopping || !pr_list_empty(&closure->holds);
    bool wait = !pr_list_empty(&closure->holds) || !pr_list_empty(&closure->datagrams);
    pr_engine_unlock(engine, &state);
    return wait;
}

void pr_engine_listens(struct pr_engine *engine, const struct pr_key *key, uint64_t service_tag)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    pr_listeners_add(&engine->listeners, key, service_tag);
    pr_engine_unlock(engine, &state);
}

void pr_engine_released(struct pr_engine *engine, const struct pr_key *key)
{
    struct pr_port_lock_state state;
    struct pr_hold *hold;
    if ((key->known & PR_KNOWN_ENDPOINT) == 0) {
        return;
    }
    pr_engine_lock(engine, &state);
    while ((hold = pr_hold_table_unclaimed(&engine->holds, key->endpoint)) != NULL) {
        (void)pr_settle_claim(engine, hold, PR_VERDICT_BLOCK, PR_REASON_ENDPOINT_CLOSED);
    }
    while ((hold = pr_hold_table_of_listener(&engine->holds, key->endpoint)) != NULL) {
        close_visitor(engine, hold);
    }
    pr_listeners_forget(&engine->listeners, key->endpoint);
    pr_engine_unlock(engine, &state);
}

void pr_engine_sleep(struct pr_engine *engine, bool asleep)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    engine->asleep = asleep;
    pr_engine_unlock(engine, &state);
    if (asleep) {
        pr_engine_settle_all(engine, PR_REASON_POWER);
    }
}

void pr_engine_suspend(struct pr_engine *engine, bool suspended)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    engine->suspended = suspended;
    pr_engine_unlock(engine, &state);
    if (suspended) {
        pr_engine_settle_all(engine, PR_REASON_UNLOAD);
    }
}

void pr_engine_closure_pended(struct pr_engine *engine, struct pr_closure *closure,
                              struct pr_closure *pended)
{
    struct pr_port_lock_state state;
    struct pr_link *link;
    pr_list_init(&pended->link);
    pr_list_init(&pended->holds);
    pr_list_init(&pended->datagrams);
    pended->pended = true;
    pr_engine_lock(engine, &state);
    engine->waiting++;
    while ((link = pr_list_take(&closure->holds)) != NULL) {
        PR_CONTAINER(link, struct pr_hold, of_closure)->closure = pended;
        pr_list_append(&pended->holds, link);
    }
    while ((link = pr_list_take(&closure->datagrams)) != NULL) {
        PR_CONTAINER(link, struct pr_datagram, of_closure)->closure = pended;
        pr_list_append(&pended->datagrams, link);
    }
    pr_closure_progress(engine, pended);
    pr_engine_unlock(engine, &state);
}

/* A hold that this thread can do something about: it waits for the worker, or its completion is what we are inside of
 * (the closure was caused by the verdict). */
static struct pr_hold *drainable(const struct pr_closure *closure, uintptr_t thread)
{
    const struct pr_link *link = closure->holds.next;
    for (; link != &closure->holds; link = link->next) {
        struct pr_hold *hold = PR_CONTAINER(link, struct pr_hold, of_closure);
        if (!pr_list_empty(&hold->work) || hold->completer == thread) {
            return hold;
        }
    }
    return NULL;
}

static void detach(struct pr_hold *hold)
{
    hold->closure = NULL;
    pr_list_remove(&hold->of_closure);
}

bool pr_engine_closure_drain(struct pr_engine *engine, struct pr_closure *closure)
{
    struct pr_port_lock_state state;
    struct pr_hold *hold;
    uintptr_t thread = pr_port_thread();
    pr_engine_lock(engine, &state);
    while ((hold = drainable(closure, thread)) != NULL) {
        detach(hold);
        if (!pr_list_empty(&hold->work)) {
            pr_list_remove(&hold->work);
            complete(engine, hold, &state);
        }
    }
    bool drained = pr_datagrams_drain(engine, closure) && pr_list_empty(&closure->holds);
    pr_engine_unlock(engine, &state);
    return drained;
}

void pr_engine_closure_abandon(struct pr_engine *engine, struct pr_closure *closure)
{
    struct pr_port_lock_state state;
    struct pr_link *link;
    pr_engine_lock(engine, &state);
    while (!pr_list_empty(&closure->holds)) {
        detach(PR_CONTAINER(closure->holds.next, struct pr_hold, of_closure));
    }
    while ((link = pr_list_take(&closure->datagrams)) != NULL) {
        PR_CONTAINER(link, struct pr_datagram, of_closure)->closure = NULL;
    }
    pr_engine_unlock(engine, &state);
}
