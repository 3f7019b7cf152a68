#include "wire.h"

#include <string.h>

#include "portreeve_wire_layout.gen.h"

static bool all_zero(const uint8_t *bytes, size_t count)
{
    uint8_t any = 0;
    for (size_t i = 0; i < count; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

/* Copies a message of exactly `size` bytes. Another version is told apart first: its sizes may differ. */
static enum pr_outcome take(const void *input, size_t bytes, uint16_t kind, void *message,
                            size_t size)
{
    struct pr_header header;
    if (bytes < sizeof(header)) {
        return PR_OUTCOME_INVALID_PARAMETER;
    }
    memcpy(&header, input, sizeof(header));
    if (header.kind != kind) {
        return PR_OUTCOME_INVALID_PARAMETER;
    }
    if (header.version != PR_PROTOCOL_VERSION) {
        return PR_OUTCOME_REVISION_MISMATCH;
    }
    if (header.size != bytes || bytes < size) {
        return PR_OUTCOME_INVALID_PARAMETER;
    }
    memcpy(message, input, size);
    return PR_OUTCOME_OK;
}

static enum pr_outcome take_exact(const void *input, size_t bytes, uint16_t kind, void *message,
                                  size_t size)
{
    enum pr_outcome status = take(input, bytes, kind, message, size);
    return status == PR_OUTCOME_OK && bytes != size ? PR_OUTCOME_INVALID_PARAMETER : status;
}

enum pr_outcome pr_wire_hello(const void *input, size_t bytes, struct pr_hello *hello)
{
    enum pr_outcome status = take_exact(input, bytes, PR_KIND_HELLO, hello, sizeof(*hello));
    if (status == PR_OUTCOME_OK && hello->reserved != 0) {
        return PR_OUTCOME_INVALID_PARAMETER;
    }
    return status;
}

static bool is_verdict(uint8_t value)
{
    return value == PR_VERDICT_ALLOW || value == PR_VERDICT_BLOCK;
}

static bool policy_valid(const struct pr_policy *policy)
{
    return policy->hold_ms >= PR_MIN_HOLD_MS && policy->hold_ms <= PR_MAX_HOLD_MS &&
           (policy->mode == PR_MODE_ASK || policy->mode == PR_MODE_LOCKDOWN) &&
           (policy->loopback == PR_LOOPBACK_ALLOW || policy->loopback == PR_LOOPBACK_ASK) &&
           is_verdict(policy->no_client_verdict) && is_verdict(policy->watchdog_verdict) &&
           is_verdict(policy->full_verdict) && is_verdict(policy->unknown_reauthorize_verdict) &&
           all_zero(policy->reserved, sizeof(policy->reserved));
}

enum pr_outcome pr_wire_policy(const void *input, size_t bytes, struct pr_policy *policy)
{
    enum pr_outcome status = take_exact(input, bytes, PR_KIND_POLICY, policy, sizeof(*policy));
    return status == PR_OUTCOME_OK && !policy_valid(policy) ? PR_OUTCOME_INVALID_PARAMETER : status;
}

enum pr_outcome pr_wire_read(const void *input, size_t bytes, struct pr_read *read)
{
    return take_exact(input, bytes, PR_KIND_READ, read, sizeof(*read));
}

enum pr_outcome pr_wire_status(const void *input, size_t bytes, struct pr_status_request *request)
{
    return take_exact(input, bytes, PR_KIND_STATUS_REQUEST, request, sizeof(*request));
}

enum pr_outcome pr_wire_answers(const void *input, size_t bytes, struct pr_answers *answers)
{
    enum pr_outcome status = take(input, bytes, PR_KIND_ANSWERS, answers, sizeof(*answers));
    if (status != PR_OUTCOME_OK) {
        return status;
    }
    if (answers->reserved != 0 || answers->count == 0 || answers->count > PR_MAX_ANSWERS ||
        bytes != sizeof(*answers) + answers->count * sizeof(struct pr_answer)) {
        return PR_OUTCOME_INVALID_PARAMETER;
    }
    return PR_OUTCOME_OK;
}

struct pr_answer pr_wire_answer(const void *input, uint32_t index)
{
    struct pr_answer answer;
    const uint8_t *first = (const uint8_t *)input + sizeof(struct pr_answers);
    memcpy(&answer, first + index * sizeof(answer), sizeof(answer));
    return answer;
}

bool pr_wire_answer_valid(const struct pr_answer *answer)
{
    bool known = is_verdict(answer->verdict) || answer->verdict == PR_VERDICT_KEEP;
    return known && all_zero(answer->reserved, sizeof(answer->reserved));
}

enum pr_outcome pr_wire_table_begin(const void *input, size_t bytes, struct pr_table_begin *begin)
{
    enum pr_outcome status = take_exact(input, bytes, PR_KIND_TABLE_BEGIN, begin, sizeof(*begin));
    if (status == PR_OUTCOME_OK &&
        (begin->version == 0 || begin->reserved != 0 || begin->bytes % 4 != 0 ||
         begin->bytes < sizeof(struct pr_table) || begin->bytes > PR_MAX_TABLE_BYTES)) {
        return PR_OUTCOME_INVALID_PARAMETER;
    }
    return status;
}

enum pr_outcome pr_wire_table_part(const void *input, size_t bytes, struct pr_table_part *part)
{
    enum pr_outcome status = take(input, bytes, PR_KIND_TABLE_PART, part, sizeof(*part));
    if (status == PR_OUTCOME_OK && (part->bytes == 0 || part->bytes > PR_MAX_TABLE_PART_BYTES ||
                                    part->bytes != bytes - sizeof(*part))) {
        return PR_OUTCOME_INVALID_PARAMETER;
    }
    return status;
}

enum pr_outcome pr_wire_table_commit(const void *input, size_t bytes,
                                     struct pr_table_commit *commit)
{
    return take_exact(input, bytes, PR_KIND_TABLE_COMMIT, commit, sizeof(*commit));
}

enum pr_outcome pr_wire_hits(const void *input, size_t bytes, struct pr_hits_request *request)
{
    enum pr_outcome status =
        take_exact(input, bytes, PR_KIND_HITS_REQUEST, request, sizeof(*request));
    if (status == PR_OUTCOME_OK && request->reserved != 0) {
        return PR_OUTCOME_INVALID_PARAMETER;
    }
    return status;
}

struct pr_mapping pr_wire_mapping(const void *input, uint32_t index)
{
    struct pr_mapping mapping;
    const uint8_t *first = (const uint8_t *)input + sizeof(struct pr_mappings);
    memcpy(&mapping, first + index * sizeof(mapping), sizeof(mapping));
    return mapping;
}

static bool mappings_valid(const void *input, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct pr_mapping mapping = pr_wire_mapping(input, i);
        if (mapping.process_id == 0 || mapping.reserved != 0) {
            return false;
        }
    }
    return true;
}

enum pr_outcome pr_wire_mappings(const void *input, size_t bytes, struct pr_mappings *mappings)
{
    enum pr_outcome status = take(input, bytes, PR_KIND_MAPPINGS, mappings, sizeof(*mappings));
    if (status != PR_OUTCOME_OK) {
        return status;
    }
    if (mappings->reserved != 0 || mappings->count == 0 || mappings->count > PR_MAX_MAPPINGS ||
        bytes != sizeof(*mappings) + mappings->count * sizeof(struct pr_mapping) ||
        !mappings_valid(input, mappings->count)) {
        return PR_OUTCOME_INVALID_PARAMETER;
    }
    return PR_OUTCOME_OK;
}

struct pr_header pr_wire_header(size_t bytes, uint16_t kind)
{
    struct pr_header header = {(uint32_t)bytes, kind, PR_PROTOCOL_VERSION};
    return header;
}
