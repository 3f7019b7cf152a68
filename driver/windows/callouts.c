/* Registers the classify functions with the filter engine. PASSIVE_LEVEL (R57). */
#include "layers.h"

/* How often and how long to wait for a callout that is still in use (100 ns units, relative). */
#define UNREGISTER_TRIES 100
#define UNREGISTER_WAIT  (-10 * 10000LL)

static NTSTATUS NTAPI notify(FWPS_CALLOUT_NOTIFY_TYPE type, const GUID *key, FWPS_FILTER1 *filter)
{
    UNREFERENCED_PARAMETER(type);
    UNREFERENCED_PARAMETER(key);
    UNREFERENCED_PARAMETER(filter);
    return STATUS_SUCCESS;
}

NTSTATUS pr_callouts_register(struct pr_edge *edge)
{
    NTSTATUS status = STATUS_SUCCESS;
    for (UINT32 i = 0; i < PR_CALLOUT_COUNT && NT_SUCCESS(status); i++) {
        FWPS_CALLOUT1 callout = {
            .calloutKey = *pr_layers[i].callout,
            .classifyFn = pr_layers[i].classify,
            .notifyFn = notify,
            .flowDeleteFn = pr_layers[i].flow_deleted,
        };
        status = FwpsCalloutRegister1(edge->device, &callout, &edge->callout_ids[i]);
    }
    return NT_SUCCESS(status) ? pr_guard_register(edge) : status;
}

/* STATUS_DEVICE_BUSY passes when the last classify has returned (R55). */
static VOID unregister(UINT32 id)
{
    LARGE_INTEGER wait;
    wait.QuadPart = UNREGISTER_WAIT;
    for (UINT32 i = 0; i < UNREGISTER_TRIES; i++) {
        if (FwpsCalloutUnregisterById0(id) != STATUS_DEVICE_BUSY) {
            return;
        }
        (VOID) KeDelayExecutionThread(KernelMode, FALSE, &wait);
    }
}

/* A callout stays in use as long as a flow has a context of it. */
static VOID remove_contexts(struct pr_edge *edge)
{
    UINT64 flow;
    UINT8 family = 0;
    while ((flow = pr_engine_flow_release(edge->engine, &family)) != 0) {
        BOOLEAN ipv4 = family == PR_FAMILY_IPV4;
        (VOID) FwpsFlowRemoveContext0(
            flow, ipv4 ? FWPS_LAYER_ALE_FLOW_ESTABLISHED_V4 : FWPS_LAYER_ALE_FLOW_ESTABLISHED_V6,
            edge->callout_ids[ipv4 ? PR_CALLOUT_ESTABLISHED_V4 : PR_CALLOUT_ESTABLISHED_V6]);
    }
}

static VOID unregister_all(UINT32 *ids, UINT32 count)
{
    for (UINT32 i = 0; i < count; i++) {
        if (ids[i] != 0) {
            unregister(ids[i]);
            ids[i] = 0;
        }
    }
}

VOID pr_callouts_unregister(struct pr_edge *edge)
{
    if (edge->engine != NULL) {
        remove_contexts(edge);
    }
    unregister_all(edge->callout_ids, PR_CALLOUT_COUNT);
    unregister_all(edge->guard_ids, PR_GUARD_COUNT);
}
