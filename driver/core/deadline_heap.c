#include "deadline_heap.h"

#include "port.h"

#define TAG 0x64547250u /* PrTd */

bool pr_deadline_heap_create(struct pr_deadline_heap *heap, size_t capacity)
{
    heap->entries = pr_port_allocate((capacity + 1) * sizeof(struct pr_deadline *), TAG);
    heap->capacity = capacity;
    heap->count = 0;
    return heap->entries != NULL;
}

void pr_deadline_heap_destroy(struct pr_deadline_heap *heap)
{
    if (heap->entries != NULL) {
        pr_port_free(heap->entries, TAG);
        heap->entries = NULL;
    }
}

static void place(struct pr_deadline_heap *heap, struct pr_deadline *deadline, size_t position)
{
    heap->entries[position] = deadline;
    deadline->position = position;
}

static void sift_up(struct pr_deadline_heap *heap, struct pr_deadline *deadline, size_t position)
{
    while (position > 1 && heap->entries[position / 2]->due > deadline->due) {
        place(heap, heap->entries[position / 2], position);
        position /= 2;
    }
    place(heap, deadline, position);
}

static void sift_down(struct pr_deadline_heap *heap, struct pr_deadline *deadline, size_t position)
{
    for (size_t child; (child = position * 2) <= heap->count; position = child) {
        if (child < heap->count && heap->entries[child + 1]->due < heap->entries[child]->due) {
            child++;
        }
        if (heap->entries[child]->due >= deadline->due) {
            break;
        }
        place(heap, heap->entries[child], position);
    }
    place(heap, deadline, position);
}

void pr_deadline_clear(struct pr_deadline_heap *heap, struct pr_deadline *deadline)
{
    size_t position = deadline->position;
    if (position == 0) {
        return;
    }
    struct pr_deadline *last = heap->entries[heap->count--];
    deadline->position = 0;
    if (last != deadline) {
        sift_up(heap, last, position);
        sift_down(heap, last, last->position);
    }
}

void pr_deadline_set(struct pr_deadline_heap *heap, struct pr_deadline *deadline, uint64_t due)
{
    pr_deadline_clear(heap, deadline);
    deadline->due = due;
    heap->count++;
    sift_up(heap, deadline, heap->count);
}

struct pr_deadline *pr_deadline_first(const struct pr_deadline_heap *heap)
{
    return heap->count == 0 ? NULL : heap->entries[1];
}
