/* IRQL, spin locks and the objects a thread can wait for. */
#include <sched.h>
#include <stdlib.h>

#include "kernel.h"

KIRQL KeGetCurrentIrql(VOID)
{
    return lab_self()->irql;
}

VOID KeRaiseIrql(KIRQL NewIrql, PKIRQL OldIrql)
{
    struct lab_thread *self = lab_self();
    if (NewIrql < self->irql) {
        lab_broken("R31", "KeRaiseIrql lowers the IRQL from %u to %u", self->irql, NewIrql);
    }
    *OldIrql = self->irql;
    self->irql = NewIrql;
}

VOID KeLowerIrql(KIRQL NewIrql)
{
    struct lab_thread *self = lab_self();
    if (NewIrql > self->irql) {
        lab_broken("R31", "KeLowerIrql raises the IRQL from %u to %u", self->irql, NewIrql);
    }
    self->irql = NewIrql;
}

KIRQL KeRaiseIrqlToDpcLevel(VOID)
{
    KIRQL old;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    return old;
}

static void note_acquired(const void *lock)
{
    struct lab_thread *self = lab_self();
    if (self->locks == LAB_MAX_LOCKS) {
        lab_broken_fatal("W3", "more than %d spin locks held at once", LAB_MAX_LOCKS);
    }
    self->held[self->locks++] = lock;
}

static void check_not_held(const void *lock)
{
    struct lab_thread *self = lab_self();
    for (unsigned i = 0; i < self->locks; i++) {
        if (self->held[i] == lock) {
            lab_broken_fatal("R20", "deadlock: a thread acquires a spin lock that it holds");
        }
    }
}

static void note_released(const void *lock)
{
    struct lab_thread *self = lab_self();
    for (unsigned i = self->locks; i-- > 0;) {
        if (self->held[i] == lock) {
            self->locks--;
            self->held[i] = self->held[self->locks];
            return;
        }
    }
    lab_broken_fatal("W3", "a spin lock is released by a thread that doesn't hold it");
}

static void pause_thread(unsigned *turns)
{
    if (++*turns % 64 == 0) {
        (void)sched_yield();
    } else {
        YieldProcessor();
    }
}

VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock)
{
    *SpinLock = 0;
}

static void spin_acquire(PKSPIN_LOCK lock)
{
    unsigned turns = 0;
    check_not_held(lock);
    while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) != 0) {
        if (lab_is_virtual()) {
            lab_broken_fatal("W3", "a spin lock is held by a thread that waits");
        }
        pause_thread(&turns);
    }
    note_acquired(lock);
}

static void spin_release(PKSPIN_LOCK lock)
{
    note_released(lock);
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
    struct lab_thread *self = lab_self();
    KIRQL old = self->irql;
    lab_require_irql(DISPATCH_LEVEL, "KeAcquireSpinLock", "R31");
    lab_yield();
    self->irql = DISPATCH_LEVEL;
    spin_acquire(SpinLock);
    return old;
}

VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
    spin_release(SpinLock);
    lab_self()->irql = NewIrql;
    lab_yield();
}

static void require_dispatch(const char *function)
{
    if (lab_self()->irql < DISPATCH_LEVEL) {
        lab_broken("R31", "%s called below DISPATCH_LEVEL", function);
    }
}

VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    require_dispatch("KeAcquireSpinLockAtDpcLevel");
    spin_acquire(SpinLock);
}

VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    spin_release(SpinLock);
}

VOID KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    LockHandle->Lock = SpinLock;
    LockHandle->OldIrql = KeAcquireSpinLockRaiseToDpc(SpinLock);
}

VOID KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle)
{
    KeReleaseSpinLock(LockHandle->Lock, LockHandle->OldIrql);
}

VOID KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    LockHandle->Lock = SpinLock;
    KeAcquireSpinLockAtDpcLevel(SpinLock);
}

VOID KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle)
{
    KeReleaseSpinLockFromDpcLevel(LockHandle->Lock);
}

/* Readers count up from 0, a writer is -1. */
static void shared_acquire(PEX_SPIN_LOCK lock, LONG wanted)
{
    unsigned turns = 0;
    check_not_held((const void *)lock);
    for (;;) {
        LONG seen = __atomic_load_n(lock, __ATOMIC_RELAXED);
        bool is_free = wanted > 0 ? seen >= 0 : seen == 0;
        LONG next = wanted > 0 ? seen + 1 : -1;
        if (is_free && __atomic_compare_exchange_n(lock, &seen, next, false, __ATOMIC_ACQUIRE,
                                                   __ATOMIC_RELAXED)) {
            break;
        }
        pause_thread(&turns);
    }
    note_acquired((const void *)lock);
}

static KIRQL shared_enter(PEX_SPIN_LOCK lock, LONG wanted)
{
    struct lab_thread *self = lab_self();
    KIRQL old = self->irql;
    lab_require_irql(DISPATCH_LEVEL, "ExAcquireSpinLock", "R31");
    lab_yield();
    self->irql = DISPATCH_LEVEL;
    shared_acquire(lock, wanted);
    return old;
}

KIRQL ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock)
{
    return shared_enter(SpinLock, 1);
}

KIRQL ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock)
{
    return shared_enter(SpinLock, -1);
}

VOID ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    note_released((const void *)SpinLock);
    (void)__atomic_sub_fetch(SpinLock, 1, __ATOMIC_RELEASE);
    lab_self()->irql = OldIrql;
    lab_yield();
}

VOID ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    note_released((const void *)SpinLock);
    __atomic_store_n(SpinLock, 0, __ATOMIC_RELEASE);
    lab_self()->irql = OldIrql;
    lab_yield();
}

/* Dispatcher objects */

VOID KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
    Event->Header.Type =
        Type == NotificationEvent ? LAB_OBJECT_NOTIFICATION : LAB_OBJECT_SYNCHRONIZATION;
    Event->Header.SignalState = State ? 1 : 0;
}

static LONG set_state(DISPATCHER_HEADER *header, LONG state)
{
    LONG old;
    lab_dispatcher_lock();
    old = header->SignalState;
    header->SignalState = state;
    lab_dispatcher_unlock(state != 0);
    return old;
}

LONG KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    LONG old;
    (void)Increment;
    (void)Wait;
    lab_require_irql(DISPATCH_LEVEL, "KeSetEvent", "R31");
    old = set_state(&Event->Header, 1);
    lab_yield();
    return old;
}

VOID KeClearEvent(PRKEVENT Event)
{
    (void)set_state(&Event->Header, 0);
}

LONG KeResetEvent(PRKEVENT Event)
{
    return set_state(&Event->Header, 0);
}

LONG KeReadStateEvent(PRKEVENT Event)
{
    LONG state;
    lab_dispatcher_lock();
    state = Event->Header.SignalState;
    lab_dispatcher_unlock(false);
    return state;
}

VOID KeInitializeMutex(PRKMUTEX Mutex, ULONG Level)
{
    (void)Level;
    memset(Mutex, 0, sizeof(*Mutex));
    Mutex->Header.Type = LAB_OBJECT_MUTEX;
    Mutex->Header.SignalState = 1;
}

LONG KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait)
{
    (void)Wait;
    if (Mutex->Owner != lab_self()) {
        lab_broken_fatal("W3", "KeReleaseMutex by a thread that doesn't own it");
    }
    lab_dispatcher_lock();
    if (--Mutex->Depth == 0) {
        Mutex->Owner = NULL;
        Mutex->Header.SignalState = 1;
    }
    lab_dispatcher_unlock(true);
    return 0;
}

struct object_wait {
    DISPATCHER_HEADER *header;
    struct lab_thread *waiter;
};

static bool take_mutex(KMUTEX *mutex, struct lab_thread *waiter)
{
    if (mutex->Owner != NULL && mutex->Owner != waiter) {
        return false;
    }
    mutex->Owner = waiter;
    mutex->Depth++;
    mutex->Header.SignalState = 0;
    return true;
}

static bool take_object(void *context)
{
    struct object_wait *wait = context;
    if (wait->header->Type == LAB_OBJECT_MUTEX) {
        return take_mutex(CONTAINING_RECORD(wait->header, KMUTEX, Header), wait->waiter);
    }
    if (wait->header->SignalState == 0) {
        return false;
    }
    if (wait->header->Type == LAB_OBJECT_SYNCHRONIZATION) {
        wait->header->SignalState = 0;
    }
    return true;
}

static uint64_t deadline_of(const LARGE_INTEGER *timeout)
{
    LARGE_INTEGER system;
    int64_t left;
    if (timeout == NULL) {
        return LAB_FOREVER;
    }
    KeQuerySystemTimePrecise(&system);
    left = timeout->QuadPart <= 0 ? -timeout->QuadPart : timeout->QuadPart - system.QuadPart;
    return lab_now() + (left > 0 ? (uint64_t)left : 0);
}

NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                               BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    struct object_wait wait = {.header = Object, .waiter = lab_self()};
    bool polls = Timeout != NULL && Timeout->QuadPart == 0;
    (void)WaitReason;
    (void)WaitMode;
    (void)Alertable;
    lab_require_irql(polls ? DISPATCH_LEVEL : APC_LEVEL, "KeWaitForSingleObject", "R31");
    return lab_wait(take_object, &wait, deadline_of(Timeout)) ? STATUS_SUCCESS : STATUS_TIMEOUT;
}

static bool never(void *context)
{
    (void)context;
    return false;
}

NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                PLARGE_INTEGER Interval)
{
    (void)WaitMode;
    (void)Alertable;
    lab_require_irql(APC_LEVEL, "KeDelayExecutionThread", "R31");
    (void)lab_wait(never, NULL, deadline_of(Interval));
    return STATUS_SUCCESS;
}

VOID ExInitializeFastMutex(PFAST_MUTEX FastMutex)
{
    memset(FastMutex, 0, sizeof(*FastMutex));
}

static bool take_fast_mutex(void *context)
{
    FAST_MUTEX *mutex = context;
    if (mutex->Header.SignalState != 0) {
        return false;
    }
    mutex->Header.SignalState = 1;
    return true;
}

VOID ExAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    struct lab_thread *self = lab_self();
    lab_require_irql(APC_LEVEL, "ExAcquireFastMutex", "R31");
    if (FastMutex->Owner == self) {
        lab_broken_fatal("R20", "deadlock: a thread acquires a fast mutex that it holds");
    }
    (void)lab_wait(take_fast_mutex, FastMutex, LAB_FOREVER);
    FastMutex->Owner = self;
    FastMutex->OldIrql = self->irql;
    self->irql = APC_LEVEL;
}

VOID ExReleaseFastMutex(PFAST_MUTEX FastMutex)
{
    struct lab_thread *self = lab_self();
    if (FastMutex->Owner != self) {
        lab_broken_fatal("W3", "ExReleaseFastMutex by a thread that doesn't own it");
    }
    FastMutex->Owner = NULL;
    self->irql = FastMutex->OldIrql;
    lab_dispatcher_lock();
    FastMutex->Header.SignalState = 0;
    lab_dispatcher_unlock(true);
}

/* Rundown protection: bit 0 says that the rundown has begun, each reference adds 2. */

VOID ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    RunRef->Count = 0;
}

VOID ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    RunRef->Count = 0;
}

BOOLEAN ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    LONG64 seen = __atomic_load_n(&RunRef->Count, __ATOMIC_SEQ_CST);
    while ((seen & 1) == 0) {
        if (__atomic_compare_exchange_n(&RunRef->Count, &seen, seen + 2, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The waiter may free the structure as soon as the last reference is gone: read nothing afterwards. */
VOID ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    LONG64 left;
    lab_dispatcher_lock();
    left = __atomic_sub_fetch(&RunRef->Count, 2, __ATOMIC_SEQ_CST);
    lab_dispatcher_unlock(left == 1);
    if (left < 0) {
        lab_broken_fatal("W3", "rundown protection released more often than acquired");
    }
    lab_yield();
}

static bool is_run_down(void *context)
{
    PEX_RUNDOWN_REF reference = context;
    return __atomic_load_n(&reference->Count, __ATOMIC_SEQ_CST) == 1;
}

VOID ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef)
{
    lab_require_irql(APC_LEVEL, "ExWaitForRundownProtectionRelease", "R31");
    (void)__atomic_fetch_or(&RunRef->Count, 1, __ATOMIC_SEQ_CST);
    (void)lab_wait(is_run_down, RunRef, LAB_FOREVER);
}

VOID ExRundownCompleted(PEX_RUNDOWN_REF RunRef)
{
    RunRef->Count = 1;
}
