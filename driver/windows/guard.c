/*
 * The guard of a lockdown from boot on (docs/adr/0034): callouts that the persistent filters of driver/lockdown ask whether the
 * driver is there. Without a driver they are not registered, and those filters block (R58). The driver's own filters decide
 * while they are in force; until then, and after that, the guard blocks, but for what was permitted and is being injected
 * (R43). Up to DISPATCH_LEVEL.
 */
#include "edge.h"

#include <fwpmk.h>

#include "guids.h"
#include "packets.h"

static const GUID *const keys[PR_GUARD_COUNT] = {
    &PR_CALLOUT_GUARD_CONNECT_V4,
    &PR_CALLOUT_GUARD_CONNECT_V6,
    &PR_CALLOUT_GUARD_ACCEPT_V4,
    &PR_CALLOUT_GUARD_ACCEPT_V6,
};

static NTSTATUS NTAPI notify(FWPS_CALLOUT_NOTIFY_TYPE type, const GUID *key, FWPS_FILTER1 *filter)
{
    UNREFERENCED_PARAMETER(type);
    UNREFERENCED_PARAMETER(key);
    UNREFERENCED_PARAMETER(filter);
    return STATUS_SUCCESS;
}

static VOID NTAPI classify(const FWPS_INCOMING_VALUES0 *values,
                           const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                           const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                           FWPS_CLASSIFY_OUT0 *out)
{
    UNREFERENCED_PARAMETER(values);
    UNREFERENCED_PARAMETER(metadata);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(filter);
    UNREFERENCED_PARAMETER(flow);
    UINT64 hold;
    if (pr_filters_in_force(pr_edge_instance) ||
        pr_packets_are_ours(pr_edge_instance, data, &hold)) {
        pr_out_continue(out);
    } else {
        pr_out_block(out);
    }
}

NTSTATUS pr_guard_register(struct pr_edge *edge)
{
    NTSTATUS status = STATUS_SUCCESS;
    for (UINT32 i = 0; i < PR_GUARD_COUNT && NT_SUCCESS(status); i++) {
        FWPS_CALLOUT1 callout = {
            .calloutKey = *keys[i], .classifyFn = classify, .notifyFn = notify};
        status = FwpsCalloutRegister1(edge->device, &callout, &edge->guard_ids[i]);
    }
    return status;
}
