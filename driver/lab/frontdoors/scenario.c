/* `run`: one scenario, or one scenario many times with something failing each time. */
#include "scenario.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scenario_world.h"

#define MAX_FILE       (4u * 1024 * 1024)
#define EXIT_NO_FAULT  77 /* everything was as expected, and nothing was left to fail */
#define MAX_FAULTS     100000
#define OTHER_WAITS_MS 60000 /* such as for a reauthorization */
#define RUN_SECONDS    60    /* of the processor, for one run: nothing in it ever waits */

struct arguments {
    const char *file;
    const char *trace;
    struct lab_options options;
    struct lab_faults faults;
    uint64_t seeds; /* run with each of seed .. seed + seeds - 1 */
    uint64_t limit; /* seconds of the processor for each run */
    uint64_t event; /* of the step "meanwhile", see scenario_world.h */
    bool torture;
    bool everything;
    bool seed_given;
};

bool lab_parse_reauthorize(const char *text, enum lab_reauthorize *mode)
{
    static const char *const names[] = {"inside", "later", "never", "random"};
    int found = scenario_choice(text, names, 4);
    *mode = found >= 0 ? (enum lab_reauthorize)found : LAB_REAUTHORIZE_INSIDE;
    return found >= 0;
}

bool lab_parse_number(const char *text, uint64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == 0 && errno == 0;
}

static bool set_option(struct arguments *into, const char *name, const char *value)
{
    if (strcmp(name, "--reauthorize") == 0) {
        return lab_parse_reauthorize(value, &into->options.reauthorize);
    }
    if (strcmp(name, "--seed") == 0) {
        into->seed_given = true;
        return lab_parse_number(value, &into->options.seed);
    }
    if (strcmp(name, "--seeds") == 0) {
        return lab_parse_number(value, &into->seeds) && into->seeds > 0;
    }
    if (strcmp(name, "--limit") == 0) {
        return lab_parse_number(value, &into->limit) && into->limit > 0;
    }
    if (strcmp(name, "--fail-allocation") == 0) {
        return lab_parse_number(value, &into->faults.fail_allocation);
    }
    if (strcmp(name, "--fail-call") == 0) {
        return lab_parse_number(value, &into->faults.fail_call);
    }
    if (strcmp(name, "--event") == 0) {
        return lab_parse_number(value, &into->event);
    }
    if (strcmp(name, "--place") == 0) {
        return lab_parse_number(value, &into->faults.meanwhile);
    }
    if (strcmp(name, "--trace") == 0) {
        into->trace = value;
        return true;
    }
    return false;
}

static bool parse(int argc, char **argv, struct arguments *into)
{
    for (int i = 0; i < argc; i++) {
        if (argv[i][0] != '-') {
            if (into->file != NULL) {
                (void)fprintf(stderr, "lab: run takes one FILE, not %s as well\n", argv[i]);
                return false;
            }
            into->file = argv[i];
        } else if (strcmp(argv[i], "--torture") == 0) {
            into->torture = true;
        } else if (strcmp(argv[i], "--everything") == 0) {
            into->everything = true;
        } else if (i + 1 >= argc || !set_option(into, argv[i], argv[i + 1])) {
            (void)fprintf(stderr, "lab: run: not understood: %s %s\n", argv[i],
                          i + 1 < argc ? argv[i + 1] : "(a value is missing)");
            return false;
        } else {
            i++;
        }
    }
    if (into->file == NULL) {
        (void)fprintf(stderr, "lab: run needs the FILE of a scenario\n");
    }
    return into->file != NULL;
}

static char *read_file(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "re");
    char *text = file != NULL ? malloc(MAX_FILE) : NULL;
    if (text != NULL) {
        *bytes = fread(text, 1, MAX_FILE, file);
    }
    if (file == NULL || text == NULL || ferror(file) || *bytes == MAX_FILE) {
        (void)fprintf(stderr, "lab: %s cannot be read: %s\n", path,
                      errno != 0 ? strerror(errno) : "it is too large");
        free(text);
        text = NULL;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return text;
}

static bool load(const char *path)
{
    struct json_error error;
    size_t bytes = 0;
    char *text = read_file(path, &bytes);
    world.file = path;
    if (text == NULL) {
        return false;
    }
    world.root = json_parse(text, bytes, &error);
    free(text);
    if (world.root == NULL) {
        (void)fprintf(stderr, "%s:%u: %s\n", path, error.line, error.message);
        return false;
    }
    return scenario_validate(world.root);
}

static void run_world(const struct lab_options *options)
{
    world.loaded = lab_start(options);
    lab_trace("scenario", "\"file\":\"%s\",\"seed\":%llu,\"reauthorize\":%d", world.file,
              (unsigned long long)options->seed, (int)options->reauthorize);
    if (world.loaded) {
        scenario_run_steps(json_member(world.root, "steps"));
        if (world.event != 0) {
            lab_run_for(2 * (uint64_t)world.policy.hold_ms + OTHER_WAITS_MS);
            lab_meanwhile(NULL, NULL);
            scenario_expect_nothing_held();
        }
        scenario_detach_all();
    } else if (!world.with_faults) {
        scenario_failed(NULL, "the driver did not load");
    }
}

static FILE *open_trace(const char *path)
{
    FILE *file = path != NULL ? fopen(path, "we") : NULL;
    if (path != NULL && file == NULL) {
        (void)fprintf(stderr, "lab: %s cannot be written: %s\n", path, strerror(errno));
    }
    return file;
}

/* Nothing that an earlier run has made; the file stays. */
static void make_world(const struct arguments *arguments)
{
    const char *file = world.file;
    struct json *root = world.root;
    struct scenario_attempt *attempts = world.attempts;
    size_t used = attempts != NULL ? world.attempt_count + 1 : MAX_ATTEMPTS;
    memset(&world, 0, sizeof(world));
    world.file = file;
    world.root = root;
    world.reauthorize = arguments->options.reauthorize;
    world.event = arguments->event;
    world.with_faults = arguments->faults.fail_allocation != 0 ||
                        arguments->faults.fail_call != 0 || scenario_event_matters();
    world.attempts = attempts != NULL ? attempts : malloc(MAX_ATTEMPTS * sizeof(*attempts));
    memset(world.attempts, 0, (used < MAX_ATTEMPTS ? used : MAX_ATTEMPTS) * sizeof(*attempts));
}

static void limit_time(uint64_t seconds)
{
    struct itimerval limit = {.it_value = {.tv_sec = (time_t)seconds}};
    (void)setitimer(ITIMER_PROF, &limit, NULL);
}

/* One run; the exit code. */
static int run_once(const struct arguments *arguments)
{
    FILE *trace = open_trace(arguments->trace);
    unsigned broken;
    if (arguments->trace != NULL && trace == NULL) {
        return 2;
    }
    make_world(arguments);
    limit_time(arguments->limit);
    lab_trace_to(trace);
    lab_faults_set(&arguments->faults);
    run_world(&arguments->options);
    broken = lab_stop();
    scenario_expect_end();
    lab_trace_to(NULL);
    if (trace != NULL) {
        (void)fclose(trace);
    }
    if (broken != 0 || world.failures != 0) {
        return 1;
    }
    return (world.with_faults || world.event != 0) && !lab_fault_happened() ? EXIT_NO_FAULT : 0;
}

static void describe(const struct arguments *arguments)
{
    static const char *const names[] = {"inside", "later", "never", "random"};
    (void)fprintf(stderr, "%s: failed with --reauthorize %s --seed %llu", arguments->file,
                  names[arguments->options.reauthorize],
                  (unsigned long long)arguments->options.seed);
    if (arguments->faults.fail_allocation != 0) {
        (void)fprintf(stderr, " --fail-allocation %llu",
                      (unsigned long long)arguments->faults.fail_allocation);
    }
    if (arguments->faults.fail_call != 0) {
        (void)fprintf(stderr, " --fail-call %llu", (unsigned long long)arguments->faults.fail_call);
    }
    if (arguments->event != 0) {
        (void)fprintf(stderr, " --event %llu --place %llu", (unsigned long long)arguments->event,
                      (unsigned long long)arguments->faults.meanwhile);
    }
    (void)fputc('\n', stderr);
}

/* Fails the first, the second, ... until none is left to fail. False after a failure. */
static bool torture(struct arguments *arguments, uint64_t *which)
{
    for (*which = 1; *which < MAX_FAULTS; (*which)++) {
        int code = run_once(arguments);
        if (code != 0) {
            return code == EXIT_NO_FAULT;
        }
    }
    return false;
}

static int run_torture(struct arguments *arguments)
{
    uint64_t allocations;
    if (!torture(arguments, &arguments->faults.fail_allocation)) {
        return 1;
    }
    allocations = arguments->faults.fail_allocation - 1;
    arguments->faults.fail_allocation = 0;
    if (!torture(arguments, &arguments->faults.fail_call)) {
        return 1;
    }
    (void)printf("ok %s: %llu failing allocations, %llu failing calls\n", world.file,
                 (unsigned long long)allocations,
                 (unsigned long long)arguments->faults.fail_call - 1);
    return 0;
}

/* Each event of the scenario at each place. */
static int run_meanwhile(struct arguments *arguments)
{
    uint64_t events = scenario_events();
    uint64_t pairs = 0;
    for (arguments->event = 1; arguments->event <= events; arguments->event++) {
        if (!torture(arguments, &arguments->faults.meanwhile)) {
            return 1;
        }
        pairs += arguments->faults.meanwhile - 1;
    }
    arguments->event = 0;
    arguments->faults.meanwhile = 0;
    (void)printf("ok %s: %llu events, %llu pairs of a place and an event\n", world.file,
                 (unsigned long long)events, (unsigned long long)pairs);
    return 0;
}

static int run_seeds(struct arguments *arguments)
{
    uint64_t end = arguments->options.seed + arguments->seeds;
    for (; arguments->options.seed < end; arguments->options.seed++) {
        if (run_once(arguments) != 0) {
            return 1;
        }
    }
    (void)printf("ok %s: %llu seeds\n", world.file, (unsigned long long)arguments->seeds);
    return 0;
}

/* All modes with all seeds, then each event at each place, or both tortures. */
static int run_everything(struct arguments *arguments)
{
    uint64_t first = arguments->options.seed;
    for (int mode = LAB_REAUTHORIZE_INSIDE; mode <= LAB_REAUTHORIZE_RANDOM; mode++) {
        arguments->options.reauthorize = (enum lab_reauthorize)mode;
        arguments->options.seed = first;
        if (run_seeds(arguments) != 0) {
            return 1;
        }
    }
    for (int mode = LAB_REAUTHORIZE_INSIDE; mode <= LAB_REAUTHORIZE_LATER; mode++) {
        arguments->options.reauthorize = (enum lab_reauthorize)mode;
        arguments->options.seed = first;
        memset(&arguments->faults, 0, sizeof(arguments->faults));
        if ((scenario_events() > 0 ? run_meanwhile : run_torture)(arguments) != 0) {
            return 1;
        }
    }
    return 0;
}

/* Many runs in one process; its parent says at which of them it ended, and how to repeat that one. */
static int run_many(int (*runs)(struct arguments *arguments), const struct arguments *arguments)
{
    int status = 0;
    pid_t child;
    struct arguments *at =
        mmap(NULL, sizeof(*at), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    (void)fflush(NULL);
    child = at != MAP_FAILED ? fork() : -1;
    if (child < 0) {
        (void)fprintf(stderr, "lab: no process for another run: %s\n", strerror(errno));
        return 1;
    }
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        *at = *arguments;
        exit(runs(at));
    }
    if (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return 0;
    }
    if (WIFSIGNALED(status)) {
        (void)fprintf(stderr, "%s: ended by signal %d%s\n", at->file, WTERMSIG(status),
                      WTERMSIG(status) == SIGPROF ? ", it would never have come to its end" : "");
    }
    describe(at);
    return 1;
}

static int run(struct arguments *arguments)
{
    int code;
    if (arguments->everything) {
        return run_many(run_everything, arguments);
    }
    if (arguments->torture) {
        return run_many(run_torture, arguments);
    }
    if (arguments->seeds > 1) {
        return run_many(run_seeds, arguments);
    }
    code = run_once(arguments);
    if (code == 0 || code == EXIT_NO_FAULT) {
        (void)printf("ok %s\n%s", world.file,
                     code == EXIT_NO_FAULT ? "there was nothing left to fail\n" : "");
        return 0;
    }
    if (code == 1) {
        describe(arguments);
    }
    return code;
}

int lab_scenario_main(int argc, char **argv)
{
    struct arguments arguments = {
        .options = {.clock = LAB_CLOCK_VIRTUAL, .seed = 1}, .seeds = 1, .limit = RUN_SECONDS};
    int code = 2;
    if (!parse(argc, argv, &arguments)) {
        return 2;
    }
    if (load(arguments.file)) {
        if (!arguments.seed_given) {
            arguments.options.seed = (uint64_t)scenario_number(world.root, "seed", 1);
        }
        code = run(&arguments);
    }
    free(world.attempts);
    json_free(world.root);
    return code;
}
