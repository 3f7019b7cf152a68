/* The client's requests about rule tables, mappings and hits. See rules.h and portreeve_wire.h. */
#include <string.h>

#include "atomic.h"
#include "engine_state.h"
#include "wire.h"

/* Rules looked through for one reply. */
#define RULES_PER_REPLY 65536u

static void write_result(struct pr_engine *engine, struct pr_request *request, uint32_t status)
{
    struct pr_table_result result;
    memset(&result, 0, sizeof(result));
    result.header = pr_wire_header(sizeof(result), PR_KIND_TABLE_RESULT);
    result.version = pr_rules_version(engine);
    result.status = status;
    memcpy(request->buffer, &result, sizeof(result));
    request->output_bytes = sizeof(result);
}

/* Lock held. What was begun before is the caller's to free. */
static void *begin(struct pr_engine *engine, const struct pr_table_begin *asked, void *memory)
{
    struct pr_incoming *incoming = &engine->rules.incoming;
    void *old = incoming->memory;
    incoming->version = asked->version;
    incoming->checksum = asked->checksum;
    incoming->bytes = asked->bytes;
    incoming->received = 0;
    incoming->memory = memory;
    return old;
}

enum pr_outcome pr_rules_begin(struct pr_engine *engine, const void *handle,
                               struct pr_request *request)
{
    struct pr_port_lock_state state;
    struct pr_table_begin asked;
    enum pr_outcome status = pr_wire_table_begin(request->buffer, request->input_bytes, &asked);
    if (status != PR_OUTCOME_OK) {
        return status;
    }
    if (request->output_capacity < sizeof(struct pr_table_result)) {
        return PR_OUTCOME_BUFFER_TOO_SMALL;
    }
    pr_engine_lock(engine, &state);
    status = pr_client_check(engine, handle, asked.session);
    void *old = status == PR_OUTCOME_OK ? pr_rules_forget_incoming(engine) : NULL;
    pr_engine_unlock(engine, &state);
    pr_rules_free_incoming(old);
    if (status != PR_OUTCOME_OK) {
        return status;
    }
    void *memory = pr_rules_allocate_incoming(asked.bytes);
    pr_engine_lock(engine, &state);
    status = pr_client_check(engine, handle, asked.session);
    old = status == PR_OUTCOME_OK ? begin(engine, &asked, memory) : memory;
    pr_engine_unlock(engine, &state);
    pr_rules_free_incoming(old);
    if (status == PR_OUTCOME_OK) {
        write_result(engine, request, memory == NULL ? PR_TABLE_NO_MEMORY : PR_TABLE_DONE);
    }
    return status;
}

/* Takes what was begun into the hands of this request; its memory is NULL when there is nothing. */
static enum pr_outcome take_incoming(struct pr_engine *engine, const void *handle, uint64_t session,
                                     struct pr_incoming *incoming)
{
    struct pr_port_lock_state state;
    memset(incoming, 0, sizeof(*incoming));
    pr_engine_lock(engine, &state);
    enum pr_outcome status = pr_client_check(engine, handle, session);
    if (status == PR_OUTCOME_OK) {
        *incoming = engine->rules.incoming;
        engine->rules.incoming.memory = NULL;
    }
    pr_engine_unlock(engine, &state);
    return status;
}

/* Gives it back, unless the session is over or another table was begun meanwhile. */
static void return_incoming(struct pr_engine *engine, const void *handle, uint64_t session,
                            struct pr_incoming *incoming)
{
    struct pr_port_lock_state state;
    void *unwanted = incoming->memory;
    pr_engine_lock(engine, &state);
    if (pr_client_check(engine, handle, session) == PR_OUTCOME_OK &&
        engine->rules.incoming.memory == NULL) {
        engine->rules.incoming = *incoming;
        unwanted = NULL;
    }
    pr_engine_unlock(engine, &state);
    pr_rules_free_incoming(unwanted);
}

/* The copy is made with the lock free: a part may be large. */
static enum pr_outcome add_part(struct pr_incoming *incoming, const struct pr_table_part *part,
                                const void *bytes)
{
    if (part->offset != incoming->received || part->bytes > incoming->bytes - incoming->received) {
        return PR_OUTCOME_INVALID_PARAMETER;
    }
    memcpy(incoming->memory + part->offset, bytes, part->bytes);
    incoming->received += part->bytes;
    return PR_OUTCOME_OK;
}

enum pr_outcome pr_rules_part(struct pr_engine *engine, const void *handle,
                              struct pr_request *request)
{
    struct pr_table_part part;
    struct pr_incoming incoming;
    enum pr_outcome status = pr_wire_table_part(request->buffer, request->input_bytes, &part);
    if (status == PR_OUTCOME_OK) {
        status = take_incoming(engine, handle, part.session, &incoming);
    }
    if (status != PR_OUTCOME_OK) {
        return status;
    }
    if (incoming.memory == NULL) {
        return PR_OUTCOME_INVALID_PARAMETER;
    }
    status = add_part(&incoming, &part, (const uint8_t *)request->buffer + sizeof(part));
    return_incoming(engine, handle, part.session, &incoming);
    return status;
}

/* PR_TABLE_*. The memory is the table's when this is DONE, and free otherwise. */
static uint32_t make_table(const struct pr_incoming *incoming, struct pr_rule_table **table)
{
    uint32_t status = PR_TABLE_INCOMPLETE;
    if (incoming->memory != NULL && incoming->received == incoming->bytes) {
        bool whole = pr_table_checksum(incoming->memory, incoming->bytes) == incoming->checksum;
        status =
            whole ? pr_rule_table_make(incoming->memory, incoming->bytes, table) : PR_TABLE_DAMAGED;
    }
    if (status == PR_TABLE_DONE && (*table)->view.head->version != incoming->version) {
        pr_rule_table_free(*table);
        return PR_TABLE_INVALID;
    }
    if (status != PR_TABLE_DONE) {
        pr_rules_free_incoming(incoming->memory);
    }
    return status;
}

enum pr_outcome pr_rules_commit(struct pr_engine *engine, const void *handle,
                                struct pr_request *request)
{
    struct pr_table_commit asked;
    struct pr_incoming incoming;
    struct pr_rule_table *table = NULL;
    enum pr_outcome status = pr_wire_table_commit(request->buffer, request->input_bytes, &asked);
    if (status == PR_OUTCOME_OK && request->output_capacity < sizeof(struct pr_table_result)) {
        status = PR_OUTCOME_BUFFER_TOO_SMALL;
    }
    if (status == PR_OUTCOME_OK) {
        status = take_incoming(engine, handle, asked.session, &incoming);
    }
    if (status != PR_OUTCOME_OK) {
        return status;
    }
    uint32_t made = make_table(&incoming, &table);
    if (made == PR_TABLE_DONE && !pr_rules_publish(engine, handle, asked.session, table)) {
        pr_rule_table_free(table);
        return PR_OUTCOME_ACCESS_DENIED;
    }
    write_result(engine, request, made);
    return PR_OUTCOME_OK;
}

void *pr_rules_forget_incoming(struct pr_engine *engine)
{
    void *memory = engine->rules.incoming.memory;
    engine->rules.incoming.memory = NULL;
    return memory;
}

static bool map_one(struct pr_engine *engine, const struct pr_mapping *mapping)
{
    struct pr_known_process *process =
        pr_process_table_find(&engine->rules.processes, mapping->process_id);
    if (process == NULL || process->created != mapping->process_created) {
        return false;
    }
    pr_atomic_store32(&process->subject, mapping->subject);
    return true;
}

static void write_mapped(struct pr_request *request, uint32_t accepted, uint32_t count)
{
    struct pr_mapped mapped = {pr_wire_header(sizeof(mapped), PR_KIND_MAPPED), accepted,
                               count - accepted};
    memcpy(request->buffer, &mapped, sizeof(mapped));
    request->output_bytes = sizeof(mapped);
}

enum pr_outcome pr_rules_map(struct pr_engine *engine, const void *handle,
                             struct pr_request *request)
{
    struct pr_port_lock_state state;
    struct pr_mappings asked;
    uint32_t accepted = 0;
    enum pr_outcome status = pr_wire_mappings(request->buffer, request->input_bytes, &asked);
    if (status == PR_OUTCOME_OK && request->output_capacity < sizeof(struct pr_mapped)) {
        status = PR_OUTCOME_BUFFER_TOO_SMALL;
    }
    if (status != PR_OUTCOME_OK) {
        return status;
    }
    pr_engine_lock(engine, &state);
    status = pr_client_check(engine, handle, asked.session);
    for (uint32_t i = 0; status == PR_OUTCOME_OK && i < asked.count; i++) {
        struct pr_mapping mapping = pr_wire_mapping(request->buffer, i);
        accepted += map_one(engine, &mapping) ? 1 : 0;
    }
    pr_engine_unlock(engine, &state);
    if (status == PR_OUTCOME_OK) {
        write_mapped(request, accepted, asked.count);
    }
    return status;
}

/* A reply to RULE_HITS while it is written. */
struct reply {
    struct pr_rule_hit *hits;
    uint32_t room;
    uint32_t count;
    uint32_t next;
};

/* Of the table in force, from rule `next` on. */
static void take_live(struct pr_engine *engine, struct reply *reply)
{
    struct pr_reading reading = pr_readers_enter(&engine->readers);
    struct pr_rule_table *table = pr_atomic_load_pointer(&engine->rules.table);
    uint32_t rules = table == NULL ? 0 : table->view.head->rule_count;
    uint32_t rule = reply->next;
    for (uint32_t i = 0; i < RULES_PER_REPLY && rule < rules && reply->count < reply->room; i++) {
        uint32_t hits = pr_rule_table_take_hits(table, rule);
        if (hits != 0) {
            reply->hits[reply->count++] =
                (struct pr_rule_hit){table->view.rules[rule].rule_id, hits};
        }
        rule++;
    }
    pr_readers_leave(&reading);
    reply->next = rule < rules ? rule : PR_HITS_END;
}

static enum pr_outcome take_hits(struct pr_engine *engine, const void *handle, uint64_t session,
                                 struct reply *reply)
{
    struct pr_port_lock_state state;
    struct pr_link empty;
    pr_list_init(&empty);
    pr_engine_lock(engine, &state);
    enum pr_outcome status = pr_client_check(engine, handle, session);
    if (status == PR_OUTCOME_OK) {
        reply->count = pr_rules_take_spent(engine, reply->hits, reply->room, &empty);
    }
    pr_engine_unlock(engine, &state);
    pr_rules_free_spent(&empty);
    if (status == PR_OUTCOME_OK) {
        take_live(engine, reply);
    }
    return status;
}

enum pr_outcome pr_rules_hits(struct pr_engine *engine, const void *handle,
                              struct pr_request *request)
{
    struct pr_hits_request asked;
    struct pr_hits head;
    enum pr_outcome status = pr_wire_hits(request->buffer, request->input_bytes, &asked);
    if (status == PR_OUTCOME_OK &&
        request->output_capacity < sizeof(head) + sizeof(struct pr_rule_hit)) {
        status = PR_OUTCOME_BUFFER_TOO_SMALL;
    }
    if (status != PR_OUTCOME_OK) {
        return status;
    }
    size_t room = (request->output_capacity - sizeof(head)) / sizeof(struct pr_rule_hit);
    struct reply reply = {
        .hits = (void *)((uint8_t *)request->buffer + sizeof(head)),
        .room = room < PR_MAX_RULE_HITS ? (uint32_t)room : PR_MAX_RULE_HITS,
        .next = asked.first,
    };
    status = take_hits(engine, handle, asked.session, &reply);
    if (status != PR_OUTCOME_OK) {
        return status;
    }
    request->output_bytes = sizeof(head) + reply.count * sizeof(struct pr_rule_hit);
    head.header = pr_wire_header(request->output_bytes, PR_KIND_HITS);
    head.count = reply.count;
    head.next = reply.next;
    memcpy(request->buffer, &head, sizeof(head));
    return PR_OUTCOME_OK;
}
