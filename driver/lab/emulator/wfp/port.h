/*
 * What the WFP engine needs beyond WDM. One implementation for the lab (../wdm/port.c); an image for Wine brings its own.
 * Everything else in this folder is written against <ntifs.h>, <fwpsk.h> and <fwpmk.h> alone.
 */
#ifndef PORTREEVE_LAB_WFP_PORT_H
#define PORTREEVE_LAB_WFP_PORT_H

#include <ntifs.h>

#include <stdbool.h>

void wfp_port_broken(const char *rule, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void wfp_port_trace(const char *event, const char *fields, ...)
    __attribute__((format(printf, 2, 3)));
bool wfp_port_tracing(void);
UINT64 wfp_port_random(void);
/* A place where other threads may run. */
void wfp_port_yield(void);
/* Runs `run` on another thread at PASSIVE_LEVEL, soon. */
void wfp_port_spawn(void (*run)(void *context), void *context);
/* Runs `run` now, on this thread or one of its own. */
void wfp_port_call(void (*run)(void *context), void *context);
/* May take its time here, as a scenario wants. */
void wfp_port_delay(const char *name);
/* Whether the call `name` is to fail, with what. */
bool wfp_port_call_fails(const char *name, NTSTATUS *status);
/* The engine's own memory, zeroed, never NULL; not counted as the driver's. */
void *wfp_port_allocate(SIZE_T bytes);
void wfp_port_free(void *memory);
/* A built MDL of the engine's own memory, never NULL. */
PMDL wfp_port_mdl(void *memory, ULONG bytes);
void wfp_port_mdl_free(PMDL mdl);
/* Where its bytes lie; the driver's MDLs must have been built. */
void *wfp_port_mdl_address(const MDL *mdl);
unsigned wfp_port_locks_held(void);
/* Breaks `rule` when the IRQL is above `most`. */
void wfp_port_require_irql(KIRQL most, const char *function, const char *rule);
/* Breaks a rule when a callback into the driver left a lock held or another IRQL. */
void wfp_port_check_returned(const char *what, KIRQL entered);
/* The innermost classify on this thread. */
void **wfp_port_frame(void);
/* This thread acts for `process`; returns for whom it did before. */
PEPROCESS wfp_port_act_for(PEPROCESS process);
PEPROCESS wfp_port_process(UINT64 process_id);
/* UTF-16, not terminated. */
const UINT16 *wfp_port_process_path(PEPROCESS process, SIZE_T *units);

#endif
