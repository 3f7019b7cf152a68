/* A small harness: tests are functions in tables; a failed CHECK is printed and the test goes on to its end. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stddef.h>

struct test {
    const char *name; /* given-when-then, in words */
    void (*run)(void);
};

struct suite {
    const struct test *tests;
    size_t count;
};

#define TEST(function) {#function, function}
#define SUITE(tests)   {tests, sizeof(tests) / sizeof((tests)[0])}

void check(bool ok, const char *expression, const char *file, int line);
#define CHECK(expression) check((expression), #expression, __FILE__, __LINE__)

extern const struct suite tables_suite;
extern const struct suite wire_suite;
extern const struct suite hold_suite;
extern const struct suite client_suite;
extern const struct suite closure_suite;
extern const struct suite race_suite;
extern const struct suite datagram_suite;
extern const struct suite accept_suite;
extern const struct suite rules_suite;
extern const struct suite flows_suite;
extern const struct suite torture_suite;

#endif
