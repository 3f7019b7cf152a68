/*
 * The core as the edge sees it: classify, complete, close, exit, and the client's requests.
 *
 * Locks: one engine lock (the miss path); it is taken inside these functions and never held across a call of the port
 * other than those port.h names. Decisions for the own process, loopback and lockdown, and by rules, take no lock.
 * IRQL: all functions run at up to DISPATCH_LEVEL, but pr_engine_create, pr_engine_destroy, pr_engine_stop and
 * pr_engine_work, which want PASSIVE_LEVEL.
 */
#ifndef PR_ENGINE_H
#define PR_ENGINE_H

#include "flow.h"
#include "list.h"

#define PR_DRIVER_VERSION 0x000100 /* 0.1.0 */

struct pr_engine;
struct pr_hold;
struct pr_datagram;

enum pr_action {
    PR_ACTION_ASK,   /* only of pr_engine_decide_static: go on with pr_engine_classify */
    PR_ACTION_LEAVE, /* touch nothing: somebody else has decided and we have no right to (R5) */
    PR_ACTION_PERMIT,
    PR_ACTION_BLOCK,
    PR_ACTION_PEND,   /* pend the classify now, then report with pr_engine_pended */
    PR_ACTION_ABSORB, /* block and absorb: it is still being asked about */
};

struct pr_decision {
    enum pr_action action;
    struct pr_hold *hold; /* with PEND; valid until it is reported */
};

enum pr_outcome {
    PR_OUTCOME_OK,
    PR_OUTCOME_PENDING,           /* a READ_EVENTS that waits */
    PR_OUTCOME_INVALID_PARAMETER, /* a size or a value */
    PR_OUTCOME_BUFFER_TOO_SMALL,
    PR_OUTCOME_REVISION_MISMATCH, /* another protocol version */
    PR_OUTCOME_NO_HELLO,          /* HELLO was not the first request, or came twice */
    PR_OUTCOME_ACCESS_DENIED,     /* not the owner's handle, or not this session */
    PR_OUTCOME_IN_USE,            /* another client owns the device */
    PR_OUTCOME_UNKNOWN_REQUEST,   /* no such control code */
};

/* An endpoint closure that waits for holds and injections. The memory is the edge's. */
struct pr_closure {
    struct pr_link link;
    struct pr_link holds;     /* those that are not completed yet */
    struct pr_link datagrams; /* those that are sent with the endpoint's handle, and not over yet */
    bool may_pend;            /* else drain it: unload doesn't wait for it */
    bool pended;
};

/* One request of the client: METHOD_BUFFERED, input and output share the buffer. */
struct pr_request {
    uint32_t code;
    void *buffer;
    size_t input_bytes;
    size_t output_capacity;
    size_t output_bytes; /* out */
};

/* NULL when memory is short. `edge` comes back in every call of the port. */
struct pr_engine *pr_engine_create(void *edge);
/* After pr_engine_stop, when nothing can call any more. */
void pr_engine_destroy(struct pr_engine *engine);

/* The part of a decision that needs neither lock nor process identity. */
enum pr_action pr_engine_decide_static(struct pr_engine *engine, const struct pr_flow *flow);
/* The part that the rule table decides, for an initial classify whose packets were not copied yet. No lock: ASK, and go on
 * with pr_engine_classify, which asks the rules again where that is needed. */
enum pr_action pr_engine_decide_rules(struct pr_engine *engine, const struct pr_flow *flow);
/* The rest: an initial classify is held or gets a default; a reauthorization gets its verdict and is never held (R3).
 * flow->copies that wait with the hold are taken out of the list; what is left in it stays the caller's. ABSORB for an
 * initial classify: its packet belongs to a connection that is held already, and waits there or is lost. */
struct pr_decision pr_engine_classify(struct pr_engine *engine, const struct pr_flow *flow);
/* A packet that was injected for hold `id` comes by: it is permitted, and its connection known from now on. */
void pr_engine_injected(struct pr_engine *engine, uint64_t id, const struct pr_flow *flow);
/* FwpsPendOperation0 has succeeded. The hold may be settled and gone when this returns. */
void pr_engine_pended(struct pr_engine *engine, struct pr_hold *hold, void *context);
/* FwpsPendOperation0 has failed (R9): what to return instead. The hold is gone. */
enum pr_action pr_engine_pend_failed(struct pr_engine *engine, struct pr_hold *hold);

/* A flow is established, or permitted again. Its number, to be the context that the filter engine gives back when the flow
 * ends; 0: it isn't remembered. Flows over loopback and of the own process are so only when they were held. */
uint64_t pr_engine_flow_established(struct pr_engine *engine, const struct pr_live_flow *live,
                                    bool loopback);
/* The flow with this number has ended, or its context was removed. */
void pr_engine_flow_deleted(struct pr_engine *engine, uint64_t number);
/* The filter engine didn't take the number as the flow's context. */
void pr_engine_flow_no_context(struct pr_engine *engine, uint64_t number);
/* After pr_engine_stop: the id and PR_FAMILY_* of a flow whose context has to be removed, each once; 0: no more. */
uint64_t pr_engine_flow_release(struct pr_engine *engine, uint8_t *family);
/* Rules have changed: cuts the live flows that `blocked` says so of, so that no filter has to be touched (R37). How many.
 * The lock is free between some flows and the next. Up to DISPATCH_LEVEL. */
uint32_t pr_engine_cut_flows(struct pr_engine *engine, pr_flow_test *blocked, void *context);

/* An endpoint closes: its unanswered holds are settled, its flows forgotten (R52). True when holds must be completed, or
 * injections be over (R53), before the closure may be let go: then pend the closure, if it may_pend, and report with
 * pr_engine_closure_pended; or, when that isn't possible, call pr_engine_closure_drain until it is done. */
bool pr_engine_closure_begin(struct pr_engine *engine, const struct pr_key *key,
                             struct pr_closure *closure);
/* It was pended: its holds move on to `pended`, memory that lives until the worker calls pr_port_complete_closure. */
void pr_engine_closure_pended(struct pr_engine *engine, struct pr_closure *closure,
                              struct pr_closure *pended);
/* Completes the closure's holds here and now; what waits to be injected is lost. False when some are in the hands of another thread, which completes them
 * at this moment or is about to get their context: wait a little and call again, or abandon them. */
bool pr_engine_closure_drain(struct pr_engine *engine, struct pr_closure *closure);
/* The copy that pr_port_inject or pr_port_complete_operation was given has been sent, received, or lost: it is freed. */
void pr_engine_injection_over(struct pr_engine *engine, struct pr_datagram *datagram);
/* Lets go of what could not be drained; the closure is the caller's again. */
void pr_engine_closure_abandon(struct pr_engine *engine, struct pr_closure *closure);

/* A socket listens at key->local, for the service with this tag in its process (0: none). */
void pr_engine_listens(struct pr_engine *engine, const struct pr_key *key, uint64_t service_tag);
/* A socket has given its port back: what is asked about it is settled. Its closure is what waits for it (R52). */
void pr_engine_released(struct pr_engine *engine, const struct pr_key *key);
/* The computer is about to sleep: everything held is settled, by the verdict of the watchdog, and nothing is held; or it
 * is awake again. */
void pr_engine_sleep(struct pr_engine *engine, bool asleep);
/* The filter engine, and our filters with it, are about to go: everything held is settled as at unload, and nothing is held
 * until they are back. pr_engine_drained and pr_engine_quiet are told of meanwhile. */
void pr_engine_suspend(struct pr_engine *engine, bool suspended);

/* A process has started, or is seen for the first time. */
void pr_engine_process_started(struct pr_engine *engine, uint64_t process_id, uint64_t created);
/* Its creation time, or 0 when it isn't known. No lock. */
uint64_t pr_engine_process_created(struct pr_engine *engine, uint64_t process_id);
void pr_engine_process_exited(struct pr_engine *engine, uint64_t process_id);
/* Settles everything that is held for this reason, one of PR_REASON_*. */
void pr_engine_settle_all(struct pr_engine *engine, uint8_t reason);
/* The timer is due. */
void pr_engine_tick(struct pr_engine *engine);
/* Completes what has been claimed. PASSIVE_LEVEL, no lock held; any number of threads. */
void pr_engine_work(struct pr_engine *engine);

/* From here on nothing new is held (R56); everything held is settled by the verdict for "no client". Call
 * pr_engine_work until pr_engine_drained. */
void pr_engine_stop(struct pr_engine *engine);
/* It was called. */
bool pr_engine_stopping(struct pr_engine *engine);
/* Every pended operation has been completed. */
bool pr_engine_completed(struct pr_engine *engine);
/* Likewise, and every pended closure. */
bool pr_engine_drained(struct pr_engine *engine);
/* Likewise, and no reauthorization is awaited any more, nor an injection to be begun. */
bool pr_engine_quiet(struct pr_engine *engine);

/* `handle` names an open file object. PR_OUTCOME_OK makes it the owner. */
enum pr_outcome pr_client_open(struct pr_engine *engine, const void *handle, uint64_t process_id);
/* The handle goes away: everything held is settled by the verdict for "no client". */
void pr_client_close(struct pr_engine *engine, const void *handle);
/* A process has exited. When it is the one that opened the device its session ends as if it had closed it, since a copy of
 * its handle may be in another process: neither its right never to be held nor what it held outlives it. The handle, whose
 * requests have to be cancelled, or NULL. */
const void *pr_client_process_exited(struct pr_engine *engine, uint64_t process_id);
enum pr_outcome pr_client_request(struct pr_engine *engine, const void *handle,
                                  struct pr_request *request);
/* True when a READ_EVENTS of this handle would be answered at once. */
bool pr_client_has_events(struct pr_engine *engine, const void *handle);
/* Fills a READ_EVENTS buffer of at least PR_MIN_EVENT_BATCH_BYTES; the bytes, 0 when there is nothing to say or the
 * handle is not the owner's any more. */
size_t pr_client_read_events(struct pr_engine *engine, const void *handle, void *buffer,
                             size_t capacity);
/* The handle that owns the device, or NULL. */
const void *pr_client_owner(struct pr_engine *engine);

#endif
