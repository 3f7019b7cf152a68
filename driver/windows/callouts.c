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
        };
        status = FwpsCalloutRegister1(edge->device, &callout, &edge->callout_ids[i]);
    }
    return status;
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

VOID pr_callouts_unregister(struct pr_edge *edge)
{
    for (UINT32 i = 0; i < PR_CALLOUT_COUNT; i++) {
        if (edge->callout_ids[i] != 0) {
            unregister(edge->callout_ids[i]);
            edge->callout_ids[i] = 0;
        }
    }
}
