#include "readers.h"

#include "atomic.h"
#include "port.h"

_Static_assert(sizeof(struct pr_processor_slot) == PR_SLOT_BYTES, "no two share a cache line");

struct pr_processor_slot *pr_readers_slot(struct pr_readers *readers)
{
    return &readers->slots[pr_port_processor() % PR_PROCESSOR_SLOTS];
}

struct pr_reading pr_readers_enter(struct pr_readers *readers)
{
    struct pr_reading reading;
    reading.processor = pr_port_processor() % PR_PROCESSOR_SLOTS;
    reading.slot = &readers->slots[reading.processor];
    reading.epoch = pr_atomic_load(&readers->epoch) & 1;
    pr_atomic_add_ordered(&reading.slot->reading[reading.epoch], 1);
    return reading;
}

void pr_readers_leave(struct pr_reading *reading)
{
    pr_atomic_add_ordered(&reading->slot->reading[reading->epoch], (uint64_t)-1);
}

static void wait_for(struct pr_readers *readers, uint64_t epoch)
{
    for (uint32_t i = 0; i < PR_PROCESSOR_SLOTS; i++) {
        while (pr_atomic_load_ordered(&readers->slots[i].reading[epoch]) != 0) {
            pr_port_pause();
        }
    }
}

void pr_readers_wait(struct pr_readers *readers)
{
    for (uint32_t turn = 0; turn < 2; turn++) {
        uint64_t epoch = pr_atomic_load(&readers->epoch);
        pr_atomic_store(&readers->epoch, epoch + 1);
        wait_for(readers, epoch & 1);
    }
}
