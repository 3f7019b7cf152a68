/*
 * The only reader of untrusted bytes: checks the client's requests. Every function copies what it returns, so that
 * nothing is read twice. No state, no locks; any IRQL.
 */
#ifndef PR_WIRE_H
#define PR_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine.h"
#include "portreeve_wire.h"

/* Each checks size, kind, version, reserved fields and values. */
enum pr_outcome pr_wire_hello(const void *input, size_t bytes, struct pr_hello *hello);
enum pr_outcome pr_wire_policy(const void *input, size_t bytes, struct pr_policy *policy);
enum pr_outcome pr_wire_read(const void *input, size_t bytes, struct pr_read *read);
enum pr_outcome pr_wire_status(const void *input, size_t bytes, struct pr_status_request *request);
/* The fixed part; the `count` answers that follow it lie within `bytes`. */
enum pr_outcome pr_wire_answers(const void *input, size_t bytes, struct pr_answers *answers);
/* The answer with this index of a request that pr_wire_answers has accepted. */
struct pr_answer pr_wire_answer(const void *input, uint32_t index);
bool pr_wire_answer_valid(const struct pr_answer *answer);
enum pr_outcome pr_wire_table_begin(const void *input, size_t bytes, struct pr_table_begin *begin);
/* The fixed part; the table's bytes that follow it lie within `bytes`. */
enum pr_outcome pr_wire_table_part(const void *input, size_t bytes, struct pr_table_part *part);
enum pr_outcome pr_wire_table_commit(const void *input, size_t bytes,
                                     struct pr_table_commit *commit);
enum pr_outcome pr_wire_hits(const void *input, size_t bytes, struct pr_hits_request *request);
/* The fixed part; the `count` mappings that follow it lie within `bytes` and have been looked at. */
enum pr_outcome pr_wire_mappings(const void *input, size_t bytes, struct pr_mappings *mappings);
struct pr_mapping pr_wire_mapping(const void *input, uint32_t index);

struct pr_header pr_wire_header(size_t bytes, uint16_t kind);

#endif
