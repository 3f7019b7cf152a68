/* The steps of a scenario that programs, the system and other providers take. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "scenario_world.h"

struct scenario world;

const char *const scenario_verdicts[4] = {"none", "allow", "block", "keep"};
const char *const scenario_reasons[12] = {
    "none",      "answered",    "watchdog",        "client_lost",
    "no_client", "full",        "endpoint_closed", "process_exited",
    "unload",    "pend_failed", "no_memory",       "power"};

/* Reading a step */

#define MAX_TOGETHER 256
#define TEXTS        8
#define TEXT_BYTES   16640

const char *scenario_fill(const char *text)
{
    static char buffers[TEXTS][TEXT_BYTES];
    static unsigned next;
    char *buffer = buffers[next++ % TEXTS];
    size_t used = 0;
    for (; *text != 0 && used + 24 < TEXT_BYTES; text++) {
        if (*text == '#') {
            used += (size_t)snprintf(buffer + used, TEXT_BYTES - used, "%llu",
                                     (unsigned long long)world.turn);
        } else {
            buffer[used++] = *text;
        }
    }
    buffer[used] = 0;
    return buffer;
}

const char *scenario_text(struct json *step, const char *key, const char *otherwise)
{
    const struct json *value = json_member(step, key);
    return value != NULL && value->type == JSON_STRING ? scenario_fill(value->text) : otherwise;
}

int64_t scenario_number(struct json *step, const char *key, int64_t otherwise)
{
    const struct json *value = json_member(step, key);
    return value != NULL && value->type == JSON_NUMBER ? value->number : otherwise;
}

bool scenario_flag(struct json *step, const char *key)
{
    const struct json *value = json_member(step, key);
    return value != NULL && value->boolean;
}

int scenario_choice(const char *name, const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

uint32_t scenario_status(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 0);
}

/* Processes */

struct scenario_process *scenario_find_process(const char *name)
{
    for (size_t i = world.process_count; i-- > 0;) {
        if (strcmp(world.processes[i].name, name) == 0) {
            return &world.processes[i];
        }
    }
    return NULL;
}

/* UTF-8 to UTF-16; a lone surrogate of the file stays one. */
static size_t widen(const char *text, uint16_t *units, size_t room)
{
    size_t count = 0;
    for (const uint8_t *at = (const uint8_t *)text; *at != 0 && count + 2 < room;) {
        uint32_t code = *at++;
        unsigned more = code >= 0xf0 ? 3 : code >= 0xe0 ? 2 : code >= 0xc0 ? 1 : 0;
        code &= more == 0 ? 0x7fu : 0x3fu >> more;
        for (; more > 0 && *at != 0; more--) {
            code = code << 6 | (*at++ & 0x3fu);
        }
        if (code >= 0x10000) {
            units[count++] = (uint16_t)(0xd800 + ((code - 0x10000) >> 10));
            code = 0xdc00 + ((code - 0x10000) & 0x3ff);
        }
        units[count++] = (uint16_t)code;
    }
    return count;
}

enum lab_token scenario_token(struct json *step, const char *key)
{
    static const char *const names[LAB_TOKEN_KINDS] = {
        "elevated", "system", "filtered", "admin-medium", "standard", "low",
    };
    const char *name = scenario_text(step, key, names[0]);
    int found = scenario_choice(name, names, LAB_TOKEN_KINDS);
    if (found < 0) {
        scenario_failed(step, "\"%s\" is no token", name);
    }
    return found < 0 ? LAB_TOKEN_STANDARD : (enum lab_token)found;
}

static void start_process(struct json *step)
{
    struct scenario_process *process = &world.processes[world.process_count];
    const struct scenario_process *parent =
        scenario_find_process(scenario_text(step, "parent", ""));
    uint16_t units[TEXT_BYTES];
    struct lab_process what = {.path = units};
    LARGE_INTEGER now;
    if (world.process_count == MAX_PROCESSES) {
        scenario_failed(step, "more than %d processes", MAX_PROCESSES);
        return;
    }
    (void)snprintf(process->name, sizeof(process->name), "%s", scenario_text(step, "process", ""));
    process->gone = false;
    process->id = (uint64_t)scenario_number(step, "id", 1000 + 4 * (int64_t)world.process_count);
    KeQuerySystemTimePrecise(&now);
    world.process_count++;
    process->created = (uint64_t)scenario_number(step, "created", now.QuadPart);
    what.id = process->id;
    what.created = process->created;
    what.parent_id = parent != NULL ? parent->id : 4;
    what.path_units =
        widen(scenario_text(step, "path", "\\Device\\HarddiskVolume3\\app.exe"), units, TEXT_BYTES);
    what.token = scenario_token(step, "token");
    lab_process_start(&what);
}

static void exit_process(struct json *step)
{
    struct scenario_process *process = scenario_find_process(scenario_text(step, "process", ""));
    if (process == NULL || process->gone) {
        scenario_failed(step, "there is no such process");
        return;
    }
    process->gone = true;
    lab_process_exit(process->id);
}

/* Connections */

struct scenario_attempt *scenario_find_attempt(const char *name)
{
    for (size_t i = 0; i < world.attempt_count; i++) {
        if (strcmp(world.attempts[i].name, name) == 0) {
            return &world.attempts[i];
        }
    }
    return NULL;
}

/* ADDRESS:PORT, [ADDRESS]:PORT or [ADDRESS%SCOPE]:PORT. */
static bool read_address(const char *text, struct lab_address *address, uint8_t *family)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : 0;
    bool bracketed = length > 2 && text[0] == '[' && text[length - 1] == ']';
    if (length == 0 || length >= sizeof(host)) {
        return false;
    }
    (void)snprintf(host, sizeof(host), "%.*s", (int)(bracketed ? length - 2 : length),
                   text + (bracketed ? 1 : 0));
    char *scope = strchr(host, '%');
    if (scope != NULL) {
        *scope++ = 0;
        address->scope_id = (uint32_t)strtoul(scope, NULL, 10);
    }
    address->port = (uint16_t)strtoul(colon + 1, NULL, 10);
    *family = bracketed ? 6 : 4;
    return inet_pton(bracketed ? AF_INET6 : AF_INET, host, address->bytes) == 1;
}

static uint8_t protocol_of(struct json *step)
{
    const struct json *value = json_member(step, "protocol");
    if (value == NULL) {
        return 6;
    }
    if (value->type == JSON_NUMBER) {
        return (uint8_t)value->number;
    }
    return strcmp(value->text, "udp") == 0 ? 17 : strcmp(value->text, "icmp") == 0 ? 1 : 6;
}

static void attempt_answered(void *context, enum lab_answer answer)
{
    struct scenario_attempt *attempt = context;
    static const enum attempt_view seen[] = {VIEW_ALLOWED, VIEW_BLOCKED, VIEW_ENDED};
    attempt->answers++;
    attempt->view = seen[answer];
    attempt->unfiltered = world.unfiltered;
}

/* Same socket, same endpoint; without a name each attempt has its own. */
static uint64_t endpoint_number(const char *socket, size_t fresh)
{
    for (size_t i = 0; i < fresh && socket[0] != 0; i++) {
        if (strcmp(world.attempts[i].socket, socket) == 0) {
            return world.attempts[i].what.endpoint;
        }
    }
    return 0x5000 + fresh;
}

static const char *const injected[] = {"no", "self", "other", "previously"};

static struct wfp_oddities read_oddities(struct json *step)
{
    struct json *from = json_member(step, "odd");
    struct wfp_oddities odd = {0};
    if (from != NULL) {
        odd.no_completion_handle = scenario_flag(from, "no_completion_handle");
        odd.at_dispatch = scenario_flag(from, "at_dispatch");
        odd.compartment = (uint32_t)scenario_number(from, "compartment", 0);
        odd.ip_header = scenario_flag(from, "ip_header");
        odd.ipsec = scenario_flag(from, "ipsec");
        odd.service = (uint32_t)scenario_number(from, "service", 0);
        odd.injected = (FWPS_PACKET_INJECTION_STATE)scenario_choice(
            scenario_text(from, "injected", "no"), injected, RTL_NUMBER_OF(injected));
    }
    return odd;
}

static const struct scenario_listener *find_listener(const char *socket)
{
    for (size_t i = 0; i < world.listener_count; i++) {
        if (strcmp(world.listeners[i].socket, socket) == 0) {
            return &world.listeners[i];
        }
    }
    return NULL;
}

static bool read_attempt(struct json *step, struct scenario_attempt *attempt, size_t number)
{
    struct lab_attempt *what = &attempt->what;
    const struct scenario_process *process =
        scenario_find_process(scenario_text(step, "process", ""));
    const char *from = scenario_text(step, "from", NULL);
    if (process == NULL) {
        scenario_failed(step, "there is no such process");
        return false;
    }
    if (!read_address(scenario_text(step, "to", ""), &what->remote, &what->family) ||
        (from != NULL && !read_address(from, &what->local, &what->family))) {
        scenario_failed(step, "an address is 127.0.0.1:80 or [::1]:80");
        return false;
    }
    if (from == NULL) {
        what->local = what->remote;
        what->local.port = (uint16_t)(20000 + number);
    }
    what->process_id = process->id;
    what->endpoint = endpoint_number(attempt->socket, number);
    what->protocol = protocol_of(step);
    what->direction = scenario_flag(step, "inbound") ? LAB_INBOUND : LAB_OUTBOUND;
    const char *listener = scenario_text(step, "listener", NULL);
    if (listener != NULL && find_listener(listener) == NULL) {
        scenario_failed(step, "nobody listens at \"%s\"", listener);
        return false;
    }
    what->listener = listener != NULL ? find_listener(listener)->endpoint : 0;
    return true;
}

const uint8_t *scenario_payload(size_t number)
{
    static uint8_t payload[65536];
    payload[0] = (uint8_t)(number + 1);
    payload[1] = (uint8_t)((number + 1) >> 8);
    return payload;
}

static void connect_socket(struct json *step)
{
    size_t number = world.attempt_count;
    struct scenario_attempt *attempt = &world.attempts[number];
    struct wfp_oddities odd = read_oddities(step);
    char automatic[NAME_BYTES];
    if (number == MAX_ATTEMPTS) {
        scenario_failed(step, "more than %d connections", MAX_ATTEMPTS);
        return;
    }
    (void)snprintf(automatic, sizeof(automatic), "attempt-%zu", number);
    (void)snprintf(attempt->name, sizeof(attempt->name), "%s",
                   scenario_text(step, "as", automatic));
    (void)snprintf(attempt->socket, sizeof(attempt->socket), "%s",
                   scenario_text(step, "socket", ""));
    if (!read_attempt(step, attempt, number)) {
        return;
    }
    world.attempt_count++;
    if (json_member(step, "payload") != NULL) {
        attempt->what.payload = scenario_payload(number);
        attempt->what.payload_bytes = (size_t)scenario_number(step, "payload", 0) & 0xffff;
    }
    wfp_attempt_start(&attempt->what, &odd, attempt_answered, attempt);
}

static void listen_socket(struct json *step)
{
    struct scenario_listener *listener = &world.listeners[world.listener_count];
    const struct scenario_process *process =
        scenario_find_process(scenario_text(step, "process", ""));
    struct lab_attempt what = {.protocol = protocol_of(step)};
    if (process == NULL || world.listener_count == MAX_LISTENERS ||
        !read_address(scenario_text(step, "at", ""), &what.local, &what.family)) {
        scenario_failed(step, "no such process or address, or too many sockets");
        return;
    }
    (void)snprintf(listener->socket, sizeof(listener->socket), "%s",
                   scenario_text(step, "socket", ""));
    listener->endpoint = 0x4000 + world.listener_count++;
    what.process_id = process->id;
    what.endpoint = listener->endpoint;
    wfp_listen(&what, (uint32_t)scenario_number(step, "service", 0));
}

static void close_socket(struct json *step)
{
    const char *name = scenario_text(step, "socket", "");
    if (find_listener(name) != NULL) {
        lab_endpoint_close(find_listener(name)->endpoint);
        return;
    }
    for (size_t i = 0; i < world.attempt_count; i++) {
        const struct scenario_attempt *attempt = &world.attempts[i];
        if (strcmp(attempt->socket, name) == 0) {
            lab_endpoint_close(attempt->what.endpoint);
            return;
        }
    }
    if (world.event == 0) {
        scenario_failed(step, "there is no socket \"%s\"", name);
    }
}

/* The system */

static const struct {
    const char *name;
    uint32_t bit;
} reauthorize_reasons[] = {
    {"policy_change", FWP_CONDITION_REAUTHORIZE_REASON_POLICY_CHANGE},
    {"new_arrival_interface", FWP_CONDITION_REAUTHORIZE_REASON_NEW_ARRIVAL_INTERFACE},
    {"new_nexthop_interface", FWP_CONDITION_REAUTHORIZE_REASON_NEW_NEXTHOP_INTERFACE},
    {"profile_crossing", FWP_CONDITION_REAUTHORIZE_REASON_PROFILE_CROSSING},
    {"ipsec", FWP_CONDITION_REAUTHORIZE_REASON_IPSEC_PROPERTIES_CHANGED},
    {"mid_stream", FWP_CONDITION_REAUTHORIZE_REASON_MID_STREAM_INSPECTION},
    {"socket_property", FWP_CONDITION_REAUTHORIZE_REASON_SOCKET_PROPERTY_CHANGED},
    {"multicast", FWP_CONDITION_REAUTHORIZE_REASON_NEW_INBOUND_MCAST_BCAST_PACKET},
};

struct packets {
    struct wfp_oddities odd;
    ULONG classified;
};

static void send_packets(void *context)
{
    struct packets *packets = context;
    packets->classified = wfp_flows_packet(&packets->odd);
}

static void reauthorize(struct json *step)
{
    const char *name = scenario_text(step, "reason", "");
    const struct json *wanted = json_member(step, "expect_classified");
    struct packets packets = {.odd = {.reason_empty = scenario_flag(step, "reason_empty"),
                                      .packet_reversed = scenario_flag(step, "reversed")}};
    uint32_t reason = 0;
    bool exact =
        world.reauthorize == LAB_REAUTHORIZE_INSIDE || world.reauthorize == LAB_REAUTHORIZE_LATER;
    for (size_t i = 0; i < RTL_NUMBER_OF(reauthorize_reasons); i++) {
        reason |= strcmp(reauthorize_reasons[i].name, name) == 0 ? reauthorize_reasons[i].bit : 0;
    }
    if (reason == 0) {
        scenario_failed(step, "\"%s\" is no reason to reauthorize", name);
        return;
    }
    wfp_flows_mark(reason);
    lab_call(send_packets, &packets);
    if (wanted != NULL && exact && !world.with_faults &&
        packets.classified != (ULONG)wanted->number) {
        scenario_failed(wanted, "%u flows were classified, expected %lld", packets.classified,
                        (long long)wanted->number);
    }
}

static void foreign_filter(struct json *step)
{
    static const char *const names[] = {"connect4", "connect6", "accept4",
                                        "accept6",  "flow4",    "transport4"};
    static const UINT16 layers[] = {
        FWPS_LAYER_ALE_AUTH_CONNECT_V4,     FWPS_LAYER_ALE_AUTH_CONNECT_V6,
        FWPS_LAYER_ALE_AUTH_RECV_ACCEPT_V4, FWPS_LAYER_ALE_AUTH_RECV_ACCEPT_V6,
        FWPS_LAYER_ALE_FLOW_ESTABLISHED_V4, FWPS_LAYER_INBOUND_TRANSPORT_V4};
    static const char *const actions[] = {"permit", "block"};
    int layer = scenario_choice(scenario_text(step, "layer", ""), names, 6);
    int action = scenario_choice(scenario_text(step, "action", ""), actions, 2);
    if (layer < 0 || action < 0) {
        scenario_failed(step, "a layer is connect4 ... transport4, an action is permit or block");
        return;
    }
    world.permitted_above |= action == 0 && scenario_flag(step, "hard");
    (void)wfp_foreign_filter_add(layers[layer], (UINT16)scenario_number(step, "weight", 0),
                                 action == 0 ? FWP_ACTION_PERMIT : FWP_ACTION_BLOCK,
                                 scenario_flag(step, "hard"));
}

static void fail_call(struct json *step)
{
    lab_fault_named(scenario_text(step, "call", ""),
                    (NTSTATUS)scenario_status(scenario_text(step, "status", "0xC000009A")),
                    (unsigned)scenario_number(step, "count", 1));
}

static void slow_call(struct json *step)
{
    lab_slow_named(scenario_text(step, "call", ""), (uint64_t)scenario_number(step, "ms", 1),
                   (unsigned)scenario_number(step, "count", 1));
}

static void pause_injections(struct json *step)
{
    wfp_injections_pause(scenario_flag(step, "pause"));
}

static void remove_foreign(struct json *step)
{
    (void)step;
    wfp_foreign_filters_remove();
    world.permitted_above = false;
}

static void jump_clock(struct json *step)
{
    lab_time_jump(scenario_number(step, "ms", 0));
}

/* On a thread, whatever becomes due meanwhile is begun, and goes on when the thread lets it. */
static void run_clock(struct json *step)
{
    uint64_t milliseconds = (uint64_t)scenario_number(step, "ms", 0);
    uint64_t end = lab_now() + milliseconds * LAB_100NS_PER_MS;
    if (lab_on_main_thread()) {
        lab_run_for(milliseconds);
        return;
    }
    while (lab_time_advance(end)) {
        lab_yield();
    }
}

/* Order */

static void run_step(struct json *step);

static void run_on_thread(void *context)
{
    run_step(context);
}

/* Nothing runs before all have begun; then the seed decides who goes when. */
static void run_together(struct json *step)
{
    void *steps[MAX_TOGETHER];
    size_t count = 0;
    for (struct json *inner = json_member(step, "steps")->first; inner != NULL;
         inner = inner->next) {
        if (count == MAX_TOGETHER) {
            scenario_failed(inner, "more than %d steps together", MAX_TOGETHER);
            return;
        }
        steps[count++] = inner;
    }
    lab_call_together(run_on_thread, steps, count);
}

static struct json *find_meanwhile(void)
{
    struct json *step = json_member(world.root, "steps")->first;
    while (step != NULL && strcmp(json_member(step, "do")->text, "meanwhile") != 0) {
        step = step->next;
    }
    return step;
}

uint64_t scenario_events(void)
{
    struct json *step = find_meanwhile();
    uint64_t count = 0;
    for (struct json *event = step != NULL ? json_member(step, "steps")->first : NULL;
         event != NULL; event = event->next) {
        count++;
    }
    return count;
}

static struct json *event_of_run(void)
{
    struct json *step = world.event != 0 ? find_meanwhile() : NULL;
    struct json *event = step != NULL ? json_member(step, "steps")->first : NULL;
    for (uint64_t i = 1; i < world.event && event != NULL; i++) {
        event = event->next;
    }
    return event;
}

bool scenario_event_matters(void)
{
    struct json *event = event_of_run();
    return event != NULL && strcmp(json_member(event, "do")->text, "clock") != 0;
}

/* From here on, at the place of this run. */
static void run_meanwhile(struct json *step)
{
    struct json *event = event_of_run();
    (void)step;
    if (event != NULL) {
        lab_meanwhile(run_on_thread, event);
    }
}

static void run_repeat(struct json *step)
{
    int64_t times = scenario_number(step, "times", 1);
    uint64_t outer = world.turn;
    for (int64_t i = 0; i < times; i++) {
        world.turn = (uint64_t)i;
        scenario_run_steps(json_member(step, "steps"));
    }
    world.turn = outer;
}

static const struct {
    const char *name;
    void (*run)(struct json *step);
} kinds[] = {
    {"start", start_process},
    {"exit", exit_process},
    {"connect", connect_socket},
    {"listen", listen_socket},
    {"close", close_socket},
    {"attach", scenario_attach},
    {"detach", scenario_detach},
    {"policy", scenario_policy},
    {"answer", scenario_answer},
    {"ioctl", scenario_ioctl},
    {"table", scenario_table},
    {"map", scenario_map},
    {"hits", scenario_hits},
    {"cancel", scenario_cancel},
    {"reauthorize", reauthorize},
    {"foreign", foreign_filter},
    {"foreign_clear", remove_foreign},
    {"clock", jump_clock},
    {"run", run_clock},
    {"fail", fail_call},
    {"slow", slow_call},
    {"injections", pause_injections},
    {"power", scenario_power},
    {"callouts", scenario_callouts},
    {"filter_engine", scenario_filter_engine},
    {"unload", scenario_unload},
    {"load", scenario_load},
    {"boot", scenario_boot},
    {"lockdown", scenario_lockdown},
    {"expect", scenario_expect},
    {"together", run_together},
    {"meanwhile", run_meanwhile},
    {"repeat", run_repeat},
};

static void run_step(struct json *step)
{
    const char *name = json_member(step, "do")->text;
    lab_trace("step", "\"line\":%u,\"do\":\"%s\"", step->line, name);
    for (size_t i = 0; i < RTL_NUMBER_OF(kinds); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            kinds[i].run(step);
            return;
        }
    }
}

static void run_and_settle(struct json *step)
{
    const struct json *settle = json_member(step, "settle");
    run_step(step);
    if (lab_on_main_thread() && (settle == NULL || settle->boolean)) {
        lab_run_until_idle();
    }
}

static void run_alike(struct json *step)
{
    bool before = lab_faults_alike(true);
    run_and_settle(step);
    (void)lab_faults_alike(before);
}

void scenario_run_steps(struct json *steps)
{
    for (struct json *step = steps->first; step != NULL && !world.ended; step = step->next) {
        if (scenario_flag(step, "alike")) {
            run_alike(step);
        } else {
            run_and_settle(step);
        }
    }
}
