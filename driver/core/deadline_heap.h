/*
 * The holds with a deadline, earliest first: a binary heap with room for every hold, so that setting a deadline never
 * fails. The engine's lock protects it.
 */
#ifndef PR_DEADLINE_HEAP_H
#define PR_DEADLINE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pr_deadline {
    uint64_t due;    /* monotonic, 100 ns */
    size_t position; /* 1-based place in the heap, 0 when it has none */
};

struct pr_deadline_heap {
    struct pr_deadline **entries;
    size_t count;
    size_t capacity;
};

bool pr_deadline_heap_create(struct pr_deadline_heap *heap, size_t capacity);
void pr_deadline_heap_destroy(struct pr_deadline_heap *heap);
/* Sets or changes a deadline. */
void pr_deadline_set(struct pr_deadline_heap *heap, struct pr_deadline *deadline, uint64_t due);
/* Harmless for one that isn't set. */
void pr_deadline_clear(struct pr_deadline_heap *heap, struct pr_deadline *deadline);
/* The earliest, or NULL. */
struct pr_deadline *pr_deadline_first(const struct pr_deadline_heap *heap);

#endif
