/*
 * What portreeve.sys needs of the kernel and Wine 8 does not have: run-down protection, cancel-safe queues, timers that
 * their own DPC may set, and facts about processes. Wine binds such imports to stubs that end the process; here they are bound again when portreeve.sys
 * has been loaded and before its DriverEntry, so that the image under test is the one that ships.
 *
 * Contracts are those of the functions' documentation (wdm.h, ntifs.h).
 */
#include "lab_device.h"

#include <ndis.h>

#define RUNDOWN_ACTIVE ((ULONG_PTR)1) /* bit 0 of the word; the count is above it */
#define RUNDOWN_ONE    ((ULONG_PTR)2)
#define TIMER_SET      3    /* the byte of a KTIMER that Wine calls Inserted */
#define PROTECT_WRITE  0x04 /* PAGE_READWRITE */

/* Offsets of the PE format: into the headers, and into an import descriptor. */
#define DOS_NEW_HEADER 0x3c
#define PE_IMPORTS     0x90
#define IMPORT_BYTES   20
#define IMPORT_SLOTS   16
#define IMPORT_HINT    2

NTSTATUS NTAPI ZwProtectVirtualMemory(HANDLE process, PVOID *base, PSIZE_T bytes, ULONG protection,
                                      PULONG before);

/* The word of a run-down reference is the caller's and has no layout of its own. */
static volatile LONG64 *word_of(PEX_RUNDOWN_REF rundown)
{
    return (volatile LONG64 *)rundown;
}

static VOID NTAPI rundown_initialize(PEX_RUNDOWN_REF rundown)
{
    *word_of(rundown) = 0;
}

static BOOLEAN NTAPI rundown_acquire(PEX_RUNDOWN_REF rundown)
{
    volatile LONG64 *word = word_of(rundown);
    for (;;) {
        LONG64 seen = *word;
        if (((ULONG_PTR)seen & RUNDOWN_ACTIVE) != 0) {
            return FALSE;
        }
        if (InterlockedCompareExchange64(word, seen + (LONG64)RUNDOWN_ONE, seen) == seen) {
            return TRUE;
        }
    }
}

static VOID NTAPI rundown_release(PEX_RUNDOWN_REF rundown)
{
    (VOID) InterlockedExchangeAdd64(word_of(rundown), -(LONG64)RUNDOWN_ONE);
}

static VOID NTAPI rundown_wait(PEX_RUNDOWN_REF rundown)
{
    LARGE_INTEGER interval = {.QuadPart = -10000};
    (VOID) InterlockedOr64(word_of(rundown), (LONG64)RUNDOWN_ACTIVE);
    while (*word_of(rundown) != (LONG64)RUNDOWN_ACTIVE) {
        (VOID) KeDelayExecutionThread(KernelMode, FALSE, &interval);
    }
}

static NTSTATUS NTAPI csq_initialize(PIO_CSQ csq, PIO_CSQ_INSERT_IRP insert,
                                     PIO_CSQ_REMOVE_IRP remove, PIO_CSQ_PEEK_NEXT_IRP peek,
                                     PIO_CSQ_ACQUIRE_LOCK acquire, PIO_CSQ_RELEASE_LOCK release,
                                     PIO_CSQ_COMPLETE_CANCELED_IRP complete)
{
    csq->CsqInsertIrp = insert;
    csq->CsqRemoveIrp = remove;
    csq->CsqPeekNextIrp = peek;
    csq->CsqAcquireLock = acquire;
    csq->CsqReleaseLock = release;
    csq->CsqCompleteCanceledIrp = complete;
    return STATUS_SUCCESS;
}

static PIO_CSQ *queue_of(PIRP irp)
{
    return (PIO_CSQ *)&irp->Tail.Overlay.DriverContext[3];
}

static VOID NTAPI csq_cancel(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_CSQ csq = *queue_of(irp);
    KIRQL irql;
    UNREFERENCED_PARAMETER(device);
    IoReleaseCancelSpinLock(irp->CancelIrql);
    csq->CsqAcquireLock(csq, &irql);
    csq->CsqRemoveIrp(csq, irp);
    csq->CsqReleaseLock(csq, irql);
    csq->CsqCompleteCanceledIrp(csq, irp);
}

/* One that was cancelled before it could be told is taken out again by whoever gets the cancel routine back. */
static VOID NTAPI csq_insert(PIO_CSQ csq, PIRP irp, PIO_CSQ_IRP_CONTEXT context)
{
    BOOLEAN cancelled;
    KIRQL irql;
    UNREFERENCED_PARAMETER(context);
    *queue_of(irp) = csq;
    IoMarkIrpPending(irp);
    csq->CsqAcquireLock(csq, &irql);
    csq->CsqInsertIrp(csq, irp);
    (VOID) IoSetCancelRoutine(irp, csq_cancel);
    cancelled = irp->Cancel && IoSetCancelRoutine(irp, NULL) != NULL;
    if (cancelled) {
        csq->CsqRemoveIrp(csq, irp);
    }
    csq->CsqReleaseLock(csq, irql);
    if (cancelled) {
        csq->CsqCompleteCanceledIrp(csq, irp);
    }
}

static PIRP NTAPI csq_remove_next(PIO_CSQ csq, PVOID context)
{
    PIRP irp = NULL;
    KIRQL irql;
    csq->CsqAcquireLock(csq, &irql);
    while ((irp = csq->CsqPeekNextIrp(csq, irp, context)) != NULL) {
        if (IoSetCancelRoutine(irp, NULL) != NULL) {
            csq->CsqRemoveIrp(csq, irp);
            break;
        }
    }
    csq->CsqReleaseLock(csq, irql);
    return irp;
}

/* While it dispatches a request Wine's thread goes by the requestor's ids. */
static ULONG NTAPI requestor_process_id(PIRP irp)
{
    UNREFERENCED_PARAMETER(irp);
    return (ULONG)(ULONG_PTR)PsGetCurrentProcessId();
}

static LONGLONG NTAPI process_create_time(PEPROCESS process)
{
    KERNEL_USER_TIMES times;
    HANDLE handle;
    if (!NT_SUCCESS(lab_port_open_process(process, &handle))) {
        return 0;
    }
    RtlZeroMemory(&times, sizeof(times));
    (VOID) ZwQueryInformationProcess(handle, ProcessTimes, &times, sizeof(times), NULL);
    (VOID) ZwClose(handle);
    return times.CreateTime.QuadPart;
}

/* Wine cancels a timer that it believes to be set, and waits for its DPC: for ever, when it is the DPC that sets it. */
static BOOLEAN NTAPI set_timer(PKTIMER timer, LARGE_INTEGER due, PKDPC dpc)
{
    PUCHAR is_set = (PUCHAR)&timer->Header + TIMER_SET;
    BOOLEAN was_set = *is_set != 0;
    *is_set = 0;
    (VOID) KeSetTimer(timer, due, dpc);
    return was_set;
}

static const struct lab_gap gaps[] = {
    LAB_GAP("ExInitializeRundownProtection", rundown_initialize),
    LAB_GAP("ExAcquireRundownProtection", rundown_acquire),
    LAB_GAP("ExReleaseRundownProtection", rundown_release),
    LAB_GAP("ExWaitForRundownProtectionRelease", rundown_wait),
    LAB_GAP("IoCsqInitialize", csq_initialize),
    LAB_GAP("IoCsqInsertIrp", csq_insert),
    LAB_GAP("IoCsqRemoveNextIrp", csq_remove_next),
    LAB_GAP("IoGetRequestorProcessId", requestor_process_id),
    LAB_GAP("KeSetTimer", set_timer),
    LAB_GAP("PsGetProcessCreateTimeQuadPart", process_create_time),
};

/* Network buffers are the emulator's: Wine's ndis.sys has none. */
static const struct lab_gap packet_gaps[] = {
    LAB_GAP("NdisAdvanceNetBufferDataStart", NdisAdvanceNetBufferDataStart),
    LAB_GAP("NdisAllocateGenericObject", NdisAllocateGenericObject),
    LAB_GAP("NdisAllocateNetBufferListPool", NdisAllocateNetBufferListPool),
    LAB_GAP("NdisFreeGenericObject", NdisFreeGenericObject),
    LAB_GAP("NdisFreeNetBufferListPool", NdisFreeNetBufferListPool),
    LAB_GAP("NdisGetDataBuffer", NdisGetDataBuffer),
    LAB_GAP("NdisRetreatNetBufferDataStart", NdisRetreatNetBufferDataStart),
};

static BOOLEAN same_name(const char *a, const char *b)
{
    while (*a != 0 && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static ULONG read_u32(const UCHAR *at)
{
    return *(const ULONG *)at;
}

static VOID bind(ULONG_PTR *slot, ULONG_PTR function)
{
    PVOID base = slot;
    SIZE_T bytes = sizeof(*slot);
    ULONG before;
    HANDLE self = (HANDLE)(LONG_PTR)-1;
    if (NT_SUCCESS(ZwProtectVirtualMemory(self, &base, &bytes, PROTECT_WRITE, &before))) {
        *slot = function;
        (VOID) ZwProtectVirtualMemory(self, &base, &bytes, before, &before);
    }
}

static VOID bind_name(ULONG_PTR *slot, const char *name, const struct lab_gap *known, ULONG count)
{
    for (ULONG i = 0; i < count; i++) {
        if (same_name(name, known[i].name)) {
            bind(slot, known[i].function);
        }
    }
}

/* One library's imports: names and, side by side, the slots. */
static VOID bind_library(UCHAR *image, const UCHAR *descriptor)
{
    const ULONG_PTR *names = (const ULONG_PTR *)(image + read_u32(descriptor));
    ULONG_PTR *slots = (ULONG_PTR *)(image + read_u32(descriptor + IMPORT_SLOTS));
    for (; *names != 0; names++, slots++) {
        const char *name = (const char *)(image + *names + IMPORT_HINT);
        bind_name(slots, name, gaps, RTL_NUMBER_OF(gaps));
        bind_name(slots, name, packet_gaps, RTL_NUMBER_OF(packet_gaps));
        bind_name(slots, name, lab_access_gaps, lab_access_gap_count);
    }
}

static VOID bind_image(UCHAR *image)
{
    const UCHAR *header = image + read_u32(image + DOS_NEW_HEADER);
    const UCHAR *descriptor = image + read_u32(header + PE_IMPORTS);
    for (; read_u32(descriptor) != 0; descriptor += IMPORT_BYTES) {
        bind_library(image, descriptor);
    }
}

static BOOLEAN is_driver(PUNICODE_STRING path)
{
    UNICODE_STRING name;
    UNICODE_STRING end;
    RtlInitUnicodeString(&name, L"portreeve.sys");
    if (path == NULL || path->Length < name.Length) {
        return FALSE;
    }
    end.Buffer = path->Buffer + (path->Length - name.Length) / sizeof(WCHAR);
    end.Length = end.MaximumLength = name.Length;
    return RtlEqualUnicodeString(&end, &name, TRUE);
}

/* Between the loader's own binding and DriverEntry. */
static VOID NTAPI image_loaded(PUNICODE_STRING path, HANDLE process_id, PIMAGE_INFO info)
{
    UNREFERENCED_PARAMETER(process_id);
    if (is_driver(path)) {
        bind_image(info->ImageBase);
    }
}

NTSTATUS lab_gaps_fill(VOID)
{
    return PsSetLoadImageNotifyRoutine(image_loaded);
}

VOID lab_gaps_stop(VOID)
{
    (VOID) PsRemoveLoadImageNotifyRoutine(image_loaded);
}
