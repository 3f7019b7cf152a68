/* Cancel-safe queues. A request's DriverContext[3] belongs to the queue: it holds the queue, or the caller's context. */
#include "kernel.h"

#define QUEUE_SLOT 3

NTSTATUS IoCsqInitialize(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP CsqInsertIrp,
                         PIO_CSQ_REMOVE_IRP CsqRemoveIrp, PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp,
                         PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock, PIO_CSQ_RELEASE_LOCK CsqReleaseLock,
                         PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp)
{
    Csq->CsqInsertIrp = CsqInsertIrp;
    Csq->CsqRemoveIrp = CsqRemoveIrp;
    Csq->CsqPeekNextIrp = CsqPeekNextIrp;
    Csq->CsqAcquireLock = CsqAcquireLock;
    Csq->CsqReleaseLock = CsqReleaseLock;
    Csq->CsqCompleteCanceledIrp = CsqCompleteCanceledIrp;
    return STATUS_SUCCESS;
}

/* With the queue's lock held: takes the request out of the queue. */
static void take(PIO_CSQ csq, PIRP irp)
{
    csq->CsqRemoveIrp(csq, irp);
    irp->Tail.Overlay.DriverContext[QUEUE_SLOT] = NULL;
}

static VOID cancel_queued(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_CSQ csq = Irp->Tail.Overlay.DriverContext[QUEUE_SLOT];
    KIRQL irql;
    (void)DeviceObject;
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    csq->CsqAcquireLock(csq, &irql);
    take(csq, Irp);
    csq->CsqReleaseLock(csq, irql);
    csq->CsqCompleteCanceledIrp(csq, Irp);
}

VOID IoCsqInsertIrp(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context)
{
    bool cancelled;
    KIRQL irql;
    if (Context != NULL) {
        lab_broken_fatal("W1", "the emulator has no contexts for IoCsqInsertIrp");
    }
    IoMarkIrpPending(Irp);
    Csq->CsqAcquireLock(Csq, &irql);
    Irp->Tail.Overlay.DriverContext[QUEUE_SLOT] = Csq;
    Csq->CsqInsertIrp(Csq, Irp);
    (void)IoSetCancelRoutine(Irp, cancel_queued);
    cancelled =
        __atomic_load_n(&Irp->Cancel, __ATOMIC_SEQ_CST) && IoSetCancelRoutine(Irp, NULL) != NULL;
    if (cancelled) {
        take(Csq, Irp);
    }
    Csq->CsqReleaseLock(Csq, irql);
    if (cancelled) {
        Csq->CsqCompleteCanceledIrp(Csq, Irp);
    }
}

/* A request whose cancel routine is gone is being cancelled: its canceller takes it out. */
PIRP IoCsqRemoveNextIrp(PIO_CSQ Csq, PVOID PeekContext)
{
    PIRP irp;
    KIRQL irql;
    Csq->CsqAcquireLock(Csq, &irql);
    irp = Csq->CsqPeekNextIrp(Csq, NULL, PeekContext);
    while (irp != NULL && IoSetCancelRoutine(irp, NULL) == NULL) {
        irp = Csq->CsqPeekNextIrp(Csq, irp, PeekContext);
    }
    if (irp != NULL) {
        take(Csq, irp);
    }
    Csq->CsqReleaseLock(Csq, irql);
    return irp;
}
