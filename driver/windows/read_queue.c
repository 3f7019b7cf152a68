/* READ_EVENTS requests that wait for something to read: an inverted call on the system's cancel-safe queue. */
#include "edge.h"

/* More than one, so that a client can always have one outstanding while it decodes another. */
#define MAX_READS 8

static struct pr_edge *edge_of(PIO_CSQ queue)
{
    return CONTAINING_RECORD(queue, struct pr_edge, reads);
}

static PFILE_OBJECT file_of(PIRP irp)
{
    return IoGetCurrentIrpStackLocation(irp)->FileObject;
}

static VOID NTAPI insert_irp(PIO_CSQ queue, PIRP irp)
{
    struct pr_edge *edge = edge_of(queue);
    InsertTailList(&edge->reads_list, &irp->Tail.Overlay.ListEntry);
    InterlockedIncrement(&edge->reads_count);
}

static VOID NTAPI remove_irp(PIO_CSQ queue, PIRP irp)
{
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
    InterlockedDecrement(&edge_of(queue)->reads_count);
}

/* `context` is a file object, or NULL for any. */
static PIRP NTAPI peek_irp(PIO_CSQ queue, PIRP irp, PVOID context)
{
    PLIST_ENTRY head = &edge_of(queue)->reads_list;
    PLIST_ENTRY entry = irp == NULL ? head->Flink : irp->Tail.Overlay.ListEntry.Flink;
    for (; entry != head; entry = entry->Flink) {
        PIRP next = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);
        if (context == NULL || file_of(next) == context) {
            return next;
        }
    }
    return NULL;
}

static VOID NTAPI acquire_lock(PIO_CSQ queue, PKIRQL irql)
{
    KeAcquireSpinLock(&edge_of(queue)->reads_lock, irql);
}

static VOID NTAPI release_lock(PIO_CSQ queue, KIRQL irql)
{
    KeReleaseSpinLock(&edge_of(queue)->reads_lock, irql);
}

static VOID complete(PIRP irp, NTSTATUS status, ULONG_PTR bytes)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = bytes;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static VOID NTAPI complete_cancelled(PIO_CSQ queue, PIRP irp)
{
    UNREFERENCED_PARAMETER(queue);
    complete(irp, STATUS_CANCELLED, 0);
}

NTSTATUS pr_reads_init(struct pr_edge *edge)
{
    InitializeListHead(&edge->reads_list);
    KeInitializeSpinLock(&edge->reads_lock);
    return IoCsqInitialize(&edge->reads, insert_irp, remove_irp, peek_irp, acquire_lock,
                           release_lock, complete_cancelled);
}

/* A read whose handle was cleaned up while it was being dispatched must not stay. */
static VOID drop_orphan(struct pr_edge *edge, PFILE_OBJECT file)
{
    if (pr_client_owner(edge->engine) != file) {
        pr_reads_cancel(edge, file);
    }
}

NTSTATUS pr_reads_add(struct pr_edge *edge, PIRP irp)
{
    PFILE_OBJECT file = file_of(irp);
    if (InterlockedCompareExchange(&edge->reads_count, 0, 0) >= MAX_READS) {
        return STATUS_DEVICE_BUSY;
    }
    IoCsqInsertIrp(&edge->reads, irp, NULL);
    drop_orphan(edge, file);
    pr_reads_pump(edge);
    return STATUS_PENDING;
}

/* Nothing to read although there was: the client has gone meanwhile. */
static VOID answer(struct pr_edge *edge, const void *owner, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    size_t bytes = pr_client_read_events(edge->engine, owner, irp->AssociatedIrp.SystemBuffer,
                                         stack->Parameters.DeviceIoControl.OutputBufferLength);
    complete(irp, bytes > 0 ? STATUS_SUCCESS : STATUS_CANCELLED, bytes);
}

static VOID pump(struct pr_edge *edge)
{
    const void *owner = pr_client_owner(edge->engine);
    while (owner != NULL && pr_client_has_events(edge->engine, owner)) {
        PIRP irp = IoCsqRemoveNextIrp(&edge->reads, (PVOID)(ULONG_PTR)owner);
        if (irp == NULL) {
            return;
        }
        answer(edge, owner, irp);
    }
}

/* One thread at a time, so that what there is to read can't be read by another one in between. Who comes meanwhile makes
 * the first one look again. */
VOID pr_reads_pump(struct pr_edge *edge)
{
    if (InterlockedIncrement(&edge->pumps) != 1) {
        return;
    }
    LONG seen;
    do {
        seen = InterlockedCompareExchange(&edge->pumps, 0, 0);
        pump(edge);
    } while (InterlockedCompareExchange(&edge->pumps, 0, seen) != seen);
}

VOID pr_reads_cancel(struct pr_edge *edge, PFILE_OBJECT file)
{
    PIRP irp;
    while ((irp = IoCsqRemoveNextIrp(&edge->reads, file)) != NULL) {
        complete(irp, STATUS_CANCELLED, 0);
    }
}
