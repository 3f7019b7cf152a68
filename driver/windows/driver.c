/*
 * DriverEntry and unload. Order matters at both ends: nothing is held before a client can be told of it, and at the end
 * nothing new is held, all holds are completed, filters and callouts go, then what they stood on (R55).
 */
#include "packets.h"

/* How long unload waits for reauthorizations of what it has just completed. They carry the last verdicts. */
#define QUIET_WAIT_MS 500
#define FOR_EVER      MAXUINT32
#define UNITS_PER_MS  10000LL

struct pr_edge *pr_edge_instance;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD unload;

static BOOLEAN wait_drained(struct pr_edge *edge, LONGLONG milliseconds)
{
    LARGE_INTEGER timeout;
    timeout.QuadPart = -milliseconds * UNITS_PER_MS;
    NTSTATUS status = KeWaitForSingleObject(&edge->drained, Executive, KernelMode, FALSE, &timeout);
    return status == STATUS_SUCCESS;
}

/* A context that outlasts our filters could be completed when its endpoint has gone, whose closure nobody tells us of. */
static BOOLEAN is_awaited(struct pr_edge *edge, BOOLEAN closures_too)
{
    return closures_too ? !pr_engine_drained(edge->engine) : !pr_engine_completed(edge->engine);
}

VOID pr_drain(struct pr_edge *edge, UINT32 rounds)
{
    pr_engine_work(edge->engine);
    for (UINT32 i = 0; is_awaited(edge, i < rounds); i++) {
        (VOID) wait_drained(edge, QUIET_WAIT_MS);
        pr_engine_work(edge->engine);
    }
    while (!pr_engine_quiet(edge->engine) && wait_drained(edge, QUIET_WAIT_MS)) {
    }
    pr_engine_work(edge->engine);
}

/* Undoes whatever start() has done. Every context that was handed out is completed before anything else goes, however long
 * a classify takes to hand it over: who waits for a callback of the filter engine must not keep a closure waiting. */
static VOID stop(struct pr_edge *edge)
{
    pr_power_stop(edge);
    if (edge->engine != NULL && edge->worker != NULL) {
        pr_engine_stop(edge->engine);
        pr_drain(edge, FOR_EVER);
    }
    pr_bfe_stop(edge);
    pr_filters_remove(edge);
    pr_callouts_unregister(edge);
    pr_processes_stop(edge);
    pr_worker_stop(edge);
    pr_packets_stop(edge);
    pr_device_wait(edge);
    if (edge->engine != NULL) {
        pr_engine_destroy(edge->engine);
    }
    pr_edge_instance = NULL;
    pr_device_delete(edge);
}

static NTSTATUS start(struct pr_edge *edge)
{
    NTSTATUS status = pr_reads_init(edge);
    if (NT_SUCCESS(status)) {
        status = pr_worker_start(edge);
    }
    if (NT_SUCCESS(status)) {
        edge->engine = pr_engine_create(edge);
        status = edge->engine == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
    }
    if (NT_SUCCESS(status)) {
        status = pr_processes_start(edge);
    }
    if (NT_SUCCESS(status)) {
        status = pr_packets_start(edge);
    }
    if (NT_SUCCESS(status)) {
        status = pr_callouts_register(edge);
    }
    if (NT_SUCCESS(status)) {
        status = pr_bfe_start(edge);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    pr_power_start(edge);
    return pr_device_publish(edge);
}

static VOID NTAPI unload(PDRIVER_OBJECT driver)
{
    UNREFERENCED_PARAMETER(driver);
    stop(pr_edge_instance);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    struct pr_edge *edge;
    UNREFERENCED_PARAMETER(registry_path);
    NTSTATUS status = pr_device_create(driver, &edge);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    pr_edge_instance = edge;
    driver->DriverUnload = unload;
    status = start(edge);
    if (!NT_SUCCESS(status)) {
        stop(edge);
    }
    return status;
}
