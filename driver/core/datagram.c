#include "datagram.h"

#include "engine_state.h"

#define TAG 0x64547250u /* PrTd */

_Static_assert(offsetof(struct pr_datagram, bytes) % 8 == 0, "control data is aligned to 8");

static uint32_t aligned(uint32_t bytes)
{
    return (bytes + 7u) & ~7u;
}

uint32_t pr_datagram_size(uint32_t control_bytes, uint32_t packet_bytes)
{
    return (uint32_t)offsetof(struct pr_datagram, bytes) + aligned(control_bytes) + packet_bytes;
}

struct pr_datagram *pr_datagram_allocate(const struct pr_key *key, uint32_t control_bytes,
                                         uint32_t packet_bytes)
{
    if (control_bytes > PR_MAX_DATAGRAM_BYTES_PER_HOLD ||
        packet_bytes > PR_MAX_DATAGRAM_BYTES_PER_HOLD) {
        return NULL;
    }
    uint32_t bytes = pr_datagram_size(control_bytes, packet_bytes);
    struct pr_datagram *datagram =
        bytes > PR_MAX_DATAGRAM_BYTES_PER_HOLD ? NULL : pr_port_allocate(bytes, TAG);
    if (datagram == NULL) {
        return NULL;
    }
    pr_list_init(&datagram->link);
    pr_list_init(&datagram->of_closure);
    datagram->key = *key;
    datagram->control_bytes = control_bytes;
    datagram->packet_offset = aligned(control_bytes);
    datagram->packet_bytes = packet_bytes;
    return datagram;
}

void pr_datagram_free(struct pr_datagram *datagram)
{
    pr_port_free(datagram, TAG);
}

void pr_datagram_free_list(struct pr_link *list)
{
    struct pr_link *link;
    while ((link = pr_list_take(list)) != NULL) {
        pr_datagram_free(PR_CONTAINER(link, struct pr_datagram, link));
    }
}

static uint32_t size_of(const struct pr_datagram *datagram)
{
    return pr_datagram_size(datagram->control_bytes, datagram->packet_bytes);
}

void pr_datagrams_attach(struct pr_engine *engine, struct pr_hold *hold, struct pr_link *copies)
{
    struct pr_link *link;
    if (hold->state >= PR_HOLD_CLAIMED && hold->connection.verdict != PR_VERDICT_ALLOW) {
        return;
    }
    if (pr_key_is_handshake(&hold->key) && !pr_list_empty(copies)) {
        pr_datagrams_discard(engine, hold); /* the peer's last try is the one that counts */
    }
    while ((link = pr_list_take(copies)) != NULL) {
        struct pr_datagram *datagram = PR_CONTAINER(link, struct pr_datagram, link);
        uint32_t bytes = size_of(datagram);
        if (bytes > PR_MAX_DATAGRAM_BYTES_PER_HOLD - hold->datagram_bytes ||
            bytes > PR_MAX_DATAGRAM_BYTES - engine->datagram_bytes) {
            engine->counters.datagrams_refused++;
            pr_datagram_free(datagram);
            continue;
        }
        hold->datagram_bytes += bytes;
        engine->datagram_bytes += bytes;
        engine->counters.datagrams_held++;
        datagram->hold = hold->connection.id;
        pr_list_append(&hold->datagrams, link);
    }
}

void pr_datagrams_discard(struct pr_engine *engine, struct pr_hold *hold)
{
    engine->datagram_bytes -= hold->datagram_bytes;
    hold->datagram_bytes = 0;
    pr_datagram_free_list(&hold->datagrams);
}

/* What is received needs no endpoint to be injected. */
static bool needs_endpoint(const struct pr_datagram *datagram)
{
    return (datagram->flags & PR_DATAGRAM_RECEIVED) == 0 &&
           (datagram->key.known & PR_KNOWN_ENDPOINT) != 0;
}

static void queue(struct pr_engine *engine, struct pr_datagram *datagram)
{
    pr_list_append(&engine->inject, &datagram->link);
    engine->wake |= PR_WAKE_WORKER;
    if (needs_endpoint(datagram)) {
        pr_hash_table_insert(&engine->injections, &datagram->by_endpoint,
                             pr_hash_mix(engine->holds.seed, datagram->key.endpoint));
    }
}

void pr_datagrams_release(struct pr_engine *engine, struct pr_hold *hold)
{
    struct pr_link *link;
    if (hold->connection.verdict != PR_VERDICT_ALLOW || hold->closed ||
        (!hold->reauthorized && !pr_key_is_inbound(&hold->key))) {
        return;
    }
    while ((link = pr_list_take(&hold->datagrams)) != NULL) {
        queue(engine, PR_CONTAINER(link, struct pr_datagram, link));
    }
    engine->datagram_bytes -= hold->datagram_bytes;
    hold->datagram_bytes = 0;
}

struct pr_datagram *pr_datagrams_take_first(struct pr_engine *engine, struct pr_hold *hold)
{
    /* What was refused has none: they went with the claim, and none came since (pr_datagrams_attach). */
    if (!pr_key_is_inbound(&hold->key) || hold->closed || pr_list_empty(&hold->datagrams)) {
        return NULL;
    }
    struct pr_datagram *first =
        PR_CONTAINER(pr_list_take(&hold->datagrams), struct pr_datagram, link);
    hold->datagram_bytes -= size_of(first);
    engine->datagram_bytes -= size_of(first);
    engine->counters.datagrams_injected++;
    return first;
}

/* One thread injects at a time, so that the order stays (R44). The datagram may be gone before the call returns. */
bool pr_datagrams_inject_next(struct pr_engine *engine, struct pr_port_lock_state *state)
{
    struct pr_link *link = engine->injecting != NULL ? NULL : pr_list_take(&engine->inject);
    if (link == NULL) {
        return false;
    }
    engine->injecting = PR_CONTAINER(link, struct pr_datagram, link);
    engine->injector = pr_port_thread();
    engine->counters.datagrams_injected++;
    struct pr_datagram *datagram = engine->injecting;
    pr_engine_unlock(engine, state);
    pr_port_inject(engine->edge, datagram);
    pr_engine_lock(engine, state);
    engine->injecting = NULL;
    if (engine->stopping && pr_list_empty(&engine->inject)) {
        engine->wake |= PR_WAKE_DRAINED;
    }
    return true;
}

/* Lock held. It is over for the closure that waited for it, and for every later one. */
static void forget(struct pr_engine *engine, struct pr_datagram *datagram)
{
    struct pr_closure *closure = datagram->closure;
    datagram->closure = NULL;
    pr_hash_table_remove(&datagram->by_endpoint);
    pr_list_remove(&datagram->of_closure);
    if (closure != NULL) {
        pr_closure_progress(engine, closure);
    }
}

void pr_engine_injection_over(struct pr_engine *engine, struct pr_datagram *datagram)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    forget(engine, datagram);
    pr_engine_unlock(engine, &state);
    pr_datagram_free(datagram);
}

static struct pr_datagram *next_of_endpoint(const struct pr_engine *engine, uint64_t endpoint)
{
    uint64_t hash = pr_hash_mix(engine->holds.seed, endpoint);
    struct pr_node *node = pr_hash_table_find(&engine->injections, hash);
    for (; node != NULL; node = pr_hash_table_find_next(node)) {
        struct pr_datagram *datagram = PR_CONTAINER(node, struct pr_datagram, by_endpoint);
        if (datagram->key.endpoint == endpoint) {
            return datagram;
        }
    }
    return NULL;
}

void pr_datagrams_close(struct pr_engine *engine, const struct pr_key *key,
                        struct pr_closure *closure)
{
    struct pr_datagram *datagram;
    if ((key->known & PR_KNOWN_ENDPOINT) == 0) {
        return;
    }
    while ((datagram = next_of_endpoint(engine, key->endpoint)) != NULL) {
        pr_hash_table_remove(&datagram->by_endpoint);
        datagram->closure = closure;
        pr_list_append(&closure->datagrams, &datagram->of_closure);
    }
}

/* One that another thread is handing over at this moment has to be waited for: it uses the endpoint's handle. */
static bool drain_one(struct pr_engine *engine, struct pr_datagram *datagram)
{
    bool queued = !pr_list_empty(&datagram->link);
    if (!queued && datagram == engine->injecting && engine->injector != pr_port_thread()) {
        return false;
    }
    datagram->closure = NULL;
    pr_list_remove(&datagram->of_closure);
    if (queued) {
        pr_list_remove(&datagram->link);
        engine->counters.datagrams_refused++;
        pr_datagram_free(datagram);
    }
    return true;
}

bool pr_datagrams_drain(struct pr_engine *engine, struct pr_closure *closure)
{
    struct pr_link *link = closure->datagrams.next;
    while (link != &closure->datagrams) {
        struct pr_link *next = link->next;
        (void)drain_one(engine, PR_CONTAINER(link, struct pr_datagram, of_closure));
        link = next;
    }
    return pr_list_empty(&closure->datagrams);
}
