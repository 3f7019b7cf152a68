/* The part of exec_target.h that looks at processes. */
#define _GNU_SOURCE 1
#include "exec_target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNITS_PER_SECOND     10000000u
#define SECONDS_1601_TO_1970 11644473600u

/* Reads a small file of /proc, terminated. The number of bytes, 0 when it can't be read. */
static size_t read_small(const char *path, char *buffer, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return 0;
    }
    ssize_t bytes = read(fd, buffer, room - 1);
    close(fd);
    buffer[bytes > 0 ? bytes : 0] = '\0';
    return bytes > 0 ? (size_t)bytes : 0;
}

pid_t target_process_of(pid_t tid)
{
    char path[64];
    char status[512];

    snprintf(path, sizeof path, "/proc/%d/status", tid);
    if (read_small(path, status, sizeof status) == 0) {
        return 0;
    }
    const char *line = strstr(status, "\nTgid:");
    return line ? (pid_t)strtol(line + 6, NULL, 10) : 0;
}

bool target_image_read(pid_t tid, struct target_image *image)
{
    char path[64];
    struct stat status;

    snprintf(path, sizeof path, "/proc/%d/exe", tid);
    if (stat(path, &status) != 0) {
        return false;
    }
    *image = (struct target_image){status.st_dev, status.st_ino};
    return true;
}

/*
 * Seconds since 1970 at which the computer started, as the kernel keeps it; read once so that it
 * stays the same.
 */
static uint64_t boot_seconds(void)
{
    static uint64_t seconds;
    char line[256];

    if (seconds != 0) {
        return seconds;
    }
    FILE *file = fopen("/proc/stat", "re");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "btime ", 6) == 0) {
            seconds = strtoull(line + 6, NULL, 10);
        }
    }
    if (file) {
        fclose(file);
    }
    return seconds;
}

/*
 * A numeric field of /proc/PID/stat, numbered as in proc(5) from 4 on. The name (2nd) may hold
 * anything, so fields are counted from its last parenthesis; the state (3rd) is one letter.
 */
static uint64_t stat_field(const char *text, int number)
{
    const char *at = strrchr(text, ')');

    for (int field = 2; at && field < number; field++) {
        at = strchr(at + 1, ' ');
    }
    return at ? strtoull(at, NULL, 10) : 0;
}

static bool read_stat(pid_t pid, struct target_process *process)
{
    char path[64];
    char text[1024];

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (read_small(path, text, sizeof text) == 0) {
        return false;
    }
    uint64_t ticks = (uint64_t)sysconf(_SC_CLK_TCK);
    process->parent_id = stat_field(text, 4);
    process->created = (boot_seconds() + SECONDS_1601_TO_1970) * UNITS_PER_SECOND +
                       stat_field(text, 22) * (UNITS_PER_SECOND / ticks);
    return true;
}

bool target_process_read(pid_t pid, pid_t tid, struct target_process *process)
{
    char path[64];

    if (!read_stat(pid, process)) {
        return false;
    }
    snprintf(path, sizeof path, "/proc/%d/exe", tid);
    ssize_t bytes = readlink(path, process->path, sizeof process->path - 1);
    if (bytes < 0) {
        return false;
    }
    process->path_bytes = (size_t)bytes;
    return true;
}
