/* Memory and bounded texts. */
#include "setup.h"

/* Compilers call these two, whether there is a C library or not. */
void *memset(void *to, int value, size_t count)
{
    volatile unsigned char *bytes = to;
    while (count-- > 0) {
        *bytes++ = (unsigned char)value;
    }
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    volatile unsigned char *bytes = to;
    const unsigned char *source = from;
    while (count-- > 0) {
        *bytes++ = *source++;
    }
    return to;
}

void *allocate(SIZE_T bytes)
{
    void *memory = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, bytes);
    if (memory == NULL) {
        ExitProcess(ERROR_NOT_ENOUGH_MEMORY);
    }
    return memory;
}

void release(void *memory)
{
    if (memory != NULL) {
        (void)HeapFree(GetProcessHeap(), 0, memory);
    }
}

struct text new_text(DWORD capacity)
{
    struct text text = {.units = allocate(capacity * sizeof(WCHAR)), .capacity = capacity};
    return text;
}

void append(struct text *to, const WCHAR *what)
{
    while (*what != 0) {
        if (to->length + 1 >= to->capacity) {
            to->overflow = TRUE;
            return;
        }
        to->units[to->length++] = *what++;
    }
    to->units[to->length] = 0;
}

void append_number(struct text *to, DWORD number)
{
    WCHAR digits[11];
    DWORD at = ARRAYSIZE(digits) - 1;
    digits[at] = 0;
    do {
        digits[--at] = (WCHAR)(L'0' + number % 10);
        number /= 10;
    } while (number > 0);
    append(to, &digits[at]);
}

BOOL same_text(const WCHAR *a, const WCHAR *b)
{
    return CompareStringOrdinal(a, -1, b, -1, FALSE) == CSTR_EQUAL;
}

BOOL same_path(const WCHAR *a, const WCHAR *b)
{
    return CompareStringOrdinal(a, -1, b, -1, TRUE) == CSTR_EQUAL;
}

BOOL contains_path(const WCHAR *path, const WCHAR *part)
{
    int length = lstrlenW(part);
    for (int rest = lstrlenW(path); rest >= length; rest--, path++) {
        if (CompareStringOrdinal(path, length, part, length, TRUE) == CSTR_EQUAL) {
            return TRUE;
        }
    }
    return FALSE;
}

WCHAR *joined(const WCHAR *first, const WCHAR *second)
{
    struct text text = new_text(PATH_UNITS);
    append(&text, first);
    append(&text, second);
    if (!text.overflow) {
        return text.units;
    }
    release(text.units);
    return NULL;
}
