/* The security reference monitor's part of wdm.h and ntifs.h: tokens, descriptors, checks. Included by wdm.h only. */
#ifndef LAB_SECURITY_H
#define LAB_SECURITY_H

#define STANDARD_RIGHTS_READ 0x00020000
#define GENERIC_READ         0x80000000u
#define GENERIC_WRITE        0x40000000u
#define GENERIC_EXECUTE      0x20000000u
#define GENERIC_ALL          0x10000000u
#define SYNCHRONIZE          0x00100000
#define WRITE_DAC            0x00040000
#define FILE_GENERIC_READ    0x00120089u
#define FILE_GENERIC_WRITE   0x00120116u
#define FILE_GENERIC_EXECUTE 0x001200a0u
#define FILE_ALL_ACCESS      0x001f01ffu

typedef struct _EPROCESS *PEPROCESS, *PKPROCESS, *PRKPROCESS;
typedef struct _ETHREAD *PETHREAD, *PKTHREAD;
typedef struct _OBJECT_TYPE *POBJECT_TYPE;
typedef const VOID *PACCESS_TOKEN;
typedef ULONG SECURITY_INFORMATION;
#define DACL_SECURITY_INFORMATION 0x00000004u

/* Layouts of [MS-DTYP] 2.4. */
#define SID_REVISION                       1
#define ACL_REVISION                       2
#define SECURITY_DESCRIPTOR_REVISION       1
#define SE_DACL_PRESENT                    0x0004
#define SE_SACL_PRESENT                    0x0010
#define SE_DACL_PROTECTED                  0x1000
#define SE_SELF_RELATIVE                   0x8000
#define ACCESS_ALLOWED_ACE_TYPE            0x00
#define SYSTEM_MANDATORY_LABEL_ACE_TYPE    0x11
#define SECURITY_NT_AUTHORITY              {0, 0, 0, 0, 0, 5}
#define SECURITY_MANDATORY_LABEL_AUTHORITY {0, 0, 0, 0, 0, 16}
#define SECURITY_LOCAL_SYSTEM_RID          18
#define SECURITY_BUILTIN_DOMAIN_RID        32
#define DOMAIN_ALIAS_RID_ADMINS            544
#define SECURITY_MANDATORY_LOW_RID         0x1000
#define SECURITY_MANDATORY_MEDIUM_RID      0x2000
#define SECURITY_MANDATORY_HIGH_RID        0x3000
#define SECURITY_MANDATORY_SYSTEM_RID      0x4000

typedef struct _ACL {
    UCHAR AclRevision;
    UCHAR Sbz1;
    USHORT AclSize;
    USHORT AceCount;
    USHORT Sbz2;
} ACL, *PACL;
typedef struct _ACE_HEADER {
    UCHAR AceType;
    UCHAR AceFlags;
    USHORT AceSize;
} ACE_HEADER, *PACE_HEADER;
typedef struct _SECURITY_DESCRIPTOR_RELATIVE {
    UCHAR Revision;
    UCHAR Sbz1;
    USHORT Control;
    ULONG Owner;
    ULONG Group;
    ULONG Sacl;
    ULONG Dacl;
} SECURITY_DESCRIPTOR_RELATIVE;

typedef struct _GENERIC_MAPPING {
    ACCESS_MASK GenericRead;
    ACCESS_MASK GenericWrite;
    ACCESS_MASK GenericExecute;
    ACCESS_MASK GenericAll;
} GENERIC_MAPPING, *PGENERIC_MAPPING;
typedef enum _SECURITY_IMPERSONATION_LEVEL {
    SecurityAnonymous,
    SecurityIdentification,
    SecurityImpersonation,
    SecurityDelegation
} SECURITY_IMPERSONATION_LEVEL;
typedef struct _SECURITY_SUBJECT_CONTEXT {
    PACCESS_TOKEN ClientToken;
    SECURITY_IMPERSONATION_LEVEL ImpersonationLevel;
    PACCESS_TOKEN PrimaryToken;
    PVOID ProcessAuditId;
} SECURITY_SUBJECT_CONTEXT, *PSECURITY_SUBJECT_CONTEXT;
typedef struct _ACCESS_STATE {
    ACCESS_MASK OriginalDesiredAccess;
    SECURITY_SUBJECT_CONTEXT SubjectSecurityContext;
} ACCESS_STATE, *PACCESS_STATE;
typedef struct _PRIVILEGE_SET *PPRIVILEGE_SET;

BOOLEAN SeAccessCheck(PSECURITY_DESCRIPTOR SecurityDescriptor,
                      PSECURITY_SUBJECT_CONTEXT SubjectSecurityContext,
                      BOOLEAN SubjectContextLocked, ACCESS_MASK DesiredAccess,
                      ACCESS_MASK PreviouslyGrantedAccess, PPRIVILEGE_SET *Privileges,
                      PGENERIC_MAPPING GenericMapping, KPROCESSOR_MODE AccessMode,
                      PACCESS_MASK GrantedAccess, PNTSTATUS AccessStatus);
VOID SeCaptureSubjectContextEx(PETHREAD Thread, PEPROCESS Process,
                               PSECURITY_SUBJECT_CONTEXT SubjectContext);
VOID SeReleaseSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext);
PGENERIC_MAPPING IoGetFileObjectGenericMapping(VOID);
NTSTATUS ObOpenObjectByPointer(PVOID Object, ULONG HandleAttributes,
                               PACCESS_STATE PassedAccessState, ACCESS_MASK DesiredAccess,
                               POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode, PHANDLE Handle);
NTSTATUS ZwSetSecurityObject(HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
                             PSECURITY_DESCRIPTOR SecurityDescriptor);

#endif
