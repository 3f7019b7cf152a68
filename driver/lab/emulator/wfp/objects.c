/* Provider, sublayer, callout and filter objects: sessions and transactions of FwpmXxx0. */
#include "engine.h"

#define MAX_OBJECTS      128
/* At or above this a sublayer may come before FWPM_SUBLAYER_UNIVERSAL. */
#define UNIVERSAL_WEIGHT 0x4000

struct session {
    LIST_ENTRY link;
    bool over; /* BFE has stopped meanwhile: the handle is good for closing only */
    bool dynamic;
    bool in_transaction;
};

enum object_kind {
    OBJECT_NONE,
    OBJECT_PROVIDER,
    OBJECT_SUBLAYER,
    OBJECT_CALLOUT
};

struct object {
    enum object_kind kind;
    GUID key;
    UINT16 value; /* a sublayer's weight, a callout's layer */
    bool persistent;
    struct session *session; /* NULL: it outlives its session */
    bool committed;
    bool deleted; /* by the transaction that is under way */
};

static LIST_ENTRY sessions;
static LIST_ENTRY filters; /* in the order of evaluation */
static struct object objects[MAX_OBJECTS];
static UINT64 next_filter;
static UINT32 next_callout;
static struct session *transaction; /* there is one at a time */
static const GUID foreign_key = {0xf0, 0, 0, {0}};

void wfp_objects_start(void)
{
    InitializeListHead(&sessions);
    InitializeListHead(&filters);
    memset(objects, 0, sizeof(objects));
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
    if (!wfp_bfe_runs()) {
        return RPC_NT_SERVER_UNAVAILABLE;
    }
    opened = wfp_port_allocate(sizeof(*opened));
    opened->dynamic = session != NULL && (session->flags & FWPM_SESSION_FLAG_DYNAMIC) != 0;
    KeAcquireSpinLock(&wfp_lock, &irql);
    InsertTailList(&sessions, &opened->link);
    KeReleaseSpinLock(&wfp_lock, irql);
    *engineHandle = opened;
    return STATUS_SUCCESS;
}

/* Which objects go. */
struct dropping {
    const struct session *session; /* NULL: those of all sessions that are over */
    bool all;                      /* else those that were not committed */
    bool deleted;                  /* instead: those that the transaction has deleted */
};

static bool is_dropped(const struct dropping *what, const struct session *owner, bool committed,
                       bool deleted)
{
    if (what->deleted) {
        return deleted;
    }
    if (what->session == NULL) {
        return owner != NULL && owner->over;
    }
    return owner == what->session && (what->all || !committed);
}

static void drop_objects(const struct dropping *what)
{
    for (ULONG i = 0; i < MAX_OBJECTS; i++) {
        const struct object *object = &objects[i];
        if (is_dropped(what, object->session, object->committed, object->deleted)) {
            memset(&objects[i], 0, sizeof(objects[i]));
        }
    }
}

static void drop_filters(const struct dropping *what)
{
    LIST_ENTRY dropped;
    KIRQL irql;
    InitializeListHead(&dropped);
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (LIST_ENTRY *e = filters.Flink, *next; e != &filters; e = next) {
        struct wfp_filter *filter = CONTAINING_RECORD(e, struct wfp_filter, link);
        next = e->Flink;
        if (is_dropped(what, filter->session, filter->committed, filter->deleted)) {
            (void)RemoveEntryList(e);
            InsertTailList(&dropped, e);
        }
    }
    drop_objects(what);
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

static struct session *find_session(HANDLE handle, const char *function, bool *over)
{
    struct session *found = NULL;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (LIST_ENTRY *e = sessions.Flink; e != &sessions && found == NULL; e = e->Flink) {
        struct session *session = CONTAINING_RECORD(e, struct session, link);
        found = session == handle ? session : NULL;
        *over = session->over;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    if (found == NULL) {
        wfp_port_broken("R55", "%s with an engine handle that is not open", function);
    }
    return found;
}

/* NULL without a report when the session has ended with BFE. */
static struct session *session_of(HANDLE handle, const char *function)
{
    bool over = false;
    struct session *session = find_session(handle, function, &over);
    return over ? NULL : session;
}

/* What is left of a session that isn't dynamic belongs to nobody. With wfp_lock held. */
static void disown(const struct session *session)
{
    for (LIST_ENTRY *e = filters.Flink; e != &filters; e = e->Flink) {
        struct wfp_filter *filter = CONTAINING_RECORD(e, struct wfp_filter, link);
        filter->session = filter->session == session ? NULL : filter->session;
    }
    for (ULONG i = 0; i < MAX_OBJECTS; i++) {
        objects[i].session = objects[i].session == session ? NULL : objects[i].session;
    }
}

NTSTATUS FwpmEngineClose0(HANDLE engineHandle)
{
    bool over = false;
    struct session *session = find_session(engineHandle, "FwpmEngineClose0", &over);
    KIRQL irql;
    wfp_port_require_irql(PASSIVE_LEVEL, "FwpmEngineClose0", "R57");
    if (session == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    drop_filters(&(struct dropping){session, session->dynamic, false});
    KeAcquireSpinLock(&wfp_lock, &irql);
    if (transaction == session) {
        transaction = NULL;
    }
    disown(session);
    (void)RemoveEntryList(&session->link);
    KeReleaseSpinLock(&wfp_lock, irql);
    wfp_port_free(session);
    wfp_flows_mark(FWP_CONDITION_REAUTHORIZE_REASON_POLICY_CHANGE);
    return STATUS_SUCCESS;
}

/* What the transaction has deleted stays, unless it is committed. With wfp_lock held. */
static void settle_deleted(bool gone)
{
    for (LIST_ENTRY *e = filters.Flink; e != &filters; e = e->Flink) {
        struct wfp_filter *filter = CONTAINING_RECORD(e, struct wfp_filter, link);
        filter->deleted = filter->deleted && gone;
    }
    for (ULONG i = 0; i < MAX_OBJECTS; i++) {
        objects[i].deleted = objects[i].deleted && gone;
    }
}

void wfp_objects_end_sessions(void)
{
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (LIST_ENTRY *e = sessions.Flink; e != &sessions; e = e->Flink) {
        CONTAINING_RECORD(e, struct session, link)->over = true;
    }
    settle_deleted(false);
    transaction = NULL;
    KeReleaseSpinLock(&wfp_lock, irql);
    drop_filters(&(struct dropping){NULL, true, false});
    wfp_flows_mark(FWP_CONDITION_REAUTHORIZE_REASON_POLICY_CHANGE);
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
    drop_filters(&(struct dropping){session, false, true});
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (ULONG i = 0; i < MAX_OBJECTS; i++) {
        objects[i].committed |= objects[i].session == session;
    }
    for (LIST_ENTRY *e = filters.Flink; e != &filters; e = e->Flink) {
        struct wfp_filter *filter = CONTAINING_RECORD(e, struct wfp_filter, link);
        filter->committed |= filter->session == session;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    wfp_flows_mark(FWP_CONDITION_REAUTHORIZE_REASON_POLICY_CHANGE); /* R37 */
}

static void abort_objects(struct session *session)
{
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    settle_deleted(false);
    KeReleaseSpinLock(&wfp_lock, irql);
    drop_filters(&(struct dropping){session, false, false});
}

static void end_transaction(struct session *session, bool commit)
{
    if (commit) {
        commit_objects(session);
    } else {
        abort_objects(session);
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

static struct object *find_object(enum object_kind kind, const GUID *key)
{
    for (ULONG i = 0; i < MAX_OBJECTS; i++) {
        if (objects[i].kind == kind && !objects[i].deleted && IsEqualGUID(&objects[i].key, key)) {
            return &objects[i];
        }
    }
    return NULL;
}

/* False when there is no room for it. */
static bool insert_object(const struct object *added)
{
    bool done = false;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (ULONG i = 0; i < MAX_OBJECTS && !done; i++) {
        if (objects[i].kind == OBJECT_NONE) {
            objects[i] = *added;
            done = true;
        }
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return done;
}

static NTSTATUS add_object(struct session *session, enum object_kind kind, struct object object)
{
    if (find_object(kind, &object.key) != NULL) {
        return STATUS_FWP_ALREADY_EXISTS;
    }
    if (object.persistent && session->dynamic) {
        return STATUS_FWP_DYNAMIC_SESSION_IN_PROGRESS;
    }
    object.kind = kind;
    object.session = session;
    object.committed = !session->in_transaction;
    return insert_object(&object) ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS FwpmProviderAdd0(HANDLE engineHandle, const FWPM_PROVIDER0 *provider, PVOID sd)
{
    struct session *session = session_of(engineHandle, "FwpmProviderAdd0");
    NTSTATUS status;
    (void)sd;
    if (session == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (fails("FwpmProviderAdd0", &status)) {
        return status;
    }
    if (provider->displayData.name == NULL) {
        return STATUS_FWP_NULL_DISPLAY_NAME;
    }
    return add_object(
        session, OBJECT_PROVIDER,
        (struct object){.key = provider->providerKey,
                        .persistent = (provider->flags & FWPM_PROVIDER_FLAG_PERSISTENT) != 0});
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
    return add_object(
        session, OBJECT_SUBLAYER,
        (struct object){.key = subLayer->subLayerKey,
                        .value = subLayer->weight,
                        .persistent = (subLayer->flags & FWPM_SUBLAYER_FLAG_PERSISTENT) != 0});
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
    status = add_object(
        session, OBJECT_CALLOUT,
        (struct object){.key = callout->calloutKey,
                        .value = layer,
                        .persistent = (callout->flags & FWPM_CALLOUT_FLAG_PERSISTENT) != 0});
    if (NT_SUCCESS(status) && id != NULL) {
        *id = ++next_callout;
    }
    return status;
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

/* What outlives the filter engine refers only to what does so too. */
static bool outlives(const FWPM_FILTER0 *filter)
{
    return (filter->flags & (FWPM_FILTER_FLAG_PERSISTENT | FWPM_FILTER_FLAG_BOOTTIME)) != 0;
}

static NTSTATUS check_lifetime(const FWPM_FILTER0 *filter, const struct session *session,
                               const struct object *callout)
{
    UINT32 both = FWPM_FILTER_FLAG_PERSISTENT | FWPM_FILTER_FLAG_BOOTTIME;
    const struct object *provider =
        filter->providerKey != NULL ? find_object(OBJECT_PROVIDER, filter->providerKey) : NULL;
    if (filter->providerKey != NULL && provider == NULL) {
        return STATUS_FWP_PROVIDER_NOT_FOUND;
    }
    if (!outlives(filter)) {
        return STATUS_SUCCESS;
    }
    if ((filter->flags & both) == both) {
        return STATUS_FWP_INVALID_PARAMETER;
    }
    if (session->dynamic) {
        return STATUS_FWP_DYNAMIC_SESSION_IN_PROGRESS;
    }
    return (provider == NULL || provider->persistent) &&
                   find_object(OBJECT_SUBLAYER, &filter->subLayerKey)->persistent &&
                   (callout == NULL || callout->persistent)
               ? STATUS_SUCCESS
               : STATUS_FWP_LIFETIME_MISMATCH;
}

static bool filter_exists(const GUID *key)
{
    static const GUID none;
    for (LIST_ENTRY *e = filters.Flink; e != &filters && !IsEqualGUID(key, &none); e = e->Flink) {
        const struct wfp_filter *filter = CONTAINING_RECORD(e, struct wfp_filter, link);
        if (!filter->deleted && IsEqualGUID(&filter->key, key)) {
            return true;
        }
    }
    return false;
}

static NTSTATUS check_filter(const FWPM_FILTER0 *filter, const struct session *session,
                             UINT16 *layer)
{
    bool calls_out = (filter->action.type & FWP_ACTION_FLAG_CALLOUT) != 0;
    struct object *callout =
        calls_out ? find_object(OBJECT_CALLOUT, &filter->action.calloutKey) : NULL;
    if (filter->displayData.name == NULL) {
        return STATUS_FWP_NULL_DISPLAY_NAME;
    }
    if (!wfp_layer_of_key(&filter->layerKey, layer)) {
        return STATUS_FWP_LAYER_NOT_FOUND;
    }
    if (calls_out && (callout == NULL || callout->value != *layer)) {
        return STATUS_FWP_CALLOUT_NOT_FOUND;
    }
    if (!conditions_known(filter)) {
        wfp_port_broken("W1", "the emulator has one filter condition: FLAGS, all set");
        return STATUS_NOT_SUPPORTED;
    }
    if (find_object(OBJECT_SUBLAYER, &filter->subLayerKey) == NULL) {
        return STATUS_FWP_SUBLAYER_NOT_FOUND;
    }
    return filter_exists(&filter->filterKey) ? STATUS_FWP_ALREADY_EXISTS
                                             : check_lifetime(filter, session, callout);
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
    status = check_filter(filter, session, &layer);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    added = wfp_port_allocate(sizeof(*added));
    added->layer = layer;
    added->weight = weight_of(&filter->weight);
    added->sublayer_weight = find_object(OBJECT_SUBLAYER, &filter->subLayerKey)->value;
    added->sublayer = filter->subLayerKey;
    added->persistent = outlives(filter);
    added->boot = (filter->flags & FWPM_FILTER_FLAG_BOOTTIME) != 0;
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

/* The object, when this call may go on and delete it; else the status says why not. */
static struct object *to_delete(HANDLE handle, const char *function, enum object_kind kind,
                                const GUID *key, NTSTATUS *status)
{
    struct object *found;
    if (session_of(handle, function) == NULL) {
        *status = STATUS_INVALID_HANDLE;
        return NULL;
    }
    if (fails(function, status)) {
        return NULL;
    }
    found = find_object(kind, key);
    *status = found != NULL ? STATUS_SUCCESS : STATUS_FWP_NOT_FOUND;
    return found;
}

static bool is_used(const struct object *object)
{
    for (LIST_ENTRY *e = filters.Flink; e != &filters; e = e->Flink) {
        const struct wfp_filter *filter = CONTAINING_RECORD(e, struct wfp_filter, link);
        const GUID *key =
            object->kind == OBJECT_SUBLAYER ? &filter->sublayer : &filter->callout_key;
        if (!filter->deleted && IsEqualGUID(key, &object->key)) {
            return true;
        }
    }
    return false;
}

static NTSTATUS delete_object(HANDLE handle, const char *function, enum object_kind kind,
                              const GUID *key)
{
    NTSTATUS status;
    struct object *object = to_delete(handle, function, kind, key, &status);
    if (object == NULL) {
        return status;
    }
    if (kind != OBJECT_PROVIDER && is_used(object)) {
        return STATUS_FWP_IN_USE;
    }
    object->deleted = true;
    return STATUS_SUCCESS;
}

NTSTATUS FwpmProviderDeleteByKey0(HANDLE engineHandle, const GUID *key)
{
    return delete_object(engineHandle, "FwpmProviderDeleteByKey0", OBJECT_PROVIDER, key);
}

NTSTATUS FwpmSubLayerDeleteByKey0(HANDLE engineHandle, const GUID *key)
{
    return delete_object(engineHandle, "FwpmSubLayerDeleteByKey0", OBJECT_SUBLAYER, key);
}

NTSTATUS FwpmCalloutDeleteByKey0(HANDLE engineHandle, const GUID *key)
{
    return delete_object(engineHandle, "FwpmCalloutDeleteByKey0", OBJECT_CALLOUT, key);
}

NTSTATUS FwpmFilterDeleteByKey0(HANDLE engineHandle, const GUID *key)
{
    NTSTATUS status;
    if (session_of(engineHandle, "FwpmFilterDeleteByKey0") == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (fails("FwpmFilterDeleteByKey0", &status)) {
        return status;
    }
    for (LIST_ENTRY *e = filters.Flink; e != &filters; e = e->Flink) {
        struct wfp_filter *filter = CONTAINING_RECORD(e, struct wfp_filter, link);
        if (!filter->deleted && IsEqualGUID(&filter->key, key)) {
            filter->deleted = true;
            return STATUS_SUCCESS;
        }
    }
    return STATUS_FWP_FILTER_NOT_FOUND;
}

/* Boot-time filters count from the start of the computer until the filter engine runs, all others while it does. */
static bool is_enforced(const struct wfp_filter *filter)
{
    const struct session *session = filter->session;
    bool over = session != NULL && session->over;
    return filter->boot ? wfp_bfe_is_booting() : wfp_bfe_enforces() && !over;
}

ULONG wfp_filters_of(UINT16 layer, struct wfp_filter *copies, ULONG capacity)
{
    ULONG count = 0;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (LIST_ENTRY *e = filters.Flink; e != &filters && count < capacity; e = e->Flink) {
        struct wfp_filter *filter = CONTAINING_RECORD(e, struct wfp_filter, link);
        if (filter->layer == layer && filter->committed && is_enforced(filter)) {
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
