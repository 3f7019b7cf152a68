/* Packets from outside: their headers, and what authorizes a connection (R25-R28, R43, R46, R48). */
#include "packet.h"

#define PROTOCOL_TCP     6
#define PROTOCOL_UDP     17
#define PROTOCOL_AH      51
#define IPV4_BYTES       20
#define IPV6_BYTES       40
#define AH_BYTES         24
#define MORE_FRAGMENTS   0x20
#define REFUSED_RECALLED 64

/* Connections that were completed without a packet: nothing may be received for them (R27). */
static struct lab_attempt refused[REFUSED_RECALLED];
static ULONG next_refused;

void wfp_received_start(void)
{
    memset(refused, 0, sizeof(refused));
    next_refused = 0;
}

/* Headers */

static void store(UCHAR *bytes, ULONG number)
{
    bytes[0] = (UCHAR)(number >> 8);
    bytes[1] = (UCHAR)number;
}

static ULONG load(const UCHAR *bytes)
{
    return (ULONG)bytes[0] << 8 | bytes[1];
}

static ULONG sum_of(const UCHAR *bytes, ULONG count)
{
    ULONG sum = 0;
    for (ULONG i = 0; i + 1 < count; i += 2) {
        sum += load(bytes + i);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16);
}

static ULONG transport_bytes(UINT8 protocol)
{
    return protocol == PROTOCOL_TCP ? 20 : wfp_transport_header_bytes(protocol);
}

static void write_transport(const struct lab_attempt *what, UCHAR *header)
{
    if (what->protocol == PROTOCOL_TCP || what->protocol == PROTOCOL_UDP) {
        store(header, what->remote.port);
        store(header + 2, what->local.port);
        store(header + 4, 8 + (ULONG)what->payload_bytes);
    } else {
        header[0] = (UCHAR)what->local.port;
        header[1] = (UCHAR)what->remote.port;
    }
    if (what->protocol == PROTOCOL_TCP) {
        header[12] = 0x50;
        header[13] = 0x02; /* SYN */
    }
}

static void write_ah(UCHAR *header, UINT8 next, ULONG bytes)
{
    header[0] = next;
    header[1] = (UCHAR)(bytes / 4 - 2);
    header[4] = 1;
}

/* Length, fragment bits and checksum are those of a first fragment now and then, as in what was put together. */
static void write_ipv4(const struct wfp_attempt *attempt, UCHAR *header, ULONG bytes, UINT8 next)
{
    const struct lab_attempt *what = &attempt->what;
    bool fragments = wfp_port_random() % 4 == 0;
    header[0] = (UCHAR)(0x40 | bytes / 4);
    memset(header + IPV4_BYTES, 1, bytes - IPV4_BYTES); /* no-operation options */
    store(header + 2, fragments ? bytes + 8
                                : bytes + (attempt->odd.ipsec ? AH_BYTES : 0u) +
                                      transport_bytes(what->protocol) + (ULONG)what->payload_bytes);
    header[6] = fragments ? MORE_FRAGMENTS : 0x40;
    header[8] = 64;
    header[9] = next;
    memcpy(header + 12, what->remote.bytes, 4);
    memcpy(header + 16, what->local.bytes, 4);
    store(header + 10, fragments ? 0xdead : ~sum_of(header, bytes));
}

static ULONG write_ipv6(const struct wfp_attempt *attempt, UCHAR *header, UINT8 next)
{
    const struct lab_attempt *what = &attempt->what;
    ULONG options = wfp_port_random() % 2 == 0 ? 8 : 0;
    header[0] = 0x60;
    store(header + 4, options + (attempt->odd.ipsec ? AH_BYTES : 0u) +
                          transport_bytes(what->protocol) + (ULONG)what->payload_bytes);
    header[6] = options != 0 ? 60 : next; /* destination options */
    memcpy(header + 8, what->remote.bytes, 16);
    memcpy(header + 24, what->local.bytes, 16);
    if (options != 0) {
        header[IPV6_BYTES] = next;
        header[IPV6_BYTES + 2] = 1; /* PadN */
        header[IPV6_BYTES + 3] = 4;
    }
    return IPV6_BYTES + options;
}

ULONG wfp_received_headers(const struct wfp_attempt *attempt, struct wfp_packet *packet,
                           UCHAR *into)
{
    const struct lab_attempt *what = &attempt->what;
    UINT8 next = attempt->odd.ipsec ? PROTOCOL_AH : what->protocol;
    memset(into, 0, WFP_RECEIVED_HEADERS);
    if (what->family == 4) {
        packet->ip_bytes = IPV4_BYTES + 4 * (ULONG)(wfp_port_random() % 3);
        write_ipv4(attempt, into, packet->ip_bytes, next);
    } else {
        packet->ip_bytes = write_ipv6(attempt, into, next);
    }
    if (attempt->odd.ipsec) {
        write_ah(into + packet->ip_bytes, what->protocol, AH_BYTES);
        packet->ip_bytes += AH_BYTES;
    }
    packet->transport_bytes = transport_bytes(what->protocol);
    write_transport(what, into + packet->ip_bytes);
    return packet->ip_bytes + packet->transport_bytes;
}

/* What the driver injects */

struct received {
    UINT8 family, protocol;
    ULONG ip_bytes; /* with everything in front of the transport header */
    bool has_ah;
    ULONG data_bytes; /* of the list */
    UCHAR header[WFP_RECEIVED_HEADERS];
    const UCHAR *transport;
};

/* Steps over the headers between IP's and the transport's. */
static void step_over(struct received *received, ULONG at, UINT8 next)
{
    while (next == 60 || next == PROTOCOL_AH) {
        const UCHAR *header = received->header + at;
        received->has_ah = received->has_ah || next == PROTOCOL_AH;
        at += next == 60 ? 8 + 8u * header[1] : 8 + 4u * header[1];
        next = header[0];
        if (at + 20 > sizeof(received->header)) {
            break;
        }
    }
    received->ip_bytes = at;
    received->protocol = next;
    received->transport = received->header + at;
}

/* False when it doesn't begin with an IP header. */
static bool parse(const struct wfp_packet *packet, struct received *received)
{
    memset(received, 0, sizeof(*received));
    received->data_bytes = wfp_packet_read(packet, 0, received->header, sizeof(received->header));
    received->family = received->header[0] >> 4;
    if (received->family == 4 && (received->header[0] & 0xf) >= 5) {
        step_over(received, (received->header[0] & 0xfu) * 4, received->header[9]);
    } else if (received->family == 6) {
        step_over(received, IPV6_BYTES, received->header[6]);
    } else {
        return false;
    }
    return received->data_bytes >= received->ip_bytes;
}

static bool is_of(const struct lab_attempt *what, const struct received *received)
{
    ULONG bytes = what->family == 4 ? 4 : 16, source = what->family == 4 ? 12 : 8;
    bool ports = what->protocol == PROTOCOL_TCP || what->protocol == PROTOCOL_UDP;
    return what->direction == LAB_INBOUND && what->family == received->family &&
           what->protocol == received->protocol &&
           memcmp(received->header + source, what->remote.bytes, bytes) == 0 &&
           memcmp(received->header + source + bytes, what->local.bytes, bytes) == 0 &&
           (!ports || (load(received->transport) == what->remote.port &&
                       load(received->transport + 2) == what->local.port));
}

static bool is_undecided(const struct wfp_attempt *attempt, const void *context)
{
    return (attempt->state == WFP_CLASSIFYING || attempt->state == WFP_PENDED) &&
           is_of(&attempt->what, context);
}

static bool is_awaited(const struct wfp_attempt *attempt, const void *context)
{
    return (attempt->state == WFP_COMPLETED || attempt->state == WFP_FLOW) &&
           is_of(&attempt->what, context);
}

static bool was_refused(const struct received *received)
{
    bool found = false;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (ULONG i = 0; i < REFUSED_RECALLED && !found; i++) {
        found = refused[i].family != 0 && is_of(&refused[i], received);
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return found;
}

void wfp_received_check(const struct wfp_packet *packet)
{
    struct received received;
    struct wfp_attempt *attempt;
    if (!parse(packet, &received)) {
        wfp_port_broken("R46", "a packet was received that doesn't begin with its IP header");
        return;
    }
    attempt = wfp_attempt_find(is_undecided, &received);
    if (attempt != NULL) {
        if (!packet->completed) {
            wfp_port_broken("R26", "a packet was injected before its operation was completed");
        }
        wfp_attempt_release(attempt);
    }
    if (received.protocol == PROTOCOL_TCP && !packet->completed) {
        wfp_port_broken("R26", "a packet was injected that FwpsCompleteOperation0 was not given");
    }
    if (!packet->completed && was_refused(&received)) {
        wfp_port_broken("R27", "a packet was injected of a connection that was refused");
    }
    if (packet->buffer.Next != NULL || packet->list.Next != NULL) {
        wfp_port_broken("R46", "more than one packet was injected at once");
    }
}

static void recall_refused(const struct wfp_attempt *attempt)
{
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    refused[next_refused++ % REFUSED_RECALLED] = attempt->what;
    KeReleaseSpinLock(&wfp_lock, irql);
}

static void forget_refused(const struct received *received)
{
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (ULONG i = 0; i < REFUSED_RECALLED; i++) {
        if (refused[i].family != 0 && is_of(&refused[i], received)) {
            refused[i].family = 0;
        }
    }
    KeReleaseSpinLock(&wfp_lock, irql);
}

/* The list must be the connection's packet, and not on its way yet (R26). */
static bool check_completion(const struct wfp_attempt *attempt, const struct wfp_packet *packet,
                             struct received *received)
{
    bool right = packet->of_driver && parse(packet, received) && is_of(&attempt->what, received);
    if (packet->in_flight || !right) {
        wfp_port_broken("R26", "FwpsCompleteOperation0 was given %s",
                        right ? "a packet that is being injected"
                              : "something else than the connection's packet");
    }
    return right && !packet->in_flight;
}

/* RECV_ACCEPT isn't reauthorized: a packet that is injected is its authorization (R25). */
void wfp_received_completed(struct wfp_attempt *attempt, NET_BUFFER_LIST *list, bool closing)
{
    struct wfp_packet *packet = wfp_packet_of(list);
    struct received received;
    if (list != NULL && !check_completion(attempt, packet, &received)) {
        return;
    }
    if (list != NULL) {
        packet->completed = true;
        forget_refused(&received);
    }
    if (closing) {
        return;
    }
    if (wfp_attempt_is_handshake(&attempt->what)) {
        wfp_endpoint_rename(attempt->endpoint); /* the next SYN, this or another, is of a new one */
    }
    if (list == NULL) {
        recall_refused(attempt);
        wfp_attempt_decide(attempt, FWP_ACTION_BLOCK);
        return;
    }
    packet->accepts = attempt;
    wfp_attempt_reference(attempt);
}

void wfp_received_lost(struct wfp_packet *packet)
{
    struct wfp_attempt *attempt = packet->accepts;
    packet->accepts = NULL;
    if (attempt == NULL) {
        return;
    }
    if (wfp_attempt_state(attempt) == WFP_COMPLETED) {
        wfp_attempt_decide(attempt, FWP_ACTION_BLOCK);
    }
    wfp_attempt_release(attempt);
}

static void check_ipv4(const struct received *received)
{
    const UCHAR *header = received->header;
    ULONG bytes = (header[0] & 0xfu) * 4;
    if (sum_of(header, bytes) != 0xffff) {
        wfp_port_broken("R46", "a packet was received with a wrong IP checksum");
    }
    if (load(header + 2) != received->data_bytes || (load(header + 6) & 0x3fff) != 0) {
        wfp_port_broken("R46", "a packet says %u bytes and 0x%x of fragments, and has %u bytes",
                        load(header + 2), load(header + 6), received->data_bytes);
    }
}

static void check_headers(const struct received *received, const struct wfp_arrival *arrival,
                          const struct wfp_attempt *attempt)
{
    ULONG compartment = attempt->odd.compartment != 0 ? attempt->odd.compartment : 1;
    if (received->has_ah) {
        wfp_port_broken("R48", "a packet was received with what IPsec had put into its header");
    }
    if (received->family == 4) {
        check_ipv4(received);
    } else if (load(received->header + 4) != received->data_bytes - IPV6_BYTES) {
        wfp_port_broken("R46", "a packet says another length than it has");
    }
    if (arrival->compartment != compartment || arrival->interface_index != WFP_INTERFACE ||
        arrival->sub_interface_index != WFP_SUB_INTERFACE) {
        wfp_port_broken("R46", "a packet was received on another interface or compartment");
    }
}

static void deliver(const struct wfp_packet *packet, const struct received *received,
                    const struct wfp_attempt *attempt)
{
    UCHAR first[sizeof(((struct wfp_delivery *)0)->first)] = {0};
    ULONG bytes = wfp_packet_read(packet, received->ip_bytes + transport_bytes(received->protocol),
                                  first, sizeof(first));
    if (attempt->what.payload != NULL) {
        wfp_deliver(attempt->endpoint, first, bytes);
    }
}

/* The stack has stepped over the headers when it asks the callouts, and back when it is done. */
static bool authorized(struct wfp_attempt *attempt, struct wfp_packet *packet,
                       const struct received *received)
{
    bool is_icmp = attempt->what.protocol == 1 || attempt->what.protocol == 58;
    struct wfp_result result;
    packet->ip_bytes = received->ip_bytes;
    packet->transport_bytes = transport_bytes(received->protocol);
    LONG over = (LONG)(packet->ip_bytes + (is_icmp ? 0 : packet->transport_bytes));
    if (wfp_port_random() % 4 == 0) {
        packet->state = FWPS_PACKET_PREVIOUSLY_INJECTED_BY_SELF;
    }
    wfp_packet_move(packet, over);
    result = wfp_classify_injected(attempt, 0, packet);
    wfp_packet_move(packet, -over);
    return result.action != FWP_ACTION_BLOCK;
}

static NTSTATUS accept(struct wfp_attempt *attempt, struct wfp_packet *packet,
                       const struct received *received)
{
    if (wfp_attempt_state(attempt) == WFP_COMPLETED && !authorized(attempt, packet, received)) {
        wfp_attempt_decide(attempt, FWP_ACTION_BLOCK);
        return STATUS_ACCESS_DENIED;
    }
    deliver(packet, received, attempt);
    if (wfp_attempt_state(attempt) == WFP_COMPLETED) {
        wfp_attempt_decide(attempt, FWP_ACTION_PERMIT);
    }
    return STATUS_SUCCESS;
}

/* The connection that the packet was completed for, if it still waits: a retransmission of it may be a flow by now. */
static struct wfp_attempt *find_receiver(const struct wfp_packet *packet,
                                         const struct received *received)
{
    struct wfp_attempt *own = packet->accepts;
    if (own != NULL && wfp_attempt_state(own) == WFP_COMPLETED && is_of(&own->what, received)) {
        wfp_attempt_reference(own);
        return own;
    }
    return wfp_attempt_find(is_awaited, received);
}

NTSTATUS wfp_receive(struct wfp_packet *packet, const struct wfp_arrival *arrival)
{
    struct received received;
    struct wfp_attempt *attempt;
    NTSTATUS status;
    if (!parse(packet, &received)) {
        return STATUS_INVALID_PARAMETER;
    }
    attempt = find_receiver(packet, &received);
    if (attempt == NULL) {
        return STATUS_INVALID_HANDLE; /* the socket is gone */
    }
    check_headers(&received, arrival, attempt);
    status = accept(attempt, packet, &received);
    wfp_attempt_release(attempt);
    return status;
}

/* IPsec's headers and IPv6's extension headers go, IPv4's options stay. */
NTSTATUS FwpsConstructIpHeaderForTransportPacket0(
    NET_BUFFER_LIST *netBufferList, ULONG headerIncludeHeaderLength, USHORT addressFamily,
    const UCHAR *sourceAddress, const UCHAR *remoteAddress, int nextProtocol, UINT64 endpointHandle,
    PVOID controlData, ULONG controlDataLength, UINT32 flags, PVOID reserved, ULONG interfaceIndex,
    ULONG subInterfaceIndex)
{
    struct wfp_packet *packet = wfp_packet_of(netBufferList);
    ULONG bytes = addressFamily == PR_AF_INET ? 4 : 16,
          source = addressFamily == PR_AF_INET ? 12 : 8;
    struct received received;
    ULONG kept;
    NTSTATUS status;
    (void)endpointHandle;
    (void)controlData;
    (void)controlDataLength;
    (void)flags;
    (void)interfaceIndex;
    (void)subInterfaceIndex;
    wfp_port_require_irql(DISPATCH_LEVEL, "FwpsConstructIpHeaderForTransportPacket0", "R31");
    if (wfp_port_call_fails("FwpsConstructIpHeaderForTransportPacket0", &status)) {
        return status;
    }
    if (!packet->of_driver || !parse(packet, &received) || reserved != NULL ||
        received.ip_bytes != headerIncludeHeaderLength) {
        wfp_port_broken("R48", "an IP header was to be rebuilt where there is none");
        return STATUS_INVALID_PARAMETER;
    }
    kept = received.family == 4 ? (received.header[0] & 0xfu) * 4 : IPV6_BYTES;
    memcpy(received.header + source, sourceAddress, bytes);
    memcpy(received.header + source + bytes, remoteAddress, bytes);
    wfp_packet_move(packet, (LONG)(received.ip_bytes - kept));
    received.data_bytes -= received.ip_bytes - kept;
    if (received.family == 4) {
        store(received.header + 2, received.data_bytes);
        store(received.header + 6, 0);
        received.header[9] = (UCHAR)nextProtocol;
        store(received.header + 10, 0);
        store(received.header + 10, ~sum_of(received.header, kept));
    } else {
        store(received.header + 4, received.data_bytes - IPV6_BYTES);
        received.header[6] = (UCHAR)nextProtocol;
    }
    wfp_packet_write(packet, 0, received.header, kept);
    return STATUS_SUCCESS;
}
