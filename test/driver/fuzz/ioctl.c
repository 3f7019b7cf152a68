/*
 * Fuzzes the requests of a client: the input is a script of requests and of what happens around them. Every request lies
 * in memory of exactly its size, so that AddressSanitizer sees the first byte beyond it. At the end the engine has to be
 * empty, and no memory and no lock may be left.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/fixture.h"
#include "wire.h"

#define PROCESSES   3u
#define MAX_ANSWERS 40u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct script {
    const uint8_t *at;
    size_t left;
};

void check(bool ok, const char *expression, const char *file, int line)
{
    if (!ok) {
        (void)fprintf(stderr, "%s:%d: %s\n", file, line, expression);
        abort();
    }
}

static uint32_t take(struct script *script, size_t bytes)
{
    uint32_t value = 0;
    size_t taken = script->left < bytes ? script->left : bytes;
    memcpy(&value, script->at, taken);
    script->at += taken;
    script->left -= taken;
    return value;
}

static const uint32_t codes[] = {PR_IOCTL_HELLO, PR_IOCTL_SET_POLICY, PR_IOCTL_READ_EVENTS,
                                 PR_IOCTL_ANSWER, PR_IOCTL_STATUS};
static const uint16_t kinds[] = {PR_KIND_HELLO, PR_KIND_POLICY, PR_KIND_READ, PR_KIND_ANSWERS,
                                 PR_KIND_STATUS_REQUEST};

/* The sizes that requests have. */
static size_t fitting(unsigned choice, size_t size)
{
    static const size_t sizes[] = {sizeof(struct pr_hello), sizeof(struct pr_policy),
                                   sizeof(struct pr_read), sizeof(struct pr_answers),
                                   sizeof(struct pr_status_request)};
    size_t answers = kinds[choice] == PR_KIND_ANSWERS ? size % MAX_ANSWERS : 0;
    return sizes[choice] + answers * sizeof(struct pr_answer);
}

/* What random bytes would hardly have: a header and a count that are true, and the session. */
static void make_plausible(uint8_t *bytes, size_t size, unsigned choice)
{
    struct pr_answers start = {.header = pr_wire_header(size, kinds[choice]),
                               .session = fixture.session};
    size_t known = offsetof(struct pr_answers, count);
    if (kinds[choice] == PR_KIND_ANSWERS && size >= sizeof(start)) {
        start.count = (uint32_t)((size - sizeof(start)) / sizeof(struct pr_answer));
        known = sizeof(start);
    }
    memcpy(bytes, &start, size < known ? size : known);
}

static void learn_session(const struct pr_request *request)
{
    struct pr_welcome welcome;
    memcpy(&welcome, request->buffer, sizeof(welcome));
    fixture.session = welcome.session;
}

/* Which code, how plausible, how long, how much room; then its bytes. */
static void send_request(struct script *script)
{
    uint32_t choice = take(script, 1);
    size_t size = take(script, 2) % 4097;
    size_t room = take(script, 2);
    uint32_t known = choice % (sizeof(codes) / sizeof(codes[0]));
    size = (choice & 0x20) != 0 ? size : fitting(known, size);
    size_t whole = size > room ? size : room;
    uint8_t *buffer = malloc(whole > 0 ? whole : 1);
    size_t given = size < script->left ? size : script->left;
    memset(buffer, 0xa5, whole > 0 ? whole : 1);
    memcpy(buffer, script->at, given);
    script->at += given;
    script->left -= given;
    if ((choice & 0x40) == 0) {
        make_plausible(buffer, size, known);
    }
    struct pr_request request = {codes[known] ^ ((choice & 0x80) != 0 ? take(script, 4) : 0),
                                 buffer, size, room, 0};
    enum pr_outcome outcome = pr_client_request(fixture.engine, CLIENT, &request);
    CHECK(request.output_bytes <= room);
    CHECK(outcome == PR_OUTCOME_OK || request.output_bytes == 0);
    if (outcome == PR_OUTCOME_OK && request.code == PR_IOCTL_HELLO) {
        learn_session(&request);
    }
    free(buffer);
}

static void read_events(struct script *script)
{
    size_t room = PR_MIN_EVENT_BATCH_BYTES + take(script, 2);
    uint8_t *buffer = malloc(room);
    size_t bytes = pr_client_read_events(fixture.engine, CLIENT, buffer, room);
    CHECK(bytes <= room && bytes <= PR_MAX_EVENT_BATCH_BYTES);
    free(buffer);
}

static void connect_one(struct script *script)
{
    uint32_t number = take(script, 1);
    struct pr_flow flow = fixture_flow(100 + number % PROCESSES, number);
    (void)fixture_connect(&flow);
}

static void open_or_close(struct script *script)
{
    if (take(script, 1) % 2 == 0) {
        (void)pr_client_open(fixture.engine, CLIENT, CLIENT_PID);
    } else {
        pr_client_close(fixture.engine, CLIENT);
    }
}

static void one_step(struct script *script)
{
    switch (take(script, 1) % 8) {
    case 0:
        open_or_close(script);
        return;
    case 1:
        connect_one(script);
        return;
    case 2:
        read_events(script);
        return;
    case 3:
        pr_engine_work(fixture.engine);
        return;
    case 4:
        port_advance(fixture.engine, take(script, 2));
        return;
    default:
        send_request(script);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script script = {data, size};
    port_reset();
    fixture_start_attached();
    while (script.left > 0) {
        one_step(&script);
    }
    pr_client_close(fixture.engine, CLIENT);
    fixture_stop();
    CHECK(port_live_allocations() == 0 && port_locks_held() == 0);
    return 0;
}
