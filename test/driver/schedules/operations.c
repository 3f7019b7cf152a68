/* See operations.h. */
#include "operations.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/table.h"
#include "lab/emulator/lab.h"
#include "lab/frontdoors/table_builder.h"
#include "windows/edge.h"
#include "protocol/portreeve_wire.h"

#define MAX_ATTEMPTS 8192
#define MAX_IDS      4096
#define MAX_READS    4
#define PROCESSES    6
#define CLIENT       7000
#define SUBJECT      7
#define TABLES       8
#define READ_BYTES   PR_MIN_EVENT_BATCH_BYTES

/* `mutex` guards it; it is never held across a call into the emulator. */
struct world {
    struct lab_handle *client;
    uint64_t session;
    uint64_t ids[MAX_IDS]; /* holds that were announced to this client */
    unsigned id_count;
    unsigned reads; /* outstanding */
    unsigned attempts;
    unsigned answers[MAX_ATTEMPTS];
    uint64_t next_endpoint;
    uint64_t last_version;
    bool exiting[PROCESSES];
    bool asleep;
    bool stopped;         /* the filter engine */
    bool changing_engine; /* somebody is about it */
    bool opening;         /* somebody is about it */
    unsigned closing;     /* how many are */
    bool ending;          /* nobody opens it any more */
};

static struct world world;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
/* Who uses the handle reads; who closes it writes. Only real threads need it: fibers don't switch in between. */
static pthread_rwlock_t handle_lock = PTHREAD_RWLOCK_INITIALIZER;

uint32_t actor_below(struct actor *actor, uint32_t limit)
{
    actor->random ^= actor->random << 13;
    actor->random ^= actor->random >> 7;
    actor->random ^= actor->random << 17;
    return (uint32_t)(actor->random >> 11) % limit;
}

/* Requests */

static struct pr_header header(size_t bytes, uint16_t kind)
{
    struct pr_header value = {(uint32_t)bytes, kind, PR_PROTOCOL_VERSION};
    return value;
}

struct call {
    bool done;
    uint32_t status;
    void *output;
    size_t room;
};

static void on_call(void *context, uint32_t status, const void *output, size_t bytes)
{
    struct call *call = context;
    if (bytes > 0) {
        memcpy(call->output, output, bytes < call->room ? bytes : call->room);
    }
    lab_dispatcher_lock();
    call->status = status;
    call->done = true;
    lab_dispatcher_unlock(true);
}

static bool is_done(void *context)
{
    return ((struct call *)context)->done;
}

/* The handle that is open now, not to be closed before handle_leave; or NULL. */
static struct lab_handle *handle_enter(uint64_t *session)
{
    struct lab_handle *client;
    if (!lab_is_virtual()) {
        pthread_rwlock_rdlock(&handle_lock);
    }
    pthread_mutex_lock(&mutex);
    client = world.client;
    *session = world.session;
    pthread_mutex_unlock(&mutex);
    return client;
}

static void handle_leave(void)
{
    if (!lab_is_virtual()) {
        pthread_rwlock_unlock(&handle_lock);
    }
}

/* A request that is waited for. The session is the second word of every message but HELLO. */
static uint32_t request(uint32_t code, void *message, size_t bytes, struct call *call)
{
    uint64_t session;
    struct lab_handle *client = handle_enter(&session);
    call->done = client == NULL;
    call->status = UINT32_MAX;
    if (client != NULL && code != PR_IOCTL_HELLO) {
        memcpy((uint8_t *)message + sizeof(struct pr_header), &session, sizeof(session));
    }
    if (client != NULL) {
        (void)lab_device_ioctl(client, code, message, bytes, call->room, on_call, call);
    }
    handle_leave();
    (void)lab_wait(is_done, call, LAB_FOREVER);
    return call->status;
}

/* The client */

static void keep_id(uint64_t id)
{
    pthread_mutex_lock(&mutex);
    if (world.id_count < MAX_IDS) {
        world.ids[world.id_count++] = id;
    }
    pthread_mutex_unlock(&mutex);
}

static uint64_t some_id(struct actor *actor)
{
    uint64_t id;
    pthread_mutex_lock(&mutex);
    id = world.id_count > 0 ? world.ids[actor_below(actor, world.id_count)] : 0;
    pthread_mutex_unlock(&mutex);
    return id;
}

static void on_events(void *context, uint32_t status, const void *output, size_t bytes)
{
    const uint8_t *at = (const uint8_t *)output + sizeof(struct pr_events);
    (void)context;
    pthread_mutex_lock(&mutex);
    world.reads--;
    pthread_mutex_unlock(&mutex);
    if (status != 0) {
        return;
    }
    for (const uint8_t *end = (const uint8_t *)output + bytes; at < end;) {
        struct pr_connection_event event;
        memcpy(&event.header, at, sizeof(event.header));
        if (event.header.kind == PR_EVENT_HELD) {
            memcpy(&event, at, sizeof(event));
            keep_id(event.connection.id);
        }
        at += (event.header.size + 7u) & ~7u;
    }
}

static bool count_read(void)
{
    bool room;
    pthread_mutex_lock(&mutex);
    room = world.reads < MAX_READS;
    world.reads += room ? 1 : 0;
    pthread_mutex_unlock(&mutex);
    return room;
}

static void send_read(void)
{
    uint64_t session;
    struct lab_handle *client = handle_enter(&session);
    struct pr_read read = {header(sizeof(read), PR_KIND_READ), session};
    if (client != NULL && count_read()) {
        (void)lab_device_ioctl(client, PR_IOCTL_READ_EVENTS, &read, sizeof(read), READ_BYTES,
                               on_events, NULL);
    }
    handle_leave();
}

static void send_policy(struct actor *actor)
{
    struct pr_policy policy;
    struct call call = {0};
    memset(&policy, 0, sizeof(policy));
    policy.header = header(sizeof(policy), PR_KIND_POLICY);
    policy.hold_ms = PR_MIN_HOLD_MS + actor_below(actor, 500);
    policy.mode = actor_below(actor, 10) == 0 ? PR_MODE_LOCKDOWN : PR_MODE_ASK;
    policy.loopback = PR_LOOPBACK_ASK;
    policy.no_client_verdict = (uint8_t)(1 + actor_below(actor, 2));
    policy.watchdog_verdict = (uint8_t)(1 + actor_below(actor, 2));
    policy.full_verdict = (uint8_t)(1 + actor_below(actor, 2));
    policy.unknown_reauthorize_verdict = (uint8_t)(1 + actor_below(actor, 2));
    (void)request(PR_IOCTL_SET_POLICY, &policy, sizeof(policy), &call);
}

/* One opens at a time, and nobody when the driver is about to be unloaded. */
static bool begin_opening(void)
{
    bool may;
    pthread_mutex_lock(&mutex);
    may = world.client == NULL && !world.opening && !world.ending;
    world.opening = world.opening || may;
    pthread_mutex_unlock(&mutex);
    return may;
}

static void end_opening(struct lab_handle *client)
{
    pthread_mutex_lock(&mutex);
    world.client = client;
    world.session = 0;
    world.opening = false;
    pthread_mutex_unlock(&mutex);
}

void operations_attach(struct actor *actor)
{
    struct pr_hello hello = {header(sizeof(hello), PR_KIND_HELLO), 1, 0};
    struct pr_welcome welcome;
    struct call call = {.output = &welcome, .room = sizeof(welcome)};
    struct lab_handle *client = NULL;
    if (!begin_opening()) {
        return;
    }
    (void)lab_device_open(CLIENT, &client);
    end_opening(client);
    if (client == NULL || request(PR_IOCTL_HELLO, &hello, sizeof(hello), &call) != 0) {
        return;
    }
    pthread_mutex_lock(&mutex);
    world.session = world.client == client ? welcome.session : world.session;
    pthread_mutex_unlock(&mutex);
    send_policy(actor);
    send_read();
}

static void close_device(struct lab_handle *client)
{
    if (!lab_is_virtual()) {
        pthread_rwlock_wrlock(&handle_lock);
    }
    lab_device_close(client);
    if (!lab_is_virtual()) {
        pthread_rwlock_unlock(&handle_lock);
    }
    pthread_mutex_lock(&mutex);
    world.closing--;
    pthread_mutex_unlock(&mutex);
}

void operations_detach(void)
{
    struct lab_handle *client;
    pthread_mutex_lock(&mutex);
    client = world.client;
    world.client = NULL;
    world.id_count = 0;
    world.closing += client != NULL ? 1u : 0u;
    pthread_mutex_unlock(&mutex);
    if (client != NULL) {
        close_device(client);
    }
}

static bool nobody_is_about_it(void *context)
{
    bool busy;
    (void)context;
    pthread_mutex_lock(&mutex);
    busy = world.opening || world.closing > 0;
    pthread_mutex_unlock(&mutex);
    return !busy;
}

static void wait_for_others(void)
{
    while (!lab_wait(nobody_is_about_it, NULL, lab_now() + LAB_100NS_PER_MS)) {
    }
}

/* Nobody opens it any more once it is closed, and who has begun to close it is waited for. */
void operations_end(void)
{
    pthread_mutex_lock(&mutex);
    world.ending = true;
    pthread_mutex_unlock(&mutex);
    wait_for_others();
    operations_detach();
    wait_for_others();
}

static void answer(struct actor *actor)
{
    struct {
        struct pr_answers head;
        struct pr_answer answers[8];
    } message;
    uint8_t results[1024];
    struct call call = {.output = results, .room = sizeof(results)};
    uint32_t count = 1 + actor_below(actor, 8);
    size_t bytes = sizeof(message.head) + count * sizeof(message.answers[0]);
    memset(&message, 0, sizeof(message));
    message.head.header = header(bytes, PR_KIND_ANSWERS);
    message.head.count = count;
    for (uint32_t i = 0; i < count; i++) {
        message.answers[i].id = some_id(actor);
        message.answers[i].verdict = (uint8_t)(1 + actor_below(actor, 3));
    }
    (void)request(PR_IOCTL_ANSWER, &message, bytes, &call);
}

static void map_process(struct actor *actor)
{
    struct {
        struct pr_mappings head;
        struct pr_mapping one;
    } message;
    struct pr_mapped mapped;
    struct call call = {.output = &mapped, .room = sizeof(mapped)};
    memset(&message, 0, sizeof(message));
    message.head.header = header(sizeof(message), PR_KIND_MAPPINGS);
    message.head.count = 1;
    message.one.process_id = 10 * (1 + actor_below(actor, PROCESSES));
    message.one.process_created = 1000 + message.one.process_id / 10;
    message.one.subject = actor_below(actor, 3) == 0 ? 0 : SUBJECT;
    (void)request(PR_IOCTL_MAP_PROCESSES, &message, sizeof(message), &call);
}

static void read_hits(void)
{
    struct pr_hits_request message = {.header = header(sizeof(message), PR_KIND_HITS_REQUEST)};
    uint8_t hits[1024];
    struct call call = {.output = hits, .room = sizeof(hits)};
    (void)request(PR_IOCTL_RULE_HITS, &message, sizeof(message), &call);
}

static void read_status(void)
{
    struct pr_status_request message = {.header = header(sizeof(message), PR_KIND_STATUS_REQUEST)};
    struct pr_status status;
    struct call call = {.output = &status, .room = sizeof(status)};
    (void)request(PR_IOCTL_STATUS, &message, sizeof(message), &call);
}

/* Rule tables */

static void add_rules(struct actor *actor, struct table_subject *subject, uint32_t first)
{
    subject->rule_count = actor_below(actor, 3);
    for (uint32_t i = 0; i < subject->rule_count; i++) {
        struct table_rule *rule = &subject->rules[i];
        *rule = (struct table_rule){.rule_id = first + i,
                                    .rank = 10 * first + i,
                                    .outcome = actor_below(actor, 3),
                                    .direction = TABLE_ANY,
                                    .protocol = TABLE_ANY,
                                    .family = PR_FAMILY_IPV4,
                                    .last_port = UINT16_MAX};
        rule->first[0] = rule->last[0] = 10;
        rule->first[3] = rule->last[3] = (uint8_t)actor_below(actor, 4);
    }
}

/* Made once: making one takes longer than a whole schedule. */
static struct {
    void *bytes;
    size_t size;
} tables[TABLES];

static void make_tables(void)
{
    struct table_plan *plan = malloc(sizeof(*plan));
    for (unsigned i = 0; i < TABLES && tables[i].bytes == NULL; i++) {
        struct actor maker = {(i + 1) * 0x9e3779b97f4a7c15u, 0};
        table_plan_init(plan, 1);
        add_rules(&maker, &plan->subjects[0], 1);
        plan->subjects[1].id = SUBJECT;
        plan->subjects[1].path_units = 0;
        add_rules(&maker, &plan->subjects[1], 5);
        plan->subject_count = 2;
        tables[i].bytes = table_build(plan, &tables[i].size);
    }
    free(plan);
}

static void send_table(struct pr_table_part *part, uint64_t version)
{
    struct pr_table *table = (struct pr_table *)(void *)(part + 1);
    struct pr_table_begin begin = {.header = header(sizeof(begin), PR_KIND_TABLE_BEGIN),
                                   .version = version,
                                   .bytes = part->bytes};
    struct pr_table_commit commit = {.header = header(sizeof(commit), PR_KIND_TABLE_COMMIT)};
    struct pr_table_result result;
    struct call call = {.output = &result, .room = sizeof(result)};
    struct call nothing = {0};
    table->version = version;
    begin.checksum = pr_table_checksum(table, part->bytes);
    if (request(PR_IOCTL_TABLE_BEGIN, &begin, sizeof(begin), &call) == 0 &&
        request(PR_IOCTL_TABLE_PART, part, part->header.size, &nothing) == 0) {
        (void)request(PR_IOCTL_TABLE_COMMIT, &commit, sizeof(commit), &call);
    }
}

static void publish(struct actor *actor)
{
    unsigned which = actor_below(actor, TABLES);
    size_t bytes = tables[which].size;
    struct pr_table_part *part = calloc(1, sizeof(*part) + bytes);
    part->header = header(sizeof(*part) + bytes, PR_KIND_TABLE_PART);
    part->bytes = (uint32_t)bytes;
    memcpy(part + 1, tables[which].bytes, bytes);
    send_table(part, __atomic_add_fetch(&world.last_version, 1, __ATOMIC_SEQ_CST));
    free(part);
}

/* Programs and the system */

static void on_answer(void *context, enum lab_answer given)
{
    (void)given;
    (void)__atomic_add_fetch(&world.answers[(uintptr_t)context], 1, __ATOMIC_SEQ_CST);
}

static uint64_t some_endpoint(struct actor *actor)
{
    uint64_t made = __atomic_load_n(&world.next_endpoint, __ATOMIC_SEQ_CST);
    return 1 + actor_below(actor, (uint32_t)made);
}

static void choose(struct actor *actor, struct lab_attempt *attempt)
{
    attempt->process_id = 10 * (1 + actor_below(actor, PROCESSES));
    attempt->endpoint = actor_below(actor, 3) == 0
                            ? some_endpoint(actor)
                            : __atomic_fetch_add(&world.next_endpoint, 1, __ATOMIC_SEQ_CST);
    attempt->family = actor_below(actor, 3) == 0 ? PR_FAMILY_IPV6 : PR_FAMILY_IPV4;
    attempt->protocol = actor_below(actor, 3) == 0 ? 17 : 6;
    attempt->local.bytes[0] = 127;
    attempt->local.port = (uint16_t)(1000 + attempt->endpoint);
    attempt->remote.bytes[0] = 10;
    attempt->remote.bytes[3] = (uint8_t)actor_below(actor, 4);
    attempt->remote.port = (uint16_t)(80 + actor_below(actor, 3));
}

static void turn_inbound(struct actor *actor, struct lab_attempt *attempt, unsigned number)
{
    bool tcp = attempt->protocol == 6;
    attempt->direction = LAB_INBOUND;
    attempt->endpoint = tcp ? 200000 + number : 100000 + actor_below(actor, 4);
    attempt->listener = tcp ? some_endpoint(actor) : 0;
    attempt->local.port = (uint16_t)(1000 + actor_below(actor, 3));
    attempt->remote.port = (uint16_t)(80 + actor_below(actor, 6));
    attempt->payload = tcp ? NULL : attempt->payload;
}

static void connect_one(struct actor *actor)
{
    static const uint8_t payload[2000] = {1, 2, 3};
    struct lab_attempt attempt;
    unsigned number = __atomic_fetch_add(&world.attempts, 1, __ATOMIC_SEQ_CST);
    if (number >= MAX_ATTEMPTS) {
        (void)__atomic_sub_fetch(&world.attempts, 1, __ATOMIC_SEQ_CST);
        return;
    }
    memset(&attempt, 0, sizeof(attempt));
    choose(actor, &attempt);
    if (attempt.protocol == 17 && actor_below(actor, 8) != 0) {
        attempt.payload = payload;
        attempt.payload_bytes = actor_below(actor, sizeof(payload));
    }
    if (actor_below(actor, 3) == 0) {
        turn_inbound(actor, &attempt, number);
    }
    lab_attempt_start(&attempt, on_answer, (void *)(uintptr_t)number);
}

static void start_process(uint64_t id, uint64_t created)
{
    static const uint16_t path[] = {'/', 'a'};
    struct lab_process process = {
        .id = id, .created = created, .parent_id = 1, .path = path, .path_units = 2};
    lab_process_start(&process);
}

static bool set_exiting(uint32_t process, bool exiting)
{
    bool changed;
    pthread_mutex_lock(&mutex);
    changed = world.exiting[process] != exiting;
    world.exiting[process] = exiting;
    pthread_mutex_unlock(&mutex);
    return changed;
}

/* A process exits once. */
static void restart_process(struct actor *actor)
{
    uint32_t process = actor_below(actor, PROCESSES);
    uint64_t id = 10 * (1 + (uint64_t)process);
    if (set_exiting(process, true)) {
        lab_process_exit(id);
        start_process(id, 5000 + actor_below(actor, 1000));
        (void)set_exiting(process, false);
    }
}

static void close_endpoint(struct actor *actor)
{
    lab_endpoint_close(actor_below(actor, 4) == 0 ? 100000 + actor_below(actor, 4)
                                                  : some_endpoint(actor));
}

/* Some event marks all flows, and a packet of each comes by. */
static void reauthorize_flows(struct actor *actor)
{
    /* With real threads always the usual ones: a classify reads them without a lock. */
    struct wfp_oddities odd = {.packet_reversed = lab_is_virtual() && actor_below(actor, 2) == 0};
    uint32_t bit = actor_below(actor, 8);
    wfp_flows_mark(1u << (bit < 4 ? bit : bit + 1)); /* not CLASSIFY_COMPLETION */
    (void)wfp_flows_packet(&odd);
}

/* Something becomes due while others are at work. */
static void pass_time(struct actor *actor)
{
    uint64_t milliseconds =
        actor_below(actor, 4) == 0 ? actor_below(actor, 12000) : actor_below(actor, 1500);
    if (lab_is_virtual()) {
        (void)lab_time_advance(lab_now() + milliseconds * LAB_100NS_PER_MS);
    }
}

/* The computer goes to sleep or is back; in between it may be told so twice. */
static void change_power(struct actor *actor)
{
    bool awake;
    pthread_mutex_lock(&mutex);
    world.asleep = !world.asleep;
    awake = !world.asleep;
    pthread_mutex_unlock(&mutex);
    lab_power_change(awake);
    (void)actor;
}

static void jump_clock(struct actor *actor)
{
    int64_t milliseconds = actor_below(actor, 7200000);
    lab_time_jump(milliseconds - 3600000);
}

static void tell_filter_engine(void *runs)
{
    wfp_bfe_change(runs != NULL);
}

/* A service changes its state once at a time. */
static void change_filter_engine(struct actor *actor)
{
    bool may, runs;
    pthread_mutex_lock(&mutex);
    may = !world.changing_engine;
    world.changing_engine = true;
    runs = world.stopped;
    pthread_mutex_unlock(&mutex);
    (void)actor;
    if (!may) {
        return;
    }
    lab_call(tell_filter_engine, runs ? &world : NULL);
    pthread_mutex_lock(&mutex);
    world.stopped = !runs;
    world.changing_engine = false;
    pthread_mutex_unlock(&mutex);
}

static const struct {
    unsigned weight;
    void (*run)(struct actor *actor);
} kinds[] = {
    {36, connect_one},
    {16, answer},
    {5, close_endpoint},
    {3, restart_process},
    {8, pass_time},
    {5, operations_attach},
    {4, publish},
    {3, map_process},
    {3, reauthorize_flows},
    {3, send_policy},
    {2, change_power},
    {1, jump_clock},
    {2, change_filter_engine},
};

static void without_numbers(struct actor *actor)
{
    switch (actor_below(actor, 4)) {
    case 0:
        operations_detach();
        break;
    case 1:
        read_hits();
        break;
    case 2:
        read_status();
        break;
    default:
        send_read();
    }
}

void operations_any(struct actor *actor)
{
    uint32_t dice = actor_below(actor, 100);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (dice < kinds[i].weight) {
            kinds[i].run(actor);
            return;
        }
        dice -= kinds[i].weight;
    }
    without_numbers(actor);
}

void operations_start(void)
{
    memset(&world, 0, sizeof(world));
    world.next_endpoint = 1;
    make_tables();
    for (uint64_t i = 1; i <= PROCESSES; i++) {
        start_process(10 * i, 1000 + i);
    }
}

bool operations_settled(void)
{
    bool settled = world.reads == 0;
    for (unsigned i = 0; i < world.attempts; i++) {
        if (world.answers[i] != 1) {
            (void)fprintf(stderr, "attempt %u was answered %u times\n", i, world.answers[i]);
            settled = false;
        }
    }
    return settled;
}
