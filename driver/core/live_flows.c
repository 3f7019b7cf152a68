/* Flows that live: established, deleted, cut. See engine.h. */
#include "atomic.h"
#include "engine_state.h"

uint64_t pr_engine_flow_established(struct pr_engine *engine, const struct pr_live_flow *live,
                                    bool loopback)
{
    struct pr_port_lock_state state;
    uint64_t owner = pr_atomic_load(&engine->owner_process);
    uint64_t number = 0;
    pr_engine_lock(engine, &state);
    bool own = owner != 0 && owner == live->process_id;
    bool known = pr_flow_table_knows(&engine->flows, live->key, 0);
    if (!engine->stopping && (known || !(own || loopback))) {
        number = pr_flow_table_establish(&engine->flows, live);
    }
    pr_engine_unlock(engine, &state);
    return number;
}

void pr_engine_flow_deleted(struct pr_engine *engine, uint64_t number)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    pr_flow_table_deleted(&engine->flows, number);
    pr_engine_unlock(engine, &state);
}

void pr_engine_flow_no_context(struct pr_engine *engine, uint64_t number)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    pr_flow_table_no_context(&engine->flows, number);
    pr_engine_unlock(engine, &state);
}

uint64_t pr_engine_flow_release(struct pr_engine *engine, uint8_t *family)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    uint64_t id = pr_flow_table_next_context(&engine->flows, family);
    pr_engine_unlock(engine, &state);
    return id;
}

uint32_t pr_engine_cut_flows(struct pr_engine *engine, pr_flow_test *blocked, void *context)
{
    struct pr_port_lock_state state;
    uint64_t ids[PR_CUT_AT_ONCE];
    uint32_t cut = 0;
    bool more = true;
    pr_engine_lock(engine, &state);
    uint64_t pass = ++engine->flows.pass;
    pr_engine_unlock(engine, &state);
    while (more) {
        uint32_t count = 0;
        pr_engine_lock(engine, &state);
        more = pr_flow_table_cut(&engine->flows, pass, blocked, context, ids, &count);
        pr_engine_unlock(engine, &state);
        for (uint32_t i = 0; i < count; i++) {
            pr_port_abort_flow(engine->edge, ids[i]);
        }
        cut += count;
    }
    return cut;
}
