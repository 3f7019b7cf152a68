/*
 * ALE_FLOW_ESTABLISHED: where a permitted connection gets the id by which it can be cut. Inspects only, and never
 * asynchronously (R13). The context of a flow is a number of the core's, never a pointer: what comes back late finds
 * nothing. Up to DISPATCH_LEVEL.
 */
#include "edge.h"

#define FIELDS(version)                                                                            \
    {                                                                                              \
        .family = PR_FAMILY_IP##version,                                                           \
        .protocol = FWPS_FIELD_ALE_FLOW_ESTABLISHED_##version##_IP_PROTOCOL,                       \
        .local_address = FWPS_FIELD_ALE_FLOW_ESTABLISHED_##version##_IP_LOCAL_ADDRESS,             \
        .local_port = FWPS_FIELD_ALE_FLOW_ESTABLISHED_##version##_IP_LOCAL_PORT,                   \
        .remote_address = FWPS_FIELD_ALE_FLOW_ESTABLISHED_##version##_IP_REMOTE_ADDRESS,           \
        .remote_port = FWPS_FIELD_ALE_FLOW_ESTABLISHED_##version##_IP_REMOTE_PORT,                 \
        .flags = FWPS_FIELD_ALE_FLOW_ESTABLISHED_##version##_FLAGS,                                \
    }

static const struct pr_layer_fields fields_v4 = FIELDS(V4);
static const struct pr_layer_fields fields_v6 = FIELDS(V6);

C_ASSERT((int)FWPS_FIELD_ALE_FLOW_ESTABLISHED_V4_DIRECTION ==
         (int)FWPS_FIELD_ALE_FLOW_ESTABLISHED_V6_DIRECTION);
C_ASSERT((int)FWPS_FIELD_ALE_FLOW_ESTABLISHED_V4_COMPARTMENT_ID ==
         (int)FWPS_FIELD_ALE_FLOW_ESTABLISHED_V6_COMPARTMENT_ID);

/* The layer has the connection's direction and compartment among its fields, not its metadata. */
static VOID fill_key(const struct pr_layer_fields *fields, const FWPS_INCOMING_VALUES0 *values,
                     const FWPS_INCOMING_METADATA_VALUES0 *metadata, struct pr_key *key)
{
    UINT32 compartment =
        pr_fields_uint32(values, FWPS_FIELD_ALE_FLOW_ESTABLISHED_V4_COMPARTMENT_ID);
    pr_fields_key(fields, values, metadata, key);
    key->layer = pr_fields_uint32(values, FWPS_FIELD_ALE_FLOW_ESTABLISHED_V4_DIRECTION) ==
                         FWP_DIRECTION_INBOUND
                     ? PR_LAYER_RECV_ACCEPT
                     : PR_LAYER_CONNECT;
    if (compartment != 0) {
        key->compartment = compartment;
        key->known |= PR_KNOWN_COMPARTMENT;
    }
}

/* Unload may have looked for contexts already when this one is there at last: then it is not left, or the callout would
 * stay in use for ever (R55). */
static VOID associate(struct pr_edge *edge, const struct pr_live_flow *live, BOOLEAN loopback)
{
    BOOLEAN ipv4 = live->key->family == PR_FAMILY_IPV4;
    UINT16 layer = ipv4 ? FWPS_LAYER_ALE_FLOW_ESTABLISHED_V4 : FWPS_LAYER_ALE_FLOW_ESTABLISHED_V6;
    UINT32 callout =
        edge->callout_ids[ipv4 ? PR_CALLOUT_ESTABLISHED_V4 : PR_CALLOUT_ESTABLISHED_V6];
    UINT64 number = pr_engine_flow_established(edge->engine, live, loopback);
    if (number == 0) {
        return;
    }
    NTSTATUS status = FwpsFlowAssociateContext0(live->flow_id, layer, callout, number);
    if (!NT_SUCCESS(status)) {
        pr_engine_flow_no_context(edge->engine, number);
    } else if (pr_engine_stopping(edge->engine)) {
        (VOID) FwpsFlowRemoveContext0(live->flow_id, layer, callout);
    }
}

static VOID classify(const struct pr_layer_fields *fields, const FWPS_INCOMING_VALUES0 *values,
                     const FWPS_INCOMING_METADATA_VALUES0 *metadata, FWPS_CLASSIFY_OUT0 *out)
{
    struct pr_edge *edge = pr_edge_instance;
    UINT32 flags = pr_fields_uint32(values, fields->flags);
    struct pr_key key;
    struct pr_live_flow live = {.key = &key};
    pr_out_continue(out);
    if (!pr_fields_has(metadata, FWPS_METADATA_FIELD_FLOW_HANDLE)) {
        return;
    }
    fill_key(fields, values, metadata, &key);
    live.flow_id = metadata->flowHandle;
    if (pr_fields_has(metadata, FWPS_METADATA_FIELD_PROCESS_ID)) {
        live.process_id = metadata->processId;
        live.process_created = pr_process_created(edge, metadata->processId);
    }
    associate(edge, &live, (flags & FWP_CONDITION_FLAG_IS_LOOPBACK) != 0);
}

VOID NTAPI pr_classify_established_v4(const FWPS_INCOMING_VALUES0 *values,
                                      const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                      const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                      FWPS_CLASSIFY_OUT0 *out)
{
    UNREFERENCED_PARAMETER(data);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(filter);
    UNREFERENCED_PARAMETER(flow);
    classify(&fields_v4, values, metadata, out);
}

VOID NTAPI pr_classify_established_v6(const FWPS_INCOMING_VALUES0 *values,
                                      const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                      const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                      FWPS_CLASSIFY_OUT0 *out)
{
    UNREFERENCED_PARAMETER(data);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(filter);
    UNREFERENCED_PARAMETER(flow);
    classify(&fields_v6, values, metadata, out);
}

VOID NTAPI pr_flow_deleted(UINT16 layer, UINT32 callout, UINT64 number)
{
    UNREFERENCED_PARAMETER(layer);
    UNREFERENCED_PARAMETER(callout);
    pr_engine_flow_deleted(pr_edge_instance->engine, number);
}

void pr_port_abort_flow(void *edge, uint64_t flow_id)
{
    UNREFERENCED_PARAMETER(edge);
    (VOID) FwpsFlowAbort0(flow_id);
}
