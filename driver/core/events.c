/* Batches of events for the client, written straight into its buffer. See portreeve_wire.h. */
#include "engine_state.h"

#include <string.h>

#include "wire.h"

struct batch {
    uint8_t *buffer;
    size_t capacity;
    size_t used;
    uint32_t count;
};

static size_t aligned(size_t bytes)
{
    return (bytes + 7) & ~(size_t)7;
}

/* Room for one event, zeroed, or NULL. */
static uint8_t *reserve(struct batch *batch, size_t bytes)
{
    size_t start = aligned(batch->used);
    if (start > batch->capacity || bytes > batch->capacity - start) {
        return NULL;
    }
    memset(batch->buffer + batch->used, 0, start + bytes - batch->used);
    batch->used = start + bytes;
    batch->count++;
    return batch->buffer + start;
}

static bool write_connection(struct batch *batch, const struct pr_hold *hold, uint16_t kind)
{
    struct pr_connection_event event;
    size_t bytes = sizeof(event) + hold->path_bytes;
    uint8_t *place = reserve(batch, bytes);
    if (place == NULL) {
        return false;
    }
    memset(&event, 0, sizeof(event));
    event.header = pr_wire_header(bytes, kind);
    event.connection = hold->connection;
    event.path_offset = sizeof(event);
    event.path_bytes = hold->path_bytes;
    memcpy(place, &event, sizeof(event));
    memcpy(place + sizeof(event), hold->path, hold->path_bytes);
    return true;
}

static bool write_settled(struct batch *batch, const struct pr_hold *hold)
{
    struct pr_settled_event event;
    uint8_t *place = reserve(batch, sizeof(event));
    if (place == NULL) {
        return false;
    }
    memset(&event, 0, sizeof(event));
    event.header = pr_wire_header(sizeof(event), PR_EVENT_SETTLED);
    event.id = hold->connection.id;
    event.time = hold->settled_at;
    event.verdict = hold->connection.verdict;
    event.reason = hold->connection.reason;
    memcpy(place, &event, sizeof(event));
    return true;
}

static struct pr_hold *first_of(struct pr_link *list)
{
    return pr_list_empty(list) ? NULL : PR_CONTAINER(list->next, struct pr_hold, event);
}

/* Ends come before announcements, so that what waits to be told never exceeds what can be held. */
static void write_all(struct pr_engine *engine, struct batch *batch)
{
    struct pr_hold *hold;
    while ((hold = first_of(&engine->settled)) != NULL && write_settled(batch, hold)) {
        pr_settle_event_gone(engine, hold);
    }
    while ((hold = first_of(&engine->announce)) != NULL &&
           write_connection(batch, hold, PR_EVENT_HELD)) {
        hold->announced_to = engine->session.nonce;
        pr_settle_event_gone(engine, hold);
    }
    while ((hold = first_of(&engine->decided)) != NULL &&
           write_connection(batch, hold, PR_EVENT_DECIDED)) {
        engine->decided_count--;
        pr_settle_event_gone(engine, hold);
    }
}

size_t pr_events_write(struct pr_engine *engine, uint8_t *buffer, size_t capacity)
{
    size_t bounded = capacity < PR_MAX_EVENT_BATCH_BYTES ? capacity : PR_MAX_EVENT_BATCH_BYTES;
    struct batch batch = {buffer, bounded, sizeof(struct pr_events), 0};
    struct pr_events events;
    write_all(engine, &batch);
    if (batch.count == 0) {
        return 0;
    }
    memset(&events, 0, sizeof(events));
    events.header = pr_wire_header(batch.used, PR_KIND_EVENTS);
    events.session = engine->session.nonce;
    events.sequence = ++engine->session.sequence;
    events.count = batch.count;
    events.decided_lost = engine->decided_lost;
    engine->decided_lost = 0;
    memcpy(buffer, &events, sizeof(events));
    return batch.used;
}

_Static_assert(PR_MIN_EVENT_BATCH_BYTES >= sizeof(struct pr_events) +
                                               sizeof(struct pr_connection_event) +
                                               PR_MAX_PATH_BYTES,
               "the smallest batch takes one event");
