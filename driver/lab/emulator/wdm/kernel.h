/*
 * The inside of the kernel shim: threads, waiting, time, reports. Linux only.
 *
 * A lab thread is a POSIX thread (live) or a fiber of the one thread there is (virtual). Virtual fibers switch only in
 * lab_yield and lab_wait, never while a spin lock is held, so a seed replays exactly.
 */
#ifndef PORTREEVE_LAB_KERNEL_H
#define PORTREEVE_LAB_KERNEL_H

#include <stdarg.h>
#include <stdio.h>

#include <ntifs.h>

#include "../emulator.h"

#define LAB_MAX_LOCKS    16
#define LAB_FOREVER      UINT64_MAX
#define LAB_100NS_PER_MS 10000u

struct lab_thread {
    KIRQL irql;
    unsigned locks;
    const void *held[LAB_MAX_LOCKS];
    PEPROCESS process;
    void *classify; /* the WFP engine's innermost classify on this thread */
    uint64_t id;
};

enum lab_dispatcher {
    LAB_OBJECT_NOTIFICATION = 1,
    LAB_OBJECT_SYNCHRONIZATION,
    LAB_OBJECT_MUTEX,
    LAB_OBJECT_THREAD,
};

/* report.c */
/* A rule of docs/lab.md was broken: prints `rule RULE broken: ...`, counts it, and goes on. */
void lab_broken(const char *rule, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same where the emulator can't go on; leaves with exit code 1. */
_Noreturn void lab_broken_fatal(const char *rule, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void lab_count_broken(const char *rule, const char *format, va_list arguments);
unsigned lab_broken_count(void);
void lab_broken_reset(void);
/* JSON-lines trace: `fields` is the inside of an object after "event", e.g. "\"id\":1". */
void lab_trace_to(FILE *file);
bool lab_tracing(void);
void lab_trace(const char *event, const char *fields, ...) __attribute__((format(printf, 2, 3)));
/* `text` between double quotes, escaped for JSON, cut to `size`. Returns `buffer`. */
const char *lab_json_text(const uint16_t *text, size_t units, char *buffer, size_t size);

/* faults.c: failing calls on purpose. Zero: none. */
struct lab_faults {
    uint64_t fail_allocation; /* the N-th pool allocation from now on */
    uint64_t fail_call;       /* the N-th fallible kernel call from now on */
    uint64_t meanwhile;       /* at the N-th place something happens: lab_meanwhile */
};
void lab_faults_set(const struct lab_faults *faults);
/* While it is on, of what could fail with the same call stack (every return address) only the first counts. Returns what
 * was on before. */
bool lab_faults_alike(bool on);
bool lab_fault_allocation(void);
/* True at the place where something is to happen. */
bool lab_fault_place(void);
/* Takes as long as a scenario wants of the next `name`, in which others run. */
void lab_fault_delay(const char *name);
/* True when the call `name` is to fail now, `*status` with what. It may take its time first. */
bool lab_fault_call(const char *name, NTSTATUS *status);
/* The next `count` calls of `name` fail with `status` (scenario step "fail"). */
void lab_fault_named(const char *name, NTSTATUS status, unsigned count);
/* The next `count` calls of `name` take so long, in which others run (scenario step "slow"). */
void lab_slow_named(const char *name, uint64_t milliseconds, unsigned count);
/* Whether the fault asked for by lab_faults_set has happened. */
bool lab_fault_happened(void);

/* thread.c */
struct lab_thread *lab_self(void);
bool lab_is_virtual(void);
/* Virtual: whether the caller is the scenario itself rather than a thread of the emulator. */
bool lab_on_main_thread(void);
void lab_threads_start(const struct lab_options *options);
void lab_threads_stop(void);
uint64_t lab_random(void);
/* A place where another thread may run (virtual); nothing in live mode. */
void lab_yield(void);
/* Blocks until `take` says true (called with the dispatcher lock held) or the interrupt time is `deadline`. */
bool lab_wait(bool (*take)(void *context), void *context, uint64_t deadline);
void lab_dispatcher_lock(void);
/* Releases the dispatcher lock; with `changed` the waiters look again. */
void lab_dispatcher_unlock(bool changed);
/* Runs `run` on a thread of its own at PASSIVE_LEVEL, soon. */
void lab_spawn(void (*run)(void *context), void *context);
/* Runs `run` at PASSIVE_LEVEL and returns when it has; in virtual mode others run meanwhile. */
void lab_call(void (*run)(void *context), void *context);
/* The same for several at once, virtual mode only: all begin before any runs. */
void lab_call_together(void (*run)(void *context), void **contexts, size_t count);
/* Virtual: from now on places are counted, where another thread may run or nothing is left to do; at the one that
 * lab_faults_set names `run` is called on a thread of its own, which goes before all others. */
void lab_meanwhile(void (*run)(void *context), void *context);
/* That thread has not come to its end. */
bool lab_meanwhile_runs(void);
/* Waits until every spawned thread has ended. */
void lab_drain(void);
/* Checks at the end of any callback into the driver: IRQL restored, no lock kept. */
void lab_check_returned(const char *what, KIRQL entered);
void lab_require_irql(KIRQL most, const char *function, const char *rule);

/* time.c */
uint64_t lab_now(void); /* interrupt time, 100 ns */
void lab_time_start(const struct lab_options *options);
void lab_time_stop(void);
/* Virtual: moves the clock to the earliest thing due by `limit` and starts it; false when there is none. */
bool lab_time_advance(uint64_t limit);
/* The system clock jumps (scenario step "clock"). */
void lab_time_jump(int64_t milliseconds);
bool lab_timer_is_queued(void);
uint64_t lab_earliest_deadline(void); /* thread.c: of the blocked fibers */

/* power.c */
#define LAB_SYSTEM_PROCESS 4
void lab_power_start(void);
/* The computer leaves its working state, or is back (scenario step "power"). */
void lab_power_change(bool awake);
/* Reports a callback that the driver has left. */
void lab_power_check_gone(void);

/* pool.c */
unsigned lab_pool_report_leaks(void);
uint64_t lab_pool_bytes(void);

/* io.c */
/* Cancels every request of the handle that is open now. */
void lab_device_cancel_all(struct lab_handle *handle);
bool lab_driver_load(void);
void lab_driver_unload(void);
bool lab_device_present(void);
/* Reports what the driver left behind, and removes it. */
void lab_driver_check_gone(void);

/* process.c */
void lab_processes_start(void);
void lab_processes_stop(void);
PEPROCESS lab_process_find(uint64_t id); /* referenced, or NULL */
/* The system's path of the process, UTF-16; NULL without units for an unknown one. */
const uint16_t *lab_process_path(PEPROCESS process, size_t *units);
unsigned lab_process_callbacks(void);
void lab_process_notify_exit(uint64_t process_id);
enum lab_token lab_process_token(PEPROCESS process);

/* security.c */
PACCESS_TOKEN lab_token(enum lab_token kind);
/* SYSTEM or Administrators, at high integrity: nobody else may have the device. */
bool lab_token_may_manage(PACCESS_TOKEN of);
/* Reports references that the driver has kept. */
void lab_security_check_gone(void);

#endif
