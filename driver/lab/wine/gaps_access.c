/*
 * Access checks for Wine, whose kernel has none: it opens devices for everybody, says nothing of the opener to the driver,
 * and does not evaluate integrity labels. Descriptors and tokens are Wine's own: its server validates the one and
 * knows the other's groups; they are compared here.
 *
 * A token here is a handle. See gaps.c for how a driver gets at these functions.
 */
#include "lab_device.h"

#define QUERY_PROCESS 0x0400 /* PROCESS_QUERY_INFORMATION */
#define QUERY_THREAD  0x0040 /* THREAD_QUERY_INFORMATION */
#define GROUP_ENABLED 4      /* SE_GROUP_ENABLED */
#define TOKEN_RIGHTS  TOKEN_QUERY
/* Of an access control list whose first entry's SID has one sub-authority: where that is. */
#define FIRST_RID     24
/* NtSetSecurityObject of Wine asks for no less. */
#define EVENT_RIGHTS  (WRITE_DAC | WRITE_OWNER)

static PDRIVER_OBJECT created_by;
static PDRIVER_DISPATCH real_create;

/* While it dispatches a request Wine's thread goes by the requestor's ids. */
static HANDLE process_token(VOID)
{
    OBJECT_ATTRIBUTES attributes;
    CLIENT_ID id = {.UniqueProcess = PsGetCurrentProcessId()};
    HANDLE process;
    HANDLE token = NULL;
    InitializeObjectAttributes(&attributes, NULL, 0, NULL, NULL);
    if (NT_SUCCESS(ZwOpenProcess(&process, QUERY_PROCESS, &attributes, &id))) {
        (VOID) ZwOpenProcessTokenEx(process, TOKEN_RIGHTS, OBJ_KERNEL_HANDLE, &token);
        (VOID) ZwClose(process);
    }
    return token;
}

/* NULL when the thread acts for itself. */
static HANDLE thread_token(VOID)
{
    OBJECT_ATTRIBUTES attributes;
    CLIENT_ID id = {PsGetCurrentProcessId(), PsGetCurrentThreadId()};
    HANDLE thread;
    HANDLE token = NULL;
    InitializeObjectAttributes(&attributes, NULL, 0, NULL, NULL);
    if (NT_SUCCESS(ZwOpenThread(&thread, QUERY_THREAD, &attributes, &id))) {
        (VOID) ZwOpenThreadTokenEx(thread, TOKEN_RIGHTS, TRUE, OBJ_KERNEL_HANDLE, &token);
        (VOID) ZwClose(thread);
    }
    return token;
}

static VOID close_token(PACCESS_TOKEN token)
{
    if (token != NULL) {
        (VOID) ZwClose(token);
    }
}

static VOID NTAPI capture_context(PETHREAD thread, PEPROCESS process,
                                  PSECURITY_SUBJECT_CONTEXT context)
{
    UNREFERENCED_PARAMETER(thread);
    UNREFERENCED_PARAMETER(process);
    RtlZeroMemory(context, sizeof(*context));
    context->PrimaryToken = process_token();
}

static VOID NTAPI release_context(PSECURITY_SUBJECT_CONTEXT context)
{
    close_token(context->ClientToken);
    close_token(context->PrimaryToken);
}

static ULONG label_of(const VOID *descriptor)
{
    const SECURITY_DESCRIPTOR_RELATIVE *head = descriptor;
    BOOLEAN has = (head->Control & SE_SACL_PRESENT) != 0;
    return has ? *(const ULONG *)((const UCHAR *)descriptor + head->Sacl + FIRST_RID) : 0;
}

static ULONG integrity_of(HANDLE token)
{
    struct {
        TOKEN_MANDATORY_LABEL label;
        UCHAR sid[64];
    } own;
    ULONG bytes;
    NTSTATUS status =
        ZwQueryInformationToken(token, TokenIntegrityLevel, &own, sizeof(own), &bytes);
    if (!NT_SUCCESS(status)) {
        return 0;
    }
    return *RtlSubAuthoritySid(own.label.Label.Sid, 0);
}

/* Whether it acts as this user or, if that is enabled, this group. */
static BOOLEAN token_has(HANDLE token, PSID sid)
{
    UCHAR own[2048];
    const TOKEN_USER *user = (const TOKEN_USER *)own;
    const TOKEN_GROUPS *groups = (const TOKEN_GROUPS *)own;
    ULONG bytes;
    if (NT_SUCCESS(ZwQueryInformationToken(token, TokenUser, own, sizeof(own), &bytes)) &&
        RtlEqualSid(user->User.Sid, sid)) {
        return TRUE;
    }
    if (!NT_SUCCESS(ZwQueryInformationToken(token, TokenGroups, own, sizeof(own), &bytes))) {
        return FALSE;
    }
    for (ULONG i = 0; i < groups->GroupCount; i++) {
        if ((groups->Groups[i].Attributes & GROUP_ENABLED) != 0 &&
            RtlEqualSid(groups->Groups[i].Sid, sid)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* What the allowing entries of the DACL grant. */
static ACCESS_MASK allowed_to(const VOID *descriptor, HANDLE token)
{
    const SECURITY_DESCRIPTOR_RELATIVE *head = descriptor;
    PACL acl = (PACL)((ULONG_PTR)descriptor + head->Dacl);
    ACCESS_MASK granted = 0;
    for (ULONG i = 0; i < acl->AceCount; i++) {
        ACCESS_ALLOWED_ACE *ace;
        if (NT_SUCCESS(RtlGetAce(acl, i, (PVOID *)&ace)) && token_has(token, &ace->SidStart)) {
            granted |= ace->Mask;
        }
    }
    return granted;
}

static BOOLEAN NTAPI access_check(PSECURITY_DESCRIPTOR descriptor,
                                  PSECURITY_SUBJECT_CONTEXT subject, BOOLEAN locked,
                                  ACCESS_MASK desired, ACCESS_MASK before,
                                  PPRIVILEGE_SET *privileges, PGENERIC_MAPPING mapping,
                                  KPROCESSOR_MODE mode, PACCESS_MASK granted, PNTSTATUS status)
{
    HANDLE token = subject->ClientToken != NULL ? subject->ClientToken : subject->PrimaryToken;
    UNREFERENCED_PARAMETER(locked);
    UNREFERENCED_PARAMETER(before);
    UNREFERENCED_PARAMETER(privileges);
    UNREFERENCED_PARAMETER(mode);
    UNREFERENCED_PARAMETER(mapping);
    BOOLEAN allowed = token != NULL && integrity_of(token) >= label_of(descriptor) &&
                      (desired & ~allowed_to(descriptor, token)) == 0;
    *granted = allowed ? desired : 0;
    *status = allowed ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
    return allowed;
}

static PGENERIC_MAPPING NTAPI file_mapping(VOID)
{
    static GENERIC_MAPPING mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                                      FILE_ALL_ACCESS};
    return &mapping;
}

/* Wine's devices take no descriptor. In the device's place stands an object that does, and that its server validates. */
static NTSTATUS NTAPI open_object(PVOID object, ULONG flags, PACCESS_STATE state,
                                  ACCESS_MASK access, POBJECT_TYPE type, KPROCESSOR_MODE mode,
                                  PHANDLE handle)
{
    UNREFERENCED_PARAMETER(object);
    UNREFERENCED_PARAMETER(flags);
    UNREFERENCED_PARAMETER(state);
    UNREFERENCED_PARAMETER(access);
    UNREFERENCED_PARAMETER(type);
    UNREFERENCED_PARAMETER(mode);
    return ZwCreateEvent(handle, EVENT_RIGHTS, NULL, NotificationEvent, FALSE);
}

/* Says whose open it is. */
static NTSTATUS NTAPI create(PDEVICE_OBJECT device, PIRP irp)
{
    ACCESS_STATE state;
    IO_SECURITY_CONTEXT context = {.AccessState = &state};
    RtlZeroMemory(&state, sizeof(state));
    capture_context(NULL, NULL, &state.SubjectSecurityContext);
    state.SubjectSecurityContext.ClientToken = thread_token();
    state.SubjectSecurityContext.ImpersonationLevel = SecurityImpersonation;
    IoGetCurrentIrpStackLocation(irp)->Parameters.Create.SecurityContext = &context;
    NTSTATUS status = real_create(device, irp);
    release_context(&state.SubjectSecurityContext);
    return status;
}

static NTSTATUS NTAPI create_device(PDRIVER_OBJECT driver, ULONG extension, PUNICODE_STRING name,
                                    DEVICE_TYPE type, ULONG characteristics, BOOLEAN exclusive,
                                    PDEVICE_OBJECT *device)
{
    created_by = driver;
    return IoCreateDevice(driver, extension, name, type, characteristics, exclusive, device);
}

/* The last thing before it can be opened: its driver has set its functions. */
static NTSTATUS NTAPI create_link(PUNICODE_STRING link, PUNICODE_STRING name)
{
    real_create = created_by->MajorFunction[IRP_MJ_CREATE];
    created_by->MajorFunction[IRP_MJ_CREATE] = create;
    return IoCreateSymbolicLink(link, name);
}

const struct lab_gap lab_access_gaps[] = {
    LAB_GAP("IoCreateDevice", create_device),
    LAB_GAP("IoCreateSymbolicLink", create_link),
    LAB_GAP("IoGetFileObjectGenericMapping", file_mapping),
    LAB_GAP("ObOpenObjectByPointer", open_object),
    LAB_GAP("SeAccessCheck", access_check),
    LAB_GAP("SeCaptureSubjectContextEx", capture_context),
    LAB_GAP("SeReleaseSubjectContext", release_context),
};
const ULONG lab_access_gap_count = RTL_NUMBER_OF(lab_access_gaps);
