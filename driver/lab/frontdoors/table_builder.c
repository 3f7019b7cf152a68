#include "table_builder.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "portreeve_wire.h"
#include "table.h"

#define END_OF_LINE (1u << 25)
#define INBOUND     (1u << 24)
#define PROTOCOLS   256u
#define PORTS       65536u

/* Words, or bytes, that were written so far. */
struct buffer {
    uint8_t *bytes;
    size_t used;
    size_t room;
};

static void append(struct buffer *buffer, const void *bytes, size_t count)
{
    if (count == 0) {
        return;
    }
    if (buffer->used + count > buffer->room) {
        buffer->room = 2 * (buffer->used + count);
        buffer->bytes = realloc(buffer->bytes, buffer->room);
    }
    if (buffer->bytes == NULL) {
        abort();
    }
    memcpy(buffer->bytes + buffer->used, bytes, count);
    buffer->used += count;
}

static void append_word(struct buffer *buffer, uint32_t word)
{
    append(buffer, &word, sizeof(word));
}

static uint32_t count_words(const struct buffer *buffer)
{
    return (uint32_t)(buffer->used / sizeof(uint32_t));
}

/* Places of a line where something begins or has ended; `width` bytes each, compared from the first on. */
struct borders {
    uint8_t at[4 * TABLE_RULES * PROTOCOLS + 8][16];
    size_t count;
    size_t width;
};

static size_t width_of_borders;

static int compare(const void *left, const void *right)
{
    return memcmp(left, right, width_of_borders);
}

static void add_border(struct borders *borders, const uint8_t *at)
{
    memcpy(borders->at[borders->count++], at, borders->width);
}

/* The address behind this one; false when there is none. */
static bool add_one(uint8_t *address, size_t width)
{
    for (size_t i = width; i-- > 0;) {
        if (++address[i] != 0) {
            return true;
        }
    }
    return false;
}

static void sort_borders(struct borders *borders)
{
    size_t kept = 0;
    width_of_borders = borders->width;
    qsort(borders->at, borders->count, sizeof(borders->at[0]), compare);
    for (size_t i = 0; i < borders->count; i++) {
        if (i == 0 || compare(borders->at[kept - 1], borders->at[i]) != 0) {
            memmove(borders->at[kept++], borders->at[i], sizeof(borders->at[0]));
        }
    }
    borders->count = kept;
}

static bool covers_address(const struct table_rule *rule, int family, const uint8_t *address)
{
    size_t width = family == PR_FAMILY_IPV4 ? 4 : 16;
    return rule->family == TABLE_ANY ||
           (rule->family == family && memcmp(rule->first, address, width) <= 0 &&
            memcmp(address, rule->last, width) <= 0);
}

static bool covers_key(const struct table_rule *rule, uint32_t key)
{
    int direction = (key & INBOUND) != 0 ? PR_DIRECTION_INBOUND : PR_DIRECTION_OUTBOUND;
    int protocol = (int)(key >> 16 & 0xff);
    uint32_t port = key & 0xffff;
    return (rule->direction == TABLE_ANY || rule->direction == direction) &&
           (rule->protocol == TABLE_ANY || rule->protocol == protocol) &&
           rule->first_port <= port && port <= rule->last_port;
}

static void add_key(struct borders *borders, uint32_t key)
{
    uint8_t at[4] = {(uint8_t)(key >> 24), (uint8_t)(key >> 16), (uint8_t)(key >> 8), (uint8_t)key};
    if (key < END_OF_LINE) {
        add_border(borders, at);
    }
}

/* Where a rule begins and has ended on the line of direction, protocol and port. */
static void add_keys(struct borders *borders, const struct table_rule *rule)
{
    for (uint32_t plane = 0; plane < 2 * PROTOCOLS; plane++) {
        uint32_t base = plane * PORTS;
        if (covers_key(rule, base + rule->first_port)) {
            add_key(borders, base + rule->first_port);
            add_key(borders, base + rule->last_port + 1u);
        }
    }
}

struct map {
    struct buffer line[2][2]; /* starts and values; IPv4 and IPv6 */
    struct buffer list_first;
    struct buffer segment[2]; /* starts and values */
};

static uint32_t key_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The list for one address. The rules are in the order of their ranks. */
static void add_list(struct map *map, const struct table_subject *subject, int family,
                     const uint8_t *address)
{
    struct borders *keys = calloc(1, sizeof(*keys));
    if (keys == NULL) {
        abort();
    }
    keys->width = 4;
    add_key(keys, 0);
    for (size_t i = 0; i < subject->rule_count; i++) {
        add_keys(keys, &subject->rules[i]);
    }
    sort_borders(keys);
    append_word(&map->list_first, count_words(&map->segment[0]));
    for (size_t i = 0; i < keys->count; i++) {
        uint32_t key = key_at(keys->at[i]);
        uint32_t value = PR_MAP_NO_RULE;
        for (size_t rule = subject->rule_count; rule-- > 0;) {
            if (covers_address(&subject->rules[rule], family, address) &&
                covers_key(&subject->rules[rule], key)) {
                value = (uint32_t)rule;
            }
        }
        append_word(&map->segment[0], key);
        append_word(&map->segment[1], value);
    }
    free(keys);
}

static void append_start(struct buffer *buffer, const uint8_t *address, size_t width)
{
    for (size_t i = 0; i < width; i += 4) {
        append_word(buffer, key_at(address + i));
    }
}

static void add_addresses(struct map *map, const struct table_subject *subject, int family)
{
    struct borders *borders = calloc(1, sizeof(*borders));
    struct buffer *line = map->line[family == PR_FAMILY_IPV4 ? 0 : 1];
    static const uint8_t zero[16];
    if (borders == NULL) {
        abort();
    }
    borders->width = family == PR_FAMILY_IPV4 ? 4 : 16;
    add_border(borders, zero);
    for (size_t i = 0; i < subject->rule_count; i++) {
        const struct table_rule *rule = &subject->rules[i];
        uint8_t end[16];
        memcpy(end, rule->last, sizeof(end));
        if (rule->family == family) {
            add_border(borders, rule->first);
        }
        if (rule->family == family && add_one(end, borders->width)) {
            add_border(borders, end);
        }
    }
    sort_borders(borders);
    for (size_t i = 0; i < borders->count; i++) {
        append_start(&line[0], borders->at[i], borders->width);
        append_word(&line[1], PR_MAP_LIST | count_words(&map->list_first));
        add_list(map, subject, family, borders->at[i]);
    }
    free(borders);
}

static void append_buffer(struct buffer *to, struct buffer *from)
{
    append(to, from->bytes, from->used);
    free(from->bytes);
}

static void build_map(struct buffer *maps, const struct table_subject *subject)
{
    struct map map;
    memset(&map, 0, sizeof(map));
    add_addresses(&map, subject, PR_FAMILY_IPV4);
    add_addresses(&map, subject, PR_FAMILY_IPV6);
    append_word(maps, count_words(&map.line[0][1]));
    append_word(maps, count_words(&map.line[1][1]));
    append_word(maps, count_words(&map.list_first));
    append_word(maps, count_words(&map.segment[0]));
    append_word(&map.list_first, count_words(&map.segment[0]));
    for (size_t family = 0; family < 2; family++) {
        append_buffer(maps, &map.line[family][0]);
        append_buffer(maps, &map.line[family][1]);
    }
    append_buffer(maps, &map.list_first);
    append_buffer(maps, &map.segment[0]);
    append_buffer(maps, &map.segment[1]);
}

static int compare_rules(const void *left, const void *right)
{
    const struct table_rule *a = left;
    const struct table_rule *b = right;
    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

struct sections {
    struct pr_table head;
    struct buffer subjects, rules, paths, maps, text;
};

/* One bucket for all paths: no hash has to be told apart, and the driver's own look-up says what it is. */
static void add_path(struct sections *sections, const struct table_subject *subject, uint32_t place)
{
    struct pr_table_path path = {0, place, (uint32_t)(sections->text.used / 2),
                                 (uint32_t)subject->path_units};
    uint16_t folded[TABLE_PATH_UNITS];
    for (size_t i = 0; i < subject->path_units; i++) {
        uint16_t unit = subject->path[i];
        folded[i] = unit >= 'A' && unit <= 'Z' ? (uint16_t)(unit + 32) : unit;
    }
    path.hash = pr_table_path_hash(sections->head.path_seed, folded, subject->path_units);
    append(&sections->paths, &path, sizeof(path));
    append(&sections->text, folded, subject->path_units * 2);
    sections->head.path_count++;
}

static void add_subject(struct sections *sections, const struct table_subject *from, size_t place)
{
    struct table_subject subject = *from;
    struct pr_table_subject record = {subject.id, (uint32_t)sections->maps.used,
                                      sections->head.rule_count, (uint32_t)subject.rule_count};
    qsort(subject.rules, subject.rule_count, sizeof(subject.rules[0]), compare_rules);
    build_map(&sections->maps, &subject);
    for (size_t i = 0; i < subject.rule_count; i++) {
        struct pr_table_rule rule = {subject.rules[i].rule_id, subject.rules[i].rank,
                                     subject.rules[i].outcome};
        append(&sections->rules, &rule, sizeof(rule));
        sections->head.rule_count++;
    }
    if (place == 0) {
        sections->head.everybody = record;
        return;
    }
    append(&sections->subjects, &record, sizeof(record));
    sections->head.subject_count++;
    if (subject.path_units > 0) {
        add_path(sections, &subject, (uint32_t)place - 1);
    }
}

static void *join(struct sections *sections, size_t *bytes)
{
    struct buffer all = {NULL, 0, 0};
    struct pr_table *head = &sections->head;
    append(&sections->text, "\0", sections->text.used % 4);
    head->bucket_count = head->path_count > 0 ? 1 : 0;
    head->map_bytes = (uint32_t)sections->maps.used;
    head->text_units = (uint32_t)(sections->text.used / 2);
    append(&all, head, sizeof(*head));
    append_buffer(&all, &sections->subjects);
    append_buffer(&all, &sections->rules);
    append_word(&all, 0);
    if (head->bucket_count > 0) {
        append_word(&all, head->path_count);
    }
    append_buffer(&all, &sections->paths);
    append_buffer(&all, &sections->maps);
    append_buffer(&all, &sections->text);
    ((struct pr_table *)(void *)all.bytes)->header.size = (uint32_t)all.used;
    *bytes = all.used;
    return all.bytes;
}

void table_plan_init(struct table_plan *plan, uint64_t version)
{
    memset(plan, 0, sizeof(*plan));
    plan->version = version;
    plan->subject_count = 1;
}

void *table_build(const struct table_plan *plan, size_t *bytes)
{
    struct sections sections;
    memset(&sections, 0, sizeof(sections));
    sections.head.header.kind = PR_KIND_TABLE;
    sections.head.header.version = PR_PROTOCOL_VERSION;
    sections.head.version = plan->version;
    for (uint32_t i = 0; i < PROTOCOLS; i++) {
        sections.head.protocol_class[i] = (uint8_t)i;
    }
    for (size_t i = 0; i < plan->subject_count; i++) {
        add_subject(&sections, &plan->subjects[i], i);
    }
    return join(&sections, bytes);
}
