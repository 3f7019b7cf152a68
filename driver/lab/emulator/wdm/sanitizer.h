/* What the emulator tells AddressSanitizer, where it is there. */
#ifndef PORTREEVE_LAB_SANITIZER_H
#define PORTREEVE_LAB_SANITIZER_H

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define LAB_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LAB_ASAN 1
#endif
#endif
#ifdef LAB_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

/* Memory that nobody may touch until it is unpoisoned. */
static inline void lab_poison(void *memory, size_t bytes)
{
#ifdef LAB_ASAN
    __asan_poison_memory_region(memory, bytes);
#else
    (void)memory;
    (void)bytes;
#endif
}

static inline void lab_unpoison(void *memory, size_t bytes)
{
#ifdef LAB_ASAN
    __asan_unpoison_memory_region(memory, bytes);
#else
    (void)memory;
    (void)bytes;
#endif
}

#endif
