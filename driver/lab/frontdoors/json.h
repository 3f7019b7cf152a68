/* A small strict JSON reader (RFC 8259) that remembers where each value stands. */
#ifndef PORTREEVE_LAB_JSON_H
#define PORTREEVE_LAB_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type {
    JSON_NULL,
    JSON_BOOLEAN,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json {
    enum json_type type;
    unsigned line;
    const char *key; /* in an object, else NULL */
    bool boolean;
    int64_t number;   /* whole numbers only: nothing in a scenario is a fraction */
    const char *text; /* UTF-8 */
    struct json *first;
    struct json *next;
    bool seen; /* asked for by its key; for json_unknown */
};

struct json_error {
    unsigned line;
    char message[200];
};

/* The tree, or NULL and what is wrong. Free it with json_free. */
struct json *json_parse(const char *text, size_t bytes, struct json_error *error);
void json_free(struct json *value);

/* The member `key` of an object, or NULL. */
struct json *json_member(struct json *object, const char *key);
/* A member that nobody has asked for, or NULL. */
const struct json *json_unknown(const struct json *object);

#endif
