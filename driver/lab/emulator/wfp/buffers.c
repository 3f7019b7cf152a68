/* See buffers.h. */
#include "buffers.h"

#include "port.h"

void wfp_buffer_start(NET_BUFFER *buffer, ULONG offset)
{
    PMDL mdl = buffer->MdlChain;
    ULONG left = offset;
    while (mdl != NULL && mdl->Next != NULL && left >= MmGetMdlByteCount(mdl)) {
        left -= MmGetMdlByteCount(mdl);
        mdl = mdl->Next;
    }
    buffer->DataOffset = offset;
    buffer->CurrentMdl = mdl;
    buffer->CurrentMdlOffset = left;
}

void wfp_buffer_read(const NET_BUFFER *buffer, ULONG skip, UCHAR *into, ULONG count)
{
    ULONG at = buffer->DataOffset + skip, done = 0;
    for (const MDL *mdl = buffer->MdlChain; mdl != NULL && done < count; mdl = mdl->Next) {
        ULONG size = MmGetMdlByteCount(mdl);
        if (at >= size) {
            at -= size;
            continue;
        }
        ULONG part = size - at < count - done ? size - at : count - done;
        memcpy(into + done, (UCHAR *)wfp_port_mdl_address(mdl) + at, part);
        done += part;
        at = 0;
    }
    if (done < count) {
        wfp_port_broken("R47", "a packet says %u bytes, its MDLs have %u", count, done);
    }
}

PVOID NdisGetDataBuffer(NET_BUFFER *NetBuffer, ULONG BytesNeeded, PVOID Storage,
                        ULONG AlignMultiple, ULONG AlignOffset)
{
    PMDL mdl;
    (void)AlignMultiple;
    (void)AlignOffset;
    if (NetBuffer == NULL) {
        wfp_port_broken("R41", "NdisGetDataBuffer without a packet");
        return NULL;
    }
    mdl = NetBuffer->CurrentMdl;
    if (BytesNeeded == 0 || BytesNeeded > NetBuffer->DataLength) {
        return NULL;
    }
    if (MmGetMdlByteCount(mdl) >= NetBuffer->CurrentMdlOffset + BytesNeeded) {
        return (UCHAR *)wfp_port_mdl_address(mdl) + NetBuffer->CurrentMdlOffset;
    }
    if (Storage == NULL) {
        return NULL;
    }
    wfp_buffer_read(NetBuffer, 0, Storage, BytesNeeded);
    return Storage;
}

NDIS_STATUS NdisRetreatNetBufferDataStart(NET_BUFFER *NetBuffer, ULONG DataOffsetDelta,
                                          ULONG DataBackFill, PVOID AllocateMdlHandler)
{
    NTSTATUS status;
    (void)DataBackFill;
    (void)AllocateMdlHandler;
    if (NetBuffer == NULL) {
        wfp_port_broken("R41", "NdisRetreatNetBufferDataStart without a packet");
        return STATUS_INVALID_PARAMETER;
    }
    if (DataOffsetDelta > NetBuffer->DataOffset ||
        wfp_port_call_fails("NdisRetreatNetBufferDataStart", &status)) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    wfp_buffer_start(NetBuffer, NetBuffer->DataOffset - DataOffsetDelta);
    NetBuffer->DataLength += DataOffsetDelta;
    return STATUS_SUCCESS;
}

VOID NdisAdvanceNetBufferDataStart(NET_BUFFER *NetBuffer, ULONG DataOffsetDelta, BOOLEAN FreeMdl,
                                   PVOID FreeMdlHandler)
{
    (void)FreeMdl;
    (void)FreeMdlHandler;
    if (DataOffsetDelta > NetBuffer->DataLength) {
        wfp_port_broken("R47", "a packet was advanced beyond its end");
        return;
    }
    wfp_buffer_start(NetBuffer, NetBuffer->DataOffset + DataOffsetDelta);
    NetBuffer->DataLength -= DataOffsetDelta;
}
