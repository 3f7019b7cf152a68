/*
 * INBOUND_TRANSPORT: only packets that are going to be judged at ALE_AUTH_RECV_ACCEPT come here, by the condition of the
 * filter, and each is permitted: who blocked it here would answer before anybody was asked (R51). A packet of a
 * connection that was let in causes no classify. Up to DISPATCH_LEVEL.
 */
#include "edge.h"

#define CLASSIFY(function)                                                                         \
    VOID NTAPI function(const FWPS_INCOMING_VALUES0 *values,                                       \
                        const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,                \
                        const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,              \
                        FWPS_CLASSIFY_OUT0 *out)                                                   \
    {                                                                                              \
        UNREFERENCED_PARAMETER(values);                                                            \
        UNREFERENCED_PARAMETER(metadata);                                                          \
        UNREFERENCED_PARAMETER(data);                                                              \
        UNREFERENCED_PARAMETER(context);                                                           \
        UNREFERENCED_PARAMETER(flow);                                                              \
        pr_out_permit(filter, out);                                                                \
    }

CLASSIFY(pr_classify_transport_v4)
CLASSIFY(pr_classify_transport_v6)
