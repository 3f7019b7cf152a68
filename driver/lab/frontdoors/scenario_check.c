/* A scenario file is checked whole before it runs: every step, every member, every type. */
#include <stdarg.h>
#include <stdlib.h>

#include "scenario_world.h"

/* Members as "name:type", type one of s n b o a x (text, number, truth, object, array, any); ! = must be there. */
static const struct {
    const char *name;
    const char *members;
} steps[] = {
    {"start", "process:s! path:s id:n created:n parent:s token:s"},
    {"exit", "process:s!"},
    {"connect",
     "process:s! to:s! socket:s as:s from:s protocol:x payload:n inbound:b listener:s odd:o"},
    {"listen", "process:s! socket:s! at:s! protocol:x service:n"},
    {"close", "socket:s!"},
    {"attach", "client:s process:s policy:o expect:s hello:s version:n reads:b answer:s "
               "impersonates:s identifies:b named:b"},
    {"detach", "client:s"},
    {"policy",
     "client:s hold_ms:n mode:s loopback:s no_client:s watchdog:s full:s unknown:s expect:s"},
    {"answer", "client:s attempt:x id:n verdict:s! expect:s times:n session:n"},
    {"ioctl", "client:s code:n! input:s room:n expect:s"},
    {"cancel", "client:s"},
    {"table", "client:s version:n subjects:a everybody:a damage:n left:b expect:s"},
    {"map", "client:s process:s! subject:n! created_later:n expect:n"},
    {"hits", "client:s rules:o!"},
    {"reauthorize", "reason:s! reason_empty:b reversed:b expect_classified:n"},
    {"foreign", "layer:s! weight:n! action:s! hard:b"},
    {"foreign_clear", ""},
    {"clock", "ms:n!"},
    {"run", "ms:n!"},
    {"fail", "call:s! status:s count:n"},
    {"slow", "call:s! ms:n! count:n"},
    {"injections", "pause:b!"},
    {"power", "state:s!"},
    {"callouts", "registered:b!"},
    {"filter_engine", "runs:b!"},
    {"unload", ""},
    {"load", ""},
    {"boot", ""},
    {"lockdown", "on:b! fails:b"},
    {"expect", "attempts:o settled:o decided:o counters:o client:s flows:n pends:n closures:n "
               "transport:n listeners:o "
               "held:n delivered:a"},
    {"together", "steps:a!"},
    {"meanwhile", "steps:a!"},
    {"repeat", "times:n! steps:a!"},
};

static const char head_members[] = "name:s! about:s! rules:a! seed:n steps:a!";

bool scenario_complain(const struct json *at, const char *format, ...)
{
    va_list arguments;
    (void)fprintf(stderr, "%s:%u: ", world.file, at != NULL ? at->line : 1);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    return false;
}

static bool has_type(const struct json *value, char type)
{
    switch (type) {
    case 's':
        return value->type == JSON_STRING;
    case 'n':
        return value->type == JSON_NUMBER;
    case 'b':
        return value->type == JSON_BOOLEAN;
    case 'o':
        return value->type == JSON_OBJECT;
    case 'a':
        return value->type == JSON_ARRAY;
    default:
        return true;
    }
}

static const char *type_name(char type)
{
    switch (type) {
    case 's':
        return "a text";
    case 'n':
        return "a number";
    case 'b':
        return "true or false";
    case 'o':
        return "an object";
    default:
        return "a list";
    }
}

/* One "name:type!" of a member list. */
static bool check_member(struct json *object, const char *member, size_t length)
{
    char name[NAME_BYTES];
    const char *colon = memchr(member, ':', length);
    struct json *value;
    (void)snprintf(name, sizeof(name), "%.*s", (int)(colon - member), member);
    value = json_member(object, name);
    if (value == NULL) {
        return member[length - 1] != '!' || scenario_complain(object, "\"%s\" is missing", name);
    }
    return has_type(value, colon[1]) ||
           scenario_complain(value, "\"%s\" has to be %s", name, type_name(colon[1]));
}

static bool check_members(struct json *object, const char *members)
{
    const struct json *unknown;
    for (const char *at = members; *at != 0;) {
        size_t length = strcspn(at, " ");
        if (!check_member(object, at, length)) {
            return false;
        }
        at += length + (at[length] == ' ' ? 1 : 0);
    }
    unknown = json_unknown(object);
    return unknown == NULL || scenario_complain(unknown, "\"%s\" means nothing here", unknown->key);
}

static bool check_steps(struct json *list);

static bool check_step(struct json *step)
{
    struct json *name = step->type == JSON_OBJECT ? json_member(step, "do") : NULL;
    struct json *inner;
    if (name == NULL || name->type != JSON_STRING) {
        return scenario_complain(step, "a step is an object with a text \"do\"");
    }
    for (size_t i = 0; i < RTL_NUMBER_OF(steps); i++) {
        if (strcmp(steps[i].name, name->text) == 0) {
            if (!check_member(step, "settle:b", 8) || !check_member(step, "alike:b", 7) ||
                !check_members(step, steps[i].members)) {
                return false;
            }
            inner = json_member(step, "steps");
            return inner == NULL || check_steps(inner);
        }
    }
    return scenario_complain(name, "there is no step \"%s\"", name->text);
}

static bool check_steps(struct json *list)
{
    for (struct json *step = list->first; step != NULL; step = step->next) {
        if (!check_step(step)) {
            return false;
        }
    }
    return true;
}

static bool check_rules(const struct json *rules)
{
    for (const struct json *rule = rules->first; rule != NULL; rule = rule->next) {
        long number = rule->type == JSON_STRING ? strtol(rule->text + 1, NULL, 10) : 0;
        bool known = rule->type == JSON_STRING && (rule->text[0] == 'R' || rule->text[0] == 'W') &&
                     number >= 1 && number <= 60;
        if (!known) {
            return scenario_complain(rule, "a rule is R1 to R60, or W1 to W10");
        }
    }
    return true;
}

bool scenario_validate(struct json *root)
{
    if (root->type != JSON_OBJECT) {
        return scenario_complain(root, "a scenario is an object");
    }
    return check_members(root, head_members) && check_rules(json_member(root, "rules")) &&
           check_steps(json_member(root, "steps"));
}
