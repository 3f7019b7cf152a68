/*
 * Inside of the core's engine, shared by engine.c, classify.c, settle.c, client.c and events.c.
 *
 * Locking: pr_engine_lock() ... pr_engine_unlock(). What has to be told to the port meanwhile is noted in `wake` and
 * sent by pr_engine_unlock() when the lock is free again.
 */
#ifndef PR_ENGINE_STATE_H
#define PR_ENGINE_STATE_H

#include "engine.h"
#include "flow_table.h"
#include "hold_table.h"
#include "listeners.h"
#include "port.h"
#include "readers.h"
#include "rules.h"

#define PR_WAKE_WORKER  1
#define PR_WAKE_EVENTS  2
#define PR_WAKE_DRAINED 4

#define PR_UNITS_PER_MS 10000u
/* How long a completed hold waits for its reauthorization (R23), or for its injected packet. */
#define PR_AWAIT_MS     10000u
/* How long a refused inbound connection stays refused when its peer tries again, and how many are remembered. TCP
 * retransmits a SYN for about half a minute. */
#define PR_REFUSE_MS    60000u
#define PR_MAX_REFUSED  1024u

enum pr_session_state {
    PR_SESSION_NONE,
    PR_SESSION_OPEN, /* a handle, no HELLO yet */
    PR_SESSION_READY,
};

struct pr_session {
    enum pr_session_state state;
    const void *handle;
    uint64_t nonce;
    uint64_t sequence;
};

struct pr_counters {
    uint64_t held_total;
    uint64_t by_reason[PR_REASON_POWER + 1];
    uint64_t decided_lost;
    uint64_t datagrams_held;
    uint64_t datagrams_refused; /* beyond a quota: absorbed, and lost */
    uint64_t datagrams_injected;
    uint32_t held_peak;
};

struct pr_engine {
    /* Read without the lock. */
    volatile uint64_t owner_process; /* 0: no client */
    volatile uint64_t policy;        /* one byte each, see PR_POLICY_* */
    struct pr_readers readers;
    struct pr_rules rules; /* its own comments say what the lock protects */

    void *edge;
    uint64_t loaded_at;
    struct pr_port_lock lock;
    /* Below: the lock's. */
    uint32_t wake;
    bool stopping;
    uint32_t hold_ms;
    uint64_t next_id;
    uint64_t timer_due;   /* 0: not set */
    uint32_t uncompleted; /* holds whose operation is or may become pended */
    uint32_t waiting;     /* pended closures that are not completed yet */
    uint32_t awaiting;    /* holds in AWAIT_REAUTHORIZE */
    uint32_t decided_count;
    uint32_t decided_lost;   /* since the last batch */
    struct pr_link announce; /* HELD events to send */
    struct pr_link settled;  /* SETTLED events to send */
    struct pr_link decided;  /* DECIDED records to send, oldest first */
    struct pr_link work;     /* claimed holds to complete */
    struct pr_link closures; /* pended closures to complete */
    struct pr_link inject;   /* permitted datagrams to send, oldest first */
    struct pr_link refused;  /* holds in REFUSED, oldest first */
    uint32_t refused_count;
    struct pr_datagram *injecting; /* is being handed over, by this thread; never looked into */
    uintptr_t injector;
    struct pr_hash_table injections; /* by the endpoint's handle that they are sent with */
    uint32_t datagram_bytes;         /* of all holds; what waits in `inject` is no longer counted */
    struct pr_session session;
    struct pr_counters counters;
    struct pr_hold_table holds;
    struct pr_flow_table flows;
    struct pr_listeners listeners;
    bool asleep;    /* the computer is going to sleep, or sleeps */
    bool suspended; /* the filter engine is going, or gone */
};

/* Shift of each field of the packed policy. */
#define PR_POLICY_MODE      0
#define PR_POLICY_LOOPBACK  8
#define PR_POLICY_NO_CLIENT 16
#define PR_POLICY_WATCHDOG  24
#define PR_POLICY_FULL      32
#define PR_POLICY_UNKNOWN   40

static inline uint8_t pr_policy_field(uint64_t policy, uint32_t shift)
{
    return (uint8_t)(policy >> shift);
}

void pr_engine_lock(struct pr_engine *engine, struct pr_port_lock_state *state);
void pr_engine_unlock(struct pr_engine *engine, struct pr_port_lock_state *state);

/* settle.c, lock held unless it says otherwise. */

/* The verdict that the policy has for a reason other than an answer. */
uint8_t pr_settle_verdict(const struct pr_engine *engine, uint8_t reason);
/* The one claim (R30). False when somebody else was first. */
bool pr_settle_claim(struct pr_engine *engine, struct pr_hold *hold, uint8_t verdict,
                     uint8_t reason);
/* It was never pended: it is DONE. */
void pr_settle_abandon(struct pr_engine *engine, struct pr_hold *hold);
/* A completion reauthorization returns the verdict of this hold. */
void pr_settle_reauthorized(struct pr_engine *engine, struct pr_hold *hold);
/* Its event was delivered or dropped; frees it when it is DONE as well. */
void pr_settle_event_gone(struct pr_engine *engine, struct pr_hold *hold);
/* Lists a record of a connection that nobody was asked about; it is DONE or will be. */
void pr_settle_keep_decided(struct pr_engine *engine, struct pr_hold *hold);
/* Claims some of what is overdue; true when there is more. Else sets the timer for the next deadline. */
bool pr_settle_overdue(struct pr_engine *engine);
/* Sets or changes a hold's deadline, and the timer when it is now the earliest. */
void pr_settle_set_deadline(struct pr_engine *engine, struct pr_hold *hold, uint64_t due);

/* Lock free: settles the holds with an id below `limit`. */
void pr_settle_before(struct pr_engine *engine, uint64_t limit, uint8_t reason);

/* datagram.c, lock held. */

/* Takes the copies that the quotas have room for; frees the others. */
void pr_datagrams_attach(struct pr_engine *engine, struct pr_hold *hold, struct pr_link *copies);
/* The hold ended without a permit: frees what waits with it. */
void pr_datagrams_discard(struct pr_engine *engine, struct pr_hold *hold);
/* The packet that an inbound operation is completed with, and that authorizes the connection when it comes by again
 * (R25, R26); NULL when there is none or it may not. */
struct pr_datagram *pr_datagrams_take_first(struct pr_engine *engine, struct pr_hold *hold);
/* The operation is completed; queues what waits with the hold if the reauthorization has permitted (R44), or what came
 * from outside was permitted. */
void pr_datagrams_release(struct pr_engine *engine, struct pr_hold *hold);
/* A closure waits for what is sent with its endpoint's handle. */
void pr_datagrams_close(struct pr_engine *engine, const struct pr_key *key,
                        struct pr_closure *closure);
/* Without waiting: what is not handed over yet is lost. False when another thread is handing one over. */
bool pr_datagrams_drain(struct pr_engine *engine, struct pr_closure *closure);
/* settle.c: something that this closure waited for is over. */
void pr_closure_progress(struct pr_engine *engine, struct pr_closure *closure);
/* Injects one, with the lock free meanwhile (R15). False when there is none or another thread does it. */
bool pr_datagrams_inject_next(struct pr_engine *engine, struct pr_port_lock_state *state);

/* client.c, lock held. PR_OUTCOME_OK: the handle is the owner's and has said HELLO, and the session is this one. */
enum pr_outcome pr_client_check(const struct pr_engine *engine, const void *handle,
                                uint64_t session);

/* events.c, lock held. Writes one batch; the bytes, 0 when there is nothing to say. */
size_t pr_events_write(struct pr_engine *engine, uint8_t *buffer, size_t capacity);

#endif
