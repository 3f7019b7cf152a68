/*
 * A filter engine that does as it is told, with the emulator's network buffers: no rules, no flows, no reauthorizations of
 * its own. The fuzzer of classifies has it instead of the emulator's, which would only make what is sound. What it is given is
 * counted, so that what the driver leaves behind shows; a context that is completed twice, or a list that is freed twice, ends
 * the run.
 */
#ifndef FUZZ_FILTER_ENGINE_H
#define FUZZ_FILTER_ENGINE_H

#include <ntifs.h>

#include <ndis.h>

#include <fwpsk.h>

#include <stdbool.h>
#include <stdint.h>

#define FUZZ_CALLOUTS 32
#define FUZZ_CONTEXTS 64

struct fuzz_engine {
    FWPS_CALLOUT1 callouts[FUZZ_CALLOUTS];
    uint32_t callout_count; /* registered since the start */
    uint32_t callouts_left;
    uint32_t sessions, subscriptions, handles; /* open */
    uint32_t pends, closures, lists;           /* open */
    uint32_t acquired;
    uint64_t contexts[FUZZ_CONTEXTS]; /* of flows; 0: none */
    bool pended;                      /* during the classify that runs */
    bool fail_pend;
    bool fail_build; /* of a list */
    bool fail_injection;
    bool slow_injection; /* its completion waits for fuzz_engine_finish */
    bool lost_injection; /* it completes with an error */
    FWPS_PACKET_INJECTION_STATE injected;
    HANDLE injection_context;
};

extern struct fuzz_engine fuzz_engine;

void fuzz_engine_start(void);
/* What was injected slowly is complete. */
void fuzz_engine_finish(void);
/* Ends the run when something is left. */
void fuzz_engine_check_empty(void);

#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fuzz_failed(#condition, __FILE__, __LINE__);                                           \
        }                                                                                          \
    } while (0)
_Noreturn void fuzz_failed(const char *what, const char *file, int line);

#endif
