/* The client's side of the engine: one owner, one session, its requests. See engine.h and portreeve_wire.h. */
#include "atomic.h"
#include "engine_state.h"

#include <string.h>

#include "wire.h"

/* Results may be written over the answers that have been read: result i ends before answer i + 1 starts. */
_Static_assert(sizeof(struct pr_results) <= sizeof(struct pr_answers), "results start first");
_Static_assert(sizeof(struct pr_answer_result) == sizeof(struct pr_answer), "same stride");

enum pr_outcome pr_client_open(struct pr_engine *engine, const void *handle, uint64_t process_id)
{
    struct pr_port_lock_state state;
    enum pr_outcome status = PR_OUTCOME_IN_USE;
    pr_engine_lock(engine, &state);
    if (engine->session.state == PR_SESSION_NONE) {
        engine->session.state = PR_SESSION_OPEN;
        engine->session.handle = handle;
        pr_atomic_store(&engine->owner_process, process_id);
        status = PR_OUTCOME_OK;
    }
    pr_engine_unlock(engine, &state);
    return status;
}

/* Ends that the lost client was to be told: its own answers it knows, the rest is for the next one. */
static void keep_untold(struct pr_engine *engine)
{
    struct pr_link *link;
    while ((link = pr_list_take(&engine->settled)) != NULL) {
        struct pr_hold *hold = PR_CONTAINER(link, struct pr_hold, event);
        if (hold->connection.reason == PR_REASON_ANSWERED) {
            pr_settle_event_gone(engine, hold);
        } else {
            pr_settle_keep_decided(engine, hold);
        }
    }
}

/* Lock held. A transfer that was under way, to be freed without it. */
static void *end_session(struct pr_engine *engine)
{
    pr_atomic_store(&engine->owner_process, 0);
    memset(&engine->session, 0, sizeof(engine->session));
    pr_atomic_store(&engine->rules.may_ask, 0);
    keep_untold(engine);
    return pr_rules_forget_incoming(engine);
}

void pr_client_close(struct pr_engine *engine, const void *handle)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    uint64_t limit = engine->next_id;
    bool owner = engine->session.state != PR_SESSION_NONE && engine->session.handle == handle;
    void *incoming = owner ? end_session(engine) : NULL;
    pr_engine_unlock(engine, &state);
    pr_rules_free_incoming(incoming);
    if (owner) {
        pr_settle_before(engine, limit, PR_REASON_CLIENT_LOST);
    }
}

const void *pr_client_process_exited(struct pr_engine *engine, uint64_t process_id)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    bool owner = engine->session.state != PR_SESSION_NONE &&
                 pr_atomic_load(&engine->owner_process) == process_id;
    const void *handle = owner ? engine->session.handle : NULL;
    pr_engine_unlock(engine, &state);
    if (handle != NULL) {
        pr_client_close(engine, handle);
    }
    return handle;
}

enum pr_outcome pr_client_check(const struct pr_engine *engine, const void *handle,
                                uint64_t session)
{
    if (engine->session.state == PR_SESSION_NONE || engine->session.handle != handle) {
        return PR_OUTCOME_ACCESS_DENIED;
    }
    if (engine->session.state != PR_SESSION_READY) {
        return PR_OUTCOME_NO_HELLO;
    }
    return engine->session.nonce == session ? PR_OUTCOME_OK : PR_OUTCOME_ACCESS_DENIED;
}

static enum pr_outcome start_session(struct pr_engine *engine, const void *handle)
{
    struct pr_session *session = &engine->session;
    if (session->state == PR_SESSION_NONE || session->handle != handle) {
        return PR_OUTCOME_ACCESS_DENIED;
    }
    if (session->state != PR_SESSION_OPEN) {
        return PR_OUTCOME_NO_HELLO;
    }
    session->state = PR_SESSION_READY;
    session->nonce = pr_port_random() | 1;
    session->sequence = 0;
    pr_atomic_store(&engine->rules.may_ask, 1);
    return PR_OUTCOME_OK;
}

static void write_welcome(const struct pr_engine *engine, struct pr_request *request)
{
    struct pr_welcome welcome;
    memset(&welcome, 0, sizeof(welcome));
    welcome.header = pr_wire_header(sizeof(welcome), PR_KIND_WELCOME);
    welcome.session = engine->session.nonce;
    welcome.loaded_at = engine->loaded_at;
    welcome.driver_version = PR_DRIVER_VERSION;
    welcome.max_held = PR_MAX_HELD;
    welcome.max_held_per_process = PR_MAX_HELD_PER_PROCESS;
    welcome.max_hold_ms = PR_MAX_HOLD_MS;
    memcpy(request->buffer, &welcome, sizeof(welcome));
    request->output_bytes = sizeof(welcome);
}

static enum pr_outcome request_hello(struct pr_engine *engine, const void *handle,
                                     struct pr_request *request)
{
    struct pr_port_lock_state state;
    struct pr_hello hello;
    enum pr_outcome status = pr_wire_hello(request->buffer, request->input_bytes, &hello);
    if (status != PR_OUTCOME_OK) {
        return status;
    }
    if (request->output_capacity < sizeof(struct pr_welcome)) {
        return PR_OUTCOME_BUFFER_TOO_SMALL;
    }
    pr_engine_lock(engine, &state);
    status = start_session(engine, handle);
    if (status == PR_OUTCOME_OK) {
        write_welcome(engine, request);
    }
    pr_engine_unlock(engine, &state);
    return status;
}

static uint64_t packed(const struct pr_policy *policy)
{
    return (uint64_t)policy->mode << PR_POLICY_MODE |
           (uint64_t)policy->loopback << PR_POLICY_LOOPBACK |
           (uint64_t)policy->no_client_verdict << PR_POLICY_NO_CLIENT |
           (uint64_t)policy->watchdog_verdict << PR_POLICY_WATCHDOG |
           (uint64_t)policy->full_verdict << PR_POLICY_FULL |
           (uint64_t)policy->unknown_reauthorize_verdict << PR_POLICY_UNKNOWN;
}

static enum pr_outcome request_policy(struct pr_engine *engine, const void *handle,
                                      struct pr_request *request)
{
    struct pr_port_lock_state state;
    struct pr_policy policy;
    enum pr_outcome status = pr_wire_policy(request->buffer, request->input_bytes, &policy);
    if (status != PR_OUTCOME_OK) {
        return status;
    }
    pr_engine_lock(engine, &state);
    status = pr_client_check(engine, handle, policy.session);
    if (status == PR_OUTCOME_OK) {
        engine->hold_ms = policy.hold_ms;
        pr_atomic_store(&engine->policy, packed(&policy));
    }
    pr_engine_unlock(engine, &state);
    return status;
}

static enum pr_outcome request_read(struct pr_engine *engine, const void *handle,
                                    struct pr_request *request)
{
    struct pr_port_lock_state state;
    struct pr_read read;
    enum pr_outcome status = pr_wire_read(request->buffer, request->input_bytes, &read);
    if (status != PR_OUTCOME_OK) {
        return status;
    }
    if (request->output_capacity < PR_MIN_EVENT_BATCH_BYTES) {
        return PR_OUTCOME_BUFFER_TOO_SMALL;
    }
    pr_engine_lock(engine, &state);
    status = pr_client_check(engine, handle, read.session);
    pr_engine_unlock(engine, &state);
    return status == PR_OUTCOME_OK ? PR_OUTCOME_PENDING : status;
}

/* Another policy.hold_ms from now, but never beyond the hard maximum. */
static void keep_holding(struct pr_engine *engine, struct pr_hold *hold)
{
    uint64_t last = hold->started + (uint64_t)PR_MAX_HOLD_MS * PR_UNITS_PER_MS;
    uint64_t due = pr_port_monotonic() + (uint64_t)engine->hold_ms * PR_UNITS_PER_MS;
    due = due < last ? due : last;
    hold->connection.deadline = hold->connection.time + (due - hold->started);
    pr_settle_set_deadline(engine, hold, due);
}

static uint32_t apply_answer(struct pr_engine *engine, const struct pr_answer *answer)
{
    if (!pr_wire_answer_valid(answer)) {
        return PR_ANSWER_INVALID;
    }
    struct pr_hold *hold = pr_hold_table_by_id(&engine->holds, answer->id);
    if (hold == NULL || hold->announced_to != engine->session.nonce) {
        return PR_ANSWER_UNKNOWN;
    }
    if (answer->verdict == PR_VERDICT_KEEP) {
        keep_holding(engine, hold);
        return PR_ANSWER_ACCEPTED;
    }
    bool first = pr_settle_claim(engine, hold, answer->verdict, PR_REASON_ANSWERED);
    return first ? PR_ANSWER_ACCEPTED : PR_ANSWER_UNKNOWN;
}

static uint32_t apply_answers(struct pr_engine *engine, uint8_t *buffer, uint32_t count)
{
    uint32_t accepted = 0;
    uint8_t *place = buffer + sizeof(struct pr_results);
    for (uint32_t i = 0; i < count; i++, place += sizeof(struct pr_answer_result)) {
        struct pr_answer answer = pr_wire_answer(buffer, i);
        struct pr_answer_result result = {answer.id, apply_answer(engine, &answer), 0};
        accepted += result.status == PR_ANSWER_ACCEPTED ? 1 : 0;
        memcpy(place, &result, sizeof(result));
    }
    return accepted;
}

static void write_results(struct pr_request *request, uint32_t count, uint32_t accepted)
{
    struct pr_results results;
    request->output_bytes = sizeof(results) + count * sizeof(struct pr_answer_result);
    results.header = pr_wire_header(request->output_bytes, PR_KIND_RESULTS);
    results.count = count;
    results.accepted = accepted;
    memcpy(request->buffer, &results, sizeof(results));
}

static enum pr_outcome request_answer(struct pr_engine *engine, const void *handle,
                                      struct pr_request *request)
{
    struct pr_port_lock_state state;
    struct pr_answers answers;
    enum pr_outcome status = pr_wire_answers(request->buffer, request->input_bytes, &answers);
    if (status != PR_OUTCOME_OK) {
        return status;
    }
    if (request->output_capacity <
        sizeof(struct pr_results) + answers.count * sizeof(struct pr_answer_result)) {
        return PR_OUTCOME_BUFFER_TOO_SMALL;
    }
    pr_engine_lock(engine, &state);
    status = pr_client_check(engine, handle, answers.session);
    if (status == PR_OUTCOME_OK) {
        uint32_t accepted = apply_answers(engine, request->buffer, answers.count);
        write_results(request, answers.count, accepted);
    }
    pr_engine_unlock(engine, &state);
    return status;
}

/* Sums of what the processors have counted. */
static void add_decisions(const struct pr_engine *engine, struct pr_status *reply)
{
    for (uint32_t i = 0; i < PR_PROCESSOR_SLOTS; i++) {
        const struct pr_processor_slot *slot = &engine->readers.slots[i];
        reply->classified += pr_atomic_load(&slot->classified);
        reply->allowed += pr_atomic_load(&slot->allowed);
        reply->blocked += pr_atomic_load(&slot->blocked);
        reply->ruled += pr_atomic_load(&slot->ruled);
    }
}

static void write_status(struct pr_engine *engine, struct pr_request *request)
{
    const struct pr_counters *counters = &engine->counters;
    struct pr_status reply;
    memset(&reply, 0, sizeof(reply));
    reply.header = pr_wire_header(sizeof(reply), PR_KIND_STATUS);
    reply.session = engine->session.nonce;
    add_decisions(engine, &reply);
    reply.held_total = counters->held_total;
    reply.answered = counters->by_reason[PR_REASON_ANSWERED];
    reply.watchdog = counters->by_reason[PR_REASON_WATCHDOG];
    reply.client_lost = counters->by_reason[PR_REASON_CLIENT_LOST];
    reply.no_client = counters->by_reason[PR_REASON_NO_CLIENT];
    reply.full = counters->by_reason[PR_REASON_FULL];
    reply.endpoint_closed = counters->by_reason[PR_REASON_ENDPOINT_CLOSED];
    reply.pend_failed = counters->by_reason[PR_REASON_PEND_FAILED];
    reply.decided_lost = counters->decided_lost;
    reply.held_now = engine->holds.held_count;
    reply.held_peak = counters->held_peak;
    reply.datagrams_held = counters->datagrams_held;
    reply.datagrams_refused = counters->datagrams_refused;
    reply.datagrams_injected = counters->datagrams_injected;
    reply.table_version = pr_rules_version(engine);
    reply.table_rules = pr_rules_count(engine);
    reply.processes = engine->rules.processes.count;
    memcpy(request->buffer, &reply, sizeof(reply));
    request->output_bytes = sizeof(reply);
}

static enum pr_outcome request_status(struct pr_engine *engine, const void *handle,
                                      struct pr_request *request)
{
    struct pr_port_lock_state state;
    struct pr_status_request asked;
    enum pr_outcome status = pr_wire_status(request->buffer, request->input_bytes, &asked);
    if (status != PR_OUTCOME_OK) {
        return status;
    }
    if (request->output_capacity < sizeof(struct pr_status)) {
        return PR_OUTCOME_BUFFER_TOO_SMALL;
    }
    pr_engine_lock(engine, &state);
    status = pr_client_check(engine, handle, asked.session);
    if (status == PR_OUTCOME_OK) {
        write_status(engine, request);
    }
    pr_engine_unlock(engine, &state);
    return status;
}

enum pr_outcome pr_client_request(struct pr_engine *engine, const void *handle,
                                  struct pr_request *request)
{
    request->output_bytes = 0;
    switch (request->code) {
    case PR_IOCTL_HELLO:
        return request_hello(engine, handle, request);
    case PR_IOCTL_SET_POLICY:
        return request_policy(engine, handle, request);
    case PR_IOCTL_READ_EVENTS:
        return request_read(engine, handle, request);
    case PR_IOCTL_ANSWER:
        return request_answer(engine, handle, request);
    case PR_IOCTL_STATUS:
        return request_status(engine, handle, request);
    case PR_IOCTL_TABLE_BEGIN:
        return pr_rules_begin(engine, handle, request);
    case PR_IOCTL_TABLE_PART:
        return pr_rules_part(engine, handle, request);
    case PR_IOCTL_TABLE_COMMIT:
        return pr_rules_commit(engine, handle, request);
    case PR_IOCTL_MAP_PROCESSES:
        return pr_rules_map(engine, handle, request);
    case PR_IOCTL_RULE_HITS:
        return pr_rules_hits(engine, handle, request);
    default:
        return PR_OUTCOME_UNKNOWN_REQUEST;
    }
}

static bool has_events(const struct pr_engine *engine, const void *handle)
{
    const struct pr_session *session = &engine->session;
    return session->state == PR_SESSION_READY && session->handle == handle &&
           !(pr_list_empty(&engine->settled) && pr_list_empty(&engine->announce) &&
             pr_list_empty(&engine->decided));
}

bool pr_client_has_events(struct pr_engine *engine, const void *handle)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    bool has = has_events(engine, handle);
    pr_engine_unlock(engine, &state);
    return has;
}

size_t pr_client_read_events(struct pr_engine *engine, const void *handle, void *buffer,
                             size_t capacity)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    size_t bytes = has_events(engine, handle) ? pr_events_write(engine, buffer, capacity) : 0;
    pr_engine_unlock(engine, &state);
    return bytes;
}

const void *pr_client_owner(struct pr_engine *engine)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    const void *owner = engine->session.handle;
    pr_engine_unlock(engine, &state);
    return owner;
}
