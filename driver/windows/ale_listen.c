/*
 * ALE_AUTH_LISTEN and ALE_RESOURCE_RELEASE: observed, never pended. A listening socket is remembered until it goes, since
 * the service that listens is known from the thread that called listen() alone: what comes in later comes on any thread.
 * Up to DISPATCH_LEVEL.
 */
#include "edge.h"

#define FIELDS(name, version)                                                                      \
    {                                                                                              \
        .family = PR_FAMILY_IP##version,                                                           \
        .local_address = FWPS_FIELD_##name##_##version##_IP_LOCAL_ADDRESS,                         \
        .local_port = FWPS_FIELD_##name##_##version##_IP_LOCAL_PORT,                               \
        .flags = FWPS_FIELD_##name##_##version##_FLAGS,                                            \
    }

static const struct pr_layer_fields listen_v4 = FIELDS(ALE_AUTH_LISTEN, V4);
static const struct pr_layer_fields listen_v6 = FIELDS(ALE_AUTH_LISTEN, V6);
static const struct pr_layer_fields release_v4 = FIELDS(ALE_RESOURCE_RELEASE, V4);
static const struct pr_layer_fields release_v6 = FIELDS(ALE_RESOURCE_RELEASE, V6);

static VOID go_on(FWPS_CLASSIFY_OUT0 *out)
{
    if ((out->rights & FWPS_RIGHT_ACTION_WRITE) != 0) {
        out->actionType = FWP_ACTION_CONTINUE;
    }
}

static VOID listens(const struct pr_layer_fields *fields, const FWPS_INCOMING_VALUES0 *values,
                    const FWPS_INCOMING_METADATA_VALUES0 *metadata)
{
    struct pr_key key;
    pr_fields_key(fields, values, metadata, &key);
    pr_engine_listens(pr_edge_instance->engine, &key, pr_fields_service(metadata));
}

static VOID released(const struct pr_layer_fields *fields, const FWPS_INCOMING_VALUES0 *values,
                     const FWPS_INCOMING_METADATA_VALUES0 *metadata)
{
    struct pr_key key;
    pr_fields_key(fields, values, metadata, &key);
    pr_engine_released(pr_edge_instance->engine, &key);
}

#define CLASSIFY(function, handle, fields)                                                         \
    VOID NTAPI function(const FWPS_INCOMING_VALUES0 *values,                                       \
                        const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,                \
                        const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,              \
                        FWPS_CLASSIFY_OUT0 *out)                                                   \
    {                                                                                              \
        UNREFERENCED_PARAMETER(data);                                                              \
        UNREFERENCED_PARAMETER(context);                                                           \
        UNREFERENCED_PARAMETER(filter);                                                            \
        UNREFERENCED_PARAMETER(flow);                                                              \
        go_on(out);                                                                                \
        handle(&fields, values, metadata);                                                         \
    }

CLASSIFY(pr_classify_listen_v4, listens, listen_v4)
CLASSIFY(pr_classify_listen_v6, listens, listen_v6)
CLASSIFY(pr_classify_release_v4, released, release_v4)
CLASSIFY(pr_classify_release_v6, released, release_v6)
