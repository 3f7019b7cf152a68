/* The part of the emulator's test driver that holds what comes from outside: one copy for each, received when permitted. */
#include "accept.h"

#include "inject.h"

#define TAG      0x74736141u
#define MAX_HELD 8

#define FIELD(name) values->incomingValue[FWPS_FIELD_ALE_AUTH_RECV_ACCEPT_V4_##name].value

struct visitor {
    HANDLE context;
    ULONG compartment, interface_index, sub_interface_index, ip_bytes, bytes;
    BOOLEAN ipsec, tcp;
    UCHAR data[COPY_BYTES];
};

static struct visitor *visitors[MAX_HELD];

/* From the IP header on, wherever the data began. */
static void copy_packet(struct visitor *visitor, const FWPS_INCOMING_METADATA_VALUES0 *meta,
                        NET_BUFFER *buffer)
{
    ULONG back = meta->ipHeaderSize + meta->transportHeaderSize;
    UCHAR *found;
    if (NET_BUFFER_DATA_OFFSET(buffer) < back ||
        !NT_SUCCESS(NdisRetreatNetBufferDataStart(buffer, back, 0, NULL))) {
        back = 0;
    }
    found = back == 0 ? NULL : NdisGetDataBuffer(buffer, 1, visitor->data, 1, 0);
    if (back != 0 && (found == NULL || found[0] >> 4 != 4)) {
        NdisAdvanceNetBufferDataStart(buffer, back, FALSE, NULL);
        back = 0;
    }
    if (back == 0) {
        back = meta->ipHeaderSize;
        (void)NdisRetreatNetBufferDataStart(buffer, back, 0, NULL);
    }
    visitor->bytes = NET_BUFFER_DATA_LENGTH(buffer);
    found = NdisGetDataBuffer(buffer, visitor->bytes, visitor->data, 1, 0);
    if (found != visitor->data) {
        RtlCopyMemory(visitor->data, found, visitor->bytes);
    }
    NdisAdvanceNetBufferDataStart(buffer, back, FALSE, NULL);
}

static void repair(struct visitor *visitor)
{
    ULONG sum = 0, count = (visitor->data[0] & 0xfu) * 4;
    visitor->data[2] = (UCHAR)(visitor->bytes >> 8);
    visitor->data[3] = (UCHAR)visitor->bytes;
    visitor->data[6] = visitor->data[7] = visitor->data[10] = visitor->data[11] = 0;
    for (ULONG i = 0; i < count; i += 2) {
        sum += (ULONG)visitor->data[i] << 8 | visitor->data[i + 1];
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    visitor->data[10] = (UCHAR)(sum >> 8);
    visitor->data[11] = breaks("R46-checksum") ? (UCHAR)(sum + 1) : (UCHAR)sum;
}

static VOID NTAPI received(VOID *context, NET_BUFFER_LIST *packet, BOOLEAN dispatch)
{
    UNREFERENCED_PARAMETER(dispatch);
    inject_free(packet);
    ExFreePoolWithTag(context, TAG);
}

static void receive(struct visitor *visitor, NET_BUFFER_LIST *packet)
{
    NTSTATUS status = FwpsInjectTransportReceiveAsync0(
        inject_handle(), NULL, NULL, 0, PR_AF_INET, visitor->compartment,
        visitor->interface_index + (breaks("R46-interface") ? 1u : 0u),
        visitor->sub_interface_index, packet, received, visitor);
    if (!NT_SUCCESS(status)) {
        received(visitor, packet, FALSE);
    }
}

static NET_BUFFER_LIST *build(struct visitor *visitor)
{
    ULONG skip = breaks("R46") ? visitor->ip_bytes : 0;
    NET_BUFFER_LIST *packet;
    if (!visitor->ipsec) {
        repair(visitor);
    }
    packet = inject_list(visitor->data + skip, visitor->bytes - skip);
    if (visitor->ipsec && !breaks("R48")) {
        (void)FwpsConstructIpHeaderForTransportPacket0(
            packet, visitor->ip_bytes, PR_AF_INET, visitor->data + 12, visitor->data + 16,
            visitor->tcp ? 6 : 17, 0, NULL, 0, 0, NULL, 0, 0);
    }
    return packet;
}

static void answer(struct visitor *visitor, BOOLEAN permit)
{
    HANDLE context = visitor->context;
    NET_BUFFER_LIST *packet = permit || breaks("R27") ? build(visitor) : NULL;
    if (breaks("R26") && packet != NULL) {
        receive(visitor, packet);
        FwpsCompleteOperation0(context, NULL);
        return;
    }
    FwpsCompleteOperation0(context, permit && !breaks("R26-none") ? packet : NULL);
    if (packet != NULL) {
        receive(visitor, packet);
    } else {
        ExFreePoolWithTag(visitor, TAG);
    }
}

void accept_answer_all(BOOLEAN permit)
{
    for (ULONG i = 0; i < MAX_HELD; i++) {
        struct visitor *visitor = visitors[i];
        visitors[i] = NULL;
        if (visitor != NULL) {
            answer(visitor, permit);
        }
    }
}

static void hold(struct visitor *visitor, FWPS_CLASSIFY_OUT0 *out)
{
    for (ULONG i = 0; i < MAX_HELD; i++) {
        if (visitors[i] == NULL) {
            visitors[i] = visitor;
            break;
        }
    }
    out->actionType = FWP_ACTION_BLOCK;
    out->flags |= FWPS_CLASSIFY_OUT_FLAG_ABSORB;
    out->rights &= ~(UINT32)FWPS_RIGHT_ACTION_WRITE;
}

VOID NTAPI accept_classify(const FWPS_INCOMING_VALUES0 *values,
                           const FWPS_INCOMING_METADATA_VALUES0 *meta, VOID *packet,
                           const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                           FWPS_CLASSIFY_OUT0 *out)
{
    struct visitor *visitor;
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(filter);
    UNREFERENCED_PARAMETER(flow);
    if (inject_is_ours(packet)) {
        out->actionType = FWP_ACTION_PERMIT;
        return;
    }
    visitor = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*visitor), TAG);
    RtlZeroMemory(visitor, sizeof(*visitor));
    visitor->compartment = meta->compartmentId;
    visitor->interface_index = FIELD(INTERFACE_INDEX).uint32;
    visitor->sub_interface_index = FIELD(SUB_INTERFACE_INDEX).uint32;
    visitor->ip_bytes = meta->ipHeaderSize;
    visitor->ipsec = (FIELD(FLAGS).uint32 & FWP_CONDITION_FLAG_IS_IPSEC_SECURED) != 0;
    visitor->tcp = FIELD(IP_PROTOCOL).uint8 == 6;
    copy_packet(visitor, meta, ((NET_BUFFER_LIST *)packet)->FirstNetBuffer);
    (void)FwpsPendOperation0(meta->completionHandle, &visitor->context);
    hold(visitor, out);
}
