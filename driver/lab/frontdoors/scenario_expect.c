/* What a scenario expects, against what happened. */
#include <stdarg.h>

#include "scenario_world.h"

static const char *const views[] = {"waiting", "allowed", "blocked", "ended"};

void scenario_failed(const struct json *at, const char *format, ...)
{
    va_list arguments;
    (void)fprintf(stderr, "%s:%u: ", world.file, at != NULL ? at->line : 1);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    world.failures++;
}

/* When the reauthorization may never come, the socket is closed instead: that is "ended". */
static bool may_have_ended(void)
{
    return world.reauthorize == LAB_REAUTHORIZE_NEVER ||
           world.reauthorize == LAB_REAUTHORIZE_RANDOM;
}

static bool is_configured(enum attempt_view view)
{
    uint8_t verdict = view == VIEW_ALLOWED ? PR_VERDICT_ALLOW : PR_VERDICT_BLOCK;
    const struct pr_policy *policy = &world.policy;
    return !world.policy_set || verdict == policy->full_verdict ||
           verdict == policy->no_client_verdict || verdict == policy->watchdog_verdict;
}

/* With a fault somewhere, an answer is the expected one, one that the policy names, or another provider's hard permit. */
static bool is_as_expected(const struct scenario_attempt *attempt, int wanted)
{
    enum attempt_view view = attempt->view;
    if ((int)view == wanted) {
        return true;
    }
    if (world.event != 0 && view == VIEW_ALLOWED && attempt->unfiltered && attempt->hold == 0) {
        return true;
    }
    if (world.with_faults) {
        return view == VIEW_WAITING || view == VIEW_ENDED || is_configured(view) ||
               (view == VIEW_ALLOWED && world.permitted_above);
    }
    return view == VIEW_ENDED && may_have_ended() &&
           (wanted == VIEW_ALLOWED || wanted == VIEW_BLOCKED);
}

static void expect_attempt(const struct json *at, const struct scenario_attempt *attempt,
                           const char *wanted)
{
    int view = strcmp(wanted, "held") == 0 ? VIEW_WAITING : scenario_choice(wanted, views, 4);
    if (view < 0) {
        scenario_failed(at, "\"%s\": say waiting, held, allowed, blocked or ended", wanted);
    } else if (!is_as_expected(attempt, view)) {
        scenario_failed(at, "%s is %s, expected %s", attempt->name, views[attempt->view], wanted);
    } else if (strcmp(wanted, "held") == 0 && attempt->hold == 0 && !world.with_faults) {
        scenario_failed(at, "%s waits, but no HELD event came", attempt->name);
    }
}

static void expect_verdict(const struct json *at, const char *name, uint8_t verdict, uint8_t reason)
{
    char found[64];
    const char *wanted = at->text;
    (void)snprintf(found, sizeof(found), "%s/%s", verdict < 4 ? scenario_verdicts[verdict] : "?",
                   reason < 12 ? scenario_reasons[reason] : "?");
    if (strcmp(found, wanted) != 0 && !world.with_faults) {
        scenario_failed(at, "%s: %s, expected %s", name, found, wanted);
    }
}

enum subject {
    ATTEMPTS,
    SETTLED,
    DECIDED
};

static void expect_one(const struct json *at, struct scenario_attempt *attempt,
                       enum subject subject)
{
    switch (subject) {
    case ATTEMPTS:
        attempt->wanted = at;
        expect_attempt(at, attempt, at->text);
        break;
    case SETTLED:
        expect_verdict(at, attempt->name, attempt->settled_verdict, attempt->settled_reason);
        break;
    case DECIDED:
        expect_verdict(at, attempt->name, attempt->decided_verdict, attempt->decided_reason);
        break;
    }
}

/* A name that ends in * stands for every attempt that begins so. */
static void expect_named(const struct json *at, enum subject subject)
{
    const char *key = scenario_fill(at->key);
    size_t length = strlen(key);
    bool is_prefix = length > 0 && key[length - 1] == '*';
    size_t found = 0;
    if (at->type != JSON_STRING) {
        scenario_failed(at, "\"%s\": a text was expected", at->key);
        return;
    }
    for (size_t i = 0; i < world.attempt_count; i++) {
        struct scenario_attempt *attempt = &world.attempts[i];
        bool matches = is_prefix ? strncmp(attempt->name, key, length - 1) == 0
                                 : strcmp(attempt->name, key) == 0;
        if (matches) {
            expect_one(at, attempt, subject);
            found++;
        }
    }
    if (found == 0) {
        scenario_failed(at, "there is no attempt \"%s\"", key);
    }
}

static void expect_each(struct json *step, const char *key, enum subject subject)
{
    struct json *object = json_member(step, key);
    for (const struct json *at = object != NULL ? object->first : NULL; at != NULL; at = at->next) {
        expect_named(at, subject);
    }
}

static void expect_count(struct json *step, const char *key, uint64_t found)
{
    const struct json *wanted = json_member(step, key);
    if (wanted != NULL && (uint64_t)wanted->number != found && !world.with_faults) {
        scenario_failed(wanted, "%s: %llu, expected %lld", key, (unsigned long long)found,
                        (long long)wanted->number);
    }
}

#define COUNTER(name)                                                                              \
    {#name, offsetof(struct pr_status, name), sizeof(((struct pr_status *)0)->name)}
static const struct {
    const char *name;
    size_t offset;
    size_t bytes;
} counters[] = {
    COUNTER(classified),
    COUNTER(allowed),
    COUNTER(blocked),
    COUNTER(held_total),
    COUNTER(answered),
    COUNTER(watchdog),
    COUNTER(client_lost),
    COUNTER(no_client),
    COUNTER(full),
    COUNTER(endpoint_closed),
    COUNTER(pend_failed),
    COUNTER(decided_lost),
    COUNTER(held_now),
    COUNTER(held_peak),
    COUNTER(datagrams_held),
    COUNTER(datagrams_refused),
    COUNTER(datagrams_injected),
    COUNTER(ruled),
    COUNTER(table_version),
};

static bool counter_of(const struct pr_status *status, const char *name, uint64_t *value)
{
    for (size_t i = 0; i < RTL_NUMBER_OF(counters); i++) {
        if (strcmp(counters[i].name, name) == 0) {
            *value = 0;
            memcpy(value, (const uint8_t *)status + counters[i].offset, counters[i].bytes);
            return true;
        }
    }
    return false;
}

static void expect_counters(struct json *step)
{
    struct json *wanted = json_member(step, "counters");
    struct scenario_client *client = scenario_find_client(scenario_text(step, "client", NULL));
    uint64_t value;
    if (wanted == NULL || world.with_faults) {
        return;
    }
    if (client == NULL || !scenario_counters(client)) {
        scenario_failed(wanted, "the driver doesn't give its counters");
        return;
    }
    for (const struct json *at = wanted->first; at != NULL; at = at->next) {
        if (!counter_of(&client->counters, at->key, &value)) {
            scenario_failed(at, "there is no counter \"%s\"", at->key);
        } else if (at->type != JSON_NUMBER || value != (uint64_t)at->number) {
            scenario_failed(at, "%s: %llu, expected %lld", at->key, (unsigned long long)value,
                            (long long)at->number);
        }
    }
}

static uint64_t held_now(void)
{
    uint64_t held = 0;
    for (size_t i = 0; i < world.attempt_count; i++) {
        const struct scenario_attempt *attempt = &world.attempts[i];
        held += attempt->hold != 0 && attempt->view == VIEW_WAITING ? 1 : 0;
    }
    return held;
}

/* What left the machine, in order. An injection that comes after a socket's end is lost. */
static void expect_delivered(struct json *step)
{
    const struct json *wanted = json_member(step, "delivered");
    const struct wfp_delivery *deliveries;
    const struct json *name = wanted != NULL ? wanted->first : NULL;
    ULONG count = wfp_deliveries(&deliveries);
    if (wanted == NULL || world.with_faults || may_have_ended()) {
        return;
    }
    for (ULONG i = 0; i < count; i++, name = name != NULL ? name->next : NULL) {
        size_t number = (size_t)(deliveries[i].first[0] | deliveries[i].first[1] << 8) - 1;
        const char *found = number < world.attempt_count ? world.attempts[number].name : "?";
        if (name == NULL || strcmp(scenario_fill(name->text), found) != 0 ||
            deliveries[i].bytes != world.attempts[number].what.payload_bytes) {
            scenario_failed(wanted, "delivery %u is %s with %zu bytes", i + 1, found,
                            (size_t)deliveries[i].bytes);
            return;
        }
    }
    if (name != NULL) {
        scenario_failed(name, "only %u datagrams were delivered", count);
    }
}

/* What an attempt's event said of who listens: the service's tag, 0 with one that isn't known; -1: nothing at all. */
static void expect_listeners(struct json *step)
{
    const struct json *wanted = json_member(step, "listeners");
    for (const struct json *at = wanted != NULL ? wanted->first : NULL; at != NULL; at = at->next) {
        const struct scenario_attempt *attempt = scenario_find_attempt(scenario_fill(at->key));
        int64_t found = attempt == NULL || !attempt->listened ? -1 : (int64_t)attempt->service;
        if (found != at->number && !world.with_faults) {
            scenario_failed(at, "%s: service %lld listens, expected %lld", at->key,
                            (long long)found, (long long)at->number);
        }
    }
}

void scenario_expect(struct json *step)
{
    expect_each(step, "attempts", ATTEMPTS);
    expect_each(step, "settled", SETTLED);
    expect_each(step, "decided", DECIDED);
    expect_counters(step);
    expect_count(step, "held", held_now());
    expect_delivered(step);
    expect_count(step, "pends", wfp_pends_open());
    expect_count(step, "closures", wfp_closures_pended());
    expect_count(step, "transport", wfp_transport_classified());
    expect_listeners(step);
    if (!may_have_ended()) {
        expect_count(step, "flows", wfp_flows_count());
    }
}

void scenario_expect_nothing_held(void)
{
    for (size_t i = 0; i < world.attempt_count; i++) {
        if (world.attempts[i].answers == 0) {
            scenario_failed(NULL, "%s is held for ever", world.attempts[i].name);
        }
    }
    if (wfp_pends_open() != 0 || lab_meanwhile_runs()) {
        scenario_failed(NULL, "%u pends are open for ever, or what happened meanwhile goes on",
                        wfp_pends_open());
    }
}

void scenario_expect_end(void)
{
    for (size_t i = 0; i < world.attempt_count; i++) {
        const struct scenario_attempt *attempt = &world.attempts[i];
        if (attempt->answers != 1) {
            scenario_failed(NULL, "%s was answered %u times", attempt->name, attempt->answers);
        }
        if (attempt->wanted != NULL && world.event != 0) {
            expect_attempt(attempt->wanted, attempt, attempt->wanted->text);
        }
    }
}
