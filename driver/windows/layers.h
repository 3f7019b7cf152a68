/* The layers the driver works at, one line each: what callouts.c registers and wfp_objects.c adds. */
#ifndef PR_LAYERS_H
#define PR_LAYERS_H

#include "edge.h"

struct pr_layer_entry {
    const GUID *callout;
    const GUID *layer;
    FWPS_CALLOUT_CLASSIFY_FN1 classify;
    PWSTR name;
    FWP_ACTION_TYPE action;                           /* of its filter */
    FWPS_CALLOUT_FLOW_DELETE_NOTIFY_FN0 flow_deleted; /* or NULL */
    UINT32 flags; /* what a packet's FLAGS must have for the filter to match; 0: any */
};

extern const struct pr_layer_entry pr_layers[PR_CALLOUT_COUNT];

#endif
