/* FwpsPendOperation0 and FwpsCompleteOperation0: single-use contexts that are poison afterwards. */
#include "engine.h"

#define BUCKETS    4096
#define REMEMBERED 4096

static LIST_ENTRY buckets[BUCKETS];
static UINT64 next_id;
static ULONG open_pends;
/* How contexts ended, so that a second use can be told from the use of a dead endpoint's. */
static struct {
    UINT64 id;
    enum wfp_pend_state state;
} ended[REMEMBERED];

void wfp_pends_start(void)
{
    for (ULONG i = 0; i < BUCKETS; i++) {
        InitializeListHead(&buckets[i]);
    }
    memset(ended, 0, sizeof(ended));
    next_id = 0;
    open_pends = 0;
}

static LIST_ENTRY *bucket_of(UINT64 id)
{
    return &buckets[id % BUCKETS];
}

static struct wfp_pend *find(UINT64 id)
{
    LIST_ENTRY *bucket = bucket_of(id);
    for (LIST_ENTRY *e = bucket->Flink; e != bucket; e = e->Flink) {
        struct wfp_pend *pend = CONTAINING_RECORD(e, struct wfp_pend, link);
        if (pend->id == id) {
            return pend;
        }
    }
    return NULL;
}

static HANDLE context_of(UINT64 id)
{
    return (HANDLE)(ULONG_PTR)(0xc0de000000000000ull | id << 4);
}

static UINT64 id_of(HANDLE context)
{
    return ((UINT64)(ULONG_PTR)context & 0xffffffffffffull) >> 4;
}

/* With wfp_lock held. */
static void retire(struct wfp_pend *pend, enum wfp_pend_state state)
{
    (void)RemoveEntryList(&pend->link);
    ended[pend->id % REMEMBERED].id = pend->id;
    ended[pend->id % REMEMBERED].state = state;
    open_pends--;
}

void wfp_pends_stop(void)
{
    for (ULONG i = 0; i < BUCKETS; i++) {
        while (!IsListEmpty(&buckets[i])) {
            struct wfp_pend *pend = CONTAINING_RECORD(buckets[i].Flink, struct wfp_pend, link);
            wfp_port_broken("R17", "a pended operation was never completed");
            retire(pend, WFP_PEND_TORN_DOWN);
            wfp_attempt_release(pend->attempt);
            wfp_port_free(pend);
        }
    }
}

ULONG wfp_pends_open(void)
{
    return open_pends;
}

ULONG wfp_pends_of_callout(UINT32 callout_id)
{
    ULONG count = 0;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (ULONG i = 0; i < BUCKETS && open_pends > 0; i++) {
        for (LIST_ENTRY *e = buckets[i].Flink; e != &buckets[i]; e = e->Flink) {
            count += CONTAINING_RECORD(e, struct wfp_pend, link)->callout_id == callout_id ? 1 : 0;
        }
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return count;
}

static struct wfp_pend *take_of_endpoint(const struct wfp_endpoint *endpoint)
{
    struct wfp_pend *found = NULL;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    for (ULONG i = 0; i < BUCKETS && found == NULL && open_pends > 0; i++) {
        for (LIST_ENTRY *e = buckets[i].Flink; e != &buckets[i] && found == NULL; e = e->Flink) {
            struct wfp_pend *pend = CONTAINING_RECORD(e, struct wfp_pend, link);
            found = pend->attempt->endpoint == endpoint ? pend : NULL;
        }
    }
    if (found != NULL) {
        retire(found, WFP_PEND_TORN_DOWN);
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    return found;
}

/* A scan of everything open: only done for an endpoint that still has a pended attempt. */
void wfp_pends_tear_down(struct wfp_endpoint *endpoint)
{
    struct wfp_pend *pend;
    while ((pend = take_of_endpoint(endpoint)) != NULL) {
        wfp_port_broken("R52", "endpoint %llu went away while a pend of it was open",
                        (unsigned long long)endpoint->id);
        wfp_attempt_release(pend->attempt);
        wfp_port_free(pend);
    }
}

static struct wfp_frame *frame_of_handle(UINT64 handle)
{
    for (struct wfp_frame *frame = *wfp_port_frame(); frame != NULL; frame = frame->outer) {
        if (frame->completion_handle == handle) {
            return frame;
        }
    }
    return NULL;
}

/* The rules that a pend can break; false when it can't succeed. */
static bool may_pend(struct wfp_frame *frame)
{
    bool legal = true;
    if (!wfp_layer_may_pend_operation(frame->layer)) {
        wfp_port_broken(wfp_layer_may_pend_classify(frame->layer) ? "R14" : "R13",
                        "FwpsPendOperation0 at layer %u", frame->layer);
        legal = false;
    }
    if (frame->is_reauthorize) {
        wfp_port_broken("R3", "FwpsPendOperation0 during a reauthorization");
        legal = false;
    }
    if (!frame->handle_is_given) {
        wfp_port_broken("R2", "FwpsPendOperation0 with a completion handle that the metadata does "
                              "not announce");
        legal = false;
    }
    if (!frame->has_write) {
        wfp_port_broken("R5", "FwpsPendOperation0 without FWPS_RIGHT_ACTION_WRITE");
        legal = false;
    }
    if (frame->pended) {
        wfp_port_broken("R1", "FwpsPendOperation0 twice in one classify");
        legal = false;
    }
    return legal;
}

/* False when the socket has gone meanwhile. */
static bool add_pend(struct wfp_frame *frame, HANDLE *context)
{
    struct wfp_pend *pend = wfp_port_allocate(sizeof(*pend));
    bool closing;
    KIRQL irql;
    pend->attempt = frame->attempt;
    pend->callout_id = frame->callout->id;
    wfp_attempt_reference(pend->attempt);
    KeAcquireSpinLock(&wfp_lock, &irql);
    closing = pend->attempt->endpoint->closing;
    if (!closing) {
        pend->id = ++next_id;
        InsertTailList(bucket_of(pend->id), &pend->link);
        open_pends++;
        pend->attempt->state = WFP_PENDED;
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    if (closing) {
        wfp_attempt_release(pend->attempt);
        wfp_port_free(pend);
        return false;
    }
    frame->pended = true;
    *context = context_of(pend->id);
    wfp_port_trace("pend", "\"attempt\":%llu,\"pend\":%llu",
                   (unsigned long long)frame->attempt->number, (unsigned long long)id_of(*context));
    return true;
}

NTSTATUS FwpsPendOperation0(HANDLE completionHandle, HANDLE *completionContext)
{
    struct wfp_frame *frame = frame_of_handle((UINT64)(ULONG_PTR)completionHandle);
    NTSTATUS status;
    wfp_port_require_irql(DISPATCH_LEVEL, "FwpsPendOperation0", "R31");
    if (wfp_port_locks_held() != 0) {
        wfp_port_broken("R15", "FwpsPendOperation0 called with a spin lock held");
    }
    if (frame == NULL) {
        wfp_port_broken("R1", "FwpsPendOperation0 outside of the classify that its handle is from");
        return STATUS_FWP_CANNOT_PEND;
    }
    frame->used_before_return = true;
    wfp_port_yield();
    if (wfp_port_call_fails("FwpsPendOperation0", &status)) {
        return status;
    }
    if (!may_pend(frame) || !add_pend(frame, completionContext)) {
        return STATUS_FWP_CANNOT_PEND;
    }
    wfp_port_delay("FwpsPendOperation0 returns");
    wfp_port_yield();
    return STATUS_SUCCESS;
}

static void report_stale(UINT64 id)
{
    enum wfp_pend_state state = ended[id % REMEMBERED].state;
    bool known = id != 0 && ended[id % REMEMBERED].id == id;
    if (known && state == WFP_PEND_COMPLETED) {
        wfp_port_broken("R17", "a pended operation was completed twice");
    } else {
        wfp_port_broken("R18", "FwpsCompleteOperation0 with a %s context",
                        known ? "dead endpoint's" : "stale or invented");
    }
}

VOID FwpsCompleteOperation0(HANDLE completionContext, struct _NET_BUFFER_LIST *netBufferList)
{
    UINT64 id = id_of(completionContext);
    struct wfp_pend *pend;
    KIRQL irql;
    wfp_port_require_irql(DISPATCH_LEVEL, "FwpsCompleteOperation0", "R31");
    if (wfp_port_locks_held() != 0) {
        wfp_port_broken("R15", "FwpsCompleteOperation0 called with a spin lock held");
    }
    if (completionContext == NULL) {
        wfp_port_broken("R18", "FwpsCompleteOperation0 with a NULL context");
        return;
    }
    KeAcquireSpinLock(&wfp_lock, &irql);
    pend = find(id);
    if (pend != NULL) {
        retire(pend, WFP_PEND_COMPLETED);
    }
    KeReleaseSpinLock(&wfp_lock, irql);
    if (pend == NULL) {
        report_stale(id);
        return;
    }
    wfp_port_trace("complete", "\"attempt\":%llu,\"pend\":%llu",
                   (unsigned long long)pend->attempt->number, (unsigned long long)id);
    wfp_attempt_completed(pend->attempt, netBufferList);
    wfp_attempt_release(pend->attempt);
    wfp_port_free(pend);
    wfp_port_yield();
}
