/*
 * Packets of ALE_AUTH_RECV_ACCEPT: copied with their IP header, which receive injection wants (R46).
 *
 * At this layer the data begins behind the transport header, for ICMP with it, and the stack may have stepped back over
 * it already ("Data offset positions" of Microsoft's WFP documentation; the inspect sample). So the header is looked for
 * where it can be, and is the right one when version and peer are (R47).
 */
#include "packets.h"

#define IPV4_BYTES         20
#define IPV6_BYTES         40
#define IPV4_DONT_FRAGMENT 0x40

static ULONG least_header(const struct pr_key *key)
{
    return key->family == PR_FAMILY_IPV4 ? IPV4_BYTES : IPV6_BYTES;
}

/* The source address of the header, in either version, is that of the peer. */
static BOOLEAN is_ip_header(const UINT8 *header, const struct pr_key *key)
{
    BOOLEAN ipv4 = key->family == PR_FAMILY_IPV4;
    ULONG version = ipv4 ? 4 : 6, source = ipv4 ? 12 : 8, bytes = ipv4 ? 4 : 16;
    return (ULONG)(header[0] >> 4) == version &&
           memcmp(header + source, key->remote.address, bytes) == 0;
}

static VOID advance(NET_BUFFER *buffer, ULONG bytes)
{
    NdisAdvanceNetBufferDataStart(buffer, bytes, FALSE, NULL);
}

/* True, with the data beginning `back` bytes earlier, when that is the IP header. */
static BOOLEAN retreat_to_header(NET_BUFFER *buffer, const struct pr_key *key, ULONG back)
{
    UINT8 storage[IPV6_BYTES];
    ULONG least = least_header(key);
    if (back < least || back > NET_BUFFER_DATA_OFFSET(buffer) ||
        !NT_SUCCESS(NdisRetreatNetBufferDataStart(buffer, back, 0, NULL))) {
        return FALSE;
    }
    const UINT8 *header = NdisGetDataBuffer(buffer, least, storage, 1, 0);
    if (header != NULL && is_ip_header(header, key)) {
        return TRUE;
    }
    advance(buffer, back);
    return FALSE;
}

/* How far the data was moved; 0 when there is no IP header to be found. */
static ULONG retreat(const FWPS_INCOMING_METADATA_VALUES0 *metadata, const struct pr_key *key,
                     NET_BUFFER *buffer)
{
    ULONG ip = metadata->ipHeaderSize;
    BOOLEAN has_transport = pr_fields_has(metadata, FWPS_METADATA_FIELD_TRANSPORT_HEADER_SIZE);
    if (!pr_fields_has(metadata, FWPS_METADATA_FIELD_IP_HEADER_SIZE)) {
        return 0;
    }
    if (has_transport && retreat_to_header(buffer, key, ip + metadata->transportHeaderSize)) {
        return ip + metadata->transportHeaderSize;
    }
    return retreat_to_header(buffer, key, ip) ? ip : 0;
}

static struct pr_datagram *copy_from_header(const struct pr_call *call, const struct pr_key *key,
                                            NET_BUFFER *buffer)
{
    UINT32 flags = pr_fields_uint32(call->values, call->fields->flags);
    struct pr_datagram *copy = pr_datagram_allocate(key, 0, NET_BUFFER_DATA_LENGTH(buffer));
    if (copy == NULL) {
        return NULL;
    }
    if (!pr_packets_read(buffer, copy->bytes)) {
        pr_datagram_free(copy);
        return NULL;
    }
    copy->flags = PR_DATAGRAM_IP_HEADER | PR_DATAGRAM_RECEIVED;
    copy->flags |= (flags & FWP_CONDITION_FLAG_IS_IPSEC_SECURED) != 0 ? PR_DATAGRAM_IPSEC : 0u;
    copy->ip_header_bytes = call->metadata->ipHeaderSize;
    copy->interface_index = pr_fields_uint32(call->values, call->fields->interface_index);
    copy->sub_interface_index = pr_fields_uint32(call->values, call->fields->sub_interface_index);
    return copy;
}

/* The offset is where it was when this returns (R47). */
struct pr_datagram *pr_packets_copy_received(const struct pr_call *call, const struct pr_key *key,
                                             NET_BUFFER *buffer)
{
    ULONG back = retreat(call->metadata, key, buffer);
    if (back == 0) {
        return NULL;
    }
    struct pr_datagram *copy = copy_from_header(call, key, buffer);
    advance(buffer, back);
    return copy;
}

static UINT16 checksum(const UINT8 *bytes, ULONG count)
{
    UINT32 sum = 0;
    for (ULONG i = 0; i + 1 < count; i += 2) {
        sum += (UINT32)bytes[i] << 8 | bytes[i + 1];
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (UINT16)~sum;
}

static VOID store(UINT8 *bytes, ULONG number)
{
    bytes[0] = (UINT8)(number >> 8);
    bytes[1] = (UINT8)number;
}

/* What was put together of fragments still says that it is the first of them, with a checksum of its own
 * ("Callout driver programming considerations"). */
static VOID repair_ipv4(UINT8 *header, ULONG packet_bytes)
{
    ULONG bytes = (ULONG)(header[0] & 0xf) * 4;
    if (bytes < IPV4_BYTES || bytes > packet_bytes) {
        return;
    }
    store(header + 2, packet_bytes);
    header[6] &= IPV4_DONT_FRAGMENT;
    header[7] = 0;
    store(header + 10, 0);
    store(header + 10, checksum(header, bytes));
}

NTSTATUS pr_packets_rebuild(const struct pr_datagram *datagram, NET_BUFFER_LIST *packet)
{
    const struct pr_key *key = &datagram->key;
    UINT8 *header = (UINT8 *)datagram->bytes + datagram->packet_offset;
    if ((datagram->flags & PR_DATAGRAM_IPSEC) != 0) {
        return FwpsConstructIpHeaderForTransportPacket0(
            packet, datagram->ip_header_bytes,
            key->family == PR_FAMILY_IPV4 ? PR_AF_INET : PR_AF_INET6, key->remote.address,
            key->local.address, key->protocol, 0, NULL, 0, 0, NULL, datagram->interface_index,
            datagram->sub_interface_index);
    }
    if (key->family == PR_FAMILY_IPV4) {
        repair_ipv4(header, datagram->packet_bytes);
    } else {
        store(header + 4, datagram->packet_bytes - IPV6_BYTES);
    }
    return STATUS_SUCCESS;
}
