/* The client's side of rule tables: plans, transfer, mappings, hits. */
#ifndef TABLE_FIXTURE_H
#define TABLE_FIXTURE_H

#include "lab/frontdoors/table_builder.h"

#include "fixture.h"

/* A rule for every address and port. */
struct table_rule table_rule(uint32_t rule_id, uint32_t rank, uint32_t outcome);
/* A plan with one subject and one rule for everything. */
void table_plan_one(struct table_plan *plan, uint64_t version, uint32_t subject_id,
                    uint32_t outcome);
/* Adds a rule to the subject at this place; 0 is everybody. */
void table_plan_add(struct table_plan *plan, size_t place, struct table_rule rule);

enum pr_outcome table_begin(uint64_t version, const void *bytes, size_t size);
enum pr_outcome table_part(const void *bytes, size_t offset, size_t count);
/* PR_TABLE_*, or 0xffffffff when the request was refused. `version` gets what is in force; may be NULL. */
uint32_t table_commit(uint64_t *version);
/* All of a transfer. PR_TABLE_* of the commit. */
uint32_t table_send(const struct table_plan *plan);
/* How many of one mapping were taken. */
uint32_t table_map(uint64_t process_id, uint64_t created, uint32_t subject);
/* Hits of one rule since the last call, over all that was read. */
uint32_t table_hits(uint32_t rule_id);

#endif
