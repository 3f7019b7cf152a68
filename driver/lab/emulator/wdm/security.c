/*
 * The security reference monitor: tokens of a few kinds, a device's descriptor, and access checks as Windows makes them
 * ([MS-DTYP] 2.5.3): the mandatory label first, then the allowing entries of the DACL.
 */
#include <stdlib.h>

#include "kernel.h"

struct token {
    bool is_system;
    bool is_administrator; /* the group is enabled, not only there to deny */
    ULONG integrity;
};

/* A handle that ObOpenObjectByPointer has given out. */
struct object_handle {
    PDEVICE_OBJECT device;
    ACCESS_MASK granted;
};

static const struct token tokens[] = {
    [LAB_TOKEN_ELEVATED] = {false, true, SECURITY_MANDATORY_HIGH_RID},
    [LAB_TOKEN_SYSTEM] = {true, true, SECURITY_MANDATORY_SYSTEM_RID},
    [LAB_TOKEN_FILTERED] = {false, false, SECURITY_MANDATORY_MEDIUM_RID},
    [LAB_TOKEN_ADMIN_MEDIUM] = {false, true, SECURITY_MANDATORY_MEDIUM_RID},
    [LAB_TOKEN_STANDARD] = {false, false, SECURITY_MANDATORY_MEDIUM_RID},
    [LAB_TOKEN_LOW] = {false, false, SECURITY_MANDATORY_LOW_RID},
};

static GENERIC_MAPPING file_mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                                       FILE_ALL_ACCESS};
static LONG contexts_open;
static LONG handles_open;

PACCESS_TOKEN lab_token(enum lab_token kind)
{
    return &tokens[kind];
}

bool lab_token_may_manage(PACCESS_TOKEN of)
{
    const struct token *token = of;
    return (token->is_system || token->is_administrator) &&
           token->integrity >= SECURITY_MANDATORY_HIGH_RID;
}

void lab_security_check_gone(void)
{
    if (contexts_open != 0) {
        lab_broken("W10", "%d subject contexts were captured and not released", contexts_open);
    }
    if (handles_open != 0) {
        lab_broken("W10", "%d handles of objects are left open", handles_open);
    }
    contexts_open = handles_open = 0;
}

PGENERIC_MAPPING IoGetFileObjectGenericMapping(VOID)
{
    return &file_mapping;
}

/* Subject contexts */

VOID SeCaptureSubjectContextEx(PETHREAD Thread, PEPROCESS Process,
                               PSECURITY_SUBJECT_CONTEXT SubjectContext)
{
    lab_require_irql(PASSIVE_LEVEL, "SeCaptureSubjectContextEx", "R31");
    memset(SubjectContext, 0, sizeof(*SubjectContext));
    if (Thread != NULL) {
        lab_broken_fatal("W10", "the lab's threads have no tokens of their own to capture");
    }
    SubjectContext->PrimaryToken = lab_token(lab_process_token(Process));
    (void)__atomic_add_fetch(&contexts_open, 1, __ATOMIC_SEQ_CST);
}

VOID SeReleaseSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext)
{
    if (SubjectContext->PrimaryToken == NULL) {
        lab_broken("W10", "a subject context was released that holds nothing");
        return;
    }
    SubjectContext->PrimaryToken = NULL;
    (void)__atomic_sub_fetch(&contexts_open, 1, __ATOMIC_SEQ_CST);
}

/* Descriptors */

struct sid {
    UCHAR revision;
    UCHAR count;
    UCHAR authority[6];
    ULONG sub[2];
};

struct ace {
    ACE_HEADER header;
    ACCESS_MASK mask;
    struct sid sid;
};

/* The next entry's bytes, or NULL at something that is no entry with a SID of one or two sub-authorities. */
static const UCHAR *read_ace(const UCHAR *at, const UCHAR *end, struct ace *ace)
{
    const size_t fixed = sizeof(ACE_HEADER) + sizeof(ACCESS_MASK) + 8;
    size_t subs;
    memset(ace, 0, sizeof(*ace));
    if (at + fixed > end) {
        return NULL;
    }
    memcpy(ace, at, fixed);
    subs = ace->sid.count * sizeof(ULONG);
    if (ace->sid.revision != SID_REVISION || ace->sid.count < 1 || ace->sid.count > 2 ||
        ace->header.AceSize != fixed + subs || at + ace->header.AceSize > end) {
        return NULL;
    }
    memcpy(ace->sid.sub, at + fixed, subs);
    return at + ace->header.AceSize;
}

/* Calls `take` for every entry of the list at `offset`; false when the list makes no sense. */
static bool each_ace(const UCHAR *descriptor, ULONG offset,
                     void (*take)(void *context, const struct ace *ace), void *context)
{
    const UCHAR *at = descriptor + offset, *end;
    ACL acl;
    memcpy(&acl, at, sizeof(acl));
    end = at + acl.AclSize;
    at += sizeof(acl);
    for (USHORT i = 0; i < acl.AceCount && at != NULL; i++) {
        struct ace ace;
        at = read_ace(at, end, &ace);
        if (at != NULL) {
            take(context, &ace);
        }
    }
    return acl.AclRevision == ACL_REVISION && at == end;
}

struct evaluation {
    const struct token *token;
    ACCESS_MASK granted;
    ACCESS_MASK barred; /* by the label */
};

static bool is_authority(const struct sid *sid, UCHAR last)
{
    static const UCHAR zero[5];
    return memcmp(sid->authority, zero, sizeof(zero)) == 0 && sid->authority[5] == last;
}

static bool token_has(const struct token *token, const struct sid *sid)
{
    if (!is_authority(sid, 5)) {
        return is_authority(sid, 1); /* everybody */
    }
    if (sid->count == 1) {
        return token->is_system && sid->sub[0] == SECURITY_LOCAL_SYSTEM_RID;
    }
    return token->is_administrator && sid->sub[0] == SECURITY_BUILTIN_DOMAIN_RID &&
           sid->sub[1] == DOMAIN_ALIAS_RID_ADMINS;
}

static void take_allowed(void *context, const struct ace *ace)
{
    struct evaluation *evaluation = context;
    if (ace->header.AceType != ACCESS_ALLOWED_ACE_TYPE) {
        lab_broken("W10", "an entry of type %u is not for a device (IoCreateDeviceSecure)",
                   ace->header.AceType);
    }
    if ((ace->mask & (GENERIC_ALL | GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE)) != 0) {
        lab_broken("W10", "SeAccessCheck does not map the generic rights of entries");
    }
    if (token_has(evaluation->token, &ace->sid)) {
        evaluation->granted |= ace->mask;
    }
}

static void take_label(void *context, const struct ace *ace)
{
    struct evaluation *evaluation = context;
    if (ace->header.AceType != SYSTEM_MANDATORY_LABEL_ACE_TYPE || !is_authority(&ace->sid, 16)) {
        lab_broken("W10", "the SACL has an entry that is no mandatory label");
        return;
    }
    if (evaluation->token->integrity < ace->sid.sub[0]) {
        evaluation->barred |= (ace->mask & 1) != 0 ? FILE_GENERIC_WRITE : 0;
        evaluation->barred |= (ace->mask & 2) != 0 ? FILE_GENERIC_READ : 0;
        evaluation->barred |= (ace->mask & 4) != 0 ? FILE_GENERIC_EXECUTE : 0;
    }
}

static bool evaluate(const void *descriptor, struct evaluation *evaluation)
{
    SECURITY_DESCRIPTOR_RELATIVE head;
    bool sound;
    memcpy(&head, descriptor, sizeof(head));
    sound = head.Revision == SECURITY_DESCRIPTOR_REVISION && head.Owner != 0 && head.Group != 0 &&
            (head.Control & SE_SELF_RELATIVE) != 0 && (head.Control & SE_DACL_PRESENT) != 0;
    if (sound && (head.Control & SE_SACL_PRESENT) != 0) {
        sound = each_ace(descriptor, head.Sacl, take_label, evaluation);
    }
    return sound && each_ace(descriptor, head.Dacl, take_allowed, evaluation);
}

BOOLEAN SeAccessCheck(PSECURITY_DESCRIPTOR SecurityDescriptor,
                      PSECURITY_SUBJECT_CONTEXT SubjectSecurityContext,
                      BOOLEAN SubjectContextLocked, ACCESS_MASK DesiredAccess,
                      ACCESS_MASK PreviouslyGrantedAccess, PPRIVILEGE_SET *Privileges,
                      PGENERIC_MAPPING GenericMapping, KPROCESSOR_MODE AccessMode,
                      PACCESS_MASK GrantedAccess, PNTSTATUS AccessStatus)
{
    PACCESS_TOKEN client = SubjectSecurityContext->ClientToken;
    struct evaluation evaluation = {.token = client != NULL ? client
                                                            : SubjectSecurityContext->PrimaryToken};
    (void)SubjectContextLocked;
    (void)PreviouslyGrantedAccess;
    (void)Privileges;
    (void)GenericMapping;
    lab_require_irql(PASSIVE_LEVEL, "SeAccessCheck", "R31");
    *GrantedAccess = AccessMode == KernelMode ? DesiredAccess : 0;
    *AccessStatus = STATUS_SUCCESS;
    if (AccessMode == KernelMode) {
        return TRUE;
    }
    if (client != NULL && SubjectSecurityContext->ImpersonationLevel < SecurityImpersonation) {
        *AccessStatus = STATUS_BAD_IMPERSONATION_LEVEL;
    } else if (!evaluate(SecurityDescriptor, &evaluation)) {
        lab_broken("W10", "a security descriptor is malformed");
        *AccessStatus = STATUS_INVALID_SECURITY_DESCR;
    } else if ((DesiredAccess & ~(evaluation.granted & ~evaluation.barred)) != 0) {
        *AccessStatus = STATUS_ACCESS_DENIED;
    } else {
        *GrantedAccess = DesiredAccess;
    }
    return NT_SUCCESS(*AccessStatus);
}

/* Handles of objects, as far as a device's descriptor needs them */

NTSTATUS ObOpenObjectByPointer(PVOID Object, ULONG HandleAttributes,
                               PACCESS_STATE PassedAccessState, ACCESS_MASK DesiredAccess,
                               POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode, PHANDLE Handle)
{
    struct object_handle *handle;
    NTSTATUS status;
    (void)PassedAccessState;
    (void)ObjectType;
    lab_require_irql(PASSIVE_LEVEL, "ObOpenObjectByPointer", "R31");
    if ((HandleAttributes & OBJ_KERNEL_HANDLE) == 0 || AccessMode != KernelMode) {
        lab_broken("W10", "a handle that programs could use");
    }
    if (lab_fault_call("ObOpenObjectByPointer", &status)) {
        return status;
    }
    handle = calloc(1, sizeof(*handle));
    if (handle == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    handle->device = Object;
    handle->granted = DesiredAccess;
    (void)__atomic_add_fetch(&handles_open, 1, __ATOMIC_SEQ_CST);
    *Handle = handle;
    return STATUS_SUCCESS;
}

NTSTATUS ZwClose(HANDLE Handle)
{
    lab_require_irql(PASSIVE_LEVEL, "ZwClose", "R31");
    free(Handle);
    (void)__atomic_sub_fetch(&handles_open, 1, __ATOMIC_SEQ_CST);
    return STATUS_SUCCESS;
}

/* Bytes of a descriptor whose lists are its last parts. */
static size_t descriptor_bytes(const void *descriptor)
{
    SECURITY_DESCRIPTOR_RELATIVE head;
    ACL acl;
    memcpy(&head, descriptor, sizeof(head));
    memcpy(&acl, (const UCHAR *)descriptor + head.Dacl, sizeof(acl));
    return head.Dacl + acl.AclSize;
}

/* The DACL alone becomes the device's: the SACL of what was passed stays out. */
static void *copy_of_dacl(const void *descriptor)
{
    size_t bytes = descriptor_bytes(descriptor);
    UCHAR *copy = malloc(bytes);
    if (copy != NULL) {
        SECURITY_DESCRIPTOR_RELATIVE head;
        memcpy(copy, descriptor, bytes);
        memcpy(&head, copy, sizeof(head));
        head.Control &= (USHORT)~SE_SACL_PRESENT;
        head.Sacl = 0;
        memcpy(copy, &head, sizeof(head));
    }
    return copy;
}

NTSTATUS ZwSetSecurityObject(HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
                             PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    struct object_handle *handle = Handle;
    void *copy;
    NTSTATUS status;
    lab_require_irql(PASSIVE_LEVEL, "ZwSetSecurityObject", "R31");
    if (SecurityInformation != DACL_SECURITY_INFORMATION || (handle->granted & WRITE_DAC) == 0) {
        return STATUS_ACCESS_DENIED;
    }
    if (lab_fault_call("ZwSetSecurityObject", &status)) {
        return status;
    }
    if ((handle->device->Flags & DO_DEVICE_INITIALIZING) == 0) {
        lab_broken("W10", "a device was protected when it could be opened already");
    }
    copy = copy_of_dacl(SecurityDescriptor);
    if (copy == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    free(handle->device->SecurityDescriptor);
    handle->device->SecurityDescriptor = copy;
    return STATUS_SUCCESS;
}
