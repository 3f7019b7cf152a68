#include "inject.h"

#define TAG 0x74736a49u

VOID FwpsReferenceNetBufferList0(NET_BUFFER_LIST *netBufferList, BOOLEAN intendToModify);

static PVOID owner;
static NDIS_HANDLE pool;
static HANDLE handle;

void inject_start(PDRIVER_OBJECT driver)
{
    NET_BUFFER_LIST_POOL_PARAMETERS parameters = {
        .Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
                   NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
        .fAllocateNetBuffer = TRUE,
        .PoolTag = TAG};
    owner = NdisAllocateGenericObject(driver, TAG, 0);
    pool = NdisAllocateNetBufferListPool(owner, &parameters);
    (void)FwpsInjectionHandleCreate0(PR_AF_UNSPEC, FWPS_INJECTION_TYPE_TRANSPORT, &handle);
}

void inject_stop(void)
{
    KIRQL irql = PASSIVE_LEVEL;
    if (breaks("R57-injection")) {
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
    }
    if (!breaks("R55-injection")) {
        (void)FwpsInjectionHandleDestroy0(handle);
    }
    if (breaks("R57-injection")) {
        KeLowerIrql(irql);
    }
    if (breaks("W2-pool")) {
        return;
    }
    NdisFreeNetBufferListPool(pool);
    NdisFreeGenericObject(owner);
}

BOOLEAN inject_is_ours(NET_BUFFER_LIST *packet)
{
    if ((packet == NULL && !breaks("R43-null")) || breaks("R43")) {
        return FALSE;
    }
    FWPS_PACKET_INJECTION_STATE state = FwpsQueryPacketInjectionState0(handle, packet, NULL);
    return state == FWPS_PACKET_INJECTED_BY_SELF ||
           state == FWPS_PACKET_PREVIOUSLY_INJECTED_BY_SELF;
}

static ULONG read_packet(NET_BUFFER *buffer, UCHAR *data)
{
    ULONG bytes = NET_BUFFER_DATA_LENGTH(buffer);
    const VOID *found = NdisGetDataBuffer(buffer, bytes, data, 1, 0);
    if (found != NULL && found != data) {
        RtlCopyMemory(data, found, bytes);
    }
    return bytes;
}

/* UDP alone: a packet shorter than its header says begins behind the header. */
static void read_whole_packet(NET_BUFFER *buffer, UINT16 local_port, struct copy *copy)
{
    BOOLEAN behind;
    copy->bytes = read_packet(buffer, copy->data);
    behind = (copy->data[0] << 8 | copy->data[1]) != local_port;
    if (behind) {
        (void)NdisRetreatNetBufferDataStart(buffer, 8, 0, NULL);
        copy->bytes = read_packet(buffer, copy->data);
        NdisAdvanceNetBufferDataStart(buffer, 8, FALSE, NULL);
    }
    if (breaks("R47")) {
        NdisAdvanceNetBufferDataStart(buffer, 8, FALSE, NULL);
    }
    if (breaks("R47-header")) {
        RtlMoveMemory(copy->data, copy->data + 8, copy->bytes - 8);
        copy->bytes -= 8;
    }
}

struct copy *inject_copy(const FWPS_INCOMING_VALUES0 *values,
                         const FWPS_INCOMING_METADATA_VALUES0 *meta, NET_BUFFER_LIST *packet)
{
    const FWPS_INCOMING_VALUE0 *fields = values->incomingValue;
    UINT32 address = fields[FWPS_FIELD_ALE_AUTH_CONNECT_V4_IP_REMOTE_ADDRESS].value.uint32;
    struct copy *copy;
    if (packet == NULL && !breaks("R41")) {
        return NULL;
    }
    copy = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*copy), TAG);
    RtlZeroMemory(copy, sizeof(*copy));
    copy->endpoint = meta->transportEndpointHandle;
    copy->compartment = meta->compartmentId;
    copy->bytes = 16;
    copy->remote[0] = (UCHAR)(address >> 24);
    copy->remote[1] = (UCHAR)(address >> 16);
    copy->remote[2] = (UCHAR)(address >> 8);
    copy->remote[3] = (UCHAR)address;
    if (packet == NULL) {
        return copy;
    }
    if (FWPS_IS_METADATA_FIELD_PRESENT(meta, FWPS_METADATA_FIELD_TRANSPORT_CONTROL_DATA)) {
        copy->control_bytes = meta->controlDataLength;
        RtlCopyMemory(copy->control, meta->controlData, copy->control_bytes);
    }
    if (breaks("R42")) {
        FwpsReferenceNetBufferList0(packet, TRUE);
    }
    read_whole_packet(packet->FirstNetBuffer,
                      fields[FWPS_FIELD_ALE_AUTH_CONNECT_V4_IP_LOCAL_PORT].value.uint16, copy);
    return copy;
}

void inject_discard(struct copy *copy)
{
    if (copy != NULL) {
        ExFreePoolWithTag(copy, TAG);
    }
}

static VOID injected(VOID *context, NET_BUFFER_LIST *packet, BOOLEAN dispatch)
{
    PMDL mdl = packet->FirstNetBuffer->MdlChain;
    UNREFERENCED_PARAMETER(dispatch);
    if (!breaks("R49-leak")) {
        FwpsFreeNetBufferList0(packet);
    }
    if (breaks("R49-twice")) {
        FwpsFreeNetBufferList0(packet);
    }
    IoFreeMdl(mdl);
    inject_discard(context);
}

void inject_send(struct copy *copy)
{
    NET_BUFFER_LIST *packet = NULL;
    PMDL mdl = IoAllocateMdl(copy->data, copy->bytes, FALSE, FALSE, NULL);
    FWPS_TRANSPORT_SEND_PARAMS0 parameters = {.remoteAddress = copy->remote,
                                              .controlData = copy->control,
                                              .controlDataLength = copy->control_bytes};
    NTSTATUS status;
    MmBuildMdlForNonPagedPool(mdl);
    (void)FwpsAllocateNetBufferAndNetBufferList0(pool, 0, 0, mdl, 0, copy->bytes, &packet);
    if (breaks("R45")) {
        parameters.remoteScopeId.Value = 77;
    }
    if (breaks("R45-control")) {
        parameters.controlDataLength = copy->control_bytes == 0 ? 8 : 0;
    }
    status = FwpsInjectTransportSendAsync0(handle, NULL, copy->endpoint, 0, &parameters, PR_AF_INET,
                                           copy->compartment, packet, injected, copy);
    if (breaks("R49-early") && NT_SUCCESS(status)) {
        FwpsFreeNetBufferList0(packet);
    }
    if (!NT_SUCCESS(status)) {
        if (!breaks("R49")) {
            FwpsFreeNetBufferList0(packet);
        }
        IoFreeMdl(mdl);
        inject_discard(copy);
    }
}

HANDLE inject_handle(void)
{
    return handle;
}

NET_BUFFER_LIST *inject_list(UCHAR *data, ULONG bytes)
{
    NET_BUFFER_LIST *packet = NULL;
    PMDL mdl = IoAllocateMdl(data, bytes, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(mdl);
    (void)FwpsAllocateNetBufferAndNetBufferList0(pool, 0, 0, mdl, 0, bytes, &packet);
    return packet;
}

void inject_free(NET_BUFFER_LIST *packet)
{
    PMDL mdl = packet->FirstNetBuffer->MdlChain;
    FwpsFreeNetBufferList0(packet);
    IoFreeMdl(mdl);
}
