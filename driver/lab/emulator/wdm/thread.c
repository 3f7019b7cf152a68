/* Threads of both modes: fibers under a seeded scheduler (virtual), POSIX threads (live). */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "fiber.h"
#include "kernel.h"
#include "sanitizer.h"

#define STACK_BYTES (256u * 1024)
#define WORKERS     4
#define CALL_LIMIT  (3600ull * 1000 * LAB_100NS_PER_MS)

enum fiber_state {
    FIBER_READY,
    FIBER_BLOCKED,
    FIBER_ENDED
};

struct fiber {
    LIST_ENTRY link; /* while it is blocked */
    struct lab_thread thread;
    struct lab_context machine;
    void *stack;
    void *fake_stack;
    enum fiber_state state;
    void (*run)(void *context);
    void *context;
    bool (*take)(void *context);
    void *take_context;
    uint64_t deadline;
    bool *ended; /* set when it ends, for lab_call */
};

struct task {
    LIST_ENTRY link;
    void (*run)(void *context);
    void *context;
};

static bool is_virtual;
static uint64_t random_state;
static unsigned yield_one_in;
static uint64_t next_thread_id;

/* virtual */
static struct fiber **ready; /* in no order that means anything; `current` stays in its place */
static size_t ready_count, ready_room;
static LIST_ENTRY blocked;
static struct fiber *current;
static struct fiber *urgent; /* goes first whenever it is ready, or NULL */
static void (*meanwhile_run)(void *context);
static void *meanwhile_context;
static struct lab_context scheduler;
static struct lab_thread main_thread;
static LIST_ENTRY spare_stacks; /* a LIST_ENTRY at the start of each */
#ifdef LAB_ASAN
static const void *main_stack;
static size_t main_stack_bytes;
#endif

/* live */
static pthread_mutex_t dispatcher = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t dispatcher_changed;
static unsigned dispatcher_waiters;
static pthread_mutex_t task_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t task_added = PTHREAD_COND_INITIALIZER;
static pthread_cond_t task_ended = PTHREAD_COND_INITIALIZER;
static LIST_ENTRY tasks;
static unsigned tasks_open;
static unsigned workers_idle;
static bool stopping;
static pthread_t workers[WORKERS];
static _Thread_local struct lab_thread live_thread;

bool lab_is_virtual(void)
{
    return is_virtual;
}

bool lab_on_main_thread(void)
{
    return is_virtual && current == NULL;
}

struct lab_thread *lab_self(void)
{
    if (is_virtual) {
        return current != NULL ? &current->thread : &main_thread;
    }
    if (live_thread.id == 0) {
        live_thread.id = __atomic_add_fetch(&next_thread_id, 1, __ATOMIC_SEQ_CST);
    }
    return &live_thread;
}

uint64_t lab_random(void)
{
    uint64_t z = __atomic_add_fetch(&random_state, 0x9e3779b97f4a7c15ull, __ATOMIC_SEQ_CST);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

/* ---- virtual ---- */

static void *stack_take(void)
{
    void *stack;
    if (!IsListEmpty(&spare_stacks)) {
        return RemoveHeadList(&spare_stacks);
    }
    stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED) {
        lab_broken_fatal("W1", "the lab has no memory for another thread");
    }
    return stack;
}

static void stack_give(void *stack)
{
    lab_unpoison(stack, STACK_BYTES);
    InsertHeadList(&spare_stacks, stack);
}

static void enter_scheduler(struct fiber *fiber)
{
#ifdef LAB_ASAN
    __sanitizer_start_switch_fiber(fiber->state == FIBER_ENDED ? NULL : &fiber->fake_stack,
                                   main_stack, main_stack_bytes);
#endif
    lab_context_switch(&fiber->machine, &scheduler);
#ifdef LAB_ASAN
    __sanitizer_finish_switch_fiber(fiber->fake_stack, NULL, NULL);
#endif
}

static void fiber_main(void)
{
    struct fiber *fiber = current;
#ifdef LAB_ASAN
    __sanitizer_finish_switch_fiber(NULL, &main_stack, &main_stack_bytes);
#endif
    fiber->run(fiber->context);
    lab_check_returned("a thread", PASSIVE_LEVEL);
    fiber->state = FIBER_ENDED;
    enter_scheduler(fiber);
}

static void add_ready(struct fiber *fiber)
{
    if (ready_count == ready_room) {
        size_t room = ready_room == 0 ? 64 : 2 * ready_room;
        struct fiber **more = realloc(ready, room * sizeof(struct fiber *));
        if (more == NULL) {
            lab_broken_fatal("W1", "the lab has no memory for another thread");
        }
        ready = more;
        ready_room = room;
    }
    ready[ready_count++] = fiber;
}

static struct fiber *fiber_start(void (*run)(void *context), void *context)
{
    struct fiber *fiber = calloc(1, sizeof(*fiber));
    if (fiber == NULL) {
        lab_broken_fatal("W1", "the lab has no memory for another thread");
    }
    fiber->thread.id = ++next_thread_id;
    fiber->stack = stack_take();
    fiber->run = run;
    fiber->context = context;
    lab_context_make(&fiber->machine, fiber->stack, STACK_BYTES, fiber_main);
    add_ready(fiber);
    return fiber;
}

static void fiber_end(struct fiber *fiber)
{
    if (fiber->ended != NULL) {
        *fiber->ended = true;
    }
    if (urgent == fiber) {
        urgent = NULL;
    }
    stack_give(fiber->stack);
    free(fiber);
}

static void fiber_switch_to(struct fiber *fiber)
{
    void *fake_stack = NULL;
    fiber->state = FIBER_READY;
    current = fiber;
#ifdef LAB_ASAN
    __sanitizer_start_switch_fiber(&fake_stack, fiber->stack, STACK_BYTES);
#endif
    lab_context_switch(&scheduler, &fiber->machine);
#ifdef LAB_ASAN
    __sanitizer_finish_switch_fiber(fake_stack, NULL, NULL);
#endif
    (void)fake_stack;
    current = NULL;
}

/* A blocked fiber consumes what it waited for here, so that it can't be taken twice. */
static bool fiber_wakes(struct fiber *fiber)
{
    bool due = fiber->deadline <= lab_now();
    if (fiber->take(fiber->take_context)) {
        fiber->take = NULL;
        return true;
    }
    return due;
}

static void wake_blocked(void)
{
    LIST_ENTRY *e = blocked.Flink;
    while (e != &blocked) {
        struct fiber *fiber = CONTAINING_RECORD(e, struct fiber, link);
        e = e->Flink;
        if (fiber_wakes(fiber)) {
            (void)RemoveEntryList(&fiber->link);
            add_ready(fiber);
        }
    }
}

static size_t choose_ready(void)
{
    for (size_t i = 0; i < ready_count && urgent != NULL; i++) {
        if (ready[i] == urgent) {
            return i;
        }
    }
    return lab_random() % ready_count;
}

static bool schedule(void)
{
    size_t chosen;
    struct fiber *fiber;
    wake_blocked();
    if (ready_count == 0) {
        return false;
    }
    chosen = choose_ready();
    fiber = ready[chosen];
    fiber_switch_to(fiber);
    if (fiber->state != FIBER_READY) {
        ready[chosen] = ready[--ready_count];
    }
    if (fiber->state == FIBER_BLOCKED) {
        InsertTailList(&blocked, &fiber->link);
    } else if (fiber->state == FIBER_ENDED) {
        fiber_end(fiber);
    }
    return true;
}

uint64_t lab_earliest_deadline(void)
{
    uint64_t earliest = LAB_FOREVER;
    for (LIST_ENTRY *e = blocked.Flink; e != &blocked; e = e->Flink) {
        const struct fiber *fiber = CONTAINING_RECORD(e, struct fiber, link);
        earliest = fiber->deadline < earliest ? fiber->deadline : earliest;
    }
    return earliest;
}

void lab_meanwhile(void (*run)(void *context), void *context)
{
    meanwhile_run = run;
    meanwhile_context = context;
}

bool lab_meanwhile_runs(void)
{
    return urgent != NULL;
}

/* This is the place: what is to happen goes on next. */
static bool begin_meanwhile(void)
{
    if (meanwhile_run == NULL || !lab_fault_place()) {
        return false;
    }
    urgent = fiber_start(meanwhile_run, meanwhile_context);
    meanwhile_run = NULL;
    return true;
}

void lab_yield(void)
{
    struct fiber *fiber = current;
    if (!is_virtual || fiber == NULL || fiber->thread.locks > 0) {
        return;
    }
    if (begin_meanwhile() || lab_random() % yield_one_in == 0) {
        enter_scheduler(fiber);
    }
}

static bool wait_virtual(bool (*take)(void *context), void *context, uint64_t deadline)
{
    struct fiber *fiber = current;
    if (take(context)) {
        return true;
    }
    if (deadline <= lab_now()) {
        return false;
    }
    if (fiber == NULL) {
        lab_broken_fatal("W1", "the lab's main thread would wait for ever");
    }
    fiber->take = take;
    fiber->take_context = context;
    fiber->deadline = deadline;
    fiber->state = FIBER_BLOCKED;
    enter_scheduler(fiber);
    return fiber->take == NULL;
}

/* Time passes as far as it has to. */
static void run_until(bool (*done)(void *context), void *context)
{
    uint64_t limit = lab_now() + CALL_LIMIT;
    while (!done(context)) {
        if (!schedule() && !lab_time_advance(limit)) {
            lab_broken_fatal("W6", "deadlock: a thread waits for what never comes");
        }
    }
}

static bool is_true(void *context)
{
    return *(bool *)context;
}

static void call_virtual(void (*run)(void *context), void *context)
{
    bool ended = false;
    fiber_start(run, context)->ended = &ended;
    run_until(is_true, &ended);
}

struct together {
    void (*run)(void *context);
    unsigned *open;
    void *context;
};

static void run_one_of(void *context)
{
    struct together *one = context;
    one->run(one->context);
    (*one->open)--;
    free(one);
}

static bool is_zero(void *context)
{
    return *(unsigned *)context == 0;
}

void lab_call_together(void (*run)(void *context), void **contexts, size_t count)
{
    unsigned open = (unsigned)count;
    for (size_t i = 0; i < count; i++) {
        struct together *one = malloc(sizeof(*one));
        if (one == NULL) {
            lab_broken_fatal("W1", "the lab has no memory for another thread");
        }
        *one = (struct together){run, &open, contexts[i]};
        (void)fiber_start(run_one_of, one);
    }
    run_until(is_zero, &open);
}

static bool has_no_fibers(void *unused)
{
    (void)unused;
    return ready_count == 0 && IsListEmpty(&blocked);
}

void lab_run_until_idle(void)
{
    if (!is_virtual) {
        return;
    }
    do {
        while (schedule() || lab_time_advance(lab_now())) {
        }
    } while (begin_meanwhile());
}

void lab_run_for(uint64_t milliseconds)
{
    uint64_t end = lab_now() + milliseconds * LAB_100NS_PER_MS;
    while (schedule() || lab_time_advance(end)) {
    }
}

/* ---- live ---- */

static struct timespec realtime_of(uint64_t deadline)
{
    struct timespec when;
    (void)clock_gettime(CLOCK_MONOTONIC, &when);
    uint64_t now = lab_now();
    uint64_t left = deadline > now ? deadline - now : 0;
    when.tv_sec += (time_t)(left / 10000000);
    when.tv_nsec += (long)(left % 10000000) * 100;
    if (when.tv_nsec >= 1000000000) {
        when.tv_sec++;
        when.tv_nsec -= 1000000000;
    }
    return when;
}

static bool wait_live(bool (*take)(void *context), void *context, uint64_t deadline)
{
    bool taken;
    struct timespec until = {0};
    if (deadline != LAB_FOREVER) {
        until = realtime_of(deadline);
    }
    pthread_mutex_lock(&dispatcher);
    dispatcher_waiters++;
    while (!(taken = take(context))) {
        if (deadline == LAB_FOREVER) {
            (void)pthread_cond_wait(&dispatcher_changed, &dispatcher);
        } else if (pthread_cond_timedwait(&dispatcher_changed, &dispatcher, &until) == ETIMEDOUT) {
            taken = take(context);
            break;
        }
    }
    dispatcher_waiters--;
    pthread_mutex_unlock(&dispatcher);
    return taken;
}

bool lab_wait(bool (*take)(void *context), void *context, uint64_t deadline)
{
    return is_virtual ? wait_virtual(take, context, deadline) : wait_live(take, context, deadline);
}

void lab_dispatcher_lock(void)
{
    if (!is_virtual) {
        pthread_mutex_lock(&dispatcher);
    }
}

void lab_dispatcher_unlock(bool changed)
{
    if (is_virtual) {
        return;
    }
    if (changed && dispatcher_waiters > 0) {
        pthread_cond_broadcast(&dispatcher_changed);
    }
    pthread_mutex_unlock(&dispatcher);
}

static void *worker_main(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&task_mutex);
    for (;;) {
        struct task *task;
        workers_idle++;
        while (IsListEmpty(&tasks) && !stopping) {
            (void)pthread_cond_wait(&task_added, &task_mutex);
        }
        workers_idle--;
        if (IsListEmpty(&tasks)) {
            break;
        }
        task = CONTAINING_RECORD(RemoveHeadList(&tasks), struct task, link);
        pthread_mutex_unlock(&task_mutex);
        task->run(task->context);
        lab_check_returned("a thread", PASSIVE_LEVEL);
        free(task);
        pthread_mutex_lock(&task_mutex);
        if (--tasks_open == 0) {
            pthread_cond_broadcast(&task_ended);
        }
    }
    pthread_mutex_unlock(&task_mutex);
    return NULL;
}

static void spawn_live(void (*run)(void *context), void *context)
{
    struct task *task = malloc(sizeof(*task));
    if (task == NULL) {
        lab_broken_fatal("W1", "the lab has no memory for another task");
    }
    task->run = run;
    task->context = context;
    pthread_mutex_lock(&task_mutex);
    InsertTailList(&tasks, &task->link);
    tasks_open++;
    if (workers_idle > 0) {
        pthread_cond_signal(&task_added);
    }
    pthread_mutex_unlock(&task_mutex);
}

void lab_spawn(void (*run)(void *context), void *context)
{
    if (is_virtual) {
        (void)fiber_start(run, context);
    } else {
        spawn_live(run, context);
    }
}

void lab_call(void (*run)(void *context), void *context)
{
    if (is_virtual && current == NULL) {
        call_virtual(run, context);
    } else {
        run(context);
    }
}

void lab_drain(void)
{
    if (is_virtual) {
        run_until(has_no_fibers, NULL);
        return;
    }
    pthread_mutex_lock(&task_mutex);
    while (tasks_open > 0) {
        (void)pthread_cond_wait(&task_ended, &task_mutex);
    }
    pthread_mutex_unlock(&task_mutex);
}

void lab_threads_start(const struct lab_options *options)
{
    pthread_condattr_t attributes;
    is_virtual = options->clock == LAB_CLOCK_VIRTUAL;
    yield_one_in = options->yield_one_in != 0 ? options->yield_one_in : 4;
    random_state = options->seed * 0x2545f4914f6cdd1dull + 1;
    InitializeListHead(&blocked);
    ready_count = 0;
    urgent = NULL;
    meanwhile_run = NULL;
    if (is_virtual) { /* a live thread keeps its number over the lives that it sees */
        next_thread_id = 0;
    }
    InitializeListHead(&tasks);
    if (spare_stacks.Flink == NULL) {
        InitializeListHead(&spare_stacks);
    }
    stopping = false;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&dispatcher_changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    for (size_t i = 0; i < WORKERS && !is_virtual; i++) {
        if (pthread_create(&workers[i], NULL, worker_main, NULL) != 0) {
            lab_broken_fatal("W1", "the lab could not start a thread");
        }
    }
}

void lab_threads_stop(void)
{
    if (is_virtual) {
        return;
    }
    pthread_mutex_lock(&task_mutex);
    stopping = true;
    pthread_cond_broadcast(&task_added);
    pthread_mutex_unlock(&task_mutex);
    for (size_t i = 0; i < WORKERS; i++) {
        (void)pthread_join(workers[i], NULL);
    }
}

void lab_check_returned(const char *what, KIRQL entered)
{
    struct lab_thread *self = lab_self();
    if (self->locks != 0) {
        lab_broken_fatal("W3", "%s returned with %u spin locks held", what, self->locks);
    }
    if (self->irql != entered) {
        lab_broken("R31", "%s returned at IRQL %u, was entered at %u", what, self->irql, entered);
        self->irql = entered;
    }
}

void lab_require_irql(KIRQL most, const char *function, const char *rule)
{
    KIRQL irql = lab_self()->irql;
    if (irql > most) {
        lab_broken(rule, "%s called at IRQL %u, allowed up to %u", function, irql, most);
    }
}

VOID lab_paged_code(const char *function)
{
    lab_require_irql(APC_LEVEL, function, "R31");
}
