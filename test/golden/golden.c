/*
 * The C side of the wire's golden files.
 *   golden write FOLDER   writes what the driver sends, as C lays it out
 *   golden check FOLDER   checks what the client sent, as C reads it
 * Exit code 0 when all is well; each difference is a line on stderr.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../driver/protocol/portreeve_wire_layout.gen.h"

#define SESSION         0x1122334455667788u
#define PROCESS_CREATED 133500000000000000u
#define UNKNOWN_EVENT   4000

struct batch {
    uint8_t bytes[1024];
    size_t used;
};

static int differences;

static FILE *open_in(const char *folder, const char *name, const char *mode)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, mode);
    if (!file) {
        fprintf(stderr, "%s cannot be opened\n", path);
        exit(2);
    }
    return file;
}

static void write_file(const char *folder, const char *name, const void *bytes, size_t size)
{
    FILE *file = open_in(folder, name, "wb");

    if (fwrite(bytes, 1, size, file) != size) {
        fprintf(stderr, "%s cannot be written\n", name);
        exit(2);
    }
    fclose(file);
}

static struct pr_header header(size_t size, uint16_t kind)
{
    return (struct pr_header){.size = (uint32_t)size, .kind = kind, .version = PR_PROTOCOL_VERSION};
}

/* Each event starts at a multiple of 8. */
static void append(struct batch *batch, const void *bytes, size_t size)
{
    memcpy(batch->bytes + batch->used, bytes, size);
    batch->used += (size + 7) / 8 * 8;
}

static void append_connection(struct batch *batch, uint16_t kind, struct pr_connection connection,
                              const char *path)
{
    struct {
        struct pr_connection_event event;
        uint16_t path[64];
    } message = {.event.connection = connection};
    size_t units = strlen(path);

    for (size_t index = 0; index < units; index++) {
        message.path[index] = (uint16_t)path[index];
    }
    /* A byte that is not UTF-8, as the lab names it: an unpaired surrogate. */
    message.path[units++] = 0xdcff;
    message.event.path_offset = sizeof message.event;
    message.event.path_bytes = (uint32_t)(units * 2);
    message.event.header = header(sizeof message.event + units * 2, kind);
    append(batch, &message, message.event.header.size);
}

static void write_events(const char *folder)
{
    static const struct pr_connection held = {
        .id = 0x0102030405060708u,
        .process_id = 4242,
        .process_created = PROCESS_CREATED,
        .time = PROCESS_CREATED + 10000000,
        .deadline = PROCESS_CREATED + 610000000,
        .local = {.address = {127, 0, 0, 1}, .port = 50000},
        .remote = {.address = {127, 1, 2, 3}, .port = 443},
        .family = PR_FAMILY_IPV4,
        .protocol = 6,
        .direction = PR_DIRECTION_OUTBOUND,
        .flags = PR_CONNECTION_LOOPBACK,
        .compartment = 1,
    };
    static const struct pr_connection decided = {
        .process_id = 0xffffffff,
        .process_created = PROCESS_CREATED,
        .time = PROCESS_CREATED + 20000000,
        .remote = {.address = {0xfe, 0x80, [15] = 0x2a}, .scope_id = 7, .port = 53},
        .family = PR_FAMILY_IPV6,
        .protocol = 17,
        .direction = PR_DIRECTION_INBOUND,
        .verdict = PR_VERDICT_BLOCK,
        .reason = PR_REASON_CLIENT_LOST,
        .flags = PR_CONNECTION_PATH_CUT | PR_CONNECTION_LISTENS_WIDE,
        .listening_since = PROCESS_CREATED + 5000000,
        .service_tag = 77,
    };
    struct pr_settled_event settled = {
        .header = header(sizeof settled, PR_EVENT_SETTLED),
        .id = 0x0102030405060708u,
        .time = PROCESS_CREATED + 30000000,
        .verdict = PR_VERDICT_BLOCK,
        .reason = PR_REASON_WATCHDOG,
    };
    struct pr_header unknown = header(sizeof unknown, UNKNOWN_EVENT);
    static struct batch batch = {.used = sizeof(struct pr_events)};

    append_connection(&batch, PR_EVENT_HELD, held, "/usr/bin/curl");
    append(&batch, &unknown, sizeof unknown);
    append_connection(&batch, PR_EVENT_DECIDED, decided, "/opt/x");
    append(&batch, &settled, sizeof settled);
    struct pr_events events = {
        .header = header(batch.used, PR_KIND_EVENTS),
        .session = SESSION,
        .sequence = 3,
        .count = 4,
        .decided_lost = 9,
    };
    memcpy(batch.bytes, &events, sizeof events);
    write_file(folder, "events.bin", batch.bytes, batch.used);
}

static void write_results(const char *folder)
{
    struct {
        struct pr_results head;
        struct pr_answer_result results[3];
    } message = {
        .head = {.header = header(sizeof message, PR_KIND_RESULTS), .count = 3, .accepted = 1},
        .results = {{.id = 1, .status = PR_ANSWER_ACCEPTED},
                    {.id = UINT64_MAX, .status = PR_ANSWER_UNKNOWN},
                    {.id = 3, .status = PR_ANSWER_INVALID}},
    };

    write_file(folder, "results.bin", &message, sizeof message);
}

static void write_welcome(const char *folder)
{
    struct pr_welcome welcome = {
        .header = header(sizeof welcome, PR_KIND_WELCOME),
        .session = SESSION,
        .loaded_at = PROCESS_CREATED,
        .driver_version = 0x00010203,
        .max_held = PR_MAX_HELD,
        .max_held_per_process = PR_MAX_HELD_PER_PROCESS,
        .max_hold_ms = PR_MAX_HOLD_MS,
    };

    write_file(folder, "welcome.bin", &welcome, sizeof welcome);
}

/* Every counter is its own number, so that two that were mixed up are seen. */
static void write_status(const char *folder)
{
    struct pr_status status = {
        .header = header(sizeof status, PR_KIND_STATUS),
        .session = SESSION,
        .classified = 1,
        .allowed = 2,
        .blocked = 3,
        .held_total = 4,
        .answered = 5,
        .watchdog = 6,
        .client_lost = 7,
        .no_client = 8,
        .full = 9,
        .endpoint_closed = 10,
        .pend_failed = 11,
        .decided_lost = 12,
        .held_now = 13,
        .held_peak = 14,
        .datagrams_held = 15,
        .datagrams_refused = 16,
        .datagrams_injected = 17,
        .ruled = 18,
        .table_version = 19,
        .table_rules = 20,
        .processes = 21,
    };

    write_file(folder, "status.bin", &status, sizeof status);
}

static void write_rule_replies(const char *folder)
{
    struct pr_table_result result = {.header = header(sizeof result, PR_KIND_TABLE_RESULT),
                                     .version = 0x0001020304050607u,
                                     .status = PR_TABLE_DAMAGED};
    struct pr_mapped mapped = {
        .header = header(sizeof mapped, PR_KIND_MAPPED), .accepted = 3, .unknown = 2};
    struct {
        struct pr_hits head;
        struct pr_rule_hit hits[2];
    } hits = {.head = {.header = header(sizeof hits, PR_KIND_HITS), .count = 2, .next = 70000},
              .hits = {{.rule_id = 1, .hits = 0xffffffff}, {.rule_id = 0xfffffffe, .hits = 7}}};

    write_file(folder, "table_result.bin", &result, sizeof result);
    write_file(folder, "mapped.bin", &mapped, sizeof mapped);
    write_file(folder, "hits.bin", &hits, sizeof hits);
}

static void expect(const char *what, uint64_t found, uint64_t expected)
{
    if (found == expected) {
        return;
    }
    fprintf(stderr, "%s is %llu instead of %llu\n", what, (unsigned long long)found,
            (unsigned long long)expected);
    differences++;
}

/* Reads exactly this many bytes, and expects the header to say so. */
static void read_file(const char *folder, const char *name, void *message, size_t size,
                      uint16_t kind)
{
    FILE *file = open_in(folder, name, "rb");
    struct pr_header found;

    expect(name, fread(message, 1, size, file), size);
    expect(name, (uint64_t)fgetc(file), (uint64_t)EOF);
    fclose(file);
    memcpy(&found, message, sizeof found);
    expect("header.size", found.size, size);
    expect("header.kind", found.kind, kind);
    expect("header.version", found.version, PR_PROTOCOL_VERSION);
}

static void expect_zero(const char *what, const uint8_t *bytes, size_t size)
{
    for (size_t index = 0; index < size; index++) {
        expect(what, bytes[index], 0);
    }
}

static void check_policy(const char *folder)
{
    struct pr_policy policy;

    read_file(folder, "policy.bin", &policy, sizeof policy, PR_KIND_POLICY);
    expect("policy.session", policy.session, SESSION);
    expect("policy.hold_ms", policy.hold_ms, 60000);
    expect("policy.mode", policy.mode, PR_MODE_LOCKDOWN);
    expect("policy.loopback", policy.loopback, PR_LOOPBACK_ASK);
    expect("policy.no_client_verdict", policy.no_client_verdict, PR_VERDICT_BLOCK);
    expect("policy.watchdog_verdict", policy.watchdog_verdict, PR_VERDICT_ALLOW);
    expect("policy.full_verdict", policy.full_verdict, PR_VERDICT_BLOCK);
    expect("policy.unknown_reauthorize_verdict", policy.unknown_reauthorize_verdict,
           PR_VERDICT_ALLOW);
    expect_zero("policy.reserved", policy.reserved, sizeof policy.reserved);
}

static void check_answers(const char *folder)
{
    struct {
        struct pr_answers head;
        struct pr_answer answers[3];
    } message;

    read_file(folder, "answers.bin", &message, sizeof message, PR_KIND_ANSWERS);
    expect("answers.session", message.head.session, SESSION);
    expect("answers.count", message.head.count, 3);
    expect("answers.reserved", message.head.reserved, 0);
    expect("answer 0", message.answers[0].id, 1);
    expect("answer 0", message.answers[0].verdict, PR_VERDICT_ALLOW);
    expect("answer 1", message.answers[1].id, UINT64_MAX);
    expect("answer 1", message.answers[1].verdict, PR_VERDICT_BLOCK);
    expect("answer 2", message.answers[2].id, 0x0102030405060708u);
    expect("answer 2", message.answers[2].verdict, PR_VERDICT_KEEP);
    expect_zero("answer.reserved", message.answers[2].reserved, sizeof message.answers[2].reserved);
}

static void check_small(const char *folder)
{
    struct pr_hello hello;
    struct pr_read read;
    struct pr_status_request request;

    read_file(folder, "hello.bin", &hello, sizeof hello, PR_KIND_HELLO);
    expect("hello.client_version", hello.client_version, 0x00010203);
    expect("hello.reserved", hello.reserved, 0);
    read_file(folder, "read.bin", &read, sizeof read, PR_KIND_READ);
    expect("read.session", read.session, SESSION);
    read_file(folder, "status_request.bin", &request, sizeof request, PR_KIND_STATUS_REQUEST);
    expect("status_request.session", request.session, SESSION);
}

static void check_table(const char *folder)
{
    struct pr_table_begin begin;
    struct {
        struct pr_table_part head;
        uint8_t bytes[8];
    } part;
    struct pr_table_commit commit;

    read_file(folder, "table_begin.bin", &begin, sizeof begin, PR_KIND_TABLE_BEGIN);
    expect("table_begin.session", begin.session, SESSION);
    expect("table_begin.version", begin.version, 9007199254740991u);
    expect("table_begin.bytes", begin.bytes, 8);
    expect("table_begin.checksum", begin.checksum, 0x0100000201000003u);
    expect("table_begin.reserved", begin.reserved, 0);
    read_file(folder, "table_part.bin", &part, sizeof part, PR_KIND_TABLE_PART);
    expect("table_part.session", part.head.session, SESSION);
    expect("table_part.offset", part.head.offset, 131072);
    expect("table_part.bytes", part.head.bytes, 8);
    expect("table_part, last byte", part.bytes[7], 1);
    read_file(folder, "table_commit.bin", &commit, sizeof commit, PR_KIND_TABLE_COMMIT);
    expect("table_commit.session", commit.session, SESSION);
}

static void check_rule_requests(const char *folder)
{
    struct {
        struct pr_mappings head;
        struct pr_mapping mappings[2];
    } message;
    struct pr_hits_request hits;

    read_file(folder, "mappings.bin", &message, sizeof message, PR_KIND_MAPPINGS);
    expect("mappings.session", message.head.session, SESSION);
    expect("mappings.count", message.head.count, 2);
    expect("mapping 0", message.mappings[0].process_id, 4242);
    expect("mapping 0", message.mappings[0].process_created, UINT64_MAX);
    expect("mapping 0", message.mappings[0].subject, 7);
    expect("mapping 1", message.mappings[1].subject, 0);
    read_file(folder, "hits_request.bin", &hits, sizeof hits, PR_KIND_HITS_REQUEST);
    expect("hits_request.session", hits.session, SESSION);
    expect("hits_request.first", hits.first, 70000);
}

int main(int count, char **arguments)
{
    if (count == 3 && strcmp(arguments[1], "write") == 0) {
        write_welcome(arguments[2]);
        write_events(arguments[2]);
        write_results(arguments[2]);
        write_status(arguments[2]);
        write_rule_replies(arguments[2]);
        return 0;
    }
    if (count == 3 && strcmp(arguments[1], "check") == 0) {
        check_small(arguments[2]);
        check_policy(arguments[2]);
        check_answers(arguments[2]);
        check_table(arguments[2]);
        check_rule_requests(arguments[2]);
        return differences > 0;
    }
    fprintf(stderr, "usage: golden write|check FOLDER\n");
    return 2;
}
