/*
 * The base filtering engine as a service: its state, and who is told of its changes. While it doesn't run there are no
 * sessions and no filters; callouts, pends and flows are the kernel's, and stay.
 */
#include "engine.h"

static struct {
    FWPM_SERVICE_STATE_CHANGE_CALLBACK0 callback; /* NULL: nobody */
    VOID *context;
    LONG running; /* calls of it under way */
    void *thread; /* that makes the last of them */
} subscriber;
static FWPM_SERVICE_STATE state;
static bool booting;

void wfp_bfe_start(void)
{
    memset(&subscriber, 0, sizeof(subscriber));
    state = FWPM_SERVICE_RUNNING;
    booting = false;
}

void wfp_bfe_check_gone(void)
{
    if (subscriber.callback != NULL) {
        wfp_port_broken("W8", "a subscription to the filter engine's state is left after unload");
    }
}

bool wfp_bfe_runs(void)
{
    return FwpmBfeStateGet0() == FWPM_SERVICE_RUNNING;
}

bool wfp_bfe_enforces(void)
{
    return state == FWPM_SERVICE_RUNNING || state == FWPM_SERVICE_STOP_PENDING;
}

bool wfp_bfe_is_booting(void)
{
    return booting;
}

void wfp_bfe_boot(void)
{
    KIRQL irql;
    wfp_bfe_change(false);
    KeAcquireSpinLock(&wfp_lock, &irql);
    booting = true;
    KeReleaseSpinLock(&wfp_lock, irql);
}

FWPM_SERVICE_STATE FwpmBfeStateGet0(VOID)
{
    FWPM_SERVICE_STATE now;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    now = state;
    KeReleaseSpinLock(&wfp_lock, irql);
    return now;
}

NTSTATUS FwpmBfeStateSubscribeChanges0(VOID *deviceObject,
                                       FWPM_SERVICE_STATE_CHANGE_CALLBACK0 callback, VOID *context,
                                       HANDLE *changeHandle)
{
    NTSTATUS status;
    KIRQL irql;
    wfp_port_require_irql(PASSIVE_LEVEL, "FwpmBfeStateSubscribeChanges0", "R57");
    if (wfp_port_call_fails("FwpmBfeStateSubscribeChanges0", &status)) {
        return status;
    }
    if (deviceObject == NULL || callback == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    KeAcquireSpinLock(&wfp_lock, &irql);
    subscriber.callback = callback;
    subscriber.context = context;
    KeReleaseSpinLock(&wfp_lock, irql);
    *changeHandle = &subscriber;
    return STATUS_SUCCESS;
}

static bool is_told(void)
{
    bool told;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    told = subscriber.running != 0;
    KeReleaseSpinLock(&wfp_lock, irql);
    return told;
}

NTSTATUS FwpmBfeStateUnsubscribeChanges0(HANDLE changeHandle)
{
    LARGE_INTEGER interval = {.QuadPart = -10000};
    bool inside;
    KIRQL irql;
    wfp_port_require_irql(PASSIVE_LEVEL, "FwpmBfeStateUnsubscribeChanges0", "R57");
    if (changeHandle != &subscriber || subscriber.callback == NULL) {
        wfp_port_broken("W8", "FwpmBfeStateUnsubscribeChanges0 of what is not subscribed");
        return STATUS_INVALID_HANDLE;
    }
    KeAcquireSpinLock(&wfp_lock, &irql);
    subscriber.callback = NULL;
    inside = subscriber.running != 0 && subscriber.thread == wfp_port_frame();
    KeReleaseSpinLock(&wfp_lock, irql);
    if (inside) {
        wfp_port_broken("W6", "FwpmBfeStateUnsubscribeChanges0 from within the callback");
        return STATUS_INVALID_HANDLE;
    }
    while (is_told()) {
        (void)KeDelayExecutionThread(KernelMode, FALSE, &interval);
    }
    return STATUS_SUCCESS;
}

static void tell(FWPM_SERVICE_STATE now)
{
    FWPM_SERVICE_STATE_CHANGE_CALLBACK0 callback;
    VOID *context;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    state = now;
    booting = booting && now != FWPM_SERVICE_RUNNING;
    callback = subscriber.callback;
    context = subscriber.context;
    subscriber.running += callback != NULL ? 1 : 0;
    subscriber.thread = wfp_port_frame();
    KeReleaseSpinLock(&wfp_lock, irql);
    wfp_port_trace("bfe", "\"state\":%u", (unsigned)now);
    wfp_port_yield();
    if (callback != NULL) {
        callback(context, now);
        wfp_port_check_returned("a callback of the filter engine's state", PASSIVE_LEVEL);
        KeAcquireSpinLock(&wfp_lock, &irql);
        subscriber.running--;
        KeReleaseSpinLock(&wfp_lock, irql);
    }
    wfp_port_yield();
}

void wfp_bfe_change(bool runs)
{
    if (runs) {
        tell(FWPM_SERVICE_START_PENDING);
        tell(FWPM_SERVICE_RUNNING);
        return;
    }
    tell(FWPM_SERVICE_STOP_PENDING);
    wfp_objects_end_sessions();
    tell(FWPM_SERVICE_STOPPED);
}
