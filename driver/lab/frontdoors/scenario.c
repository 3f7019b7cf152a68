/* `run`: one scenario, or one scenario many times with something failing each time. */
#include "scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scenario_world.h"

#define MAX_FILE      (4u * 1024 * 1024)
#define EXIT_NO_FAULT 77 /* of a child: everything was as expected, and nothing was left to fail */
#define MAX_FAULTS    100000

struct arguments {
    const char *file;
    const char *trace;
    struct lab_options options;
    struct lab_faults faults;
    uint64_t seeds; /* run with each of seed .. seed + seeds - 1 */
    bool torture;
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
    if (strcmp(name, "--fail-allocation") == 0) {
        return lab_parse_number(value, &into->faults.fail_allocation);
    }
    if (strcmp(name, "--fail-call") == 0) {
        return lab_parse_number(value, &into->faults.fail_call);
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

/* One run; the exit code. */
static int run_once(const struct arguments *arguments)
{
    FILE *trace = open_trace(arguments->trace);
    bool fails = arguments->faults.fail_allocation != 0 || arguments->faults.fail_call != 0;
    unsigned broken;
    if (arguments->trace != NULL && trace == NULL) {
        return 2;
    }
    world.reauthorize = arguments->options.reauthorize;
    world.with_faults = fails;
    world.attempts = calloc(MAX_ATTEMPTS, sizeof(*world.attempts));
    lab_trace_to(trace);
    lab_faults_set(&arguments->faults);
    run_world(&arguments->options);
    broken = lab_stop();
    scenario_expect_end();
    lab_trace_to(NULL);
    if (trace != NULL) {
        (void)fclose(trace);
    }
    free(world.attempts);
    if (broken != 0 || world.failures != 0) {
        return 1;
    }
    return fails && !lab_fault_happened() ? EXIT_NO_FAULT : 0;
}

/* The run in a process of its own, so that each begins afresh. */
static int run_apart(const struct arguments *arguments)
{
    int status;
    pid_t child;
    (void)fflush(NULL);
    child = fork();
    if (child == 0) {
        int code = run_once(arguments);
        json_free(world.root);
        exit(code);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        (void)fprintf(stderr, "lab: no process for another run: %s\n", strerror(errno));
        return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
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
    (void)fputc('\n', stderr);
}

/* Fails the first, the second, ... until none is left to fail. How many were failed; -1 after a failure. */
static long torture(struct arguments *arguments, uint64_t *which)
{
    for (*which = 1; *which < MAX_FAULTS; (*which)++) {
        int code = run_apart(arguments);
        if (code == EXIT_NO_FAULT) {
            return (long)*which - 1;
        }
        if (code != 0) {
            describe(arguments);
            return -1;
        }
    }
    return -1;
}

static int run_torture(struct arguments *arguments)
{
    long allocations = torture(arguments, &arguments->faults.fail_allocation), calls;
    arguments->faults.fail_allocation = 0;
    calls = torture(arguments, &arguments->faults.fail_call);
    if (allocations < 0 || calls < 0) {
        return 1;
    }
    (void)printf("ok %s: %ld failing allocations, %ld failing calls\n", world.file, allocations,
                 calls);
    return 0;
}

static int run_seeds(struct arguments *arguments)
{
    uint64_t end = arguments->options.seed + arguments->seeds;
    for (; arguments->options.seed < end; arguments->options.seed++) {
        if (run_apart(arguments) != 0) {
            describe(arguments);
            return 1;
        }
    }
    (void)printf("ok %s: %llu seeds\n", world.file, (unsigned long long)arguments->seeds);
    return 0;
}

static int run(struct arguments *arguments)
{
    int code;
    if (arguments->torture) {
        return run_torture(arguments);
    }
    if (arguments->seeds > 1) {
        return run_seeds(arguments);
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
    struct arguments arguments = {.options = {.clock = LAB_CLOCK_VIRTUAL, .seed = 1}, .seeds = 1};
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
    json_free(world.root);
    return code;
}
