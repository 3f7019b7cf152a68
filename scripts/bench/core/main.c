/*
 * bench-core CASE DECISIONS: times the core's decisions, alone. Prints "seconds" for DECISIONS of them, preparation left
 * out. What a case decides is in its function; a case that wants tables of its own joins the list below.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine.h"
#include "harness.h"
#include "port_test.h"

#define MANY_FLOWS 60000u

static struct pr_engine *engine;
static struct pr_flow *flows; /* a ring: the next decision is about the next flow */
static uint32_t flow_count;

/* harness.h: port_test.c checks itself with it. */
void check(bool ok, const char *expression, const char *file, int line)
{
    if (!ok) {
        (void)fprintf(stderr, "%s:%d: %s\n", file, line, expression);
        exit(1);
    }
}

static struct pr_flow flow_number(uint32_t n)
{
    static const uint16_t path[] = {'\\', 'a'};
    struct pr_flow flow;
    memset(&flow, 0, sizeof(flow));
    flow.key.endpoint = 0x1000 + n;
    flow.key.compartment = 1;
    flow.key.layer = PR_LAYER_CONNECT;
    flow.key.family = PR_FAMILY_IPV4;
    flow.key.protocol = 6;
    flow.key.known = PR_KNOWN_ENDPOINT | PR_KNOWN_COMPARTMENT | PR_KNOWN_LOCAL_ADDRESS;
    memcpy(flow.key.local.address, "\x0a\x00\x00\x01", 4);
    flow.key.local.port = (uint16_t)(1024 + n % 60000);
    memcpy(flow.key.remote.address, "\xc0\x00\x02\x01", 4);
    flow.key.remote.port = 443;
    flow.process_id = 100 + n % 64;
    flow.path = path;
    flow.path_bytes = sizeof(path);
    flow.flags = PR_FLOW_CAN_PEND | PR_FLOW_MAY_WRITE;
    return flow;
}

/* `count` flows in an order that no cache line prefetch guesses. */
static void make_flows(uint32_t count, uint32_t flags)
{
    flow_count = count;
    flows = calloc(count, sizeof(*flows));
    CHECK(flows != NULL);
    for (uint32_t i = 0; i < count; i++) {
        flows[i] = flow_number((uint32_t)((uint64_t)i * 7919u % count));
        flows[i].flags |= flags;
    }
}

/* Without a client everything new is permitted and remembered, which fills the flow table. */
static void permit_flows(uint32_t count)
{
    make_flows(count, 0);
    for (uint32_t i = 0; i < count; i++) {
        CHECK(pr_engine_classify(engine, &flows[i]).action == PR_ACTION_PERMIT);
        flows[i].flags |= PR_FLOW_REAUTHORIZE;
    }
}

static void prepare_loopback(void)
{
    make_flows(1, PR_FLOW_LOOPBACK);
}

static void prepare_one_flow(void)
{
    permit_flows(1);
}

static void prepare_many_flows(void)
{
    permit_flows(MANY_FLOWS);
}

/* What the edge does at a classify. */
static enum pr_action decide(const struct pr_flow *flow)
{
    enum pr_action action = pr_engine_decide_static(engine, flow);
    return action == PR_ACTION_ASK ? pr_engine_classify(engine, flow).action : action;
}

static const struct {
    const char *name;
    void (*prepare)(void); /* leaves flows that are permitted */
} cases[] = {
    {"loopback", prepare_loopback},
    {"flow-of-1", prepare_one_flow},
    {"flow-of-60000", prepare_many_flows},
};

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void run(long decisions)
{
    uint32_t at = 0;
    long permitted = 0;
    double start = now();
    for (long i = 0; i < decisions; i++) {
        permitted += decide(&flows[at]) == PR_ACTION_PERMIT ? 1 : 0;
        at = at + 1 == flow_count ? 0 : at + 1;
    }
    (void)printf("%.9f\n", now() - start);
    CHECK(permitted == decisions);
}

int main(int argc, char **argv)
{
    long decisions = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    for (size_t i = 0; decisions > 0 && i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (strcmp(argv[1], cases[i].name) == 0) {
            port_reset();
            engine = pr_engine_create(NULL);
            CHECK(engine != NULL);
            cases[i].prepare();
            run(decisions);
            pr_engine_destroy(engine);
            free(flows);
            return 0;
        }
    }
    (void)fprintf(stderr, "bench-core CASE DECISIONS\n");
    return 2;
}
