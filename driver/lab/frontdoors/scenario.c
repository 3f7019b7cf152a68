#include "scenario.h"
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
bool lab_parse_reauthorize(const char *text, enum lab_reauthorize *mode) {
    static const char *const names[] = {"inside", "later", "never", "random"};
    for (unsigned i = 0; i < 4; i++) {
        if (strcmp(text, names[i]) == 0) {
            *mode = (enum lab_reauthorize)i;
            return true;
        }
    }
    return false;
}
bool lab_parse_number(const char *text, uint64_t *number) {
    char *end;
    *number = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == 0;
}
int lab_scenario_main(int argc, char **argv) { (void)argc; (void)argv; return 2; }
