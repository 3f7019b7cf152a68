/*
 * fwpkclnt.sys for Wine, which has none: the emulator's filter engine behind the exports that portreeve.sys imports, and
 * the device of lab_device.h. It is started before portreeve.sys, in the same process.
 */
#include "lab_device.h"

#include "../emulator/wfp/engine.h"

static const WCHAR device_name[] = L"\\Device\\PortreeveLab";
static const WCHAR link_name[] = L"\\DosDevices\\PortreeveLab";

DRIVER_INITIALIZE DriverEntry;

static NTSTATUS complete(PIRP irp, NTSTATUS status, ULONG_PTR bytes)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = bytes;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS NTAPI dispatch_create(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext = PsGetCurrentProcessId();
    return complete(irp, STATUS_SUCCESS, 0);
}

/* A program's sockets go with its handle. */
static NTSTATUS NTAPI dispatch_close(PDEVICE_OBJECT device, PIRP irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    UNREFERENCED_PARAMETER(device);
    wfp_process_endpoints_close((UINT64)(ULONG_PTR)file->FsContext);
    return complete(irp, STATUS_SUCCESS, 0);
}

static void answered(void *context, enum lab_answer answer)
{
    PIRP irp = context;
    *(UINT32 *)irp->AssociatedIrp.SystemBuffer = (UINT32)answer;
    (VOID) complete(irp, STATUS_SUCCESS, sizeof(UINT32));
}

static void read_address(const struct lab_wine_address *from, struct lab_address *to)
{
    RtlCopyMemory(to->bytes, from->bytes, sizeof(to->bytes));
    to->port = from->port;
    to->scope_id = from->scope_id;
}

static NTSTATUS connect_program(PIRP irp)
{
    const struct lab_connect *in = irp->AssociatedIrp.SystemBuffer;
    struct lab_attempt attempt = {
        .process_id = (UINT64)(ULONG_PTR)PsGetCurrentProcessId(), /* Wine's thread is the caller */
        .endpoint = in->endpoint,
        .family = in->family,
        .protocol = in->protocol,
        .direction = in->inbound != 0 ? LAB_INBOUND : LAB_OUTBOUND,
    };
    read_address(&in->local, &attempt.local);
    read_address(&in->remote, &attempt.remote);
    IoMarkIrpPending(irp);
    wfp_attempt_start(&attempt, NULL, answered, irp);
    return STATUS_PENDING;
}

struct request {
    ULONG code;
    ULONG input;
    ULONG output;
    NTSTATUS (*run)(PIRP irp);
    ULONG result; /* bytes, when it has succeeded */
};

static NTSTATUS close_endpoint(PIRP irp)
{
    wfp_endpoint_close(*(const UINT64 *)irp->AssociatedIrp.SystemBuffer);
    return STATUS_SUCCESS;
}

static NTSTATUS set_reauthorize(PIRP irp)
{
    UINT32 mode = *(const UINT32 *)irp->AssociatedIrp.SystemBuffer;
    if (mode > LAB_REAUTHORIZE_RANDOM) {
        return STATUS_INVALID_PARAMETER;
    }
    wfp_set_reauthorize_mode((enum lab_reauthorize)mode);
    return STATUS_SUCCESS;
}

static NTSTATUS report(PIRP irp)
{
    struct lab_report *out = irp->AssociatedIrp.SystemBuffer;
    RtlZeroMemory(out, sizeof(*out));
    out->pends = wfp_pends_open();
    lab_port_report(out);
    return STATUS_SUCCESS;
}

static NTSTATUS restart(PIRP irp)
{
    enum lab_reauthorize mode = wfp_reauthorize_mode();
    UNREFERENCED_PARAMETER(irp);
    wfp_stop();
    wfp_start(mode);
    return STATUS_SUCCESS;
}

static const struct request requests[] = {
    {LAB_IOCTL_CONNECT, sizeof(struct lab_connect), sizeof(UINT32), connect_program, 0},
    {LAB_IOCTL_CLOSE, sizeof(UINT64), 0, close_endpoint, 0},
    {LAB_IOCTL_REAUTHORIZE, sizeof(UINT32), 0, set_reauthorize, 0},
    {LAB_IOCTL_REPORT, 0, sizeof(struct lab_report), report, sizeof(struct lab_report)},
    {LAB_IOCTL_RESTART, 0, 0, restart, 0},
};

static NTSTATUS NTAPI dispatch_control(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    UNREFERENCED_PARAMETER(device);
    for (ULONG i = 0; i < RTL_NUMBER_OF(requests); i++) {
        const struct request *request = &requests[i];
        if (request->code != stack->Parameters.DeviceIoControl.IoControlCode) {
            continue;
        }
        if (stack->Parameters.DeviceIoControl.InputBufferLength != request->input ||
            stack->Parameters.DeviceIoControl.OutputBufferLength < request->output) {
            return complete(irp, STATUS_INVALID_PARAMETER, 0);
        }
        NTSTATUS status = request->run(irp);
        return status == STATUS_PENDING
                   ? status
                   : complete(irp, status, NT_SUCCESS(status) ? request->result : 0);
    }
    return complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}

static VOID NTAPI unload(PDRIVER_OBJECT driver)
{
    UNICODE_STRING link;
    RtlInitUnicodeString(&link, link_name);
    (VOID) IoDeleteSymbolicLink(&link);
    lab_gaps_stop();
    wfp_stop();
    lab_port_stop();
    IoDeleteDevice(driver->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    UNICODE_STRING name;
    UNICODE_STRING link;
    PDEVICE_OBJECT device;
    UNREFERENCED_PARAMETER(registry_path);
    RtlInitUnicodeString(&name, device_name);
    RtlInitUnicodeString(&link, link_name);
    NTSTATUS status = lab_gaps_fill();
    if (NT_SUCCESS(status)) {
        status = IoCreateDevice(driver, 0, &name, FILE_DEVICE_NETWORK, 0, FALSE, &device);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    driver->MajorFunction[IRP_MJ_CREATE] = dispatch_create;
    driver->MajorFunction[IRP_MJ_CLOSE] = dispatch_close;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch_control;
    driver->DriverUnload = unload;
    status = lab_port_start(device);
    if (NT_SUCCESS(status)) {
        wfp_start(LAB_REAUTHORIZE_INSIDE);
        status = IoCreateSymbolicLink(&link, &name);
    }
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(device);
    }
    return status;
}
