/* The inside of the emulator, for its own front doors that need more than emulator.h: scenarios and tests. */
#ifndef PORTREEVE_LAB_LAB_H
#define PORTREEVE_LAB_LAB_H

#include "wdm/kernel.h"
#include "wfp/engine.h"

#endif
