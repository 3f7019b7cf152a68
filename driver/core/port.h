/*
 * Everything the core needs from an operating system, bound at link time: the Windows edge (windows/port_windows.c) and
 * the unit tests (test/driver/unit/port_test.c) each define these functions.
 *
 * `edge` is the pointer that was given to pr_engine_create(). The core calls nothing of this with its lock held, but
 * pr_port_allocate, pr_port_free, the clocks, pr_port_thread and pr_port_set_timer. All functions must be fit for DISPATCH_LEVEL.
 */
#ifndef PR_PORT_H
#define PR_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pr_closure;
struct pr_datagram;

struct pr_port_lock {
    uintptr_t word;
};

struct pr_port_lock_state {
    uintptr_t words[4];
};

/* Zeroed memory that can't be paged, or NULL. `tag` shows in pool listings. */
void *pr_port_allocate(size_t bytes, uint32_t tag);
void pr_port_free(void *memory, uint32_t tag);

void pr_port_lock_init(struct pr_port_lock *lock);
void pr_port_acquire(struct pr_port_lock *lock, struct pr_port_lock_state *state);
void pr_port_release(struct pr_port_lock *lock, struct pr_port_lock_state *state);

/* 100 ns units, never going back. */
uint64_t pr_port_monotonic(void);
/* 100 ns units since 1601-01-01 UTC; may jump. */
uint64_t pr_port_system_time(void);
/* A number that differs from call to call and boot to boot. Not a secret: it separates sessions and spreads hashes. */
uint64_t pr_port_random(void);

/* Names the calling thread, never 0. */
uintptr_t pr_port_thread(void);

/* Number of the processor that runs this, from 0. Any IRQL; true only at this moment. */
uint32_t pr_port_processor(void);
/* Lets others run for a moment. PASSIVE_LEVEL. */
void pr_port_pause(void);

/* Calls pr_engine_tick() at this monotonic time; replaces an earlier request. */
void pr_port_set_timer(void *edge, uint64_t due);
/* Calls pr_engine_work() soon, at PASSIVE_LEVEL. */
void pr_port_schedule_worker(void *edge);
/* The client has something to read. May deliver it at once. */
void pr_port_events_ready(void *edge);
/* After pr_engine_stop(), or while suspended: what pr_engine_completed() or its like say may have become true. */
void pr_port_drained(void *edge);

/* FwpsCompleteOperation0. The reauthorization classify may run inside (R19). `packet`, or NULL: a received one that was
 * permitted, with which the operation is completed and which is injected then (R26); it is the edge's now, likewise. False when the
 * operation had to be completed without it: then nothing else of the connection may be injected. */
bool pr_port_complete_operation(void *edge, void *context, struct pr_datagram *packet);
/* Sends the copy of a packet that was permitted (R44); it is the edge's now, until it calls pr_engine_injection_over,
 * maybe before this returns. PASSIVE_LEVEL. */
void pr_port_inject(void *edge, struct pr_datagram *datagram);
/* FwpsFlowAbort0: ends an established flow. Up to DISPATCH_LEVEL; it may be gone already. */
void pr_port_abort_flow(void *edge, uint64_t flow_id);
/* Lets a pended endpoint closure go; the closure is the edge's again. */
void pr_port_complete_closure(void *edge, struct pr_closure *closure);

#endif
