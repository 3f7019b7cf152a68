/*
 * Rule tables from a few rules, for scenarios and unit tests: plain and slow, and none of the product's compiler, so that
 * it is a second opinion about the format of portreeve_wire.h.
 */
#ifndef PORTREEVE_LAB_TABLE_BUILDER_H
#define PORTREEVE_LAB_TABLE_BUILDER_H

#include <stddef.h>
#include <stdint.h>

#define TABLE_SUBJECTS   16 /* everybody is the first */
#define TABLE_RULES      32 /* of one subject */
#define TABLE_PATH_UNITS 260
#define TABLE_ANY        (-1)

struct table_rule {
    uint32_t rule_id;
    uint32_t rank;
    uint32_t outcome; /* PR_RULE_* */
    int direction;    /* PR_DIRECTION_* or TABLE_ANY */
    int protocol;     /* IANA number or TABLE_ANY */
    int family;       /* PR_FAMILY_* or TABLE_ANY, and then every address */
    uint8_t first[16];
    uint8_t last[16];
    uint16_t first_port;
    uint16_t last_port;
};

struct table_subject {
    uint32_t id; /* 0: everybody */
    uint16_t path[TABLE_PATH_UNITS];
    size_t path_units; /* 0: no path */
    struct table_rule rules[TABLE_RULES];
    size_t rule_count;
};

/* Subjects in the order of their ids, everybody first. */
struct table_plan {
    uint64_t version;
    struct table_subject subjects[TABLE_SUBJECTS];
    size_t subject_count;
};

/* A plan without rules but with everybody. */
void table_plan_init(struct table_plan *plan, uint64_t version);
/* The table's bytes, for the caller to free. */
void *table_build(const struct table_plan *plan, size_t *bytes);

#endif
