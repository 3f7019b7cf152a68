/*
 * The control device: one exclusive, buffered device that the core's client protocol runs over. Every control code is
 * compared whole by the core (core/client.c); sizes are checked there before a byte is used.
 */
#include "edge.h"

#include "portreeve_wire.h"

C_ASSERT(PR_IOCTL_HELLO ==
         CTL_CODE(FILE_DEVICE_NETWORK, 0x801, METHOD_BUFFERED, FILE_READ_DATA | FILE_WRITE_DATA));

static const WCHAR device_name[] = L"\\Device\\Portreeve";
static const WCHAR link_name[] = L"\\DosDevices\\Portreeve";

static NTSTATUS status_of(enum pr_outcome outcome)
{
    switch (outcome) {
    case PR_OUTCOME_OK:
        return STATUS_SUCCESS;
    case PR_OUTCOME_PENDING:
        return STATUS_PENDING;
    case PR_OUTCOME_BUFFER_TOO_SMALL:
        return STATUS_BUFFER_TOO_SMALL;
    case PR_OUTCOME_REVISION_MISMATCH:
        return STATUS_REVISION_MISMATCH;
    case PR_OUTCOME_NO_HELLO:
        return STATUS_INVALID_DEVICE_STATE;
    case PR_OUTCOME_ACCESS_DENIED:
        return STATUS_ACCESS_DENIED;
    case PR_OUTCOME_IN_USE:
        return STATUS_SHARING_VIOLATION;
    case PR_OUTCOME_UNKNOWN_REQUEST:
        return STATUS_INVALID_DEVICE_REQUEST;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS complete(PIRP irp, NTSTATUS status, ULONG_PTR bytes)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = bytes;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

/* There are no names below the device. */
static NTSTATUS NTAPI dispatch_create(PDEVICE_OBJECT device, PIRP irp)
{
    struct pr_edge *edge = device->DeviceExtension;
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    NTSTATUS status =
        file->FileName.Length != 0 ? STATUS_OBJECT_NAME_INVALID : pr_access_check(irp);
    if (!NT_SUCCESS(status)) {
        return complete(irp, status, 0);
    }
    enum pr_outcome outcome = pr_client_open(edge->engine, file, IoGetRequestorProcessId(irp));
    return complete(irp, status_of(outcome), 0);
}

/* Ends the session of the handle, if it has one. With CLEANUP on Windows; Wine sends CLOSE alone, which finds nothing left
 * to do elsewhere. The file object is still the same one: its memory is not used again before CLOSE. */
static NTSTATUS NTAPI dispatch_end(PDEVICE_OBJECT device, PIRP irp)
{
    struct pr_edge *edge = device->DeviceExtension;
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    pr_client_close(edge->engine, file);
    pr_reads_cancel(edge, file);
    return complete(irp, STATUS_SUCCESS, 0);
}

/* Once it is in the queue the request may be completed by anybody: it is not touched after that. */
static NTSTATUS queue_read(struct pr_edge *edge, PIRP irp)
{
    IoMarkIrpPending(irp);
    NTSTATUS status = pr_reads_add(edge, irp);
    if (status != STATUS_PENDING) {
        (void)complete(irp, status, 0);
    }
    return STATUS_PENDING;
}

static NTSTATUS control(struct pr_edge *edge, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct pr_request request = {
        .code = stack->Parameters.DeviceIoControl.IoControlCode,
        .buffer = irp->AssociatedIrp.SystemBuffer,
        .input_bytes = stack->Parameters.DeviceIoControl.InputBufferLength,
        .output_capacity = stack->Parameters.DeviceIoControl.OutputBufferLength,
    };
    enum pr_outcome outcome = pr_client_request(edge->engine, stack->FileObject, &request);
    if (outcome == PR_OUTCOME_PENDING) {
        return queue_read(edge, irp);
    }
    NTSTATUS status = complete(irp, status_of(outcome), request.output_bytes);
    if (outcome == PR_OUTCOME_OK && request.code == PR_IOCTL_HELLO) {
        pr_reads_pump(edge);
    }
    return status;
}

/* The last handle may be closed, and the driver unloaded, as soon as the request is complete, and that may be before this
 * has returned: unload waits for it. */
static NTSTATUS NTAPI dispatch_control(PDEVICE_OBJECT device, PIRP irp)
{
    struct pr_edge *edge = device->DeviceExtension;
    if (!ExAcquireRundownProtection(&edge->requests_rundown)) {
        return complete(irp, STATUS_DELETE_PENDING, 0);
    }
    NTSTATUS status = control(edge, irp);
    ExReleaseRundownProtection(&edge->requests_rundown);
    return status;
}

VOID pr_device_wait(struct pr_edge *edge)
{
    ExWaitForRundownProtectionRelease(&edge->requests_rundown);
}

NTSTATUS pr_device_create(PDRIVER_OBJECT driver, struct pr_edge **edge)
{
    UNICODE_STRING name;
    PDEVICE_OBJECT device;
    RtlInitUnicodeString(&name, device_name);
    /* Not exclusive for the I/O manager, which calls a second open "access denied": pr_client_open says what is true. */
    NTSTATUS status = IoCreateDevice(driver, sizeof(struct pr_edge), &name, FILE_DEVICE_NETWORK,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = pr_access_protect(device);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(device);
        return status;
    }
    driver->MajorFunction[IRP_MJ_CREATE] = dispatch_create;
    driver->MajorFunction[IRP_MJ_CLEANUP] = dispatch_end;
    driver->MajorFunction[IRP_MJ_CLOSE] = dispatch_end;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch_control;
    *edge = device->DeviceExtension;
    RtlZeroMemory(*edge, sizeof(struct pr_edge));
    (*edge)->device = device;
    ExInitializeRundownProtection(&(*edge)->requests_rundown);
    return STATUS_SUCCESS;
}

NTSTATUS pr_device_publish(struct pr_edge *edge)
{
    UNICODE_STRING name;
    UNICODE_STRING link;
    RtlInitUnicodeString(&name, device_name);
    RtlInitUnicodeString(&link, link_name);
    NTSTATUS status = IoCreateSymbolicLink(&link, &name);
    edge->link = NT_SUCCESS(status);
    if (NT_SUCCESS(status)) {
        edge->device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    }
    return status;
}

VOID pr_device_delete(struct pr_edge *edge)
{
    UNICODE_STRING link;
    if (edge->link) {
        RtlInitUnicodeString(&link, link_name);
        (void)IoDeleteSymbolicLink(&link);
    }
    IoDeleteDevice(edge->device);
}
