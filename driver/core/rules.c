/* Deciding by the rule table, putting one in force, and what becomes of the old one. See rules.h. */
#include "rules.h"

#include <string.h>

#include "atomic.h"
#include "engine_state.h"

#define TAG_TABLE    0x74547250u /* PrTt */
#define TAG_INCOMING 0x69547250u /* PrTi */
#define TAG_SPENT    0x73547250u /* PrTs */
#define INDEXED_FROM 4096u       /* intervals */
#define LINE_WORDS   16u
/* Of whatever process has the id now. */
#define ANY_TIME     UINT64_MAX

bool pr_rules_create(struct pr_engine *engine)
{
    pr_list_init(&engine->rules.spent);
    pr_list_init(&engine->rules.retired);
    return pr_process_table_create(&engine->rules.processes, pr_port_random());
}

void pr_rules_free_spent(struct pr_link *list)
{
    struct pr_link *link;
    while ((link = pr_list_take(list)) != NULL) {
        pr_port_free(PR_CONTAINER(link, struct pr_spent_hits, link), TAG_SPENT);
    }
}

static void free_retired(struct pr_engine *engine, struct pr_link *list)
{
    struct pr_link *link;
    while ((link = pr_list_take(list)) != NULL) {
        struct pr_retired *retired = PR_CONTAINER(link, struct pr_retired, link);
        retired->free(engine, retired);
    }
}

void pr_rules_destroy(struct pr_engine *engine)
{
    struct pr_rules *rules = &engine->rules;
    free_retired(engine, &rules->retired);
    pr_rules_free_spent(&rules->spent);
    if (rules->table != NULL) {
        pr_rule_table_free(rules->table);
    }
    pr_rules_free_incoming(rules->incoming.memory);
    pr_process_table_destroy(&rules->processes);
}

void pr_rules_retire(struct pr_engine *engine, struct pr_retired *retired)
{
    pr_list_append(&engine->rules.retired, &retired->link);
    engine->wake |= PR_WAKE_WORKER;
}

void pr_rules_reclaim(struct pr_engine *engine)
{
    struct pr_port_lock_state state;
    struct pr_rules *rules = &engine->rules;
    struct pr_link list;
    pr_list_init(&list);
    pr_engine_lock(engine, &state);
    bool mine = !rules->reclaiming;
    while (mine && !pr_list_empty(&rules->retired)) {
        rules->reclaiming = true;
        pr_list_move(&list, &rules->retired);
        pr_engine_unlock(engine, &state);
        pr_readers_wait(&engine->readers);
        free_retired(engine, &list);
        pr_engine_lock(engine, &state);
    }
    rules->reclaiming = mine ? false : rules->reclaiming;
    pr_engine_unlock(engine, &state);
}

/* Tables */

static void set_hit_rows(struct pr_rule_table *table, uint32_t rules)
{
    table->hit_row_words = (rules + 2 * LINE_WORDS - 1) & ~(LINE_WORDS - 1);
    table->hit_rows = PR_PROCESSOR_SLOTS;
    while (table->hit_rows > 1 &&
           (uint64_t)table->hit_rows * table->hit_row_words * 4 > PR_HIT_BYTES) {
        table->hit_rows /= 2;
    }
}

static struct pr_rule_table *allocate_table(const struct pr_table_view *view)
{
    struct pr_rule_table shape;
    set_hit_rows(&shape, view->head->rule_count);
    size_t bytes = sizeof(shape) + (size_t)shape.hit_rows * shape.hit_row_words * 4;
    struct pr_rule_table *table = pr_port_allocate(bytes, TAG_TABLE);
    if (table != NULL) {
        table->view = *view;
        table->hit_rows = shape.hit_rows;
        table->hit_row_words = shape.hit_row_words;
    }
    return table;
}

/* Without memory for it the search takes some steps more. */
static void make_index(struct pr_rule_table *table)
{
    table->v4_index = pr_port_allocate(pr_table_v4_index_bytes(&table->view), TAG_TABLE);
    if (table->v4_index != NULL) {
        pr_table_index_v4(&table->view, table->v4_index);
        table->view.v4_index = table->v4_index;
    }
}

uint32_t pr_rule_table_make(void *bytes, size_t size, struct pr_rule_table **made)
{
    struct pr_table_view view;
    if (!pr_table_check(bytes, size, &view)) {
        return PR_TABLE_INVALID;
    }
    *made = allocate_table(&view);
    if (*made == NULL) {
        return PR_TABLE_NO_MEMORY;
    }
    (*made)->bytes = bytes;
    if (pr_table_v4_count(&view) >= INDEXED_FROM) {
        make_index(*made);
    }
    return PR_TABLE_DONE;
}

void pr_rule_table_free(struct pr_rule_table *table)
{
    pr_rules_free_incoming(table->bytes);
    if (table->v4_index != NULL) {
        pr_port_free(table->v4_index, TAG_TABLE);
    }
    pr_port_free(table, TAG_TABLE);
}

void *pr_rules_allocate_incoming(size_t bytes)
{
    return pr_port_allocate(bytes, TAG_INCOMING);
}

void pr_rules_free_incoming(void *memory)
{
    if (memory != NULL) {
        pr_port_free(memory, TAG_INCOMING);
    }
}

uint32_t pr_rule_table_take_hits(struct pr_rule_table *table, uint32_t rule)
{
    uint32_t hits = 0;
    for (uint32_t row = 0; row < table->hit_rows; row++) {
        volatile uint32_t *word = &table->hits[(size_t)row * table->hit_row_words + rule];
        hits += pr_atomic_load32(word) == 0 ? 0 : pr_atomic_exchange32(word, 0);
    }
    return hits;
}

static uint32_t count_hit_rules(const struct pr_rule_table *table)
{
    uint32_t count = 0;
    for (uint32_t rule = 0; rule < table->view.head->rule_count; rule++) {
        bool hit = false;
        for (uint32_t row = 0; row < table->hit_rows && !hit; row++) {
            hit = table->hits[(size_t)row * table->hit_row_words + rule] != 0;
        }
        count += hit ? 1 : 0;
    }
    return count;
}

/* What a table has counted since it was last read, or NULL: nothing, or no memory for it. */
static struct pr_spent_hits *spent_of(struct pr_rule_table *table)
{
    uint32_t count = count_hit_rules(table);
    struct pr_spent_hits *spent =
        count == 0 ? NULL
                   : pr_port_allocate(sizeof(*spent) + count * sizeof(spent->hits[0]), TAG_SPENT);
    for (uint32_t rule = 0; spent != NULL && spent->count < count; rule++) {
        uint32_t hits = pr_rule_table_take_hits(table, rule);
        if (hits != 0) {
            spent->hits[spent->count++] =
                (struct pr_rule_hit){table->view.rules[rule].rule_id, hits};
        }
    }
    return spent;
}

/* Nobody reads the old table any more: its hits wait for the client, its memory goes. */
static void retired_table(void *context, struct pr_retired *retired)
{
    struct pr_engine *engine = context;
    struct pr_port_lock_state state;
    struct pr_rule_table *table = PR_CONTAINER(retired, struct pr_rule_table, retired);
    struct pr_spent_hits *spent = spent_of(table);
    pr_rule_table_free(table);
    if (spent == NULL) {
        return;
    }
    pr_engine_lock(engine, &state);
    bool kept = engine->rules.spent_count + spent->count <= PR_MAX_SPENT_HITS;
    if (kept) {
        engine->rules.spent_count += spent->count;
        pr_list_append(&engine->rules.spent, &spent->link);
    }
    pr_engine_unlock(engine, &state);
    if (!kept) {
        pr_port_free(spent, TAG_SPENT);
    }
}

uint32_t pr_rules_take_spent(struct pr_engine *engine, struct pr_rule_hit *hits, uint32_t room,
                             struct pr_link *empty)
{
    struct pr_rules *rules = &engine->rules;
    uint32_t count = 0;
    while (count < room && !pr_list_empty(&rules->spent)) {
        struct pr_spent_hits *spent = PR_CONTAINER(rules->spent.next, struct pr_spent_hits, link);
        uint32_t some = spent->count < room - count ? spent->count : room - count;
        spent->count -= some;
        rules->spent_count -= some;
        memcpy(hits + count, spent->hits + spent->count, some * sizeof(*hits));
        count += some;
        if (spent->count == 0) {
            pr_list_remove(&spent->link);
            pr_list_append(empty, &spent->link);
        }
    }
    return count;
}

static bool is_blocked(const struct pr_live_flow *live, void *context)
{
    return pr_rules_block(context, live);
}

bool pr_rules_publish(struct pr_engine *engine, const void *handle, uint64_t session,
                      struct pr_rule_table *table)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    bool allowed = pr_client_check(engine, handle, session) == PR_OUTCOME_OK;
    struct pr_rule_table *old = engine->rules.table;
    if (allowed) {
        table->retired.free = retired_table;
        pr_atomic_store_pointer(&engine->rules.table, table);
        if (old != NULL) {
            pr_rules_retire(engine, &old->retired);
        }
    }
    pr_engine_unlock(engine, &state);
    if (allowed) {
        (void)pr_engine_cut_flows(engine, is_blocked, engine);
        pr_rules_reclaim(engine);
    }
    return allowed;
}

/* Decisions */

/* The subject that the client has mapped the process to: its place, or PR_TABLE_NO_SUBJECT. `known` is false when the
 * client has not said. */
static uint32_t mapped_subject(struct pr_engine *engine, const struct pr_table_view *view,
                               uint64_t process_id, uint64_t created, bool *known)
{
    struct pr_known_process *process =
        process_id == 0 ? NULL : pr_process_table_find(&engine->rules.processes, process_id);
    uint32_t id = process == NULL ? 0 : pr_atomic_load32(&process->subject);
    *known = id != 0 && (created == process->created || created == ANY_TIME);
    if (!*known) {
        return PR_TABLE_NO_SUBJECT;
    }
    uint32_t hint = pr_atomic_load32(&process->place);
    uint32_t place = pr_table_subject_of(view, id, hint);
    if (place != hint) {
        pr_atomic_store32(&process->place, place);
    }
    return place;
}

static struct pr_table_match match_of(struct pr_engine *engine, const struct pr_table_view *view,
                                      const struct pr_flow *flow, bool may_ask)
{
    bool known;
    uint32_t place = mapped_subject(engine, view, flow->process_id, flow->process_created, &known);
    if (!known && (flow->flags & PR_FLOW_PATH_CUT) == 0) {
        place = pr_table_subject_of_path(view, flow->path, flow->path_bytes);
        known = place != PR_TABLE_NO_SUBJECT;
    }
    if (!known && may_ask) {
        return (struct pr_table_match){PR_RULE_ASK, PR_MAP_NO_RULE};
    }
    return pr_table_decide(view, place, &flow->key);
}

static void count_hit(struct pr_rule_table *table, const struct pr_reading *reading, uint32_t rule)
{
    size_t row = reading->processor & (table->hit_rows - 1);
    pr_atomic_add32(&table->hits[row * table->hit_row_words + rule], 1);
    pr_atomic_add(&reading->slot->ruled, 1);
}

enum pr_action pr_rules_decide(struct pr_engine *engine, const struct pr_flow *flow, bool may_ask)
{
    struct pr_reading reading = pr_readers_enter(&engine->readers);
    struct pr_rule_table *table = pr_atomic_load_pointer(&engine->rules.table);
    enum pr_action action = PR_ACTION_ASK;
    if (table != NULL) {
        struct pr_table_match match = match_of(engine, &table->view, flow, may_ask);
        if (match.outcome != PR_RULE_ASK) {
            action = match.outcome == PR_RULE_ALLOW ? PR_ACTION_PERMIT : PR_ACTION_BLOCK;
            count_hit(table, &reading, match.rule);
        }
    }
    pr_readers_leave(&reading);
    return action;
}

bool pr_rules_block(struct pr_engine *engine, const struct pr_live_flow *live)
{
    uint64_t created = live->process_created != 0 ? live->process_created : ANY_TIME;
    struct pr_reading reading = pr_readers_enter(&engine->readers);
    struct pr_rule_table *table = pr_atomic_load_pointer(&engine->rules.table);
    bool block = false;
    if (table != NULL) {
        bool known;
        uint32_t place = mapped_subject(engine, &table->view, live->process_id, created, &known);
        block = known && pr_table_decide(&table->view, place, live->key).outcome == PR_RULE_BLOCK;
    }
    pr_readers_leave(&reading);
    return block;
}

uint64_t pr_rules_version(struct pr_engine *engine)
{
    struct pr_reading reading = pr_readers_enter(&engine->readers);
    const struct pr_rule_table *table = pr_atomic_load_pointer(&engine->rules.table);
    uint64_t version = table == NULL ? 0 : table->view.head->version;
    pr_readers_leave(&reading);
    return version;
}

uint32_t pr_rules_count(struct pr_engine *engine)
{
    struct pr_reading reading = pr_readers_enter(&engine->readers);
    const struct pr_rule_table *table = pr_atomic_load_pointer(&engine->rules.table);
    uint32_t count = table == NULL ? 0 : table->view.head->rule_count;
    pr_readers_leave(&reading);
    return count;
}

/* Processes */

static void retired_process(void *engine, struct pr_retired *retired)
{
    (void)engine;
    pr_known_process_free(PR_CONTAINER(retired, struct pr_known_process, retired));
}

void pr_rules_forget_process(struct pr_engine *engine, uint64_t process_id)
{
    struct pr_known_process *process =
        pr_process_table_remove(&engine->rules.processes, process_id);
    if (process != NULL) {
        process->retired.free = retired_process;
        pr_rules_retire(engine, &process->retired);
    }
}

void pr_rules_note_process(struct pr_engine *engine, uint64_t process_id, uint64_t created)
{
    const struct pr_known_process *process =
        pr_process_table_find(&engine->rules.processes, process_id);
    if (process_id == 0 || created == 0 || (process != NULL && process->created == created)) {
        return;
    }
    pr_rules_forget_process(engine, process_id);
    (void)pr_process_table_add(&engine->rules.processes, process_id, created);
}

void pr_engine_process_started(struct pr_engine *engine, uint64_t process_id, uint64_t created)
{
    struct pr_port_lock_state state;
    pr_engine_lock(engine, &state);
    pr_rules_note_process(engine, process_id, created);
    pr_engine_unlock(engine, &state);
}

uint64_t pr_engine_process_created(struct pr_engine *engine, uint64_t process_id)
{
    struct pr_reading reading = pr_readers_enter(&engine->readers);
    const struct pr_known_process *process =
        pr_process_table_find(&engine->rules.processes, process_id);
    uint64_t created = process == NULL ? 0 : process->created;
    pr_readers_leave(&reading);
    return created;
}
