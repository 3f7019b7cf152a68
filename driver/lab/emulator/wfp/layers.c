/* The layers: which fields they have, what may be pended there, and how a classify's values are made. */
#include <initguid.h>

#include "packet.h"

enum field {
    FIELD_ABSENT, /* the layer has it, the emulator never fills it: FWP_EMPTY */
    FIELD_APP_ID,
    FIELD_LOCAL_ADDRESS,
    FIELD_LOCAL_PORT,
    FIELD_PROTOCOL,
    FIELD_REMOTE_ADDRESS,
    FIELD_REMOTE_PORT,
    FIELD_INTERFACE,       /* LUID */
    FIELD_INTERFACE_INDEX, /* FWP_EMPTY at reauthorization (R35) */
    FIELD_SUB_INTERFACE,   /* likewise */
    FIELD_INTERFACE_TYPE,  /* likewise */
    FIELD_FLAGS,
    FIELD_REASON,
    FIELD_COMPARTMENT,
    FIELD_DIRECTION,
};

struct layer {
    UINT16 id;
    const GUID *key;
    UINT8 count;
    bool is_auth;    /* FwpsPendOperation0 is legal */
    bool is_closure; /* FwpsPendClassify0 is legal */
    UINT32 metadata; /* FWPS_METADATA_FIELD_*: those that the layer can have */
    UINT8 fields[WFP_MAX_FIELDS];
};

#define CONNECT(v, name) FWPS_FIELD_ALE_AUTH_CONNECT_##v##_##name
#define CONNECT_FIELDS(v)                                                                          \
    {[CONNECT(v, ALE_APP_ID)] = FIELD_APP_ID,                                                      \
     [CONNECT(v, IP_LOCAL_ADDRESS)] = FIELD_LOCAL_ADDRESS,                                         \
     [CONNECT(v, IP_LOCAL_PORT)] = FIELD_LOCAL_PORT,                                               \
     [CONNECT(v, IP_PROTOCOL)] = FIELD_PROTOCOL,                                                   \
     [CONNECT(v, IP_REMOTE_ADDRESS)] = FIELD_REMOTE_ADDRESS,                                       \
     [CONNECT(v, IP_REMOTE_PORT)] = FIELD_REMOTE_PORT,                                             \
     [CONNECT(v, IP_LOCAL_INTERFACE)] = FIELD_INTERFACE,                                           \
     [CONNECT(v, FLAGS)] = FIELD_FLAGS,                                                            \
     [CONNECT(v, INTERFACE_TYPE)] = FIELD_INTERFACE_TYPE,                                          \
     [CONNECT(v, INTERFACE_INDEX)] = FIELD_INTERFACE_INDEX,                                        \
     [CONNECT(v, SUB_INTERFACE_INDEX)] = FIELD_SUB_INTERFACE,                                      \
     [CONNECT(v, REAUTHORIZE_REASON)] = FIELD_REASON,                                              \
     [CONNECT(v, COMPARTMENT_ID)] = FIELD_COMPARTMENT}
#define CLOSURE(v, name) FWPS_FIELD_ALE_ENDPOINT_CLOSURE_##v##_##name
#define CLOSURE_FIELDS(v)                                                                          \
    {[CLOSURE(v, ALE_APP_ID)] = FIELD_APP_ID,                                                      \
     [CLOSURE(v, IP_LOCAL_ADDRESS)] = FIELD_LOCAL_ADDRESS,                                         \
     [CLOSURE(v, IP_LOCAL_PORT)] = FIELD_LOCAL_PORT,                                               \
     [CLOSURE(v, IP_PROTOCOL)] = FIELD_PROTOCOL,                                                   \
     [CLOSURE(v, IP_REMOTE_ADDRESS)] = FIELD_REMOTE_ADDRESS,                                       \
     [CLOSURE(v, IP_REMOTE_PORT)] = FIELD_REMOTE_PORT,                                             \
     [CLOSURE(v, IP_LOCAL_INTERFACE)] = FIELD_INTERFACE,                                           \
     [CLOSURE(v, FLAGS)] = FIELD_FLAGS,                                                            \
     [CLOSURE(v, COMPARTMENT_ID)] = FIELD_COMPARTMENT}
#define ACCEPT(v, name) FWPS_FIELD_ALE_AUTH_RECV_ACCEPT_##v##_##name
#define ACCEPT_FIELDS(v)                                                                           \
    {[ACCEPT(v, ALE_APP_ID)] = FIELD_APP_ID,                                                       \
     [ACCEPT(v, IP_LOCAL_ADDRESS)] = FIELD_LOCAL_ADDRESS,                                          \
     [ACCEPT(v, IP_LOCAL_PORT)] = FIELD_LOCAL_PORT,                                                \
     [ACCEPT(v, IP_PROTOCOL)] = FIELD_PROTOCOL,                                                    \
     [ACCEPT(v, IP_REMOTE_ADDRESS)] = FIELD_REMOTE_ADDRESS,                                        \
     [ACCEPT(v, IP_REMOTE_PORT)] = FIELD_REMOTE_PORT,                                              \
     [ACCEPT(v, IP_LOCAL_INTERFACE)] = FIELD_INTERFACE,                                            \
     [ACCEPT(v, FLAGS)] = FIELD_FLAGS,                                                             \
     [ACCEPT(v, INTERFACE_TYPE)] = FIELD_INTERFACE_TYPE,                                           \
     [ACCEPT(v, INTERFACE_INDEX)] = FIELD_INTERFACE_INDEX,                                         \
     [ACCEPT(v, SUB_INTERFACE_INDEX)] = FIELD_SUB_INTERFACE,                                       \
     [ACCEPT(v, REAUTHORIZE_REASON)] = FIELD_REASON,                                               \
     [ACCEPT(v, COMPARTMENT_ID)] = FIELD_COMPARTMENT}
#define ESTABLISHED(v, name) FWPS_FIELD_ALE_FLOW_ESTABLISHED_##v##_##name
#define ESTABLISHED_FIELDS(v)                                                                      \
    {[ESTABLISHED(v, ALE_APP_ID)] = FIELD_APP_ID,                                                  \
     [ESTABLISHED(v, IP_LOCAL_ADDRESS)] = FIELD_LOCAL_ADDRESS,                                     \
     [ESTABLISHED(v, IP_LOCAL_PORT)] = FIELD_LOCAL_PORT,                                           \
     [ESTABLISHED(v, IP_PROTOCOL)] = FIELD_PROTOCOL,                                               \
     [ESTABLISHED(v, IP_REMOTE_ADDRESS)] = FIELD_REMOTE_ADDRESS,                                   \
     [ESTABLISHED(v, IP_REMOTE_PORT)] = FIELD_REMOTE_PORT,                                         \
     [ESTABLISHED(v, IP_LOCAL_INTERFACE)] = FIELD_INTERFACE,                                       \
     [ESTABLISHED(v, DIRECTION)] = FIELD_DIRECTION,                                                \
     [ESTABLISHED(v, FLAGS)] = FIELD_FLAGS,                                                        \
     [ESTABLISHED(v, COMPARTMENT_ID)] = FIELD_COMPARTMENT}

/* "Metadata fields at each filtering layer" of Microsoft's documentation; the inspect sample finds control data and the
 * header of a header-include socket at CONNECT as well. */
#define HAS(name) FWPS_METADATA_FIELD_##name
#define CONNECT_METADATA                                                                           \
    (HAS(PROCESS_PATH) | HAS(PROCESS_ID) | HAS(TRANSPORT_HEADER_SIZE) | HAS(COMPARTMENT_ID) |      \
     HAS(COMPLETION_HANDLE) | HAS(TRANSPORT_ENDPOINT_HANDLE) | HAS(TRANSPORT_CONTROL_DATA) |       \
     HAS(REMOTE_SCOPE_ID) | HAS(PACKET_DIRECTION) | HAS(TRANSPORT_HEADER_INCLUDE_HEADER) |         \
     HAS(PARENT_ENDPOINT_HANDLE) | HAS(SUB_PROCESS_TAG))
#define ACCEPT_METADATA                                                                            \
    (HAS(IP_HEADER_SIZE) | HAS(PROCESS_PATH) | HAS(PROCESS_ID) | HAS(TRANSPORT_HEADER_SIZE) |      \
     HAS(COMPARTMENT_ID) | HAS(COMPLETION_HANDLE) | HAS(TRANSPORT_ENDPOINT_HANDLE) |               \
     HAS(PACKET_DIRECTION) | HAS(PARENT_ENDPOINT_HANDLE))
#define ESTABLISHED_METADATA                                                                       \
    (HAS(FLOW_HANDLE) | HAS(PROCESS_PATH) | HAS(PROCESS_ID) | HAS(TRANSPORT_ENDPOINT_HANDLE) |     \
     HAS(PARENT_ENDPOINT_HANDLE))
#define CLOSURE_METADATA                                                                           \
    (HAS(PROCESS_ID) | HAS(COMPARTMENT_ID) | HAS(TRANSPORT_ENDPOINT_HANDLE) |                      \
     HAS(PARENT_ENDPOINT_HANDLE))

#define LISTEN(v, name) FWPS_FIELD_ALE_AUTH_LISTEN_##v##_##name
#define LISTEN_FIELDS(v)                                                                           \
    {[LISTEN(v, ALE_APP_ID)] = FIELD_APP_ID,                                                       \
     [LISTEN(v, IP_LOCAL_ADDRESS)] = FIELD_LOCAL_ADDRESS,                                          \
     [LISTEN(v, IP_LOCAL_PORT)] = FIELD_LOCAL_PORT,                                                \
     [LISTEN(v, IP_LOCAL_INTERFACE)] = FIELD_INTERFACE,                                            \
     [LISTEN(v, FLAGS)] = FIELD_FLAGS,                                                             \
     [LISTEN(v, COMPARTMENT_ID)] = FIELD_COMPARTMENT}
#define RELEASE(v, name) FWPS_FIELD_ALE_RESOURCE_RELEASE_##v##_##name
#define RELEASE_FIELDS(v)                                                                          \
    {[RELEASE(v, ALE_APP_ID)] = FIELD_APP_ID,                                                      \
     [RELEASE(v, IP_LOCAL_ADDRESS)] = FIELD_LOCAL_ADDRESS,                                         \
     [RELEASE(v, IP_LOCAL_PORT)] = FIELD_LOCAL_PORT,                                               \
     [RELEASE(v, IP_PROTOCOL)] = FIELD_PROTOCOL,                                                   \
     [RELEASE(v, IP_LOCAL_INTERFACE)] = FIELD_INTERFACE,                                           \
     [RELEASE(v, FLAGS)] = FIELD_FLAGS,                                                            \
     [RELEASE(v, COMPARTMENT_ID)] = FIELD_COMPARTMENT}
#define TRANSPORT(v, name) FWPS_FIELD_INBOUND_TRANSPORT_##v##_##name
#define TRANSPORT_FIELDS(v)                                                                        \
    {[TRANSPORT(v, IP_PROTOCOL)] = FIELD_PROTOCOL,                                                 \
     [TRANSPORT(v, IP_LOCAL_ADDRESS)] = FIELD_LOCAL_ADDRESS,                                       \
     [TRANSPORT(v, IP_REMOTE_ADDRESS)] = FIELD_REMOTE_ADDRESS,                                     \
     [TRANSPORT(v, IP_LOCAL_PORT)] = FIELD_LOCAL_PORT,                                             \
     [TRANSPORT(v, IP_REMOTE_PORT)] = FIELD_REMOTE_PORT,                                           \
     [TRANSPORT(v, IP_LOCAL_INTERFACE)] = FIELD_INTERFACE,                                         \
     [TRANSPORT(v, INTERFACE_INDEX)] = FIELD_INTERFACE_INDEX,                                      \
     [TRANSPORT(v, SUB_INTERFACE_INDEX)] = FIELD_SUB_INTERFACE,                                    \
     [TRANSPORT(v, FLAGS)] = FIELD_FLAGS,                                                          \
     [TRANSPORT(v, COMPARTMENT_ID)] = FIELD_COMPARTMENT}
#define LISTEN_METADATA                                                                            \
    (HAS(PROCESS_PATH) | HAS(PROCESS_ID) | HAS(TRANSPORT_ENDPOINT_HANDLE) | HAS(SUB_PROCESS_TAG))
#define RELEASE_METADATA                                                                           \
    (HAS(PROCESS_ID) | HAS(COMPARTMENT_ID) | HAS(TRANSPORT_ENDPOINT_HANDLE) | HAS(SUB_PROCESS_TAG))
#define TRANSPORT_METADATA                                                                         \
    (HAS(FLOW_HANDLE) | HAS(IP_HEADER_SIZE) | HAS(TRANSPORT_HEADER_SIZE) | HAS(COMPARTMENT_ID) |   \
     HAS(TRANSPORT_ENDPOINT_HANDLE) | HAS(ALE_CLASSIFY_REQUIRED))

#define OTHER(name) FWPS_LAYER_##name, &FWPM_LAYER_##name
#define LAYER(name) FWPS_LAYER_ALE_##name, &FWPM_LAYER_ALE_##name
static const struct layer layers[] = {
    {LAYER(AUTH_CONNECT_V4), CONNECT(V4, MAX), true, false, CONNECT_METADATA, CONNECT_FIELDS(V4)},
    {LAYER(AUTH_CONNECT_V6), CONNECT(V6, MAX), true, false, CONNECT_METADATA, CONNECT_FIELDS(V6)},
    {LAYER(ENDPOINT_CLOSURE_V4), CLOSURE(V4, MAX), false, true, CLOSURE_METADATA,
     CLOSURE_FIELDS(V4)},
    {LAYER(ENDPOINT_CLOSURE_V6), CLOSURE(V6, MAX), false, true, CLOSURE_METADATA,
     CLOSURE_FIELDS(V6)},
    {LAYER(AUTH_RECV_ACCEPT_V4), ACCEPT(V4, MAX), true, false, ACCEPT_METADATA, ACCEPT_FIELDS(V4)},
    {LAYER(AUTH_RECV_ACCEPT_V6), ACCEPT(V6, MAX), true, false, ACCEPT_METADATA, ACCEPT_FIELDS(V6)},
    {LAYER(FLOW_ESTABLISHED_V4), ESTABLISHED(V4, MAX), false, false, ESTABLISHED_METADATA,
     ESTABLISHED_FIELDS(V4)},
    {LAYER(FLOW_ESTABLISHED_V6), ESTABLISHED(V6, MAX), false, false, ESTABLISHED_METADATA,
     ESTABLISHED_FIELDS(V6)},
    {LAYER(AUTH_LISTEN_V4), LISTEN(V4, MAX), false, false, LISTEN_METADATA, LISTEN_FIELDS(V4)},
    {LAYER(AUTH_LISTEN_V6), LISTEN(V6, MAX), false, false, LISTEN_METADATA, LISTEN_FIELDS(V6)},
    {LAYER(RESOURCE_RELEASE_V4), RELEASE(V4, MAX), false, false, RELEASE_METADATA,
     RELEASE_FIELDS(V4)},
    {LAYER(RESOURCE_RELEASE_V6), RELEASE(V6, MAX), false, false, RELEASE_METADATA,
     RELEASE_FIELDS(V6)},
    {OTHER(INBOUND_TRANSPORT_V4), TRANSPORT(V4, MAX), false, false, TRANSPORT_METADATA,
     TRANSPORT_FIELDS(V4)},
    {OTHER(INBOUND_TRANSPORT_V6), TRANSPORT(V6, MAX), false, false, TRANSPORT_METADATA,
     TRANSPORT_FIELDS(V6)},
};

static const struct layer *find(UINT16 id)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(layers); i++) {
        if (layers[i].id == id) {
            return &layers[i];
        }
    }
    return NULL;
}

bool wfp_layer_known(UINT16 layer)
{
    return find(layer) != NULL;
}

bool wfp_layer_of_key(const GUID *key, UINT16 *layer)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(layers); i++) {
        if (IsEqualGUID(layers[i].key, key)) {
            *layer = layers[i].id;
            return true;
        }
    }
    return false;
}

bool wfp_layer_is_transport(UINT16 layer)
{
    return layer == FWPS_LAYER_INBOUND_TRANSPORT_V4 || layer == FWPS_LAYER_INBOUND_TRANSPORT_V6;
}

UINT32 wfp_input_flags(UINT16 layer, const struct wfp_input *input)
{
    const struct layer *shape = find(layer);
    for (ULONG i = 0; i < shape->count; i++) {
        if (shape->fields[i] == FIELD_FLAGS && input->fields[i].value.type == FWP_UINT32) {
            return input->fields[i].value.uint32;
        }
    }
    return 0;
}

bool wfp_layer_may_pend_operation(UINT16 layer)
{
    return find(layer)->is_auth;
}

bool wfp_layer_may_pend_classify(UINT16 layer)
{
    return find(layer)->is_closure;
}

static bool is_loopback(const struct lab_attempt *what)
{
    static const UINT8 one[16] = {[15] = 1};
    return what->family == 4 ? what->remote.bytes[0] == 127
                             : memcmp(what->remote.bytes, one, sizeof(one)) == 0;
}

static UINT32 flags_of(const struct wfp_attempt *attempt, UINT32 reason)
{
    return (is_loopback(&attempt->what) ? FWP_CONDITION_FLAG_IS_LOOPBACK : 0u) |
           (attempt->odd.ipsec ? FWP_CONDITION_FLAG_IS_IPSEC_SECURED : 0u) |
           (reason != 0 ? FWP_CONDITION_FLAG_IS_REAUTHORIZE : 0u);
}

/* IPv4 is a 32-bit integer in host order; IPv6 is 16 bytes behind a pointer. */
static void set_address(FWP_VALUE0 *value, UINT8 family, const struct lab_address *address,
                        FWP_BYTE_ARRAY16 *storage)
{
    if (family == 4) {
        value->type = FWP_UINT32;
        value->uint32 = (UINT32)address->bytes[0] << 24 | (UINT32)address->bytes[1] << 16 |
                        (UINT32)address->bytes[2] << 8 | address->bytes[3];
        return;
    }
    memcpy(storage->byteArray16, address->bytes, sizeof(storage->byteArray16));
    value->type = FWP_BYTE_ARRAY16_TYPE;
    value->byteArray16 = storage;
}

static void set_uint32(FWP_VALUE0 *value, UINT32 number)
{
    value->type = FWP_UINT32;
    value->uint32 = number;
}

static void set_uint16(FWP_VALUE0 *value, UINT16 number)
{
    value->type = FWP_UINT16;
    value->uint16 = number;
}

static void set_app_id(struct wfp_input *input, FWP_VALUE0 *value)
{
    value->type = FWP_BYTE_BLOB_TYPE;
    value->byteBlob = &input->app_id;
}

static void set_unknown_at_reauthorize(FWP_VALUE0 *value, UINT32 number, UINT32 reason)
{
    if (reason == 0) {
        set_uint32(value, number);
    }
}

struct field_source {
    struct wfp_input *input;
    const struct wfp_attempt *attempt;
    UINT32 reason;
    bool reason_empty;
};

static void set_field(const struct field_source *from, enum field field, FWP_VALUE0 *value)
{
    struct wfp_input *input = from->input;
    const struct lab_attempt *what = &from->attempt->what;
    UINT32 reason = from->reason;
    switch (field) {
    case FIELD_APP_ID:
        set_app_id(input, value);
        break;
    case FIELD_LOCAL_ADDRESS:
        set_address(value, what->family, &what->local, &input->local);
        break;
    case FIELD_REMOTE_ADDRESS:
        set_address(value, what->family, &what->remote, &input->remote);
        break;
    case FIELD_LOCAL_PORT:
        set_uint16(value, what->local.port);
        break;
    case FIELD_REMOTE_PORT:
        set_uint16(value, what->remote.port);
        break;
    case FIELD_PROTOCOL:
        value->type = FWP_UINT8;
        value->uint8 = what->protocol;
        break;
    case FIELD_INTERFACE:
        if (reason == 0) {
            value->type = FWP_UINT64;
            value->uint64 = &input->interface_luid;
        }
        break;
    case FIELD_INTERFACE_INDEX:
        set_unknown_at_reauthorize(value, WFP_INTERFACE, reason);
        break;
    case FIELD_SUB_INTERFACE:
        set_unknown_at_reauthorize(value, WFP_SUB_INTERFACE, reason);
        break;
    case FIELD_INTERFACE_TYPE:
        set_unknown_at_reauthorize(value, 6, reason);
        break;
    case FIELD_FLAGS:
        set_uint32(value, flags_of(from->attempt, reason) |
                              ((input->meta.currentMetadataValues &
                                FWPS_METADATA_FIELD_ALE_CLASSIFY_REQUIRED) != 0
                                   ? FWP_CONDITION_FLAG_REQUIRES_ALE_CLASSIFY
                                   : 0u));
        break;
    case FIELD_REASON:
        if (!from->reason_empty || reason == 0) {
            set_uint32(value, reason);
        }
        break;
    case FIELD_COMPARTMENT:
        set_uint32(value, input->meta.compartmentId);
        break;
    case FIELD_DIRECTION:
        set_uint32(value, what->direction == LAB_OUTBOUND ? FWP_DIRECTION_OUTBOUND
                                                          : FWP_DIRECTION_INBOUND);
        break;
    case FIELD_ABSENT:
        break;
    }
}

static void copy_path(struct wfp_input *input, const struct wfp_attempt *attempt)
{
    SIZE_T units = 0;
    const UINT16 *path = wfp_port_process_path(attempt->process, &units);
    UINT16 *copy = wfp_port_allocate((units + 1) * sizeof(UINT16));
    if (units > 0) {
        memcpy(copy, path, units * sizeof(UINT16));
    }
    input->app_id.data = (UINT8 *)copy;
    input->app_id.size =
        (UINT32)((units + 1) * sizeof(UINT16)); /* with its terminator, as WFP has it */
}

#define PROTOCOL_TCP 6

/* The packet that asks to be let in, or one of the flow that was. */
static void add_received(struct wfp_input *input, const struct wfp_attempt *attempt)
{
    FWPS_INCOMING_METADATA_VALUES0 *meta = &input->meta;
    input->packet = wfp_packet_make(attempt);
    meta->transportHeaderSize = input->packet->transport_bytes;
    meta->currentMetadataValues |= FWPS_METADATA_FIELD_TRANSPORT_HEADER_SIZE;
    if (input->packet->ip_bytes > 0) {
        meta->ipHeaderSize = input->packet->ip_bytes;
        meta->currentMetadataValues |= FWPS_METADATA_FIELD_IP_HEADER_SIZE;
    }
}

/* A TCP connect has none (R41). What was pended is flushed: the classify after a completion may have one or not. */
static void add_packet(struct wfp_input *input, const struct wfp_attempt *attempt, UINT32 reason)
{
    FWPS_INCOMING_METADATA_VALUES0 *meta = &input->meta;
    UCHAR control[WFP_CONTROL_BYTES];
    if (attempt->what.direction == LAB_INBOUND) {
        add_received(input, attempt);
        return;
    }
    if (attempt->what.payload == NULL || attempt->what.protocol == PROTOCOL_TCP ||
        ((reason & FWP_CONDITION_REAUTHORIZE_REASON_CLASSIFY_COMPLETION) != 0 &&
         wfp_port_random() % 2 == 0)) {
        return;
    }
    input->packet = wfp_packet_make(attempt);
    meta->transportHeaderSize = wfp_transport_header_bytes(attempt->what.protocol);
    meta->currentMetadataValues |= FWPS_METADATA_FIELD_TRANSPORT_HEADER_SIZE;
    meta->controlDataLength = wfp_control_data(attempt->endpoint, control);
    if (meta->controlDataLength > 0) {
        input->control = wfp_port_allocate(meta->controlDataLength);
        memcpy(input->control, control, meta->controlDataLength);
        meta->controlData = input->control;
        meta->currentMetadataValues |= FWPS_METADATA_FIELD_TRANSPORT_CONTROL_DATA;
    }
    if (attempt->odd.ip_header) {
        input->ip_header = wfp_port_allocate(WFP_IP_HEADER);
        wfp_ip_header(attempt->endpoint, input->ip_header);
        meta->headerIncludeHeader = input->ip_header;
        meta->headerIncludeHeaderLength = WFP_IP_HEADER;
        meta->currentMetadataValues |= FWPS_METADATA_FIELD_TRANSPORT_HEADER_INCLUDE_HEADER;
    }
}

static FWP_DIRECTION packet_direction(const struct wfp_attempt *attempt)
{
    bool outbound = (attempt->what.direction == LAB_OUTBOUND) != attempt->odd.packet_reversed;
    return outbound ? FWP_DIRECTION_OUTBOUND : FWP_DIRECTION_INBOUND;
}

static void fill_meta(struct wfp_input *input, const struct wfp_attempt *attempt, bool is_auth)
{
    FWPS_INCOMING_METADATA_VALUES0 *meta = &input->meta;
    memset(meta, 0xa5, sizeof(*meta)); /* what the bits don't announce is garbage */
    meta->flags = 0x7;                 /* looks like REAUTHORIZE, and isn't (R4) */
    meta->currentMetadataValues =
        FWPS_METADATA_FIELD_PROCESS_PATH | FWPS_METADATA_FIELD_PROCESS_ID |
        FWPS_METADATA_FIELD_COMPARTMENT_ID | FWPS_METADATA_FIELD_TRANSPORT_ENDPOINT_HANDLE;
    meta->currentMetadataValues |= FWPS_METADATA_FIELD_FLOW_HANDLE;
    meta->flowHandle = wfp_flow_id(attempt);
    if (wfp_attempt_state(attempt) != WFP_FLOW) {
        meta->currentMetadataValues |= FWPS_METADATA_FIELD_ALE_CLASSIFY_REQUIRED;
    }
    if (attempt->odd.service != 0) {
        meta->currentMetadataValues |= FWPS_METADATA_FIELD_SUB_PROCESS_TAG;
        meta->subProcessTag = (PVOID)(ULONG_PTR)attempt->odd.service;
    }
    meta->processPath = &input->app_id;
    meta->processId = attempt->what.process_id;
    meta->compartmentId = attempt->odd.compartment != 0 ? attempt->odd.compartment : 1;
    meta->transportEndpointHandle = wfp_attempt_handle(attempt);
    if (is_auth) {
        meta->currentMetadataValues |= FWPS_METADATA_FIELD_PACKET_DIRECTION;
        meta->packetDirection = packet_direction(attempt);
    }
    UINT64 listener = attempt->what.listener != 0 ? wfp_endpoint_handle(attempt->what.listener) : 0;
    if (listener != 0) {
        meta->currentMetadataValues |= FWPS_METADATA_FIELD_PARENT_ENDPOINT_HANDLE;
        meta->parentEndpointHandle = listener;
    }
    if (attempt->what.family == 6 && attempt->what.remote.scope_id != 0) {
        meta->currentMetadataValues |= FWPS_METADATA_FIELD_REMOTE_SCOPE_ID;
        meta->remoteScopeId.Value = attempt->what.remote.scope_id;
    }
}

struct wfp_input *wfp_input_make(UINT16 layer, const struct wfp_attempt *attempt, UINT32 reason,
                                 bool reason_empty)
{
    const struct layer *shape = find(layer);
    struct wfp_input *input = wfp_port_allocate(sizeof(*input));
    struct field_source source = {input, attempt, reason, reason_empty};
    copy_path(input, attempt);
    fill_meta(input, attempt, shape->is_auth);
    if (shape->is_auth || wfp_layer_is_transport(layer)) {
        add_packet(input, attempt, reason);
    }
    input->meta.currentMetadataValues &= shape->metadata;
    input->interface_luid = 0x6008000000000ull;
    for (ULONG i = 0; i < shape->count; i++) {
        FWP_VALUE0 *value = &input->fields[i].value;
        memset(value, 0xb5, sizeof(*value)); /* as a reason it would be a completion's (R35) */
        value->type = FWP_EMPTY;
        set_field(&source, shape->fields[i], value);
    }
    input->values.layerId = layer;
    input->values.valueCount = shape->count;
    input->values.incomingValue = input->fields;
    return input;
}

void wfp_input_free(struct wfp_input *input)
{
    if (input->packet != NULL) {
        wfp_packet_free(input->packet);
    }
    if (input->ip_header != NULL) {
        wfp_port_free(input->ip_header);
    }
    if (input->control != NULL) {
        wfp_port_free(input->control);
    }
    wfp_port_free(input->app_id.data);
    wfp_port_free(input);
}

bool wfp_attempt_is_handshake(const struct lab_attempt *what)
{
    return what->direction == LAB_INBOUND && what->protocol == PROTOCOL_TCP;
}

bool wfp_attempt_has_packet(const struct wfp_attempt *attempt)
{
    return attempt->what.payload != NULL || wfp_attempt_is_handshake(&attempt->what);
}

UINT16 wfp_attempt_layer(const struct wfp_attempt *attempt)
{
    return attempt->what.direction == LAB_OUTBOUND ? wfp_connect_layer(attempt->what.family)
                                                   : wfp_accept_layer(attempt->what.family);
}
