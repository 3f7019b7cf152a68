/* What a scenario has made so far: processes, sockets, attempts, clients; and how its file is read. */
#ifndef PORTREEVE_LAB_SCENARIO_WORLD_H
#define PORTREEVE_LAB_SCENARIO_WORLD_H

#include "../emulator/lab.h"
#include "json.h"
#include "portreeve_wire.h"

#define MAX_PROCESSES 64
#define MAX_ATTEMPTS  9000
#define MAX_CLIENTS   4
#define MAX_LISTENERS 16
#define NAME_BYTES    32

enum attempt_view {
    VIEW_WAITING,
    VIEW_ALLOWED,
    VIEW_BLOCKED,
    VIEW_ENDED
};

struct scenario_process {
    char name[NAME_BYTES];
    uint64_t id;
    uint64_t created;
    bool gone;
};

struct scenario_listener {
    char socket[NAME_BYTES];
    uint64_t endpoint;
};

struct scenario_attempt {
    char name[NAME_BYTES];
    char socket[NAME_BYTES];
    struct lab_attempt what;
    enum attempt_view view;
    const struct json *wanted; /* the last view that was expected, or NULL */
    bool unfiltered;           /* when it was answered */
    unsigned answers;          /* how often the emulator answered: must become 1 */
    uint64_t hold;             /* the driver's id, 0 while no HELD event came */
    uint8_t settled_verdict, settled_reason;
    uint8_t decided_verdict, decided_reason;
    bool listened;    /* its event said since when somebody listens */
    uint64_t service; /* the tag in its event */
};

struct scenario_client {
    char name[NAME_BYTES];
    struct lab_handle *handle;
    uint64_t process_id;
    uint64_t session;
    uint32_t status;        /* of the last request that was waited for */
    uint8_t answer_at_once; /* a verdict for every hold as soon as its event comes, or 0 */
    bool reads;
    uint32_t results[PR_MAX_ANSWERS];
    uint32_t result_count;
    struct pr_status counters;
};

struct scenario {
    const char *file;
    struct json *root;
    enum lab_reauthorize reauthorize;
    bool with_faults;     /* something fails or happens somewhere: expectations are relaxed */
    uint64_t event;       /* which of the step "meanwhile" happens, from 1 on; 0: none */
    bool permitted_above; /* by another provider, which leaves the driver no right to act */
    bool loaded;
    bool
        unfiltered; /* the driver's filters are gone, or about to go: who comes by may not be asked */
    bool ended;     /* the driver did not load again: the other steps make no sense */
    bool policy_set;
    struct pr_policy policy;
    struct scenario_process processes[MAX_PROCESSES];
    size_t process_count;
    struct scenario_attempt *attempts;
    size_t attempt_count;
    struct scenario_client clients[MAX_CLIENTS];
    struct scenario_listener listeners[MAX_LISTENERS];
    size_t listener_count;
    uint64_t turn; /* of the innermost "repeat": replaces # in texts */
    unsigned failures;
};

extern struct scenario world;

/* Reading. `FILE:LINE: message` on stderr; returns false. */
bool scenario_complain(const struct json *at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same for what came out otherwise than expected: counted. */
void scenario_failed(const struct json *at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The text `key` with # replaced, or `otherwise`; good until eight more were asked for. */
const char *scenario_text(struct json *step, const char *key, const char *otherwise);
const char *scenario_fill(const char *text);
/* Whose token: a text such as "standard"; elevated without one. */
enum lab_token scenario_token(struct json *step, const char *key);
int64_t scenario_number(struct json *step, const char *key, int64_t otherwise);
bool scenario_flag(struct json *step, const char *key);
/* Position of `name` among `count` names, or -1. */
int scenario_choice(const char *name, const char *const *names, int count);
/* A decimal or 0x number in a text. */
uint32_t scenario_status(const char *text);

/* scenario_check.c: the whole file, before anything runs. */
bool scenario_validate(struct json *root);

/* scenario_step.c */
void scenario_run_steps(struct json *steps);
/* How many events the scenario has for its places: those of the step "meanwhile". */
uint64_t scenario_events(void);
/* Whether that of this run may change what comes out: all but a jump of the clock. */
bool scenario_event_matters(void);
struct scenario_process *scenario_find_process(const char *name);
struct scenario_attempt *scenario_find_attempt(const char *name);
/* What the N-th attempt sends, good until the next call: two bytes name it. */
const uint8_t *scenario_payload(size_t number);

/* scenario_client.c */
void scenario_attach(struct json *step);
void scenario_detach(struct json *step);
void scenario_detach_all(void);
void scenario_policy(struct json *step);
void scenario_answer(struct json *step);
void scenario_ioctl(struct json *step);
void scenario_cancel(struct json *step);
/* A request that is waited for: its status, and as much of its output as there is room for. */
uint32_t scenario_call(struct scenario_client *client, uint32_t code, const void *input,
                       size_t bytes, void *output, size_t room);
/* The client `name` (default: the first that is attached), or NULL. */
struct scenario_client *scenario_find_client(const char *name);
/* Reads the driver's counters into client->counters; false when it refuses. */
bool scenario_counters(struct scenario_client *client);

/* scenario_table.c */
void scenario_table(struct json *step);
void scenario_map(struct json *step);
void scenario_hits(struct json *step);

/* scenario_system.c: what the computer and its services do, and portreeve-setup */
void scenario_power(struct json *step);
void scenario_filter_engine(struct json *step);
void scenario_callouts(struct json *step);
void scenario_unload(struct json *step);
void scenario_load(struct json *step);
void scenario_boot(struct json *step);
void scenario_lockdown(struct json *step);

/* scenario_expect.c */
void scenario_expect(struct json *step);
/* Longer than any hold after the last step: nobody waits any more. */
void scenario_expect_nothing_held(void);
/* The end of every scenario: each attempt answered once. */
void scenario_expect_end(void);

extern const char *const scenario_verdicts[4];
extern const char *const scenario_reasons[12];

#endif
