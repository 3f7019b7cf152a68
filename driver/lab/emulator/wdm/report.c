/* Broken rules and the trace. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel.h"

static pthread_mutex_t report_mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned broken_count;
static FILE *trace_file;

/* Says a thing once: the same line again and again would bury the others. */
static bool is_repeated(const char *line)
{
    static char last[512];
    bool repeated = strcmp(last, line) == 0;
    (void)snprintf(last, sizeof(last), "%s", line);
    return repeated;
}

void lab_count_broken(const char *rule, const char *format, va_list arguments)
{
    char line[512];
    (void)vsnprintf(line, sizeof(line), format, arguments);
    pthread_mutex_lock(&report_mutex);
    broken_count++;
    if (!is_repeated(line)) {
        (void)fprintf(stderr, "rule %s broken: %s\n", rule, line);
    }
    pthread_mutex_unlock(&report_mutex);
    lab_trace("broken", "\"rule\":\"%s\"", rule);
}

void lab_broken(const char *rule, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    lab_count_broken(rule, format, arguments);
    va_end(arguments);
}

_Noreturn void lab_broken_fatal(const char *rule, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    lab_count_broken(rule, format, arguments);
    va_end(arguments);
    (void)fflush(NULL);
    _exit(1);
}

unsigned lab_broken_count(void)
{
    return __atomic_load_n(&broken_count, __ATOMIC_SEQ_CST);
}

void lab_broken_reset(void)
{
    __atomic_store_n(&broken_count, 0, __ATOMIC_SEQ_CST);
}

void lab_trace_to(FILE *file)
{
    trace_file = file;
}

bool lab_tracing(void)
{
    return trace_file != NULL;
}

void lab_trace(const char *event, const char *fields, ...)
{
    char line[2048];
    va_list arguments;
    if (trace_file == NULL) {
        return;
    }
    va_start(arguments, fields);
    (void)vsnprintf(line, sizeof(line), fields, arguments);
    va_end(arguments);
    pthread_mutex_lock(&report_mutex);
    (void)fprintf(trace_file, "{\"ms\":%.4f,\"event\":\"%s\"%s%s}\n",
                  (double)lab_now() / LAB_100NS_PER_MS, event, line[0] != 0 ? "," : "", line);
    pthread_mutex_unlock(&report_mutex);
}

const char *lab_json_text(const uint16_t *text, size_t units, char *buffer, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < units && used + 7 < size; i++) {
        if (text[i] >= 0x20 && text[i] < 0x7f && text[i] != '"' && text[i] != '\\') {
            buffer[used++] = (char)text[i];
        } else {
            used += (size_t)snprintf(buffer + used, size - used, "\\u%04x", text[i]);
        }
    }
    buffer[used] = 0;
    return buffer;
}

ULONG DbgPrint(const char *Format, ...)
{
    (void)Format;
    return 0;
}

ULONG DbgPrintEx(ULONG Component, ULONG Level, const char *Format, ...)
{
    va_list arguments;
    if (getenv("PORTREEVE_LAB_DEBUG") == NULL) {
        return 0;
    }
    va_start(arguments, Format);
    (void)fprintf(stderr, "[%u.%u] ", Component, Level);
    (void)vfprintf(stderr, Format, arguments);
    va_end(arguments);
    return 0;
}

_Noreturn VOID KeBugCheckEx(ULONG Code, ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4)
{
    lab_broken_fatal("W1", "bug check 0x%x (%lx %lx %lx %lx)", Code, P1, P2, P3, P4);
}

VOID lab_assert_failed(const char *expression, const char *file, int line)
{
    lab_broken_fatal("W1", "assertion %s failed at %s:%d", expression, file, line);
}

VOID lab_corrupt_list(const VOID *entry)
{
    lab_broken_fatal("W1", "corrupt list at %p: an entry was removed twice or freed while linked",
                     entry);
}
