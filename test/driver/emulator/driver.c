/*
 * A small driver for the emulator's own test. It holds every outbound connection until control code ANSWER comes, and
 * with the environment variable BREAK set to a rule's name it breaks that rule.
 */
#include <stdlib.h>

#include <initguid.h>
#include <ntifs.h>

#include <fwpmk.h>

#include "accept.h"
#include "inject.h"
#include "protect.h"

#define TAG      0x74736554u
#define MAX_HELD 64

/* Control codes of this driver: WAIT stays pending, ANSWER completes every hold (input byte 1: permit). */
#define IOCTL_WAIT   CTL_CODE(FILE_DEVICE_NETWORK, 0x901, METHOD_BUFFERED, FILE_READ_DATA)
#define IOCTL_ANSWER CTL_CODE(FILE_DEVICE_NETWORK, 0x902, METHOD_BUFFERED, FILE_READ_DATA)

DEFINE_GUID(TEST_SUBLAYER, 0x11, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1);
DEFINE_GUID(TEST_CONNECT, 0x11, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1);
DEFINE_GUID(TEST_CLOSURE, 0x11, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1);
DEFINE_GUID(TEST_FLOW, 0x11, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1);
DEFINE_GUID(TEST_TRANSPORT, 0x11, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1);
DEFINE_GUID(TEST_ACCEPT, 0x11, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1);

struct held {
    BOOLEAN used;
    BOOLEAN decided;
    BOOLEAN permit;
    UINT64 endpoint;
    UINT16 port;
    HANDLE context;
    struct copy *copy;
};

static PDEVICE_OBJECT device;
static HANDLE engine;
static UINT32 ids[5];
static KSPIN_LOCK lock;
static struct held held[MAX_HELD];
static HANDLE kept_handle;
static HANDLE last_context;
static PIRP waiting;
static UNICODE_STRING link_name = RTL_CONSTANT_STRING(L"\\DosDevices\\Test");
static UNICODE_STRING device_name = RTL_CONSTANT_STRING(L"\\Device\\Test");

BOOLEAN breaks(const char *rule)
{
    const char *wanted = getenv("BREAK");
    return wanted != NULL && strcmp(wanted, rule) == 0;
}

static struct held *hold_new(const FWPS_INCOMING_METADATA_VALUES0 *meta, UINT16 port)
{
    struct held *found = NULL;
    KIRQL irql;
    KeAcquireSpinLock(&lock, &irql);
    for (ULONG i = 0; i < MAX_HELD && found == NULL; i++) {
        if (!held[i].used) {
            found = &held[i];
            RtlZeroMemory(found, sizeof(*found));
            found->used = TRUE;
            found->endpoint = meta->transportEndpointHandle;
            found->port = port;
        }
    }
    KeReleaseSpinLock(&lock, irql);
    return found;
}

static struct copy *fresh_copy(const FWPS_INCOMING_VALUES0 *values,
                               const FWPS_INCOMING_METADATA_VALUES0 *meta, NET_BUFFER_LIST *packet)
{
    struct copy *copy = inject_copy(values, meta, packet);
    if (breaks("R50") && copy != NULL) {
        inject_send(copy);
        copy = NULL;
    }
    return copy;
}

/* Another reauthorization may come before the completion's: it has the same answer and uses nothing up. */
static BOOLEAN completes(const FWPS_INCOMING_VALUES0 *values)
{
    const FWP_VALUE0 *reason =
        &values->incomingValue[FWPS_FIELD_ALE_AUTH_CONNECT_V4_REAUTHORIZE_REASON].value;
    return reason->type == FWP_UINT32 &&
           (reason->uint32 & FWP_CONDITION_REAUTHORIZE_REASON_CLASSIFY_COMPLETION) != 0;
}

static void classify_reauthorize(const FWPS_INCOMING_VALUES0 *values,
                                 const FWPS_INCOMING_METADATA_VALUES0 *meta, UINT16 port,
                                 FWPS_CLASSIFY_OUT0 *out)
{
    KIRQL irql;
    BOOLEAN permit = FALSE;
    KeAcquireSpinLock(&lock, &irql);
    for (ULONG i = 0; i < MAX_HELD; i++) {
        if (held[i].used && held[i].decided && held[i].port == port &&
            held[i].endpoint == meta->transportEndpointHandle) {
            permit = held[i].permit;
            held[i].used = !completes(values);
        }
    }
    KeReleaseSpinLock(&lock, irql);
    out->actionType = permit ? FWP_ACTION_PERMIT : FWP_ACTION_BLOCK;
    if (!permit && !breaks("R22")) {
        out->rights &= ~(UINT32)FWPS_RIGHT_ACTION_WRITE;
    }
    if (breaks("R8")) {
        out->actionType = FWP_ACTION_PERMIT;
        out->flags |= FWPS_CLASSIFY_OUT_FLAG_ABSORB;
    }
    if (breaks("R21") || breaks("R36")) {
        out->actionType = FWP_ACTION_CONTINUE;
    }
    if (breaks("R59") && permit) {
        out->rights &= ~(UINT32)FWPS_RIGHT_ACTION_WRITE;
    }
}

static void pend(const FWPS_INCOMING_METADATA_VALUES0 *meta, UINT16 port, struct copy *copy,
                 FWPS_CLASSIFY_OUT0 *out)
{
    struct held *hold = hold_new(meta, port);
    HANDLE context = NULL, handle = meta->completionHandle;
    KIRQL irql = PASSIVE_LEVEL;
    NTSTATUS status;
    hold->copy = copy;
    if (breaks("R1") && kept_handle != NULL) {
        handle = kept_handle;
    }
    kept_handle = meta->completionHandle;
    if (breaks("R15")) {
        KeAcquireSpinLock(&lock, &irql);
    }
    status = FwpsPendOperation0(handle, &context);
    if (breaks("R15")) {
        KeReleaseSpinLock(&lock, irql);
    }
    if (!NT_SUCCESS(status)) {
        inject_discard(copy);
        hold->used = FALSE;
        out->actionType = breaks("R9") ? FWP_ACTION_CONTINUE : FWP_ACTION_BLOCK;
        return;
    }
    last_context = context;
    hold->context = context;
    out->actionType = breaks("R6") ? FWP_ACTION_PERMIT : FWP_ACTION_BLOCK;
    out->flags |= breaks("R6") ? 0 : FWPS_CLASSIFY_OUT_FLAG_ABSORB;
    if (!breaks("R7")) {
        out->rights &= ~(UINT32)FWPS_RIGHT_ACTION_WRITE;
    }
}

static VOID NTAPI classify_connect(const FWPS_INCOMING_VALUES0 *values,
                                   const FWPS_INCOMING_METADATA_VALUES0 *meta, VOID *packet,
                                   const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                   FWPS_CLASSIFY_OUT0 *out)
{
    const FWPS_INCOMING_VALUE0 *fields = values->incomingValue;
    UINT32 flags = fields[FWPS_FIELD_ALE_AUTH_CONNECT_V4_FLAGS].value.uint32;
    UINT16 port = fields[FWPS_FIELD_ALE_AUTH_CONNECT_V4_IP_REMOTE_PORT].value.uint16;
    BOOLEAN has_handle =
        FWPS_IS_METADATA_FIELD_PRESENT(meta, FWPS_METADATA_FIELD_COMPLETION_HANDLE);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(filter);
    UNREFERENCED_PARAMETER(flow);
    if (breaks("R31")) {
        PAGED_CODE();
    }
    if ((out->rights & FWPS_RIGHT_ACTION_WRITE) == 0 && !breaks("R5")) {
        return;
    }
    if (inject_is_ours(packet)) {
        out->actionType = FWP_ACTION_PERMIT;
        return;
    }
    if (breaks("R4")) {
        flags = meta->flags;
    }
    if ((flags & FWP_CONDITION_FLAG_IS_REAUTHORIZE) != 0 && !breaks("R3")) {
        classify_reauthorize(values, meta, port, out);
    } else if (!has_handle && !breaks("R2")) {
        out->actionType = FWP_ACTION_BLOCK;
    } else {
        pend(meta, port, fresh_copy(values, meta, packet), out);
    }
}

/* Breaks R13: a pend where there is none. */
static VOID NTAPI classify_flow(const FWPS_INCOMING_VALUES0 *values,
                                const FWPS_INCOMING_METADATA_VALUES0 *meta, VOID *packet,
                                const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                FWPS_CLASSIFY_OUT0 *out)
{
    HANDLE pended;
    UNREFERENCED_PARAMETER(values);
    UNREFERENCED_PARAMETER(packet);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(filter);
    UNREFERENCED_PARAMETER(flow);
    if (breaks("R13")) {
        (void)FwpsPendOperation0(meta->completionHandle, &pended);
    }
    out->actionType = FWP_ACTION_PERMIT;
}

/* Breaks R51: decides here what is to be judged at RECV_ACCEPT. */
static VOID NTAPI classify_transport(const FWPS_INCOMING_VALUES0 *values,
                                     const FWPS_INCOMING_METADATA_VALUES0 *meta, VOID *packet,
                                     const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                     FWPS_CLASSIFY_OUT0 *out)
{
    UNREFERENCED_PARAMETER(values);
    UNREFERENCED_PARAMETER(meta);
    UNREFERENCED_PARAMETER(packet);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(filter);
    UNREFERENCED_PARAMETER(flow);
    out->actionType = breaks("R51") ? FWP_ACTION_BLOCK : FWP_ACTION_PERMIT;
}

static struct held *take_hold(UINT64 endpoint, BOOLEAN permit)
{
    struct held *found = NULL;
    KIRQL irql;
    KeAcquireSpinLock(&lock, &irql);
    for (ULONG i = 0; i < MAX_HELD && found == NULL; i++) {
        if (held[i].used && !held[i].decided && (endpoint == 0 || held[i].endpoint == endpoint)) {
            found = &held[i];
            found->decided = TRUE;
            found->permit = permit;
        }
    }
    KeReleaseSpinLock(&lock, irql);
    return found;
}

static VOID NTAPI classify_closure(const FWPS_INCOMING_VALUES0 *values,
                                   const FWPS_INCOMING_METADATA_VALUES0 *meta, VOID *packet,
                                   const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                   FWPS_CLASSIFY_OUT0 *out)
{
    struct held *hold;
    HANDLE pended;
    UINT64 handle;
    UNREFERENCED_PARAMETER(values);
    UNREFERENCED_PARAMETER(packet);
    UNREFERENCED_PARAMETER(flow);
    if (breaks("R14")) {
        (void)FwpsPendOperation0(meta->completionHandle, &pended);
    }
    if (breaks("R53") || breaks("R54")) {
        (void)FwpsAcquireClassifyHandle0((VOID *)(ULONG_PTR)context, 0, &handle);
        if (breaks("R54")) {
            return;
        }
        (void)FwpsPendClassify0(handle, filter->filterId, 0, out);
        FwpsReleaseClassifyHandle0(handle);
        FwpsCompleteClassify0(handle, 0, out);
        FwpsCompleteClassify0(handle, 0, out);
        return;
    }
    if (breaks("R52") || breaks("R18")) {
        out->actionType = FWP_ACTION_PERMIT;
        return;
    }
    while ((hold = take_hold(meta->transportEndpointHandle, FALSE)) != NULL) {
        FwpsCompleteOperation0(hold->context, NULL);
        inject_discard(hold->copy);
        hold->used = FALSE;
    }
    out->actionType = FWP_ACTION_PERMIT;
}

static NTSTATUS NTAPI notify(FWPS_CALLOUT_NOTIFY_TYPE type, const GUID *key, FWPS_FILTER1 *filter)
{
    UNREFERENCED_PARAMETER(type);
    UNREFERENCED_PARAMETER(key);
    UNREFERENCED_PARAMETER(filter);
    return STATUS_SUCCESS;
}

static void answer_all(BOOLEAN permit)
{
    accept_answer_all(permit);
    struct held *hold;
    KIRQL irql = PASSIVE_LEVEL;
    while ((hold = take_hold(0, permit)) != NULL) {
        HANDLE completed = hold->context;
        struct copy *copy = hold->copy;
        if (breaks("R17-never")) {
            continue;
        }
        if (breaks("R44") && copy != NULL) {
            inject_send(copy);
            copy = NULL;
        }
        if (breaks("R20")) {
            KeAcquireSpinLock(&lock, &irql);
        }
        FwpsCompleteOperation0(breaks("R18-null") ? NULL : completed, NULL);
        if (breaks("R20")) {
            KeReleaseSpinLock(&lock, irql);
        }
        if (copy != NULL && (permit || breaks("R44-blocked"))) {
            inject_send(copy);
        } else {
            inject_discard(copy);
        }
        if (breaks("R17-twice")) {
            FwpsCompleteOperation0(completed, NULL);
        }
    }
    if (breaks("R18")) {
        FwpsCompleteOperation0(last_context, NULL);
    }
}

static NTSTATUS complete(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    if (breaks("W4")) {
        IoCompleteRequest(irp, IO_NO_INCREMENT);
    }
    return status;
}

static VOID cancel_wait(PDEVICE_OBJECT object, PIRP irp)
{
    UNREFERENCED_PARAMETER(object);
    IoReleaseCancelSpinLock(irp->CancelIrql);
    (void)InterlockedExchangePointer(&waiting, NULL);
    (void)complete(irp, STATUS_CANCELLED);
}

static NTSTATUS wait_for_event(PIRP irp)
{
    if (breaks("W5")) {
        return STATUS_PENDING;
    }
    IoMarkIrpPending(irp);
    waiting = irp;
    (void)IoSetCancelRoutine(irp, cancel_wait);
    return STATUS_PENDING;
}

static NTSTATUS dispatch_control(PDEVICE_OBJECT object, PIRP irp)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    UNREFERENCED_PARAMETER(object);
    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_WAIT:
        return wait_for_event(irp);
    case IOCTL_ANSWER:
        answer_all(stack->Parameters.DeviceIoControl.InputBufferLength > 0 &&
                   *(UCHAR *)irp->AssociatedIrp.SystemBuffer == 1);
        return complete(irp, STATUS_SUCCESS);
    default:
        return complete(irp, STATUS_INVALID_DEVICE_REQUEST);
    }
}

static NTSTATUS dispatch_create(PDEVICE_OBJECT object, PIRP irp)
{
    UNREFERENCED_PARAMETER(object);
    return complete(irp, protect_check(irp));
}

static NTSTATUS dispatch_other(PDEVICE_OBJECT object, PIRP irp)
{
    PIRP open = NULL;
    UNREFERENCED_PARAMETER(object);
    if (IoGetCurrentIrpStackLocation(irp)->MajorFunction == IRP_MJ_CLEANUP) {
        open = InterlockedExchangePointer(&waiting, NULL);
    }
    if (open != NULL && IoSetCancelRoutine(open, NULL) != NULL) {
        (void)complete(open, STATUS_CANCELLED);
    }
    return complete(irp, STATUS_SUCCESS);
}

static NTSTATUS add_callout(const GUID *key, const GUID *layer, FWPS_CALLOUT_CLASSIFY_FN1 classify,
                            UINT32 *id)
{
    FWPS_CALLOUT1 run_time = {.calloutKey = *key, .classifyFn = classify, .notifyFn = notify};
    FWPM_CALLOUT0 callout = {.calloutKey = *key, .displayData.name = (PWSTR)L"test"};
    FWPM_FILTER0 filter = {.displayData.name = (PWSTR)L"test", .subLayerKey = TEST_SUBLAYER};
    NTSTATUS status = FwpsCalloutRegister1(device, &run_time, id);
    callout.applicableLayer = *layer;
    filter.layerKey = *layer;
    filter.action.type = FWP_ACTION_CALLOUT_TERMINATING;
    filter.action.calloutKey = *key;
    if (NT_SUCCESS(status)) {
        status = FwpmCalloutAdd0(engine, &callout, NULL, NULL);
    }
    return NT_SUCCESS(status) ? FwpmFilterAdd0(engine, &filter, NULL, NULL) : status;
}

static NTSTATUS add_objects(void)
{
    FWPM_SESSION0 session = {.flags = FWPM_SESSION_FLAG_DYNAMIC};
    FWPM_SUBLAYER0 sublayer = {.subLayerKey = TEST_SUBLAYER,
                               .displayData.name = (PWSTR)L"test",
                               .weight = breaks("R60") ? 0x8000 : 0x1000};
    NTSTATUS status = FwpmEngineOpen0(NULL, RPC_C_AUTHN_WINNT, NULL, &session, &engine);
    (void)FwpmTransactionBegin0(engine, 0);
    (void)FwpmSubLayerAdd0(engine, &sublayer, NULL);
    (void)add_callout(&TEST_CONNECT, &FWPM_LAYER_ALE_AUTH_CONNECT_V4, classify_connect, &ids[0]);
    (void)add_callout(&TEST_CLOSURE, &FWPM_LAYER_ALE_ENDPOINT_CLOSURE_V4, classify_closure,
                      &ids[1]);
    (void)add_callout(&TEST_FLOW, &FWPM_LAYER_ALE_FLOW_ESTABLISHED_V4, classify_flow, &ids[2]);
    (void)add_callout(&TEST_ACCEPT, &FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V4, accept_classify, &ids[3]);
    (void)add_callout(&TEST_TRANSPORT, &FWPM_LAYER_INBOUND_TRANSPORT_V4, classify_transport,
                      &ids[4]);
    (void)FwpmTransactionCommit0(engine);
    return status;
}

static VOID unload(PDRIVER_OBJECT driver)
{
    UNREFERENCED_PARAMETER(driver);
    if (!breaks("R55-open")) {
        answer_all(FALSE);
    }
    if (breaks("R57")) {
        KIRQL irql;
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
        (void)FwpsCalloutUnregisterById0(ids[0]);
        KeLowerIrql(irql);
    }
    if (breaks("R55-device")) {
        (void)IoDeleteSymbolicLink(&link_name);
        IoDeleteDevice(device);
    }
    if (breaks("R55-order")) {
        inject_stop();
    }
    (void)FwpmEngineClose0(engine);
    for (ULONG i = 0; i < 5 && !breaks("R55"); i++) {
        (void)FwpsCalloutUnregisterById0(ids[i]);
    }
    if (!breaks("R55-order")) {
        inject_stop();
    }
    if (breaks("W2")) {
        (void)ExAllocatePoolWithTag(NonPagedPoolNx, 16, TAG);
    }
    if (breaks("W8")) {
        return;
    }
    if (!breaks("R55-device")) {
        (void)IoDeleteSymbolicLink(&link_name);
        IoDeleteDevice(device);
    }
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status;
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeSpinLock(&lock);
    RtlZeroMemory(held, sizeof(held));
    kept_handle = last_context = NULL;
    DriverObject->DriverUnload = unload;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = dispatch_create;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = dispatch_other;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = dispatch_other;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch_control;
    status = IoCreateDevice(DriverObject, 0, &device_name, FILE_DEVICE_NETWORK,
                            FILE_DEVICE_SECURE_OPEN, FALSE, &device);
    if (NT_SUCCESS(status)) {
        protect_device(device);
        status = IoCreateSymbolicLink(&link_name, &device_name);
    }
    inject_start(DriverObject);
    return NT_SUCCESS(status) ? add_objects() : status;
}
