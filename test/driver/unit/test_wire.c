/* The validator: what is not exactly right is refused. */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "wire.h"

static void every_size_but_the_exact_one_is_refused(void)
{
    struct pr_policy policy = fixture_policy();
    uint8_t bytes[sizeof(policy) + 8];
    memset(bytes, 0, sizeof(bytes));
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        struct pr_policy out;
        policy.header.size = (uint32_t)size;
        memcpy(bytes, &policy, sizeof(policy));
        bool ok = pr_wire_policy(bytes, size, &out) == PR_OUTCOME_OK;
        CHECK(ok == (size == sizeof(policy)));
    }
}

static void header_must_say_the_truth(void)
{
    struct pr_hello hello = {pr_wire_header(sizeof(hello), PR_KIND_HELLO), 1, 0};
    struct pr_hello out;
    CHECK(pr_wire_hello(&hello, sizeof(hello), &out) == PR_OUTCOME_OK);
    hello.header.size++;
    CHECK(pr_wire_hello(&hello, sizeof(hello), &out) == PR_OUTCOME_INVALID_PARAMETER);
    hello.header = pr_wire_header(sizeof(hello), PR_KIND_READ);
    CHECK(pr_wire_hello(&hello, sizeof(hello), &out) == PR_OUTCOME_INVALID_PARAMETER);
    hello.header = pr_wire_header(sizeof(hello), PR_KIND_HELLO);
    hello.header.version++;
    CHECK(pr_wire_hello(&hello, sizeof(hello), &out) == PR_OUTCOME_REVISION_MISMATCH);
    hello.header.version--;
    hello.reserved = 1;
    CHECK(pr_wire_hello(&hello, sizeof(hello), &out) == PR_OUTCOME_INVALID_PARAMETER);
}

static enum pr_outcome with_byte(size_t offset, uint8_t value)
{
    struct pr_policy policy = fixture_policy();
    struct pr_policy out;
    ((uint8_t *)&policy)[offset] = value;
    return pr_wire_policy(&policy, sizeof(policy), &out);
}

static void policy_fields_take_their_values_only(void)
{
    const size_t verdicts[] = {
        offsetof(struct pr_policy, no_client_verdict),
        offsetof(struct pr_policy, watchdog_verdict),
        offsetof(struct pr_policy, full_verdict),
        offsetof(struct pr_policy, unknown_reauthorize_verdict),
        offsetof(struct pr_policy, mode),
        offsetof(struct pr_policy, loopback),
    };
    for (size_t i = 0; i < 6; i++) {
        for (unsigned value = 0; value < 256; value++) {
            bool ok = with_byte(verdicts[i], (uint8_t)value) == PR_OUTCOME_OK;
            CHECK(ok == (value == 1 || value == 2));
        }
    }
    for (size_t i = 0; i < 6; i++) {
        CHECK(with_byte(offsetof(struct pr_policy, reserved) + i, 1) != PR_OUTCOME_OK);
    }
}

static void hold_time_is_bounded(void)
{
    const uint32_t values[] = {PR_MIN_HOLD_MS - 1, PR_MIN_HOLD_MS, PR_MAX_HOLD_MS,
                               PR_MAX_HOLD_MS + 1};
    for (size_t i = 0; i < 4; i++) {
        struct pr_policy policy = fixture_policy();
        struct pr_policy out;
        policy.hold_ms = values[i];
        bool ok = pr_wire_policy(&policy, sizeof(policy), &out) == PR_OUTCOME_OK;
        CHECK(ok == (i == 1 || i == 2));
    }
}

static enum pr_outcome answers(uint32_t count, size_t bytes)
{
    static uint8_t buffer[sizeof(struct pr_answers) + 1100 * sizeof(struct pr_answer)];
    struct pr_answers head;
    memset(&head, 0, sizeof(head));
    head.header = pr_wire_header(bytes, PR_KIND_ANSWERS);
    head.count = count;
    memcpy(buffer, &head, sizeof(head));
    return pr_wire_answers(buffer, bytes, &head);
}

static void answer_count_must_fit_the_bytes(void)
{
    const size_t head = sizeof(struct pr_answers);
    CHECK(answers(1, head + 16) == PR_OUTCOME_OK);
    CHECK(answers(0, head) == PR_OUTCOME_INVALID_PARAMETER);
    CHECK(answers(2, head + 16) == PR_OUTCOME_INVALID_PARAMETER);
    CHECK(answers(1, head + 32) == PR_OUTCOME_INVALID_PARAMETER);
    CHECK(answers(0x10000001, head + 16) == PR_OUTCOME_INVALID_PARAMETER);
    CHECK(answers(PR_MAX_ANSWERS, head + PR_MAX_ANSWERS * 16) == PR_OUTCOME_OK);
    CHECK(answers(PR_MAX_ANSWERS + 1, head + (PR_MAX_ANSWERS + 1) * 16) ==
          PR_OUTCOME_INVALID_PARAMETER);
}

static void random_bytes_never_get_through_by_accident(void)
{
    uint8_t *bytes = malloc(256);
    srand(11);
    for (unsigned i = 0; i < 200000; i++) {
        size_t size = (size_t)rand() % 257;
        struct pr_read read;
        for (size_t j = 0; j < size; j++) {
            bytes[j] = (uint8_t)(rand() % 7);
        }
        bool ok = pr_wire_read(bytes, size, &read) == PR_OUTCOME_OK;
        CHECK(!ok || (read.header.size == size && read.header.kind == PR_KIND_READ));
    }
    free(bytes);
}

static const struct test tests[] = {
    TEST(every_size_but_the_exact_one_is_refused), TEST(header_must_say_the_truth),
    TEST(policy_fields_take_their_values_only),    TEST(hold_time_is_bounded),
    TEST(answer_count_must_fit_the_bytes),         TEST(random_bytes_never_get_through_by_accident),
};

const struct suite wire_suite = SUITE(tests);
