/*
 * Which process a process id means: the system's process notifications, for the core's table of processes. The exit of a
 * process settles what it has on hold; that of the client's ends its session. Look-ups take no lock, at up to
 * DISPATCH_LEVEL.
 */
#include "edge.h"

static VOID end_client(struct pr_edge *edge, UINT64 process_id)
{
    const void *handle = pr_client_process_exited(edge->engine, process_id);
    if (handle != NULL) {
        pr_reads_cancel(edge, (PFILE_OBJECT)(ULONG_PTR)handle);
    }
}

static VOID NTAPI notify(PEPROCESS process, HANDLE process_id, PPS_CREATE_NOTIFY_INFO created)
{
    struct pr_edge *edge = pr_edge_instance;
    UINT64 id = (UINT64)(ULONG_PTR)process_id;
    if (created != NULL) {
        pr_engine_process_started(edge->engine, id,
                                  (UINT64)PsGetProcessCreateTimeQuadPart(process));
    } else {
        end_client(edge, id);
        pr_engine_process_exited(edge->engine, id);
    }
}

UINT64 pr_process_created(struct pr_edge *edge, UINT64 process_id)
{
    if ((UINT64)(ULONG_PTR)PsGetCurrentProcessId() == process_id) {
        return (UINT64)PsGetProcessCreateTimeQuadPart(PsGetCurrentProcess());
    }
    return pr_engine_process_created(edge->engine, process_id);
}

NTSTATUS pr_processes_start(struct pr_edge *edge)
{
    NTSTATUS status = PsSetCreateProcessNotifyRoutineEx(notify, FALSE);
    edge->process_notify = NT_SUCCESS(status);
    return status;
}

VOID pr_processes_stop(struct pr_edge *edge)
{
    if (edge->process_notify) {
        (void)PsSetCreateProcessNotifyRoutineEx(notify, TRUE);
    }
}
