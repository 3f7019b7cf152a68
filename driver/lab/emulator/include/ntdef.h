/* Windows' base types for Linux builds: ULONG is 32 bits, WCHAR is 16 bits (build with -fshort-wchar). */
#ifndef LAB_NTDEF_H
#define LAB_NTDEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

_Static_assert(sizeof(L"") == 2, "build with -fshort-wchar");

#define VOID  void
#define CONST const
#define NTAPI
#define NTSYSAPI
#define NTKERNELAPI
#define NTHALAPI
#define WINAPI
#define CALLBACK
#define FASTCALL
#define DECLSPEC_IMPORT
#define DECLSPEC_ALIGN(x)    __attribute__((aligned(x)))
#define FORCEINLINE          static inline __attribute__((always_inline))
#define __inline             inline
#define C_ASSERT(e)          _Static_assert(e, #e)
#define DECLARE_HANDLE(name) typedef HANDLE name

/* Annotations of sal.h: documentation for the compiler that has them. */
#define _In_
#define _In_opt_
#define _In_z_
#define _In_reads_(n)
#define _In_reads_opt_(n)
#define _In_reads_bytes_(n)
#define _In_reads_bytes_opt_(n)
#define _Out_
#define _Out_opt_
#define _Out_writes_(n)
#define _Out_writes_bytes_(n)
#define _Out_writes_to_(n, m)
#define _Out_writes_bytes_to_(n, m)
#define _Outptr_
#define _Outptr_result_maybenull_
#define _Inout_
#define _Inout_opt_
#define _Inout_updates_(n)
#define _Inout_updates_bytes_(n)
#define _Must_inspect_result_
#define _Use_decl_annotations_
#define _Function_class_(x)
#define _IRQL_requires_(x)
#define _IRQL_requires_max_(x)
#define _IRQL_requires_min_(x)
#define _IRQL_requires_same_
#define _IRQL_saves_
#define _IRQL_restores_
#define _IRQL_raises_(x)
#define _Dispatch_type_(x)
#define _Acquires_lock_(x)
#define _Releases_lock_(x)
#define _Requires_lock_held_(x)
#define _Requires_lock_not_held_(x)
#define _Guarded_by_(x)
#define _Interlocked_operand_
#define _Success_(x)
#define _When_(x, y)
#define _At_(x, y)
#define _Post_
#define _Pre_
#define _Ret_maybenull_
#define _Analysis_assume_(x) ((void)0)
#define IN
#define OUT
#define OPTIONAL
#define UNREFERENCED_PARAMETER(x)      ((void)(x))
#define DBG_UNREFERENCED_PARAMETER(x)  ((void)(x))
#define UNREFERENCED_LOCAL_VARIABLE(x) ((void)(x))

typedef char CHAR, *PCHAR, *PSTR, CCHAR;
typedef const char *PCSTR, *PCSZ;
typedef unsigned char UCHAR, *PUCHAR, BYTE;
typedef int16_t SHORT, *PSHORT;
typedef uint16_t USHORT, *PUSHORT, WORD;
typedef int32_t LONG, *PLONG, NTSTATUS, *PNTSTATUS;
typedef uint32_t ULONG, *PULONG, DWORD;
typedef int32_t INT, INT32;
typedef uint32_t UINT, UINT32, *PUINT32, ULONG32;
typedef int8_t INT8;
typedef uint8_t UINT8, *PUINT8;
typedef int16_t INT16;
typedef uint16_t UINT16, *PUINT16;
typedef int64_t LONGLONG, LONG64, INT64, *PLONG64;
typedef uint64_t ULONGLONG, ULONG64, UINT64, *PUINT64, *PULONG64, DWORD64;
typedef intptr_t LONG_PTR, INT_PTR;
typedef uintptr_t ULONG_PTR, UINT_PTR, SIZE_T, *PSIZE_T, *PULONG_PTR, KAFFINITY;
typedef wchar_t WCHAR, *PWCHAR, *PWSTR, *LPWSTR;
typedef const wchar_t *PCWSTR, *LPCWSTR, *PCWCH;
typedef UCHAR BOOLEAN, *PBOOLEAN;
typedef int BOOL;
typedef void *PVOID, *HANDLE, **PHANDLE, **PPVOID;
typedef ULONG ACCESS_MASK, *PACCESS_MASK;
typedef UCHAR KIRQL, *PKIRQL;
typedef CCHAR KPROCESSOR_MODE;
typedef LONG KPRIORITY;
typedef ULONG LOGICAL;

typedef union _LARGE_INTEGER {
    struct {
        ULONG LowPart;
        LONG HighPart;
    };
    struct {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    struct {
        ULONG LowPart;
        ULONG HighPart;
    };
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
    struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct _UNICODE_STRING {
    USHORT Length;
    USHORT MaximumLength;
    PWSTR Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

typedef struct _OBJECT_ATTRIBUTES {
    ULONG Length;
    HANDLE RootDirectory;
    PUNICODE_STRING ObjectName;
    ULONG Attributes;
    PVOID SecurityDescriptor;
    PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;

typedef struct _LUID {
    ULONG LowPart;
    LONG HighPart;
} LUID, *PLUID;

typedef PVOID PSECURITY_DESCRIPTOR;

#define TRUE          1
#define FALSE         0
#define MAXULONG      0xffffffffu
#define MAXUSHORT     0xffff
#define MAXUINT32     0xffffffffu
#define MAXLONG       0x7fffffff
#define ANYSIZE_ARRAY 1
#define UNICODE_NULL  ((WCHAR)0)

#define NT_SUCCESS(status) (((NTSTATUS)(status)) >= 0)
#define NT_ERROR(status)   ((((ULONG)(status)) >> 30) == 3)

#define OBJ_KERNEL_HANDLE    0x00000200
#define OBJ_CASE_INSENSITIVE 0x00000040
#define InitializeObjectAttributes(p, n, a, r, s)                                                  \
    do {                                                                                           \
        (p)->Length = sizeof(OBJECT_ATTRIBUTES);                                                   \
        (p)->RootDirectory = (r);                                                                  \
        (p)->Attributes = (a);                                                                     \
        (p)->ObjectName = (n);                                                                     \
        (p)->SecurityDescriptor = (s);                                                             \
        (p)->SecurityQualityOfService = NULL;                                                      \
    } while (0)

#define CONTAINING_RECORD(address, type, field)                                                    \
    ((type *)(void *)((char *)(address) - offsetof(type, field)))
#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))
#define FIELD_SIZE(type, field)   (sizeof(((type *)0)->field))
#define RTL_NUMBER_OF(a)          (sizeof(a) / sizeof((a)[0]))
#define ARRAYSIZE(a)              RTL_NUMBER_OF(a)
#define HandleToULong(h)          ((ULONG)(ULONG_PTR)(h))
#define ULongToHandle(h)          ((HANDLE)(ULONG_PTR)(h))
#define UlongToHandle(h)          ULongToHandle(h)
#define PtrToUlong(p)             ((ULONG)(ULONG_PTR)(p))
#define RTL_CONSTANT_STRING(s)    {sizeof(s) - sizeof((s)[0]), sizeof(s), (PWSTR)(ULONG_PTR)(s)}
#define DECLARE_CONST_UNICODE_STRING(name, text)                                                   \
    const WCHAR name##_buffer[] = text;                                                            \
    const UNICODE_STRING name = RTL_CONSTANT_STRING(name##_buffer)
#define DECLARE_UNICODE_STRING_SIZE(name, size)                                                    \
    WCHAR name##_buffer[size];                                                                     \
    UNICODE_STRING name = {0, (size) * sizeof(WCHAR), name##_buffer}

#include <guiddef.h>
#include <ntstatus.h>

#endif
