/* Real processes of this machine as the emulator's processes; shared by the front doors. */
#ifndef PORTREEVE_LAB_PROCESSES_H
#define PORTREEVE_LAB_PROCESSES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Makes process `id` known to the emulator, with its path, parent and creation time of /proc. False when it was known
 * already or isn't there. Whoever got true calls lab_process_exit when it has gone.
 */
bool lab_process_adopt(uint64_t id);

#endif
