/*
 * The base filtering engine (BFE) is a service: it may not run yet when the driver is loaded, and it can be stopped and
 * started while the driver runs. Its sessions end with it, and our filters with them. What is held is settled and completed
 * while the filters are still there, for the reauthorization that follows is what refuses a connection (R22); when BFE is
 * back everything is added again, in one transaction. Callouts are registered with the kernel and stay.
 *
 * Without BFE nobody filters, Windows' own firewall included.
 */
#include "edge.h"

#include <fwpmk.h>

/* BFE waits for us while it stops: holds are completed at once, a closure that waits for a slow adapter is not waited for
 * longer than this. */
#define STOP_ROUNDS 2
/* Others have transactions of their own when BFE has just started. */
#define ADD_TRIES   5
#define ADD_WAIT    (-200 * 10000LL)

static VOID enter(struct pr_edge *edge)
{
    (VOID) KeWaitForSingleObject(&edge->filters_turn, Executive, KernelMode, FALSE, NULL);
}

static VOID leave(struct pr_edge *edge)
{
    (VOID) KeSetEvent(&edge->filters_turn, IO_NO_INCREMENT, FALSE);
}

/* Nothing is held before the filters are in force: a classify that has begun under the earlier ones would be, and nobody
 * would tell us that its endpoint closes (R52). There is nobody to report a failure to: then nothing is filtered, until
 * BFE is started again. */
static VOID resume(struct pr_edge *edge)
{
    LARGE_INTEGER wait = {.QuadPart = ADD_WAIT};
    for (UINT32 i = 0; i < ADD_TRIES && edge->filter_engine == NULL; i++) {
        if (!NT_SUCCESS(pr_filters_add(edge))) {
            pr_filters_remove(edge);
            (VOID) KeDelayExecutionThread(KernelMode, FALSE, &wait);
        }
    }
    if (edge->filter_engine != NULL) {
        pr_engine_suspend(edge->engine, FALSE);
    }
}

static VOID suspend(struct pr_edge *edge)
{
    pr_engine_suspend(edge->engine, TRUE);
    pr_drain(edge, STOP_ROUNDS);
    pr_filters_remove(edge);
}

static VOID NTAPI changed(VOID *context, FWPM_SERVICE_STATE state)
{
    struct pr_edge *edge = context;
    enter(edge);
    if (state == FWPM_SERVICE_RUNNING) {
        resume(edge);
    } else if (edge->filter_engine != NULL && state != FWPM_SERVICE_START_PENDING) {
        suspend(edge);
    }
    leave(edge);
}

/* What changes before the turn is ours is in the state that is read then; what changes later waits for its turn. */
NTSTATUS pr_bfe_start(struct pr_edge *edge)
{
    KeInitializeEvent(&edge->filters_turn, SynchronizationEvent, TRUE);
    NTSTATUS status =
        FwpmBfeStateSubscribeChanges0(edge->device, changed, edge, &edge->bfe_changes);
    if (!NT_SUCCESS(status)) {
        edge->bfe_changes = NULL;
        return status;
    }
    enter(edge);
    if (edge->filter_engine == NULL && FwpmBfeStateGet0() == FWPM_SERVICE_RUNNING) {
        status = pr_filters_add(edge);
    }
    leave(edge);
    return status;
}

VOID pr_bfe_stop(struct pr_edge *edge)
{
    if (edge->bfe_changes != NULL) {
        (VOID) FwpmBfeStateUnsubscribeChanges0(edge->bfe_changes);
        edge->bfe_changes = NULL;
    }
}
