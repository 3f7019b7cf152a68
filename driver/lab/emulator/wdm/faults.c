/* Failing allocations and calls on purpose, and slow ones. */
#include <pthread.h>
#include <unwind.h>

#include "kernel.h"

#define MAX_NAMED 8
#define MAX_SEEN  1024

struct named_fault {
    char name[48];
    NTSTATUS status;
    uint64_t milliseconds; /* 0: it fails; else it only takes so long */
    unsigned count;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct lab_faults wanted;
static uint64_t allocations, calls, places;
static bool happened;
static struct named_fault named[MAX_NAMED];
static bool alike;
static uint64_t seen[MAX_SEEN]; /* call stacks of what could have failed in steps that are alike */
static size_t seen_count;

void lab_faults_set(const struct lab_faults *faults)
{
    pthread_mutex_lock(&mutex);
    wanted = *faults;
    allocations = calls = places = 0;
    happened = false;
    alike = false;
    seen_count = 0;
    memset(named, 0, sizeof(named));
    pthread_mutex_unlock(&mutex);
}

bool lab_faults_alike(bool on)
{
    bool before;
    pthread_mutex_lock(&mutex);
    before = alike;
    alike = on;
    pthread_mutex_unlock(&mutex);
    return before;
}

static _Unwind_Reason_Code add_frame(struct _Unwind_Context *frame, void *stack)
{
    uint64_t *sum = stack;
    *sum = (*sum ^ _Unwind_GetIP(frame)) * 0x9e3779b97f4a7c15ull;
    *sum ^= *sum >> 29;
    return _URC_NO_REASON;
}

/* With the mutex held. True from the second time on; a stack that finds no room is always new. */
static bool is_seen(void)
{
    uint64_t stack = 0;
    (void)_Unwind_Backtrace(add_frame, &stack);
    for (size_t i = 0; i < seen_count; i++) {
        if (seen[i] == stack) {
            return true;
        }
    }
    if (seen_count < MAX_SEEN) {
        seen[seen_count++] = stack;
    }
    return false;
}

static bool is_the_one(uint64_t *count, uint64_t number)
{
    bool hit;
    pthread_mutex_lock(&mutex);
    hit = (!alike || !is_seen()) && ++*count == number;
    happened = happened || hit;
    pthread_mutex_unlock(&mutex);
    return hit;
}

bool lab_fault_allocation(void)
{
    return is_the_one(&allocations, wanted.fail_allocation);
}

bool lab_fault_place(void)
{
    return is_the_one(&places, wanted.meanwhile);
}

/* Takes one of the next calls of `name` that are to fail, or to be slow. */
static bool take_named(const char *name, bool slow, struct named_fault *taken)
{
    bool hit = false;
    pthread_mutex_lock(&mutex);
    for (size_t i = 0; i < MAX_NAMED && !hit; i++) {
        if (named[i].count > 0 && (named[i].milliseconds != 0) == slow &&
            strcmp(named[i].name, name) == 0) {
            named[i].count--;
            *taken = named[i];
            hit = true;
        }
    }
    pthread_mutex_unlock(&mutex);
    return hit;
}

static bool never(void *unused)
{
    (void)unused;
    return false;
}

void lab_fault_delay(const char *name)
{
    struct named_fault fault;
    if (take_named(name, true, &fault)) {
        (void)lab_wait(never, NULL, lab_now() + fault.milliseconds * LAB_100NS_PER_MS);
    }
}

bool lab_fault_call(const char *name, NTSTATUS *status)
{
    struct named_fault fault;
    lab_fault_delay(name);
    if (take_named(name, false, &fault)) {
        *status = fault.status;
        lab_trace("fault", "\"call\":\"%s\"", name);
        return true;
    }
    *status = STATUS_INSUFFICIENT_RESOURCES;
    if (!is_the_one(&calls, wanted.fail_call)) {
        return false;
    }
    lab_trace("fault", "\"call\":\"%s\"", name);
    return true;
}

static void add_named(const char *name, struct named_fault fault)
{
    pthread_mutex_lock(&mutex);
    for (size_t i = 0; i < MAX_NAMED; i++) {
        if (named[i].count == 0) {
            named[i] = fault;
            (void)snprintf(named[i].name, sizeof(named[i].name), "%s", name);
            break;
        }
    }
    pthread_mutex_unlock(&mutex);
}

void lab_fault_named(const char *name, NTSTATUS status, unsigned count)
{
    add_named(name, (struct named_fault){.status = status, .count = count});
}

void lab_slow_named(const char *name, uint64_t milliseconds, unsigned count)
{
    add_named(name, (struct named_fault){.milliseconds = milliseconds, .count = count});
}

bool lab_fault_happened(void)
{
    return happened;
}
