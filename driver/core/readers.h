/*
 * Who reads what may be replaced: the rule table and the processes. A reader takes no lock and waits for nobody; what was
 * taken out of a structure is freed when everybody who may still have seen it has left.
 *
 * Each processor has its own slot, so that readers of two processors never write to the same cache line. A slot counts
 * readers of two epochs. Whoever waits turns the epoch and waits until the counts of the old one are 0, twice, so that
 * both counts were seen at 0 after the object was taken out; readers who came later found it gone, since entering, taking
 * out, and looking at the counts are one order. New readers count in the other epoch and can't keep a wait from its end.
 *
 * IRQL: readers at up to DISPATCH_LEVEL, which may move to another processor while they read; a wait at PASSIVE_LEVEL, one
 * at a time. Nothing that reads calls the port for anything but the number of its processor.
 */
#ifndef PR_READERS_H
#define PR_READERS_H

#include <stdint.h>

#include "list.h"

#define PR_PROCESSOR_SLOTS 64
#define PR_SLOT_BYTES      128 /* two cache lines: the second is fetched with the first */

/* What one processor writes; processors beyond the slots share. */
struct pr_processor_slot {
    volatile uint64_t reading[2]; /* by epoch */
    volatile uint64_t classified;
    volatile uint64_t allowed;
    volatile uint64_t blocked;
    volatile uint64_t ruled; /* decided by the rule table */
    uint8_t unused[PR_SLOT_BYTES - 6 * sizeof(uint64_t)];
};

struct pr_readers {
    volatile uint64_t epoch;
    uint8_t unused[PR_SLOT_BYTES - sizeof(uint64_t)];
    struct pr_processor_slot slots[PR_PROCESSOR_SLOTS];
};

/* One who reads, from pr_readers_enter to pr_readers_leave. */
struct pr_reading {
    struct pr_processor_slot *slot;
    uint64_t epoch;
    uint32_t processor;
};

/* Something taken out of a structure that readers look into; `free` is called when nobody can see it any more. */
struct pr_retired {
    struct pr_link link;
    void (*free)(void *engine, struct pr_retired *retired);
};

/* Where this processor counts. */
struct pr_processor_slot *pr_readers_slot(struct pr_readers *readers);
struct pr_reading pr_readers_enter(struct pr_readers *readers);
void pr_readers_leave(struct pr_reading *reading);
/* Returns when everybody who read at the time of the call has left. PASSIVE_LEVEL; the caller sees to it that there is
 * one at a time. */
void pr_readers_wait(struct pr_readers *readers);

#endif
