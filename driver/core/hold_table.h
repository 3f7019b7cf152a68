/*
 * Held connections and their indexes.
 *
 * States. One claim, made under the engine's lock, decides who settles a hold (R30): answer, watchdog, client loss,
 * closure, process exit, power and unload all come through pr_settle_claim().
 *
 *   NEW ----------> PENDED --------> CLAIMED --> COMPLETED --> AWAIT_REAUTHORIZE --> DONE
 *    |  FwpsPend-     |    the claim    ^ worker    |  call has       | reauthorized, endpoint
 *    |  Operation0    |                 |           |  returned       | closed or expired (R23)
 *    +--> (freed: the pend failed)      |           +-----------------+--> DONE (reauthorized inside the call, R19)
 *    +----------------------------------+ claimed before FwpsPendOperation0 has returned: waits for its context (R24)
 *
 * An inbound connection isn't reauthorized (R25): permitted, it waits in AWAIT_REAUTHORIZE for the copy of its packet
 * that was injected; refused, it is REFUSED for a while, so that its peer's next tries aren't asked about again.
 *
 * Ownership. A hold without its context belongs to the classify that made it; from then on to the engine. It is freed
 * when it is DONE and no event of it waits for the client: the hold itself is the queued event, so that none can be
 * lost for want of memory (R12). The engine's lock protects everything here.
 */
#ifndef PR_HOLD_TABLE_H
#define PR_HOLD_TABLE_H

#include "datagram.h"
#include "deadline_heap.h"
#include "flow.h"
#include "hash_table.h"
#include "list.h"

/* Holds in every state together. Beyond PR_MAX_HELD for those that are completed but not yet reauthorized. */
#define PR_MAX_HOLDS   (4 * PR_MAX_HELD)
#define PR_HOLD_FILTER 1024

enum pr_hold_state {
    PR_HOLD_NEW,
    PR_HOLD_PENDED,
    PR_HOLD_CLAIMED,
    PR_HOLD_COMPLETED,
    PR_HOLD_AWAIT_REAUTHORIZE,
    PR_HOLD_REFUSED,
    PR_HOLD_DONE,
};

struct pr_process;

struct pr_hold {
    struct pr_node by_id;       /* until it is claimed */
    struct pr_node by_key;      /* until it is DONE */
    struct pr_node by_endpoint; /* likewise, when the endpoint is known */
    struct pr_node by_listener; /* likewise, when it has one that has not closed */
    struct pr_link of_process;  /* until it is claimed */
    struct pr_link held;        /* likewise; then the list of those that are REFUSED */
    struct pr_link event;       /* announce, settled or decided list */
    struct pr_link work;        /* waits for the worker */
    struct pr_deadline deadline;
    enum pr_hold_state state;
    bool has_context;
    bool reauthorized; /* the verdict was returned by a completion reauthorization */
    bool closed;       /* its endpoint is gone */
    void *context;     /* of FwpsPendOperation0 */
    struct pr_process *process;
    uintptr_t completer;       /* the thread that completes it, from COMPLETED on */
    struct pr_link of_closure; /* while a closure waits for it */
    struct pr_closure *closure;
    struct pr_link datagrams; /* copies of what was sent meanwhile, oldest first */
    uint32_t datagram_bytes;  /* what they count */
    uint64_t announced_to;    /* the session that was told of it */
    uint64_t started;         /* monotonic */
    uint64_t settled_at;      /* system time */
    uint64_t listener;        /* 0: none */
    struct pr_key key;
    struct pr_connection connection;
    uint32_t path_bytes;
    uint8_t path[];
};

struct pr_hold_table {
    struct pr_hash_table by_id;
    struct pr_hash_table by_key;
    struct pr_hash_table by_endpoint;
    struct pr_hash_table by_listener;
    struct pr_hash_table processes;
    struct pr_link held; /* oldest first */
    struct pr_deadline_heap deadlines;
    volatile uint32_t waiting
        [PR_HOLD_FILTER]; /* holds in by_key, by some bits of their hash; read without the lock */
    uint64_t seed;
    uint32_t held_count;
    uint32_t count; /* in every state, kept DECIDED records left out */
};

bool pr_hold_table_create(struct pr_hold_table *table, uint64_t seed);
void pr_hold_table_destroy(struct pr_hold_table *table);

/* A hold with its own copy of the flow, in no table yet; NULL when memory is short. No lock needed. */
struct pr_hold *pr_hold_allocate(const struct pr_flow *flow);
void pr_hold_free(struct pr_hold *hold);

/* PR_REASON_NONE when there is room for one more hold of this process, else FULL. */
uint8_t pr_hold_table_admits(const struct pr_hold_table *table, uint64_t process_id);
/* Lists a NEW hold everywhere. False when memory is short. */
bool pr_hold_table_insert(struct pr_hold_table *table, struct pr_hold *hold);
/* It is claimed: neither its id nor its process finds it any more. */
void pr_hold_table_claimed(struct pr_hold_table *table, struct pr_hold *hold);
/* It is DONE: nothing finds it any more. */
void pr_hold_table_remove(struct pr_hold_table *table, struct pr_hold *hold);

struct pr_hold *pr_hold_table_by_id(const struct pr_hold_table *table, uint64_t id);
/* The oldest hold with this key that a completion reauthorization may take: decided, and not yet returned. */
struct pr_hold *pr_hold_table_decided(const struct pr_hold_table *table, const struct pr_key *key);
/* Any hold with this key that nobody has decided yet. */
struct pr_hold *pr_hold_table_undecided(const struct pr_hold_table *table,
                                        const struct pr_key *key);
/* The hold that a further packet of the same connection waits with: of the same endpoint (R16) and process, and no
 * reauthorization has returned its verdict yet. */
struct pr_hold *pr_hold_table_of_packet(const struct pr_hold_table *table,
                                        const struct pr_flow *flow);
/* The permitted inbound hold `id` whose injected packet this is, or NULL. */
struct pr_hold *pr_hold_table_injected(const struct pr_hold_table *table, uint64_t id,
                                       const struct pr_key *key);
/* A hold of a connection to this listening socket, or NULL. */
struct pr_hold *pr_hold_table_of_listener(const struct pr_hold_table *table, uint64_t listener);
/* False when there is no hold with this key for certain. No lock. */
bool pr_hold_table_may_have(const struct pr_hold_table *table, const struct pr_key *key);
/* A hold of this endpoint that is not marked closed, or NULL; by the key when the endpoint isn't known. */
struct pr_hold *pr_hold_table_of_endpoint(const struct pr_hold_table *table,
                                          const struct pr_key *key);
/* A hold of this endpoint that nobody has claimed, or NULL. */
struct pr_hold *pr_hold_table_unclaimed(const struct pr_hold_table *table, uint64_t endpoint);
/* The oldest unclaimed hold of a process, or NULL. */
struct pr_hold *pr_hold_table_of_process(const struct pr_hold_table *table, uint64_t process_id);

#endif
