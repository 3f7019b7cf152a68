/*
 * The driver's own look-ups, for a test that compares them with what the rules mean. Frames on standard input, little-endian
 * { u32 kind; u32 bytes; payload }, each answered on standard output:
 *   1  a table; u32: 1 when it is accepted
 *   2  connections { u32 subject_id; u8 inbound, protocol, family, 0; u16 port, 0; u8 address[16] }; { u32 outcome, rule_id }
 *      each, the id 0 when no rule decides
 *   3  a path in UTF-16LE; u32: the id of its subject, 0 when there is none
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

struct asked {
    uint32_t subject_id;
    uint8_t inbound;
    uint8_t protocol;
    uint8_t family;
    uint8_t zero;
    uint16_t port;
    uint16_t zeros;
    uint8_t address[PR_ADDRESS_BYTES];
};

static struct pr_table_view view;
static void *table;
static struct pr_v4_index *index_of_v4;

static void put(uint32_t word)
{
    (void)fwrite(&word, sizeof(word), 1, stdout);
}

static void take_table(void *bytes, size_t size)
{
    free(table);
    table = bytes;
    bool valid = pr_table_check(bytes, size, &view);
    put(valid ? 1 : 0);
    if (valid && pr_table_v4_count(&view) > 0) {
        free(index_of_v4);
        index_of_v4 = malloc(pr_table_v4_index_bytes(&view));
        if (index_of_v4 == NULL) {
            abort();
        }
        pr_table_index_v4(&view, index_of_v4);
    }
}

static void decide(const struct asked *asked)
{
    struct pr_key key;
    memset(&key, 0, sizeof(key));
    key.layer = asked->inbound != 0 ? PR_LAYER_RECV_ACCEPT : PR_LAYER_CONNECT;
    key.family = asked->family;
    key.protocol = asked->protocol;
    key.remote.port = asked->port;
    memcpy(key.remote.address, asked->address, sizeof(asked->address));
    uint32_t place = pr_table_subject_of(&view, asked->subject_id, 0);
    struct pr_table_match match = pr_table_decide(&view, place, &key);
    if (pr_table_v4_count(&view) > 0) {
        struct pr_table_view indexed = view;
        indexed.v4_index = index_of_v4;
        if (pr_table_decide(&indexed, place, &key).rule != match.rule) {
            abort();
        }
    }
    put(match.outcome);
    put(match.rule == PR_MAP_NO_RULE ? 0 : view.rules[match.rule].rule_id);
}

static void find_path(const void *path, size_t bytes)
{
    uint32_t place = pr_table_subject_of_path(&view, path, bytes);
    put(place == PR_TABLE_NO_SUBJECT ? 0 : view.subjects[place].id);
}

int main(void)
{
    uint32_t head[2];
    while (fread(head, sizeof(head), 1, stdin) == 1) {
        uint8_t *payload = malloc(head[1]);
        if (payload == NULL || (head[1] > 0 && fread(payload, head[1], 1, stdin) != 1)) {
            return 1;
        }
        if (head[0] == 1) {
            take_table(payload, head[1]);
            continue;
        }
        for (size_t at = 0; head[0] == 2 && at < head[1]; at += sizeof(struct asked)) {
            decide((const struct asked *)(payload + at));
        }
        if (head[0] == 3) {
            find_path(payload, head[1]);
        }
        free(payload);
    }
    free(table);
    return 0;
}
