/* Rule tables, mappings and hits in scenarios: a table is described in the file, and sent in parts as a client would. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "scenario_world.h"
#include "table.h"
#include "table_builder.h"

#define PART_BYTES 4096u

static const char *const table_statuses[] = {"done", "incomplete", "damaged", "invalid",
                                             "no_memory"};

/* Reading a description */

static bool bad(const struct json *at, const char *what)
{
    scenario_failed(at, "this is no %s", what);
    return false;
}

/* "80" or "80-89". */
static bool read_ports(const char *text, struct table_rule *rule)
{
    char *end;
    unsigned long first = strtoul(text, &end, 10);
    unsigned long last = *end == '-' ? strtoul(end + 1, &end, 10) : first;
    rule->first_port = (uint16_t)first;
    rule->last_port = (uint16_t)last;
    return end != text && *end == 0 && first <= last && last <= 65535;
}

/* "10.0.0.1", "10.0.0.0-10.0.0.255" or the same of IPv6. */
static bool read_addresses(const char *text, struct table_rule *rule)
{
    char first[64];
    const char *dash = strchr(text, '-');
    size_t length = dash != NULL ? (size_t)(dash - text) : strlen(text);
    int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
    (void)snprintf(first, sizeof(first), "%.*s", (int)length, text);
    rule->family = family == AF_INET6 ? PR_FAMILY_IPV6 : PR_FAMILY_IPV4;
    return inet_pton(family, first, rule->first) == 1 &&
           inet_pton(family, dash != NULL ? dash + 1 : first, rule->last) == 1;
}

static bool read_rule(struct json *from, struct table_rule *rule)
{
    static const char *const outcomes[] = {"ask", "allow", "block"};
    static const char *const directions[] = {"any", "outbound", "inbound"};
    const char *to = scenario_text(from, "to", NULL);
    int outcome = scenario_choice(scenario_text(from, "outcome", ""), outcomes, 3);
    int direction = scenario_choice(scenario_text(from, "direction", "any"), directions, 3);
    memset(rule, 0, sizeof(*rule));
    rule->rule_id = (uint32_t)scenario_number(from, "rule", 0);
    rule->rank = (uint32_t)scenario_number(from, "rank", 0);
    rule->outcome = (uint32_t)outcome;
    rule->direction = direction == 0 ? TABLE_ANY : direction;
    rule->protocol = (int)scenario_number(from, "protocol", TABLE_ANY);
    rule->family = TABLE_ANY;
    return outcome >= 0 && direction >= 0 &&
           read_ports(scenario_text(from, "ports", "0-65535"), rule) &&
           (to == NULL || read_addresses(to, rule)) && json_unknown(from) == NULL;
}

static bool read_rules(struct json *list, struct table_subject *subject)
{
    for (struct json *at = list != NULL ? list->first : NULL; at != NULL; at = at->next) {
        if (subject->rule_count == TABLE_RULES || at->type != JSON_OBJECT ||
            !read_rule(at, &subject->rules[subject->rule_count++])) {
            return bad(at, "rule");
        }
    }
    return true;
}

/* Paths of scenarios that are about tables are ASCII. */
static bool read_subject(struct json *from, struct table_subject *subject)
{
    const char *path = scenario_text(from, "path", "");
    subject->id = (uint32_t)scenario_number(from, "id", 0);
    subject->path_units = strlen(path);
    if (subject->path_units > TABLE_PATH_UNITS) {
        return bad(from, "path");
    }
    for (size_t i = 0; i < subject->path_units; i++) {
        subject->path[i] = (uint8_t)path[i];
    }
    return read_rules(json_member(from, "rules"), subject) &&
           (json_unknown(from) == NULL || bad(json_unknown(from), "member of a subject"));
}

static bool read_plan(struct json *step, struct table_plan *plan)
{
    struct json *subjects = json_member(step, "subjects");
    table_plan_init(plan, (uint64_t)scenario_number(step, "version", 1));
    for (struct json *at = subjects != NULL ? subjects->first : NULL; at != NULL; at = at->next) {
        if (plan->subject_count == TABLE_SUBJECTS || at->type != JSON_OBJECT ||
            !read_subject(at, &plan->subjects[plan->subject_count++])) {
            return bad(at, "subject");
        }
    }
    return read_rules(json_member(step, "everybody"), &plan->subjects[0]);
}

/* Sending it */

static struct pr_header header_of(uint16_t kind, size_t size)
{
    return (struct pr_header){.size = (uint32_t)size, .kind = kind, .version = PR_PROTOCOL_VERSION};
}

static uint32_t begin(struct scenario_client *client, uint64_t version, const void *bytes,
                      size_t size)
{
    struct pr_table_begin message;
    struct pr_table_result result = {.status = PR_TABLE_NO_MEMORY};
    memset(&message, 0, sizeof(message));
    message.header = header_of(PR_KIND_TABLE_BEGIN, sizeof(message));
    message.session = client->session;
    message.version = version;
    message.bytes = (uint32_t)size;
    message.checksum = pr_table_checksum(bytes, size);
    (void)scenario_call(client, PR_IOCTL_TABLE_BEGIN, &message, sizeof(message), &result,
                        sizeof(result));
    return result.status;
}

static void send_part(struct scenario_client *client, const uint8_t *bytes, size_t at, size_t count)
{
    struct {
        struct pr_table_part head;
        uint8_t bytes[PART_BYTES];
    } message;
    message.head.header = header_of(PR_KIND_TABLE_PART, sizeof(message.head) + count);
    message.head.session = client->session;
    message.head.offset = (uint32_t)at;
    message.head.bytes = (uint32_t)count;
    memcpy(message.bytes, bytes + at, count);
    (void)scenario_call(client, PR_IOCTL_TABLE_PART, &message, sizeof(message.head) + count, NULL,
                        0);
}

static uint32_t commit(struct scenario_client *client)
{
    struct pr_table_commit message = {header_of(PR_KIND_TABLE_COMMIT, sizeof(message)),
                                      client->session};
    struct pr_table_result result = {.status = UINT32_MAX};
    (void)scenario_call(client, PR_IOCTL_TABLE_COMMIT, &message, sizeof(message), &result,
                        sizeof(result));
    return result.status;
}

/* The status of the commit. "damage" changes the byte at that place on its way, "left" sends everything but the commit. */
static uint32_t send_table(struct json *step, struct scenario_client *client,
                           const struct table_plan *plan)
{
    size_t size;
    uint8_t *bytes = table_build(plan, &size);
    uint32_t status = begin(client, plan->version, bytes, size);
    size_t damage = (size_t)scenario_number(step, "damage", -1);
    if (damage < size) {
        bytes[damage] ^= 0xff;
    }
    for (size_t at = 0; status == PR_TABLE_DONE && at < size; at += PART_BYTES) {
        send_part(client, bytes, at, size - at < PART_BYTES ? size - at : PART_BYTES);
    }
    free(bytes);
    return status == PR_TABLE_DONE && !scenario_flag(step, "left") ? commit(client) : status;
}

void scenario_table(struct json *step)
{
    struct scenario_client *client = scenario_find_client(scenario_text(step, "client", NULL));
    struct table_plan *plan = calloc(1, sizeof(*plan));
    int wanted = scenario_choice(scenario_text(step, "expect", "done"), table_statuses, 5);
    if (client != NULL && plan != NULL && read_plan(step, plan)) {
        uint32_t status = send_table(step, client, plan);
        if (status != (uint32_t)wanted && !world.with_faults && lab_on_main_thread()) {
            scenario_failed(step, "the table: %s",
                            status < 5 ? table_statuses[status] : "the request was refused");
        }
    }
    free(plan);
}

/* Mappings and hits */

void scenario_map(struct json *step)
{
    struct scenario_client *client = scenario_find_client(scenario_text(step, "client", NULL));
    const struct scenario_process *process =
        scenario_find_process(scenario_text(step, "process", ""));
    struct {
        struct pr_mappings head;
        struct pr_mapping one;
    } message;
    struct pr_mapped mapped = {.accepted = UINT32_MAX};
    if (client == NULL || process == NULL) {
        return;
    }
    memset(&message, 0, sizeof(message));
    message.head.header = header_of(PR_KIND_MAPPINGS, sizeof(message));
    message.head.session = client->session;
    message.head.count = 1;
    message.one.process_id = process->id;
    message.one.process_created =
        process->created + (uint64_t)scenario_number(step, "created_later", 0);
    message.one.subject = (uint32_t)scenario_number(step, "subject", 0);
    (void)scenario_call(client, PR_IOCTL_MAP_PROCESSES, &message, sizeof(message), &mapped,
                        sizeof(mapped));
    if (mapped.accepted != (uint32_t)scenario_number(step, "expect", 1) && !world.with_faults &&
        lab_on_main_thread()) {
        scenario_failed(step, "%u mappings were taken", mapped.accepted);
    }
}

void scenario_hits(struct json *step)
{
    struct scenario_client *client = scenario_find_client(scenario_text(step, "client", NULL));
    struct {
        struct pr_hits head;
        struct pr_rule_hit hits[64];
    } reply;
    struct pr_hits_request message;
    if (client == NULL || world.with_faults) {
        return;
    }
    memset(&message, 0, sizeof(message));
    memset(&reply, 0, sizeof(reply));
    message.header = header_of(PR_KIND_HITS_REQUEST, sizeof(message));
    message.session = client->session;
    (void)scenario_call(client, PR_IOCTL_RULE_HITS, &message, sizeof(message), &reply,
                        sizeof(reply));
    for (const struct json *at = json_member(step, "rules")->first; at != NULL; at = at->next) {
        uint32_t hits = 0;
        for (uint32_t i = 0; i < reply.head.count; i++) {
            hits += reply.hits[i].rule_id == strtoul(at->key, NULL, 10) ? reply.hits[i].hits : 0;
        }
        if (at->type != JSON_NUMBER || hits != at->number) {
            scenario_failed(at, "rule %s: %u hits", at->key, hits);
        }
    }
}
