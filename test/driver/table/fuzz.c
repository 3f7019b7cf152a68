/*
 * Whatever bytes a table is made of, it is refused or safe to look up in, and both take bounded work. One file, two homes:
 * a libFuzzer target (test/driver/table/run.ts fuzz), and with REPLAY a program that takes `TABLE... ` and, of each, COUNT
 * mutations from a fixed seed: fuzz COUNT TABLE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

#define KEYS 64u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state;

static uint32_t next_random(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static struct pr_key random_key(void)
{
    struct pr_key key;
    memset(&key, 0, sizeof(key));
    key.layer = (next_random() & 1) != 0 ? PR_LAYER_CONNECT : PR_LAYER_RECV_ACCEPT;
    key.family = (next_random() & 1) != 0 ? PR_FAMILY_IPV4 : PR_FAMILY_IPV6;
    key.protocol = (uint8_t)next_random();
    key.remote.port = (uint16_t)next_random();
    for (uint32_t i = 0; i < PR_ADDRESS_BYTES; i++) {
        key.remote.address[i] = (next_random() & 3) == 0 ? 0xff : (uint8_t)next_random();
    }
    return key;
}

static void look_up(struct pr_table_view *view)
{
    struct pr_v4_index *index = NULL;
    uint16_t path[8];
    for (uint32_t i = 0; i < KEYS; i++) {
        struct pr_key key = random_key();
        uint32_t place = view->head->subject_count == 0 ? PR_TABLE_NO_SUBJECT
                                                        : next_random() % view->head->subject_count;
        (void)pr_table_decide(view, (next_random() & 3) == 0 ? PR_TABLE_NO_SUBJECT : place, &key);
        (void)pr_table_subject_of(view, next_random() % 64, next_random() % 8);
        for (uint32_t unit = 0; unit < 8; unit++) {
            path[unit] = (uint16_t)(0x40 + next_random() % 0x40);
        }
        (void)pr_table_subject_of_path(view, path, 2 * (1 + next_random() % 8));
        if (i == KEYS / 2 && pr_table_v4_count(view) > 0) {
            index = malloc(pr_table_v4_index_bytes(view));
            if (index == NULL) {
                abort();
            }
            pr_table_index_v4(view, index);
            view->v4_index = index;
        }
    }
    free(index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pr_table_view view;
    /* An allocation of exactly this size, so that the sanitizer sees every step beyond it. */
    void *bytes = malloc(size > 0 ? size : 1);
    if (bytes == NULL) {
        return 0;
    }
    memcpy(bytes, data, size);
    state = size > 0 ? pr_table_checksum(bytes, size) : 0;
    if (pr_table_check(bytes, size, &view)) {
        look_up(&view);
    }
    free(bytes);
    return 0;
}

#ifdef REPLAY
static uint8_t *read_whole(const char *name, size_t *size)
{
    FILE *file = fopen(name, "rb");
    uint8_t *bytes = NULL;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        *size = (size_t)ftell(file);
        rewind(file);
        bytes = malloc(*size + 1);
        if (bytes != NULL && *size > 0 && fread(bytes, *size, 1, file) != 1) {
            free(bytes);
            bytes = NULL;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return bytes;
}

static uint32_t word_of(const uint8_t *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

/* Words become numbers that are nearly right, of another place, or at an end. */
static void mutate(uint8_t *bytes, size_t size)
{
    uint32_t changes = 1 + next_random() % 4;
    for (uint32_t i = 0; i < changes; i++) {
        size_t words = size / 4;
        uint8_t *at = bytes + 4 * (next_random() % words);
        uint32_t word = word_of(at);
        switch (next_random() % 6) {
        case 0:
            word += next_random() % 5 - 2;
            break;
        case 1:
            word = 0xffffffffu - next_random() % 2;
            break;
        case 2:
            word = next_random() % 3;
            break;
        case 3:
            word = word_of(bytes + 4 * (next_random() % words));
            break;
        case 4:
            word ^= 1u << next_random() % 32;
            break;
        default:
            word = 0x80000000u | next_random() % 64;
        }
        memcpy(at, &word, sizeof(word));
    }
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    unsigned long taken = 0;
    for (int i = 2; i < argc; i++) {
        size_t size = 0;
        uint8_t *bytes = read_whole(argv[i], &size);
        uint8_t *copy = malloc(size + 1);
        if (bytes == NULL || copy == NULL || size < 4) {
            return 1;
        }
        (void)LLVMFuzzerTestOneInput(bytes, size);
        for (unsigned long turn = 0; turn < count; turn++) {
            struct pr_table_view view;
            state = turn * 1000003u + (unsigned long)i;
            memcpy(copy, bytes, size);
            mutate(copy, size);
            taken += pr_table_check(copy, size, &view) ? 1 : 0;
            (void)LLVMFuzzerTestOneInput(copy, size - (turn % 16 == 0 ? 4 : 0));
        }
        free(bytes);
        free(copy);
    }
    (void)printf("%lu tables were taken\n", taken);
    return 0;
}
#endif
