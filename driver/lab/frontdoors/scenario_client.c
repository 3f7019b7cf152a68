/* A client of the driver, as a scenario has it: the wire in C, one read always under way. */
#include <stdlib.h>

#include "scenario_world.h"

#define READ_BYTES 65536

struct call {
    struct scenario_client *client;
    bool done;
    uint32_t status;
    size_t bytes;
    uint8_t output[READ_BYTES];
};

struct scenario_client *scenario_find_client(const char *name)
{
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        struct scenario_client *client = &world.clients[i];
        if (client->handle != NULL && (name == NULL || strcmp(client->name, name) == 0)) {
            return client;
        }
    }
    return NULL;
}

static struct pr_header header_of(uint16_t kind, size_t size)
{
    return (struct pr_header){.size = (uint32_t)size, .kind = kind, .version = PR_PROTOCOL_VERSION};
}

/* Requests that are waited for */

static void call_done(void *context, uint32_t status, const void *output, size_t bytes)
{
    struct call *call = context;
    call->status = status;
    call->bytes = bytes;
    if (bytes > 0) {
        memcpy(call->output, output, bytes);
    }
    call->done = true;
}

static bool is_done(void *context)
{
    return ((struct call *)context)->done;
}

struct message {
    uint32_t code;
    const void *input;
    size_t bytes;
    size_t room;
};

/* Works in a step and, under "together", on a thread of the emulator. */
static void request(struct call *call, const struct message *message)
{
    call->done = call->client->handle == NULL; /* it was detached meanwhile */
    call->client->status = (uint32_t)STATUS_ACCESS_DENIED;
    if (call->done) {
        return;
    }
    (void)lab_device_ioctl(call->client->handle, message->code, message->input, message->bytes,
                           message->room, call_done, call);
    if (lab_on_main_thread()) {
        lab_run_until_idle();
    } else {
        (void)lab_wait(is_done, call, LAB_FOREVER);
    }
    call->client->status = call->done ? call->status : (uint32_t)STATUS_PENDING;
}

static struct call *call_new(struct scenario_client *client)
{
    struct call *call = calloc(1, sizeof(*call));
    if (call == NULL) {
        abort();
    }
    call->client = client;
    return call;
}

/* Events */

static bool same_flow(const struct scenario_attempt *attempt, const struct pr_connection *from)
{
    const struct lab_attempt *what = &attempt->what;
    return what->process_id == from->process_id && what->local.port == from->local.port &&
           what->remote.port == from->remote.port && what->protocol == from->protocol &&
           memcmp(what->remote.bytes, from->remote.address, what->family == 4 ? 4 : 16) == 0;
}

/* The wire doesn't tell two sockets with the same addresses apart: it is the first whose own question this can be. An
 * event may be read when its connection waits no more: then the first with these addresses. */
static struct scenario_attempt *held_attempt(const struct pr_connection *from)
{
    struct scenario_attempt *late = NULL;
    for (size_t i = 0; i < world.attempt_count; i++) {
        struct scenario_attempt *attempt = &world.attempts[i];
        if (attempt->hold != 0 || !same_flow(attempt, from)) {
            continue;
        }
        if (wfp_attempt_asks(attempt->what.endpoint, attempt)) {
            return attempt;
        }
        late = late != NULL ? late : attempt;
    }
    return late;
}

static struct scenario_attempt *decided_attempt(const struct pr_connection *from)
{
    for (size_t i = 0; i < world.attempt_count; i++) {
        struct scenario_attempt *attempt = &world.attempts[i];
        if (attempt->decided_verdict == 0 && same_flow(attempt, from)) {
            return attempt;
        }
    }
    return NULL;
}

struct one_answer {
    struct pr_answers head;
    struct pr_answer answer;
};

static void forget_answer(void *context, uint32_t status, const void *output, size_t bytes)
{
    (void)context;
    (void)status;
    (void)output;
    (void)bytes;
}

static void answer_at_once(struct scenario_client *client, uint64_t id)
{
    struct one_answer message = {.head = {.session = client->session, .count = 1}};
    message.head.header = header_of(PR_KIND_ANSWERS, sizeof(message));
    message.answer.id = id;
    message.answer.verdict = client->answer_at_once;
    (void)lab_device_ioctl(client->handle, PR_IOCTL_ANSWER, &message, sizeof(message), 1024,
                           forget_answer, client);
}

static void held_event(struct scenario_client *client, const struct pr_connection_event *event)
{
    struct scenario_attempt *attempt = held_attempt(&event->connection);
    if (attempt == NULL) {
        scenario_failed(NULL, "a HELD event is about no connection of the scenario");
        return;
    }
    attempt->hold = event->connection.id;
    attempt->listened = event->connection.listening_since != 0;
    attempt->service = event->connection.service_tag;
    lab_trace("held", "\"attempt\":\"%s\",\"hold\":%llu", attempt->name,
              (unsigned long long)attempt->hold);
    if (client->answer_at_once != PR_VERDICT_NONE) {
        answer_at_once(client, attempt->hold);
    }
}

static void settled_event(const struct pr_settled_event *event)
{
    for (size_t i = 0; i < world.attempt_count; i++) {
        struct scenario_attempt *attempt = &world.attempts[i];
        if (attempt->hold == event->id) {
            if (attempt->settled_verdict != 0) {
                scenario_failed(NULL, "%s: settled twice", attempt->name);
            }
            attempt->settled_verdict = event->verdict;
            attempt->settled_reason = event->reason;
            lab_trace("settled", "\"attempt\":\"%s\",\"verdict\":\"%s\",\"reason\":\"%s\"",
                      attempt->name, scenario_verdicts[event->verdict & 3],
                      scenario_reasons[event->reason % 12]);
            return;
        }
    }
    scenario_failed(NULL, "a SETTLED event is about no hold that was announced");
}

static void decided_event(const struct pr_connection_event *event)
{
    struct scenario_attempt *attempt = decided_attempt(&event->connection);
    if (attempt != NULL) {
        attempt->decided_verdict = event->connection.verdict;
        attempt->decided_reason = event->connection.reason;
    }
}

static void one_event(struct scenario_client *client, const uint8_t *at)
{
    struct pr_header header;
    union {
        struct pr_connection_event connection;
        struct pr_settled_event settled;
    } event;
    memcpy(&header, at, sizeof(header));
    if (header.kind == PR_EVENT_SETTLED) {
        memcpy(&event.settled, at, sizeof(event.settled));
        settled_event(&event.settled);
        return;
    }
    memcpy(&event.connection, at, sizeof(event.connection));
    if (header.kind == PR_EVENT_HELD) {
        held_event(client, &event.connection);
    } else {
        decided_event(&event.connection);
    }
}

static void take_events(struct scenario_client *client, const uint8_t *batch, size_t bytes)
{
    struct pr_events head;
    size_t at = sizeof(head);
    if (bytes < sizeof(head)) {
        scenario_failed(NULL, "a batch of events is shorter than its head");
        return;
    }
    memcpy(&head, batch, sizeof(head));
    for (uint32_t i = 0; i < head.count; i++) {
        struct pr_header header;
        memcpy(&header, batch + at, sizeof(header));
        one_event(client, batch + at);
        at += (header.size + 7u) & ~7u;
    }
    if (head.header.size != bytes || at > ((bytes + 7) & ~(size_t)7)) {
        scenario_failed(NULL, "a batch of events has %zu bytes, says %u", bytes, head.header.size);
    }
}

static void read_on(struct scenario_client *client);

static void read_done(void *context, uint32_t status, const void *output, size_t bytes)
{
    struct scenario_client *client = context;
    if (status == 0) {
        take_events(client, output, bytes);
        read_on(client);
    }
}

static void read_on(struct scenario_client *client)
{
    struct pr_read message = {.session = client->session};
    message.header = header_of(PR_KIND_READ, sizeof(message));
    if (client->handle != NULL && client->reads) {
        (void)lab_device_ioctl(client->handle, PR_IOCTL_READ_EVENTS, &message, sizeof(message),
                               READ_BYTES, read_done, client);
    }
}

/* Steps */

static void check_status(struct json *step, const char *what, uint32_t status)
{
    const char *wanted = scenario_text(step, "expect", "0");
    if (status != scenario_status(wanted) && !world.with_faults) {
        scenario_failed(step, "%s: status 0x%08x, expected %s", what, status, wanted);
    }
}

static bool say_hello(struct json *step, struct scenario_client *client)
{
    struct call *call = call_new(client);
    struct pr_hello hello = {.client_version = 1};
    struct pr_welcome welcome;
    struct message message = {PR_IOCTL_HELLO, &hello, sizeof(hello), sizeof(welcome)};
    bool welcomed;
    hello.header = header_of(PR_KIND_HELLO, sizeof(hello));
    hello.header.version = (uint16_t)scenario_number(step, "version", PR_PROTOCOL_VERSION);
    request(call, &message);
    welcomed = client->status == 0 && call->bytes == sizeof(welcome);
    if (welcomed) {
        memcpy(&welcome, call->output, sizeof(welcome));
        client->session = welcome.session;
    }
    free(call);
    return welcomed;
}

static uint8_t verdict_of(struct json *step, const char *key, uint8_t otherwise)
{
    const char *name = scenario_text(step, key, NULL);
    int found = name != NULL ? scenario_choice(name, scenario_verdicts, 4) : otherwise;
    if (found < 0) {
        scenario_failed(step, "\"%s\" is no verdict", name);
    }
    return found < 0 ? otherwise : (uint8_t)found;
}

static void read_policy(struct json *from, struct pr_policy *policy)
{
    policy->hold_ms = (uint32_t)scenario_number(from, "hold_ms", policy->hold_ms);
    policy->mode = strcmp(scenario_text(from, "mode", "ask"), "lockdown") == 0 ? PR_MODE_LOCKDOWN
                                                                               : PR_MODE_ASK;
    policy->loopback = strcmp(scenario_text(from, "loopback", "ask"), "allow") == 0
                           ? PR_LOOPBACK_ALLOW
                           : PR_LOOPBACK_ASK;
    policy->no_client_verdict = verdict_of(from, "no_client", policy->no_client_verdict);
    policy->watchdog_verdict = verdict_of(from, "watchdog", policy->watchdog_verdict);
    policy->full_verdict = verdict_of(from, "full", policy->full_verdict);
    policy->unknown_reauthorize_verdict =
        verdict_of(from, "unknown", policy->unknown_reauthorize_verdict);
}

static void set_policy(struct scenario_client *client, struct pr_policy *policy)
{
    struct call *call = call_new(client);
    struct message message = {PR_IOCTL_SET_POLICY, policy, sizeof(*policy), 0};
    policy->header = header_of(PR_KIND_POLICY, sizeof(*policy));
    policy->session = client->session;
    request(call, &message);
    if (client->status == 0) {
        world.policy = *policy;
        world.policy_set = true;
    }
    free(call);
}

static const struct pr_policy usual_policy = {
    .hold_ms = 60000,
    .mode = PR_MODE_ASK,
    .loopback = PR_LOOPBACK_ASK,
    .no_client_verdict = PR_VERDICT_BLOCK,
    .watchdog_verdict = PR_VERDICT_BLOCK,
    .full_verdict = PR_VERDICT_BLOCK,
    .unknown_reauthorize_verdict = PR_VERDICT_BLOCK,
};

static struct scenario_client *client_slot(void)
{
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        if (world.clients[i].handle == NULL) {
            memset(&world.clients[i], 0, sizeof(world.clients[i]));
            return &world.clients[i];
        }
    }
    return NULL;
}

static void greet(struct json *step, struct scenario_client *client)
{
    struct json *wanted = json_member(step, "policy");
    struct pr_policy policy = usual_policy;
    if (strcmp(scenario_text(step, "hello", "yes"), "no") == 0) {
        return;
    }
    if (!say_hello(step, client)) {
        check_status(step, "HELLO", client->status);
        return;
    }
    check_status(step, "HELLO", client->status);
    if (wanted != NULL) {
        read_policy(wanted, &policy);
    }
    set_policy(client, &policy);
    client->reads = json_member(step, "reads") == NULL || scenario_flag(step, "reads");
    read_on(client);
}

static uint32_t open_device(struct json *step, struct scenario_client *client)
{
    struct lab_open open = {
        .process_id = client->process_id,
        .impersonates = json_member(step, "impersonates") != NULL,
        .identifies = scenario_flag(step, "identifies"),
        .thread = scenario_token(step, "impersonates"),
        .named = scenario_flag(step, "named"),
    };
    return lab_device_open_as(&open, &client->handle);
}

void scenario_attach(struct json *step)
{
    struct scenario_client *client = client_slot();
    const struct scenario_process *process =
        scenario_find_process(scenario_text(step, "process", ""));
    uint32_t status;
    if (client == NULL) {
        scenario_failed(step, "more than %d clients", MAX_CLIENTS);
        return;
    }
    (void)snprintf(client->name, sizeof(client->name), "%s", scenario_text(step, "client", "main"));
    client->process_id = process != NULL ? process->id : 0;
    client->answer_at_once = verdict_of(step, "answer", PR_VERDICT_NONE);
    status = open_device(step, client);
    if (client->handle == NULL) {
        check_status(step, "open", status);
        return;
    }
    greet(step, client);
}

static void detach(struct scenario_client *client)
{
    struct lab_handle *handle = client->handle;
    client->reads = false;
    client->handle = NULL; /* nobody begins anything on it while it closes */
    if (handle != NULL) {
        lab_device_close(handle);
    }
}

void scenario_detach(struct json *step)
{
    struct scenario_client *client = scenario_find_client(scenario_text(step, "client", NULL));
    if (client != NULL) {
        detach(client);
    } else if (!world.with_faults) {
        scenario_failed(step, "there is no such client");
    }
}

void scenario_detach_all(void)
{
    wfp_injections_pause(false);
    for (size_t i = 0; i < MAX_CLIENTS; i++) {
        detach(&world.clients[i]);
    }
}

void scenario_policy(struct json *step)
{
    struct scenario_client *client = scenario_find_client(scenario_text(step, "client", NULL));
    struct pr_policy policy = world.policy_set ? world.policy : usual_policy;
    if (client == NULL) {
        return;
    }
    read_policy(step, &policy);
    set_policy(client, &policy);
    check_status(step, "SET_POLICY", client->status);
}

/* Answers */

struct answer_list {
    struct pr_answers head;
    struct pr_answer answers[PR_MAX_ANSWERS];
};

static void add_answer(struct answer_list *list, uint64_t id, uint8_t verdict)
{
    if (list->head.count < PR_MAX_ANSWERS) {
        list->answers[list->head.count++] = (struct pr_answer){.id = id, .verdict = verdict};
    }
}

static void add_attempt(struct answer_list *list, struct json *name, uint8_t verdict)
{
    const char *text = scenario_fill(name->text);
    const struct scenario_attempt *attempt = scenario_find_attempt(text);
    if (attempt == NULL) {
        scenario_failed(name, "there is no attempt \"%s\"", text);
    } else if (attempt->hold != 0) {
        add_answer(list, attempt->hold, verdict);
    } else if (!world.with_faults) {
        scenario_failed(name, "\"%s\" is not held", text);
    }
}

static void add_answers(struct json *step, struct answer_list *list, uint8_t verdict)
{
    struct json *names = json_member(step, "attempt");
    if (json_member(step, "id") != NULL) {
        add_answer(list, (uint64_t)scenario_number(step, "id", 0), verdict);
    } else if (names != NULL && names->type == JSON_ARRAY) {
        for (struct json *name = names->first; name != NULL; name = name->next) {
            add_attempt(list, name, verdict);
        }
    } else if (names != NULL && strcmp(names->text, "all") != 0) {
        add_attempt(list, names, verdict);
    } else {
        for (size_t i = 0; i < world.attempt_count; i++) {
            const struct scenario_attempt *attempt = &world.attempts[i];
            if (attempt->hold != 0 && attempt->settled_verdict == 0) {
                add_answer(list, attempt->hold, verdict);
            }
        }
    }
}

static void check_results(struct json *step, const struct call *call)
{
    static const char *const names[] = {"accepted", "unknown", "invalid"};
    const char *wanted = scenario_text(step, "expect", "accepted");
    int status = scenario_choice(wanted, names, 3);
    struct pr_results head;
    if (status < 0) {
        check_status(step, "ANSWER", call->status);
        return;
    }
    if (call->status != 0 || call->bytes < sizeof(head)) {
        scenario_failed(step, "ANSWER: status 0x%08x", call->status);
        return;
    }
    memcpy(&head, call->output, sizeof(head));
    for (uint32_t i = 0; i < head.count; i++) {
        struct pr_answer_result result;
        memcpy(&result, call->output + sizeof(head) + i * sizeof(result), sizeof(result));
        if (result.status != (uint32_t)status) {
            scenario_failed(step, "answer %u: %s, expected %s", i,
                            names[result.status < 3 ? result.status : 2], wanted);
        }
    }
}

static void send_answers(struct json *step, struct scenario_client *client,
                         struct answer_list *list)
{
    struct call *call = call_new(client);
    size_t bytes = sizeof(list->head) + list->head.count * sizeof(list->answers[0]);
    struct message message = {PR_IOCTL_ANSWER, list, bytes, READ_BYTES};
    list->head.header = header_of(PR_KIND_ANSWERS, bytes);
    list->head.session = (uint64_t)scenario_number(step, "session", (int64_t)client->session);
    request(call, &message);
    if (!world.with_faults && lab_on_main_thread()) {
        check_results(step, call);
    }
    free(call);
}

void scenario_answer(struct json *step)
{
    struct scenario_client *client = scenario_find_client(scenario_text(step, "client", NULL));
    struct answer_list *list = calloc(1, sizeof(*list));
    uint8_t verdict = verdict_of(step, "verdict", PR_VERDICT_BLOCK);
    int64_t times = scenario_number(step, "times", 1);
    if (client != NULL && list != NULL) {
        for (int64_t i = 0; i < times; i++) {
            add_answers(step, list, verdict);
        }
        if (list->head.count > 0) {
            send_answers(step, client, list);
        }
    }
    free(list);
}

/* Raw requests */

static size_t read_hex(const char *text, uint8_t *bytes, size_t room)
{
    size_t count = 0;
    while (count < room && text[2 * count] != 0 && text[2 * count + 1] != 0) {
        char digits[3] = {text[2 * count], text[2 * count + 1], 0};
        bytes[count++] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return count;
}

void scenario_ioctl(struct json *step)
{
    struct scenario_client *client = scenario_find_client(scenario_text(step, "client", NULL));
    uint8_t *input = calloc(1, READ_BYTES);
    size_t bytes = read_hex(scenario_text(step, "input", ""), input, READ_BYTES);
    struct message message = {(uint32_t)scenario_number(step, "code", 0), input, bytes,
                              (size_t)scenario_number(step, "room", 0)};
    if (client != NULL) {
        struct call *call = call_new(client);
        request(call, &message);
        check_status(step, "request", client->status);
        if (call->done) {
            free(call);
        }
    }
    free(input);
}

/* Cancels the read that is under way. */
void scenario_cancel(struct json *step)
{
    struct scenario_client *client = scenario_find_client(scenario_text(step, "client", NULL));
    if (client != NULL) {
        client->reads = false;
        lab_device_cancel_all(client->handle);
        client->reads = true;
        read_on(client);
    }
}

bool scenario_counters(struct scenario_client *client)
{
    struct call *call = call_new(client);
    struct pr_status_request input = {.session = client->session};
    struct message message = {PR_IOCTL_STATUS, &input, sizeof(input), sizeof(client->counters)};
    bool known;
    input.header = header_of(PR_KIND_STATUS_REQUEST, sizeof(input));
    request(call, &message);
    known = client->status == 0 && call->bytes == sizeof(client->counters);
    if (known) {
        memcpy(&client->counters, call->output, sizeof(client->counters));
    }
    free(call);
    return known;
}

uint32_t scenario_call(struct scenario_client *client, uint32_t code, const void *input,
                       size_t bytes, void *output, size_t room)
{
    struct call *call = call_new(client);
    struct message message = {code, input, bytes, room};
    request(call, &message);
    uint32_t status = client->status;
    if (call->done && call->bytes > 0) {
        memcpy(output, call->output, call->bytes < room ? call->bytes : room);
    }
    if (call->done) {
        free(call);
    }
    return status;
}
