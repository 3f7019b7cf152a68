/* An engine with a client, flows to classify, and the client's side of the wire. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "engine.h"
#include "harness.h"
#include "port_test.h"

#define CLIENT        ((const void *)&fixture)
#define CLIENT_PID    7000u
#define MS_MAX_EVENTS 64

struct event {
    uint16_t kind;
    uint64_t id;
    uint8_t verdict;
    uint8_t reason;
    struct pr_connection connection; /* HELD and DECIDED */
    uint32_t path_bytes;
};

struct fixture {
    struct pr_engine *engine;
    uint64_t session;
    uint64_t sequence;
    struct event events[MS_MAX_EVENTS]; /* of the last read */
    size_t event_count;
    uint32_t decided_lost;
    uint8_t buffer[PR_MAX_EVENT_BATCH_BYTES];
};

extern struct fixture fixture;

/* An engine without, or with, a client that has said HELLO and set the usual test policy. */
void fixture_start(void);
void fixture_start_attached(void);
/* Completes what is held and frees the engine. */
void fixture_stop(void);
void fixture_attach(void);
void fixture_detach(void);
/* One TCP connect over IPv4 of process `pid`, endpoint `n`, to 192.0.2.n. */
struct pr_flow fixture_flow(uint64_t pid, uint32_t n);
/* Static decision, classify and pend, as the edge does it. PEND means that it is held. */
enum pr_action fixture_connect(const struct pr_flow *flow);
/* The reauthorization that follows a completion, or one for another reason. */
enum pr_action fixture_reauthorize(struct pr_flow flow, bool completion);
struct pr_policy fixture_policy(void);
enum pr_outcome fixture_set_policy(struct pr_policy policy);
/* Reads one batch into fixture.events; the number of events. */
size_t fixture_read(void);
/* The status of one answer, or 0xffffffff when the request was refused. */
uint32_t fixture_answer(uint64_t id, uint8_t verdict);
enum pr_outcome fixture_request(uint32_t code, const void *input, size_t bytes, size_t capacity);
struct pr_status fixture_status(void);

#endif
