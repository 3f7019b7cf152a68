/* Provider, sublayer, callout and filter objects: sessions and transactions of FwpmXxx0. */
#include "engine.h"

#define MAX_SUBLAYERS    32
#define MAX_CALLOUTS     64
/* At or above this a sublayer may come before FWPM_SUBLAYER_UNIVERSAL. */
#define UNIVERSAL_WEIGHT 0x4000

struct session {
    LIST_ENTRY link;
    bool dynamic;
    bool in_transaction;
};

struct sublayer {
    GUID key;
    UINT16 weight;
    struct session *session;
    bool used;
    bool committed;
};

struct callout_object {
    GUID key;
    UINT16 layer;
    struct session *session;
    bool used;
    bool committed;
};

static LIST_ENTRY sessions;
static LIST_ENTRY filters; /* in the order of evaluation */
static struct sublayer sublayers[MAX_SUBLAYERS];
static struct callout_object callouts[MAX_CALLOUTS];
static UINT64 next_filter;
static UINT32 next_callout;
static struct session *transaction; /* there is one at a time */
static const GUID foreign_key = {0xf0, 0, 0, {0}};

void wfp_objects_start(void)
{
    InitializeListHead(&sessions);
    InitializeListHead(&filters);
    memset(sublayers, 0, sizeof(sublayers));
    memset(callouts, 0, sizeof(callouts));
    next_filter = 0x10000;
    next_callout = 0;
    transaction = NULL;
}

void wfp_objects_stop(void)
{
    wfp_foreign_filters_remove();
    while (!IsListEmpty(&sessions)) {
        wfp_port_broken("R55", "a filter engine session is open after unload");
        wfp_port_free(CONTAINING_RECORD(RemoveHeadList(&sessions), struct session, link));
    }
    while (!IsListEmpty(&filters)) {
        wfp_port_free(CONTAINING_RECORD(RemoveHeadList(&filters), struct wfp_filter, link));
    }
}

static bool fails(const char *name, NTSTATUS *status)
{
    wfp_port_require_irql(PASSIVE_LEVEL, name, "R57");
    if (wfp_port_locks_held() != 0) {
        wfp_port_broken("R15", "%s called with a spin lock held", name);
    }
    return wfp_port_call_fails(name, status);
}

NTSTATUS FwpmEngineOpen0(const WCHAR *serverName, UINT32 authnService, PVOID authIdentity,
                         const FWPM_SESSION0 *session, HANDLE *engineHandle)
{
    struct session *opened;
    NTSTATUS status;
    KIRQL irql;
    (void)serverName;
    (void)authnService;
    (void)authIdentity;
    if (fails("FwpmEngineOpen0", &status)) {
        return status;
    }
    opened = wfp_port_allocate(sizeof(*opened));
    opened->dynamic = session != NULL && (session->flags & FWPM_SESSION_FLAG_DYNAMIC) != 0;
    KeAcquireSpinLock(&wfp_lock, &irql);
    InsertTailList(&sessions, &opened->link);
    KeReleaseSpinLock(&wfp_lock, irql);
    *engineHandle = opened;
    return STATUS_SUCCESS;
}

/* Objects of a session that are dropped: all, or those that were not committed. */
static void drop_objects(struct session *session, bool all)
{
    for (ULONG i = 0; i < MAX_SUBLAYERS; i++) {
        if (sublayers[i].session == session && (all || !sublayers[i].committed)) {
            memset(&sublayers[i], 0, sizeof(sublayers[i]));
        }
    }
    for (ULONG i = 0; i < MAX_CALLOUTS; i++) {
        if (callouts[i].session == session && (all || !callouts[i].committed)) {
            memset(&callouts[i], 0, sizeof(callouts[i]));
        }
    }
}

static void drop_filters(struct session *session, bool all)
{
    LIST_ENTRY dropped;
    KIRQL irql;
    InitializeListHead(&dropped);
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (LIST_ENTRY *e = filters.Flink, *next; e != &filters; e = next) {
        struct wfp_filter *filter = CONTAINING_RECORD(e, struct wfp_filter, link);
        next = e->Flink;
        if (filter->session == session && (all || !filter->committed)) {
            (void)RemoveEntryList(e);
            InsertTailList(&dropped, e);
        }
    }
    drop_objects(session, all);
    KeReleaseSpinLock(&wfp_lock, irql);
    while (!IsListEmpty(&dropped)) {
        struct wfp_filter *filter =
            CONTAINING_RECORD(RemoveHeadList(&dropped), struct wfp_filter, link);
        struct wfp_callout *callout = wfp_callout_enter(&filter->callout_key);
        if (callout != NULL) {
            FWPS_FILTER1 view = {.filterId = filter->id, .context = filter->context};
            (void)callout->callout.notifyFn(FWPS_CALLOUT_NOTIFY_DELETE_FILTER, NULL, &view);
            wfp_port_check_returned("a notify function", PASSIVE_LEVEL);
            wfp_callout_leave(callout);
        }
        wfp_port_free(filter);
    }
}

static struct session *session_of(HANDLE handle, const char *function)
{
    for (LIST_ENTRY *e = sessions.Flink; e != &sessions; e = e->Flink) {
        if (CONTAINING_RECORD(e, struct session, link) == handle) {
            return handle;
        }
    }
    wfp_port_broken("R55", "%s with an engine handle that is not open", function);
    return NULL;
}

NTSTATUS FwpmEngineClose0(HANDLE engineHandle)
{
    struct session *session = session_of(engineHandle, "FwpmEngineClose0");
    KIRQL irql;
    wfp_port_require_irql(PASSIVE_LEVEL, "FwpmEngineClose0", "R57");
    if (session == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    drop_filters(session, session->dynamic);
    KeAcquireSpinLock(&wfp_lock, &irql);
    if (transaction == session) {
        transaction = NULL;
    }
    (void)RemoveEntryList(&session->link);
    KeReleaseSpinLock(&wfp_lock, irql);
    wfp_port_free(session);
    wfp_flows_mark(FWP_CONDITION_REAUTHORIZE_REASON_POLICY_CHANGE);
    return STATUS_SUCCESS;
}

NTSTATUS FwpmTransactionBegin0(HANDLE engineHandle, UINT32 flags)
{
    struct session *session = session_of(engineHandle, "FwpmTransactionBegin0");
    NTSTATUS status;
    (void)flags;
    if (session == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (fails("FwpmTransactionBegin0", &status)) {
        return status;
    }
    if (transaction != NULL) {
        return STATUS_FWP_TXN_IN_PROGRESS;
    }
    transaction = session;
    session->in_transaction = true;
    return STATUS_SUCCESS;
}

static void commit_objects(struct session *session)
{
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (ULONG i = 0; i < MAX_SUBLAYERS; i++) {
        sublayers[i].committed |= sublayers[i].session == session;
    }
    for (ULONG i = 0; i < MAX_CALLOUTS; i++) {
        callouts[i].committed |= callouts[i].session == session;
    }
    for (LIST_ENTRY *e = filters.Flink; e != &filters; e = e->Flink) {
        struct wfp_filter *filter = CONTAINING_RECORD(e, struct wfp_filter, link);
        filter->committed |= filter->session == session;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    wfp_flows_mark(FWP_CONDITION_REAUTHORIZE_REASON_POLICY_CHANGE); /* R37 */
}

static void end_transaction(struct session *session, bool commit)
{
    if (commit) {
        commit_objects(session);
    } else {
        drop_filters(session, false);
    }
    session->in_transaction = false;
    transaction = NULL;
}

NTSTATUS FwpmTransactionCommit0(HANDLE engineHandle)
{
    struct session *session = session_of(engineHandle, "FwpmTransactionCommit0");
    NTSTATUS status;
    if (session == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (!session->in_transaction) {
        return STATUS_FWP_NO_TXN_IN_PROGRESS;
    }
    if (fails("FwpmTransactionCommit0", &status)) {
        end_transaction(session, false);
        return status;
    }
    end_transaction(session, true);
    return STATUS_SUCCESS;
}

NTSTATUS FwpmTransactionAbort0(HANDLE engineHandle)
{
    struct session *session = session_of(engineHandle, "FwpmTransactionAbort0");
    if (session == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (!session->in_transaction) {
        return STATUS_FWP_NO_TXN_IN_PROGRESS;
    }
    end_transaction(session, false);
    return STATUS_SUCCESS;
}

NTSTATUS FwpmProviderAdd0(HANDLE engineHandle, const FWPM_PROVIDER0 *provider, PVOID sd)
{
    NTSTATUS status;
    (void)sd;
    if (session_of(engineHandle, "FwpmProviderAdd0") == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (fails("FwpmProviderAdd0", &status)) {
        return status;
    }
    return provider->displayData.name != NULL ? STATUS_SUCCESS : STATUS_FWP_NULL_DISPLAY_NAME;
}

static struct sublayer *find_sublayer(const GUID *key)
{
    for (ULONG i = 0; i < MAX_SUBLAYERS; i++) {
        if (sublayers[i].used && IsEqualGUID(&sublayers[i].key, key)) {
            return &sublayers[i];
        }
    }
    return NULL;
}

NTSTATUS FwpmSubLayerAdd0(HANDLE engineHandle, const FWPM_SUBLAYER0 *subLayer, PVOID sd)
{
    struct session *session = session_of(engineHandle, "FwpmSubLayerAdd0");
    NTSTATUS status;
    (void)sd;
    if (session == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (fails("FwpmSubLayerAdd0", &status)) {
        return status;
    }
    if (subLayer->weight >= UNIVERSAL_WEIGHT) {
        wfp_port_broken("R60", "a sublayer of weight 0x%x does not lie below IPsec's",
                        subLayer->weight);
    }
    if (subLayer->displayData.name == NULL) {
        return STATUS_FWP_NULL_DISPLAY_NAME;
    }
    if (find_sublayer(&subLayer->subLayerKey) != NULL) {
        return STATUS_FWP_ALREADY_EXISTS;
    }
    for (ULONG i = 0; i < MAX_SUBLAYERS; i++) {
        if (!sublayers[i].used) {
            sublayers[i] = (struct sublayer){subLayer->subLayerKey, subLayer->weight, session, true,
                                             !session->in_transaction};
            return STATUS_SUCCESS;
        }
    }
    return STATUS_INSUFFICIENT_RESOURCES;
}

static struct callout_object *find_callout(const GUID *key)
{
    for (ULONG i = 0; i < MAX_CALLOUTS; i++) {
        if (callouts[i].used && IsEqualGUID(&callouts[i].key, key)) {
            return &callouts[i];
        }
    }
    return NULL;
}

NTSTATUS FwpmCalloutAdd0(HANDLE engineHandle, const FWPM_CALLOUT0 *callout, PVOID sd, UINT32 *id)
{
    struct session *session = session_of(engineHandle, "FwpmCalloutAdd0");
    NTSTATUS status;
    UINT16 layer;
    (void)sd;
    if (session == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (fails("FwpmCalloutAdd0", &status)) {
        return status;
    }
    if (callout->displayData.name == NULL) {
        return STATUS_FWP_NULL_DISPLAY_NAME;
    }
    if (!wfp_layer_of_key(&callout->applicableLayer, &layer)) {
        return STATUS_FWP_LAYER_NOT_FOUND;
    }
    if (find_callout(&callout->calloutKey) != NULL) {
        return STATUS_FWP_ALREADY_EXISTS;
    }
    for (ULONG i = 0; i < MAX_CALLOUTS; i++) {
        if (!callouts[i].used) {
            callouts[i] = (struct callout_object){callout->calloutKey, layer, session, true,
                                                  !session->in_transaction};
            if (id != NULL) {
                *id = ++next_callout;
            }
            return STATUS_SUCCESS;
        }
    }
    return STATUS_INSUFFICIENT_RESOURCES;
}

/* Sublayers by weight, highest first; in one sublayer filters by weight, highest first. */
static void insert_filter(struct wfp_filter *filter)
{
    KIRQL irql;
    LIST_ENTRY *at;
    KeAcquireSpinLock(&wfp_lock, &irql);
    filter->id = ++next_filter;
    for (at = filters.Flink; at != &filters; at = at->Flink) {
        struct wfp_filter *other = CONTAINING_RECORD(at, struct wfp_filter, link);
        if (other->sublayer_weight < filter->sublayer_weight ||
            (other->sublayer_weight == filter->sublayer_weight && other->weight < filter->weight)) {
            break;
        }
    }
    InsertTailList(at, &filter->link);
    KeReleaseSpinLock(&wfp_lock, irql);
}

static bool conditions_known(const FWPM_FILTER0 *filter)
{
    const FWPM_FILTER_CONDITION0 *condition = filter->filterCondition;
    return filter->numFilterConditions == 0 ||
           (filter->numFilterConditions == 1 &&
            IsEqualGUID(&condition->fieldKey, &FWPM_CONDITION_FLAGS) &&
            condition->matchType == FWP_MATCH_FLAGS_ALL_SET &&
            condition->conditionValue.type == FWP_UINT32);
}

static NTSTATUS check_filter(const FWPM_FILTER0 *filter, UINT16 *layer)
{
    bool calls_out = (filter->action.type & FWP_ACTION_FLAG_CALLOUT) != 0;
    struct callout_object *callout = calls_out ? find_callout(&filter->action.calloutKey) : NULL;
    if (filter->displayData.name == NULL) {
        return STATUS_FWP_NULL_DISPLAY_NAME;
    }
    if (!wfp_layer_of_key(&filter->layerKey, layer)) {
        return STATUS_FWP_LAYER_NOT_FOUND;
    }
    if (calls_out && (callout == NULL || callout->layer != *layer)) {
        return STATUS_FWP_CALLOUT_NOT_FOUND;
    }
    if (!conditions_known(filter)) {
        wfp_port_broken("W1", "the emulator has one filter condition: FLAGS, all set");
        return STATUS_NOT_SUPPORTED;
    }
    return find_sublayer(&filter->subLayerKey) != NULL ? STATUS_SUCCESS
                                                       : STATUS_FWP_SUBLAYER_NOT_FOUND;
}

static UINT64 weight_of(const FWP_VALUE0 *weight)
{
    switch (weight->type) {
    case FWP_UINT8:
        return (UINT64)weight->uint8 << 60;
    case FWP_UINT64:
        return *weight->uint64;
    default:
        return 0;
    }
}

static UINT16 run_time_flags(UINT32 flags)
{
    UINT16 result = 0;
    result |= (flags & FWPM_FILTER_FLAG_CLEAR_ACTION_RIGHT) != 0
                  ? FWPS_FILTER_FLAG_CLEAR_ACTION_RIGHT
                  : 0;
    result |= (flags & FWPM_FILTER_FLAG_PERMIT_IF_CALLOUT_UNREGISTERED) != 0
                  ? FWPS_FILTER_FLAG_PERMIT_IF_CALLOUT_UNREGISTERED
                  : 0;
    return result;
}

static NTSTATUS notify_added(struct wfp_filter *filter)
{
    struct wfp_callout *callout = wfp_callout_enter(&filter->callout_key);
    FWPS_FILTER1 view = {
        .filterId = filter->id, .context = filter->context, .flags = filter->flags};
    NTSTATUS status = STATUS_SUCCESS;
    if (callout != NULL) {
        status = callout->callout.notifyFn(FWPS_CALLOUT_NOTIFY_ADD_FILTER, &filter->key, &view);
        wfp_port_check_returned("a notify function", PASSIVE_LEVEL);
        wfp_callout_leave(callout);
    }
    return status;
}

NTSTATUS FwpmFilterAdd0(HANDLE engineHandle, const FWPM_FILTER0 *filter, PVOID sd, UINT64 *id)
{
    struct session *session = session_of(engineHandle, "FwpmFilterAdd0");
    struct wfp_filter *added;
    NTSTATUS status;
    UINT16 layer = 0;
    (void)sd;
    if (session == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (fails("FwpmFilterAdd0", &status)) {
        return status;
    }
    status = check_filter(filter, &layer);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    added = wfp_port_allocate(sizeof(*added));
    added->layer = layer;
    added->weight = weight_of(&filter->weight);
    added->sublayer_weight = find_sublayer(&filter->subLayerKey)->weight;
    added->flags = run_time_flags(filter->flags);
    added->matches =
        filter->numFilterConditions != 0 ? filter->filterCondition->conditionValue.uint32 : 0;
    added->action = filter->action.type;
    added->key = filter->filterKey;
    added->callout_key = filter->action.calloutKey;
    added->context = filter->rawContext;
    added->session = session;
    added->committed = !session->in_transaction;
    insert_filter(added);
    if (id != NULL) {
        *id = added->id;
    }
    return notify_added(added);
}

ULONG wfp_filters_of(UINT16 layer, struct wfp_filter *copies, ULONG capacity)
{
    ULONG count = 0;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (LIST_ENTRY *e = filters.Flink; e != &filters && count < capacity; e = e->Flink) {
        struct wfp_filter *filter = CONTAINING_RECORD(e, struct wfp_filter, link);
        if (filter->layer == layer && filter->committed) {
            copies[count++] = *filter;
        }
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return count;
}

UINT64 wfp_foreign_filter_add(UINT16 layer, UINT16 weight, FWP_ACTION_TYPE action, bool hard)
{
    struct wfp_filter *added = wfp_port_allocate(sizeof(*added));
    added->layer = layer;
    added->sublayer_weight = weight;
    added->flags = hard ? FWPS_FILTER_FLAG_CLEAR_ACTION_RIGHT : 0;
    added->action = action;
    added->key = foreign_key;
    added->committed = true;
    insert_filter(added);
    wfp_flows_mark(FWP_CONDITION_REAUTHORIZE_REASON_POLICY_CHANGE);
    return added->id;
}

void wfp_foreign_filters_remove(void)
{
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (LIST_ENTRY *e = filters.Flink, *next; e != &filters; e = next) {
        struct wfp_filter *filter = CONTAINING_RECORD(e, struct wfp_filter, link);
        next = e->Flink;
        if (IsEqualGUID(&filter->key, &foreign_key)) {
            (void)RemoveEntryList(e);
            wfp_port_free(filter);
        }
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    wfp_flows_mark(FWP_CONDITION_REAUTHORIZE_REASON_POLICY_CHANGE);
}
