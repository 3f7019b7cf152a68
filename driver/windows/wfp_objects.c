/*
 * Provider, sublayer, callouts and filters: added in one transaction to a dynamic session, so that they are there
 * together or not at all and go with the driver, whatever happens to it. PASSIVE_LEVEL.
 *
 * When the filter engine stops they are gone, and bfe.c adds them again when it is back.
 *
 * The sublayer's weight is below FWPM_SUBLAYER_UNIVERSAL's, to go together with IPsec (R60). Filters permit when their
 * callout isn't registered (R58): that is so only between loading and registering, or after a failure to load.
 */
#include <ntifs.h>

#include <initguid.h>

#include <fwpmk.h>

#include "atomic.h"
#include "guids.h"
#include "layers.h"

#define SUBLAYER_WEIGHT 0x0100

#define AUTHORIZES FWP_ACTION_CALLOUT_TERMINATING, NULL, 0
#define INSPECTS   FWP_ACTION_CALLOUT_INSPECTION, NULL, 0
#define FOLLOWS    FWP_ACTION_CALLOUT_INSPECTION, pr_flow_deleted, 0
/* Only what is to be judged at ALE_AUTH_RECV_ACCEPT (R51). */
#define PASSES     FWP_ACTION_CALLOUT_TERMINATING, NULL, FWP_CONDITION_FLAG_REQUIRES_ALE_CLASSIFY

const struct pr_layer_entry pr_layers[PR_CALLOUT_COUNT] = {
    {&PR_CALLOUT_CONNECT_V4, &FWPM_LAYER_ALE_AUTH_CONNECT_V4, pr_classify_connect_v4,
     (PWSTR)L"Portreeve connect v4", AUTHORIZES},
    {&PR_CALLOUT_CONNECT_V6, &FWPM_LAYER_ALE_AUTH_CONNECT_V6, pr_classify_connect_v6,
     (PWSTR)L"Portreeve connect v6", AUTHORIZES},
    {&PR_CALLOUT_CLOSURE_V4, &FWPM_LAYER_ALE_ENDPOINT_CLOSURE_V4, pr_classify_closure_v4,
     (PWSTR)L"Portreeve closure v4", AUTHORIZES},
    {&PR_CALLOUT_CLOSURE_V6, &FWPM_LAYER_ALE_ENDPOINT_CLOSURE_V6, pr_classify_closure_v6,
     (PWSTR)L"Portreeve closure v6", AUTHORIZES},
    {&PR_CALLOUT_ACCEPT_V4, &FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V4, pr_classify_accept_v4,
     (PWSTR)L"Portreeve accept v4", AUTHORIZES},
    {&PR_CALLOUT_ACCEPT_V6, &FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V6, pr_classify_accept_v6,
     (PWSTR)L"Portreeve accept v6", AUTHORIZES},
    [PR_CALLOUT_ESTABLISHED_V4] = {&PR_CALLOUT_FLOW_V4, &FWPM_LAYER_ALE_FLOW_ESTABLISHED_V4,
                                   pr_classify_established_v4, (PWSTR)L"Portreeve established v4",
                                   FOLLOWS},
    [PR_CALLOUT_ESTABLISHED_V6] = {&PR_CALLOUT_FLOW_V6, &FWPM_LAYER_ALE_FLOW_ESTABLISHED_V6,
                                   pr_classify_established_v6, (PWSTR)L"Portreeve established v6",
                                   FOLLOWS},
    {&PR_CALLOUT_LISTEN_V4, &FWPM_LAYER_ALE_AUTH_LISTEN_V4, pr_classify_listen_v4,
     (PWSTR)L"Portreeve listen v4", INSPECTS},
    {&PR_CALLOUT_LISTEN_V6, &FWPM_LAYER_ALE_AUTH_LISTEN_V6, pr_classify_listen_v6,
     (PWSTR)L"Portreeve listen v6", INSPECTS},
    {&PR_CALLOUT_RELEASE_V4, &FWPM_LAYER_ALE_RESOURCE_RELEASE_V4, pr_classify_release_v4,
     (PWSTR)L"Portreeve release v4", INSPECTS},
    {&PR_CALLOUT_RELEASE_V6, &FWPM_LAYER_ALE_RESOURCE_RELEASE_V6, pr_classify_release_v6,
     (PWSTR)L"Portreeve release v6", INSPECTS},
    {&PR_CALLOUT_TRANSPORT_V4, &FWPM_LAYER_INBOUND_TRANSPORT_V4, pr_classify_transport_v4,
     (PWSTR)L"Portreeve transport v4", PASSES},
    {&PR_CALLOUT_TRANSPORT_V6, &FWPM_LAYER_INBOUND_TRANSPORT_V6, pr_classify_transport_v6,
     (PWSTR)L"Portreeve transport v6", PASSES},
};

static GUID *provider_key(VOID)
{
    return (GUID *)(ULONG_PTR)&PR_PROVIDER;
}

static NTSTATUS add_sublayer(HANDLE engine)
{
    FWPM_PROVIDER0 provider = {
        .providerKey = PR_PROVIDER,
        .displayData = {(PWSTR)L"Portreeve", (PWSTR)L"Asks before a program connects"},
    };
    FWPM_SUBLAYER0 sublayer = {
        .subLayerKey = PR_SUBLAYER,
        .displayData = {(PWSTR)L"Portreeve", NULL},
        .providerKey = provider_key(),
        .weight = SUBLAYER_WEIGHT,
    };
    NTSTATUS status = FwpmProviderAdd0(engine, &provider, NULL);
    return NT_SUCCESS(status) ? FwpmSubLayerAdd0(engine, &sublayer, NULL) : status;
}

static NTSTATUS add_layer(HANDLE engine, const struct pr_layer_entry *entry)
{
    FWPM_CALLOUT0 callout = {
        .calloutKey = *entry->callout,
        .displayData = {entry->name, NULL},
        .providerKey = provider_key(),
        .applicableLayer = *entry->layer,
    };
    FWPM_FILTER_CONDITION0 condition = {
        .fieldKey = FWPM_CONDITION_FLAGS,
        .matchType = FWP_MATCH_FLAGS_ALL_SET,
        .conditionValue = {.type = FWP_UINT32, .uint32 = entry->flags},
    };
    FWPM_FILTER0 filter = {
        .displayData = {entry->name, NULL},
        .flags = entry->action == FWP_ACTION_CALLOUT_TERMINATING
                     ? FWPM_FILTER_FLAG_PERMIT_IF_CALLOUT_UNREGISTERED
                     : 0u,
        .providerKey = provider_key(),
        .layerKey = *entry->layer,
        .subLayerKey = PR_SUBLAYER,
        .weight = {.type = FWP_EMPTY},
        .numFilterConditions = entry->flags != 0 ? 1u : 0u,
        .filterCondition = &condition,
        .action = {.type = entry->action, .calloutKey = *entry->callout},
    };
    NTSTATUS status = FwpmCalloutAdd0(engine, &callout, NULL, NULL);
    return NT_SUCCESS(status) ? FwpmFilterAdd0(engine, &filter, NULL, NULL) : status;
}

static NTSTATUS add_all(HANDLE engine)
{
    NTSTATUS status = add_sublayer(engine);
    for (UINT32 i = 0; i < PR_CALLOUT_COUNT && NT_SUCCESS(status); i++) {
        status = add_layer(engine, &pr_layers[i]);
    }
    return status;
}

NTSTATUS pr_filters_add(struct pr_edge *edge)
{
    FWPM_SESSION0 session = {.flags = FWPM_SESSION_FLAG_DYNAMIC};
    NTSTATUS status =
        FwpmEngineOpen0(NULL, RPC_C_AUTHN_WINNT, NULL, &session, &edge->filter_engine);
    if (!NT_SUCCESS(status)) {
        edge->filter_engine = NULL;
        return status;
    }
    status = FwpmTransactionBegin0(edge->filter_engine, 0);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = add_all(edge->filter_engine);
    if (!NT_SUCCESS(status)) {
        (VOID) FwpmTransactionAbort0(edge->filter_engine);
        return status;
    }
    status = FwpmTransactionCommit0(edge->filter_engine);
    pr_atomic_store32(&edge->in_force, NT_SUCCESS(status) ? 1u : 0u);
    return status;
}

VOID pr_filters_remove(struct pr_edge *edge)
{
    if (edge->filter_engine != NULL) {
        pr_atomic_store32(&edge->in_force, 0);
        (VOID) FwpmEngineClose0(edge->filter_engine);
        edge->filter_engine = NULL;
    }
}

BOOLEAN pr_filters_in_force(struct pr_edge *edge)
{
    return pr_atomic_load32(&edge->in_force) != 0;
}
