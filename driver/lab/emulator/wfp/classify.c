/* Arbitration: filters and sublayers from the highest to the lowest, action rights, hard and soft verdicts. */
#include "packet.h"

#define MAX_FILTERS 64

/* The decision so far; `write` is FWPS_RIGHT_ACTION_WRITE: a lower sublayer may still change it. */
struct decision {
    FWP_ACTION_TYPE action;
    bool write;
    bool pended;
    bool absorbed;
};

struct run {
    UINT16 layer;
    struct wfp_attempt *attempt;
    UINT32 reason;
    bool reason_empty; /* the callout isn't told `reason` (R33) */
    struct wfp_closure *closure;
    struct wfp_input *input;
    struct wfp_packet *injected; /* the packet is the driver's own, not one of `input` */
    UINT64 completion_handle;
};

static const char *action_name(FWP_ACTION_TYPE action)
{
    switch (action) {
    case FWP_ACTION_PERMIT:
        return "permit";
    case FWP_ACTION_BLOCK:
        return "block";
    case FWP_ACTION_CONTINUE:
        return "continue";
    case FWP_ACTION_NONE:
        return "none";
    default:
        return "?";
    }
}

static void check_rights(const struct decision *before, const FWPS_CLASSIFY_OUT0 *out)
{
    bool vetoes = before->action == FWP_ACTION_PERMIT && out->actionType == FWP_ACTION_BLOCK;
    if (!before->write && out->actionType != before->action && !vetoes) {
        wfp_port_broken("R5", "a classify without FWPS_RIGHT_ACTION_WRITE changed %s into %s",
                        action_name(before->action), action_name(out->actionType));
    }
}

static void check_absorb(UINT16 layer, const FWPS_CLASSIFY_OUT0 *out)
{
    if ((out->flags & FWPS_CLASSIFY_OUT_FLAG_ABSORB) != 0 && out->actionType != FWP_ACTION_BLOCK) {
        wfp_port_broken("R8", "ABSORB together with %s at layer %u", action_name(out->actionType),
                        layer);
    }
}

static void check_pended(const FWPS_CLASSIFY_OUT0 *out)
{
    if (out->actionType != FWP_ACTION_BLOCK || (out->flags & FWPS_CLASSIFY_OUT_FLAG_ABSORB) == 0) {
        wfp_port_broken("R6", "a pended classify returned %s, ABSORB %s",
                        action_name(out->actionType),
                        (out->flags & FWPS_CLASSIFY_OUT_FLAG_ABSORB) != 0 ? "set" : "not set");
    }
    if ((out->rights & FWPS_RIGHT_ACTION_WRITE) != 0) {
        wfp_port_broken("R7", "a pended classify left FWPS_RIGHT_ACTION_WRITE set");
    }
}

static void check_permit(const FWPS_CLASSIFY_OUT0 *out, const struct wfp_filter *filter)
{
    if (out->actionType == FWP_ACTION_PERMIT && (out->rights & FWPS_RIGHT_ACTION_WRITE) == 0 &&
        (filter->flags & FWPS_FILTER_FLAG_CLEAR_ACTION_RIGHT) == 0) {
        wfp_port_broken("R59", "a callout made its PERMIT hard though its filter doesn't say so");
    }
}

static void check_reauthorized(const FWPS_CLASSIFY_OUT0 *out, UINT32 reason)
{
    bool decides = out->actionType == FWP_ACTION_PERMIT || out->actionType == FWP_ACTION_BLOCK;
    bool completes = (reason & FWP_CONDITION_REAUTHORIZE_REASON_CLASSIFY_COMPLETION) != 0;
    if (!decides) {
        wfp_port_broken(completes ? "R21" : "R36", "a reauthorization (reason 0x%x) was left at %s",
                        reason, action_name(out->actionType));
    }
    if (completes && out->actionType == FWP_ACTION_BLOCK &&
        (out->rights & FWPS_RIGHT_ACTION_WRITE) != 0) {
        wfp_port_broken("R22", "the BLOCK of a completion's reauthorization is soft");
    }
    if (completes && (out->flags & FWPS_CLASSIFY_OUT_FLAG_ABSORB) != 0 &&
        out->actionType == FWP_ACTION_PERMIT) {
        wfp_port_broken("R8", "a completion's reauthorization absorbs what it permits");
    }
}

static void check_failed_pend(const struct wfp_frame *frame, const FWPS_CLASSIFY_OUT0 *out)
{
    bool decides = out->actionType == FWP_ACTION_PERMIT || out->actionType == FWP_ACTION_BLOCK;
    if (frame->used_before_return && !frame->pended && !decides) {
        wfp_port_broken("R9", "a classify whose pend failed was left at %s",
                        action_name(out->actionType));
    }
}

/* Who only inspects has no say. */
static void check_inspection(const struct wfp_frame *frame, const struct decision *before,
                             const FWPS_CLASSIFY_OUT0 *out, const struct wfp_filter *filter)
{
    bool decides = out->actionType == FWP_ACTION_PERMIT || out->actionType == FWP_ACTION_BLOCK;
    if (filter->action == FWP_ACTION_CALLOUT_INSPECTION && decides &&
        out->actionType != before->action) {
        wfp_port_broken("R13", "a callout that inspects decided %s at layer %u",
                        action_name(out->actionType), frame->layer);
    }
}

static void check_out(const struct wfp_frame *frame, const struct decision *before,
                      const FWPS_CLASSIFY_OUT0 *out, const struct wfp_filter *filter)
{
    check_absorb(frame->layer, out);
    check_inspection(frame, before, out, filter);
    if (frame->pended) {
        check_pended(out);
        return;
    }
    check_failed_pend(frame, out);
    if (!before->write) {
        check_rights(before, out);
        return;
    }
    check_permit(out, filter);
}

static KIRQL classify_irql(const struct run *run)
{
    return run->closure == NULL && run->attempt->odd.at_dispatch ? DISPATCH_LEVEL : PASSIVE_LEVEL;
}

static void call_classify(const struct run *run, struct wfp_frame *frame,
                          const struct wfp_filter *filter, FWPS_CLASSIFY_OUT0 *out)
{
    FWPS_FILTER1 view = {.filterId = filter->id,
                         .subLayerWeight = filter->sublayer_weight,
                         .flags = filter->flags,
                         .context = filter->context};
    PEPROCESS before = wfp_port_act_for(run->attempt->process);
    KIRQL wanted = classify_irql(run), irql = KeGetCurrentIrql();
    void **slot = wfp_port_frame();
    if (wanted > irql) {
        KeRaiseIrql(wanted, &irql);
    }
    view.action.type = filter->action;
    view.action.calloutId = frame->callout->id;
    frame->outer = *slot;
    *slot = frame;
    frame->callout->callout.classifyFn(&run->input->values, &run->input->meta,
                                       (VOID *)(ULONG_PTR)frame->packet, frame, &view, 0, out);
    *slot = frame->outer;
    wfp_port_check_returned("classifyFn", wanted > irql ? wanted : irql);
    if (wanted > irql) {
        KeLowerIrql(irql);
    }
    (void)wfp_port_act_for(before);
}

static void trace_classify(const struct run *run, const struct wfp_frame *frame,
                           const FWPS_CLASSIFY_OUT0 *out)
{
    if (wfp_port_tracing()) {
        wfp_port_trace("classify",
                       "\"layer\":%u,\"attempt\":%llu,\"endpoint\":%llu,\"reauthorize\":%u,"
                       "\"action\":\"%s\",\"absorb\":%s,\"hard\":%s,\"pended\":%s",
                       run->layer, (unsigned long long)run->attempt->number,
                       (unsigned long long)run->attempt->endpoint->id, run->reason,
                       action_name(out->actionType),
                       (out->flags & FWPS_CLASSIFY_OUT_FLAG_ABSORB) != 0 ? "true" : "false",
                       (out->rights & FWPS_RIGHT_ACTION_WRITE) != 0 ? "false" : "true",
                       frame->pended ? "true" : "false");
    }
}

static void check_packet(const struct run *run, const struct wfp_frame *frame,
                         const FWPS_CLASSIFY_OUT0 *out)
{
    bool ours =
        frame->packet != NULL && (frame->packet->state == FWPS_PACKET_INJECTED_BY_SELF ||
                                  frame->packet->state == FWPS_PACKET_PREVIOUSLY_INJECTED_BY_SELF);
    if (ours && (frame->pended || out->actionType == FWP_ACTION_BLOCK)) {
        wfp_port_broken("R43", "the driver %s a packet that it has injected itself",
                        frame->pended ? "pended" : "blocked");
    }
    if (frame->packet != NULL) {
        wfp_packet_check(frame->packet, frame->pended);
    }
    if ((run->reason & FWP_CONDITION_REAUTHORIZE_REASON_CLASSIFY_COMPLETION) != 0) {
        wfp_attempt_judged(run->attempt, out->actionType == FWP_ACTION_PERMIT);
    }
}

static volatile LONG transport_classified;

void wfp_classify_start(void)
{
    transport_classified = 0;
}

ULONG wfp_transport_classified(void)
{
    return (ULONG)InterlockedOr(&transport_classified, 0);
}

/* A packet that is still to be judged at RECV_ACCEPT would never get there. */
static void check_transport(const struct run *run, FWP_ACTION_TYPE before,
                            const FWPS_CLASSIFY_OUT0 *out)
{
    if (!wfp_layer_is_transport(run->layer)) {
        return;
    }
    (void)InterlockedIncrement(&transport_classified);
    if (out->actionType == FWP_ACTION_BLOCK && before != FWP_ACTION_BLOCK &&
        FWPS_IS_METADATA_FIELD_PRESENT(&run->input->meta,
                                       FWPS_METADATA_FIELD_ALE_CLASSIFY_REQUIRED)) {
        wfp_port_broken("R51", "a packet that ALE has to classify was blocked at layer %u",
                        run->layer);
    }
}

static void run_callout(const struct run *run, const struct wfp_filter *filter,
                        const struct wfp_callout *callout, struct decision *decision)
{
    struct wfp_frame frame = {.layer = run->layer,
                              .is_reauthorize = run->reason != 0,
                              .has_write = decision->write,
                              .attempt = run->attempt,
                              .completion_handle = run->completion_handle,
                              .callout = callout,
                              .handle_is_given = !run->attempt->odd.no_completion_handle,
                              .closure = run->closure,
                              .packet = run->injected != NULL ? run->injected : run->input->packet};
    FWPS_CLASSIFY_OUT0 out = {.actionType = decision->action,
                              .filterId = filter->id,
                              .rights = decision->write ? FWPS_RIGHT_ACTION_WRITE : 0u};
    call_classify(run, &frame, filter, &out);
    trace_classify(run, &frame, &out);
    check_out(&frame, decision, &out, filter);
    check_packet(run, &frame, &out);
    check_transport(run, decision->action, &out);
    /* A filter of action UNKNOWN may leave the decision to others. */
    if (decision->write && run->reason != 0 && !frame.pended &&
        filter->action != FWP_ACTION_CALLOUT_UNKNOWN) {
        check_reauthorized(&out, run->reason);
    }
    decision->pended = decision->pended || frame.pended;
    decision->absorbed = (out.flags & FWPS_CLASSIFY_OUT_FLAG_ABSORB) != 0 && !frame.pended;
    if (decision->write && out.actionType != FWP_ACTION_CONTINUE) {
        decision->action = out.actionType;
        decision->write = (out.rights & FWPS_RIGHT_ACTION_WRITE) != 0;
    } else if (!decision->write && out.actionType == FWP_ACTION_BLOCK) {
        decision->action = FWP_ACTION_BLOCK; /* a veto */
    }
}

/* A terminating filter whose callout isn't there blocks, unless it says otherwise (R58). */
static FWP_ACTION_TYPE action_without_callout(const struct wfp_filter *filter)
{
    if (filter->action == FWP_ACTION_CALLOUT_INSPECTION) {
        return FWP_ACTION_CONTINUE;
    }
    return (filter->flags & FWPS_FILTER_FLAG_PERMIT_IF_CALLOUT_UNREGISTERED) != 0
               ? FWP_ACTION_PERMIT
               : FWP_ACTION_BLOCK;
}

static void apply_plain(const struct wfp_filter *filter, FWP_ACTION_TYPE action,
                        struct decision *decision)
{
    if (!decision->write || action == FWP_ACTION_CONTINUE) {
        return;
    }
    decision->action = action;
    decision->write =
        action == FWP_ACTION_PERMIT && (filter->flags & FWPS_FILTER_FLAG_CLEAR_ACTION_RIGHT) == 0;
}

static bool is_terminating(FWP_ACTION_TYPE action)
{
    return action == FWP_ACTION_PERMIT || action == FWP_ACTION_BLOCK;
}

/* True when the filter ends its sublayer. */
static bool apply_filter(const struct run *run, const struct wfp_filter *filter,
                         struct decision *decision)
{
    struct wfp_callout *callout;
    struct decision before = *decision;
    FWP_ACTION_TYPE plain = filter->action;
    if ((wfp_input_flags(run->layer, run->input) & filter->matches) != filter->matches) {
        return false;
    }
    if ((filter->action & FWP_ACTION_FLAG_CALLOUT) != 0) {
        callout = wfp_callout_enter(&filter->callout_key);
        if (callout != NULL) {
            /* Each sublayer is asked afresh: a callout sees what the sublayers above decided. */
            run_callout(run, filter, callout, decision);
            wfp_callout_leave(callout);
            return is_terminating(decision->action) || decision->pended;
        }
        plain = action_without_callout(filter);
    }
    apply_plain(filter, plain, decision);
    (void)before;
    return is_terminating(plain);
}

/* Every sublayer is asked, also when one above has blocked: without the right to write then (R5). */
static void run_filters(const struct run *run, struct decision *decision)
{
    struct wfp_filter filters[MAX_FILTERS];
    ULONG count = wfp_filters_of(run->layer, filters, MAX_FILTERS);
    /* They may go, and come back, before the last of them is asked. */
    wfp_port_delay("classifyFn");
    wfp_port_yield();
    for (ULONG i = 0; i < count; i++) {
        UINT16 sublayer = filters[i].sublayer_weight;
        if (apply_filter(run, &filters[i], decision)) {
            while (i + 1 < count && filters[i + 1].sublayer_weight == sublayer) {
                i++;
            }
        }
    }
}

static void give_completion_handle(struct run *run)
{
    static LONG64 last;
    run->completion_handle = ((UINT64)InterlockedIncrement64(&last) << 4) | 0x8;
    run->input->meta.completionHandle = (HANDLE)(ULONG_PTR)run->completion_handle;
    if (!run->attempt->odd.no_completion_handle && wfp_layer_may_pend_operation(run->layer)) {
        run->input->meta.currentMetadataValues |= FWPS_METADATA_FIELD_COMPLETION_HANDLE;
    }
}

static struct wfp_result classify(struct run *run)
{
    struct decision decision = {.action = FWP_ACTION_NONE, .write = true};
    run->input = wfp_input_make(run->layer, run->attempt, run->reason, run->reason_empty);
    give_completion_handle(run);
    if (run->injected != NULL && run->injected->ip_bytes > 0) {
        run->input->meta.ipHeaderSize = run->injected->ip_bytes;
        run->input->meta.transportHeaderSize = run->injected->transport_bytes;
    }
    run_filters(run, &decision);
    wfp_input_free(run->input);
    return (struct wfp_result){
        .pended = decision.pended, .absorbed = decision.absorbed, .action = decision.action};
}

struct wfp_result wfp_classify(UINT16 layer, struct wfp_attempt *attempt, UINT32 reason,
                               struct wfp_closure *closure)
{
    struct run run = {.layer = layer,
                      .attempt = attempt,
                      .reason = reason,
                      .reason_empty = attempt->odd.reason_empty,
                      .closure = closure};
    return classify(&run);
}

struct wfp_result wfp_classify_reauthorize(struct wfp_attempt *attempt, UINT32 reason,
                                           bool reason_empty)
{
    struct run run = {.layer = wfp_attempt_layer(attempt),
                      .attempt = attempt,
                      .reason = reason,
                      .reason_empty = reason_empty};
    return classify(&run);
}

struct wfp_result wfp_classify_injected(struct wfp_attempt *attempt, UINT32 reason,
                                        struct wfp_packet *packet)
{
    struct run run = {.layer = wfp_attempt_layer(attempt),
                      .attempt = attempt,
                      .reason = reason,
                      .reason_empty = attempt->odd.reason_empty,
                      .injected = packet};
    return classify(&run);
}

bool wfp_passes_transport(struct wfp_attempt *attempt)
{
    UINT16 layer = wfp_transport_layer(attempt->what.family);
    return attempt->what.direction == LAB_OUTBOUND ||
           wfp_classify(layer, attempt, 0, NULL).action != FWP_ACTION_BLOCK;
}
