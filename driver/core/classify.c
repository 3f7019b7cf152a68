/* Decisions of a classify: static policy, admission of a hold, verdicts of reauthorizations. See engine.h. */
#include "atomic.h"
#include "engine_state.h"

static enum pr_action count(struct pr_engine *engine, enum pr_action action)
{
    struct pr_processor_slot *slot = pr_readers_slot(&engine->readers);
    if (action == PR_ACTION_PERMIT) {
        pr_atomic_add(&slot->allowed, 1);
    } else if (action == PR_ACTION_BLOCK) {
        pr_atomic_add(&slot->blocked, 1);
    }
    return action;
}

static enum pr_action action_of(uint8_t verdict)
{
    return verdict == PR_VERDICT_ALLOW ? PR_ACTION_PERMIT : PR_ACTION_BLOCK;
}

enum pr_action pr_engine_decide_static(struct pr_engine *engine, const struct pr_flow *flow)
{
    uint64_t policy = pr_atomic_load(&engine->policy);
    uint64_t owner = pr_atomic_load(&engine->owner_process);
    bool initial = (flow->flags & PR_FLOW_REAUTHORIZE) == 0;
    enum pr_action action = PR_ACTION_ASK;
    if (owner != 0 && flow->process_id == owner) {
        action = PR_ACTION_PERMIT;
    } else if ((flow->flags & PR_FLOW_LOOPBACK) != 0 &&
               pr_policy_field(policy, PR_POLICY_LOOPBACK) == PR_LOOPBACK_ALLOW) {
        action = PR_ACTION_PERMIT;
    } else if (initial && pr_policy_field(policy, PR_POLICY_MODE) == PR_MODE_LOCKDOWN) {
        action = PR_ACTION_BLOCK;
    }
    if (!initial) {
        return action;
    }
    pr_atomic_add(&pr_readers_slot(&engine->readers)->classified, 1);
    return count(engine, action);
}

/* Modes and the own process come before rules (pr_engine_decide_static), holds after them. Without the right to write a
 * block is a veto (R5), and a permit nothing. */
static enum pr_action decide_initial(struct pr_engine *engine, const struct pr_flow *flow)
{
    bool may_ask = pr_atomic_load(&engine->rules.may_ask) != 0;
    enum pr_action action = pr_rules_decide(engine, flow, may_ask);
    if (action != PR_ACTION_BLOCK && (flow->flags & PR_FLOW_MAY_WRITE) == 0) {
        return PR_ACTION_LEAVE;
    }
    return count(engine, action);
}

enum pr_action pr_engine_decide_rules(struct pr_engine *engine, const struct pr_flow *flow)
{
    if ((flow->flags & PR_FLOW_REAUTHORIZE) != 0 ||
        pr_hold_table_may_have(&engine->holds, &flow->key)) {
        return PR_ACTION_ASK;
    }
    return decide_initial(engine, flow);
}

/* PR_REASON_NONE: hold it. */
static uint8_t why_not_held(const struct pr_engine *engine, const struct pr_flow *flow,
                            const struct pr_hold *hold)
{
    if (engine->stopping || engine->suspended) {
        return PR_REASON_UNLOAD;
    }
    if (engine->session.state != PR_SESSION_READY) {
        return PR_REASON_NO_CLIENT;
    }
    if (engine->asleep) {
        return PR_REASON_POWER;
    }
    if ((flow->flags & PR_FLOW_CAN_PEND) == 0) {
        return PR_REASON_PEND_FAILED;
    }
    if (hold == NULL) {
        return PR_REASON_NO_MEMORY;
    }
    return pr_hold_table_admits(&engine->holds, flow->process_id);
}

static bool start_hold(struct pr_engine *engine, struct pr_hold *hold)
{
    uint64_t units = (uint64_t)engine->hold_ms * PR_UNITS_PER_MS;
    hold->connection.id = engine->next_id;
    hold->connection.deadline = hold->connection.time + units;
    if (!pr_hold_table_insert(&engine->holds, hold)) {
        hold->connection.id = 0;
        hold->connection.deadline = 0;
        return false;
    }
    engine->next_id++;
    engine->uncompleted++;
    engine->counters.held_total++;
    if (engine->holds.held_count > engine->counters.held_peak) {
        engine->counters.held_peak = engine->holds.held_count;
    }
    pr_settle_set_deadline(engine, hold, hold->started + units);
    return true;
}

/* The configured default, at once; the hold's memory becomes the record of it. */
static enum pr_action decide_default(struct pr_engine *engine, const struct pr_flow *flow,
                                     struct pr_hold *record, uint8_t reason)
{
    uint8_t verdict = pr_settle_verdict(engine, reason);
    engine->counters.by_reason[reason]++;
    if (verdict == PR_VERDICT_ALLOW) {
        pr_flow_table_add(&engine->flows, &flow->key, flow->process_id);
    }
    if (record == NULL) {
        engine->decided_lost++;
        engine->counters.decided_lost++;
    } else {
        record->state = PR_HOLD_DONE;
        record->connection.verdict = verdict;
        record->connection.reason = reason;
        pr_settle_keep_decided(engine, record);
    }
    return count(engine, action_of(verdict));
}

/* A completion's own reauthorization, or a packet of the inbound connection: the verdict of the hold, given once (R21). */
static enum pr_action take_verdict(struct pr_engine *engine, const struct pr_flow *flow,
                                   struct pr_hold *hold)
{
    uint8_t verdict = hold->connection.verdict;
    if (verdict == PR_VERDICT_ALLOW && !hold->closed) {
        pr_flow_table_add(&engine->flows, &flow->key, hold->connection.process_id);
    }
    pr_settle_reauthorized(engine, hold);
    return action_of(verdict);
}

/* One question for one connection: its further packets wait with the first, up to the quotas. One that comes from
 * outside after the answer has the same answer. ASK: the packet is of no hold. */
static enum pr_action join_hold(struct pr_engine *engine, const struct pr_flow *flow)
{
    struct pr_hold *hold = NULL;
    if (!engine->stopping && (flow->flags & PR_FLOW_PACKET) != 0) {
        hold = pr_hold_table_of_packet(&engine->holds, flow);
    }
    if (hold == NULL) {
        return PR_ACTION_ASK;
    }
    if (pr_key_is_inbound(&flow->key) && hold->state >= PR_HOLD_COMPLETED) {
        bool allowed = hold->connection.verdict == PR_VERDICT_ALLOW;
        return allowed ? take_verdict(engine, flow, hold) : PR_ACTION_BLOCK;
    }
    if (flow->copies != NULL) {
        pr_datagrams_attach(engine, hold, flow->copies);
    }
    return PR_ACTION_ABSORB;
}

static struct pr_decision classify_initial(struct pr_engine *engine, const struct pr_flow *flow)
{
    struct pr_port_lock_state state;
    struct pr_decision decision = {PR_ACTION_ABSORB, NULL};
    struct pr_hold *hold = pr_hold_allocate(flow);
    pr_engine_lock(engine, &state);
    pr_rules_note_process(engine, flow->process_id, flow->process_created);
    bool may_write = (flow->flags & PR_FLOW_MAY_WRITE) != 0;
    decision.action = may_write ? join_hold(engine, flow) : PR_ACTION_ASK;
    if (decision.action == PR_ACTION_ASK) {
        decision.action = decide_initial(engine, flow);
    }
    if (decision.action != PR_ACTION_ASK) {
        pr_engine_unlock(engine, &state);
        if (hold != NULL) {
            pr_hold_free(hold);
        }
        return decision;
    }
    pr_flow_table_forget(&engine->flows, &flow->key);
    if (hold != NULL && flow->listener != 0) {
        pr_listeners_describe(&engine->listeners, flow->listener, &hold->connection);
    }
    uint8_t reason = why_not_held(engine, flow, hold);
    if (reason == PR_REASON_NONE && !start_hold(engine, hold)) {
        reason = PR_REASON_NO_MEMORY;
    }
    if (reason == PR_REASON_NONE) {
        decision.action = PR_ACTION_PEND;
        decision.hold = hold;
        if (flow->copies != NULL) {
            pr_datagrams_attach(engine, hold, flow->copies);
        }
    } else {
        decision.action = decide_default(engine, flow, hold, reason);
    }
    pr_engine_unlock(engine, &state);
    return decision;
}

/* Any other reauthorization: never takes a hold's verdict away from the one that is to come (R32). */
static enum pr_action judge_known(struct pr_engine *engine, const struct pr_flow *flow)
{
    if (pr_hold_table_undecided(&engine->holds, &flow->key) != NULL) {
        return PR_ACTION_ABSORB;
    }
    struct pr_hold *decided = pr_hold_table_decided(&engine->holds, &flow->key);
    if (decided != NULL) {
        if (decided->connection.verdict == PR_VERDICT_ALLOW) {
            pr_flow_table_add(&engine->flows, &flow->key, decided->connection.process_id);
        }
        return action_of(decided->connection.verdict);
    }
    if (pr_flow_table_knows(&engine->flows, &flow->key, flow->process_id)) {
        return PR_ACTION_PERMIT;
    }
    enum pr_action action = pr_rules_decide(engine, flow, false);
    uint64_t policy = pr_atomic_load(&engine->policy);
    return action != PR_ACTION_ASK ? action : action_of(pr_policy_field(policy, PR_POLICY_UNKNOWN));
}

static struct pr_decision classify_reauthorize(struct pr_engine *engine, const struct pr_flow *flow)
{
    struct pr_port_lock_state state;
    struct pr_decision decision = {PR_ACTION_BLOCK, NULL};
    pr_engine_lock(engine, &state);
    struct pr_hold *hold = NULL;
    if ((flow->flags & PR_FLOW_COMPLETION) != 0) {
        hold = pr_hold_table_decided(&engine->holds, &flow->key);
    }
    decision.action = hold != NULL ? take_verdict(engine, flow, hold) : judge_known(engine, flow);
    pr_engine_unlock(engine, &state);
    return decision;
}

struct pr_decision pr_engine_classify(struct pr_engine *engine, const struct pr_flow *flow)
{
    if ((flow->flags & PR_FLOW_REAUTHORIZE) != 0) {
        return classify_reauthorize(engine, flow);
    }
    return classify_initial(engine, flow);
}

void pr_engine_injected(struct pr_engine *engine, uint64_t id, const struct pr_flow *flow)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    struct pr_hold *hold = pr_hold_table_injected(&engine->holds, id, &flow->key);
    if (hold != NULL) {
        (void)take_verdict(engine, flow, hold);
    }
    pr_engine_unlock(engine, &state);
}

enum pr_action pr_engine_pend_failed(struct pr_engine *engine, struct pr_hold *hold)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    if (hold->state == PR_HOLD_NEW) {
        (void)pr_settle_claim(engine, hold, pr_settle_verdict(engine, PR_REASON_PEND_FAILED),
                              PR_REASON_PEND_FAILED);
    }
    uint8_t verdict = hold->connection.verdict;
    if (verdict == PR_VERDICT_ALLOW && !hold->closed) {
        pr_flow_table_add(&engine->flows, &hold->key, hold->connection.process_id);
    }
    pr_settle_abandon(engine, hold);
    pr_engine_unlock(engine, &state);
    return action_of(verdict);
}
