/* NDIS for one packet: lists, and who owns them (R42, R47, R49). */
#include "packet.h"

static LIST_ENTRY driver_packets;
static LONG pools, owners;

void wfp_packets_start(void)
{
    InitializeListHead(&driver_packets);
    pools = owners = 0;
}

void wfp_packets_stop(void)
{
    while (!IsListEmpty(&driver_packets)) {
        struct wfp_packet *packet =
            CONTAINING_RECORD(RemoveHeadList(&driver_packets), struct wfp_packet, link);
        wfp_port_broken("R49", "a network buffer list was never freed");
        wfp_port_free(packet);
    }
    if (pools != 0 || owners != 0) {
        wfp_port_broken("W2", "%d network buffer pools and %d of their owners were left", pools,
                        owners);
    }
}

ULONG wfp_transport_header_bytes(UINT8 protocol)
{
    return protocol == 17 || protocol == 1 || protocol == 58 ? 8 : 0;
}

static void write_header(const struct lab_attempt *what, UCHAR *header)
{
    ULONG bytes = 8 + (ULONG)what->payload_bytes;
    if (what->protocol == 17) {
        header[0] = (UCHAR)(what->local.port >> 8);
        header[1] = (UCHAR)what->local.port;
        header[2] = (UCHAR)(what->remote.port >> 8);
        header[3] = (UCHAR)what->remote.port;
        header[4] = (UCHAR)(bytes >> 8);
        header[5] = (UCHAR)bytes;
    } else {
        header[0] = (UCHAR)what->local.port; /* type and code, where ports would be */
        header[1] = (UCHAR)what->remote.port;
    }
}

/* Divides the bytes among MDLs at places that nobody foresees. */
static void describe(struct wfp_packet *packet, ULONG bytes)
{
    ULONG at = 0;
    for (ULONG i = 0; i < WFP_PACKET_MDLS; i++) {
        ULONG left = bytes - at;
        ULONG part = i + 1 == WFP_PACKET_MDLS ? left : (ULONG)(wfp_port_random() % (left + 1));
        packet->mdls[i] = wfp_port_mdl(packet->memory + at, part);
        if (i > 0) {
            packet->mdls[i - 1]->Next = packet->mdls[i];
        }
        at += part;
    }
    packet->buffer.MdlChain = packet->mdls[0];
    packet->buffer.CurrentMdl = packet->mdls[0];
}

static void finish(struct wfp_packet *packet, ULONG offset, ULONG bytes,
                   const struct wfp_attempt *attempt)
{
    wfp_buffer_start(&packet->buffer, offset);
    packet->buffer.DataLength = bytes;
    packet->list.FirstNetBuffer = &packet->buffer;
    packet->state = attempt->odd.injected;
    packet->offset = offset;
    packet->bytes = bytes;
}

/* Begins behind the transport header; with it for ICMP, and where the stack has stepped back already. */
static struct wfp_packet *make_received(const struct wfp_attempt *attempt)
{
    const struct lab_attempt *what = &attempt->what;
    UCHAR headers[WFP_RECEIVED_HEADERS];
    struct wfp_packet *packet = wfp_port_allocate(sizeof(*packet));
    ULONG before = wfp_received_headers(attempt, packet, headers);
    ULONG spare = (ULONG)(wfp_port_random() % 48), payload = (ULONG)what->payload_bytes;
    bool early = what->protocol == 1 || what->protocol == 58 || wfp_port_random() % 4 == 0;
    ULONG skip = early ? packet->ip_bytes : before;
    packet->memory = wfp_port_allocate(spare + before + payload + 1);
    memcpy(packet->memory + spare, headers, before);
    if (payload > 0) {
        memcpy(packet->memory + spare + before, what->payload, payload);
    }
    describe(packet, spare + before + payload);
    finish(packet, spare + skip, before - skip + payload, attempt);
    return packet;
}

/* Begins with the transport header, or behind it, as another callout may leave it. */
static struct wfp_packet *make_sent(const struct wfp_attempt *attempt)
{
    const struct lab_attempt *what = &attempt->what;
    ULONG header = wfp_transport_header_bytes(what->protocol);
    ULONG spare = 16 + (ULONG)(wfp_port_random() % 48);
    ULONG skip = what->protocol == 17 && wfp_port_random() % 4 == 0 ? header : 0;
    struct wfp_packet *packet = wfp_port_allocate(sizeof(*packet));
    packet->memory = wfp_port_allocate(spare + header + what->payload_bytes);
    if (header > 0) {
        write_header(what, packet->memory + spare);
    }
    if (what->payload_bytes > 0) {
        memcpy(packet->memory + spare + header, what->payload, what->payload_bytes);
    }
    describe(packet, spare + header + (ULONG)what->payload_bytes);
    finish(packet, spare + skip, header - skip + (ULONG)what->payload_bytes, attempt);
    return packet;
}

struct wfp_packet *wfp_packet_make(const struct wfp_attempt *attempt)
{
    bool received = (attempt->what.direction == LAB_INBOUND) != attempt->odd.packet_reversed;
    return received && attempt->what.direction == LAB_INBOUND ? make_received(attempt)
                                                              : make_sent(attempt);
}

void wfp_packet_move(struct wfp_packet *packet, LONG by)
{
    wfp_buffer_start(&packet->buffer, packet->buffer.DataOffset + (ULONG)by);
    packet->buffer.DataLength -= (ULONG)by;
    packet->offset = packet->buffer.DataOffset;
    packet->bytes = packet->buffer.DataLength;
}

void wfp_packet_write(struct wfp_packet *packet, ULONG at, const UCHAR *bytes, ULONG count)
{
    const MDL *mdl = packet->buffer.MdlChain;
    ULONG place = packet->buffer.DataOffset + at;
    for (ULONG done = 0; mdl != NULL && done < count; mdl = mdl->Next) {
        ULONG size = MmGetMdlByteCount(mdl);
        while (place < size && done < count) {
            ((UCHAR *)wfp_port_mdl_address(mdl))[place++] = bytes[done++];
        }
        place -= size;
    }
}

void wfp_packet_free(struct wfp_packet *packet)
{
    for (ULONG i = 0; i < WFP_PACKET_MDLS; i++) {
        wfp_port_mdl_free(packet->mdls[i]);
    }
    wfp_port_free(packet->memory);
    wfp_port_free(packet);
}

void wfp_packet_check(const struct wfp_packet *packet, bool pended)
{
    if (packet->buffer.DataOffset != packet->offset || packet->buffer.DataLength != packet->bytes) {
        wfp_port_broken("R47", "a classify moved the data of its packet from %u to %u",
                        packet->offset, packet->buffer.DataOffset);
    }
    if (pended && packet->references != 0) {
        wfp_port_broken("R42", "a pended classify kept a reference of its packet");
    }
}

ULONG wfp_packet_read(const struct wfp_packet *packet, ULONG skip, UCHAR *into, ULONG room)
{
    ULONG all = packet->buffer.DataLength > skip ? packet->buffer.DataLength - skip : 0;
    wfp_buffer_read(&packet->buffer, skip, into, all < room ? all : room);
    return all;
}

/* With wfp_lock held. */
static bool is_live(const NET_BUFFER_LIST *list)
{
    for (LIST_ENTRY *e = driver_packets.Flink; e != &driver_packets; e = e->Flink) {
        if (&CONTAINING_RECORD(e, struct wfp_packet, link)->list == list) {
            return true;
        }
    }
    return false;
}

bool wfp_packet_launch(NET_BUFFER_LIST *list)
{
    bool live, flies = false;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    live = is_live(list);
    if (live) {
        flies = wfp_packet_of(list)->in_flight;
        wfp_packet_of(list)->in_flight = true;
        wfp_packet_of(list)->state = FWPS_PACKET_INJECTED_BY_SELF;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    if (!live) {
        wfp_port_broken("R42", "a network buffer list was injected that the driver did not make");
    } else if (flies) {
        wfp_port_broken("R49", "a network buffer list was injected twice");
    }
    return live && !flies;
}

void wfp_packet_land(struct wfp_packet *packet, NTSTATUS status)
{
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    packet->in_flight = false;
    packet->list.Status = status;
    KeReleaseSpinLock(&wfp_lock, irql);
}

/* What the driver calls */

PVOID NdisAllocateGenericObject(PDRIVER_OBJECT DriverObject, ULONG Tag, USHORT Size)
{
    NTSTATUS status;
    (void)DriverObject;
    (void)Tag;
    (void)Size;
    if (wfp_port_call_fails("NdisAllocateGenericObject", &status)) {
        return NULL;
    }
    (void)InterlockedIncrement(&owners);
    return &owners;
}

VOID NdisFreeGenericObject(PVOID NdisObject)
{
    (void)NdisObject;
    (void)InterlockedDecrement(&owners);
}

NDIS_HANDLE NdisAllocateNetBufferListPool(NDIS_HANDLE NdisHandle,
                                          const NET_BUFFER_LIST_POOL_PARAMETERS *Parameters)
{
    NTSTATUS status;
    if (NdisHandle == NULL || !Parameters->fAllocateNetBuffer ||
        Parameters->Header.Type != NDIS_OBJECT_TYPE_DEFAULT ||
        Parameters->Header.Size != sizeof(*Parameters)) {
        wfp_port_broken("W1", "a pool that FwpsAllocateNetBufferAndNetBufferList0 can't use");
        return NULL;
    }
    if (wfp_port_call_fails("NdisAllocateNetBufferListPool", &status)) {
        return NULL;
    }
    (void)InterlockedIncrement(&pools);
    return &pools;
}

VOID NdisFreeNetBufferListPool(NDIS_HANDLE PoolHandle)
{
    (void)PoolHandle;
    if (!IsListEmpty(&driver_packets)) {
        wfp_port_broken("R49", "a pool was freed before its network buffer lists");
    }
    (void)InterlockedDecrement(&pools);
}

VOID FwpsReferenceNetBufferList0(NET_BUFFER_LIST *netBufferList, BOOLEAN intendToModify)
{
    (void)intendToModify;
    (void)InterlockedIncrement(&wfp_packet_of(netBufferList)->references);
}

VOID FwpsDereferenceNetBufferList0(NET_BUFFER_LIST *netBufferList, BOOLEAN dispatchLevel)
{
    (void)dispatchLevel;
    (void)InterlockedDecrement(&wfp_packet_of(netBufferList)->references);
}

NTSTATUS FwpsAllocateNetBufferAndNetBufferList0(NDIS_HANDLE poolHandle, USHORT contextSize,
                                                USHORT contextBackFill, MDL *mdlChain,
                                                ULONG dataOffset, SIZE_T dataLength,
                                                NET_BUFFER_LIST **netBufferList)
{
    struct wfp_packet *packet;
    NTSTATUS status;
    KIRQL irql;
    (void)contextSize;
    (void)contextBackFill;
    wfp_port_require_irql(DISPATCH_LEVEL, "FwpsAllocateNetBufferAndNetBufferList0", "R31");
    if (poolHandle != &pools || pools == 0) {
        wfp_port_broken("W1", "a network buffer list from a pool that is not there");
        return STATUS_INVALID_PARAMETER;
    }
    if (wfp_port_call_fails("FwpsAllocateNetBufferAndNetBufferList0", &status)) {
        return status;
    }
    packet = wfp_port_allocate(sizeof(*packet));
    packet->of_driver = true;
    packet->list.FirstNetBuffer = &packet->buffer;
    packet->buffer.MdlChain = mdlChain;
    packet->buffer.DataLength = (ULONG)dataLength;
    wfp_buffer_start(&packet->buffer, dataOffset);
    packet->offset = dataOffset;
    packet->bytes = (ULONG)dataLength;
    KeAcquireSpinLock(&wfp_lock, &irql);
    InsertTailList(&driver_packets, &packet->link);
    KeReleaseSpinLock(&wfp_lock, irql);
    *netBufferList = &packet->list;
    return STATUS_SUCCESS;
}

VOID FwpsFreeNetBufferList0(NET_BUFFER_LIST *netBufferList)
{
    bool live, flies = false;
    KIRQL irql;
    wfp_port_require_irql(DISPATCH_LEVEL, "FwpsFreeNetBufferList0", "R31");
    KeAcquireSpinLock(&wfp_lock, &irql);
    live = is_live(netBufferList);
    flies = live && wfp_packet_of(netBufferList)->in_flight;
    KeReleaseSpinLock(&wfp_lock, irql);
    if (live && !flies) {
        wfp_received_lost(wfp_packet_of(netBufferList));
    }
    KeAcquireSpinLock(&wfp_lock, &irql);
    live = is_live(netBufferList);
    if (live) {
        flies = wfp_packet_of(netBufferList)->in_flight;
    }
    if (live && !flies) {
        (void)RemoveEntryList(&wfp_packet_of(netBufferList)->link);
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    if (!live) {
        wfp_port_broken("R49", "a network buffer list was freed twice, or is not the driver's");
    } else if (flies) {
        wfp_port_broken("R49", "a network buffer list was freed while it is being injected");
    } else {
        wfp_port_free(wfp_packet_of(netBufferList));
    }
}

ULONG wfp_control_data(const struct wfp_endpoint *endpoint, UCHAR *into)
{
    if ((endpoint->handle >> 4 & 1) == 0) {
        return 0;
    }
    memset(into, 0, WFP_CONTROL_BYTES);
    into[0] = WFP_CONTROL_BYTES;
    memcpy(into + 16, &endpoint->handle, sizeof(endpoint->handle));
    return WFP_CONTROL_BYTES;
}

void wfp_ip_header(const struct wfp_endpoint *endpoint, UCHAR *into)
{
    memset(into, 0, WFP_IP_HEADER);
    into[0] = 0x45;
    memcpy(into + 4, &endpoint->handle, sizeof(endpoint->handle));
}
