/* Injection: handles, the way of an injected packet through the layers again, and what arrived in the end. */
#include "packet.h"

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define ADDRESS_MOST 16

struct handle {
    LIST_ENTRY link;
    UINT64 id;
    LONG pending;
    bool closing;
};

struct injection {
    LIST_ENTRY link;
    struct handle *handle;
    UINT64 endpoint;
    bool receives;
    struct wfp_arrival arrival;
    bool has_parameters;
    FWPS_TRANSPORT_SEND_PARAMS0 parameters;
    ULONG compartment;
    struct wfp_packet *packet;
    FWPS_INJECT_COMPLETE0 complete;
    HANDLE context;
};

static LIST_ENTRY handles, injections;
static bool running; /* a thread is about the injections: they keep their order */
static bool paused;  /* by the scenario: what was injected stays under way */
static UINT64 next_handle;
static struct wfp_delivery deliveries[WFP_MAX_DELIVERIES];
static ULONG delivered;

void wfp_injections_start(void)
{
    InitializeListHead(&handles);
    InitializeListHead(&injections);
    running = false;
    paused = false;
    next_handle = 0;
    delivered = 0;
    wfp_packets_start();
    wfp_received_start();
}

void wfp_injections_stop(void)
{
    while (!IsListEmpty(&handles)) {
        wfp_port_broken("R55", "an injection handle was never destroyed");
        wfp_port_free(CONTAINING_RECORD(RemoveHeadList(&handles), struct handle, link));
    }
    wfp_packets_stop();
}

void wfp_deliver(const struct wfp_endpoint *endpoint, const void *payload, SIZE_T bytes)
{
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    if (delivered < WFP_MAX_DELIVERIES) {
        struct wfp_delivery *delivery = &deliveries[delivered++];
        memset(delivery, 0, sizeof(*delivery));
        delivery->endpoint = endpoint->id;
        delivery->bytes = bytes;
        if (bytes > 0) {
            memcpy(delivery->first, payload,
                   bytes < sizeof(delivery->first) ? bytes : sizeof(delivery->first));
        }
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    wfp_port_trace("deliver", "\"endpoint\":%llu,\"bytes\":%llu", (unsigned long long)endpoint->id,
                   (unsigned long long)bytes);
}

ULONG wfp_deliveries(const struct wfp_delivery **list)
{
    *list = deliveries;
    return delivered;
}

/* With wfp_lock held. */
static struct handle *find(HANDLE value)
{
    for (LIST_ENTRY *e = handles.Flink; e != &handles; e = e->Flink) {
        struct handle *handle = CONTAINING_RECORD(e, struct handle, link);
        if (handle->id == (UINT64)(ULONG_PTR)value) {
            return handle;
        }
    }
    return NULL;
}

NTSTATUS FwpsInjectionHandleCreate0(USHORT addressFamily, UINT32 flags, HANDLE *injectionHandle)
{
    struct handle *handle;
    NTSTATUS status;
    KIRQL irql;
    (void)addressFamily;
    wfp_port_require_irql(PASSIVE_LEVEL, "FwpsInjectionHandleCreate0", "R57");
    if (wfp_port_call_fails("FwpsInjectionHandleCreate0", &status)) {
        return status;
    }
    if (flags != 0 && (flags & FWPS_INJECTION_TYPE_TRANSPORT) == 0) {
        wfp_port_broken("R57", "an injection handle that is of no use at the transport layer");
    }
    handle = wfp_port_allocate(sizeof(*handle));
    KeAcquireSpinLock(&wfp_lock, &irql);
    handle->id = ++next_handle << 8 | 0x3;
    InsertTailList(&handles, &handle->link);
    KeReleaseSpinLock(&wfp_lock, irql);
    *injectionHandle = (HANDLE)(ULONG_PTR)handle->id;
    return STATUS_SUCCESS;
}

static void wait_until_complete(const struct handle *handle)
{
    LARGE_INTEGER interval = {.QuadPart = -10000};
    for (;;) {
        KIRQL irql;
        LONG pending;
        KeAcquireSpinLock(&wfp_lock, &irql);
        pending = handle->pending;
        KeReleaseSpinLock(&wfp_lock, irql);
        if (pending == 0) {
            return;
        }
        (void)KeDelayExecutionThread(KernelMode, FALSE, &interval);
    }
}

NTSTATUS FwpsInjectionHandleDestroy0(HANDLE injectionHandle)
{
    struct handle *handle;
    KIRQL irql;
    wfp_port_require_irql(PASSIVE_LEVEL, "FwpsInjectionHandleDestroy0", "R57");
    if (wfp_callouts_count() != 0) {
        wfp_port_broken("R55", "an injection handle was destroyed before the callouts");
    }
    KeAcquireSpinLock(&wfp_lock, &irql);
    handle = find(injectionHandle);
    if (handle != NULL) {
        handle->closing = true;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    if (handle == NULL) {
        wfp_port_broken("R55", "an injection handle was destroyed twice");
        return STATUS_INVALID_PARAMETER;
    }
    wait_until_complete(handle);
    KeAcquireSpinLock(&wfp_lock, &irql);
    (void)RemoveEntryList(&handle->link);
    KeReleaseSpinLock(&wfp_lock, irql);
    wfp_port_free(handle);
    return STATUS_SUCCESS;
}

FWPS_PACKET_INJECTION_STATE
FwpsQueryPacketInjectionState0(HANDLE injectionHandle, const NET_BUFFER_LIST *netBufferList,
                               HANDLE *injectionContext)
{
    bool known;
    KIRQL irql;
    wfp_port_require_irql(DISPATCH_LEVEL, "FwpsQueryPacketInjectionState0", "R31");
    KeAcquireSpinLock(&wfp_lock, &irql);
    known = find(injectionHandle) != NULL;
    KeReleaseSpinLock(&wfp_lock, irql);
    if (injectionContext != NULL) {
        *injectionContext = NULL;
    }
    if (netBufferList == NULL || !known) {
        wfp_port_broken("R43", "FwpsQueryPacketInjectionState0 without a %s",
                        known ? "packet" : "handle");
        return FWPS_PACKET_NOT_INJECTED;
    }
    if (injectionContext != NULL &&
        (wfp_packet_of(netBufferList)->state == FWPS_PACKET_INJECTED_BY_SELF ||
         wfp_packet_of(netBufferList)->state == FWPS_PACKET_PREVIOUSLY_INJECTED_BY_SELF)) {
        *injectionContext = wfp_packet_of(netBufferList)->injection_context;
    }
    return wfp_packet_of(netBufferList)->state;
}

/* Sending */

static bool same_control(const struct injection *injection, const struct wfp_endpoint *endpoint)
{
    UCHAR expected[WFP_CONTROL_BYTES];
    ULONG bytes = wfp_control_data(endpoint, expected);
    return injection->parameters.controlDataLength == bytes &&
           (bytes == 0 || memcmp(injection->parameters.controlData, expected, bytes) == 0);
}

/* A packet that has its IP header says there where it goes. */
static void check_ip_header(const struct injection *injection, const struct wfp_attempt *attempt)
{
    UCHAR expected[WFP_IP_HEADER], found[WFP_IP_HEADER] = {0};
    (void)wfp_packet_read(injection->packet, 0, found, sizeof(found));
    wfp_ip_header(attempt->endpoint, expected);
    if (injection->has_parameters || memcmp(found, expected, sizeof(found)) != 0) {
        wfp_port_broken("R45", "a raw socket's packet was injected without its own IP header");
    }
}

/* Read late on purpose: what the parameters point to must still be there and the same (R45). */
static void check_parameters(const struct injection *injection, const struct wfp_attempt *attempt)
{
    const struct lab_attempt *what = &attempt->what;
    ULONG compartment = attempt->odd.compartment != 0 ? attempt->odd.compartment : 1;
    SIZE_T bytes = what->family == 4 ? 4 : ADDRESS_MOST;
    if (attempt->odd.ip_header) {
        check_ip_header(injection, attempt);
        return;
    }
    if (!injection->has_parameters) {
        wfp_port_broken("R45", "a packet without its IP header was injected without parameters");
        return;
    }
    if (memcmp(injection->parameters.remoteAddress, what->remote.bytes, bytes) != 0 ||
        injection->parameters.remoteScopeId.Value != what->remote.scope_id ||
        injection->compartment != compartment) {
        wfp_port_broken("R45", "a packet was injected to another address, scope or compartment");
    }
    if (!same_control(injection, attempt->endpoint)) {
        wfp_port_broken("R45", "a packet was injected with other control data than it had");
    }
}

static void check_header(const struct injection *injection, const struct lab_attempt *what)
{
    UCHAR header[8] = {0};
    ULONG bytes = wfp_packet_read(injection->packet, 0, header, sizeof(header));
    bool right = bytes >= 8 && (header[0] << 8 | header[1]) == what->local.port &&
                 (header[2] << 8 | header[3]) == what->remote.port &&
                 (ULONG)(header[4] << 8 | header[5]) == (bytes & 0xffff);
    if (what->protocol == PROTOCOL_UDP && !right) {
        wfp_port_broken("R47", "an injected packet does not begin with its transport header");
    }
}

/* Some packets of a flow are classified again, those without one always (R43). */
static bool passes(struct wfp_attempt *attempt, struct wfp_packet *packet)
{
    UINT32 reason = 0;
    struct wfp_result result;
    if (wfp_attempt_state(attempt) == WFP_FLOW) {
        if (wfp_port_random() % 2 == 0) {
            return true;
        }
        reason = FWP_CONDITION_REAUTHORIZE_REASON_POLICY_CHANGE;
    }
    result = wfp_classify_injected(attempt, reason, packet);
    return result.action != FWP_ACTION_BLOCK;
}

static void arrive(const struct injection *injection, const struct wfp_attempt *attempt)
{
    UCHAR first[sizeof(deliveries[0].first)] = {0};
    ULONG header = wfp_transport_header_bytes(attempt->what.protocol) +
                   (attempt->odd.ip_header ? WFP_IP_HEADER : 0u);
    ULONG bytes = wfp_packet_read(injection->packet, header, first, sizeof(first));
    KIRQL irql;
    wfp_deliver(attempt->endpoint, first, bytes < sizeof(first) ? bytes : sizeof(first));
    KeAcquireSpinLock(&wfp_lock, &irql);
    if (delivered > 0 && delivered < WFP_MAX_DELIVERIES) {
        deliveries[delivered - 1].bytes = bytes;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
}

static struct wfp_target target_of(UINT64 endpoint, const FWPS_TRANSPORT_SEND_PARAMS0 *parameters,
                                   const struct wfp_packet *packet)
{
    UCHAR header[4] = {0};
    (void)wfp_packet_read(packet, 0, header, sizeof(header));
    return (struct wfp_target){.endpoint = endpoint,
                               .remote = parameters != NULL ? parameters->remoteAddress : NULL,
                               .port = (UINT16)(header[2] << 8 | header[3])};
}

static NTSTATUS send(struct injection *injection)
{
    struct wfp_target target =
        target_of(injection->endpoint, injection->has_parameters ? &injection->parameters : NULL,
                  injection->packet);
    struct wfp_attempt *attempt = wfp_attempt_of_packet(&target);
    NTSTATUS status = STATUS_SUCCESS;
    if (wfp_port_call_fails("FWPS_INJECT_COMPLETE0", &status)) {
        goto done;
    }
    if (attempt == NULL) {
        status = STATUS_INVALID_HANDLE; /* the socket is gone */
        goto done;
    }
    check_parameters(injection, attempt);
    check_header(injection, &attempt->what);
    if (passes(attempt, injection->packet)) {
        arrive(injection, attempt);
    } else {
        status = STATUS_ACCESS_DENIED;
    }
done:
    if (attempt != NULL) {
        wfp_attempt_release(attempt);
    }
    return status;
}

static NTSTATUS receive(struct injection *injection)
{
    NTSTATUS status;
    if (!wfp_port_call_fails("FWPS_INJECT_COMPLETE0", &status)) {
        status = wfp_receive(injection->packet, &injection->arrival);
    }
    return status;
}

/* The completion function may be called at DISPATCH_LEVEL. */
static void finish(struct injection *injection, NTSTATUS status)
{
    bool high = wfp_port_random() % 2 == 0;
    KIRQL irql = KeGetCurrentIrql();
    wfp_packet_land(injection->packet, status);
    wfp_received_lost(injection->packet); /* unless it was received */
    wfp_port_trace("injected", "\"status\":%u", (unsigned)status);
    if (high) {
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
    }
    injection->complete(injection->context, &injection->packet->list, high);
    wfp_port_check_returned("completionFn", high ? DISPATCH_LEVEL : irql);
    if (high) {
        KeLowerIrql(irql);
    }
    KeAcquireSpinLock(&wfp_lock, &irql);
    injection->handle->pending--;
    KeReleaseSpinLock(&wfp_lock, irql);
    wfp_port_free(injection);
}

static struct injection *take(void)
{
    struct injection *injection = NULL;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    if (paused || IsListEmpty(&injections)) {
        running = false;
    } else {
        injection = CONTAINING_RECORD(RemoveHeadList(&injections), struct injection, link);
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return injection;
}

static void run_injections(void *context)
{
    struct injection *injection;
    (void)context;
    while ((injection = take()) != NULL) {
        wfp_port_yield();
        finish(injection, injection->receives ? receive(injection) : send(injection));
    }
}

void wfp_injections_pause(bool pause)
{
    bool idle;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    paused = pause;
    idle = !pause && !running && !IsListEmpty(&injections);
    running = running || idle;
    KeReleaseSpinLock(&wfp_lock, irql);
    if (idle) {
        wfp_port_spawn(run_injections, NULL);
    }
}

/* NULL with the reason why not. */
static struct handle *claim_handle(HANDLE value, NTSTATUS *status)
{
    struct handle *handle;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    handle = find(value);
    if (handle == NULL) {
        *status = STATUS_FWP_INJECT_HANDLE_STALE;
    } else if (handle->closing) {
        *status = STATUS_FWP_INJECT_HANDLE_CLOSING;
        handle = NULL;
    } else {
        handle->pending++;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    if (*status == STATUS_FWP_INJECT_HANDLE_STALE) {
        wfp_port_broken("R55", "an injection with a handle that is gone");
    }
    return handle;
}

static void queue(struct injection *injection)
{
    bool idle;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    InsertTailList(&injections, &injection->link);
    idle = !running;
    running = true;
    KeReleaseSpinLock(&wfp_lock, irql);
    if (idle) {
        wfp_port_spawn(run_injections, NULL);
    }
}

static void check_circumstances(const char *function)
{
    wfp_port_require_irql(DISPATCH_LEVEL, function, "R31");
    if (wfp_port_locks_held() != 0) {
        wfp_port_broken("R15", "%s called with a spin lock held", function);
    }
    if (*wfp_port_frame() != NULL) {
        wfp_port_broken("R50", "%s called from a classify", function);
    }
}

/* Not yet queued; NULL with the reason why not. */
static struct injection *prepare(HANDLE handle_value, HANDLE context, NET_BUFFER_LIST *list,
                                 NTSTATUS *status)
{
    struct injection *injection;
    struct handle *handle = claim_handle(handle_value, status);
    if (handle == NULL) {
        return NULL;
    }
    if (!wfp_packet_launch(list)) {
        (void)InterlockedDecrement(&handle->pending);
        *status = STATUS_INVALID_PARAMETER;
        return NULL;
    }
    wfp_packet_of(list)->injection_context = context;
    injection = wfp_port_allocate(sizeof(*injection));
    injection->handle = handle;
    injection->packet = wfp_packet_of(list);
    return injection;
}

NTSTATUS FwpsInjectTransportSendAsync0(HANDLE injectionHandle, HANDLE injectionContext,
                                       UINT64 endpointHandle, UINT32 flags,
                                       FWPS_TRANSPORT_SEND_PARAMS0 *sendArgs, USHORT addressFamily,
                                       ULONG compartmentId, NET_BUFFER_LIST *netBufferList,
                                       FWPS_INJECT_COMPLETE0 completionFn, HANDLE completionContext)
{
    struct wfp_target target = target_of(endpointHandle, sendArgs, wfp_packet_of(netBufferList));
    struct injection *injection;
    NTSTATUS status = STATUS_SUCCESS;
    (void)addressFamily;
    check_circumstances("FwpsInjectTransportSendAsync0");
    wfp_check_injection(&target);
    wfp_port_yield();
    if (flags != 0 || completionFn == NULL ||
        wfp_port_call_fails("FwpsInjectTransportSendAsync0", &status)) {
        return status != STATUS_SUCCESS ? status : STATUS_INVALID_PARAMETER;
    }
    injection = prepare(injectionHandle, injectionContext, netBufferList, &status);
    if (injection == NULL) {
        return status;
    }
    injection->endpoint = endpointHandle;
    injection->has_parameters = sendArgs != NULL;
    if (sendArgs != NULL) {
        injection->parameters = *sendArgs;
    }
    injection->compartment = compartmentId;
    injection->complete = completionFn;
    injection->context = completionContext;
    queue(injection);
    wfp_port_yield();
    return STATUS_SUCCESS;
}

NTSTATUS FwpsInjectTransportReceiveAsync0(HANDLE injectionHandle, HANDLE injectionContext,
                                          PVOID reserved, UINT32 flags, USHORT addressFamily,
                                          ULONG compartmentId, ULONG interfaceIndex,
                                          ULONG subInterfaceIndex, NET_BUFFER_LIST *netBufferList,
                                          FWPS_INJECT_COMPLETE0 completionFn,
                                          HANDLE completionContext)
{
    struct injection *injection;
    NTSTATUS status = STATUS_SUCCESS;
    (void)addressFamily;
    check_circumstances("FwpsInjectTransportReceiveAsync0");
    wfp_received_check(wfp_packet_of(netBufferList));
    wfp_port_yield();
    if (reserved != NULL || flags != 0 || completionFn == NULL ||
        wfp_port_call_fails("FwpsInjectTransportReceiveAsync0", &status)) {
        return status != STATUS_SUCCESS ? status : STATUS_INVALID_PARAMETER;
    }
    injection = prepare(injectionHandle, injectionContext, netBufferList, &status);
    if (injection == NULL) {
        return status;
    }
    injection->receives = true;
    injection->arrival = (struct wfp_arrival){compartmentId, interfaceIndex, subInterfaceIndex};
    injection->complete = completionFn;
    injection->context = completionContext;
    queue(injection);
    wfp_port_yield();
    return STATUS_SUCCESS;
}
