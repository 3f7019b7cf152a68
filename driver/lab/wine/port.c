/* The filter engine's port to Wine. Wine has no IRQL and no spin locks that could be watched: those checks are the lab's. */
#include "lab_device.h"

#include <stdarg.h>
#include <stdbool.h>

#include "../emulator/wfp/port.h"

#define TAG        0x6557614cu /* LaWe */
#define STEP       0x1e3779b97f4a7c15
#define QUERY_NAME 0x1000 /* PROCESS_QUERY_LIMITED_INFORMATION */

int __cdecl _vsnprintf(char *buffer, size_t count, const char *format, va_list arguments);

/* What the engine keeps for a thread. Threads are few, and stay. */
struct thread {
    LIST_ENTRY link;
    HANDLE id;
    void *frame;
    UINT64 path[512]; /* a UNICODE_STRING and its text */
};

struct spawned {
    PIO_WORKITEM item;
    void (*run)(void *context);
    void *context;
};

static PDEVICE_OBJECT port_device;
static KSPIN_LOCK lock;
static LIST_ENTRY threads;
static struct lab_report found;
static SIZE_T found_bytes;
static LONG64 random_state;

NTSTATUS lab_port_start(PDEVICE_OBJECT device)
{
    LARGE_INTEGER now;
    KeQuerySystemTime(&now);
    random_state = now.QuadPart;
    KeInitializeSpinLock(&lock);
    InitializeListHead(&threads);
    port_device = device;
    return STATUS_SUCCESS;
}

VOID lab_port_stop(VOID)
{
    while (!IsListEmpty(&threads)) {
        ExFreePoolWithTag(CONTAINING_RECORD(RemoveHeadList(&threads), struct thread, link), TAG);
    }
}

VOID lab_port_report(struct lab_report *report)
{
    KIRQL irql;
    KeAcquireSpinLock(&lock, &irql);
    report->broken = found.broken;
    RtlCopyMemory(report->text, found.text, sizeof(found.text));
    KeReleaseSpinLock(&lock, irql);
}

/* The lock is held. A line that doesn't fit is counted only. */
static void add_line(const char *line)
{
    for (; *line != 0 && found_bytes + 2 < sizeof(found.text); line++) {
        found.text[found_bytes++] = *line;
    }
    found.text[found_bytes++] = '\n';
}

void wfp_port_broken(const char *rule, const char *format, ...)
{
    char text[256];
    va_list arguments;
    KIRQL irql;
    va_start(arguments, format);
    (void)_vsnprintf(text, sizeof(text) - 1, format, arguments);
    va_end(arguments);
    text[sizeof(text) - 1] = 0;
    KeAcquireSpinLock(&lock, &irql);
    found.broken++;
    if (found_bytes + 2 < sizeof(found.text)) {
        add_line(rule);
        add_line(text);
    }
    KeReleaseSpinLock(&lock, irql);
}

void wfp_port_trace(const char *event, const char *fields, ...)
{
    UNREFERENCED_PARAMETER(event);
    UNREFERENCED_PARAMETER(fields);
}

bool wfp_port_tracing(void)
{
    return false;
}

UINT64 wfp_port_random(void)
{
    return (UINT64)InterlockedExchangeAdd64(&random_state, STEP) >> 32;
}

void wfp_port_yield(void)
{
}

static VOID NTAPI run_spawned(PDEVICE_OBJECT device, PVOID context)
{
    struct spawned *spawned = context;
    UNREFERENCED_PARAMETER(device);
    spawned->run(spawned->context);
    IoFreeWorkItem(spawned->item);
    wfp_port_free(spawned);
}

void wfp_port_spawn(void (*run)(void *context), void *context)
{
    struct spawned *spawned = wfp_port_allocate(sizeof(*spawned));
    spawned->run = run;
    spawned->context = context;
    spawned->item = IoAllocateWorkItem(port_device);
    IoQueueWorkItem(spawned->item, run_spawned, DelayedWorkQueue, spawned);
}

void wfp_port_call(void (*run)(void *context), void *context)
{
    run(context);
}

void wfp_port_delay(const char *name)
{
    UNREFERENCED_PARAMETER(name);
}

bool wfp_port_call_fails(const char *name, NTSTATUS *status)
{
    UNREFERENCED_PARAMETER(name);
    UNREFERENCED_PARAMETER(status);
    return false;
}

/* A test prefix that is out of memory can't go on. */
PMDL wfp_port_mdl(void *memory, ULONG bytes)
{
    PMDL mdl = wfp_port_allocate(sizeof(*mdl));
    mdl->StartVa = memory;
    mdl->ByteCount = bytes;
    return mdl;
}

void wfp_port_mdl_free(PMDL mdl)
{
    ExFreePoolWithTag(mdl, TAG);
}

void *wfp_port_mdl_address(const MDL *mdl)
{
    return (UCHAR *)mdl->StartVa + mdl->ByteOffset;
}

void *wfp_port_allocate(SIZE_T bytes)
{
    void *memory = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG);
    if (memory == NULL) {
        KeBugCheckEx(0, bytes, 0, 0, 0);
    }
    RtlZeroMemory(memory, bytes);
    return memory;
}

void wfp_port_free(void *memory)
{
    ExFreePoolWithTag(memory, TAG);
}

unsigned wfp_port_locks_held(void)
{
    return 0;
}

void wfp_port_require_irql(KIRQL most, const char *function, const char *rule)
{
    UNREFERENCED_PARAMETER(most);
    UNREFERENCED_PARAMETER(function);
    UNREFERENCED_PARAMETER(rule);
}

void wfp_port_check_returned(const char *what, KIRQL entered)
{
    UNREFERENCED_PARAMETER(what);
    UNREFERENCED_PARAMETER(entered);
}

/* The lock is held. */
static struct thread *find_thread(HANDLE id)
{
    for (LIST_ENTRY *e = threads.Flink; e != &threads; e = e->Flink) {
        struct thread *thread = CONTAINING_RECORD(e, struct thread, link);
        if (thread->id == id) {
            return thread;
        }
    }
    return NULL;
}

static struct thread *this_thread(void)
{
    HANDLE id = PsGetCurrentThreadId();
    struct thread *thread;
    KIRQL irql;
    KeAcquireSpinLock(&lock, &irql);
    thread = find_thread(id);
    KeReleaseSpinLock(&lock, irql);
    if (thread == NULL) {
        thread = wfp_port_allocate(sizeof(*thread));
        thread->id = id;
        KeAcquireSpinLock(&lock, &irql);
        InsertHeadList(&threads, &thread->link);
        KeReleaseSpinLock(&lock, irql);
    }
    return thread;
}

void **wfp_port_frame(void)
{
    return &this_thread()->frame;
}

/* Wine runs everything of a driver in one process. */
PEPROCESS wfp_port_act_for(PEPROCESS process)
{
    UNREFERENCED_PARAMETER(process);
    return NULL;
}

PEPROCESS wfp_port_process(UINT64 process_id)
{
    PEPROCESS process = NULL;
    NTSTATUS status = PsLookupProcessByProcessId((HANDLE)(ULONG_PTR)process_id, &process);
    return NT_SUCCESS(status) ? process : NULL;
}

NTSTATUS lab_port_open_process(PEPROCESS process, HANDLE *handle)
{
    OBJECT_ATTRIBUTES attributes;
    CLIENT_ID id = {.UniqueProcess = PsGetProcessId(process)};
    InitializeObjectAttributes(&attributes, NULL, 0, NULL, NULL);
    return ZwOpenProcess(handle, QUERY_NAME, &attributes, &id);
}

/* Wine's SeLocateProcessImageName does nothing; this asks the same question. The text is the thread's until its next. */
const UINT16 *wfp_port_process_path(PEPROCESS process, SIZE_T *units)
{
    struct thread *thread = this_thread();
    UNICODE_STRING *name = (UNICODE_STRING *)thread->path;
    HANDLE handle;
    NTSTATUS status = process == NULL ? STATUS_NOT_FOUND : lab_port_open_process(process, &handle);
    *units = 0;
    if (!NT_SUCCESS(status)) {
        return NULL;
    }
    status =
        ZwQueryInformationProcess(handle, ProcessImageFileName, name, sizeof(thread->path), NULL);
    (VOID) ZwClose(handle);
    if (!NT_SUCCESS(status)) {
        return NULL;
    }
    *units = name->Length / sizeof(UINT16);
    return (const UINT16 *)name->Buffer;
}
