/*
 * Random operations on the whole driver in the emulator: each seed is one driver's life with connects, answers, closures,
 * process exits, clients that come and go, and an unload at a random moment. Whatever happens, every attempt gets exactly
 * one answer and no rule is broken. Usage: driver-random FIRST COUNT. Last line: N passed, N failed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/emulator/lab.h"
#include "windows/edge.h"
#include "protocol/portreeve_wire.h"

#define MAX_ATTEMPTS 256
#define MAX_IDS      1024
#define PROCESSES    6
#define CLIENT       7000

struct world {
    uint64_t random;
    struct lab_handle *client;
    uint64_t session;
    uint64_t ids[MAX_IDS]; /* holds that were announced to this client */
    unsigned id_count;
    unsigned reads; /* outstanding */
    unsigned attempts;
    unsigned answers[MAX_ATTEMPTS];
    uint64_t next_endpoint;
};

static struct world world;

static uint32_t below(uint32_t limit)
{
    world.random ^= world.random << 13;
    world.random ^= world.random >> 7;
    world.random ^= world.random << 17;
    return (uint32_t)(world.random >> 11) % limit;
}

static struct pr_header header(size_t bytes, uint16_t kind)
{
    struct pr_header value = {(uint32_t)bytes, kind, PR_PROTOCOL_VERSION};
    return value;
}

static void ignore(void *context, uint32_t status, const void *output, size_t bytes)
{
    (void)context;
    (void)status;
    (void)output;
    (void)bytes;
}

static void on_hello(void *context, uint32_t status, const void *output, size_t bytes)
{
    struct pr_welcome welcome;
    (void)context;
    if (status == 0 && bytes == sizeof(welcome)) {
        memcpy(&welcome, output, sizeof(welcome));
        world.session = welcome.session;
    }
}

static void on_events(void *context, uint32_t status, const void *output, size_t bytes)
{
    const uint8_t *at = (const uint8_t *)output + sizeof(struct pr_events);
    (void)context;
    world.reads--;
    if (status != 0) {
        return;
    }
    for (const uint8_t *end = (const uint8_t *)output + bytes; at < end;) {
        struct pr_connection_event event;
        memcpy(&event.header, at, sizeof(event.header));
        if (event.header.kind == PR_EVENT_HELD && world.id_count < MAX_IDS) {
            memcpy(&event, at, sizeof(event));
            world.ids[world.id_count++] = event.connection.id;
        }
        at += (event.header.size + 7u) & ~7u;
    }
}

static void send_read(void)
{
    struct pr_read read = {header(sizeof(read), PR_KIND_READ), world.session};
    if (world.client == NULL || world.reads >= 4) {
        return;
    }
    world.reads++;
    (void)lab_device_ioctl(world.client, PR_IOCTL_READ_EVENTS, &read, sizeof(read),
                           PR_MAX_EVENT_BATCH_BYTES, on_events, NULL);
}

static void send_policy(void)
{
    struct pr_policy policy;
    memset(&policy, 0, sizeof(policy));
    policy.header = header(sizeof(policy), PR_KIND_POLICY);
    policy.session = world.session;
    policy.hold_ms = PR_MIN_HOLD_MS + below(5000);
    policy.mode = below(10) == 0 ? PR_MODE_LOCKDOWN : PR_MODE_ASK;
    policy.loopback = PR_LOOPBACK_ASK;
    policy.no_client_verdict = (uint8_t)(1 + below(2));
    policy.watchdog_verdict = (uint8_t)(1 + below(2));
    policy.full_verdict = (uint8_t)(1 + below(2));
    policy.unknown_reauthorize_verdict = (uint8_t)(1 + below(2));
    (void)lab_device_ioctl(world.client, PR_IOCTL_SET_POLICY, &policy, sizeof(policy), 0, ignore,
                           NULL);
}

static void attach(void)
{
    struct pr_hello hello = {header(sizeof(hello), PR_KIND_HELLO), 1, 0};
    if (world.client != NULL || lab_device_open(CLIENT, &world.client) != 0) {
        return;
    }
    (void)lab_device_ioctl(world.client, PR_IOCTL_HELLO, &hello, sizeof(hello),
                           sizeof(struct pr_welcome), on_hello, NULL);
    lab_run_until_idle();
    send_policy();
    send_read();
}

static void detach(void)
{
    if (world.client != NULL) {
        lab_device_close(world.client);
        world.client = NULL;
        world.id_count = 0;
    }
}

static void answer(void)
{
    struct {
        struct pr_answers head;
        struct pr_answer answers[8];
    } request;
    uint32_t count = 1 + below(8);
    size_t bytes = sizeof(request.head) + count * sizeof(request.answers[0]);
    if (world.client == NULL || world.id_count == 0) {
        return;
    }
    memset(&request, 0, sizeof(request));
    request.head.header = header(bytes, PR_KIND_ANSWERS);
    request.head.session = world.session;
    request.head.count = count;
    for (uint32_t i = 0; i < count; i++) {
        request.answers[i].id = world.ids[below(world.id_count)];
        request.answers[i].verdict = (uint8_t)(1 + below(3));
    }
    (void)lab_device_ioctl(world.client, PR_IOCTL_ANSWER, &request, bytes, 4096, ignore, NULL);
}

static void on_answer(void *context, enum lab_answer given)
{
    (void)given;
    world.answers[(uintptr_t)context]++;
}

static void connect_one(void)
{
    static const uint8_t payload[2000] = {1, 2, 3};
    struct lab_attempt attempt;
    if (world.attempts == MAX_ATTEMPTS) {
        return;
    }
    memset(&attempt, 0, sizeof(attempt));
    attempt.process_id = 10 * (1 + below(PROCESSES));
    attempt.endpoint =
        below(3) == 0 ? 1 + below((uint32_t)world.next_endpoint) : world.next_endpoint++;
    attempt.family = below(3) == 0 ? PR_FAMILY_IPV6 : PR_FAMILY_IPV4;
    attempt.protocol = below(3) == 0 ? 17 : 6;
    attempt.local.bytes[0] = 127;
    attempt.local.port = (uint16_t)(1000 + attempt.endpoint);
    attempt.remote.bytes[0] = 10;
    attempt.remote.bytes[3] = (uint8_t)below(4);
    attempt.remote.port = (uint16_t)(80 + below(3));
    if (attempt.protocol == 17 && below(8) != 0) {
        attempt.payload = payload;
        attempt.payload_bytes = below(sizeof(payload));
    }
    if (below(3) == 0) {
        attempt.direction = LAB_INBOUND;
        attempt.endpoint = attempt.protocol == 6 ? 200000 + world.attempts : 100000 + below(4);
        attempt.listener = attempt.protocol == 6 ? 1 + below((uint32_t)world.next_endpoint) : 0;
        attempt.local.port = (uint16_t)(1000 + below(3));
        attempt.remote.port = (uint16_t)(80 + below(6));
        attempt.payload = attempt.protocol == 6 ? NULL : attempt.payload;
    }
    lab_attempt_start(&attempt, on_answer, (void *)(uintptr_t)world.attempts++);
}

static void start_process(uint64_t id, uint64_t created)
{
    static const uint16_t path[] = {'/', 'a'};
    struct lab_process process = {
        .id = id, .created = created, .parent_id = 1, .path = path, .path_units = 2};
    lab_process_start(&process);
}

static void restart_process(void)
{
    uint64_t id = 10 * (1 + below(PROCESSES));
    lab_process_exit(id);
    start_process(id, 5000 + below(1000));
}

static bool is_of_process(const struct pr_live_flow *flow, void *context)
{
    return flow->process_id == *(const uint64_t *)context;
}

static void cut_flows(void *context)
{
    (void)pr_engine_cut_flows(pr_edge_instance->engine, is_of_process, context);
}

/* A rule changes: the flows of a process are cut, while others come and go. */
static void change_rule(void)
{
    static uint64_t process;
    process = 10 * (1 + below(PROCESSES));
    if (below(2) == 0) {
        lab_spawn(cut_flows, &process);
    } else {
        lab_call(cut_flows, &process);
    }
}

/* A packet of each flow that some event has marked. */
static void send_packets(void *context)
{
    struct wfp_oddities odd = {.packet_reversed = below(2) == 0};
    (void)context;
    (void)wfp_flows_packet(&odd);
}

static void step(void)
{
    uint32_t dice = below(100);
    if (dice < 8) {
        attach();
    } else if (dice < 10) {
        detach();
    } else if (dice < 46) {
        connect_one();
    } else if (dice < 62) {
        answer();
    } else if (dice < 68) {
        lab_endpoint_close(below(4) == 0 ? 100000 + below(4)
                                         : 1 + below((uint32_t)world.next_endpoint));
    } else if (dice < 70) {
        restart_process();
    } else if (dice < 78) {
        lab_run_for(below(3000));
    } else if (dice < 86) {
        lab_run_until_idle();
    } else if (dice < 96) {
        send_read();
    } else if (dice < 98) {
        change_rule();
    } else {
        uint32_t bit = below(8);
        wfp_flows_mark(1u << (bit < 4 ? bit : bit + 1)); /* not CLASSIFY_COMPLETION */
        lab_spawn(send_packets, NULL);
    }
}

/* True when nothing broke and everybody was answered once. */
static bool live(uint64_t seed)
{
    struct lab_options options = {LAB_CLOCK_VIRTUAL, (enum lab_reauthorize)(seed % 4), seed};
    memset(&world, 0, sizeof(world));
    world.random = seed * 0x9e3779b97f4a7c15u + 1;
    world.next_endpoint = 1;
    if (!lab_start(&options)) {
        return false;
    }
    for (uint64_t i = 1; i <= PROCESSES; i++) {
        start_process(10 * i, 1000 + i);
    }
    for (uint32_t steps = 20 + below(150); steps > 0; steps--) {
        step();
    }
    if (below(2) == 0) {
        lab_run_for(20000);
    }
    detach();
    bool ok = lab_stop() == 0 && world.reads == 0;
    for (unsigned i = 0; i < world.attempts; i++) {
        ok = ok && world.answers[i] == 1;
    }
    return ok;
}

int main(int argc, char **argv)
{
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000;
    unsigned failed = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        if (!live(seed)) {
            failed++;
            printf("failed: seed %llu\n", (unsigned long long)seed);
        }
    }
    printf("%llu passed, %u failed\n", (unsigned long long)(count - failed), failed);
    return failed == 0 ? 0 : 1;
}
