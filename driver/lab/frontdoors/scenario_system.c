/* The steps of a scenario that the computer and its services take, and those of portreeve-setup. */
#include "scenario_world.h"

#include "lockdown/lockdown.h"

/* The system leaves its working state, or is back. */
void scenario_power(struct json *step)
{
    const char *state = scenario_text(step, "state", "");
    if (strcmp(state, "sleep") != 0 && strcmp(state, "wake") != 0) {
        scenario_failed(step, "the power goes to sleep, or to wake");
        return;
    }
    lab_power_change(strcmp(state, "wake") == 0);
}

static void set_filter_engine(void *runs)
{
    wfp_bfe_change(runs != NULL);
}

/* The service stops or starts; other threads go on meanwhile. */
void scenario_filter_engine(struct json *step)
{
    world.unfiltered = world.unfiltered || !scenario_flag(step, "runs");
    lab_call(set_filter_engine, scenario_flag(step, "runs") ? step : NULL);
}

void scenario_callouts(struct json *step)
{
    wfp_callouts_hide(!scenario_flag(step, "registered"));
}

void scenario_unload(struct json *step)
{
    (void)step;
    world.unfiltered = true;
    scenario_detach_all();
    lab_driver_unload();
    world.loaded = false;
}

void scenario_load(struct json *step)
{
    for (size_t i = 0; i < world.attempt_count; i++) {
        world.attempts[i].hold = 0; /* their numbers begin anew */
    }
    world.loaded = lab_driver_load();
    world.ended = !world.loaded;
    if (!world.loaded && !world.with_faults) {
        scenario_failed(step, "the driver did not load");
    }
}

/* The computer has been off: TCP/IP runs again, the filter engine and the driver not yet. */
void scenario_boot(struct json *step)
{
    if (world.loaded) {
        scenario_unload(step);
    }
    wfp_bfe_boot();
}

static const struct pr_fwpm functions = {
    .engine_open = FwpmEngineOpen0,
    .engine_close = FwpmEngineClose0,
    .transaction_begin = FwpmTransactionBegin0,
    .transaction_commit = FwpmTransactionCommit0,
    .transaction_abort = FwpmTransactionAbort0,
    .provider_add = FwpmProviderAdd0,
    .sublayer_add = FwpmSubLayerAdd0,
    .callout_add = FwpmCalloutAdd0,
    .filter_add = FwpmFilterAdd0,
    .provider_delete = FwpmProviderDeleteByKey0,
    .sublayer_delete = FwpmSubLayerDeleteByKey0,
    .callout_delete = FwpmCalloutDeleteByKey0,
    .filter_delete = FwpmFilterDeleteByKey0,
};

struct change {
    bool on;
    UINT32 error;
};

static void change_lockdown(void *context)
{
    struct change *change = context;
    change->error = change->on ? pr_lockdown_add(&functions) : pr_lockdown_remove(&functions);
}

/* portreeve-setup adds or removes what blocks while the driver doesn't run. */
void scenario_lockdown(struct json *step)
{
    struct change change = {.on = scenario_flag(step, "on")};
    lab_call(change_lockdown, &change);
    if (change.error != 0 && world.with_faults && !scenario_flag(step, "fails")) {
        lab_call(change_lockdown, &change); /* whoever did that does it again */
    }
    if ((change.error != 0) != scenario_flag(step, "fails") && !world.with_faults) {
        scenario_failed(step, "the lockdown: 0x%08x", change.error);
    }
}
