/* Run-time callouts: registration, use and removal. */
#include "engine.h"

static LIST_ENTRY callouts;
static UINT32 next_id;
static bool hidden; /* by the scenario: as if none were registered (R58) */

void wfp_callouts_start(void)
{
    InitializeListHead(&callouts);
    next_id = 0x100;
    hidden = false;
}

void wfp_callouts_stop(void)
{
    while (!IsListEmpty(&callouts)) {
        struct wfp_callout *callout =
            CONTAINING_RECORD(RemoveHeadList(&callouts), struct wfp_callout, link);
        wfp_port_broken("R55", "callout %u is still registered after unload", callout->id);
        wfp_port_free(callout);
    }
}

void wfp_callouts_hide(bool hide)
{
    hidden = hide;
}

static struct wfp_callout *find_by_key(const GUID *key)
{
    for (LIST_ENTRY *e = callouts.Flink; e != &callouts; e = e->Flink) {
        struct wfp_callout *callout = CONTAINING_RECORD(e, struct wfp_callout, link);
        if (IsEqualGUID(&callout->callout.calloutKey, key)) {
            return callout;
        }
    }
    return NULL;
}

static struct wfp_callout *find_by_id(UINT32 id)
{
    for (LIST_ENTRY *e = callouts.Flink; e != &callouts; e = e->Flink) {
        struct wfp_callout *callout = CONTAINING_RECORD(e, struct wfp_callout, link);
        if (callout->id == id) {
            return callout;
        }
    }
    return NULL;
}

bool wfp_callout_may_have_context(UINT32 id)
{
    struct wfp_callout *callout = find_by_id(id);
    return callout != NULL && callout->callout.flowDeleteFn != NULL;
}

struct wfp_callout *wfp_callout_enter(const GUID *key)
{
    struct wfp_callout *callout;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    callout = hidden ? NULL : find_by_key(key);
    if (callout != NULL) {
        callout->running++;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return callout;
}

struct wfp_callout *wfp_callout_enter_id(UINT32 id)
{
    struct wfp_callout *callout;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    callout = find_by_id(id);
    if (callout != NULL) {
        callout->running++;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return callout;
}

void wfp_callout_leave(struct wfp_callout *callout)
{
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    callout->running--;
    KeReleaseSpinLock(&wfp_lock, irql);
}

static NTSTATUS add_callout(struct wfp_callout *added)
{
    NTSTATUS status = STATUS_FWP_ALREADY_EXISTS;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    if (find_by_key(&added->callout.calloutKey) == NULL) {
        added->id = ++next_id;
        InsertTailList(&callouts, &added->link);
        status = STATUS_SUCCESS;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return status;
}

NTSTATUS FwpsCalloutRegister1(VOID *deviceObject, const FWPS_CALLOUT1 *callout, UINT32 *calloutId)
{
    struct wfp_callout *added;
    NTSTATUS status;
    wfp_port_require_irql(PASSIVE_LEVEL, "FwpsCalloutRegister1", "R57");
    if (wfp_port_call_fails("FwpsCalloutRegister1", &status)) {
        return status;
    }
    if (deviceObject == NULL || callout->classifyFn == NULL || callout->notifyFn == NULL) {
        wfp_port_broken("R57", "FwpsCalloutRegister1 without a device, classifyFn or notifyFn");
        return STATUS_INVALID_PARAMETER;
    }
    added = wfp_port_allocate(sizeof(*added));
    added->callout = *callout;
    added->device = deviceObject;
    status = add_callout(added);
    if (!NT_SUCCESS(status)) {
        wfp_port_free(added);
    } else if (calloutId != NULL) {
        *calloutId = added->id;
    }
    return status;
}

static void wait_until_idle(struct wfp_callout *callout)
{
    LARGE_INTEGER interval = {.QuadPart = -10000};
    for (;;) {
        KIRQL irql;
        LONG running;
        KeAcquireSpinLock(&wfp_lock, &irql);
        running = callout->running;
        KeReleaseSpinLock(&wfp_lock, irql);
        if (running == 0) {
            return;
        }
        (void)KeDelayExecutionThread(KernelMode, FALSE, &interval);
    }
}

/* Busy while a flow has a context of it. */
static NTSTATUS take_callout(UINT32 id, struct wfp_callout **taken)
{
    NTSTATUS status = STATUS_SUCCESS;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    *taken = find_by_id(id);
    if (wfp_context_exists(id)) {
        status = STATUS_DEVICE_BUSY;
    } else if (*taken == NULL) {
        status = STATUS_FWP_CALLOUT_NOT_FOUND;
    } else {
        (void)RemoveEntryList(&(*taken)->link);
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return status;
}

/* New classifies don't find it any more; those on a stack are waited for. */
NTSTATUS FwpsCalloutUnregisterById0(const UINT32 calloutId)
{
    struct wfp_callout *callout;
    NTSTATUS status;
    ULONG open;
    wfp_port_require_irql(PASSIVE_LEVEL, "FwpsCalloutUnregisterById0", "R57");
    if (wfp_port_call_fails("FwpsCalloutUnregisterById0", &status)) {
        return STATUS_DEVICE_BUSY;
    }
    if (*wfp_port_frame() != NULL) {
        wfp_port_broken("R55", "FwpsCalloutUnregisterById0 called from a classify");
    }
    status = take_callout(calloutId, &callout);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    wait_until_idle(callout);
    open = wfp_pends_of_callout(calloutId);
    if (open != 0) {
        wfp_port_broken("R55", "a callout was unregistered while %u of its pends are open", open);
    }
    wfp_port_trace("callout_unregistered", "\"id\":%u", calloutId);
    wfp_port_free(callout);
    return STATUS_SUCCESS;
}

ULONG wfp_callouts_count(void)
{
    ULONG count = 0;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (LIST_ENTRY *e = callouts.Flink; e != &callouts; e = e->Flink) {
        count++;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return count;
}

void wfp_device_deleted(PVOID device)
{
    KIRQL irql;
    bool left = false;
    if (callouts.Flink == NULL) {
        return;
    }
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (LIST_ENTRY *e = callouts.Flink; e != &callouts; e = e->Flink) {
        left = left || CONTAINING_RECORD(e, struct wfp_callout, link)->device == device;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    if (left) {
        wfp_port_broken("R55", "the device was deleted while a callout is registered with it");
    }
}
