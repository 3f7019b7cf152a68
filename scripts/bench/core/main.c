/*
 * bench-core CASE DECISIONS [TABLE [THREADS]]: times the core's decisions, alone. Prints "seconds" for DECISIONS of them on
 * each thread, preparation left out. What a case decides is in its function; `rules` decides by the rule table in the file.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "atomic.h"
#include "engine_state.h"
#include "harness.h"
#include "port_test.h"

#define MANY_FLOWS  60000u
#define PROCESSES   1000u
#define CREATED     77u
#define MAX_THREADS 2

static struct pr_engine *engine;
static struct pr_flow *flows; /* a ring: the next decision is about the next flow */
static uint32_t flow_count;
static const char *table_file;

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

/* Puts the table of the file in force, without a client. */
static const struct pr_table_view *load_table(void)
{
    struct pr_rule_table *table;
    FILE *file = table_file == NULL ? NULL : fopen(table_file, "rb");
    CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0);
    size_t size = (size_t)ftell(file);
    void *bytes = pr_rules_allocate_incoming(size);
    rewind(file);
    CHECK(bytes != NULL && fread(bytes, size, 1, file) == 1 && fclose(file) == 0);
    CHECK(pr_rule_table_make(bytes, size, &table) == PR_TABLE_DONE);
    pr_atomic_store_pointer(&engine->rules.table, table);
    return &table->view;
}

static void map_process(uint64_t id, uint32_t subject)
{
    pr_engine_process_started(engine, id, CREATED);
    struct pr_known_process *process = pr_process_table_find(&engine->rules.processes, id);
    CHECK(process != NULL);
    pr_atomic_store32(&process->subject, subject);
}

/* Known processes of subjects from all over the table connect to addresses from all over the world. */
static void prepare_rules(void)
{
    const struct pr_table_view *view = load_table();
    uint32_t subjects = view->head->subject_count;
    for (uint32_t i = 0; i < PROCESSES; i++) {
        map_process(100 + 4 * i, view->subjects[(uint64_t)i * 7919u % subjects].id);
    }
    make_flows(MANY_FLOWS, 0);
    for (uint32_t i = 0; i < MANY_FLOWS; i++) {
        uint32_t address =
            i * 2654435761u |
            0x800u; /* between the ranges of the tables that scripts/bench/core.ts makes */
        flows[i].process_id = 100 + 4 * (i % PROCESSES);
        flows[i].process_created = CREATED;
        for (uint32_t byte = 0; byte < 4; byte++) {
            flows[i].key.remote.address[byte] = (uint8_t)(address >> (24 - 8 * byte));
        }
    }
}

/* What the edge does at a classify. */
static enum pr_action decide(const struct pr_flow *flow)
{
    enum pr_action action = pr_engine_decide_static(engine, flow);
    if (action == PR_ACTION_ASK) {
        action = pr_engine_decide_rules(engine, flow);
    }
    return action == PR_ACTION_ASK ? pr_engine_classify(engine, flow).action : action;
}

/* As long as a decision, with nothing to share and nothing to wait for: what the machine itself gives to two processors. */
static enum pr_action decide_nothing(const struct pr_flow *flow)
{
    uint64_t value = flow->key.endpoint | 1;
    for (uint32_t i = 0; i < 24; i++) {
        value = pr_hash_mix(value, i);
    }
    return value != 0 ? PR_ACTION_PERMIT : PR_ACTION_BLOCK;
}

static const struct {
    const char *name;
    void (*prepare)(void); /* leaves flows that are permitted */
    enum pr_action (*decide)(const struct pr_flow *flow);
} cases[] = {
    {"loopback", prepare_loopback, decide},        {"flow-of-1", prepare_one_flow, decide},
    {"flow-of-60000", prepare_many_flows, decide}, {"rules", prepare_rules, decide},
    {"nothing", prepare_loopback, decide_nothing},
};

static enum pr_action (*decide_one)(const struct pr_flow *flow);

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Begins anywhere in the ring, so that two threads aren't at the same flow. */
static void *run(void *context)
{
    long decisions = *(const long *)context;
    uint32_t at = (uint32_t)pr_hash_mix((uint64_t)(uintptr_t)&decisions, 1) % flow_count;
    long permitted = 0;
    for (long i = 0; i < decisions; i++) {
        permitted += decide_one(&flows[at]) == PR_ACTION_PERMIT ? 1 : 0;
        at = at + 1 == flow_count ? 0 : at + 1;
    }
    CHECK(permitted == decisions);
    return NULL;
}

static void run_threads(long decisions, long count)
{
    pthread_t threads[MAX_THREADS];
    double start = now();
    for (long i = 1; i < count; i++) {
        CHECK(pthread_create(&threads[i], NULL, run, &decisions) == 0);
    }
    (void)run(&decisions);
    for (long i = 1; i < count; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    (void)printf("%.9f\n", now() - start);
}

int main(int argc, char **argv)
{
    long decisions = argc >= 3 ? strtol(argv[2], NULL, 10) : 0;
    long threads = argc == 5 ? strtol(argv[4], NULL, 10) : 1;
    table_file = argc >= 4 ? argv[3] : NULL;
    for (size_t i = 0; decisions > 0 && i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (strcmp(argv[1], cases[i].name) == 0 && threads >= 1 && threads <= MAX_THREADS) {
            port_reset();
            engine = pr_engine_create(NULL);
            CHECK(engine != NULL);
            cases[i].prepare();
            decide_one = cases[i].decide;
            run_threads(decisions, threads);
            pr_engine_destroy(engine);
            free(flows);
            return 0;
        }
    }
    (void)fprintf(stderr, "bench-core CASE DECISIONS [TABLE [THREADS]]\n");
    return 2;
}
