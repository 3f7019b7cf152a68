/* Is this a rule table? Everything that a look-up relies on is looked at here. See table.h and portreeve_wire.h. */
#include "table.h"

#define PORT_KEYS (1u << 25)

/* Places of sections: what was taken so far of how much there is. */
struct cursor {
    const uint8_t *bytes;
    uint64_t size;
    uint64_t used;
    bool fits;
};

static const void *section(struct cursor *cursor, uint64_t count, uint64_t stride)
{
    const uint8_t *start = cursor->bytes + cursor->used;
    if (!cursor->fits || count * stride > cursor->size - cursor->used) {
        cursor->fits = false;
        return NULL;
    }
    cursor->used += count * stride;
    return start;
}

static bool head_valid(const struct pr_table *head, size_t size)
{
    const struct pr_header *header = &head->header;
    return header->size == size && header->kind == PR_KIND_TABLE &&
           header->version == PR_PROTOCOL_VERSION && head->version != 0 && head->reserved == 0 &&
           head->everybody.id == 0 && head->map_bytes % 4 == 0 && head->text_units % 2 == 0 &&
           (head->bucket_count & (head->bucket_count - 1)) == 0;
}

static bool open_table(const void *bytes, size_t size, struct pr_table_view *view)
{
    struct cursor cursor = {bytes, size, 0, true};
    const struct pr_table *head = section(&cursor, 1, sizeof(*head));
    if (head == NULL || size > PR_MAX_TABLE_BYTES || !head_valid(head, size)) {
        return false;
    }
    view->head = head;
    view->v4_index = NULL;
    view->subjects = section(&cursor, head->subject_count, sizeof(*view->subjects));
    view->rules = section(&cursor, head->rule_count, sizeof(*view->rules));
    view->buckets = section(&cursor, (uint64_t)head->bucket_count + 1, sizeof(*view->buckets));
    view->paths = section(&cursor, head->path_count, sizeof(*view->paths));
    view->maps = section(&cursor, head->map_bytes, 1);
    view->text = section(&cursor, head->text_units, sizeof(*view->text));
    return cursor.fits && cursor.used == size;
}

/* `count` numbers that rise from 0, all below `limit`. */
static bool rises(const uint32_t *numbers, uint32_t count, uint32_t limit)
{
    if (count == 0 || numbers[0] != 0) {
        return false;
    }
    for (uint32_t i = 1; i < count; i++) {
        if (numbers[i] <= numbers[i - 1]) {
            return false;
        }
    }
    return numbers[count - 1] <= limit;
}

static bool v6_less(const uint32_t *left, const uint32_t *right)
{
    for (uint32_t i = 0; i < 4; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i];
        }
    }
    return false;
}

static bool v6_rises(const uint32_t *starts, uint32_t count)
{
    static const uint32_t zero[4];
    if (count == 0 || v6_less(zero, starts)) {
        return false;
    }
    for (uint32_t i = 1; i < count; i++) {
        if (!v6_less(starts + 4 * (size_t)(i - 1), starts + 4 * (size_t)i)) {
            return false;
        }
    }
    return true;
}

/* Rules of the subject, lists of the map, or nothing. */
static bool values_valid(const uint32_t *values, uint32_t count, uint32_t rules, uint32_t lists)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t value = values[i];
        bool list = (value & PR_MAP_LIST) != 0;
        uint32_t limit = list ? lists : rules;
        if (value != PR_MAP_NO_RULE && (value & ~(uint32_t)PR_MAP_LIST) >= limit) {
            return false;
        }
    }
    return true;
}

static bool lists_valid(const struct pr_map *map)
{
    const uint32_t *first = map->list_first;
    if (first[0] != 0 || first[map->list_count] != map->segment_count) {
        return false;
    }
    for (uint32_t i = 0; i < map->list_count; i++) {
        if (first[i + 1] <= first[i] || first[i + 1] > map->segment_count ||
            !rises(map->segment_start + first[i], first[i + 1] - first[i], PORT_KEYS - 1)) {
            return false;
        }
    }
    return true;
}

static bool map_valid(const struct pr_map *map, uint32_t rules)
{
    return rises(map->v4_start, map->v4_count, UINT32_MAX) &&
           v6_rises(map->v6_start, map->v6_count) && lists_valid(map) &&
           values_valid(map->v4_value, map->v4_count, rules, map->list_count) &&
           values_valid(map->v6_value, map->v6_count, rules, map->list_count) &&
           values_valid(map->segment_value, map->segment_count, rules, 0);
}

static bool rules_valid(const struct pr_table_view *view, const struct pr_table_subject *subject)
{
    uint32_t count = view->head->rule_count;
    if (subject->rule_first > count || subject->rule_count > count - subject->rule_first ||
        subject->rule_count >= PR_MAP_LIST) {
        return false;
    }
    const struct pr_table_rule *rules = view->rules + subject->rule_first;
    for (uint32_t i = 0; i < subject->rule_count; i++) {
        if (rules[i].rule_id == 0 || rules[i].outcome > PR_RULE_BLOCK ||
            (i > 0 && rules[i].rank <= rules[i - 1].rank)) {
            return false;
        }
    }
    return true;
}

/* Rules and maps lie in the order of their subjects, so that nothing is looked at twice. */
static bool subject_valid(const struct pr_table_view *view, const struct pr_table_subject *subject,
                          uint32_t *next_map, uint32_t *next_rule)
{
    struct pr_map map;
    if (subject->rule_first != *next_rule || !rules_valid(view, subject)) {
        return false;
    }
    *next_rule += subject->rule_count;
    if (subject->map == PR_TABLE_MAP_ASK) {
        return true;
    }
    uint32_t most = view->head->map_bytes - *next_map;
    bool own = subject != &view->head->everybody;
    most = own && most > PR_MAX_MAP_BYTES ? PR_MAX_MAP_BYTES : most;
    const uint8_t *from = view->maps + *next_map;
    if (subject->map != *next_map ||
        !pr_map_open((const uint32_t *)(const void *)from, most / 4, &map)) {
        return false;
    }
    *next_map += (uint32_t)map.words * 4;
    return map_valid(&map, subject->rule_count);
}

static bool subjects_valid(const struct pr_table_view *view)
{
    uint32_t next_map = 0;
    uint32_t next_rule = 0;
    uint32_t id = 0;
    if (!subject_valid(view, &view->head->everybody, &next_map, &next_rule)) {
        return false;
    }
    for (uint32_t i = 0; i < view->head->subject_count; i++) {
        if (view->subjects[i].id <= id ||
            !subject_valid(view, &view->subjects[i], &next_map, &next_rule)) {
            return false;
        }
        id = view->subjects[i].id;
    }
    return next_map == view->head->map_bytes && next_rule == view->head->rule_count;
}

static bool paths_valid(const struct pr_table_view *view)
{
    const struct pr_table *head = view->head;
    if (view->buckets[0] != 0 || view->buckets[head->bucket_count] != head->path_count) {
        return false;
    }
    for (uint32_t i = 0; i < head->bucket_count; i++) {
        if (view->buckets[i + 1] < view->buckets[i] || view->buckets[i + 1] > head->path_count ||
            view->buckets[i + 1] - view->buckets[i] > PR_MAX_PATH_BUCKET) {
            return false;
        }
    }
    for (uint32_t i = 0; i < head->path_count; i++) {
        const struct pr_table_path *path = &view->paths[i];
        if (path->subject >= head->subject_count || path->units > PR_MAX_PATH_BYTES / 2 ||
            path->text > head->text_units || path->units > head->text_units - path->text) {
            return false;
        }
    }
    return true;
}

bool pr_table_check(const void *bytes, size_t size, struct pr_table_view *view)
{
    return open_table(bytes, size, view) && subjects_valid(view) && paths_valid(view);
}

uint64_t pr_table_checksum(const void *bytes, size_t size)
{
    const uint32_t *words = bytes;
    uint32_t a = 0;
    uint32_t b = 0;
    for (size_t i = 0; i < size / 4; i++) {
        a += words[i];
        b += a;
    }
    return (uint64_t)b << 32 | a;
}
