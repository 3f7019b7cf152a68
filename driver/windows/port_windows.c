/* The core's port on Windows: pool, spin lock, clocks, worker, timer. See core/port.h for the contracts. */
#include "edge.h"

C_ASSERT(sizeof(struct pr_port_lock) >= sizeof(KSPIN_LOCK));
C_ASSERT(sizeof(struct pr_port_lock_state) >= sizeof(KLOCK_QUEUE_HANDLE));

void *pr_port_allocate(size_t bytes, uint32_t tag)
{
    PVOID memory = ExAllocatePoolWithTag(NonPagedPoolNx, bytes, tag);
    if (memory != NULL) {
        RtlZeroMemory(memory, bytes);
    }
    return memory;
}

void pr_port_free(void *memory, uint32_t tag)
{
    ExFreePoolWithTag(memory, tag);
}

void pr_port_lock_init(struct pr_port_lock *lock)
{
    KeInitializeSpinLock((PKSPIN_LOCK)&lock->word);
}

void pr_port_acquire(struct pr_port_lock *lock, struct pr_port_lock_state *state)
{
    KeAcquireInStackQueuedSpinLock((PKSPIN_LOCK)&lock->word, (PKLOCK_QUEUE_HANDLE)state->words);
}

void pr_port_release(struct pr_port_lock *lock, struct pr_port_lock_state *state)
{
    UNREFERENCED_PARAMETER(lock);
    KeReleaseInStackQueuedSpinLock((PKLOCK_QUEUE_HANDLE)state->words);
}

uint64_t pr_port_monotonic(void)
{
    return KeQueryInterruptTime();
}

uint64_t pr_port_system_time(void)
{
    LARGE_INTEGER now;
    KeQuerySystemTime(&now);
    return (uint64_t)now.QuadPart;
}

uint64_t pr_port_random(void)
{
    uint64_t value = pr_hash_mix((uint64_t)(ULONG_PTR)&pr_edge_instance, pr_port_system_time());
    value = pr_hash_mix(value, pr_port_monotonic());
    return pr_hash_mix(value, (uint64_t)InterlockedIncrement64(&pr_edge_instance->randoms));
}

uintptr_t pr_port_thread(void)
{
    return (uintptr_t)PsGetCurrentThreadId();
}

uint32_t pr_port_processor(void)
{
    return KeGetCurrentProcessorNumberEx(NULL);
}

/* One millisecond: readers are in a classify for microseconds. */
void pr_port_pause(void)
{
    LARGE_INTEGER interval = {.QuadPart = -10000};
    (VOID) KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

static IO_WORKITEM_ROUTINE work_routine;
static VOID NTAPI work_routine(PDEVICE_OBJECT device, PVOID context)
{
    struct pr_edge *edge = context;
    UNREFERENCED_PARAMETER(device);
    /* The item has left the queue: from here on it may be queued again. */
    InterlockedExchange(&edge->worker_queued, 0);
    pr_engine_work(edge->engine);
    ExReleaseRundownProtection(&edge->worker_rundown);
}

void pr_port_schedule_worker(void *context)
{
    struct pr_edge *edge = context;
    if (InterlockedExchange(&edge->worker_queued, 1) != 0) {
        return;
    }
    if (!ExAcquireRundownProtection(&edge->worker_rundown)) {
        return;
    }
    IoQueueWorkItem(edge->worker, work_routine, DelayedWorkQueue, edge);
}

static KDEFERRED_ROUTINE timer_routine;
static VOID NTAPI timer_routine(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct pr_edge *edge = context;
    UNREFERENCED_PARAMETER(dpc);
    UNREFERENCED_PARAMETER(argument1);
    UNREFERENCED_PARAMETER(argument2);
    pr_engine_tick(edge->engine);
}

void pr_port_set_timer(void *context, uint64_t due)
{
    struct pr_edge *edge = context;
    LARGE_INTEGER relative;
    uint64_t now = pr_port_monotonic();
    relative.QuadPart = due > now ? -(LONGLONG)(due - now) : -1;
    if (ExAcquireRundownProtection(&edge->worker_rundown)) {
        KeSetTimer(&edge->timer, relative, &edge->timer_dpc);
        ExReleaseRundownProtection(&edge->worker_rundown);
    }
}

void pr_port_events_ready(void *edge)
{
    pr_reads_pump(edge);
}

void pr_port_drained(void *context)
{
    struct pr_edge *edge = context;
    KeSetEvent(&edge->drained, IO_NO_INCREMENT, FALSE);
}

NTSTATUS pr_worker_start(struct pr_edge *edge)
{
    KeInitializeTimer(&edge->timer);
    KeInitializeDpc(&edge->timer_dpc, timer_routine, edge);
    KeInitializeEvent(&edge->drained, SynchronizationEvent, FALSE);
    ExInitializeRundownProtection(&edge->worker_rundown);
    edge->worker = IoAllocateWorkItem(edge->device);
    return edge->worker == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

VOID pr_worker_stop(struct pr_edge *edge)
{
    if (edge->worker == NULL) {
        return;
    }
    /* From here on nobody queues work or sets the timer, also not a timer routine that is under way. */
    ExWaitForRundownProtectionRelease(&edge->worker_rundown);
    KeCancelTimer(&edge->timer);
    KeFlushQueuedDpcs();
    IoFreeWorkItem(edge->worker);
    edge->worker = NULL;
}
