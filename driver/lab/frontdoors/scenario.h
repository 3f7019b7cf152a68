/* The scenario door: a JSON file of steps against the virtual clock. docs/lab.md has the format. */
#ifndef PORTREEVE_LAB_SCENARIO_H
#define PORTREEVE_LAB_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "../emulator/emulator.h"

/* `run FILE [options]`. Exit code 0: as expected; 1: not so, or a rule was broken; 2: bad arguments or file. */
int lab_scenario_main(int argc, char **argv);

/* `inside`, `later`, `never` or `random`. */
bool lab_parse_reauthorize(const char *text, enum lab_reauthorize *mode);
/* A decimal number without sign. */
bool lab_parse_number(const char *text, uint64_t *number);

#endif
