/*
 * The core's port for unit tests: a clock that is set by hand, allocations that fail on demand, and a record of what the
 * core asked for. Completions call back, so that a test can let the reauthorization run inside them.
 */
#ifndef PORT_TEST_H
#define PORT_TEST_H

#include "engine.h"
#include "port.h"

#define PORT_CONTEXTS  65536
#define PORT_UNDER_WAY 16

typedef void port_completion_fn(void *context);

struct port_state {
    struct pr_engine *engine; /* is told when an injection is over */
    uint64_t now;             /* monotonic, 100 ns */
    uint64_t system;          /* 1601, 100 ns */
    uint64_t timer;           /* 0: not set */
    unsigned worker_asked;
    unsigned events_asked;
    unsigned drained_asked;
    unsigned completed; /* operations */
    unsigned closures_completed;
    unsigned aborted; /* flows */
    uint64_t last_aborted;
    unsigned injected;
    uint8_t injections[64]; /* the first byte of each packet that was injected, in order */
    bool slow_injections;   /* they stay under way until port_finish_injections */
    unsigned under_way_count;
    struct pr_datagram *under_way[PORT_UNDER_WAY];
    bool lose_packets;        /* a packet that a completion should carry can't be built */
    unsigned fail_allocation; /* the N-th from now fails; 0: none */
    port_completion_fn *on_complete;
    void (*on_inject)(void);
    uint8_t completions[PORT_CONTEXTS]; /* how often each context was completed */
};

extern struct port_state port;

void port_reset(void);
unsigned port_live_allocations(void);
unsigned port_locks_held(void);
/* Moves the clock; calls pr_engine_tick when the timer becomes due. */
void port_advance(struct pr_engine *engine, uint64_t milliseconds);
/* What was injected slowly has been sent. */
void port_finish_injections(void);
/* A context as FwpsPendOperation0 would return it, never the same twice. */
void *port_new_context(void);

#endif
