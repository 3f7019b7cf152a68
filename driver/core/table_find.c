/* Look-ups in a rule table that was checked. See table.h. */
#include "table.h"

#include "atomic.h"

#include <string.h>

#define MAP_HEAD_WORDS 4

bool pr_map_open(const uint32_t *from, uint64_t words, struct pr_map *map)
{
    if (words < MAP_HEAD_WORDS) {
        return false;
    }
    map->v4_count = from[0];
    map->v6_count = from[1];
    map->list_count = from[2];
    map->segment_count = from[3];
    map->v4_start = from + MAP_HEAD_WORDS;
    map->v4_value = map->v4_start + map->v4_count;
    map->v6_start = map->v4_value + map->v4_count;
    map->v6_value = map->v6_start + 4 * (uint64_t)map->v6_count;
    map->list_first = map->v6_value + map->v6_count;
    map->segment_start = map->list_first + map->list_count + 1;
    map->segment_value = map->segment_start + map->segment_count;
    map->words = MAP_HEAD_WORDS + 2 * (uint64_t)map->v4_count + 5 * (uint64_t)map->v6_count +
                 map->list_count + 1 + 2 * (uint64_t)map->segment_count;
    return map->words <= words;
}

/* The last of these ascending numbers that is not above `key`; the first one is taken never to be. */
static uint32_t last_at_most(const uint32_t *starts, uint32_t count, uint32_t key)
{
    const uint32_t *base = starts;
    while (count > 1) {
        uint32_t half = count / 2;
        base = base[half] <= key ? base + half : base;
        count -= half;
    }
    return (uint32_t)(base - starts);
}

static uint32_t last_low_at_most(const uint16_t *starts, uint32_t count, uint16_t key)
{
    const uint16_t *base = starts;
    while (count > 1) {
        uint32_t half = count / 2;
        base = base[half] <= key ? base + half : base;
        count -= half;
    }
    return (uint32_t)(base - starts);
}

static uint64_t high(const uint32_t *words)
{
    return (uint64_t)words[0] << 32 | words[1];
}

static bool v6_at_most(const uint32_t *left, const uint32_t *right)
{
    uint64_t a = high(left);
    uint64_t b = high(right);
    return a < b || (a == b && high(left + 2) <= high(right + 2));
}

static uint32_t last_v6_at_most(const uint32_t *starts, uint32_t count, const uint32_t *key)
{
    uint32_t base = 0;
    while (count > 1) {
        uint32_t half = count / 2;
        base = v6_at_most(starts + 4 * (size_t)(base + half), key) ? base + half : base;
        count -= half;
    }
    return base;
}

static uint32_t word_of(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

#define LINE_BYTES       64
#define PREFETCHED_LINES 4

/* The beginning of so many bytes, and their end. */
static void prefetch(const void *from, size_t bytes)
{
    const uint8_t *place = from;
    size_t most = bytes < PREFETCHED_LINES * LINE_BYTES ? bytes : PREFETCHED_LINES * LINE_BYTES;
    for (size_t at = 0; at < most; at += LINE_BYTES) {
        pr_prefetch(place + at);
    }
    pr_prefetch(place + most - 1);
}

static uint32_t value_of_v4(const struct pr_map *map, const struct pr_v4_index *index,
                            uint32_t address)
{
    if (index == NULL) {
        return map->v4_value[last_at_most(map->v4_start, map->v4_count, address)];
    }
    uint32_t first = index->first[address >> 16];
    uint32_t count = index->first[(address >> 16) + 1] - first + 1;
    prefetch(index->low + first, count * sizeof(index->low[0]));
    prefetch(map->v4_value + first, count * sizeof(map->v4_value[0]));
    return map->v4_value[first + last_low_at_most(index->low + first, count, (uint16_t)address)];
}

static uint32_t value_of_address(const struct pr_map *map, const struct pr_v4_index *index,
                                 const struct pr_key *key)
{
    const uint8_t *bytes = key->remote.address;
    uint32_t words[4] = {word_of(bytes), 0, 0, 0};
    if (key->family == PR_FAMILY_IPV4) {
        return value_of_v4(map, index, words[0]);
    }
    for (uint32_t i = 1; i < 4; i++) {
        words[i] = word_of(bytes + 4 * i);
    }
    return map->v6_value[last_v6_at_most(map->v6_start, map->v6_count, words)];
}

static uint32_t value_of_port(const struct pr_map *map, uint32_t list, uint32_t port_key)
{
    uint32_t first = map->list_first[list];
    uint32_t count = map->list_first[list + 1] - first;
    return map->segment_value[first + last_at_most(map->segment_start + first, count, port_key)];
}

static uint32_t port_key_of(const struct pr_table_view *view, const struct pr_key *key)
{
    uint32_t inbound = key->layer == PR_LAYER_RECV_ACCEPT ? 1 : 0;
    uint32_t class_of = view->head->protocol_class[key->protocol];
    return inbound << 24 | class_of << 16 | key->remote.port;
}

static void open_map(const struct pr_table_view *view, const struct pr_table_subject *subject,
                     struct pr_map *map)
{
    const uint8_t *from = view->maps + subject->map;
    (void)pr_map_open((const uint32_t *)(const void *)from, UINT64_MAX, map);
}

uint32_t pr_table_v4_count(const struct pr_table_view *view)
{
    struct pr_map map;
    if (view->head->everybody.map == PR_TABLE_MAP_ASK) {
        return 0;
    }
    open_map(view, &view->head->everybody, &map);
    return map.v4_count;
}

size_t pr_table_v4_index_bytes(const struct pr_table_view *view)
{
    return offsetof(struct pr_v4_index, low) +
           pr_table_v4_count(view) * sizeof(((struct pr_v4_index *)NULL)->low[0]);
}

void pr_table_index_v4(const struct pr_table_view *view, struct pr_v4_index *index)
{
    struct pr_map map;
    uint32_t at = 0;
    open_map(view, &view->head->everybody, &map);
    for (uint32_t high = 0; high < 65536; high++) {
        while (at + 1 < map.v4_count && map.v4_start[at + 1] < high << 16) {
            at++;
        }
        index->first[high] = at;
    }
    index->first[65536] = map.v4_count - 1;
    for (uint32_t i = 0; i < map.v4_count; i++) {
        index->low[i] = (uint16_t)map.v4_start[i];
    }
}

/* The rule of one subject (or everybody), as its place among all rules. */
static uint32_t rule_of(const struct pr_table_view *view, const struct pr_table_subject *subject,
                        const struct pr_key *key)
{
    struct pr_map map;
    open_map(view, subject, &map);
    const struct pr_v4_index *index = subject == &view->head->everybody ? view->v4_index : NULL;
    uint32_t value = value_of_address(&map, index, key);
    if (value != PR_MAP_NO_RULE && (value & PR_MAP_LIST) != 0) {
        value = value_of_port(&map, value & ~(uint32_t)PR_MAP_LIST, port_key_of(view, key));
    }
    return value == PR_MAP_NO_RULE ? value : subject->rule_first + value;
}

static struct pr_table_match match_of(const struct pr_table_view *view, uint32_t rule)
{
    struct pr_table_match match = {PR_RULE_ASK, rule};
    if (rule != PR_MAP_NO_RULE) {
        match.outcome = view->rules[rule].outcome;
    }
    return match;
}

struct pr_table_match pr_table_decide(const struct pr_table_view *view, uint32_t subject,
                                      const struct pr_key *key)
{
    const struct pr_table_subject *everybody = &view->head->everybody;
    const struct pr_table_subject *own =
        subject == PR_TABLE_NO_SUBJECT ? NULL : &view->subjects[subject];
    if (everybody->map == PR_TABLE_MAP_ASK || (own != NULL && own->map == PR_TABLE_MAP_ASK)) {
        return match_of(view, PR_MAP_NO_RULE);
    }
    uint32_t common = rule_of(view, everybody, key);
    uint32_t rule = own == NULL ? PR_MAP_NO_RULE : rule_of(view, own, key);
    if (rule == PR_MAP_NO_RULE ||
        (common != PR_MAP_NO_RULE && view->rules[common].rank < view->rules[rule].rank)) {
        rule = common;
    }
    return match_of(view, rule);
}

uint32_t pr_table_subject_of(const struct pr_table_view *view, uint32_t id, uint32_t hint)
{
    const struct pr_table_subject *subjects = view->subjects;
    uint32_t count = view->head->subject_count;
    if (hint < count && subjects[hint].id == id) {
        return hint;
    }
    uint32_t base = 0;
    for (uint32_t left = count; left > 1;) {
        uint32_t half = left / 2;
        base = subjects[base + half].id <= id ? base + half : base;
        left -= half;
    }
    return count > 0 && subjects[base].id == id ? base : PR_TABLE_NO_SUBJECT;
}

static uint16_t unit_at(const uint8_t *path, size_t index)
{
    uint16_t unit = (uint16_t)(path[2 * index] | path[2 * index + 1] << 8);
    return unit >= 'A' && unit <= 'Z' ? (uint16_t)(unit + ('a' - 'A')) : unit;
}

static uint32_t mix(uint32_t hash)
{
    hash = (hash ^ hash >> 16) * 0x7feb352du;
    hash = (hash ^ hash >> 15) * 0x846ca68bu;
    return hash ^ hash >> 16;
}

uint32_t pr_table_path_hash(uint32_t seed, const void *path, size_t units)
{
    uint32_t hash = seed ^ 0x811c9dc5u;
    for (size_t i = 0; i < units; i++) {
        hash = (hash ^ unit_at(path, i)) * 0x01000193u;
    }
    return mix(hash);
}

static bool same_path(const uint16_t *text, const uint8_t *path, size_t units)
{
    for (size_t i = 0; i < units; i++) {
        if (text[i] != unit_at(path, i)) {
            return false;
        }
    }
    return true;
}

uint32_t pr_table_subject_of_path(const struct pr_table_view *view, const void *path, size_t bytes)
{
    size_t units = bytes / 2;
    if (view->head->bucket_count == 0 || units == 0) {
        return PR_TABLE_NO_SUBJECT;
    }
    uint32_t hash = pr_table_path_hash(view->head->path_seed, path, units);
    uint32_t bucket = hash & (view->head->bucket_count - 1);
    for (uint32_t i = view->buckets[bucket]; i < view->buckets[bucket + 1]; i++) {
        const struct pr_table_path *entry = &view->paths[i];
        if (entry->hash == hash && entry->units == units &&
            same_path(view->text + entry->text, path, units)) {
            return entry->subject;
        }
    }
    return PR_TABLE_NO_SUBJECT;
}
