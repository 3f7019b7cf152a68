/*
 * Schedules: each seed is one driver's life, in which classifies, answers, the watchdog, closures, cleanup, rule tables and
 * the unload are under way at once and the seed decides at every yield point who goes on. Whatever happens, every attempt
 * gets exactly one answer and no rule is broken.
 *
 *   schedules FIRST COUNT [TRACES]   in virtual time; a trace of each seed goes to the folder TRACES
 *   schedules live FIRST SECONDS     with real threads, one life after the other, for so long
 *
 * A seed that fails is named with the command that repeats it exactly. Last line: N passed, N failed.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lab/emulator/lab.h"

#include "operations.h"

#define MOST_ACTORS     6
#define MOST_BURSTS     3
#define SEED_SECONDS    30 /* of the processor: nothing in a seed waits */
#define LIVE_ACTORS     4
#define LIVE_OPERATIONS 40
#define LIVE_LIFE_MS    2500 /* longer than a hold, so that the watchdog has something to do */

/* What a child has done, for its parent. */
struct progress {
    uint64_t seed; /* at which it is */
    uint64_t passed;
};

static struct actor numbers_of(uint64_t seed, uint64_t stream)
{
    struct actor actor = {(seed * 0x9e3779b97f4a7c15u + stream + 1) * 0xd6e8feb86659fd93u | 1, 0};
    (void)actor_below(&actor, 2);
    return actor;
}

static void act(void *context)
{
    struct actor *actor = context;
    for (; actor->operations > 0; actor->operations--) {
        operations_any(actor);
        lab_yield();
    }
}

static void end_and_unload(void *unused)
{
    (void)unused;
    operations_end();
    lab_driver_unload();
}

/* Some at once, and perhaps the unload among them. */
static void burst(struct actor *fate, struct actor *actors, bool unload)
{
    unsigned count = 2 + actor_below(fate, MOST_ACTORS - 1);
    for (unsigned i = 0; i < count; i++) {
        actors[i] = (struct actor){fate->random ^ (i + 1) * 0x9e3779b97f4a7c15u, 0};
        actors[i].operations = 1 + actor_below(&actors[i], 5);
        lab_spawn(act, &actors[i]);
        if (unload && i == count / 2) {
            lab_spawn(end_and_unload, NULL);
        }
    }
    if (unload) {
        lab_drain(); /* it waits for what is under way */
    } else {
        lab_run_until_idle();
    }
}

static void attach(void *fate)
{
    operations_attach(fate);
}

/* True when nothing broke and everybody was answered once. */
static bool live_virtually(uint64_t seed)
{
    /* Who waits for time to pass goes on in the next burst. */
    static struct actor actors[MOST_BURSTS][MOST_ACTORS];
    struct lab_options options = {.clock = LAB_CLOCK_VIRTUAL,
                                  .reauthorize = (enum lab_reauthorize)(seed % 4),
                                  .seed = seed,
                                  .yield_one_in = 1u << seed / 4 % 4};
    struct actor fate = numbers_of(seed, 0);
    if (!lab_start(&options)) {
        return false;
    }
    operations_start();
    if (actor_below(&fate, 8) != 0) {
        lab_call(attach, &fate);
    }
    for (unsigned bursts = 1 + actor_below(&fate, MOST_BURSTS); bursts > 0; bursts--) {
        burst(&fate, actors[bursts - 1], bursts == 1 && actor_below(&fate, 3) == 0);
    }
    if (actor_below(&fate, 2) == 0) {
        lab_run_for(20000);
    }
    operations_end();
    bool kept = lab_stop() == 0;
    return operations_settled() && kept;
}

static bool traced(uint64_t seed, const char *folder)
{
    char path[4096];
    FILE *file;
    bool passed;
    (void)snprintf(path, sizeof(path), "%s/%llu.json", folder, (unsigned long long)seed);
    file = fopen(path, "we");
    lab_trace_to(file);
    passed = live_virtually(seed);
    lab_trace_to(NULL);
    if (file != NULL) {
        (void)fclose(file);
    }
    return passed;
}

static void limit_time(void)
{
    struct itimerval limit = {.it_value = {.tv_sec = SEED_SECONDS}};
    (void)setitimer(ITIMER_PROF, &limit, NULL);
}

/* Seeds from progress->seed on, up to the first that fails. */
static int run_seeds(struct progress *progress, uint64_t end, const char *folder)
{
    for (; progress->seed < end; progress->seed++) {
        limit_time();
        bool passed =
            folder != NULL ? traced(progress->seed, folder) : live_virtually(progress->seed);
        if (!passed) {
            return 1;
        }
        progress->passed++;
    }
    return 0;
}

static bool run_apart(struct progress *progress, uint64_t end, const char *folder)
{
    int status = 1;
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        exit(run_seeds(progress, end, folder));
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A process of their own for the seeds; after one that fails, another for the rest. How many failed. */
static unsigned run_virtual(const char *program, uint64_t first, uint64_t count, const char *folder)
{
    struct progress *progress =
        mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t end = first + count;
    unsigned failed = 0;
    if (progress == MAP_FAILED) {
        return 1;
    }
    progress->seed = first;
    while (!run_apart(progress, end, folder)) {
        failed++;
        (void)printf("failed: seed %llu; again: %s %llu 1\n", (unsigned long long)progress->seed,
                     program, (unsigned long long)progress->seed);
        progress->seed++;
    }
    (void)printf("%llu passed, %u failed\n", (unsigned long long)progress->passed, failed);
    return failed;
}

/* Real threads */

static uint64_t milliseconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void live_burst(struct actor *fate, struct actor *actors)
{
    for (unsigned i = 0; i < LIVE_ACTORS; i++) {
        actors[i] = (struct actor){fate->random ^ (i + 1) * 0x9e3779b97f4a7c15u, LIVE_OPERATIONS};
        (void)actor_below(&actors[i], 2);
        lab_spawn(act, &actors[i]);
    }
    (void)actor_below(fate, 2);
}

static bool live_really(uint64_t seed)
{
    static struct actor actors[LIVE_ACTORS];
    struct lab_options options = {
        .clock = LAB_CLOCK_LIVE, .reauthorize = (enum lab_reauthorize)(seed % 4), .seed = seed};
    struct actor fate = numbers_of(seed, 0);
    uint64_t end = milliseconds() + LIVE_LIFE_MS;
    if (!lab_start(&options)) {
        return false;
    }
    operations_start();
    operations_attach(&fate);
    do {
        live_burst(&fate, actors);
        lab_drain();
    } while (milliseconds() < end);
    live_burst(&fate, actors);
    operations_end(); /* and the unload, while they go on */
    bool kept = lab_stop() == 0;
    return operations_settled() && kept;
}

static unsigned run_live(uint64_t first, uint64_t seconds)
{
    uint64_t end = milliseconds() + 1000 * seconds;
    uint64_t seed = first;
    unsigned failed = 0;
    do {
        if (!live_really(seed)) {
            failed++;
            (void)printf("failed: live seed %llu\n", (unsigned long long)seed);
        }
        seed++;
    } while (milliseconds() < end && failed == 0);
    (void)printf("%llu passed, %u failed\n", (unsigned long long)(seed - first - failed), failed);
    return failed;
}

int main(int argc, char **argv)
{
    bool live = argc > 1 && strcmp(argv[1], "live") == 0;
    uint64_t first = argc > (live ? 2 : 1) ? strtoull(argv[live ? 2 : 1], NULL, 10) : 1;
    uint64_t count = argc > (live ? 3 : 2) ? strtoull(argv[live ? 3 : 2], NULL, 10) : 1;
    if (live) {
        return run_live(first, count) == 0 ? 0 : 1;
    }
    return run_virtual(argv[0], first, count, argc > 3 ? argv[3] : NULL) == 0 ? 0 : 1;
}
