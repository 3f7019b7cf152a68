/*
 * ALE_AUTH_CONNECT and ALE_AUTH_RECV_ACCEPT: turns a classify into a flow, asks the core, and does what it says. The
 * core's lock is never held across FwpsPendOperation0 (R15). Up to DISPATCH_LEVEL.
 */
#include "packets.h"

#define FIELDS(which, name, version)                                                               \
    {                                                                                              \
        .layer = which,                                                                            \
        .family = PR_FAMILY_IP##version,                                                           \
        .protocol = FWPS_FIELD_##name##_##version##_IP_PROTOCOL,                                   \
        .local_address = FWPS_FIELD_##name##_##version##_IP_LOCAL_ADDRESS,                         \
        .local_port = FWPS_FIELD_##name##_##version##_IP_LOCAL_PORT,                               \
        .remote_address = FWPS_FIELD_##name##_##version##_IP_REMOTE_ADDRESS,                       \
        .remote_port = FWPS_FIELD_##name##_##version##_IP_REMOTE_PORT,                             \
        .flags = FWPS_FIELD_##name##_##version##_FLAGS,                                            \
        .reason = FWPS_FIELD_##name##_##version##_REAUTHORIZE_REASON,                              \
        .interface_index = FWPS_FIELD_##name##_##version##_INTERFACE_INDEX,                        \
        .sub_interface_index = FWPS_FIELD_##name##_##version##_SUB_INTERFACE_INDEX,                \
    }

static const struct pr_layer_fields connect_v4 = FIELDS(PR_LAYER_CONNECT, ALE_AUTH_CONNECT, V4);
static const struct pr_layer_fields connect_v6 = FIELDS(PR_LAYER_CONNECT, ALE_AUTH_CONNECT, V6);
static const struct pr_layer_fields accept_v4 =
    FIELDS(PR_LAYER_RECV_ACCEPT, ALE_AUTH_RECV_ACCEPT, V4);
static const struct pr_layer_fields accept_v6 =
    FIELDS(PR_LAYER_RECV_ACCEPT, ALE_AUTH_RECV_ACCEPT, V6);

/* The reauthorize flag is the layer's own, not metadata->flags (R4). */
static UINT32 flags_of(const struct pr_call *call)
{
    UINT32 conditions = pr_fields_uint32(call->values, call->fields->flags);
    UINT32 reason = pr_fields_uint32(call->values, call->fields->reason);
    UINT32 flags = 0;
    flags |= (conditions & FWP_CONDITION_FLAG_IS_LOOPBACK) != 0 ? PR_FLOW_LOOPBACK : 0u;
    if ((conditions & FWP_CONDITION_FLAG_IS_REAUTHORIZE) != 0) {
        flags |= PR_FLOW_REAUTHORIZE;
        flags |= (reason & FWP_CONDITION_REAUTHORIZE_REASON_CLASSIFY_COMPLETION) != 0
                     ? PR_FLOW_COMPLETION
                     : 0u;
    }
    if (pr_fields_has(call->metadata, FWPS_METADATA_FIELD_COMPLETION_HANDLE)) {
        flags |= PR_FLOW_CAN_PEND;
    }
    flags |= (call->out->rights & FWPS_RIGHT_ACTION_WRITE) != 0 ? PR_FLOW_MAY_WRITE : 0u;
    return flags;
}

static VOID fill(const struct pr_call *call, struct pr_flow *flow)
{
    pr_fields_key(call->fields, call->values, call->metadata, &flow->key);
    flow->process_id = pr_fields_has(call->metadata, FWPS_METADATA_FIELD_PROCESS_ID)
                           ? call->metadata->processId
                           : 0;
    flow->listener = pr_fields_has(call->metadata, FWPS_METADATA_FIELD_PARENT_ENDPOINT_HANDLE)
                         ? call->metadata->parentEndpointHandle
                         : 0;
    flow->service_tag = pr_fields_service(call->metadata);
    flow->process_created = 0;
    flow->path = NULL;
    flow->path_bytes = 0;
    flow->copies = NULL;
    flow->flags = flags_of(call);
}

/* The image path as the kernel knows it, without the terminator that the blob carries. */
static VOID fill_path(const FWPS_INCOMING_METADATA_VALUES0 *metadata, struct pr_flow *flow)
{
    if (!pr_fields_has(metadata, FWPS_METADATA_FIELD_PROCESS_PATH) ||
        metadata->processPath == NULL || metadata->processPath->data == NULL) {
        return;
    }
    const UINT8 *path = metadata->processPath->data;
    UINT32 bytes = metadata->processPath->size & ~1u;
    if (bytes >= 2 && path[bytes - 2] == 0 && path[bytes - 1] == 0) {
        bytes -= 2;
    }
    if (bytes > PR_MAX_PATH_BYTES) {
        bytes = PR_MAX_PATH_BYTES;
        flow->flags |= PR_FLOW_PATH_CUT;
    }
    flow->path = path;
    flow->path_bytes = bytes;
}

/* The hold is in the core's tables already: whatever comes from here on finds it (R10, R24). */
static enum pr_action pend(struct pr_edge *edge, const struct pr_call *call, struct pr_hold *hold)
{
    HANDLE context = NULL;
    NTSTATUS status = FwpsPendOperation0(call->metadata->completionHandle, &context);
    if (!NT_SUCCESS(status)) {
        return pr_engine_pend_failed(edge->engine, hold);
    }
    pr_out_absorb(call->out);
    pr_engine_pended(edge->engine, hold, context);
    return PR_ACTION_PEND;
}

/* At RECV_ACCEPT, permitting what was injected for a hold is the authorization of its connection (R25). */
static BOOLEAN is_ours(struct pr_edge *edge, const struct pr_call *call, const struct pr_flow *flow)
{
    UINT64 hold = 0;
    if (!pr_packets_are_ours(edge, call->packets, &hold)) {
        return FALSE;
    }
    if (hold != 0 && pr_key_is_inbound(&flow->key)) {
        pr_engine_injected(edge->engine, hold, flow);
    }
    return TRUE;
}

static enum pr_action decide(struct pr_edge *edge, const struct pr_call *call)
{
    struct pr_flow flow;
    struct pr_link copies;
    fill(call, &flow);
    if (is_ours(edge, call, &flow)) {
        return PR_ACTION_PERMIT;
    }
    enum pr_action action = pr_engine_decide_static(edge->engine, &flow);
    if (action != PR_ACTION_ASK) {
        return action;
    }
    flow.process_created = pr_process_created(edge, flow.process_id);
    fill_path(call->metadata, &flow);
    action = pr_engine_decide_rules(edge->engine, &flow);
    if (action != PR_ACTION_ASK) {
        return action;
    }
    pr_list_init(&copies);
    pr_packets_copy(call, &flow, &copies);
    struct pr_decision decision = pr_engine_classify(edge->engine, &flow);
    pr_datagram_free_list(&copies);
    return decision.action == PR_ACTION_PEND ? pend(edge, call, decision.hold) : decision.action;
}

static VOID classify(const struct pr_call *call)
{
    switch (decide(pr_edge_instance, call)) {
    case PR_ACTION_PERMIT:
        pr_out_permit(call->filter, call->out);
        break;
    case PR_ACTION_BLOCK:
        pr_out_block(call->out);
        break;
    case PR_ACTION_ABSORB:
        pr_out_absorb(call->out);
        break;
    default: /* pended: written already; left: not ours to write */
        break;
    }
}

#define CLASSIFY(function, fields)                                                                 \
    VOID NTAPI function(const FWPS_INCOMING_VALUES0 *values,                                       \
                        const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,                \
                        const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,              \
                        FWPS_CLASSIFY_OUT0 *out)                                                   \
    {                                                                                              \
        const struct pr_call call = {&fields, values, metadata, data, filter, out};                \
        UNREFERENCED_PARAMETER(context);                                                           \
        UNREFERENCED_PARAMETER(flow);                                                              \
        classify(&call);                                                                           \
    }

CLASSIFY(pr_classify_connect_v4, connect_v4)
CLASSIFY(pr_classify_connect_v6, connect_v6)
CLASSIFY(pr_classify_accept_v4, accept_v4)
CLASSIFY(pr_classify_accept_v6, accept_v6)
