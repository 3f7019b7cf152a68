#include "table_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "wire.h"

struct table_rule table_rule(uint32_t rule_id, uint32_t rank, uint32_t outcome)
{
    struct table_rule rule;
    memset(&rule, 0, sizeof(rule));
    rule.rule_id = rule_id;
    rule.rank = rank;
    rule.outcome = outcome;
    rule.direction = rule.protocol = rule.family = TABLE_ANY;
    rule.last_port = 65535;
    return rule;
}

void table_plan_add(struct table_plan *plan, size_t place, struct table_rule rule)
{
    struct table_subject *subject = &plan->subjects[place];
    subject->rules[subject->rule_count++] = rule;
}

void table_plan_one(struct table_plan *plan, uint64_t version, uint32_t subject_id,
                    uint32_t outcome)
{
    table_plan_init(plan, version);
    plan->subjects[plan->subject_count++].id = subject_id;
    table_plan_add(plan, 1, table_rule(subject_id * 10, 1, outcome));
}

enum pr_outcome table_begin(uint64_t version, const void *bytes, size_t size)
{
    struct pr_table_begin begin;
    memset(&begin, 0, sizeof(begin));
    begin.header = pr_wire_header(sizeof(begin), PR_KIND_TABLE_BEGIN);
    begin.session = fixture.session;
    begin.version = version;
    begin.bytes = (uint32_t)size;
    begin.checksum = pr_table_checksum(bytes, size);
    return fixture_request(PR_IOCTL_TABLE_BEGIN, &begin, sizeof(begin),
                           sizeof(struct pr_table_result));
}

enum pr_outcome table_part(const void *bytes, size_t offset, size_t count)
{
    static uint8_t message[sizeof(struct pr_table_part) + 60000];
    struct pr_table_part part = {pr_wire_header(sizeof(part) + count, PR_KIND_TABLE_PART),
                                 fixture.session, (uint32_t)offset, (uint32_t)count};
    memcpy(message, &part, sizeof(part));
    memcpy(message + sizeof(part), (const uint8_t *)bytes + offset, count);
    return fixture_request(PR_IOCTL_TABLE_PART, message, sizeof(part) + count, 0);
}

uint32_t table_commit(uint64_t *version)
{
    struct pr_table_commit commit = {pr_wire_header(sizeof(commit), PR_KIND_TABLE_COMMIT),
                                     fixture.session};
    struct pr_table_result result;
    if (fixture_request(PR_IOCTL_TABLE_COMMIT, &commit, sizeof(commit), sizeof(result)) !=
        PR_OUTCOME_OK) {
        return 0xffffffff;
    }
    memcpy(&result, fixture.buffer, sizeof(result));
    if (version != NULL) {
        *version = result.version;
    }
    return result.status;
}

uint32_t table_send(const struct table_plan *plan)
{
    size_t size;
    uint8_t *bytes = table_build(plan, &size);
    bool sent = table_begin(plan->version, bytes, size) == PR_OUTCOME_OK;
    for (size_t at = 0; sent && at < size; at += 4096) {
        sent = table_part(bytes, at, size - at < 4096 ? size - at : 4096) == PR_OUTCOME_OK;
    }
    free(bytes);
    return table_commit(NULL);
}

uint32_t table_map(uint64_t process_id, uint64_t created, uint32_t subject)
{
    struct {
        struct pr_mappings head;
        struct pr_mapping one;
    } message;
    struct pr_mapped mapped;
    memset(&message, 0, sizeof(message));
    message.head.header = pr_wire_header(sizeof(message), PR_KIND_MAPPINGS);
    message.head.session = fixture.session;
    message.head.count = 1;
    message.one = (struct pr_mapping){process_id, created, subject, 0};
    if (fixture_request(PR_IOCTL_MAP_PROCESSES, &message, sizeof(message), sizeof(mapped)) !=
        PR_OUTCOME_OK) {
        return 0;
    }
    memcpy(&mapped, fixture.buffer, sizeof(mapped));
    return mapped.accepted;
}

/* One reply; the hits of this rule in it, and where to go on. */
static uint32_t some_hits(uint32_t rule_id, uint32_t *next)
{
    struct pr_hits_request asked;
    struct pr_hits head;
    struct pr_rule_hit hit;
    uint32_t hits = 0;
    memset(&asked, 0, sizeof(asked));
    asked.header = pr_wire_header(sizeof(asked), PR_KIND_HITS_REQUEST);
    asked.session = fixture.session;
    asked.first = *next;
    *next = PR_HITS_END;
    if (fixture_request(PR_IOCTL_RULE_HITS, &asked, sizeof(asked),
                        sizeof(head) + 2 * sizeof(hit)) != PR_OUTCOME_OK) {
        return 0;
    }
    memcpy(&head, fixture.buffer, sizeof(head));
    for (uint32_t i = 0; i < head.count; i++) {
        memcpy(&hit, fixture.buffer + sizeof(head) + i * sizeof(hit), sizeof(hit));
        hits += hit.rule_id == rule_id ? hit.hits : 0;
    }
    *next = head.next;
    return hits;
}

uint32_t table_hits(uint32_t rule_id)
{
    uint32_t hits = 0;
    for (uint32_t next = 0; next != PR_HITS_END;) {
        hits += some_hits(rule_id, &next);
    }
    return hits;
}
