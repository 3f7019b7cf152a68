/*
 * Preloaded into a program: kills it at its DIE_AT'th write, flush, truncation, rename or removal in the folder DIE_IN. With
 * DIE_TORN=1 a write is done by half before. Prints the number of the operation at a normal exit to descriptor 2.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long operations;

static long number_of(const char *name)
{
    const char *text = getenv(name);
    return text == NULL ? 0 : strtol(text, NULL, 10);
}

static int is_ours(int descriptor)
{
    char link[64];
    char path[PATH_MAX];
    const char *folder = getenv("DIE_IN");
    ssize_t length;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
    length = readlink(link, path, sizeof(path) - 1);
    if (length < 0 || folder == NULL) {
        return 0;
    }
    path[length] = '\0';
    return strncmp(path, folder, strlen(folder)) == 0;
}

/* True when the operation that comes now is the last one. */
static int is_last(void)
{
    return atomic_fetch_add(&operations, 1) + 1 == number_of("DIE_AT");
}

static void die(void)
{
    kill(getpid(), SIGKILL);
}

typedef ssize_t (*pwrite_function)(int, const void *, size_t, off_t);

static ssize_t write_or_die(pwrite_function real, int descriptor, const void *bytes, size_t size,
                            off_t at)
{
    if (is_ours(descriptor) && is_last()) {
        if (number_of("DIE_TORN") == 1) {
            (void)real(descriptor, bytes, size / 2, at);
        }
        die();
    }
    return real(descriptor, bytes, size, at);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t at)
{
    return write_or_die((pwrite_function)dlsym(RTLD_NEXT, "pwrite64"), descriptor, bytes, size, at);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t at)
{
    return write_or_die((pwrite_function)dlsym(RTLD_NEXT, "pwrite"), descriptor, bytes, size, at);
}

static void count_descriptor(int descriptor)
{
    if (is_ours(descriptor) && is_last()) {
        die();
    }
}

ssize_t write(int descriptor, const void *bytes, size_t size)
{
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");

    count_descriptor(descriptor);
    return real(descriptor, bytes, size);
}

int fsync(int descriptor)
{
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");

    count_descriptor(descriptor);
    return real(descriptor);
}

int fdatasync(int descriptor)
{
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");

    count_descriptor(descriptor);
    return real(descriptor);
}

int ftruncate64(int descriptor, off64_t size)
{
    int (*real)(int, off64_t) = dlsym(RTLD_NEXT, "ftruncate64");

    count_descriptor(descriptor);
    return real(descriptor, size);
}

static void count_path(const char *path)
{
    const char *folder = getenv("DIE_IN");

    if (folder != NULL && strncmp(path, folder, strlen(folder)) == 0 && is_last()) {
        die();
    }
}

int unlink(const char *path)
{
    int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");

    count_path(path);
    return real(path);
}

int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");

    count_path(from);
    return real(from, to);
}

__attribute__((destructor)) static void report(void)
{
    char line[64];
    int length = snprintf(line, sizeof(line), "operations %ld\n", atomic_load(&operations));
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");

    if (real(2, line, (size_t)length) < 0) {
        abort();
    }
}
