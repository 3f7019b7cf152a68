#include "port_test.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "datagram.h"
#include "harness.h"

struct port_state port;

static unsigned allocations;
static unsigned next_context;
static __thread unsigned held;
static unsigned mutexes;
static pthread_mutex_t pool[16];

void port_reset(void)
{
    memset(&port, 0, sizeof(port));
    port.now = 1000;
    port.system = 133000000000000000u;
    next_context = 0;
    mutexes = 0;
}

unsigned port_live_allocations(void)
{
    return __atomic_load_n(&allocations, __ATOMIC_SEQ_CST);
}

unsigned port_locks_held(void)
{
    return held;
}

void port_advance(struct pr_engine *engine, uint64_t milliseconds)
{
    uint64_t end = port.now + milliseconds * 10000;
    while (port.timer != 0 && port.timer <= end) {
        port.now = port.timer > port.now ? port.timer : port.now;
        port.timer = 0;
        pr_engine_tick(engine);
    }
    port.system += end - port.now;
    port.now = end;
}

void *port_new_context(void)
{
    return (void *)(uintptr_t)__atomic_add_fetch(&next_context, 1, __ATOMIC_SEQ_CST);
}

void *pr_port_allocate(size_t bytes, uint32_t tag)
{
    (void)tag;
    if (port.fail_allocation > 0 && --port.fail_allocation == 0) {
        return NULL;
    }
    __atomic_add_fetch(&allocations, 1, __ATOMIC_SEQ_CST);
    return calloc(1, bytes);
}

void pr_port_free(void *memory, uint32_t tag)
{
    (void)tag;
    __atomic_sub_fetch(&allocations, 1, __ATOMIC_SEQ_CST);
    free(memory);
}

void pr_port_lock_init(struct pr_port_lock *lock)
{
    lock->word = mutexes++ % 16;
    pthread_mutex_init(&pool[lock->word], NULL);
}

void pr_port_acquire(struct pr_port_lock *lock, struct pr_port_lock_state *state)
{
    (void)state;
    CHECK(held == 0);
    pthread_mutex_lock(&pool[lock->word]);
    held++;
}

void pr_port_release(struct pr_port_lock *lock, struct pr_port_lock_state *state)
{
    (void)state;
    held--;
    pthread_mutex_unlock(&pool[lock->word]);
}

uint64_t pr_port_monotonic(void)
{
    return port.now;
}

uint64_t pr_port_system_time(void)
{
    return port.system;
}

uint64_t pr_port_random(void)
{
    static uint64_t value;
    return __atomic_add_fetch(&value, 0x9e3779b97f4a7c15u, __ATOMIC_SEQ_CST);
}

uintptr_t pr_port_thread(void)
{
    return (uintptr_t)pthread_self();
}

uint32_t pr_port_processor(void)
{
    int processor = sched_getcpu();
    return processor < 0 ? 0 : (uint32_t)processor;
}

void pr_port_pause(void)
{
    CHECK(held == 0);
    (void)sched_yield();
}

void pr_port_set_timer(void *edge, uint64_t due)
{
    (void)edge;
    port.timer = due;
}

static void count(unsigned *counter)
{
    CHECK(held == 0);
    __atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
}

void pr_port_schedule_worker(void *edge)
{
    (void)edge;
    count(&port.worker_asked);
}

void pr_port_events_ready(void *edge)
{
    (void)edge;
    count(&port.events_asked);
}

void pr_port_drained(void *edge)
{
    (void)edge;
    count(&port.drained_asked);
}

bool pr_port_complete_operation(void *edge, void *context, struct pr_datagram *packet)
{
    bool whole = !port.lose_packets || packet == NULL;
    count(&port.completed);
    uintptr_t index = (uintptr_t)context;
    CHECK(index != 0 && index < PORT_CONTEXTS);
    CHECK(__atomic_add_fetch(&port.completions[index], 1, __ATOMIC_SEQ_CST) == 1);
    if (port.on_complete != NULL) {
        port.on_complete(context);
    }
    if (packet != NULL && whole) {
        pr_port_inject(edge, packet);
    } else if (packet != NULL) {
        pr_engine_injection_over(port.engine, packet);
    }
    return whole;
}

void port_finish_injections(void)
{
    while (port.under_way_count > 0) {
        pr_engine_injection_over(port.engine, port.under_way[--port.under_way_count]);
    }
}

void pr_port_inject(void *edge, struct pr_datagram *datagram)
{
    (void)edge;
    if (port.injected < sizeof(port.injections) && datagram->packet_bytes > 0) {
        port.injections[port.injected] = datagram->bytes[datagram->packet_offset];
    }
    count(&port.injected);
    if (port.slow_injections && port.under_way_count < PORT_UNDER_WAY) {
        port.under_way[port.under_way_count++] = datagram;
    } else {
        pr_engine_injection_over(port.engine, datagram);
    }
    if (port.on_inject != NULL) {
        port.on_inject();
    }
}

void pr_port_abort_flow(void *edge, uint64_t flow_id)
{
    (void)edge;
    count(&port.aborted);
    port.last_aborted = flow_id;
}

void pr_port_complete_closure(void *edge, struct pr_closure *closure)
{
    (void)edge;
    (void)closure;
    count(&port.closures_completed);
}
