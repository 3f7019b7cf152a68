/* Clocks, timers and DPCs. */
#include <pthread.h>
#include <time.h>

#include "kernel.h"

/* Of 2026-01-01, so that virtual times look like times. */
#define VIRTUAL_EPOCH 134116992000000000ll
#define UNIX_EPOCH    116444736000000000ll

static bool is_virtual;
static uint64_t virtual_now;
static int64_t system_offset; /* system time - interrupt time */
static LIST_ENTRY timers;
static LIST_ENTRY dpcs; /* of struct queued_dpc */
static unsigned dpcs_open;
static bool stopping;
static pthread_mutex_t timer_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t timer_changed;
static pthread_t timer_thread;

uint64_t lab_now(void)
{
    struct timespec now;
    if (is_virtual) {
        return virtual_now;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 10000000u + (uint64_t)now.tv_nsec / 100;
}

static void run_dpc(void *context)
{
    KDPC *dpc = context;
    struct lab_thread *self = lab_self();
    PKDEFERRED_ROUTINE routine = dpc->DeferredRoutine;
    PVOID a0 = dpc->DeferredContext, a1 = dpc->SystemArgument1, a2 = dpc->SystemArgument2;
    __atomic_store_n(&dpc->Queued, 0, __ATOMIC_SEQ_CST);
    self->irql = DISPATCH_LEVEL;
    routine(dpc, a0, a1, a2);
    lab_check_returned("a DPC", DISPATCH_LEVEL);
    self->irql = PASSIVE_LEVEL;
    lab_dispatcher_lock();
    dpcs_open--;
    lab_dispatcher_unlock(true);
}

VOID KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext)
{
    memset(Dpc, 0, sizeof(*Dpc));
    Dpc->DeferredRoutine = DeferredRoutine;
    Dpc->DeferredContext = DeferredContext;
}

BOOLEAN KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2)
{
    if (__atomic_exchange_n(&Dpc->Queued, 1, __ATOMIC_SEQ_CST) != 0) {
        return FALSE;
    }
    Dpc->SystemArgument1 = SystemArgument1;
    Dpc->SystemArgument2 = SystemArgument2;
    lab_dispatcher_lock();
    dpcs_open++;
    lab_dispatcher_unlock(false);
    lab_spawn(run_dpc, Dpc);
    return TRUE;
}

BOOLEAN KeRemoveQueueDpc(PRKDPC Dpc)
{
    (void)Dpc;
    return FALSE; /* always already on its way */
}

static bool dpcs_are_done(void *context)
{
    (void)context;
    return dpcs_open == 0;
}

VOID KeFlushQueuedDpcs(VOID)
{
    lab_require_irql(PASSIVE_LEVEL, "KeFlushQueuedDpcs", "R31");
    (void)lab_wait(dpcs_are_done, NULL, LAB_FOREVER);
}

VOID KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type)
{
    memset(Timer, 0, sizeof(*Timer));
    Timer->Header.Type =
        Type == NotificationTimer ? LAB_OBJECT_NOTIFICATION : LAB_OBJECT_SYNCHRONIZATION;
}

VOID KeInitializeTimer(PKTIMER Timer)
{
    KeInitializeTimerEx(Timer, NotificationTimer);
}

static uint64_t due_of(LARGE_INTEGER when)
{
    int64_t left = when.QuadPart;
    if (left < 0) {
        return lab_now() + (uint64_t)-left;
    }
    left -= (int64_t)lab_now() + ReadNoFence64(&system_offset);
    return lab_now() + (left > 0 ? (uint64_t)left : 0);
}

static bool timer_remove(PKTIMER timer)
{
    if (!timer->Inserted) {
        return false;
    }
    (void)RemoveEntryList(&timer->TimerListEntry);
    timer->Inserted = FALSE;
    return true;
}

BOOLEAN KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc)
{
    bool was_set;
    lab_require_irql(DISPATCH_LEVEL, "KeSetTimerEx", "R31");
    pthread_mutex_lock(&timer_mutex);
    was_set = timer_remove(Timer);
    Timer->DueTime = due_of(DueTime);
    Timer->Period = Period;
    Timer->Dpc = Dpc;
    Timer->Header.SignalState = 0;
    Timer->Inserted = TRUE;
    InsertTailList(&timers, &Timer->TimerListEntry);
    pthread_cond_signal(&timer_changed);
    pthread_mutex_unlock(&timer_mutex);
    return was_set;
}

BOOLEAN KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc)
{
    return KeSetTimerEx(Timer, DueTime, 0, Dpc);
}

BOOLEAN KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period,
                              ULONG TolerableDelay, PKDPC Dpc)
{
    (void)TolerableDelay;
    return KeSetTimerEx(Timer, DueTime, (LONG)Period, Dpc);
}

BOOLEAN KeCancelTimer(PKTIMER Timer)
{
    bool was_set;
    pthread_mutex_lock(&timer_mutex);
    was_set = timer_remove(Timer);
    pthread_mutex_unlock(&timer_mutex);
    return was_set;
}

bool lab_timer_is_queued(void)
{
    return !IsListEmpty(&timers);
}

static PKTIMER earliest_timer(void)
{
    PKTIMER earliest = NULL;
    for (LIST_ENTRY *e = timers.Flink; e != &timers; e = e->Flink) {
        PKTIMER timer = CONTAINING_RECORD(e, KTIMER, TimerListEntry);
        if (earliest == NULL || timer->DueTime < earliest->DueTime) {
            earliest = timer;
        }
    }
    return earliest;
}

/* With timer_mutex held, which it gives up while it signals. */
static void fire(PKTIMER timer)
{
    PKDPC dpc = timer->Dpc;
    if (timer->Period > 0) {
        timer->DueTime += (uint64_t)timer->Period * LAB_100NS_PER_MS;
    } else {
        (void)timer_remove(timer);
    }
    if (dpc != NULL) {
        (void)KeInsertQueueDpc(dpc, NULL, NULL);
    }
    lab_dispatcher_lock();
    timer->Header.SignalState = 1;
    lab_dispatcher_unlock(true);
}

bool lab_time_advance(uint64_t limit)
{
    PKTIMER timer = earliest_timer();
    uint64_t due = lab_earliest_deadline();
    if (timer != NULL && timer->DueTime < due) {
        due = timer->DueTime;
    }
    if (due > limit) {
        virtual_now = limit > virtual_now && limit != LAB_FOREVER ? limit : virtual_now;
        return false;
    }
    virtual_now = due > virtual_now ? due : virtual_now;
    if (timer != NULL && timer->DueTime <= virtual_now) {
        fire(timer);
    }
    return true;
}

static void sleep_until(uint64_t due)
{
    struct timespec when;
    uint64_t now = lab_now();
    (void)clock_gettime(CLOCK_MONOTONIC, &when);
    if (due > now) {
        uint64_t nanoseconds = (uint64_t)when.tv_nsec + (due - now) % 10000000 * 100;
        when.tv_sec += (time_t)((due - now) / 10000000 + nanoseconds / 1000000000);
        when.tv_nsec = (long)(nanoseconds % 1000000000);
    }
    (void)pthread_cond_timedwait(&timer_changed, &timer_mutex, &when);
}

static void *timer_main(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&timer_mutex);
    while (!stopping) {
        PKTIMER timer = earliest_timer();
        if (timer == NULL) {
            (void)pthread_cond_wait(&timer_changed, &timer_mutex);
        } else if (timer->DueTime > lab_now()) {
            sleep_until(timer->DueTime);
        } else {
            fire(timer);
        }
    }
    pthread_mutex_unlock(&timer_mutex);
    return NULL;
}

void lab_time_start(const struct lab_options *options)
{
    struct timespec now;
    pthread_condattr_t attributes;
    is_virtual = options->clock == LAB_CLOCK_VIRTUAL;
    InitializeListHead(&timers);
    InitializeListHead(&dpcs);
    stopping = false;
    dpcs_open = 0;
    virtual_now = 10000000;
    system_offset = VIRTUAL_EPOCH;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&timer_changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    if (is_virtual) {
        return;
    }
    (void)clock_gettime(CLOCK_REALTIME, &now);
    system_offset =
        UNIX_EPOCH + (int64_t)now.tv_sec * 10000000 + now.tv_nsec / 100 - (int64_t)lab_now();
    if (pthread_create(&timer_thread, NULL, timer_main, NULL) != 0) {
        lab_broken_fatal("W1", "the lab could not start a thread");
    }
}

void lab_time_stop(void)
{
    if (is_virtual) {
        return;
    }
    pthread_mutex_lock(&timer_mutex);
    stopping = true;
    pthread_cond_signal(&timer_changed);
    pthread_mutex_unlock(&timer_mutex);
    (void)pthread_join(timer_thread, NULL);
}

void lab_time_jump(int64_t milliseconds)
{
    (void)InterlockedAdd64(&system_offset, milliseconds * (int64_t)LAB_100NS_PER_MS);
}

ULONGLONG KeQueryInterruptTime(VOID)
{
    return lab_now();
}

ULONGLONG KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp)
{
    *QpcTimeStamp = lab_now();
    return lab_now();
}

VOID KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime)
{
    CurrentTime->QuadPart = (int64_t)lab_now() + ReadNoFence64(&system_offset);
}

VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
    KeQuerySystemTimePrecise(CurrentTime);
}

ULONG KeQueryTimeIncrement(VOID)
{
    return 156250;
}

VOID KeQueryTickCount(PLARGE_INTEGER CurrentCount)
{
    CurrentCount->QuadPart = (int64_t)(lab_now() / KeQueryTimeIncrement());
}

LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency)
{
    LARGE_INTEGER now = {.QuadPart = (int64_t)lab_now()};
    if (PerformanceFrequency != NULL) {
        PerformanceFrequency->QuadPart = 10000000;
    }
    return now;
}
