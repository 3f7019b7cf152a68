/* A descriptor for SYSTEM and Administrators at high integrity, written down byte by byte: see [MS-DTYP] 2.4.6. */
#include "protect.h"

#define DESCRIPTOR 112

static const UCHAR sound[DESCRIPTOR] = {
    1,    0, 0x14, 0x90, 20,   0, 0,    0, 20, 0, 0, 0, 32, 0, 0, 0,  60, 0,    0, 0, /* head */
    1,    1, 0,    0,    0,    0, 0,    5, 18, 0, 0, 0,                               /* S-1-5-18 */
    2,    0, 28,   0,    1,    0, 0,    0,                                            /* SACL */
    0x11, 0, 20,   0,    7,    0, 0,    0, 1,  1, 0, 0, 0,  0, 0, 16, 0,  0x30, 0, 0, /* high */
    2,    0, 52,   0,    2,    0, 0,    0,                                            /* DACL */
    0,    0, 20,   0,    0xff, 1, 0x1f, 0, 1,  1, 0, 0, 0,  0, 0, 5,  18, 0,    0, 0, /* SYSTEM */
    0,    0, 24,   0,    0xff, 1, 0x1f, 0, 1,  2, 0, 0, 0,  0, 0, 5,  32, 0,    0, 0, 32, 2, 0, 0,
};

static void write_descriptor(UCHAR *bytes)
{
    memcpy(bytes, sound, sizeof(sound));
    if (breaks("W10-generic")) {
        bytes[75] = 0x10; /* GENERIC_ALL */
    }
    if (breaks("W10-malformed")) {
        bytes[64]++; /* one entry more than there are bytes for */
    }
}

void protect_device(PDEVICE_OBJECT device)
{
    UCHAR descriptor[DESCRIPTOR];
    HANDLE handle;
    if (breaks("W10")) {
        return;
    }
    if (breaks("W10-late")) {
        device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    }
    write_descriptor(descriptor);
    (void)ObOpenObjectByPointer(device, OBJ_KERNEL_HANDLE, NULL, WRITE_DAC, NULL, KernelMode,
                                &handle);
    (void)ZwSetSecurityObject(handle, DACL_SECURITY_INFORMATION, descriptor);
    if (!breaks("W10-handle")) {
        (void)ZwClose(handle);
    }
}

static NTSTATUS check(PSECURITY_SUBJECT_CONTEXT subject)
{
    UCHAR descriptor[DESCRIPTOR];
    ACCESS_MASK granted;
    NTSTATUS status;
    write_descriptor(descriptor);
    (void)SeAccessCheck(descriptor, subject, FALSE, FILE_READ_DATA, 0, NULL,
                        IoGetFileObjectGenericMapping(), UserMode, &granted, &status);
    return status;
}

NTSTATUS protect_check(PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    PACCESS_STATE access = stack->Parameters.Create.SecurityContext->AccessState;
    SECURITY_SUBJECT_CONTEXT process;
    NTSTATUS status = STATUS_SUCCESS;
    if (stack->FileObject->FileName.Length != 0 && !breaks("W10-name")) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    SeCaptureSubjectContextEx(NULL, IoGetRequestorProcess(irp), &process);
    if (!breaks("W10-open")) {
        status = check(&access->SubjectSecurityContext);
    }
    if (NT_SUCCESS(status) && !breaks("W10-open") && !breaks("W10-process")) {
        status = check(&process);
    }
    if (!breaks("W10-context")) {
        SeReleaseSubjectContext(&process);
    }
    return status;
}
