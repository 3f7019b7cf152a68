/*
 * The part of the Windows Driver Model that the driver uses, for Linux builds. Names, types and meanings are those of
 * the WDK's wdm.h; layouts are the emulator's own. Everything checks the IRQL and the locks of the calling thread.
 */
#ifndef LAB_WDM_H
#define LAB_WDM_H

#include <ntdef.h>

#define PASSIVE_LEVEL  0
#define APC_LEVEL      1
#define DISPATCH_LEVEL 2
#define HIGH_LEVEL     15

KIRQL KeGetCurrentIrql(VOID);
VOID KeRaiseIrql(KIRQL NewIrql, PKIRQL OldIrql);
VOID KeLowerIrql(KIRQL NewIrql);
KIRQL KeRaiseIrqlToDpcLevel(VOID);
/* Stops the lab with a report when the IRQL is above APC_LEVEL. */
VOID lab_paged_code(const char *function);
#define PAGED_CODE() lab_paged_code(__func__)

/* Debugging */
#define DPFLTR_IHVNETWORK_ID 78
#define DPFLTR_IHVDRIVER_ID  77
#define DPFLTR_ERROR_LEVEL   0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL   2
#define DPFLTR_INFO_LEVEL    3
ULONG DbgPrint(const char *Format, ...) __attribute__((format(printf, 1, 2)));
ULONG DbgPrintEx(ULONG Component, ULONG Level, const char *Format, ...)
    __attribute__((format(printf, 3, 4)));
#define KdPrint(x)   ((void)0)
#define KdPrintEx(x) ((void)0)
_Noreturn VOID KeBugCheckEx(ULONG Code, ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4);
VOID lab_assert_failed(const char *expression, const char *file, int line);
#define NT_ASSERT(e) ((e) ? (void)0 : lab_assert_failed(#e, __FILE__, __LINE__))
#define ASSERT(e)    NT_ASSERT(e)

/* Memory */
#define RtlZeroMemory(p, n)       memset((p), 0, (n))
#define RtlSecureZeroMemory(p, n) explicit_bzero((p), (n))
#define RtlCopyMemory(d, s, n)    memcpy((d), (s), (n))
#define RtlMoveMemory(d, s, n)    memmove((d), (s), (n))
#define RtlFillMemory(d, n, v)    memset((d), (v), (n))
#define RtlEqualMemory(a, b, n)   (memcmp((a), (b), (n)) == 0)
SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length);

/* Memory that drivers pass on: one range of addresses each. */
typedef struct _MDL {
    struct _MDL *Next;
    PVOID StartVa;
    ULONG ByteCount;
    BOOLEAN built; /* the emulator's own */
} MDL, *PMDL;
struct _IRP;
PMDL IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer, BOOLEAN ChargeQuota,
                   struct _IRP *Irp);
VOID IoFreeMdl(PMDL Mdl);
VOID MmBuildMdlForNonPagedPool(PMDL MemoryDescriptorList);
/* Its address; reading one that was not built breaks W1. */
PVOID lab_mdl_address(const MDL *mdl);
#define MmGetMdlByteCount(mdl) ((mdl)->ByteCount)

typedef enum _POOL_TYPE {
    NonPagedPool = 0,
    PagedPool = 1,
    NonPagedPoolCacheAligned = 4,
    NonPagedPoolNx = 512
} POOL_TYPE;
#define POOL_NX_OPTIN_AUTO 1
typedef ULONG64 POOL_FLAGS;
#define POOL_FLAG_UNINITIALIZED 0x0000000000000002ULL
#define POOL_FLAG_NON_PAGED     0x0000000000000040ULL
#define POOL_FLAG_PAGED         0x0000000000000100ULL

PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
PVOID ExAllocatePoolZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag);
VOID ExFreePool(PVOID P);
VOID ExFreePoolWithTag(PVOID P, ULONG Tag);
#define ExInitializeDriverRuntime(flags) ((void)(flags))
#define DrvRtPoolNxOptIn                 1

typedef struct _NPAGED_LOOKASIDE_LIST {
    SIZE_T Size;
    ULONG Tag;
    ULONG Live;
    LIST_ENTRY Link;
} NPAGED_LOOKASIDE_LIST, *PNPAGED_LOOKASIDE_LIST;
typedef PVOID ALLOCATE_FUNCTION(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
typedef ALLOCATE_FUNCTION *PALLOCATE_FUNCTION;
typedef VOID FREE_FUNCTION(PVOID Buffer);
typedef FREE_FUNCTION *PFREE_FUNCTION;
VOID ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate,
                                     PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size, ULONG Tag,
                                     USHORT Depth);
VOID ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside);
PVOID ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside);
VOID ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry);

/* Lists */
static inline VOID InitializeListHead(PLIST_ENTRY ListHead)
{
    ListHead->Flink = ListHead->Blink = ListHead;
}
static inline BOOLEAN IsListEmpty(const LIST_ENTRY *ListHead)
{
    return ListHead->Flink == ListHead;
}
/* Windows stops the machine at a corrupt list (FAST_FAIL_CORRUPT_LIST_ENTRY); so does the lab. */
VOID lab_corrupt_list(const VOID *entry);
static inline BOOLEAN RemoveEntryList(PLIST_ENTRY Entry)
{
    PLIST_ENTRY next = Entry->Flink, previous = Entry->Blink;
    if (next->Blink != Entry || previous->Flink != Entry) {
        lab_corrupt_list(Entry);
    }
    previous->Flink = next;
    next->Blink = previous;
    return next == previous;
}
static inline PLIST_ENTRY RemoveHeadList(PLIST_ENTRY ListHead)
{
    PLIST_ENTRY entry = ListHead->Flink;
    (void)RemoveEntryList(entry);
    return entry;
}
static inline PLIST_ENTRY RemoveTailList(PLIST_ENTRY ListHead)
{
    PLIST_ENTRY entry = ListHead->Blink;
    (void)RemoveEntryList(entry);
    return entry;
}
static inline VOID InsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry)
{
    PLIST_ENTRY last = ListHead->Blink;
    Entry->Flink = ListHead;
    Entry->Blink = last;
    last->Flink = Entry;
    ListHead->Blink = Entry;
}
static inline VOID InsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry)
{
    PLIST_ENTRY first = ListHead->Flink;
    Entry->Flink = first;
    Entry->Blink = ListHead;
    first->Blink = Entry;
    ListHead->Flink = Entry;
}

/* Strings */
VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString);
BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                              BOOLEAN CaseInSensitive);
LONG RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                             BOOLEAN CaseInSensitive);
VOID RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString);
WCHAR RtlUpcaseUnicodeChar(WCHAR SourceCharacter);
ULONG RtlRandomEx(PULONG Seed);

#define RtlUshortByteSwap(v)    __builtin_bswap16((USHORT)(v))
#define RtlUlongByteSwap(v)     __builtin_bswap32((ULONG)(v))
#define RtlUlonglongByteSwap(v) __builtin_bswap64((ULONGLONG)(v))

/* Interlocked operations: full barriers, as on Windows. */
#define InterlockedIncrement(p)          __atomic_add_fetch((p), 1, __ATOMIC_SEQ_CST)
#define InterlockedDecrement(p)          __atomic_sub_fetch((p), 1, __ATOMIC_SEQ_CST)
#define InterlockedIncrement64(p)        __atomic_add_fetch((p), 1, __ATOMIC_SEQ_CST)
#define InterlockedDecrement64(p)        __atomic_sub_fetch((p), 1, __ATOMIC_SEQ_CST)
#define InterlockedExchangeAdd(p, v)     __atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedExchangeAdd64(p, v)   __atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedAdd(p, v)             __atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedAdd64(p, v)           __atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedExchange(p, v)        __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedExchange64(p, v)      __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedExchangePointer(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedOr(p, v)              __atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedAnd(p, v)             __atomic_fetch_and((p), (v), __ATOMIC_SEQ_CST)
#define InterlockedCompareExchange(p, v, c)                                                        \
    __extension__({                                                                                \
        __typeof__(*(p)) lab_c = (c);                                                              \
        (void)__atomic_compare_exchange_n((volatile __typeof__(lab_c) *)(p), &lab_c, (v), 0,       \
                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                     \
        lab_c;                                                                                     \
    })
#define InterlockedCompareExchange64(p, v, c)      InterlockedCompareExchange(p, v, c)
#define InterlockedCompareExchangePointer(p, v, c) InterlockedCompareExchange(p, v, c)
#define ReadNoFence(p)                             __atomic_load_n((p), __ATOMIC_RELAXED)
#define ReadNoFence64(p)                           __atomic_load_n((p), __ATOMIC_RELAXED)
#define ReadAcquire(p)                             __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define ReadAcquire64(p)                           __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define ReadPointerAcquire(p)                      __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define WriteRelease(p, v)                         __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define WriteRelease64(p, v)                       __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define WritePointerRelease(p, v)                  __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define WriteNoFence(p, v)                         __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define KeMemoryBarrier()                          __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define MemoryBarrier()                            __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define YieldProcessor()                           __builtin_ia32_pause()

/* Spin locks */
typedef ULONG_PTR KSPIN_LOCK, *PKSPIN_LOCK;
typedef struct _KLOCK_QUEUE_HANDLE {
    PKSPIN_LOCK Lock;
    KIRQL OldIrql;
} KLOCK_QUEUE_HANDLE, *PKLOCK_QUEUE_HANDLE;
VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock);
KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock);
#define KeAcquireSpinLock(lock, irql) (*(irql) = KeAcquireSpinLockRaiseToDpc(lock))
VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql);
VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);
VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock);
VOID KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle);
VOID KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle);
VOID KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle);
VOID KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle);
typedef volatile LONG EX_SPIN_LOCK, *PEX_SPIN_LOCK;
KIRQL ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock);
VOID ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql);
KIRQL ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock);
VOID ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql);

/* Dispatcher objects */
typedef enum _EVENT_TYPE {
    NotificationEvent,
    SynchronizationEvent
} EVENT_TYPE;
typedef enum _KWAIT_REASON {
    Executive,
    UserRequest = 6
} KWAIT_REASON;
typedef enum _MODE {
    KernelMode,
    UserMode
} MODE;
typedef enum _TIMER_TYPE {
    NotificationTimer,
    SynchronizationTimer
} TIMER_TYPE;
#define IO_NO_INCREMENT 0
typedef struct _DISPATCHER_HEADER {
    LONG Type; /* enum lab_dispatcher */
    LONG SignalState;
} DISPATCHER_HEADER;
typedef struct _KEVENT {
    DISPATCHER_HEADER Header;
} KEVENT, *PKEVENT, *PRKEVENT;
typedef struct _KMUTANT {
    DISPATCHER_HEADER Header;
    PVOID Owner;
    LONG Depth;
} KMUTEX, *PKMUTEX, *PRKMUTEX;
typedef struct _KSEMAPHORE {
    DISPATCHER_HEADER Header;
    LONG Limit;
} KSEMAPHORE, *PKSEMAPHORE;
VOID KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State);
LONG KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait);
VOID KeClearEvent(PRKEVENT Event);
LONG KeResetEvent(PRKEVENT Event);
LONG KeReadStateEvent(PRKEVENT Event);
VOID KeInitializeMutex(PRKMUTEX Mutex, ULONG Level);
LONG KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait);
NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                               BOOLEAN Alertable, PLARGE_INTEGER Timeout);
NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                PLARGE_INTEGER Interval);

typedef struct _FAST_MUTEX {
    DISPATCHER_HEADER Header;
    PVOID Owner;
    KIRQL OldIrql;
} FAST_MUTEX, *PFAST_MUTEX;
VOID ExInitializeFastMutex(PFAST_MUTEX FastMutex);
VOID ExAcquireFastMutex(PFAST_MUTEX FastMutex);
VOID ExReleaseFastMutex(PFAST_MUTEX FastMutex);

typedef struct _EX_RUNDOWN_REF {
    volatile LONG64 Count; /* 1 = run down; references count by 2 */
} EX_RUNDOWN_REF, *PEX_RUNDOWN_REF;
VOID ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef);
VOID ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef);
BOOLEAN ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef);
VOID ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef);
VOID ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef);
VOID ExRundownCompleted(PEX_RUNDOWN_REF RunRef);

/* Time */
ULONGLONG KeQueryInterruptTime(VOID);
ULONGLONG KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp);
VOID KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime);
VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime);
VOID KeQueryTickCount(PLARGE_INTEGER CurrentCount);
ULONG KeQueryTimeIncrement(VOID);
LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency);

/* Deferred procedure calls and timers */
struct _KDPC;
typedef VOID KDEFERRED_ROUTINE(struct _KDPC *Dpc, PVOID DeferredContext, PVOID SystemArgument1,
                               PVOID SystemArgument2);
typedef KDEFERRED_ROUTINE *PKDEFERRED_ROUTINE;
typedef struct _KDPC {
    PKDEFERRED_ROUTINE DeferredRoutine;
    PVOID DeferredContext;
    PVOID SystemArgument1;
    PVOID SystemArgument2;
    volatile LONG Queued;
} KDPC, *PKDPC, *PRKDPC;
typedef struct _KTIMER {
    DISPATCHER_HEADER Header;
    LIST_ENTRY TimerListEntry;
    ULONGLONG DueTime;
    LONG Period; /* milliseconds */
    BOOLEAN Inserted;
    PKDPC Dpc;
} KTIMER, *PKTIMER;
VOID KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext);
BOOLEAN KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2);
BOOLEAN KeRemoveQueueDpc(PRKDPC Dpc);
VOID KeFlushQueuedDpcs(VOID);
VOID KeInitializeTimer(PKTIMER Timer);
VOID KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type);
BOOLEAN KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc);
BOOLEAN KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc);
BOOLEAN KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period,
                              ULONG TolerableDelay, PKDPC Dpc);
BOOLEAN KeCancelTimer(PKTIMER Timer);

#define KeGetCurrentProcessorNumber() 0u
ULONG KeGetCurrentProcessorNumberEx(PVOID ProcNumber);
ULONG KeQueryActiveProcessorCountEx(USHORT GroupNumber);
ULONG KeQueryMaximumProcessorCountEx(USHORT GroupNumber);
#define ALL_PROCESSOR_GROUPS 0xffff

PVOID MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName);

#include <labsecurity.h>

#include <labio.h>

#endif
