/*
 * Packets of a held classify: copied when it is held, injected when the verdict permits them. Here: those that are sent,
 * and what both directions share.
 *
 * Nothing of a network buffer list is kept when a classify returns: no reference, no clone, no pointer (R42). At
 * ALE_AUTH_CONNECT the data of anything but TCP begins with the transport header ("Data offset positions" of Microsoft's WFP
 * documentation); a UDP packet whose header another callout has stepped over is retreated for the copy (R47).
 */
#include "packets.h"

#define TAG              0x6a547250u /* PrTj */
#define PROTOCOL_TCP     6
#define PROTOCOL_UDP     17
#define UDP_HEADER_BYTES 8

static NDIS_HANDLE allocate_pool(PVOID owner)
{
    NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
        .Header = {.Type = NDIS_OBJECT_TYPE_DEFAULT,
                   .Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
                   .Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
        .ProtocolId = NDIS_PROTOCOL_ID_DEFAULT,
        .fAllocateNetBuffer = TRUE,
        .PoolTag = TAG,
    };
    return NdisAllocateNetBufferListPool(owner, &parameters);
}

NTSTATUS pr_packets_start(struct pr_edge *edge)
{
    edge->packet_owner = NdisAllocateGenericObject(edge->device->DriverObject, TAG, 0);
    if (edge->packet_owner == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    edge->packet_pool = allocate_pool(edge->packet_owner);
    if (edge->packet_pool == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return FwpsInjectionHandleCreate0(PR_AF_UNSPEC, FWPS_INJECTION_TYPE_TRANSPORT,
                                      &edge->injection);
}

VOID pr_packets_stop(struct pr_edge *edge)
{
    if (edge->injection != NULL) {
        (VOID) FwpsInjectionHandleDestroy0(edge->injection);
        edge->injection = NULL;
    }
    if (edge->packet_pool != NULL) {
        NdisFreeNetBufferListPool(edge->packet_pool);
        edge->packet_pool = NULL;
    }
    if (edge->packet_owner != NULL) {
        NdisFreeGenericObject(edge->packet_owner);
        edge->packet_owner = NULL;
    }
}

BOOLEAN pr_packets_are_ours(const struct pr_edge *edge, const NET_BUFFER_LIST *packets,
                            UINT64 *hold)
{
    HANDLE context = NULL;
    if (packets == NULL) {
        return FALSE;
    }
    FWPS_PACKET_INJECTION_STATE state =
        FwpsQueryPacketInjectionState0(edge->injection, packets, &context);
    if (state != FWPS_PACKET_INJECTED_BY_SELF && state != FWPS_PACKET_PREVIOUSLY_INJECTED_BY_SELF) {
        return FALSE;
    }
    *hold = (UINT64)(ULONG_PTR)context;
    return TRUE;
}

static BOOLEAN begins_with(const UINT8 *header, const struct pr_key *key)
{
    UINT32 local = (UINT32)header[0] << 8 | header[1];
    UINT32 remote = (UINT32)header[2] << 8 | header[3];
    return local == key->local.port && remote == key->remote.port;
}

/* How far back the transport header begins (R47). */
static ULONG stepped_over(const FWPS_INCOMING_METADATA_VALUES0 *metadata, const struct pr_key *key,
                          NET_BUFFER *buffer)
{
    UINT8 storage[UDP_HEADER_BYTES];
    if (key->protocol != PROTOCOL_UDP ||
        !pr_fields_has(metadata, FWPS_METADATA_FIELD_TRANSPORT_HEADER_SIZE) ||
        metadata->transportHeaderSize != UDP_HEADER_BYTES ||
        NET_BUFFER_DATA_OFFSET(buffer) < UDP_HEADER_BYTES) {
        return 0;
    }
    const UINT8 *header = NULL;
    if (NET_BUFFER_DATA_LENGTH(buffer) >= UDP_HEADER_BYTES) {
        header = NdisGetDataBuffer(buffer, UDP_HEADER_BYTES, storage, 1, 0);
    }
    return header != NULL && begins_with(header, key) ? 0 : UDP_HEADER_BYTES;
}

/* The IP header of a raw socket that brings its own; it is no part of the network buffer. */
static ULONG own_header_bytes(const FWPS_INCOMING_METADATA_VALUES0 *metadata)
{
    if (!pr_fields_has(metadata, FWPS_METADATA_FIELD_TRANSPORT_HEADER_INCLUDE_HEADER) ||
        metadata->headerIncludeHeader == NULL) {
        return 0;
    }
    return metadata->headerIncludeHeaderLength;
}

static ULONG control_bytes(const FWPS_INCOMING_METADATA_VALUES0 *metadata)
{
    if (!pr_fields_has(metadata, FWPS_METADATA_FIELD_TRANSPORT_CONTROL_DATA) ||
        metadata->controlData == NULL) {
        return 0;
    }
    return metadata->controlDataLength;
}

static struct pr_datagram *allocate_copy(const FWPS_INCOMING_METADATA_VALUES0 *metadata,
                                         const struct pr_key *key, ULONG packet_bytes)
{
    ULONG header = own_header_bytes(metadata), control = control_bytes(metadata);
    if (packet_bytes > PR_MAX_DATAGRAM_BYTES_PER_HOLD || header > PR_MAX_DATAGRAM_BYTES_PER_HOLD) {
        return NULL;
    }
    struct pr_datagram *copy = pr_datagram_allocate(key, control, header + packet_bytes);
    if (copy == NULL) {
        return NULL;
    }
    if (control > 0) {
        RtlCopyMemory(copy->bytes, metadata->controlData, control);
    }
    if (header > 0) {
        copy->flags |= PR_DATAGRAM_IP_HEADER;
        RtlCopyMemory(copy->bytes + copy->packet_offset, metadata->headerIncludeHeader, header);
    }
    return copy;
}

BOOLEAN pr_packets_read(NET_BUFFER *buffer, UINT8 *target)
{
    ULONG bytes = NET_BUFFER_DATA_LENGTH(buffer);
    if (bytes == 0) {
        return TRUE;
    }
    const VOID *data = NdisGetDataBuffer(buffer, bytes, target, 1, 0);
    if (data != NULL && data != target) {
        RtlCopyMemory(target, data, bytes);
    }
    return data != NULL;
}

/* The offset is where it was when this returns (R47). */
static struct pr_datagram *copy_buffer(const FWPS_INCOMING_METADATA_VALUES0 *metadata,
                                       const struct pr_key *key, NET_BUFFER *buffer)
{
    ULONG back = stepped_over(metadata, key, buffer);
    if (back > 0 && !NT_SUCCESS(NdisRetreatNetBufferDataStart(buffer, back, 0, NULL))) {
        return NULL;
    }
    ULONG bytes = NET_BUFFER_DATA_LENGTH(buffer);
    struct pr_datagram *copy = allocate_copy(metadata, key, bytes);
    if (copy != NULL && !pr_packets_read(buffer, copy->bytes + copy->packet_offset +
                                                     (copy->packet_bytes - bytes))) {
        pr_datagram_free(copy);
        copy = NULL;
    }
    if (back > 0) {
        NdisAdvanceNetBufferDataStart(buffer, back, FALSE, NULL);
    }
    return copy;
}

static struct pr_datagram *copy_one(const struct pr_call *call, const struct pr_key *key,
                                    NET_BUFFER *buffer)
{
    return pr_key_is_inbound(key) ? pr_packets_copy_received(call, key, buffer)
                                  : copy_buffer(call->metadata, key, buffer);
}

VOID pr_packets_copy(const struct pr_call *call, struct pr_flow *flow, struct pr_link *copies)
{
    const struct pr_key *key = &flow->key;
    if (call->packets == NULL || (key->protocol == PROTOCOL_TCP && !pr_key_is_inbound(key))) {
        return;
    }
    flow->flags |= PR_FLOW_PACKET;
    if (((key->known & PR_KNOWN_ENDPOINT) == 0 && !pr_key_is_handshake(key)) ||
        (flow->flags & (PR_FLOW_REAUTHORIZE | PR_FLOW_MAY_WRITE)) != PR_FLOW_MAY_WRITE) {
        return;
    }
    for (NET_BUFFER_LIST *list = call->packets; list != NULL;
         list = NET_BUFFER_LIST_NEXT_NBL(list)) {
        NET_BUFFER *buffer = NET_BUFFER_LIST_FIRST_NB(list);
        for (; buffer != NULL; buffer = NET_BUFFER_NEXT_NB(buffer)) {
            struct pr_datagram *copy = copy_one(call, key, buffer);
            if (copy != NULL) {
                pr_list_append(copies, &copy->link);
            }
        }
    }
    flow->copies = copies;
}

static VOID free_packet(NET_BUFFER_LIST *packet, struct pr_datagram *datagram)
{
    if (packet != NULL) {
        FwpsFreeNetBufferList0(packet);
    }
    if (datagram->descriptor != NULL) {
        IoFreeMdl(datagram->descriptor);
    }
    pr_engine_injection_over(pr_edge_instance->engine, datagram);
}

/* It was lost on its way, as a packet may be (R49). */
static VOID lose(struct pr_edge *edge, NET_BUFFER_LIST *packet, struct pr_datagram *datagram)
{
    InterlockedIncrement(&edge->injections_failed);
    free_packet(packet, datagram);
}

/* The packet has been sent or received. */
static VOID NTAPI injected(VOID *context, NET_BUFFER_LIST *packet, BOOLEAN dispatch)
{
    UNREFERENCED_PARAMETER(dispatch);
    if (!NT_SUCCESS(NET_BUFFER_LIST_STATUS(packet))) {
        lose(pr_edge_instance, packet, context);
        return;
    }
    free_packet(packet, context);
}

static USHORT family_of(const struct pr_datagram *datagram)
{
    return datagram->key.family == PR_FAMILY_IPV4 ? PR_AF_INET : PR_AF_INET6;
}

/* `parameters` may be on the stack, what it points to lives as long as the datagram (R45). */
static NTSTATUS send(struct pr_edge *edge, struct pr_datagram *datagram, NET_BUFFER_LIST *packet)
{
    FWPS_TRANSPORT_SEND_PARAMS0 parameters = {.remoteAddress = datagram->key.remote.address};
    BOOLEAN whole = (datagram->flags & PR_DATAGRAM_IP_HEADER) != 0;
    parameters.remoteScopeId.Value = datagram->key.remote.scope_id;
    if (datagram->control_bytes > 0) {
        parameters.controlData = (PVOID)datagram->bytes;
        parameters.controlDataLength = datagram->control_bytes;
    }
    return FwpsInjectTransportSendAsync0(edge->injection, NULL, datagram->key.endpoint, 0,
                                         whole ? NULL : &parameters, family_of(datagram),
                                         datagram->key.compartment, packet, injected, datagram);
}

/* The hold's id comes back with the packet, and names what it was permitted for (R43). */
static NTSTATUS receive(struct pr_edge *edge, struct pr_datagram *datagram, NET_BUFFER_LIST *packet)
{
    return FwpsInjectTransportReceiveAsync0(
        edge->injection, (HANDLE)(ULONG_PTR)datagram->hold, NULL, 0, family_of(datagram),
        datagram->key.compartment, datagram->interface_index, datagram->sub_interface_index, packet,
        injected, datagram);
}

/* NULL when it can't be built; the copy is gone then. */
static NET_BUFFER_LIST *build(struct pr_edge *edge, struct pr_datagram *datagram)
{
    NET_BUFFER_LIST *packet = NULL;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PMDL mdl = IoAllocateMdl(datagram->bytes + datagram->packet_offset, datagram->packet_bytes,
                             FALSE, FALSE, NULL);
    datagram->descriptor = mdl;
    if (mdl != NULL) {
        MmBuildMdlForNonPagedPool(mdl);
        status = FwpsAllocateNetBufferAndNetBufferList0(edge->packet_pool, 0, 0, mdl, 0,
                                                        datagram->packet_bytes, &packet);
    }
    if (NT_SUCCESS(status) && (datagram->flags & PR_DATAGRAM_RECEIVED) != 0) {
        status = pr_packets_rebuild(datagram, packet);
    }
    if (!NT_SUCCESS(status)) {
        lose(edge, packet, datagram);
        return NULL;
    }
    return packet;
}

static VOID launch(struct pr_edge *edge, struct pr_datagram *datagram, NET_BUFFER_LIST *packet)
{
    NTSTATUS status = (datagram->flags & PR_DATAGRAM_RECEIVED) != 0
                          ? receive(edge, datagram, packet)
                          : send(edge, datagram, packet);
    if (!NT_SUCCESS(status)) {
        lose(edge, packet, datagram);
    }
}

void pr_port_inject(void *context, struct pr_datagram *datagram)
{
    struct pr_edge *edge = context;
    NET_BUFFER_LIST *packet = build(edge, datagram);
    if (packet != NULL) {
        launch(edge, datagram, packet);
    }
}

/* Completed in any case, whatever becomes of the packet (R28), and before it is injected (R26). */
bool pr_port_complete_operation(void *context, void *operation, struct pr_datagram *datagram)
{
    struct pr_edge *edge = context;
    NET_BUFFER_LIST *packet = datagram == NULL ? NULL : build(edge, datagram);
    FwpsCompleteOperation0(operation, packet);
    if (packet != NULL) {
        launch(edge, datagram, packet);
    }
    return datagram == NULL || packet != NULL;
}
