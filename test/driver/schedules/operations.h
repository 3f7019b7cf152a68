/*
 * What happens to one driver during one schedule: operations of programs, of the client and of the system, each chosen by
 * a random number of whoever carries it out. Any number of threads (fibers, in virtual time) may carry out some.
 */
#ifndef PR_SCHEDULES_OPERATIONS_H
#define PR_SCHEDULES_OPERATIONS_H

#include <stdbool.h>
#include <stdint.h>

/* One who does things: its numbers come from the seed and its place alone. */
struct actor {
    uint64_t random;
    unsigned operations; /* that it has still to do */
};

/* A number below `limit`. */
uint32_t actor_below(struct actor *actor, uint32_t limit);

/* Nothing has happened; the processes are there. After lab_start. */
void operations_start(void);
/* Opens the device, and gives it a policy and something to read into; harmless when it is open. */
void operations_attach(struct actor *actor);
/* Closes it. */
void operations_detach(void);
/* Closes it for good: the driver is about to be unloaded. */
void operations_end(void);
/* Any of them. */
void operations_any(struct actor *actor);
/* Whether each attempt was answered once, and nothing is left of the client. After lab_stop. */
bool operations_settled(void);

#endif
