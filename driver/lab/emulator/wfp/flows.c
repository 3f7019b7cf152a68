/* Endpoints, attempts and flows: what programs do, and what becomes of it. */
#include "engine.h"

#define BUCKETS      4096
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

static LIST_ENTRY buckets[BUCKETS]; /* of wfp_endpoint */
static LIST_ENTRY closing; /* those whose closure is not over: their handles are still good */
static UINT64 next_attempt, next_handle;

void wfp_flows_start(void)
{
    for (ULONG i = 0; i < BUCKETS; i++) {
        InitializeListHead(&buckets[i]);
    }
    InitializeListHead(&closing);
    next_attempt = 0;
    next_handle = 0;
}

static LIST_ENTRY *bucket_of(UINT64 id)
{
    return &buckets[(id ^ id >> 12) % BUCKETS];
}

static struct wfp_endpoint *find_endpoint(UINT64 id)
{
    LIST_ENTRY *bucket = bucket_of(id);
    for (LIST_ENTRY *e = bucket->Flink; e != bucket; e = e->Flink) {
        struct wfp_endpoint *endpoint = CONTAINING_RECORD(e, struct wfp_endpoint, link);
        if (endpoint->id == id) {
            return endpoint;
        }
    }
    return NULL;
}

static const char *answer_name(enum lab_answer answer)
{
    switch (answer) {
    case LAB_PERMITTED:
        return "permitted";
    case LAB_BLOCKED:
        return "blocked";
    default:
        return "ended";
    }
}

static void answer_one(struct wfp_attempt *attempt, enum lab_answer what)
{
    bool first;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    first = !attempt->answered;
    attempt->answered = true;
    KeReleaseSpinLock(&wfp_lock, irql);
    if (first) {
        wfp_port_trace("answer", "\"attempt\":%llu,\"endpoint\":%llu,\"answer\":\"%s\"",
                       (unsigned long long)attempt->number,
                       (unsigned long long)attempt->endpoint->id, answer_name(what));
        attempt->done(attempt->context, what);
    }
}

static bool same_remote(const struct lab_attempt *a, const struct lab_attempt *b)
{
    return a->protocol == b->protocol && a->family == b->family &&
           a->remote.port == b->remote.port && a->remote.scope_id == b->remote.scope_id &&
           memcmp(a->remote.bytes, b->remote.bytes, a->family == 4 ? 4 : 16) == 0;
}

static enum wfp_attempt_state detach(struct wfp_attempt *attempt);

struct wfp_attempt *wfp_attempt_find(bool (*test)(const struct wfp_attempt *, const void *),
                                     const void *context)
{
    struct wfp_attempt *found = NULL;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (ULONG i = 0; i < BUCKETS && found == NULL; i++) {
        for (LIST_ENTRY *e = buckets[i].Flink; e != &buckets[i] && found == NULL; e = e->Flink) {
            struct wfp_endpoint *endpoint = CONTAINING_RECORD(e, struct wfp_endpoint, link);
            LIST_ENTRY *a = endpoint->attempts.Flink;
            for (; a != &endpoint->attempts && found == NULL; a = a->Flink) {
                struct wfp_attempt *attempt = CONTAINING_RECORD(a, struct wfp_attempt, link);
                found = test(attempt, context) ? attempt : NULL;
            }
        }
    }
    if (found != NULL) {
        wfp_attempt_reference(found);
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return found;
}

struct twin {
    const struct wfp_attempt *of;
    unsigned states;
};

static bool is_twin(const struct wfp_attempt *other, const void *context)
{
    const struct twin *twin = context;
    const struct lab_attempt *a = &other->what, *b = &twin->of->what;
    return other != twin->of && (twin->states & 1u << other->state) != 0 &&
           wfp_attempt_is_handshake(a) && same_remote(a, b) && a->local.port == b->local.port &&
           memcmp(a->local.bytes, b->local.bytes, a->family == 4 ? 4 : 16) == 0;
}

/* An attempt of the endpoint to the same peer that is in one of these states (bits), referenced, or NULL. */
static struct wfp_attempt *find_peer(const struct wfp_attempt *attempt, unsigned states)
{
    struct wfp_endpoint *endpoint = attempt->endpoint;
    struct wfp_attempt *found = NULL;
    struct twin twin = {attempt, states};
    KIRQL irql;
    if (wfp_attempt_is_handshake(&attempt->what)) {
        return wfp_attempt_find(is_twin, &twin);
    }
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (LIST_ENTRY *e = endpoint->attempts.Flink; e != &endpoint->attempts && found == NULL;
         e = e->Flink) {
        struct wfp_attempt *other = CONTAINING_RECORD(e, struct wfp_attempt, link);
        if (other != attempt && (states & 1u << other->state) != 0 &&
            same_remote(&other->what, &attempt->what)) {
            found = other;
            wfp_attempt_reference(found);
        }
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return found;
}

/* Those whose packets were absorbed meanwhile get the same answer. */
static void answer(struct wfp_attempt *attempt, enum lab_answer what)
{
    struct wfp_attempt *absorbed;
    answer_one(attempt, what);
    while ((absorbed = find_peer(attempt, 1u << WFP_ABSORBED)) != NULL) {
        answer_one(absorbed, what);
        (void)detach(absorbed);
        wfp_attempt_release(absorbed);
    }
}

/* With wfp_lock held. The endpoint of `id`, made when there is none. */
static struct wfp_endpoint *endpoint_of(UINT64 id, struct wfp_endpoint *spare)
{
    struct wfp_endpoint *endpoint = find_endpoint(id);
    if (endpoint == NULL) {
        endpoint = spare;
        endpoint->id = id;
        endpoint->handle = 0xe000000000ull + ++next_handle * 0x10;
        endpoint->references = 1; /* the bucket's */
        InitializeListHead(&endpoint->attempts);
        InsertHeadList(bucket_of(id), &endpoint->link);
    }
    return endpoint;
}

UINT64 wfp_endpoint_handle(UINT64 id)
{
    const struct wfp_endpoint *endpoint;
    UINT64 handle;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    endpoint = find_endpoint(id);
    handle = endpoint != NULL ? endpoint->handle : 0;
    KeReleaseSpinLock(&wfp_lock, irql);
    return handle;
}

void wfp_endpoint_rename(struct wfp_endpoint *endpoint)
{
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    endpoint->handle = 0xe000000000ull + ++next_handle * 0x10;
    KeReleaseSpinLock(&wfp_lock, irql);
}

static void attach(struct wfp_attempt *attempt)
{
    struct wfp_endpoint *spare = wfp_port_allocate(sizeof(*spare));
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    attempt->number = ++next_attempt;
    attempt->endpoint = endpoint_of(attempt->what.endpoint, spare);
    (void)InterlockedIncrement(&attempt->endpoint->references);
    (void)InterlockedIncrement(&attempt->references); /* the endpoint's list */
    InsertTailList(&attempt->endpoint->attempts, &attempt->link);
    KeReleaseSpinLock(&wfp_lock, irql);
    if (attempt->endpoint != spare) {
        wfp_port_free(spare);
    }
}

/* The state that it had. */
static enum wfp_attempt_state detach(struct wfp_attempt *attempt)
{
    enum wfp_attempt_state before;
    bool was_linked;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    before = attempt->state;
    attempt->endpoint->lost_flow = attempt->endpoint->lost_flow || attempt->callout_permitted;
    was_linked = attempt->link.Flink != NULL;
    if (was_linked) {
        (void)RemoveEntryList(&attempt->link);
        attempt->link.Flink = NULL;
    }
    attempt->state = WFP_OVER;
    KeReleaseSpinLock(&wfp_lock, irql);
    if (before == WFP_FLOW) {
        wfp_flow_ended(attempt);
    }
    if (was_linked) {
        wfp_attempt_release(attempt);
    }
    return before;
}

/* A connection-less endpoint's live flow to the same peer: its packets need no classify (R40). Referenced. */
static struct wfp_attempt *find_flow(const struct lab_attempt *what)
{
    struct wfp_attempt *found = NULL;
    struct wfp_endpoint *endpoint;
    UINT64 now = KeQueryInterruptTime();
    bool idle = false;
    KIRQL irql;
    if (what->protocol == PROTOCOL_TCP) {
        return NULL;
    }
    KeAcquireSpinLock(&wfp_lock, &irql);
    endpoint = find_endpoint(what->endpoint);
    for (LIST_ENTRY *e = endpoint != NULL ? endpoint->attempts.Flink : NULL;
         e != NULL && e != &endpoint->attempts; e = e->Flink) {
        struct wfp_attempt *flow = CONTAINING_RECORD(e, struct wfp_attempt, link);
        if (flow->state == WFP_FLOW && same_remote(&flow->what, what)) {
            found = flow;
            idle = flow->used + WFP_UDP_IDLE_100NS < now;
            wfp_attempt_reference(found);
            break;
        }
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    if (idle) {
        (void)detach(found); /* idle for too long (R39) */
        wfp_attempt_release(found);
        found = NULL;
    }
    return found;
}

static void flow_established(struct wfp_attempt *attempt)
{
    UINT16 layer = attempt->what.family == 4 ? FWPS_LAYER_ALE_FLOW_ESTABLISHED_V4
                                             : FWPS_LAYER_ALE_FLOW_ESTABLISHED_V6;
    (void)wfp_classify(layer, attempt, 0, NULL);
}

/* Makes the state after a decision; false when the endpoint is closing: then closure answers. */
static bool settle(struct wfp_attempt *attempt, bool permitted)
{
    bool open;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    open = !attempt->endpoint->closing && attempt->state != WFP_OVER;
    if (open && permitted) {
        attempt->state = WFP_FLOW;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return open;
}

/* Its packet waits with that of another attempt, which has the answer for both. */
static void absorbed(struct wfp_attempt *attempt)
{
    static const unsigned undecided =
        1u << WFP_CLASSIFYING | 1u << WFP_PENDED | 1u << WFP_COMPLETED;
    struct wfp_attempt *other;
    bool closing;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    closing = attempt->endpoint->closing;
    if (attempt->state != WFP_OVER) {
        attempt->state = WFP_ABSORBED;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    other = find_peer(attempt, undecided);
    if (other == NULL && !closing) {
        other = find_peer(attempt, 1u << WFP_FLOW);
        answer_one(attempt, other != NULL ? LAB_PERMITTED : LAB_BLOCKED);
        (void)detach(attempt);
    }
    if (other != NULL) {
        wfp_attempt_release(other);
    }
}

void wfp_attempt_decide(struct wfp_attempt *attempt, FWP_ACTION_TYPE action)
{
    bool permitted = action != FWP_ACTION_BLOCK;
    if (!settle(attempt, permitted)) {
        return;
    }
    if (permitted) {
        flow_established(attempt);
        answer(attempt, LAB_PERMITTED);
    } else {
        answer(attempt, LAB_BLOCKED);
        (void)detach(attempt);
    }
}

static void authorize(void *context)
{
    struct wfp_attempt *attempt = context;
    struct wfp_result result = {.action = FWP_ACTION_BLOCK};
    if (wfp_passes_transport(attempt)) {
        result = wfp_classify(wfp_attempt_layer(attempt), attempt, 0, NULL);
    }
    if (result.absorbed && wfp_attempt_has_packet(attempt)) {
        absorbed(attempt);
    } else if (!result.pended) {
        if (result.action != FWP_ACTION_BLOCK && attempt->what.payload != NULL) {
            wfp_deliver(attempt->endpoint, attempt->what.payload, attempt->what.payload_bytes);
        }
        wfp_attempt_decide(attempt, result.action);
    }
    wfp_attempt_release(attempt);
}

void wfp_attempt_cut(struct wfp_attempt *flow)
{
    wfp_port_trace("cut", "\"attempt\":%llu,\"endpoint\":%llu", (unsigned long long)flow->number,
                   (unsigned long long)flow->endpoint->id);
    (void)detach(flow);
}

/* A flow's packet; a marked flow is classified again. False when the flow was cut (R38). */
static bool packet_passes(struct wfp_attempt *flow)
{
    struct wfp_result result;
    UINT32 reason;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    reason = flow->reauthorize;
    flow->reauthorize = 0;
    flow->used = KeQueryInterruptTime();
    KeReleaseSpinLock(&wfp_lock, irql);
    if (!wfp_passes_transport(flow)) {
        return false;
    }
    if (reason == 0) {
        return true;
    }
    result = wfp_classify(wfp_attempt_layer(flow), flow, reason, NULL);
    if (result.pended) {
        return false; /* reported; nobody will complete it */
    }
    if (result.action != FWP_ACTION_BLOCK) {
        return true;
    }
    wfp_attempt_cut(flow);
    return false;
}

struct repeated {
    struct wfp_attempt *flow;
    lab_answer_fn *done;
    void *context;
    bool has_payload;
    SIZE_T bytes;
    void *payload;
};

static void send_again(void *context)
{
    struct repeated *repeated = context;
    bool passes = packet_passes(repeated->flow);
    if (passes && repeated->has_payload) {
        wfp_deliver(repeated->flow->endpoint, repeated->payload, repeated->bytes);
    }
    repeated->done(repeated->context, passes ? LAB_PERMITTED : LAB_BLOCKED);
    wfp_attempt_release(repeated->flow);
    wfp_port_free(repeated->payload);
    wfp_port_free(repeated);
}

void wfp_attempt_start(const struct lab_attempt *what, const struct wfp_oddities *odd,
                       lab_answer_fn *done, void *context)
{
    struct wfp_attempt *flow = find_flow(what);
    struct wfp_attempt *attempt;
    if (flow != NULL) {
        struct repeated *repeated = wfp_port_allocate(sizeof(*repeated));
        *repeated = (struct repeated){flow,
                                      done,
                                      context,
                                      what->payload != NULL,
                                      what->payload_bytes,
                                      wfp_port_allocate(what->payload_bytes + 1)};
        if (what->payload != NULL) {
            memcpy(repeated->payload, what->payload, what->payload_bytes);
        }
        wfp_port_call(send_again, repeated);
        return;
    }
    attempt = wfp_attempt_new(what);
    if (odd != NULL) {
        attempt->odd = *odd;
    }
    attempt->done = done;
    attempt->context = context;
    attach(attempt);
    wfp_port_call(authorize, attempt);
}

static void authorize_listen(void *context)
{
    struct wfp_attempt *listening = context;
    (void)wfp_classify(wfp_listen_layer(listening->what.family), listening, 0, NULL);
    wfp_attempt_release(listening);
}

void wfp_listen(const struct lab_attempt *what, UINT32 service)
{
    struct wfp_attempt *listening = wfp_attempt_new(what);
    listening->odd.service = service;
    listening->state = WFP_LISTENING;
    listening->answered = true;
    attach(listening);
    wfp_port_call(authorize_listen, listening);
}

static void set_reauthorizing(struct wfp_attempt *attempt, bool under_way)
{
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    attempt->reauthorizing = under_way;
    KeReleaseSpinLock(&wfp_lock, irql);
}

/* Now and then another reauthorization of the connection comes first: it isn't the one that ends the hold (R32, R33). */
static void reauthorize_otherwise(struct wfp_attempt *attempt)
{
    if (wfp_port_random() % 4 != 0) {
        return;
    }
    bool reason_empty = wfp_port_random() % 2 == 0;
    (void)wfp_classify_reauthorize(attempt, FWP_CONDITION_REAUTHORIZE_REASON_POLICY_CHANGE,
                                   reason_empty);
}

static void reauthorize(void *context)
{
    struct wfp_attempt *attempt = context;
    struct wfp_result result;
    bool skip;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    skip = attempt->endpoint->closing || attempt->state == WFP_OVER;
    KeReleaseSpinLock(&wfp_lock, irql);
    if (!skip) {
        reauthorize_otherwise(attempt);
        set_reauthorizing(attempt, true);
        result = wfp_classify(wfp_attempt_layer(attempt), attempt,
                              FWP_CONDITION_REAUTHORIZE_REASON_CLASSIFY_COMPLETION, NULL);
        wfp_attempt_decide(attempt, result.action);
        set_reauthorizing(attempt, false);
    }
    wfp_attempt_release(attempt);
}

void wfp_attempt_judged(struct wfp_attempt *attempt, bool permitted)
{
    bool early;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    attempt->callout_permitted = permitted;
    early = attempt->injected_early;
    KeReleaseSpinLock(&wfp_lock, irql);
    if (early && !permitted) {
        wfp_port_broken("R44", "a packet was injected that its reauthorization then blocked");
    }
}

static void close_socket(void *context)
{
    struct wfp_attempt *attempt = context;
    wfp_endpoint_close(attempt->endpoint->id);
    wfp_attempt_release(attempt);
}

void wfp_attempt_completed(struct wfp_attempt *attempt, NET_BUFFER_LIST *list)
{
    bool closing;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    closing = attempt->endpoint->closing;
    if (attempt->state == WFP_PENDED) {
        attempt->state = WFP_COMPLETED;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    if (attempt->what.direction == LAB_INBOUND) {
        wfp_received_completed(attempt, list, closing);
        return;
    }
    if (closing) {
        return;
    }
    wfp_attempt_reference(attempt);
    switch (wfp_reauthorize_mode()) {
    case LAB_REAUTHORIZE_LATER:
        wfp_port_spawn(reauthorize, attempt);
        break;
    case LAB_REAUTHORIZE_NEVER:
        wfp_port_spawn(close_socket, attempt);
        break;
    default:
        reauthorize(attempt);
    }
}

/* Closing */

static struct wfp_endpoint *take_endpoint(UINT64 id)
{
    struct wfp_endpoint *endpoint;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    endpoint = find_endpoint(id);
    if (endpoint != NULL) {
        (void)RemoveEntryList(&endpoint->link);
        InsertTailList(&closing, &endpoint->link);
        endpoint->closing = true;
        endpoint->closures = 1;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return endpoint;
}

/* The attempt after `previous` in the endpoint, referenced; releases `previous`. */
static struct wfp_attempt *next_of(struct wfp_endpoint *endpoint, struct wfp_attempt *previous)
{
    struct wfp_attempt *next = NULL;
    LIST_ENTRY *e;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    e = previous == NULL ? endpoint->attempts.Flink : previous->link.Flink;
    if (e != NULL && e != &endpoint->attempts) {
        next = CONTAINING_RECORD(e, struct wfp_attempt, link);
        wfp_attempt_reference(next);
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    if (previous != NULL) {
        wfp_attempt_release(previous);
    }
    return next;
}

/* TCP: a closure for each authorization; others: one for the endpoint (R52). */
static void run_closures(struct wfp_endpoint *endpoint)
{
    struct wfp_attempt *attempt = NULL;
    bool done = false;
    while ((attempt = next_of(endpoint, attempt)) != NULL) {
        if (!done) {
            wfp_closure_run(endpoint, attempt);
        }
        done = done || attempt->what.protocol != PROTOCOL_TCP;
    }
}

/* The endpoint gives its port back. */
static void run_release(struct wfp_endpoint *endpoint)
{
    struct wfp_attempt *attempt = next_of(endpoint, NULL);
    if (attempt != NULL) {
        (void)wfp_classify(wfp_release_layer(attempt->what.family), attempt, 0, NULL);
        wfp_attempt_release(attempt);
    }
}

void wfp_endpoint_gone(struct wfp_endpoint *endpoint)
{
    struct wfp_attempt *attempt;
    bool pended = false;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    (void)RemoveEntryList(&endpoint->link);
    KeReleaseSpinLock(&wfp_lock, irql);
    while ((attempt = next_of(endpoint, NULL)) != NULL) {
        pended = detach(attempt) == WFP_PENDED || pended;
        answer(attempt, LAB_ENDED);
        wfp_attempt_release(attempt);
    }
    if (pended) {
        wfp_pends_tear_down(endpoint);
    }
    wfp_port_trace("endpoint_gone", "\"endpoint\":%llu", (unsigned long long)endpoint->id);
    wfp_endpoint_release(endpoint);
}

static void close_endpoint(void *context)
{
    struct wfp_endpoint *endpoint = context;
    bool early = wfp_port_random() % 2 == 0; /* which comes first is documented nowhere */
    wfp_port_trace("endpoint_close", "\"endpoint\":%llu", (unsigned long long)endpoint->id);
    if (early) {
        run_release(endpoint);
    }
    run_closures(endpoint);
    if (!early) {
        run_release(endpoint);
    }
    if (InterlockedDecrement(&endpoint->closures) == 0) {
        wfp_endpoint_gone(endpoint);
    }
}

void wfp_endpoint_close(UINT64 id)
{
    struct wfp_endpoint *endpoint = take_endpoint(id);
    if (endpoint != NULL) {
        wfp_port_call(close_endpoint, endpoint);
    }
}

static bool endpoint_of_process(UINT64 process_id, UINT64 *id)
{
    bool found = false;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (ULONG i = 0; i < BUCKETS && !found; i++) {
        for (LIST_ENTRY *e = buckets[i].Flink; e != &buckets[i] && !found; e = e->Flink) {
            struct wfp_endpoint *endpoint = CONTAINING_RECORD(e, struct wfp_endpoint, link);
            if (!IsListEmpty(&endpoint->attempts)) {
                LIST_ENTRY *first = endpoint->attempts.Flink;
                found = CONTAINING_RECORD(first, struct wfp_attempt, link)->what.process_id ==
                        process_id;
                *id = endpoint->id;
            }
        }
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return found;
}

void wfp_process_endpoints_close(UINT64 process_id)
{
    UINT64 id;
    while (endpoint_of_process(process_id, &id)) {
        wfp_endpoint_close(id);
    }
}

bool wfp_attempt_asks(UINT64 endpoint, const void *context)
{
    static const unsigned asking = 1u << WFP_CLASSIFYING | 1u << WFP_PENDED | 1u << WFP_COMPLETED;
    struct wfp_endpoint *found;
    bool asks = false;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    found = find_endpoint(endpoint);
    for (LIST_ENTRY *e = found != NULL ? found->attempts.Flink : NULL;
         e != NULL && e != &found->attempts && !asks; e = e->Flink) {
        struct wfp_attempt *attempt = CONTAINING_RECORD(e, struct wfp_attempt, link);
        asks = attempt->context == context && (asking & 1u << attempt->state) != 0;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return asks;
}

/* Injected packets */

static struct wfp_endpoint *endpoint_in(LIST_ENTRY *list, UINT64 handle)
{
    for (LIST_ENTRY *e = list->Flink; e != list; e = e->Flink) {
        struct wfp_endpoint *endpoint = CONTAINING_RECORD(e, struct wfp_endpoint, link);
        if (endpoint->handle == handle) {
            return endpoint;
        }
    }
    return NULL;
}

/* With wfp_lock held. */
static struct wfp_endpoint *endpoint_of_handle(UINT64 handle)
{
    struct wfp_endpoint *found = endpoint_in(&closing, handle);
    for (ULONG i = 0; i < BUCKETS && found == NULL; i++) {
        found = endpoint_in(&buckets[i], handle);
    }
    return found;
}

static bool goes_to(const struct wfp_attempt *attempt, const struct wfp_target *target)
{
    SIZE_T bytes = attempt->what.family == 4 ? 4 : 16;
    if (attempt->what.protocol == PROTOCOL_TCP ||
        (attempt->what.protocol == PROTOCOL_UDP && attempt->what.remote.port != target->port)) {
        return false;
    }
    return target->remote == NULL || memcmp(attempt->what.remote.bytes, target->remote, bytes) == 0;
}

/* With wfp_lock held. The best of the endpoint: one that fits, a flow before others; else any. */
static struct wfp_attempt *best_of(struct wfp_endpoint *endpoint, const struct wfp_target *target)
{
    struct wfp_attempt *best = NULL;
    bool fits = false;
    for (LIST_ENTRY *e = endpoint->attempts.Flink; e != &endpoint->attempts; e = e->Flink) {
        struct wfp_attempt *attempt = CONTAINING_RECORD(e, struct wfp_attempt, link);
        bool fit = goes_to(attempt, target);
        if (best == NULL || (fit && (!fits || attempt->state == WFP_FLOW))) {
            best = attempt;
            fits = fit;
        }
    }
    return best;
}

struct wfp_attempt *wfp_attempt_of_packet(const struct wfp_target *target)
{
    struct wfp_attempt *found = NULL;
    struct wfp_endpoint *endpoint;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    endpoint = endpoint_of_handle(target->endpoint);
    if (endpoint != NULL) {
        found = best_of(endpoint, target);
    }
    if (found != NULL && endpoint->lost_flow && !goes_to(found, target)) {
        found = NULL; /* whose packet it is was cut meanwhile: a neighbour says nothing about it */
    }
    if (found != NULL) {
        wfp_attempt_reference(found);
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return found;
}

/* With wfp_lock held. */
static bool has_permitted(struct wfp_endpoint *endpoint, const struct wfp_target *target)
{
    bool permitted = endpoint->lost_flow;
    for (LIST_ENTRY *e = endpoint->attempts.Flink; e != &endpoint->attempts; e = e->Flink) {
        struct wfp_attempt *attempt = CONTAINING_RECORD(e, struct wfp_attempt, link);
        permitted = permitted || (attempt->callout_permitted && goes_to(attempt, target));
    }
    return permitted;
}

/* With wfp_lock held. One was permitted, or is being so. */
static bool was_permitted(struct wfp_endpoint *endpoint, const struct wfp_target *target)
{
    bool permitted = has_permitted(endpoint, target), awaited = false;
    for (LIST_ENTRY *e = endpoint->attempts.Flink; e != &endpoint->attempts; e = e->Flink) {
        struct wfp_attempt *attempt = CONTAINING_RECORD(e, struct wfp_attempt, link);
        if (!permitted && attempt->reauthorizing && goes_to(attempt, target)) {
            attempt->injected_early = true;
            awaited = true;
        }
    }
    return permitted || awaited;
}

void wfp_check_injection(const struct wfp_target *target)
{
    struct wfp_endpoint *endpoint;
    struct wfp_attempt *best = NULL;
    bool tcp = false, permitted = true;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    endpoint = endpoint_of_handle(target->endpoint);
    if (endpoint != NULL) {
        best = best_of(endpoint, target);
        tcp = best != NULL && best->what.protocol == PROTOCOL_TCP;
        permitted = was_permitted(endpoint, target);
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    if (endpoint == NULL) {
        wfp_port_broken("R45", "a packet was sent with the handle of an endpoint that has gone");
    } else if (tcp && !permitted) {
        wfp_port_broken("R41", "a packet was injected for a TCP connect, which has none");
    } else if (!permitted) {
        wfp_port_broken("R44", "a packet was injected that no reauthorization has permitted");
    }
}

struct visit {
    void (*each)(struct wfp_attempt *flow, void *context);
    void *context;
};

/* None before the first endpoint. */
static void visit_flows(const struct visit *visit)
{
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (ULONG i = 0; i < BUCKETS && buckets[i].Flink != NULL; i++) {
        for (LIST_ENTRY *e = buckets[i].Flink; e != &buckets[i]; e = e->Flink) {
            struct wfp_endpoint *endpoint = CONTAINING_RECORD(e, struct wfp_endpoint, link);
            for (LIST_ENTRY *a = endpoint->attempts.Flink; a != &endpoint->attempts; a = a->Flink) {
                struct wfp_attempt *flow = CONTAINING_RECORD(a, struct wfp_attempt, link);
                if (flow->state == WFP_FLOW) {
                    visit->each(flow, visit->context);
                }
            }
        }
    }
    KeReleaseSpinLock(&wfp_lock, irql);
}

static void mark(struct wfp_attempt *flow, void *context)
{
    flow->reauthorize |= *(const UINT32 *)context;
}

void wfp_flows_mark(UINT32 reason)
{
    struct visit visit = {mark, &reason};
    visit_flows(&visit);
}

static void count(struct wfp_attempt *flow, void *context)
{
    (void)flow;
    (*(ULONG *)context)++;
}

ULONG wfp_flows_count(void)
{
    ULONG flows = 0;
    struct visit visit = {count, &flows};
    visit_flows(&visit);
    return flows;
}

struct marked {
    struct wfp_attempt *flow;
};

static void take_marked(struct wfp_attempt *flow, void *context)
{
    struct marked *marked = context;
    if (marked->flow == NULL && flow->reauthorize != 0) {
        marked->flow = flow;
        wfp_attempt_reference(flow);
    }
}

ULONG wfp_flows_packet(const struct wfp_oddities *odd)
{
    ULONG classified = 0;
    for (;;) {
        struct marked marked = {NULL};
        struct visit visit = {take_marked, &marked};
        visit_flows(&visit);
        if (marked.flow == NULL) {
            return classified;
        }
        if (memcmp(&marked.flow->odd, odd, sizeof(*odd)) != 0) {
            marked.flow->odd = *odd;
        }
        (void)packet_passes(marked.flow);
        wfp_attempt_release(marked.flow);
        classified++;
    }
}

void wfp_flows_stop(void)
{
    for (ULONG i = 0; i < BUCKETS; i++) {
        while (!IsListEmpty(&buckets[i])) {
            struct wfp_endpoint *endpoint =
                CONTAINING_RECORD(buckets[i].Flink, struct wfp_endpoint, link);
            wfp_endpoint_close(endpoint->id);
        }
    }
}
