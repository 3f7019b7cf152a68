/* Flows as callouts know them: ids, contexts, and their end. */
#include "engine.h"

#define BUCKETS 1024

struct flow_context {
    LIST_ENTRY link;
    UINT64 flow;
    UINT16 layer;
    UINT32 callout_id;
    UINT64 value;
};

static LIST_ENTRY buckets[BUCKETS];

void wfp_contexts_start(void)
{
    for (ULONG i = 0; i < BUCKETS; i++) {
        InitializeListHead(&buckets[i]);
    }
}

UINT64 wfp_flow_id(const struct wfp_attempt *attempt)
{
    return attempt->number << 8 | 0x17;
}

static LIST_ENTRY *bucket_of(UINT64 flow)
{
    return &buckets[(flow >> 8) % BUCKETS];
}

/* With wfp_lock held. Any callout's when `callout_id` is 0. */
static struct flow_context *find(UINT64 flow, UINT32 callout_id)
{
    LIST_ENTRY *bucket = bucket_of(flow);
    for (LIST_ENTRY *e = bucket->Flink; e != bucket; e = e->Flink) {
        struct flow_context *context = CONTAINING_RECORD(e, struct flow_context, link);
        if (context->flow == flow && (callout_id == 0 || context->callout_id == callout_id)) {
            return context;
        }
    }
    return NULL;
}

static struct flow_context *take(UINT64 flow, UINT32 callout_id)
{
    struct flow_context *context;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    context = find(flow, callout_id);
    if (context != NULL) {
        (void)RemoveEntryList(&context->link);
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return context;
}

bool wfp_context_exists(UINT32 callout_id)
{
    for (ULONG i = 0; i < BUCKETS; i++) {
        for (LIST_ENTRY *e = buckets[i].Flink; e != &buckets[i]; e = e->Flink) {
            if (CONTAINING_RECORD(e, struct flow_context, link)->callout_id == callout_id) {
                return true;
            }
        }
    }
    return false;
}

/* Tells the callout, at either IRQL. */
static void notify(struct flow_context *context)
{
    struct wfp_callout *callout = wfp_callout_enter_id(context->callout_id);
    bool high = wfp_port_random() % 2 == 0;
    KIRQL irql = KeGetCurrentIrql();
    if (callout != NULL) {
        if (high) {
            KeRaiseIrql(DISPATCH_LEVEL, &irql);
        }
        callout->callout.flowDeleteFn(context->layer, context->callout_id, context->value);
        wfp_port_check_returned("flowDeleteFn", high ? DISPATCH_LEVEL : irql);
        if (high) {
            KeLowerIrql(irql);
        }
        wfp_callout_leave(callout);
    }
    wfp_port_free(context);
}

void wfp_flow_ended(const struct wfp_attempt *attempt)
{
    struct flow_context *context;
    while ((context = take(wfp_flow_id(attempt), 0)) != NULL) {
        notify(context);
    }
}

static bool has_id(const struct wfp_attempt *attempt, const void *id)
{
    return attempt->state == WFP_FLOW && wfp_flow_id(attempt) == *(const UINT64 *)id;
}

static NTSTATUS add(struct wfp_attempt *flow, struct flow_context *context)
{
    NTSTATUS status = STATUS_SUCCESS;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    if (flow->state != WFP_FLOW) {
        status = STATUS_NOT_FOUND;
    } else if (!wfp_callout_may_have_context(context->callout_id)) {
        status = STATUS_INVALID_PARAMETER;
    } else if (find(context->flow, context->callout_id) != NULL) {
        status = STATUS_OBJECT_NAME_EXISTS;
    } else {
        InsertTailList(bucket_of(context->flow), &context->link);
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return status;
}

NTSTATUS FwpsFlowAssociateContext0(UINT64 flowId, UINT16 layerId, UINT32 calloutId,
                                   UINT64 flowContext)
{
    struct flow_context *context;
    struct wfp_attempt *flow;
    NTSTATUS status;
    wfp_port_require_irql(DISPATCH_LEVEL, "FwpsFlowAssociateContext0", "R31");
    if (wfp_port_call_fails("FwpsFlowAssociateContext0", &status)) {
        return status;
    }
    if (flowContext == 0) {
        return STATUS_INVALID_PARAMETER;
    }
    flow = wfp_attempt_find(has_id, &flowId);
    if (flow == NULL) {
        return STATUS_NOT_FOUND;
    }
    context = wfp_port_allocate(sizeof(*context));
    context->flow = flowId;
    context->layer = layerId;
    context->callout_id = calloutId;
    context->value = flowContext;
    status = add(flow, context);
    if (status != STATUS_SUCCESS) {
        wfp_port_free(context);
    }
    wfp_attempt_release(flow);
    wfp_port_yield();
    return status;
}

NTSTATUS FwpsFlowRemoveContext0(UINT64 flowId, UINT16 layerId, UINT32 calloutId)
{
    struct flow_context *context = take(flowId, calloutId);
    wfp_port_require_irql(DISPATCH_LEVEL, "FwpsFlowRemoveContext0", "R31");
    if (wfp_port_locks_held() != 0) {
        wfp_port_broken("R15", "FwpsFlowRemoveContext0 called with a spin lock held");
    }
    if (context == NULL || context->layer != layerId) {
        return STATUS_UNSUCCESSFUL;
    }
    notify(context);
    return STATUS_SUCCESS;
}

NTSTATUS FwpsFlowAbort0(UINT64 flowId)
{
    struct wfp_attempt *flow;
    NTSTATUS status;
    wfp_port_require_irql(DISPATCH_LEVEL, "FwpsFlowAbort0", "R31");
    if (wfp_port_locks_held() != 0) {
        wfp_port_broken("R15", "FwpsFlowAbort0 called with a spin lock held");
    }
    if (wfp_port_call_fails("FwpsFlowAbort0", &status)) {
        return status;
    }
    flow = wfp_attempt_find(has_id, &flowId);
    if (flow == NULL) {
        return STATUS_NOT_FOUND;
    }
    wfp_attempt_cut(flow);
    wfp_attempt_release(flow);
    return STATUS_SUCCESS;
}
