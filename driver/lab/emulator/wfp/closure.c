/* Endpoint closure and FwpsPendClassify0 (R52-R54). */
#include "engine.h"

static LIST_ENTRY closures; /* those that a classify handle was acquired for */
static UINT64 next_handle;

void wfp_closures_start(void)
{
    InitializeListHead(&closures);
    next_handle = 0;
}

void wfp_closures_stop(void)
{
    while (!IsListEmpty(&closures)) {
        struct wfp_closure *closure =
            CONTAINING_RECORD(RemoveHeadList(&closures), struct wfp_closure, link);
        if (closure->acquired != 0) {
            wfp_port_broken("R54", "a classify handle was acquired and never released");
        }
        if (closure->pended && !closure->completed) {
            wfp_port_broken("R53", "a pended closure was never completed");
        }
        wfp_port_free(closure);
    }
}

ULONG wfp_closures_pended(void)
{
    ULONG count = 0;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (LIST_ENTRY *e = closures.Flink; e != &closures; e = e->Flink) {
        struct wfp_closure *closure = CONTAINING_RECORD(e, struct wfp_closure, link);
        count += closure->pended && !closure->completed ? 1 : 0;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return count;
}

static void release(struct wfp_closure *closure)
{
    bool last;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    last = --closure->references == 0;
    if (last && closure->handle != 0) {
        (void)RemoveEntryList(&closure->link);
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    if (last) {
        wfp_port_free(closure);
    }
}

static void closure_over(struct wfp_endpoint *endpoint)
{
    if (InterlockedDecrement(&endpoint->closures) == 0) {
        wfp_endpoint_gone(endpoint);
    }
}

void wfp_closure_run(struct wfp_endpoint *endpoint, struct wfp_attempt *attempt)
{
    struct wfp_closure *closure = wfp_port_allocate(sizeof(*closure));
    bool over;
    KIRQL irql;
    closure->references = 1;
    closure->endpoint = endpoint;
    (void)InterlockedIncrement(&endpoint->closures);
    (void)wfp_classify(wfp_closure_layer(attempt->what.family), attempt, 0, closure);
    KeAcquireSpinLock(&wfp_lock, &irql);
    over = !closure->pended || closure->completed;
    closure->finished = true;
    KeReleaseSpinLock(&wfp_lock, irql);
    if (over) {
        closure_over(endpoint);
    }
    release(closure);
}

/* Referenced, or NULL. */
static struct wfp_closure *find(UINT64 handle)
{
    struct wfp_closure *found = NULL;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (LIST_ENTRY *e = closures.Flink; e != &closures && found == NULL; e = e->Flink) {
        struct wfp_closure *closure = CONTAINING_RECORD(e, struct wfp_closure, link);
        found = closure->handle == handle ? closure : NULL;
    }
    if (found != NULL) {
        found->references++;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return found;
}

NTSTATUS FwpsAcquireClassifyHandle0(VOID *classifyContext, UINT32 flags, UINT64 *classifyHandle)
{
    struct wfp_frame *frame = *wfp_port_frame();
    struct wfp_closure *closure;
    NTSTATUS status;
    KIRQL irql;
    (void)flags;
    wfp_port_require_irql(DISPATCH_LEVEL, "FwpsAcquireClassifyHandle0", "R31");
    if (wfp_port_call_fails("FwpsAcquireClassifyHandle0", &status)) {
        return status;
    }
    if (frame == NULL || classifyContext != frame) {
        wfp_port_broken("R54", "FwpsAcquireClassifyHandle0 outside of the classify");
        return STATUS_INVALID_PARAMETER;
    }
    closure = frame->closure;
    if (closure == NULL) {
        wfp_port_broken("R14", "FwpsAcquireClassifyHandle0 at layer %u", frame->layer);
        return STATUS_INVALID_PARAMETER;
    }
    KeAcquireSpinLock(&wfp_lock, &irql);
    if (closure->handle == 0) {
        closure->handle = ++next_handle << 8 | 0x55;
        InsertTailList(&closures, &closure->link);
    }
    closure->acquired++;
    closure->references++;
    KeReleaseSpinLock(&wfp_lock, irql);
    *classifyHandle = closure->handle;
    return STATUS_SUCCESS;
}

/* The handle may be released right after the pend: a pended closure keeps itself until it is completed. */
VOID FwpsReleaseClassifyHandle0(UINT64 classifyHandle)
{
    struct wfp_closure *closure = find(classifyHandle);
    bool balanced = false;
    KIRQL irql;
    if (closure != NULL) {
        KeAcquireSpinLock(&wfp_lock, &irql);
        balanced = closure->acquired > 0;
        closure->acquired -= balanced ? 1 : 0;
        KeReleaseSpinLock(&wfp_lock, irql);
    }
    if (!balanced) {
        wfp_port_broken("R54", "FwpsReleaseClassifyHandle0 of a handle that is not acquired");
    }
    if (closure != NULL) {
        release(closure);
        if (balanced) {
            release(closure);
        }
    }
}

NTSTATUS FwpsPendClassify0(UINT64 classifyHandle, UINT64 filterId, UINT32 flags,
                           FWPS_CLASSIFY_OUT0 *classifyOut)
{
    struct wfp_frame *frame = *wfp_port_frame();
    struct wfp_closure *closure = find(classifyHandle);
    NTSTATUS status;
    KIRQL irql;
    (void)filterId;
    (void)flags;
    wfp_port_require_irql(DISPATCH_LEVEL, "FwpsPendClassify0", "R31");
    if (wfp_port_locks_held() != 0) {
        wfp_port_broken("R15", "FwpsPendClassify0 called with a spin lock held");
    }
    if (closure == NULL || frame == NULL || frame->closure != closure) {
        wfp_port_broken("R14", "FwpsPendClassify0 outside of the classify of its handle");
        status = STATUS_FWP_CANNOT_PEND;
    } else if (!wfp_port_call_fails("FwpsPendClassify0", &status)) {
        status = STATUS_SUCCESS;
        KeAcquireSpinLock(&wfp_lock, &irql);
        closure->pended = true;
        closure->references++;
        KeReleaseSpinLock(&wfp_lock, irql);
        frame->pended = true;
        classifyOut->actionType = FWP_ACTION_BLOCK;
        classifyOut->flags |= FWPS_CLASSIFY_OUT_FLAG_ABSORB;
        classifyOut->rights &= ~(UINT32)FWPS_RIGHT_ACTION_WRITE;
        wfp_port_trace("pend_closure", "\"endpoint\":%llu",
                       (unsigned long long)closure->endpoint->id);
        wfp_port_yield();
    }
    if (closure != NULL) {
        release(closure);
    }
    return status;
}

VOID FwpsCompleteClassify0(UINT64 classifyHandle, UINT32 flags, FWPS_CLASSIFY_OUT0 *classifyOut)
{
    struct wfp_closure *closure = find(classifyHandle);
    bool first = false, over = false;
    KIRQL irql;
    (void)flags;
    (void)classifyOut;
    wfp_port_require_irql(DISPATCH_LEVEL, "FwpsCompleteClassify0", "R31");
    if (wfp_port_locks_held() != 0) {
        wfp_port_broken("R15", "FwpsCompleteClassify0 called with a spin lock held");
    }
    if (closure != NULL) {
        KeAcquireSpinLock(&wfp_lock, &irql);
        first = closure->pended && !closure->completed;
        closure->completed = true;
        over = first && closure->finished;
        KeReleaseSpinLock(&wfp_lock, irql);
    }
    if (!first) {
        wfp_port_broken("R53", "FwpsCompleteClassify0 of a classify that is not pended");
    }
    if (over) {
        closure_over(closure->endpoint);
    }
    if (closure != NULL) {
        release(closure);
        if (first) {
            release(closure);
        }
    }
    wfp_port_yield();
}
