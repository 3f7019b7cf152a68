/*
 * Who may open the device: SYSTEM and Administrators, from a process of high integrity. Two locks (docs/adr/0024): the
 * device's own descriptor, which the I/O manager evaluates for every open, and this file's check in IRP_MJ_CREATE, which
 * adds the integrity label and looks past an impersonation at the process.
 */
#include "edge.h"

#ifdef __MINGW64__
/* ntifs.h has it, mingw-w64's does not. */
NTKERNELAPI VOID NTAPI SeCaptureSubjectContextEx(PETHREAD Thread, PEPROCESS Process,
                                                 PSECURITY_SUBJECT_CONTEXT SubjectContext);
#endif

#define LABEL_RIGHTS 7u /* no write up, no read up, no execute up */

struct short_sid { /* one sub-authority */
    UCHAR revision;
    UCHAR count;
    UCHAR authority[6];
    ULONG first;
};

struct long_sid { /* two */
    UCHAR revision;
    UCHAR count;
    UCHAR authority[6];
    ULONG first;
    ULONG second;
};

/* O:SYG:SYD:P(A;;FA;;;SY)(A;;FA;;;BA)S:(ML;;NRNWNX;;;HI), self-relative ([MS-DTYP] 2.4.6): no memory to be short of. */
struct descriptor {
    SECURITY_DESCRIPTOR_RELATIVE head;
    struct short_sid owner;
    struct {
        ACL acl;
        ACE_HEADER ace;
        ACCESS_MASK mask;
        struct short_sid sid;
    } label;
    struct {
        ACL acl;
        ACE_HEADER system;
        ACCESS_MASK system_mask;
        struct short_sid system_sid;
        ACE_HEADER administrators;
        ACCESS_MASK administrators_mask;
        struct long_sid administrators_sid;
    } allowed;
};

C_ASSERT(sizeof(struct descriptor) == 20 + 12 + 28 + 52);

#define SHORT_ACE  ((USHORT)(sizeof(ACE_HEADER) + sizeof(ACCESS_MASK) + sizeof(struct short_sid)))
#define LONG_ACE   ((USHORT)(sizeof(ACE_HEADER) + sizeof(ACCESS_MASK) + sizeof(struct long_sid)))
#define SYSTEM_SID {SID_REVISION, 1, SECURITY_NT_AUTHORITY, SECURITY_LOCAL_SYSTEM_RID}

static const struct descriptor who_may = {
    .head = {SECURITY_DESCRIPTOR_REVISION, 0,
             SE_SELF_RELATIVE | SE_DACL_PRESENT | SE_DACL_PROTECTED | SE_SACL_PRESENT,
             FIELD_OFFSET(struct descriptor, owner), FIELD_OFFSET(struct descriptor, owner),
             FIELD_OFFSET(struct descriptor, label), FIELD_OFFSET(struct descriptor, allowed)},
    .owner = SYSTEM_SID,
    .label = {{ACL_REVISION, 0, sizeof(who_may.label), 1, 0},
              {SYSTEM_MANDATORY_LABEL_ACE_TYPE, 0, SHORT_ACE},
              LABEL_RIGHTS,
              {SID_REVISION, 1, SECURITY_MANDATORY_LABEL_AUTHORITY, SECURITY_MANDATORY_HIGH_RID}},
    .allowed = {{ACL_REVISION, 0, sizeof(who_may.allowed), 2, 0},
                {ACCESS_ALLOWED_ACE_TYPE, 0, SHORT_ACE},
                FILE_ALL_ACCESS,
                SYSTEM_SID,
                {ACCESS_ALLOWED_ACE_TYPE, 0, LONG_ACE},
                FILE_ALL_ACCESS,
                {SID_REVISION, 2, SECURITY_NT_AUTHORITY, SECURITY_BUILTIN_DOMAIN_RID,
                 DOMAIN_ALIAS_RID_ADMINS}},
};

static PSECURITY_DESCRIPTOR descriptor(VOID)
{
    return (PSECURITY_DESCRIPTOR)(ULONG_PTR)&who_may;
}

NTSTATUS pr_access_protect(PDEVICE_OBJECT device)
{
    HANDLE handle;
    NTSTATUS status = ObOpenObjectByPointer(device, OBJ_KERNEL_HANDLE, NULL, WRITE_DAC, NULL,
                                            KernelMode, &handle);
    if (NT_SUCCESS(status)) {
        status = ZwSetSecurityObject(handle, DACL_SECURITY_INFORMATION, descriptor());
        (VOID) ZwClose(handle);
    }
    return status;
}

/* What every control code needs, whatever the open asked for. */
static NTSTATUS check(PSECURITY_SUBJECT_CONTEXT subject, KPROCESSOR_MODE mode)
{
    ACCESS_MASK granted;
    NTSTATUS status;
    BOOLEAN allowed =
        SeAccessCheck(descriptor(), subject, FALSE, FILE_READ_DATA | FILE_WRITE_DATA, 0, NULL,
                      IoGetFileObjectGenericMapping(), mode, &granted, &status);
    if (allowed) {
        return STATUS_SUCCESS;
    }
    return NT_SUCCESS(status) ? STATUS_ACCESS_DENIED : status;
}

NTSTATUS pr_access_check(PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    PACCESS_STATE access = stack->Parameters.Create.SecurityContext->AccessState;
    SECURITY_SUBJECT_CONTEXT process;
    NTSTATUS status = check(&access->SubjectSecurityContext, irp->RequestorMode);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    SeCaptureSubjectContextEx(NULL, IoGetRequestorProcess(irp), &process);
    status = check(&process, irp->RequestorMode);
    SeReleaseSubjectContext(&process);
    return status;
}
