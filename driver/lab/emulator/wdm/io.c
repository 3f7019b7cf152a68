/* The I/O manager: the driver's load and unload, its device, requests, cancellation and work items. */
#include <pthread.h>
#include <stdlib.h>

#include "../wfp/engine.h"
#include "kernel.h"

#define CLEANUP_PATIENCE (5000u * LAB_100NS_PER_MS)

struct lab_handle {
    FILE_OBJECT file;
    PEPROCESS client;
    LIST_ENTRY requests; /* open ones, newest last */
    LONG open_requests;
};

struct request {
    LIST_ENTRY link;
    struct lab_handle *handle;
    uint64_t number;
    struct irp_block *block;
    lab_ioctl_fn *done;
    void *context;
    LONG references; /* the dispatch, the completion, a canceller */
    bool completed;
};

/* The part that the driver sees; freed when it may not touch it any more. */
struct irp_block {
    struct request *request;
    LONG references;
    size_t capacity;
    void *buffer;
    IO_STACK_LOCATION stack;
    IRP irp;
};

struct _IO_WORKITEM {
    LIST_ENTRY link;
    PDEVICE_OBJECT device;
    PIO_WORKITEM_ROUTINE routine;
    PIO_WORKITEM_ROUTINE_EX routine_ex;
    PVOID context;
    LONG queued;
};

/* Handles count in ReferenceCount; work items keep the object, and with it the driver, in memory beyond its deletion. */
struct device_block {
    LONG references;
    DEVICE_OBJECT object;
};

struct symbolic_link {
    LIST_ENTRY link;
    USHORT bytes;
    WCHAR name[128];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static KSPIN_LOCK cancel_lock;
static DRIVER_OBJECT driver;
static LIST_ENTRY links = {&links, &links};
static LIST_ENTRY work_items = {&work_items, &work_items};
static uint64_t next_request;

/* Driver */

static void load_driver(void *context)
{
    static const WCHAR path[] =
        L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Portreeve";
    UNICODE_STRING registry;
    NTSTATUS *status = context;
    RtlInitUnicodeString(&registry, path);
    *status = DriverEntry(&driver, &registry);
    lab_check_returned("DriverEntry", PASSIVE_LEVEL);
    for (PDEVICE_OBJECT d = driver.DeviceObject; d != NULL; d = d->NextDevice) {
        if (NT_SUCCESS(*status) && d->SecurityDescriptor == NULL) {
            lab_broken("W10", "a device has no security descriptor: everybody may open it");
        }
        d->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    }
}

bool lab_driver_load(void)
{
    NTSTATUS status = STATUS_SUCCESS;
    memset(&driver, 0, sizeof(driver));
    cancel_lock = 0;
    lab_call(load_driver, &status);
    lab_trace("load", "\"status\":\"0x%08x\"", (unsigned)status);
    if (!NT_SUCCESS(status) && !lab_fault_happened()) {
        (void)fprintf(stderr, "lab: the driver did not start: DriverEntry returned 0x%08x\n",
                      (unsigned)status);
    }
    return NT_SUCCESS(status);
}

static void unload_driver(void *unused)
{
    (void)unused;
    driver.DriverUnload(&driver);
    lab_check_returned("DriverUnload", PASSIVE_LEVEL);
}

void lab_driver_unload(void)
{
    if (driver.DriverUnload == NULL) {
        lab_broken("R55", "the driver has no DriverUnload");
        return;
    }
    lab_trace("unload", "\"step\":\"begin\"");
    lab_call(unload_driver, NULL);
    lab_trace("unload", "\"step\":\"end\"");
}

static unsigned drop_links(void)
{
    unsigned count = 0;
    while (!IsListEmpty(&links)) {
        free(CONTAINING_RECORD(RemoveHeadList(&links), struct symbolic_link, link));
        count++;
    }
    return count;
}

void lab_driver_check_gone(void)
{
    unsigned left = drop_links();
    if (left != 0) {
        lab_broken("W8", "%u symbolic links are left after unload", left);
    }
    while (driver.DeviceObject != NULL) {
        lab_broken("W8", "a device object is left after unload");
        IoDeleteDevice(driver.DeviceObject);
    }
    while (!IsListEmpty(&work_items)) {
        lab_broken("W6", "a work item is left after unload");
        free(CONTAINING_RECORD(RemoveHeadList(&work_items), struct _IO_WORKITEM, link));
    }
    if (lab_timer_is_queued()) {
        lab_broken("W7", "a timer is still set after unload");
    }
    if (lab_process_callbacks() != 0) {
        lab_broken("W9", "a process notification is still registered after unload");
    }
    lab_security_check_gone();
}

/* Device */

NTSTATUS IoCreateDevice(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
                        PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
                        ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                        PDEVICE_OBJECT *DeviceObject)
{
    struct device_block *block;
    PDEVICE_OBJECT device;
    NTSTATUS status;
    (void)DeviceName;
    lab_require_irql(PASSIVE_LEVEL, "IoCreateDevice", "R31");
    if (lab_fault_call("IoCreateDevice", &status)) {
        return status;
    }
    block = calloc(1, sizeof(*block) + DeviceExtensionSize);
    if (block == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    block->references = 1;
    device = &block->object;
    device->DriverObject = DriverObject;
    device->Flags = DO_DEVICE_INITIALIZING | (Exclusive ? DO_EXCLUSIVE : 0u);
    device->Characteristics = DeviceCharacteristics;
    device->DeviceType = DeviceType;
    device->DeviceExtension = DeviceExtensionSize > 0 ? block + 1 : NULL;
    device->StackSize = 1;
    device->NextDevice = DriverObject->DeviceObject;
    DriverObject->DeviceObject = device;
    *DeviceObject = device;
    return STATUS_SUCCESS;
}

static struct device_block *device_block_of(PDEVICE_OBJECT device)
{
    return CONTAINING_RECORD(device, struct device_block, object);
}

static void device_keep(PDEVICE_OBJECT device)
{
    (void)__atomic_add_fetch(&device_block_of(device)->references, 1, __ATOMIC_SEQ_CST);
}

static void device_release(PDEVICE_OBJECT device)
{
    struct device_block *block = device_block_of(device);
    if (__atomic_sub_fetch(&block->references, 1, __ATOMIC_SEQ_CST) == 0) {
        free(block->object.SecurityDescriptor);
        free(block);
    }
}

VOID IoDeleteDevice(PDEVICE_OBJECT DeviceObject)
{
    PDEVICE_OBJECT *at = &DeviceObject->DriverObject->DeviceObject;
    if (DeviceObject->ReferenceCount != 0) {
        lab_broken("W8", "IoDeleteDevice with %d handles open", DeviceObject->ReferenceCount);
    }
    while (*at != NULL && *at != DeviceObject) {
        at = &(*at)->NextDevice;
    }
    if (*at == NULL) {
        lab_broken_fatal("W8", "IoDeleteDevice of an unknown device");
    }
    *at = DeviceObject->NextDevice;
    wfp_device_deleted(DeviceObject);
    device_release(DeviceObject);
}

static struct symbolic_link *find_link(PUNICODE_STRING name)
{
    for (LIST_ENTRY *e = links.Flink; e != &links; e = e->Flink) {
        struct symbolic_link *link = CONTAINING_RECORD(e, struct symbolic_link, link);
        if (link->bytes == name->Length && memcmp(link->name, name->Buffer, link->bytes) == 0) {
            return link;
        }
    }
    return NULL;
}

NTSTATUS IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    struct symbolic_link *link;
    NTSTATUS status;
    (void)DeviceName;
    lab_require_irql(PASSIVE_LEVEL, "IoCreateSymbolicLink", "R31");
    if (lab_fault_call("IoCreateSymbolicLink", &status)) {
        return status;
    }
    if (find_link(SymbolicLinkName) != NULL) {
        return STATUS_OBJECT_NAME_COLLISION;
    }
    link = calloc(1, sizeof(*link));
    if (link == NULL || SymbolicLinkName->Length > sizeof(link->name)) {
        free(link);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    link->bytes = SymbolicLinkName->Length;
    memcpy(link->name, SymbolicLinkName->Buffer, link->bytes);
    InsertTailList(&links, &link->link);
    return STATUS_SUCCESS;
}

NTSTATUS IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName)
{
    struct symbolic_link *link = find_link(SymbolicLinkName);
    lab_require_irql(PASSIVE_LEVEL, "IoDeleteSymbolicLink", "R31");
    if (link == NULL) {
        lab_broken("W8", "IoDeleteSymbolicLink of an unknown name");
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    (void)RemoveEntryList(&link->link);
    free(link);
    return STATUS_SUCCESS;
}

bool lab_device_present(void)
{
    return driver.DeviceObject != NULL && !IsListEmpty(&links);
}

/* Requests */

static void block_release(struct irp_block *block)
{
    if (__atomic_sub_fetch(&block->references, 1, __ATOMIC_SEQ_CST) == 0) {
        free(block->buffer);
        free(block);
    }
}

static void request_release(struct request *request)
{
    if (__atomic_sub_fetch(&request->references, 1, __ATOMIC_SEQ_CST) == 0) {
        free(request);
    }
}

static void *buffer_of(const void *input, size_t input_bytes, size_t capacity)
{
    size_t bytes = input_bytes > capacity ? input_bytes : capacity;
    void *buffer = bytes > 0 ? malloc(bytes) : NULL;
    if (buffer != NULL) {
        /* What lies behind the input is whatever was in memory: on no account may it reach the client. */
        memset(buffer, 0xa5, bytes);
        if (input_bytes > 0) {
            memcpy(buffer, input, input_bytes);
        }
    }
    return buffer;
}

static struct request *request_new(struct lab_handle *handle, UCHAR major)
{
    struct request *request = calloc(1, sizeof(*request));
    struct irp_block *block = calloc(1, sizeof(*block));
    if (request == NULL || block == NULL) {
        lab_broken_fatal("W1", "the lab has no memory for another request");
    }
    request->handle = handle;
    request->block = block;
    request->references = 2;
    block->request = request;
    block->references = 1;
    block->stack.MajorFunction = major;
    block->stack.DeviceObject = handle->file.DeviceObject;
    block->stack.FileObject = &handle->file;
    block->irp.RequestorMode = UserMode;
    block->irp.Tail.Overlay.CurrentStackLocation = &block->stack;
    block->irp.Tail.Overlay.OriginalFileObject = &handle->file;
    pthread_mutex_lock(&mutex);
    request->number = ++next_request;
    InsertTailList(&handle->requests, &request->link);
    pthread_mutex_unlock(&mutex);
    lab_dispatcher_lock();
    handle->open_requests++;
    lab_dispatcher_unlock(false);
    return request;
}

static void check_dispatched(struct request *request, NTSTATUS status, bool pended)
{
    if ((status == STATUS_PENDING) != pended) {
        lab_broken("W5", "a dispatch routine returned 0x%08x for a request %s", (unsigned)status,
                   pended ? "marked pending" : "not marked pending");
    }
    if (status != STATUS_PENDING && !__atomic_load_n(&request->completed, __ATOMIC_SEQ_CST)) {
        lab_broken("W5", "a dispatch routine returned 0x%08x without completing the request",
                   (unsigned)status);
    }
}

/* Reads SL_PENDING_RETURNED from a copy: the request may be gone when the dispatch routine returns. */
static void dispatch(struct request *request)
{
    struct irp_block *block = request->block;
    UCHAR major = block->stack.MajorFunction;
    struct lab_thread *self = lab_self();
    PEPROCESS before = self->process;
    NTSTATUS status;
    bool pended;
    self->process = request->handle->client;
    (void)__atomic_add_fetch(&block->references, 1, __ATOMIC_SEQ_CST);
    status = driver.MajorFunction[major] != NULL
                 ? driver.MajorFunction[major](driver.DeviceObject, &block->irp)
                 : STATUS_INVALID_DEVICE_REQUEST;
    lab_check_returned("a dispatch routine", PASSIVE_LEVEL);
    self->process = before;
    if (driver.MajorFunction[major] == NULL) {
        block->irp.IoStatus.Status = status;
        IofCompleteRequest(&block->irp, IO_NO_INCREMENT);
    }
    pended = (__atomic_load_n(&block->stack.Control, __ATOMIC_SEQ_CST) & SL_PENDING_RETURNED) != 0;
    check_dispatched(request, status, pended);
    block_release(block);
    request_release(request);
}

static size_t output_bytes(struct irp_block *block)
{
    const IO_STATUS_BLOCK *result = &block->irp.IoStatus;
    ULONG capacity = block->stack.Parameters.DeviceIoControl.OutputBufferLength;
    if (block->stack.MajorFunction != IRP_MJ_DEVICE_CONTROL || NT_ERROR(result->Status)) {
        return 0;
    }
    if (result->Information > capacity) {
        lab_broken("W4", "a request was completed with %zu bytes for a buffer of %u",
                   (size_t)result->Information, capacity);
        return capacity;
    }
    return result->Information;
}

VOID IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost)
{
    struct irp_block *block = CONTAINING_RECORD(Irp, struct irp_block, irp);
    struct request *request = block->request;
    (void)PriorityBoost;
    lab_require_irql(DISPATCH_LEVEL, "IoCompleteRequest", "R31");
    if (__atomic_exchange_n(&request->completed, true, __ATOMIC_SEQ_CST)) {
        lab_broken_fatal("W4", "a request was completed twice (MULTIPLE_IRP_COMPLETE_REQUESTS)");
    }
    if (__atomic_load_n(&Irp->CancelRoutine, __ATOMIC_SEQ_CST) != NULL) {
        lab_broken("W4", "a request was completed with its cancel routine still set");
    }
    if (Irp->IoStatus.Status == STATUS_PENDING) {
        lab_broken("W4", "a request was completed with STATUS_PENDING");
    }
    if (lab_self()->locks != 0) {
        lab_broken("W3", "a request was completed with a spin lock held");
    }
    if (request->done != NULL) {
        request->done(request->context, (uint32_t)Irp->IoStatus.Status, block->buffer,
                      output_bytes(block));
    }
    pthread_mutex_lock(&mutex);
    (void)RemoveEntryList(&request->link);
    pthread_mutex_unlock(&mutex);
    lab_dispatcher_lock();
    request->handle->open_requests--;
    lab_dispatcher_unlock(true);
    block_release(block);
    request_release(request);
    lab_yield();
}

PEPROCESS IoGetRequestorProcess(PIRP Irp)
{
    return CONTAINING_RECORD(Irp, struct irp_block, irp)->request->handle->client;
}

ULONG IoGetRequestorProcessId(PIRP Irp)
{
    PEPROCESS process = IoGetRequestorProcess(Irp);
    return process != NULL ? HandleToULong(PsGetProcessId(process)) : 0;
}

/* Cancellation */

VOID IoAcquireCancelSpinLock(PKIRQL Irql)
{
    KeAcquireSpinLock(&cancel_lock, Irql);
}

VOID IoReleaseCancelSpinLock(KIRQL Irql)
{
    KeReleaseSpinLock(&cancel_lock, Irql);
}

BOOLEAN IoCancelIrp(PIRP Irp)
{
    PDRIVER_CANCEL routine;
    KIRQL irql;
    IoAcquireCancelSpinLock(&irql);
    __atomic_store_n(&Irp->Cancel, TRUE, __ATOMIC_SEQ_CST);
    routine = IoSetCancelRoutine(Irp, NULL);
    if (routine == NULL) {
        IoReleaseCancelSpinLock(irql);
        return FALSE;
    }
    Irp->CancelIrql = irql;
    routine(Irp->Tail.Overlay.CurrentStackLocation->DeviceObject, Irp);
    lab_check_returned("a cancel routine", irql);
    return TRUE;
}

/* Referenced, or NULL. Any request when `number` is 0. */
static struct irp_block *find_request(struct lab_handle *handle, uint64_t number)
{
    struct irp_block *found = NULL;
    pthread_mutex_lock(&mutex);
    for (LIST_ENTRY *e = handle->requests.Flink; e != &handle->requests; e = e->Flink) {
        struct request *request = CONTAINING_RECORD(e, struct request, link);
        bool is_open = !__atomic_load_n(&request->block->irp.Cancel, __ATOMIC_SEQ_CST) &&
                       !__atomic_load_n(&request->completed, __ATOMIC_SEQ_CST);
        if (request->number == number || (number == 0 && is_open)) {
            found = request->block;
            (void)__atomic_add_fetch(&found->references, 1, __ATOMIC_SEQ_CST);
            (void)__atomic_add_fetch(&request->references, 1, __ATOMIC_SEQ_CST);
            break;
        }
    }
    pthread_mutex_unlock(&mutex);
    return found;
}

static void cancel_block(struct irp_block *block)
{
    struct request *request = block->request;
    (void)IoCancelIrp(&block->irp);
    block_release(block);
    request_release(request);
}

static void cancel_one(void *context)
{
    cancel_block(context);
}

void lab_device_cancel(struct lab_handle *handle, uint64_t request)
{
    struct irp_block *block = find_request(handle, request);
    if (block != NULL) {
        lab_trace("cancel", "\"request\":%llu", (unsigned long long)request);
        lab_call(cancel_one, block);
    }
}

/* Handles */

struct plain_call {
    struct lab_handle *handle;
    UCHAR major;
    PACCESS_STATE access; /* of a create */
    NTSTATUS status;
    bool done;
};

static void plain_done(void *context, uint32_t status, const void *output, size_t bytes)
{
    struct plain_call *call = context;
    (void)output;
    (void)bytes;
    lab_dispatcher_lock();
    call->status = (NTSTATUS)status;
    call->done = true;
    lab_dispatcher_unlock(true);
}

static bool is_plain_done(void *context)
{
    return ((struct plain_call *)context)->done;
}

static void plain_call(void *context)
{
    struct plain_call *call = context;
    struct request *request = request_new(call->handle, call->major);
    IO_SECURITY_CONTEXT security = {.AccessState = call->access,
                                    .DesiredAccess = FILE_GENERIC_READ | FILE_GENERIC_WRITE};
    request->done = plain_done;
    request->context = call;
    request->block->stack.Parameters.Create.SecurityContext =
        call->major == IRP_MJ_CREATE ? &security : NULL;
    dispatch(request);
    (void)lab_wait(is_plain_done, call, LAB_FOREVER);
}

static void handle_free(struct lab_handle *handle)
{
    (void)__atomic_sub_fetch(&handle->file.DeviceObject->ReferenceCount, 1, __ATOMIC_SEQ_CST);
    if (handle->client != NULL) {
        ObfDereferenceObject(handle->client);
    }
    free(handle);
}

/* What the I/O manager does before the driver hears of an open (a name's check depends on FILE_DEVICE_SECURE_OPEN). */
static NTSTATUS io_manager_check(PACCESS_STATE access, bool named)
{
    PDEVICE_OBJECT device = driver.DeviceObject;
    ACCESS_MASK granted;
    NTSTATUS status = STATUS_SUCCESS;
    if (!lab_device_present()) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if ((device->Flags & DO_DEVICE_INITIALIZING) != 0) {
        return STATUS_NO_SUCH_DEVICE;
    }
    if (device->SecurityDescriptor != NULL &&
        (!named || (device->Characteristics & FILE_DEVICE_SECURE_OPEN) != 0)) {
        (void)SeAccessCheck(device->SecurityDescriptor, &access->SubjectSecurityContext, FALSE,
                            access->OriginalDesiredAccess, 0, NULL, IoGetFileObjectGenericMapping(),
                            UserMode, &granted, &status);
    }
    return status;
}

/* Whatever the driver makes of it: these may not get in. */
static void check_admitted(const SECURITY_SUBJECT_CONTEXT *subject, bool named)
{
    if (named) {
        lab_broken("W10", "a file below the device was opened");
    }
    if (!lab_token_may_manage(subject->PrimaryToken) ||
        (subject->ClientToken != NULL && !lab_token_may_manage(subject->ClientToken))) {
        lab_broken("W10",
                   "the device was opened without being SYSTEM or an elevated administrator");
    }
}

static struct lab_handle *handle_new(const struct lab_open *open)
{
    static WCHAR below[] = L"\\x";
    struct lab_handle *handle = calloc(1, sizeof(*handle));
    if (handle == NULL) {
        lab_broken_fatal("W1", "the lab has no memory for another handle");
    }
    handle->file.DeviceObject = driver.DeviceObject;
    if (open->named) {
        RtlInitUnicodeString(&handle->file.FileName, below);
    }
    handle->client = lab_process_find(open->process_id);
    InitializeListHead(&handle->requests);
    (void)__atomic_add_fetch(&driver.DeviceObject->ReferenceCount, 1, __ATOMIC_SEQ_CST);
    return handle;
}

struct open_call {
    const struct lab_open *open;
    struct lab_handle *handle;
    NTSTATUS status;
};

static ACCESS_STATE access_of(const struct lab_open *open)
{
    PEPROCESS process = lab_process_find(open->process_id);
    ACCESS_STATE access = {.OriginalDesiredAccess = FILE_GENERIC_READ | FILE_GENERIC_WRITE};
    SECURITY_SUBJECT_CONTEXT *subject = &access.SubjectSecurityContext;
    subject->PrimaryToken = lab_token(lab_process_token(process));
    subject->ClientToken = open->impersonates ? lab_token(open->thread) : NULL;
    subject->ImpersonationLevel = open->identifies ? SecurityIdentification : SecurityImpersonation;
    if (process != NULL) {
        ObfDereferenceObject(process);
    }
    return access;
}

static void open_call(void *context)
{
    struct open_call *call = context;
    ACCESS_STATE access = access_of(call->open);
    struct plain_call create = {.major = IRP_MJ_CREATE, .access = &access};
    call->status = io_manager_check(&access, call->open->named);
    if (!NT_SUCCESS(call->status)) {
        return;
    }
    create.handle = handle_new(call->open);
    plain_call(&create);
    call->status = create.status;
    if (!NT_SUCCESS(create.status)) {
        handle_free(create.handle);
        return;
    }
    check_admitted(&access.SubjectSecurityContext, call->open->named);
    call->handle = create.handle;
}

uint32_t lab_device_open_as(const struct lab_open *open, struct lab_handle **handle)
{
    struct open_call call = {.open = open};
    lab_call(open_call, &call);
    lab_trace("open", "\"client\":%llu,\"status\":\"0x%08x\"", (unsigned long long)open->process_id,
              (unsigned)call.status);
    *handle = call.handle;
    return (uint32_t)call.status;
}

uint32_t lab_device_open(uint64_t client_process_id, struct lab_handle **handle)
{
    return lab_device_open_as(&(struct lab_open){.process_id = client_process_id}, handle);
}

static void dispatch_request(void *context)
{
    dispatch(context);
}

uint64_t lab_device_ioctl(struct lab_handle *handle, uint32_t code, const void *input,
                          size_t input_bytes, size_t output_capacity, lab_ioctl_fn *done,
                          void *context)
{
    struct request *request = request_new(handle, IRP_MJ_DEVICE_CONTROL);
    struct irp_block *block = request->block;
    uint64_t number = request->number;
    request->done = done;
    request->context = context;
    block->buffer = buffer_of(input, input_bytes, output_capacity);
    block->irp.AssociatedIrp.SystemBuffer = block->buffer;
    block->stack.Parameters.DeviceIoControl.IoControlCode = code;
    block->stack.Parameters.DeviceIoControl.InputBufferLength = (ULONG)input_bytes;
    block->stack.Parameters.DeviceIoControl.OutputBufferLength = (ULONG)output_capacity;
    if (lab_is_virtual()) {
        lab_spawn(dispatch_request, request);
    } else {
        dispatch(request);
    }
    return number;
}

static bool has_no_requests(void *context)
{
    return ((struct lab_handle *)context)->open_requests == 0;
}

static void cancel_all(struct lab_handle *handle)
{
    struct irp_block *block;
    while ((block = find_request(handle, 0)) != NULL) {
        cancel_block(block);
    }
}

static void cancel_every(void *context)
{
    cancel_all(context);
}

void lab_device_cancel_all(struct lab_handle *handle)
{
    lab_call(cancel_every, handle);
}

/* Other threads of virtual time may not have had a turn when the clock is moved on: they get several. */
static bool requests_end(struct lab_handle *handle)
{
    bool ended = false;
    for (unsigned turns = lab_is_virtual() ? 8 : 1; turns > 0 && !ended; turns--) {
        ended = lab_wait(has_no_requests, handle, lab_now() + CLEANUP_PATIENCE);
    }
    return ended;
}

/* Windows cancels a dying thread's requests before CLEANUP, but a plain CloseHandle doesn't: both happen. */
static void close_handle(void *context)
{
    struct lab_handle *handle = context;
    struct plain_call cleanup = {.handle = handle, .major = IRP_MJ_CLEANUP};
    struct plain_call closing = {.handle = handle, .major = IRP_MJ_CLOSE};
    if (lab_random() % 2 == 0) {
        cancel_all(handle);
    }
    plain_call(&cleanup);
    if (!requests_end(handle)) {
        lab_broken("W5", "IRP_MJ_CLEANUP left %d requests pending", handle->open_requests);
        cancel_all(handle);
        (void)lab_wait(has_no_requests, handle, LAB_FOREVER);
    }
    plain_call(&closing);
    /* A request that another thread began meanwhile with the handle still needs it. */
    (void)lab_wait(has_no_requests, handle, LAB_FOREVER);
}

void lab_device_close(struct lab_handle *handle)
{
    lab_trace("close", "\"step\":\"begin\"");
    lab_call(close_handle, handle);
    lab_trace("close", "\"step\":\"end\"");
    handle_free(handle);
}

/* Work items */

PIO_WORKITEM IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject)
{
    PIO_WORKITEM item;
    lab_require_irql(DISPATCH_LEVEL, "IoAllocateWorkItem", "R31");
    if (lab_fault_allocation() || (item = calloc(1, sizeof(*item))) == NULL) {
        return NULL;
    }
    item->device = DeviceObject;
    pthread_mutex_lock(&mutex);
    InsertTailList(&work_items, &item->link);
    pthread_mutex_unlock(&mutex);
    return item;
}

VOID IoFreeWorkItem(PIO_WORKITEM IoWorkItem)
{
    if (__atomic_load_n(&IoWorkItem->queued, __ATOMIC_SEQ_CST) != 0) {
        lab_broken("W6", "IoFreeWorkItem of a queued work item");
    }
    pthread_mutex_lock(&mutex);
    (void)RemoveEntryList(&IoWorkItem->link);
    pthread_mutex_unlock(&mutex);
    free(IoWorkItem);
}

/* The item may be freed or queued again by its own routine: everything is read before. */
static void run_work_item(void *context)
{
    PIO_WORKITEM item = context;
    PDEVICE_OBJECT device = item->device;
    PIO_WORKITEM_ROUTINE routine = item->routine;
    PIO_WORKITEM_ROUTINE_EX routine_ex = item->routine_ex;
    PVOID argument = item->context;
    __atomic_store_n(&item->queued, 0, __ATOMIC_SEQ_CST);
    if (routine != NULL) {
        routine(device, argument);
    } else {
        routine_ex(device, argument, item);
    }
    lab_check_returned("a work item", PASSIVE_LEVEL);
    device_release(device);
}

static void queue_work(PIO_WORKITEM item, PVOID context)
{
    lab_require_irql(DISPATCH_LEVEL, "IoQueueWorkItem", "R31");
    if (__atomic_exchange_n(&item->queued, 1, __ATOMIC_SEQ_CST) != 0) {
        lab_broken_fatal("W6", "IoQueueWorkItem of a work item that is queued already");
    }
    item->context = context;
    device_keep(item->device);
    lab_spawn(run_work_item, item);
    lab_yield();
}

VOID IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine,
                     WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    (void)QueueType;
    IoWorkItem->routine = WorkerRoutine;
    IoWorkItem->routine_ex = NULL;
    queue_work(IoWorkItem, Context);
}

VOID IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                       WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    (void)QueueType;
    IoWorkItem->routine = NULL;
    IoWorkItem->routine_ex = WorkerRoutine;
    queue_work(IoWorkItem, Context);
}
