/* Start and end of the WFP engine. */
#include "engine.h"

KSPIN_LOCK wfp_lock;
static enum lab_reauthorize mode;

void wfp_start(enum lab_reauthorize reauthorize)
{
    KeInitializeSpinLock(&wfp_lock);
    mode = reauthorize;
    wfp_bfe_start();
    wfp_objects_start();
    wfp_callouts_start();
    wfp_classify_start();
    wfp_pends_start();
    wfp_closures_start();
    wfp_contexts_start();
    wfp_injections_start();
    wfp_flows_start();
}

void wfp_stop(void)
{
    wfp_bfe_check_gone();
    wfp_callouts_stop();
    wfp_pends_stop();
    wfp_closures_stop();
    wfp_flows_stop();
    wfp_injections_stop();
    wfp_objects_stop();
}

void wfp_set_reauthorize_mode(enum lab_reauthorize wanted)
{
    mode = wanted;
}

enum lab_reauthorize wfp_reauthorize_mode(void)
{
    if (mode != LAB_REAUTHORIZE_RANDOM) {
        return mode;
    }
    switch (wfp_port_random() % 8) {
    case 0:
        return LAB_REAUTHORIZE_NEVER;
    case 1:
    case 2:
    case 3:
        return LAB_REAUTHORIZE_LATER;
    default:
        return LAB_REAUTHORIZE_INSIDE;
    }
}
