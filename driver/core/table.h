/*
 * The rule table as it lies in memory: checked once, then only looked up in. The format is in portreeve_wire.h.
 *
 * A table comes from user mode. pr_table_check() looks at every word of it; whatever it accepts is safe to look up in,
 * and no look-up takes more steps than the limits of the format allow, whatever the rules are.
 * Pure functions over memory that does not change: no locks, any IRQL.
 */
#ifndef PR_TABLE_H
#define PR_TABLE_H

#include <stddef.h>

#include "flow.h"

#define PR_TABLE_NO_SUBJECT 0xffffffffu

/*
 * Of everybody's IPv4 intervals: for each x.y the last that begins before it (or the first), then the last of all; and where each
 * begins within its x.y. A long block list is far from any cache: this way a search waits for two lines of memory at once, and for no more.
 */
struct pr_v4_index {
    uint32_t first[65537];
    uint16_t low[];
};

/* A table that was accepted. All pointers lead into its bytes. */
struct pr_table_view {
    const struct pr_table *head;
    const struct pr_table_subject *subjects;
    const struct pr_table_rule *rules;
    const uint32_t *buckets;
    const struct pr_table_path *paths;
    const uint8_t *maps;
    const uint16_t *text;
    /* NULL: searched without. */
    const struct pr_v4_index *v4_index;
};

/* Which rule decides. */
struct pr_table_match {
    uint32_t outcome; /* PR_RULE_*; ASK also when there is no rule */
    uint32_t rule;    /* its place among all rules, or PR_MAP_NO_RULE */
};

/* The checksum of portreeve_wire.h over memory that is aligned to 4. */
uint64_t pr_table_checksum(const void *bytes, size_t size);

/* True, and the view, when these bytes are a table. They are aligned to 8 and outlive the view. */
bool pr_table_check(const void *bytes, size_t size, struct pr_table_view *view);

/* Everybody's IPv4 intervals, the bytes that their index takes, and the index for view->v4_index; there is one interval at least. */
uint32_t pr_table_v4_count(const struct pr_table_view *view);
size_t pr_table_v4_index_bytes(const struct pr_table_view *view);
void pr_table_index_v4(const struct pr_table_view *view, struct pr_v4_index *index);

/* The place of the subject with this id, or PR_TABLE_NO_SUBJECT. `hint` is tried first. */
uint32_t pr_table_subject_of(const struct pr_table_view *view, uint32_t id, uint32_t hint);
/* The place of the subject of an image path in UTF-16LE, or PR_TABLE_NO_SUBJECT. Upper and lower case are the same for
 * A-Z; everything else has to be equal, unit by unit. */
uint32_t pr_table_subject_of_path(const struct pr_table_view *view, const void *path, size_t bytes);
/* The hash of a path under a table's seed: FNV-1a over its folded units, begun with the seed and mixed at the end. */
uint32_t pr_table_path_hash(uint32_t seed, const void *path, size_t units);
/* What the rules of the subject at this place, or of nobody, and everybody's say. */
struct pr_table_match pr_table_decide(const struct pr_table_view *view, uint32_t subject,
                                      const struct pr_key *key);

/* For pr_table_check() and pr_table_decide(): a map taken apart. `words` is what there is of it at most; false when
 * it is longer. */
struct pr_map {
    uint32_t v4_count;
    uint32_t v6_count;
    uint32_t list_count;
    uint32_t segment_count;
    const uint32_t *v4_start;
    const uint32_t *v4_value;
    const uint32_t *v6_start;
    const uint32_t *v6_value;
    const uint32_t *list_first;
    const uint32_t *segment_start;
    const uint32_t *segment_value;
    uint64_t words;
};
bool pr_map_open(const uint32_t *from, uint64_t words, struct pr_map *map);

#endif
