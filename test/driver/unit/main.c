/* Runs every unit test of the driver's core. Last line: N passed, N failed. */
#include "harness.h"

#include <stdio.h>

#include "port_test.h"

static unsigned failed_checks;

void check(bool ok, const char *expression, const char *file, int line)
{
    if (!ok) {
        failed_checks++;
        printf("  %s:%d: %s\n", file, line, expression);
    }
}

static bool run(const struct test *test)
{
    failed_checks = 0;
    port_reset();
    test->run();
    if (port_live_allocations() != 0) {
        check(false, "no memory is left behind", test->name, 0);
    }
    if (port_locks_held() != 0) {
        check(false, "no lock is left taken", test->name, 0);
    }
    if (failed_checks > 0) {
        printf("failed: %s\n", test->name);
    }
    return failed_checks == 0;
}

int main(void)
{
    const struct suite *suites[] = {
        &tables_suite,   &wire_suite,   &hold_suite,  &client_suite, &closure_suite, &race_suite,
        &datagram_suite, &accept_suite, &rules_suite, &flows_suite,  &torture_suite,
    };
    unsigned passed = 0;
    unsigned failed = 0;
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
        for (size_t j = 0; j < suites[i]->count; j++) {
            *(run(&suites[i]->tests[j]) ? &passed : &failed) += 1;
        }
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
