/* Made from portreeve_wire.h by `npm run protocol`. Do not edit. */
#ifndef PORTREEVE_WIRE_LAYOUT_GEN_H
#define PORTREEVE_WIRE_LAYOUT_GEN_H

#include <stddef.h>

#include "portreeve_wire.h"

_Static_assert(sizeof(struct pr_header) == 8, "size of pr_header");
_Static_assert(_Alignof(struct pr_header) == 4, "alignment of pr_header");
_Static_assert(offsetof(struct pr_header, size) == 0, "pr_header.size");
_Static_assert(offsetof(struct pr_header, kind) == 4, "pr_header.kind");
_Static_assert(offsetof(struct pr_header, version) == 6, "pr_header.version");

_Static_assert(sizeof(struct pr_hello) == 16, "size of pr_hello");
_Static_assert(_Alignof(struct pr_hello) == 4, "alignment of pr_hello");
_Static_assert(offsetof(struct pr_hello, header) == 0, "pr_hello.header");
_Static_assert(offsetof(struct pr_hello, client_version) == 8, "pr_hello.client_version");
_Static_assert(offsetof(struct pr_hello, reserved) == 12, "pr_hello.reserved");

_Static_assert(sizeof(struct pr_welcome) == 40, "size of pr_welcome");
_Static_assert(_Alignof(struct pr_welcome) == 8, "alignment of pr_welcome");
_Static_assert(offsetof(struct pr_welcome, header) == 0, "pr_welcome.header");
_Static_assert(offsetof(struct pr_welcome, session) == 8, "pr_welcome.session");
_Static_assert(offsetof(struct pr_welcome, loaded_at) == 16, "pr_welcome.loaded_at");
_Static_assert(offsetof(struct pr_welcome, driver_version) == 24, "pr_welcome.driver_version");
_Static_assert(offsetof(struct pr_welcome, max_held) == 28, "pr_welcome.max_held");
_Static_assert(offsetof(struct pr_welcome, max_held_per_process) == 32, "pr_welcome.max_held_per_process");
_Static_assert(offsetof(struct pr_welcome, max_hold_ms) == 36, "pr_welcome.max_hold_ms");

_Static_assert(sizeof(struct pr_policy) == 32, "size of pr_policy");
_Static_assert(_Alignof(struct pr_policy) == 8, "alignment of pr_policy");
_Static_assert(offsetof(struct pr_policy, header) == 0, "pr_policy.header");
_Static_assert(offsetof(struct pr_policy, session) == 8, "pr_policy.session");
_Static_assert(offsetof(struct pr_policy, hold_ms) == 16, "pr_policy.hold_ms");
_Static_assert(offsetof(struct pr_policy, mode) == 20, "pr_policy.mode");
_Static_assert(offsetof(struct pr_policy, loopback) == 21, "pr_policy.loopback");
_Static_assert(offsetof(struct pr_policy, no_client_verdict) == 22, "pr_policy.no_client_verdict");
_Static_assert(offsetof(struct pr_policy, watchdog_verdict) == 23, "pr_policy.watchdog_verdict");
_Static_assert(offsetof(struct pr_policy, full_verdict) == 24, "pr_policy.full_verdict");
_Static_assert(offsetof(struct pr_policy, unknown_reauthorize_verdict) == 25, "pr_policy.unknown_reauthorize_verdict");
_Static_assert(offsetof(struct pr_policy, reserved) == 26, "pr_policy.reserved");

_Static_assert(sizeof(struct pr_read) == 16, "size of pr_read");
_Static_assert(_Alignof(struct pr_read) == 8, "alignment of pr_read");
_Static_assert(offsetof(struct pr_read, header) == 0, "pr_read.header");
_Static_assert(offsetof(struct pr_read, session) == 8, "pr_read.session");

_Static_assert(sizeof(struct pr_events) == 32, "size of pr_events");
_Static_assert(_Alignof(struct pr_events) == 8, "alignment of pr_events");
_Static_assert(offsetof(struct pr_events, header) == 0, "pr_events.header");
_Static_assert(offsetof(struct pr_events, session) == 8, "pr_events.session");
_Static_assert(offsetof(struct pr_events, sequence) == 16, "pr_events.sequence");
_Static_assert(offsetof(struct pr_events, count) == 24, "pr_events.count");
_Static_assert(offsetof(struct pr_events, decided_lost) == 28, "pr_events.decided_lost");

_Static_assert(sizeof(struct pr_endpoint) == 24, "size of pr_endpoint");
_Static_assert(_Alignof(struct pr_endpoint) == 4, "alignment of pr_endpoint");
_Static_assert(offsetof(struct pr_endpoint, address) == 0, "pr_endpoint.address");
_Static_assert(offsetof(struct pr_endpoint, scope_id) == 16, "pr_endpoint.scope_id");
_Static_assert(offsetof(struct pr_endpoint, port) == 20, "pr_endpoint.port");
_Static_assert(offsetof(struct pr_endpoint, reserved) == 22, "pr_endpoint.reserved");

_Static_assert(sizeof(struct pr_connection) == 120, "size of pr_connection");
_Static_assert(_Alignof(struct pr_connection) == 8, "alignment of pr_connection");
_Static_assert(offsetof(struct pr_connection, id) == 0, "pr_connection.id");
_Static_assert(offsetof(struct pr_connection, process_id) == 8, "pr_connection.process_id");
_Static_assert(offsetof(struct pr_connection, process_created) == 16, "pr_connection.process_created");
_Static_assert(offsetof(struct pr_connection, time) == 24, "pr_connection.time");
_Static_assert(offsetof(struct pr_connection, deadline) == 32, "pr_connection.deadline");
_Static_assert(offsetof(struct pr_connection, local) == 40, "pr_connection.local");
_Static_assert(offsetof(struct pr_connection, remote) == 64, "pr_connection.remote");
_Static_assert(offsetof(struct pr_connection, family) == 88, "pr_connection.family");
_Static_assert(offsetof(struct pr_connection, protocol) == 89, "pr_connection.protocol");
_Static_assert(offsetof(struct pr_connection, direction) == 90, "pr_connection.direction");
_Static_assert(offsetof(struct pr_connection, verdict) == 91, "pr_connection.verdict");
_Static_assert(offsetof(struct pr_connection, reason) == 92, "pr_connection.reason");
_Static_assert(offsetof(struct pr_connection, reserved) == 93, "pr_connection.reserved");
_Static_assert(offsetof(struct pr_connection, flags) == 96, "pr_connection.flags");
_Static_assert(offsetof(struct pr_connection, compartment) == 100, "pr_connection.compartment");
_Static_assert(offsetof(struct pr_connection, listening_since) == 104, "pr_connection.listening_since");
_Static_assert(offsetof(struct pr_connection, service_tag) == 112, "pr_connection.service_tag");

_Static_assert(sizeof(struct pr_connection_event) == 136, "size of pr_connection_event");
_Static_assert(_Alignof(struct pr_connection_event) == 8, "alignment of pr_connection_event");
_Static_assert(offsetof(struct pr_connection_event, header) == 0, "pr_connection_event.header");
_Static_assert(offsetof(struct pr_connection_event, connection) == 8, "pr_connection_event.connection");
_Static_assert(offsetof(struct pr_connection_event, path_offset) == 128, "pr_connection_event.path_offset");
_Static_assert(offsetof(struct pr_connection_event, path_bytes) == 132, "pr_connection_event.path_bytes");

_Static_assert(sizeof(struct pr_settled_event) == 32, "size of pr_settled_event");
_Static_assert(_Alignof(struct pr_settled_event) == 8, "alignment of pr_settled_event");
_Static_assert(offsetof(struct pr_settled_event, header) == 0, "pr_settled_event.header");
_Static_assert(offsetof(struct pr_settled_event, id) == 8, "pr_settled_event.id");
_Static_assert(offsetof(struct pr_settled_event, time) == 16, "pr_settled_event.time");
_Static_assert(offsetof(struct pr_settled_event, verdict) == 24, "pr_settled_event.verdict");
_Static_assert(offsetof(struct pr_settled_event, reason) == 25, "pr_settled_event.reason");
_Static_assert(offsetof(struct pr_settled_event, reserved) == 26, "pr_settled_event.reserved");

_Static_assert(sizeof(struct pr_answer) == 16, "size of pr_answer");
_Static_assert(_Alignof(struct pr_answer) == 8, "alignment of pr_answer");
_Static_assert(offsetof(struct pr_answer, id) == 0, "pr_answer.id");
_Static_assert(offsetof(struct pr_answer, verdict) == 8, "pr_answer.verdict");
_Static_assert(offsetof(struct pr_answer, reserved) == 9, "pr_answer.reserved");

_Static_assert(sizeof(struct pr_answers) == 24, "size of pr_answers");
_Static_assert(_Alignof(struct pr_answers) == 8, "alignment of pr_answers");
_Static_assert(offsetof(struct pr_answers, header) == 0, "pr_answers.header");
_Static_assert(offsetof(struct pr_answers, session) == 8, "pr_answers.session");
_Static_assert(offsetof(struct pr_answers, count) == 16, "pr_answers.count");
_Static_assert(offsetof(struct pr_answers, reserved) == 20, "pr_answers.reserved");

_Static_assert(sizeof(struct pr_answer_result) == 16, "size of pr_answer_result");
_Static_assert(_Alignof(struct pr_answer_result) == 8, "alignment of pr_answer_result");
_Static_assert(offsetof(struct pr_answer_result, id) == 0, "pr_answer_result.id");
_Static_assert(offsetof(struct pr_answer_result, status) == 8, "pr_answer_result.status");
_Static_assert(offsetof(struct pr_answer_result, reserved) == 12, "pr_answer_result.reserved");

_Static_assert(sizeof(struct pr_results) == 16, "size of pr_results");
_Static_assert(_Alignof(struct pr_results) == 4, "alignment of pr_results");
_Static_assert(offsetof(struct pr_results, header) == 0, "pr_results.header");
_Static_assert(offsetof(struct pr_results, count) == 8, "pr_results.count");
_Static_assert(offsetof(struct pr_results, accepted) == 12, "pr_results.accepted");

_Static_assert(sizeof(struct pr_status_request) == 16, "size of pr_status_request");
_Static_assert(_Alignof(struct pr_status_request) == 8, "alignment of pr_status_request");
_Static_assert(offsetof(struct pr_status_request, header) == 0, "pr_status_request.header");
_Static_assert(offsetof(struct pr_status_request, session) == 8, "pr_status_request.session");

_Static_assert(sizeof(struct pr_status) == 168, "size of pr_status");
_Static_assert(_Alignof(struct pr_status) == 8, "alignment of pr_status");
_Static_assert(offsetof(struct pr_status, header) == 0, "pr_status.header");
_Static_assert(offsetof(struct pr_status, session) == 8, "pr_status.session");
_Static_assert(offsetof(struct pr_status, classified) == 16, "pr_status.classified");
_Static_assert(offsetof(struct pr_status, allowed) == 24, "pr_status.allowed");
_Static_assert(offsetof(struct pr_status, blocked) == 32, "pr_status.blocked");
_Static_assert(offsetof(struct pr_status, held_total) == 40, "pr_status.held_total");
_Static_assert(offsetof(struct pr_status, answered) == 48, "pr_status.answered");
_Static_assert(offsetof(struct pr_status, watchdog) == 56, "pr_status.watchdog");
_Static_assert(offsetof(struct pr_status, client_lost) == 64, "pr_status.client_lost");
_Static_assert(offsetof(struct pr_status, no_client) == 72, "pr_status.no_client");
_Static_assert(offsetof(struct pr_status, full) == 80, "pr_status.full");
_Static_assert(offsetof(struct pr_status, endpoint_closed) == 88, "pr_status.endpoint_closed");
_Static_assert(offsetof(struct pr_status, pend_failed) == 96, "pr_status.pend_failed");
_Static_assert(offsetof(struct pr_status, decided_lost) == 104, "pr_status.decided_lost");
_Static_assert(offsetof(struct pr_status, held_now) == 112, "pr_status.held_now");
_Static_assert(offsetof(struct pr_status, held_peak) == 116, "pr_status.held_peak");
_Static_assert(offsetof(struct pr_status, datagrams_held) == 120, "pr_status.datagrams_held");
_Static_assert(offsetof(struct pr_status, datagrams_refused) == 128, "pr_status.datagrams_refused");
_Static_assert(offsetof(struct pr_status, datagrams_injected) == 136, "pr_status.datagrams_injected");
_Static_assert(offsetof(struct pr_status, ruled) == 144, "pr_status.ruled");
_Static_assert(offsetof(struct pr_status, table_version) == 152, "pr_status.table_version");
_Static_assert(offsetof(struct pr_status, table_rules) == 160, "pr_status.table_rules");
_Static_assert(offsetof(struct pr_status, processes) == 164, "pr_status.processes");

_Static_assert(sizeof(struct pr_table_begin) == 40, "size of pr_table_begin");
_Static_assert(_Alignof(struct pr_table_begin) == 8, "alignment of pr_table_begin");
_Static_assert(offsetof(struct pr_table_begin, header) == 0, "pr_table_begin.header");
_Static_assert(offsetof(struct pr_table_begin, session) == 8, "pr_table_begin.session");
_Static_assert(offsetof(struct pr_table_begin, version) == 16, "pr_table_begin.version");
_Static_assert(offsetof(struct pr_table_begin, checksum) == 24, "pr_table_begin.checksum");
_Static_assert(offsetof(struct pr_table_begin, bytes) == 32, "pr_table_begin.bytes");
_Static_assert(offsetof(struct pr_table_begin, reserved) == 36, "pr_table_begin.reserved");

_Static_assert(sizeof(struct pr_table_part) == 24, "size of pr_table_part");
_Static_assert(_Alignof(struct pr_table_part) == 8, "alignment of pr_table_part");
_Static_assert(offsetof(struct pr_table_part, header) == 0, "pr_table_part.header");
_Static_assert(offsetof(struct pr_table_part, session) == 8, "pr_table_part.session");
_Static_assert(offsetof(struct pr_table_part, offset) == 16, "pr_table_part.offset");
_Static_assert(offsetof(struct pr_table_part, bytes) == 20, "pr_table_part.bytes");

_Static_assert(sizeof(struct pr_table_commit) == 16, "size of pr_table_commit");
_Static_assert(_Alignof(struct pr_table_commit) == 8, "alignment of pr_table_commit");
_Static_assert(offsetof(struct pr_table_commit, header) == 0, "pr_table_commit.header");
_Static_assert(offsetof(struct pr_table_commit, session) == 8, "pr_table_commit.session");

_Static_assert(sizeof(struct pr_table_result) == 24, "size of pr_table_result");
_Static_assert(_Alignof(struct pr_table_result) == 8, "alignment of pr_table_result");
_Static_assert(offsetof(struct pr_table_result, header) == 0, "pr_table_result.header");
_Static_assert(offsetof(struct pr_table_result, version) == 8, "pr_table_result.version");
_Static_assert(offsetof(struct pr_table_result, status) == 16, "pr_table_result.status");
_Static_assert(offsetof(struct pr_table_result, reserved) == 20, "pr_table_result.reserved");

_Static_assert(sizeof(struct pr_mapping) == 24, "size of pr_mapping");
_Static_assert(_Alignof(struct pr_mapping) == 8, "alignment of pr_mapping");
_Static_assert(offsetof(struct pr_mapping, process_id) == 0, "pr_mapping.process_id");
_Static_assert(offsetof(struct pr_mapping, process_created) == 8, "pr_mapping.process_created");
_Static_assert(offsetof(struct pr_mapping, subject) == 16, "pr_mapping.subject");
_Static_assert(offsetof(struct pr_mapping, reserved) == 20, "pr_mapping.reserved");

_Static_assert(sizeof(struct pr_mappings) == 24, "size of pr_mappings");
_Static_assert(_Alignof(struct pr_mappings) == 8, "alignment of pr_mappings");
_Static_assert(offsetof(struct pr_mappings, header) == 0, "pr_mappings.header");
_Static_assert(offsetof(struct pr_mappings, session) == 8, "pr_mappings.session");
_Static_assert(offsetof(struct pr_mappings, count) == 16, "pr_mappings.count");
_Static_assert(offsetof(struct pr_mappings, reserved) == 20, "pr_mappings.reserved");

_Static_assert(sizeof(struct pr_mapped) == 16, "size of pr_mapped");
_Static_assert(_Alignof(struct pr_mapped) == 4, "alignment of pr_mapped");
_Static_assert(offsetof(struct pr_mapped, header) == 0, "pr_mapped.header");
_Static_assert(offsetof(struct pr_mapped, accepted) == 8, "pr_mapped.accepted");
_Static_assert(offsetof(struct pr_mapped, unknown) == 12, "pr_mapped.unknown");

_Static_assert(sizeof(struct pr_hits_request) == 24, "size of pr_hits_request");
_Static_assert(_Alignof(struct pr_hits_request) == 8, "alignment of pr_hits_request");
_Static_assert(offsetof(struct pr_hits_request, header) == 0, "pr_hits_request.header");
_Static_assert(offsetof(struct pr_hits_request, session) == 8, "pr_hits_request.session");
_Static_assert(offsetof(struct pr_hits_request, first) == 16, "pr_hits_request.first");
_Static_assert(offsetof(struct pr_hits_request, reserved) == 20, "pr_hits_request.reserved");

_Static_assert(sizeof(struct pr_rule_hit) == 8, "size of pr_rule_hit");
_Static_assert(_Alignof(struct pr_rule_hit) == 4, "alignment of pr_rule_hit");
_Static_assert(offsetof(struct pr_rule_hit, rule_id) == 0, "pr_rule_hit.rule_id");
_Static_assert(offsetof(struct pr_rule_hit, hits) == 4, "pr_rule_hit.hits");

_Static_assert(sizeof(struct pr_hits) == 16, "size of pr_hits");
_Static_assert(_Alignof(struct pr_hits) == 4, "alignment of pr_hits");
_Static_assert(offsetof(struct pr_hits, header) == 0, "pr_hits.header");
_Static_assert(offsetof(struct pr_hits, count) == 8, "pr_hits.count");
_Static_assert(offsetof(struct pr_hits, next) == 12, "pr_hits.next");

_Static_assert(sizeof(struct pr_table_subject) == 16, "size of pr_table_subject");
_Static_assert(_Alignof(struct pr_table_subject) == 4, "alignment of pr_table_subject");
_Static_assert(offsetof(struct pr_table_subject, id) == 0, "pr_table_subject.id");
_Static_assert(offsetof(struct pr_table_subject, map) == 4, "pr_table_subject.map");
_Static_assert(offsetof(struct pr_table_subject, rule_first) == 8, "pr_table_subject.rule_first");
_Static_assert(offsetof(struct pr_table_subject, rule_count) == 12, "pr_table_subject.rule_count");

_Static_assert(sizeof(struct pr_table_rule) == 12, "size of pr_table_rule");
_Static_assert(_Alignof(struct pr_table_rule) == 4, "alignment of pr_table_rule");
_Static_assert(offsetof(struct pr_table_rule, rule_id) == 0, "pr_table_rule.rule_id");
_Static_assert(offsetof(struct pr_table_rule, rank) == 4, "pr_table_rule.rank");
_Static_assert(offsetof(struct pr_table_rule, outcome) == 8, "pr_table_rule.outcome");

_Static_assert(sizeof(struct pr_table_path) == 16, "size of pr_table_path");
_Static_assert(_Alignof(struct pr_table_path) == 4, "alignment of pr_table_path");
_Static_assert(offsetof(struct pr_table_path, hash) == 0, "pr_table_path.hash");
_Static_assert(offsetof(struct pr_table_path, subject) == 4, "pr_table_path.subject");
_Static_assert(offsetof(struct pr_table_path, text) == 8, "pr_table_path.text");
_Static_assert(offsetof(struct pr_table_path, units) == 12, "pr_table_path.units");

_Static_assert(sizeof(struct pr_table) == 320, "size of pr_table");
_Static_assert(_Alignof(struct pr_table) == 8, "alignment of pr_table");
_Static_assert(offsetof(struct pr_table, header) == 0, "pr_table.header");
_Static_assert(offsetof(struct pr_table, version) == 8, "pr_table.version");
_Static_assert(offsetof(struct pr_table, subject_count) == 16, "pr_table.subject_count");
_Static_assert(offsetof(struct pr_table, rule_count) == 20, "pr_table.rule_count");
_Static_assert(offsetof(struct pr_table, bucket_count) == 24, "pr_table.bucket_count");
_Static_assert(offsetof(struct pr_table, path_count) == 28, "pr_table.path_count");
_Static_assert(offsetof(struct pr_table, map_bytes) == 32, "pr_table.map_bytes");
_Static_assert(offsetof(struct pr_table, text_units) == 36, "pr_table.text_units");
_Static_assert(offsetof(struct pr_table, path_seed) == 40, "pr_table.path_seed");
_Static_assert(offsetof(struct pr_table, reserved) == 44, "pr_table.reserved");
_Static_assert(offsetof(struct pr_table, everybody) == 48, "pr_table.everybody");
_Static_assert(offsetof(struct pr_table, protocol_class) == 64, "pr_table.protocol_class");

_Static_assert(PR_PROTOCOL_VERSION == 1u, "PR_PROTOCOL_VERSION");
_Static_assert(PR_ADDRESS_BYTES == 16u, "PR_ADDRESS_BYTES");
_Static_assert(PR_MAX_PATH_BYTES == 8192u, "PR_MAX_PATH_BYTES");
_Static_assert(PR_MAX_EVENT_BATCH_BYTES == 65536u, "PR_MAX_EVENT_BATCH_BYTES");
_Static_assert(PR_MIN_EVENT_BATCH_BYTES == 16384u, "PR_MIN_EVENT_BATCH_BYTES");
_Static_assert(PR_MAX_ANSWERS == 1024u, "PR_MAX_ANSWERS");
_Static_assert(PR_MAX_HELD == 4096u, "PR_MAX_HELD");
_Static_assert(PR_MAX_HELD_PER_PROCESS == 256u, "PR_MAX_HELD_PER_PROCESS");
_Static_assert(PR_MAX_DECIDED_KEPT == 1024u, "PR_MAX_DECIDED_KEPT");
_Static_assert(PR_MIN_HOLD_MS == 1000u, "PR_MIN_HOLD_MS");
_Static_assert(PR_MAX_HOLD_MS == 3600000u, "PR_MAX_HOLD_MS");
_Static_assert(PR_MAX_TABLE_BYTES == 67108864u, "PR_MAX_TABLE_BYTES");
_Static_assert(PR_MAX_TABLE_PART_BYTES == 131072u, "PR_MAX_TABLE_PART_BYTES");
_Static_assert(PR_MAX_MAP_BYTES == 1048576u, "PR_MAX_MAP_BYTES");
_Static_assert(PR_MAX_PATH_BUCKET == 16u, "PR_MAX_PATH_BUCKET");
_Static_assert(PR_MAX_MAPPINGS == 1024u, "PR_MAX_MAPPINGS");
_Static_assert(PR_MAX_RULE_HITS == 4096u, "PR_MAX_RULE_HITS");
_Static_assert(PR_IOCTL_HELLO == 1236996u, "PR_IOCTL_HELLO");
_Static_assert(PR_IOCTL_SET_POLICY == 1237000u, "PR_IOCTL_SET_POLICY");
_Static_assert(PR_IOCTL_READ_EVENTS == 1237004u, "PR_IOCTL_READ_EVENTS");
_Static_assert(PR_IOCTL_ANSWER == 1237008u, "PR_IOCTL_ANSWER");
_Static_assert(PR_IOCTL_STATUS == 1237012u, "PR_IOCTL_STATUS");
_Static_assert(PR_IOCTL_TABLE_BEGIN == 1237016u, "PR_IOCTL_TABLE_BEGIN");
_Static_assert(PR_IOCTL_TABLE_PART == 1237020u, "PR_IOCTL_TABLE_PART");
_Static_assert(PR_IOCTL_TABLE_COMMIT == 1237024u, "PR_IOCTL_TABLE_COMMIT");
_Static_assert(PR_IOCTL_MAP_PROCESSES == 1237028u, "PR_IOCTL_MAP_PROCESSES");
_Static_assert(PR_IOCTL_RULE_HITS == 1237032u, "PR_IOCTL_RULE_HITS");
_Static_assert(PR_KIND_HELLO == 1u, "PR_KIND_HELLO");
_Static_assert(PR_KIND_WELCOME == 2u, "PR_KIND_WELCOME");
_Static_assert(PR_KIND_POLICY == 3u, "PR_KIND_POLICY");
_Static_assert(PR_KIND_READ == 4u, "PR_KIND_READ");
_Static_assert(PR_KIND_EVENTS == 5u, "PR_KIND_EVENTS");
_Static_assert(PR_KIND_ANSWERS == 6u, "PR_KIND_ANSWERS");
_Static_assert(PR_KIND_RESULTS == 7u, "PR_KIND_RESULTS");
_Static_assert(PR_KIND_STATUS == 8u, "PR_KIND_STATUS");
_Static_assert(PR_KIND_STATUS_REQUEST == 9u, "PR_KIND_STATUS_REQUEST");
_Static_assert(PR_KIND_TABLE_BEGIN == 10u, "PR_KIND_TABLE_BEGIN");
_Static_assert(PR_KIND_TABLE_PART == 11u, "PR_KIND_TABLE_PART");
_Static_assert(PR_KIND_TABLE_COMMIT == 12u, "PR_KIND_TABLE_COMMIT");
_Static_assert(PR_KIND_TABLE_RESULT == 13u, "PR_KIND_TABLE_RESULT");
_Static_assert(PR_KIND_TABLE == 14u, "PR_KIND_TABLE");
_Static_assert(PR_KIND_MAPPINGS == 15u, "PR_KIND_MAPPINGS");
_Static_assert(PR_KIND_MAPPED == 16u, "PR_KIND_MAPPED");
_Static_assert(PR_KIND_HITS_REQUEST == 17u, "PR_KIND_HITS_REQUEST");
_Static_assert(PR_KIND_HITS == 18u, "PR_KIND_HITS");
_Static_assert(PR_EVENT_HELD == 257u, "PR_EVENT_HELD");
_Static_assert(PR_EVENT_SETTLED == 258u, "PR_EVENT_SETTLED");
_Static_assert(PR_EVENT_DECIDED == 259u, "PR_EVENT_DECIDED");
_Static_assert(PR_FAMILY_IPV4 == 4u, "PR_FAMILY_IPV4");
_Static_assert(PR_FAMILY_IPV6 == 6u, "PR_FAMILY_IPV6");
_Static_assert(PR_DIRECTION_OUTBOUND == 1u, "PR_DIRECTION_OUTBOUND");
_Static_assert(PR_DIRECTION_INBOUND == 2u, "PR_DIRECTION_INBOUND");
_Static_assert(PR_VERDICT_NONE == 0u, "PR_VERDICT_NONE");
_Static_assert(PR_VERDICT_ALLOW == 1u, "PR_VERDICT_ALLOW");
_Static_assert(PR_VERDICT_BLOCK == 2u, "PR_VERDICT_BLOCK");
_Static_assert(PR_VERDICT_KEEP == 3u, "PR_VERDICT_KEEP");
_Static_assert(PR_REASON_NONE == 0u, "PR_REASON_NONE");
_Static_assert(PR_REASON_ANSWERED == 1u, "PR_REASON_ANSWERED");
_Static_assert(PR_REASON_WATCHDOG == 2u, "PR_REASON_WATCHDOG");
_Static_assert(PR_REASON_CLIENT_LOST == 3u, "PR_REASON_CLIENT_LOST");
_Static_assert(PR_REASON_NO_CLIENT == 4u, "PR_REASON_NO_CLIENT");
_Static_assert(PR_REASON_FULL == 5u, "PR_REASON_FULL");
_Static_assert(PR_REASON_ENDPOINT_CLOSED == 6u, "PR_REASON_ENDPOINT_CLOSED");
_Static_assert(PR_REASON_PROCESS_EXITED == 7u, "PR_REASON_PROCESS_EXITED");
_Static_assert(PR_REASON_UNLOAD == 8u, "PR_REASON_UNLOAD");
_Static_assert(PR_REASON_PEND_FAILED == 9u, "PR_REASON_PEND_FAILED");
_Static_assert(PR_REASON_NO_MEMORY == 10u, "PR_REASON_NO_MEMORY");
_Static_assert(PR_REASON_POWER == 11u, "PR_REASON_POWER");
_Static_assert(PR_LOOPBACK_ALLOW == 1u, "PR_LOOPBACK_ALLOW");
_Static_assert(PR_LOOPBACK_ASK == 2u, "PR_LOOPBACK_ASK");
_Static_assert(PR_MODE_ASK == 1u, "PR_MODE_ASK");
_Static_assert(PR_MODE_LOCKDOWN == 2u, "PR_MODE_LOCKDOWN");
_Static_assert(PR_CONNECTION_LOOPBACK == 1u, "PR_CONNECTION_LOOPBACK");
_Static_assert(PR_CONNECTION_PATH_CUT == 2u, "PR_CONNECTION_PATH_CUT");
_Static_assert(PR_CONNECTION_LISTENS_WIDE == 4u, "PR_CONNECTION_LISTENS_WIDE");
_Static_assert(PR_ANSWER_ACCEPTED == 0u, "PR_ANSWER_ACCEPTED");
_Static_assert(PR_ANSWER_UNKNOWN == 1u, "PR_ANSWER_UNKNOWN");
_Static_assert(PR_ANSWER_INVALID == 2u, "PR_ANSWER_INVALID");
_Static_assert(PR_TABLE_DONE == 0u, "PR_TABLE_DONE");
_Static_assert(PR_TABLE_INCOMPLETE == 1u, "PR_TABLE_INCOMPLETE");
_Static_assert(PR_TABLE_DAMAGED == 2u, "PR_TABLE_DAMAGED");
_Static_assert(PR_TABLE_INVALID == 3u, "PR_TABLE_INVALID");
_Static_assert(PR_TABLE_NO_MEMORY == 4u, "PR_TABLE_NO_MEMORY");
_Static_assert(PR_RULE_ASK == 0u, "PR_RULE_ASK");
_Static_assert(PR_RULE_ALLOW == 1u, "PR_RULE_ALLOW");
_Static_assert(PR_RULE_BLOCK == 2u, "PR_RULE_BLOCK");
_Static_assert(PR_HITS_END == 4294967295u, "PR_HITS_END");
_Static_assert(PR_TABLE_MAP_ASK == 4294967295u, "PR_TABLE_MAP_ASK");
_Static_assert(PR_MAP_NO_RULE == 4294967295u, "PR_MAP_NO_RULE");
_Static_assert(PR_MAP_LIST == 2147483648u, "PR_MAP_LIST");

#endif
