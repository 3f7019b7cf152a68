/* Processes: their objects, creation times, image paths and the driver's notifications. */
#include <pthread.h>
#include <stdlib.h>

#include "kernel.h"

#define BUCKETS           1024
#define MAX_CALLBACKS     4
#define SYSTEM_PROCESS_ID 4
#define POOL_TAG_NAME     0x6d614e50u

struct _EPROCESS {
    LIST_ENTRY link;
    uint64_t id;
    uint64_t created;
    uint64_t parent_id;
    LONG references;
    bool exited;
    size_t path_units;
    uint16_t *path;
    enum lab_token token;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static LIST_ENTRY buckets[BUCKETS];

/* One that is taken away is first waited for: it isn't called, nor under way, when its removal returns. */
struct callback {
    void *routine;
    EX_RUNDOWN_REF running;
};

static struct callback callbacks_ex[MAX_CALLBACKS];
static struct callback callbacks[MAX_CALLBACKS];
static PEPROCESS system_process;

static LIST_ENTRY *bucket_of(uint64_t id)
{
    return &buckets[(id >> 2 ^ id) % BUCKETS];
}

static PEPROCESS process_new(const struct lab_process *from)
{
    PEPROCESS process = calloc(1, sizeof(*process));
    uint16_t *path = calloc(from->path_units + 1, sizeof(uint16_t));
    if (process == NULL || path == NULL) {
        lab_broken_fatal("W1", "the lab has no memory for another process");
    }
    if (from->path_units > 0) {
        memcpy(path, from->path, from->path_units * sizeof(uint16_t));
    }
    process->id = from->id;
    process->created = from->created;
    process->parent_id = from->parent_id;
    process->path = path;
    process->path_units = from->path_units;
    process->token = from->token;
    process->references = 1;
    return process;
}

static PEPROCESS find_locked(uint64_t id)
{
    LIST_ENTRY *bucket = bucket_of(id);
    for (LIST_ENTRY *e = bucket->Flink; e != bucket; e = e->Flink) {
        PEPROCESS process = CONTAINING_RECORD(e, struct _EPROCESS, link);
        if (process->id == id) {
            return process;
        }
    }
    return NULL;
}

PEPROCESS lab_process_find(uint64_t id)
{
    PEPROCESS process;
    pthread_mutex_lock(&mutex);
    process = find_locked(id);
    if (process != NULL) {
        process->references++;
    }
    pthread_mutex_unlock(&mutex);
    return process;
}

static void release(PEPROCESS process)
{
    LONG left;
    pthread_mutex_lock(&mutex);
    left = --process->references;
    pthread_mutex_unlock(&mutex);
    if (left < 0) {
        lab_broken_fatal("W9", "a process object was dereferenced too often");
    }
    if (left == 0) {
        free(process->path);
        free(process);
    }
}

VOID ObfReferenceObject(PVOID Object)
{
    PEPROCESS process = Object;
    pthread_mutex_lock(&mutex);
    process->references++;
    pthread_mutex_unlock(&mutex);
}

VOID ObfDereferenceObject(PVOID Object)
{
    lab_require_irql(DISPATCH_LEVEL, "ObfDereferenceObject", "R31");
    release(Object);
}

static PEPROCESS insert(const struct lab_process *from)
{
    PEPROCESS process = process_new(from);
    pthread_mutex_lock(&mutex);
    InsertHeadList(bucket_of(from->id), &process->link);
    pthread_mutex_unlock(&mutex);
    return process;
}

void lab_processes_start(void)
{
    static const uint16_t system[] = {'S', 'y', 's', 't', 'e', 'm'};
    struct lab_process process = {.id = SYSTEM_PROCESS_ID, .path = system, .path_units = 6};
    for (size_t i = 0; i < BUCKETS; i++) {
        InitializeListHead(&buckets[i]);
    }
    system_process = insert(&process);
}

void lab_processes_stop(void)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        while (!IsListEmpty(&buckets[i])) {
            PEPROCESS process =
                CONTAINING_RECORD(RemoveHeadList(&buckets[i]), struct _EPROCESS, link);
            if (process->references != 1) {
                lab_broken("W9", "process %llu still has %d references after unload",
                           (unsigned long long)process->id, process->references - 1);
                process->references = 1;
            }
            release(process);
        }
    }
    memset(callbacks, 0, sizeof(callbacks));
    memset(callbacks_ex, 0, sizeof(callbacks_ex));
}

const uint16_t *lab_process_path(PEPROCESS process, size_t *units)
{
    *units = process != NULL ? process->path_units : 0;
    return process != NULL ? process->path : NULL;
}

/* One that the lab does not know is the lab's own. */
enum lab_token lab_process_token(PEPROCESS process)
{
    return process != NULL ? process->token : LAB_TOKEN_ELEVATED;
}

unsigned lab_process_callbacks(void)
{
    unsigned count = 0;
    for (size_t i = 0; i < MAX_CALLBACKS; i++) {
        count +=
            (callbacks[i].routine != NULL ? 1u : 0u) + (callbacks_ex[i].routine != NULL ? 1u : 0u);
    }
    return count;
}

static UNICODE_STRING name_of(PEPROCESS process)
{
    size_t bytes = process->path_units * sizeof(WCHAR);
    UNICODE_STRING name = {.Buffer = (PWSTR)process->path};
    name.Length = (USHORT)(bytes < 0xfffc ? bytes : 0xfffc);
    name.MaximumLength = name.Length;
    return name;
}

/* The routine, to be called and then left; NULL when the place is empty. */
static void *callback_enter(struct callback *callback)
{
    void *routine = NULL;
    pthread_mutex_lock(&mutex);
    if (callback->routine != NULL && ExAcquireRundownProtection(&callback->running)) {
        routine = callback->routine;
    }
    pthread_mutex_unlock(&mutex);
    return routine;
}

static void callback_leave(struct callback *callback)
{
    lab_check_returned("a process notification", PASSIVE_LEVEL);
    ExReleaseRundownProtection(&callback->running);
}

static void notify(PEPROCESS process, bool create)
{
    HANDLE id = (HANDLE)process->id, parent = (HANDLE)process->parent_id;
    UNICODE_STRING name = name_of(process);
    for (size_t i = 0; i < MAX_CALLBACKS; i++) {
        PS_CREATE_NOTIFY_INFO info = {
            .Size = sizeof(info), .ParentProcessId = parent, .ImageFileName = &name};
        PCREATE_PROCESS_NOTIFY_ROUTINE_EX ex =
            (PCREATE_PROCESS_NOTIFY_ROUTINE_EX)callback_enter(&callbacks_ex[i]);
        if (ex != NULL) {
            ex(process, id, create ? &info : NULL);
            callback_leave(&callbacks_ex[i]);
        }
        PCREATE_PROCESS_NOTIFY_ROUTINE plain =
            (PCREATE_PROCESS_NOTIFY_ROUTINE)callback_enter(&callbacks[i]);
        if (plain != NULL) {
            plain(parent, id, create);
            callback_leave(&callbacks[i]);
        }
    }
}

static void process_started(void *context)
{
    PEPROCESS process = context;
    notify(process, true);
    release(process);
}

void lab_process_start(const struct lab_process *process)
{
    PEPROCESS object = insert(process);
    ObfReferenceObject(object);
    lab_call(process_started, object);
}

static void process_ended(void *context)
{
    PEPROCESS process = context;
    notify(process, false);
    pthread_mutex_lock(&mutex);
    process->exited = true;
    (void)RemoveEntryList(&process->link);
    pthread_mutex_unlock(&mutex);
    release(process);
}

void lab_process_notify_exit(uint64_t process_id)
{
    PEPROCESS process = lab_process_find(process_id);
    if (process != NULL) {
        lab_call(process_ended, process);
        release(process);
    }
}

static struct callback *find_callback(struct callback *table, const void *routine)
{
    struct callback *found = NULL;
    for (size_t i = 0; i < MAX_CALLBACKS && found == NULL; i++) {
        found = table[i].routine == routine ? &table[i] : NULL;
    }
    return found;
}

static NTSTATUS add_callback(struct callback *table, void *routine)
{
    NTSTATUS status = STATUS_INVALID_PARAMETER;
    struct callback *place;
    if (lab_fault_call("PsSetCreateProcessNotifyRoutine", &status)) {
        return status;
    }
    pthread_mutex_lock(&mutex);
    place = find_callback(table, NULL);
    if (place != NULL) {
        ExInitializeRundownProtection(&place->running);
        place->routine = routine;
    }
    pthread_mutex_unlock(&mutex);
    return place != NULL ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

/* The place is free for another only when nobody is in the routine any more. */
static NTSTATUS remove_callback(struct callback *table, const void *routine)
{
    struct callback *place;
    pthread_mutex_lock(&mutex);
    place = find_callback(table, routine);
    pthread_mutex_unlock(&mutex);
    if (place == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    ExWaitForRundownProtectionRelease(&place->running);
    pthread_mutex_lock(&mutex);
    place->routine = NULL;
    pthread_mutex_unlock(&mutex);
    return STATUS_SUCCESS;
}

static NTSTATUS set_callback(struct callback *table, void *routine, bool remove)
{
    lab_require_irql(PASSIVE_LEVEL, "PsSetCreateProcessNotifyRoutine", "R31");
    return remove ? remove_callback(table, routine) : add_callback(table, routine);
}

NTSTATUS PsSetCreateProcessNotifyRoutineEx(PCREATE_PROCESS_NOTIFY_ROUTINE_EX NotifyRoutine,
                                           BOOLEAN Remove)
{
    return set_callback(callbacks_ex, (void *)NotifyRoutine, Remove);
}

NTSTATUS PsSetCreateProcessNotifyRoutine(PCREATE_PROCESS_NOTIFY_ROUTINE NotifyRoutine,
                                         BOOLEAN Remove)
{
    return set_callback(callbacks, (void *)NotifyRoutine, Remove);
}

HANDLE PsGetProcessId(PEPROCESS Process)
{
    return (HANDLE)Process->id;
}

LONGLONG PsGetProcessCreateTimeQuadPart(PEPROCESS Process)
{
    return (LONGLONG)Process->created;
}

NTSTATUS PsGetProcessExitStatus(PEPROCESS Process)
{
    return Process->exited ? STATUS_SUCCESS : STATUS_PENDING;
}

HANDLE PsGetProcessInheritedFromUniqueProcessId(PEPROCESS Process)
{
    return (HANDLE)Process->parent_id;
}

NTSTATUS PsLookupProcessByProcessId(HANDLE ProcessId, PEPROCESS *Process)
{
    lab_require_irql(APC_LEVEL, "PsLookupProcessByProcessId", "R31");
    *Process = lab_process_find((uint64_t)ProcessId);
    return *Process != NULL ? STATUS_SUCCESS : STATUS_INVALID_CID;
}

NTSTATUS SeLocateProcessImageName(PEPROCESS Process, PUNICODE_STRING *ImageFileName)
{
    UNICODE_STRING name = name_of(Process);
    UNICODE_STRING *copy;
    NTSTATUS status;
    lab_require_irql(PASSIVE_LEVEL, "SeLocateProcessImageName", "R31");
    if (lab_fault_call("SeLocateProcessImageName", &status)) {
        return status;
    }
    copy = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*copy) + name.Length + sizeof(WCHAR),
                                 POOL_TAG_NAME);
    if (copy == NULL) {
        return STATUS_NO_MEMORY;
    }
    copy->Buffer = (PWSTR)(copy + 1);
    copy->Length = name.Length;
    copy->MaximumLength = (USHORT)(name.Length + sizeof(WCHAR));
    memcpy(copy->Buffer, name.Buffer, name.Length);
    copy->Buffer[name.Length / sizeof(WCHAR)] = 0;
    *ImageFileName = copy;
    return STATUS_SUCCESS;
}

PEPROCESS PsGetCurrentProcess(VOID)
{
    PEPROCESS process = lab_self()->process;
    return process != NULL ? process : system_process;
}

HANDLE PsGetCurrentProcessId(VOID)
{
    return PsGetProcessId(PsGetCurrentProcess());
}

HANDLE PsGetCurrentThreadId(VOID)
{
    return (HANDLE)lab_self()->id;
}

PKTHREAD KeGetCurrentThread(VOID)
{
    return (PKTHREAD)lab_self();
}
