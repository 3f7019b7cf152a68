/* Real processes of this machine, read from /proc. */
#include "processes.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../emulator/emulator.h"

#define PATH_BYTES 4096
#define UNIX_EPOCH 11644473600ll /* seconds from 1601 to 1970 */

/* Bytes that are no UTF-8 become U+DC00 + byte, so that a path survives the journey whatever it holds. */
static size_t decode_one(const uint8_t *at, size_t left, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    *code = 0xdc00u + at[0];
    if (at[0] < 0x80) {
        *code = at[0];
        return 1;
    }
    if (at[0] < 0xc2 || at[0] > 0xf4 || length > left) {
        return 1;
    }
    uint32_t value = at[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 1;
        }
        value = value << 6 | (at[i] & 0x3fu);
    }
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
        return 1;
    }
    *code = value;
    return length;
}

static size_t to_utf16(const char *text, size_t bytes, uint16_t *units)
{
    size_t count = 0;
    for (size_t at = 0; at < bytes;) {
        uint32_t code;
        at += decode_one((const uint8_t *)text + at, bytes - at, &code);
        if (code >= 0x10000) {
            units[count++] = (uint16_t)(0xd800 + ((code - 0x10000) >> 10));
            code = 0xdc00 + ((code - 0x10000) & 0x3ff);
        }
        units[count++] = (uint16_t)code;
    }
    return count;
}

/* Field `number` of /proc/ID/stat, counted from 1; `after_name` begins behind the name, which is field 2. */
static uint64_t stat_field(const char *after_name, unsigned number)
{
    const char *at = after_name;
    for (unsigned field = 3; field < number && at != NULL; field++) {
        at = strchr(at + 1, ' ');
    }
    return at != NULL ? strtoull(at + 1, NULL, 10) : 0;
}

/* Parent and start time, in clock ticks since the boot (proc(5)). The name may hold anything, brackets too. */
static bool read_stat(uint64_t id, uint64_t *parent, uint64_t *ticks)
{
    char name[64], text[1024];
    const char *after_name;
    FILE *file;
    (void)snprintf(name, sizeof(name), "/proc/%llu/stat", (unsigned long long)id);
    file = fopen(name, "re");
    if (file == NULL) {
        return false;
    }
    text[fread(text, 1, sizeof(text) - 1, file)] = 0;
    (void)fclose(file);
    after_name = strrchr(text, ')');
    if (after_name == NULL) {
        return false;
    }
    after_name++;
    *parent = stat_field(after_name, 4);
    *ticks = stat_field(after_name, 22);
    return *ticks != 0;
}

static uint64_t created_at(uint64_t ticks)
{
    struct timespec now, boot;
    int64_t booted;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)clock_gettime(CLOCK_BOOTTIME, &boot);
    booted = (now.tv_sec - boot.tv_sec + UNIX_EPOCH) * 10000000ll;
    return (uint64_t)booted + ticks * (10000000ull / (uint64_t)sysconf(_SC_CLK_TCK));
}

bool lab_process_adopt(uint64_t id)
{
    char name[64], path[PATH_BYTES];
    uint16_t units[PATH_BYTES];
    uint64_t ticks = 0;
    struct lab_process process = {.id = id, .path = units};
    ssize_t bytes;
    if (lab_process_known(id) || !read_stat(id, &process.parent_id, &ticks)) {
        return false;
    }
    (void)snprintf(name, sizeof(name), "/proc/%llu/exe", (unsigned long long)id);
    bytes = readlink(name, path, sizeof(path));
    process.path_units = bytes > 0 ? to_utf16(path, (size_t)bytes, units) : 0;
    process.created = created_at(ticks);
    lab_process_start(&process);
    return true;
}
