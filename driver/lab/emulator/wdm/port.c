/* The WFP engine's port to the lab. */
#include <stdlib.h>

#include "../wfp/port.h"
#include "kernel.h"

void wfp_port_broken(const char *rule, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    lab_count_broken(rule, format, arguments);
    va_end(arguments);
}

void wfp_port_trace(const char *event, const char *fields, ...)
{
    char line[1024];
    va_list arguments;
    if (!lab_tracing()) {
        return;
    }
    va_start(arguments, fields);
    (void)vsnprintf(line, sizeof(line), fields, arguments);
    va_end(arguments);
    lab_trace(event, "%s", line);
}

bool wfp_port_tracing(void)
{
    return lab_tracing();
}

UINT64 wfp_port_random(void)
{
    return lab_random();
}

void wfp_port_yield(void)
{
    lab_yield();
}

void wfp_port_spawn(void (*run)(void *context), void *context)
{
    lab_spawn(run, context);
}

/* Virtual: what a program does is a thread of its own, which runs when the scheduler says so. */
void wfp_port_call(void (*run)(void *context), void *context)
{
    if (lab_is_virtual()) {
        lab_spawn(run, context);
    } else {
        run(context);
    }
}

void wfp_port_delay(const char *name)
{
    lab_fault_delay(name);
}

bool wfp_port_call_fails(const char *name, NTSTATUS *status)
{
    return lab_fault_call(name, status);
}

void *wfp_port_allocate(SIZE_T bytes)
{
    void *memory = calloc(1, bytes);
    if (memory == NULL) {
        lab_broken_fatal("W1", "the lab has no memory");
    }
    return memory;
}

void wfp_port_free(void *memory)
{
    free(memory);
}

PMDL wfp_port_mdl(void *memory, ULONG bytes)
{
    PMDL mdl = wfp_port_allocate(sizeof(*mdl));
    mdl->StartVa = memory;
    mdl->ByteCount = bytes;
    mdl->built = TRUE;
    return mdl;
}

void wfp_port_mdl_free(PMDL mdl)
{
    free(mdl);
}

void *wfp_port_mdl_address(const MDL *mdl)
{
    return lab_mdl_address(mdl);
}

unsigned wfp_port_locks_held(void)
{
    return lab_self()->locks;
}

void wfp_port_require_irql(KIRQL most, const char *function, const char *rule)
{
    lab_require_irql(most, function, rule);
}

void wfp_port_check_returned(const char *what, KIRQL entered)
{
    lab_check_returned(what, entered);
}

void **wfp_port_frame(void)
{
    return &lab_self()->classify;
}

PEPROCESS wfp_port_act_for(PEPROCESS process)
{
    struct lab_thread *self = lab_self();
    PEPROCESS before = self->process;
    self->process = process;
    return before;
}

PEPROCESS wfp_port_process(UINT64 process_id)
{
    return lab_process_find(process_id);
}

const UINT16 *wfp_port_process_path(PEPROCESS process, SIZE_T *units)
{
    return lab_process_path(process, units);
}
