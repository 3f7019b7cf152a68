/*
 * ALE_ENDPOINT_CLOSURE: an endpoint goes, and with it the completion contexts of its pends (R52). While a context is
 * still to be completed the closure itself is pended (R53), so that no context is ever used after its endpoint has
 * gone (R18); when it can't be pended, the contexts are completed before this classify returns.
 */
#include "edge.h"

#define TAG        0x63547250u /* PrTc */
/* 1 ms, relative. */
#define DRAIN_WAIT (-10000LL)

#define FIELDS(version, wire_family)                                                               \
    {                                                                                              \
        .layer = PR_LAYER_CONNECT,                                                                 \
        .family = wire_family,                                                                     \
        .protocol = FWPS_FIELD_ALE_ENDPOINT_CLOSURE_##version##_IP_PROTOCOL,                       \
        .local_address = FWPS_FIELD_ALE_ENDPOINT_CLOSURE_##version##_IP_LOCAL_ADDRESS,             \
        .local_port = FWPS_FIELD_ALE_ENDPOINT_CLOSURE_##version##_IP_LOCAL_PORT,                   \
        .remote_address = FWPS_FIELD_ALE_ENDPOINT_CLOSURE_##version##_IP_REMOTE_ADDRESS,           \
        .remote_port = FWPS_FIELD_ALE_ENDPOINT_CLOSURE_##version##_IP_REMOTE_PORT,                 \
        .flags = FWPS_FIELD_ALE_ENDPOINT_CLOSURE_##version##_FLAGS,                                \
    }

static const struct pr_layer_fields fields_v4 = FIELDS(V4, PR_FAMILY_IPV4);
static const struct pr_layer_fields fields_v6 = FIELDS(V6, PR_FAMILY_IPV6);

/* A pended closure; the worker frees it. */
struct pended_closure {
    struct pr_closure closure;
    UINT64 handle;
    FWPS_CLASSIFY_OUT0 out; /* as it was before it was pended */
};

void pr_port_complete_closure(void *edge, struct pr_closure *closure)
{
    struct pended_closure *pended = CONTAINING_RECORD(closure, struct pended_closure, closure);
    UNREFERENCED_PARAMETER(edge);
    pended->out.actionType = FWP_ACTION_PERMIT;
    pended->out.flags &= ~(UINT32)FWPS_CLASSIFY_OUT_FLAG_ABSORB;
    FwpsCompleteClassify0(pended->handle, 0, &pended->out);
    pr_port_free(pended, TAG);
}

/* Acquire and release are balanced here: FwpsPendClassify0 keeps a reference of its own (R54). */
static BOOLEAN pend_classify(struct pended_closure *pended, const VOID *context,
                             const FWPS_FILTER1 *filter, FWPS_CLASSIFY_OUT0 *out)
{
    NTSTATUS status = FwpsAcquireClassifyHandle0((VOID *)(ULONG_PTR)context, 0, &pended->handle);
    if (!NT_SUCCESS(status)) {
        return FALSE;
    }
    pended->out = *out;
    status = FwpsPendClassify0(pended->handle, filter->filterId, 0, out);
    FwpsReleaseClassifyHandle0(pended->handle);
    return NT_SUCCESS(status);
}

static BOOLEAN pend(struct pr_closure *closure, const VOID *context, const FWPS_FILTER1 *filter,
                    FWPS_CLASSIFY_OUT0 *out)
{
    if ((out->rights & FWPS_RIGHT_ACTION_WRITE) == 0) {
        return FALSE;
    }
    struct pended_closure *pended = pr_port_allocate(sizeof(*pended), TAG);
    if (pended == NULL) {
        return FALSE;
    }
    if (!pend_classify(pended, context, filter, out)) {
        pr_port_free(pended, TAG);
        return FALSE;
    }
    pr_out_absorb(out);
    pr_engine_closure_pended(pr_edge_instance->engine, closure, &pended->closure);
    return TRUE;
}

/* The endpoint may not go before the last context is completed. Where waiting is forbidden, a context that another
 * processor is completing at this very moment is left to it. */
static VOID drain(struct pr_engine *engine, struct pr_closure *closure)
{
    LARGE_INTEGER wait;
    wait.QuadPart = DRAIN_WAIT;
    while (!pr_engine_closure_drain(engine, closure)) {
        if (KeGetCurrentIrql() != PASSIVE_LEVEL) {
            pr_engine_closure_abandon(engine, closure);
            return;
        }
        (VOID) KeDelayExecutionThread(KernelMode, FALSE, &wait);
    }
}

static VOID classify(const struct pr_key *key, const VOID *context, const FWPS_FILTER1 *filter,
                     FWPS_CLASSIFY_OUT0 *out)
{
    struct pr_engine *engine = pr_edge_instance->engine;
    struct pr_closure closure;
    if (pr_engine_closure_begin(engine, key, &closure)) {
        if (closure.may_pend && pend(&closure, context, filter, out)) {
            return;
        }
        drain(engine, &closure);
    }
    pr_out_permit(filter, out);
}

VOID NTAPI pr_classify_closure_v4(const FWPS_INCOMING_VALUES0 *values,
                                  const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                  const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                  FWPS_CLASSIFY_OUT0 *out)
{
    struct pr_key key;
    UNREFERENCED_PARAMETER(data);
    UNREFERENCED_PARAMETER(flow);
    pr_fields_key(&fields_v4, values, metadata, &key);
    classify(&key, context, filter, out);
}

VOID NTAPI pr_classify_closure_v6(const FWPS_INCOMING_VALUES0 *values,
                                  const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                  const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                  FWPS_CLASSIFY_OUT0 *out)
{
    struct pr_key key;
    UNREFERENCED_PARAMETER(data);
    UNREFERENCED_PARAMETER(flow);
    pr_fields_key(&fields_v6, values, metadata, &key);
    classify(&key, context, filter, out);
}
