/*
 * Which process a process id means: creation times by id, fed by the system's process notifications. The exit of a
 * process settles what it has on hold. The table's lock is a leaf; look-ups at up to DISPATCH_LEVEL.
 */
#include "edge.h"

#define TAG     0x6e547250u /* PrTn */
#define BUCKETS 1024

struct known_process {
    struct pr_node node;
    UINT64 id;
    UINT64 created;
};

/* The table's lock is held. */
static struct known_process *find(struct pr_edge *edge, UINT64 id)
{
    struct pr_node *node = pr_hash_table_find(&edge->processes, pr_hash_mix(0, id));
    for (; node != NULL; node = pr_hash_table_find_next(node)) {
        struct known_process *process = CONTAINING_RECORD(node, struct known_process, node);
        if (process->id == id) {
            return process;
        }
    }
    return NULL;
}

/* Takes a process out of the table; NULL when it isn't in. */
static struct known_process *take(struct pr_edge *edge, UINT64 id)
{
    struct pr_port_lock_state state;
    pr_port_acquire(&edge->processes_lock, &state);
    struct known_process *process = find(edge, id);
    if (process != NULL) {
        pr_hash_table_remove(&process->node);
    }
    pr_port_release(&edge->processes_lock, &state);
    return process;
}

static VOID forget(struct pr_edge *edge, UINT64 id)
{
    struct known_process *process = take(edge, id);
    if (process != NULL) {
        pr_port_free(process, TAG);
    }
}

/* When memory is short the process stays unknown: its creation time is reported as 0. */
static VOID remember(struct pr_edge *edge, UINT64 id, UINT64 created)
{
    struct pr_port_lock_state state;
    forget(edge, id);
    struct known_process *process = pr_port_allocate(sizeof(*process), TAG);
    if (process == NULL) {
        return;
    }
    process->id = id;
    process->created = created;
    pr_port_acquire(&edge->processes_lock, &state);
    pr_hash_table_insert(&edge->processes, &process->node, pr_hash_mix(0, id));
    pr_port_release(&edge->processes_lock, &state);
}

static VOID NTAPI notify(PEPROCESS process, HANDLE process_id, PPS_CREATE_NOTIFY_INFO created)
{
    struct pr_edge *edge = pr_edge_instance;
    UINT64 id = (UINT64)(ULONG_PTR)process_id;
    if (created != NULL) {
        remember(edge, id, (UINT64)PsGetProcessCreateTimeQuadPart(process));
        return;
    }
    pr_engine_process_exited(edge->engine, id);
    forget(edge, id);
}

UINT64 pr_process_created(struct pr_edge *edge, UINT64 process_id)
{
    struct pr_port_lock_state state;
    pr_port_acquire(&edge->processes_lock, &state);
    struct known_process *process = find(edge, process_id);
    UINT64 created = process == NULL ? 0 : process->created;
    pr_port_release(&edge->processes_lock, &state);
    if (created == 0 && (UINT64)(ULONG_PTR)PsGetCurrentProcessId() == process_id) {
        created = (UINT64)PsGetProcessCreateTimeQuadPart(PsGetCurrentProcess());
    }
    return created;
}

NTSTATUS pr_processes_start(struct pr_edge *edge)
{
    pr_port_lock_init(&edge->processes_lock);
    if (!pr_hash_table_create(&edge->processes, BUCKETS)) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    NTSTATUS status = PsSetCreateProcessNotifyRoutineEx(notify, FALSE);
    edge->process_notify = NT_SUCCESS(status);
    return status;
}

VOID pr_processes_stop(struct pr_edge *edge)
{
    if (edge->process_notify) {
        (void)PsSetCreateProcessNotifyRoutineEx(notify, TRUE);
    }
    if (edge->processes.buckets == NULL) {
        return;
    }
    for (UINT64 i = 0; i <= edge->processes.mask; i++) {
        while (edge->processes.buckets[i] != NULL) {
            struct pr_node *node = edge->processes.buckets[i];
            pr_hash_table_remove(node);
            pr_port_free(CONTAINING_RECORD(node, struct known_process, node), TAG);
        }
    }
    pr_hash_table_destroy(&edge->processes);
}
