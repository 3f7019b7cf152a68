/*
 * The WFP engine: objects, arbitration, classifies, pends, flows. Rules are those of driver-facts section 5.
 *
 * One spin lock guards everything; it is never held while the driver is called.
 */
#ifndef PORTREEVE_LAB_WFP_ENGINE_H
#define PORTREEVE_LAB_WFP_ENGINE_H

#include <ntifs.h>

#include <fwpmk.h>
#include <fwpsk.h>

#include "../emulator.h"
#include "port.h"

#define WFP_MAX_FIELDS     48
#define WFP_MAX_DELIVERIES 4096
#define WFP_CONTROL_BYTES  24
#define WFP_IP_HEADER      20
#define WFP_INTERFACE      7 /* index, and of the sub-interface: where everything comes from */
#define WFP_SUB_INTERFACE  3
#define WFP_UDP_IDLE_100NS (60ull * 10000000) /* R39 */

/* What a scenario can make unusual about one classify. */
struct wfp_oddities {
    bool no_completion_handle; /* R2 */
    bool at_dispatch;          /* classified at DISPATCH_LEVEL (R31) */
    bool reason_empty;         /* REAUTHORIZE_REASON is FWP_EMPTY (R33) */
    bool packet_reversed;      /* PACKET_DIRECTION is not the connection's (R34) */
    UINT32 compartment;        /* 0: the default one */
    bool ip_header;            /* a raw socket brings the IP header of its packets (R45) */
    UINT32 service;            /* tag of the service whose thread connects or listens */
    bool ipsec;                /* inbound: the IP header still has what IPsec put there (R48) */
    FWPS_PACKET_INJECTION_STATE injected; /* of its packet: by the driver, or by another (R43) */
};

enum wfp_attempt_state {
    WFP_CLASSIFYING,
    WFP_PENDED,
    WFP_COMPLETED, /* completed, its reauthorization has not answered yet */
    WFP_FLOW,      /* permitted */
    WFP_LISTENING, /* no attempt: a socket that listens */
    WFP_ABSORBED,  /* its packet was taken; it gets the answer of the one that is pended */
    WFP_OVER,
};

struct wfp_endpoint;
struct wfp_packet;

/* One authorization of an endpoint: an attempt, later perhaps a flow. */
struct wfp_attempt {
    LIST_ENTRY link; /* in its endpoint */
    LONG references;
    UINT64 number;
    struct wfp_endpoint *endpoint;
    enum wfp_attempt_state state;
    struct lab_attempt what; /* payload: own copy */
    struct wfp_oddities odd;
    PEPROCESS process;
    UINT32 reauthorize; /* reasons for which the next packet reauthorizes the flow */
    UINT64 used;        /* interrupt time of the last packet */
    bool answered;
    bool reauthorizing;     /* the classify that follows its completion is under way */
    bool callout_permitted; /* that classify was permitted by the callout (R44) */
    bool injected_early;    /* a packet was injected while it was under way */
    lab_answer_fn *done;
    void *context;
};

struct wfp_endpoint {
    LIST_ENTRY link; /* in its bucket */
    LONG references;
    UINT64 id;     /* the door's */
    UINT64 handle; /* what the driver sees */
    bool closing;
    bool lost_flow; /* a permitted attempt is over, while the endpoint is not */
    LONG closures;  /* closure classifies that are not over, plus one while they are being made */
    LIST_ENTRY attempts;
};

enum wfp_pend_state {
    WFP_PEND_LIVE,
    WFP_PEND_COMPLETED,
    WFP_PEND_TORN_DOWN
};

struct wfp_pend {
    LIST_ENTRY link;
    UINT64 id;
    struct wfp_attempt *attempt;
    UINT32 callout_id;
};

struct wfp_filter;
struct wfp_callout;

/* One call of a classifyFn, on the stack of the thread that makes it. */
struct wfp_frame {
    struct wfp_frame *outer;
    UINT16 layer;
    bool is_reauthorize;
    bool has_write;
    struct wfp_attempt *attempt;
    UINT64 completion_handle;
    bool handle_is_given; /* the metadata bit is set */
    const struct wfp_callout *callout;
    bool pended;
    bool used_before_return; /* PendOperation was called, whatever it returned */
    struct wfp_closure *closure;
    const struct wfp_packet *packet;
};

/* A classify of an endpoint's closure, which may be pended (R53). */
struct wfp_closure {
    LIST_ENTRY link;
    LONG references;
    UINT64 handle; /* what FwpsAcquireClassifyHandle0 gave, 0 for none */
    LONG acquired;
    bool pended;
    bool completed;
    bool finished;
    struct wfp_endpoint *endpoint;
};

struct wfp_result {
    bool pended;
    bool absorbed; /* blocked, and the packet is the callout's now */
    FWP_ACTION_TYPE action;
};

/* engine.c */
extern KSPIN_LOCK wfp_lock;
void wfp_start(enum lab_reauthorize reauthorize);
/* After the driver is gone: reports what it left, ends what still waits. */
void wfp_stop(void);
enum lab_reauthorize wfp_reauthorize_mode(void);
void wfp_set_reauthorize_mode(enum lab_reauthorize mode);

/* layers.c */
struct wfp_input {
    FWPS_INCOMING_VALUES0 values;
    FWPS_INCOMING_METADATA_VALUES0 meta;
    FWPS_INCOMING_VALUE0 fields[WFP_MAX_FIELDS];
    FWP_BYTE_ARRAY16 local;
    FWP_BYTE_ARRAY16 remote;
    UINT64 interface_luid;
    FWP_BYTE_BLOB app_id;
    struct wfp_packet *packet; /* or NULL */
    void *control;
    void *ip_header;
};
bool wfp_layer_known(UINT16 layer);
/* False for a layer that the emulator doesn't have. */
bool wfp_layer_of_key(const GUID *key, UINT16 *layer);
bool wfp_layer_may_pend_operation(UINT16 layer);
bool wfp_layer_is_transport(UINT16 layer);
/* What the input has in its FLAGS field. */
UINT32 wfp_input_flags(UINT16 layer, const struct wfp_input *input);
bool wfp_layer_may_pend_classify(UINT16 layer);
/* The values and metadata of one classify; freed after it, so that a driver that keeps a pointer is caught. */
struct wfp_input *wfp_input_make(UINT16 layer, const struct wfp_attempt *attempt, UINT32 reason,
                                 bool reason_empty);
void wfp_input_free(struct wfp_input *input);

/* bfe.c: the service that owns sessions and filters */
void wfp_bfe_start(void);
/* Reports a subscription that the driver has left. */
void wfp_bfe_check_gone(void);
bool wfp_bfe_runs(void);
/* Its filters are in force: until it has stopped. The caller holds wfp_lock. */
bool wfp_bfe_enforces(void);
/* The computer has started, and the filter engine not yet. The caller holds wfp_lock. */
bool wfp_bfe_is_booting(void);
/* The computer starts again: from now on boot-time filters count, until wfp_bfe_change. */
void wfp_bfe_boot(void);
/* The service is stopped or started, and tells of it. PASSIVE_LEVEL. */
void wfp_bfe_change(bool runs);

/* objects.c */
struct wfp_filter {
    LIST_ENTRY link;
    UINT64 id;
    UINT64 weight;
    UINT16 layer;
    UINT16 sublayer_weight;
    UINT16 flags;   /* FWPS_FILTER_FLAG_* */
    UINT32 matches; /* what FLAGS must have; 0: any */
    FWP_ACTION_TYPE action;
    GUID key;
    GUID callout_key;
    GUID sublayer;
    UINT64 context;
    HANDLE session;
    bool committed;
    bool deleted; /* by the transaction that is under way */
    bool persistent;
    bool boot; /* enforced until the filter engine runs, and then no more */
};
/* The filters of a layer in the order of evaluation; at most `capacity`. */
ULONG wfp_filters_of(UINT16 layer, struct wfp_filter *copies, ULONG capacity);
/* A filter of another provider; `weight` is its sublayer's. Returns its id. */
UINT64 wfp_foreign_filter_add(UINT16 layer, UINT16 weight, FWP_ACTION_TYPE action, bool hard);
void wfp_foreign_filters_remove(void);
void wfp_objects_start(void);
void wfp_objects_stop(void);
/* BFE has stopped: all sessions are over, and their objects gone. */
void wfp_objects_end_sessions(void);

/* callouts.c */
struct wfp_callout {
    LIST_ENTRY link;
    FWPS_CALLOUT1 callout;
    UINT32 id;
    PVOID device;
    LONG running; /* classifies on some stack */
};
/* Referenced until wfp_callout_leave, or NULL. */
struct wfp_callout *wfp_callout_enter(const GUID *key);
struct wfp_callout *wfp_callout_enter_id(UINT32 id);
void wfp_callout_leave(struct wfp_callout *callout);
/* It is registered, with a flowDeleteFn. With wfp_lock held. */
bool wfp_callout_may_have_context(UINT32 id);
/* From now on filters find no callout, as when their driver has not registered them. */
void wfp_callouts_hide(bool hide);
void wfp_callouts_start(void);
void wfp_callouts_stop(void);
ULONG wfp_callouts_count(void);
/* The device goes away: callouts registered with it may not be left (R55). */
void wfp_device_deleted(PVOID device);

/* classify.c */
/* Runs the filters of `layer`. `reason` is 0 for a first classify. */
struct wfp_result wfp_classify(UINT16 layer, struct wfp_attempt *attempt, UINT32 reason,
                               struct wfp_closure *closure);
/* At its own layer, whatever its oddities say of the reason: they are for other classifies of it to read meanwhile. */
struct wfp_result wfp_classify_reauthorize(struct wfp_attempt *attempt, UINT32 reason,
                                           bool reason_empty);

/* What comes from outside passes INBOUND_TRANSPORT first, where it is known whether it has to be judged later (R51). */
bool wfp_passes_transport(struct wfp_attempt *attempt);
/* How often a callout has seen a packet at INBOUND_TRANSPORT since the start. */
void wfp_classify_start(void);
ULONG wfp_transport_classified(void);
/* A packet that the driver has injected comes by, at the layer of `attempt`. */
struct wfp_result wfp_classify_injected(struct wfp_attempt *attempt, UINT32 reason,
                                        struct wfp_packet *packet);

/* inject.c */
struct wfp_delivery {
    UINT64 endpoint; /* the door's number */
    SIZE_T bytes;    /* of the payload */
    UCHAR first[8];  /* of the payload */
};
void wfp_injections_start(void);
void wfp_injections_stop(void);
/* Keeps what is injected under way, until it is called with false. */
void wfp_injections_pause(bool pause);
/* A datagram has left the machine. The first WFP_MAX_DELIVERIES are remembered. */
void wfp_deliver(const struct wfp_endpoint *endpoint, const void *payload, SIZE_T bytes);
/* What has been delivered, in order; how many. */
ULONG wfp_deliveries(const struct wfp_delivery **list);

/* pend.c */
void wfp_pends_start(void);
void wfp_pends_stop(void);
ULONG wfp_pends_of_callout(UINT32 callout_id);
/* The endpoint is gone: its contexts are poison from now on (R18, R52). */
void wfp_pends_tear_down(struct wfp_endpoint *endpoint);
ULONG wfp_pends_open(void);

/* closure.c */
void wfp_closures_start(void);
void wfp_closures_stop(void);
/* Closures that are pended and not completed. */
ULONG wfp_closures_pended(void);
void wfp_closure_run(struct wfp_endpoint *endpoint, struct wfp_attempt *attempt);

/* attempts.c */
struct wfp_attempt *wfp_attempt_new(const struct lab_attempt *what);
/* Of this moment; the caller doesn't hold wfp_lock. */
enum wfp_attempt_state wfp_attempt_state(const struct wfp_attempt *attempt);
/* Its endpoint's as the driver sees it, now: it may be renamed meanwhile. */
UINT64 wfp_attempt_handle(const struct wfp_attempt *attempt);
void wfp_endpoint_release(struct wfp_endpoint *endpoint);
void wfp_attempt_reference(struct wfp_attempt *attempt);
void wfp_attempt_release(struct wfp_attempt *attempt);

/* flows.c */
void wfp_flows_start(void);
void wfp_flows_stop(void);
void wfp_attempt_start(const struct lab_attempt *what, const struct wfp_oddities *odd,
                       lab_answer_fn *done, void *context);
/* A socket listens at what->local; `service`: the tag of whose thread says so, 0 for none. */
void wfp_listen(const struct lab_attempt *what, UINT32 service);
void wfp_endpoint_close(UINT64 id);
void wfp_process_endpoints_close(UINT64 process_id);
/* The socket control data that the endpoint sends with; WFP_CONTROL_BYTES of room. How many bytes, maybe none. */
ULONG wfp_control_data(const struct wfp_endpoint *endpoint, UCHAR *into);
/* Where an injected packet goes. */
struct wfp_target {
    UINT64 endpoint; /* as the driver sees it */
    const UCHAR *remote;
    UINT16 port; /* of the packet's own header, if it is UDP */
};
/* The IP header that a raw socket of this endpoint would bring; WFP_IP_HEADER bytes. */
void wfp_ip_header(const struct wfp_endpoint *endpoint, UCHAR *into);
/* The attempt that the packet belongs to, referenced, or NULL when its socket is gone. */
struct wfp_attempt *wfp_attempt_of_packet(const struct wfp_target *target);
/* The driver injects now: it may only after a reauthorization that it has permitted (R44), and never TCP (R41). */
void wfp_check_injection(const struct wfp_target *target);
/* What the callout made of the reauthorization that follows a completion. */
void wfp_attempt_judged(struct wfp_attempt *attempt, bool permitted);
/* The reauthorization that follows a completion. */
void wfp_attempt_completed(struct wfp_attempt *attempt, NET_BUFFER_LIST *list);
UINT16 wfp_attempt_layer(const struct wfp_attempt *attempt);
/* A decision about the attempt: a flow, or its end. */
void wfp_attempt_decide(struct wfp_attempt *attempt, FWP_ACTION_TYPE action);
/* A packet comes with the classify. */
bool wfp_attempt_has_packet(const struct wfp_attempt *attempt);
/* A TCP connection from outside: each of its SYNs has an endpoint of its own. */
bool wfp_attempt_is_handshake(const struct lab_attempt *what);
/* What the driver sees of a socket from now on. */
void wfp_endpoint_rename(struct wfp_endpoint *endpoint);
/* The handle of endpoint `id`, 0 when there is none. */
UINT64 wfp_endpoint_handle(UINT64 id);
/* Calls `test` for attempts until it returns true; referenced, or NULL. With wfp_lock held meanwhile. */
struct wfp_attempt *wfp_attempt_find(bool (*test)(const struct wfp_attempt *, const void *),
                                     const void *context);

/* A flow is ended by somebody. */
void wfp_attempt_cut(struct wfp_attempt *flow);

/* contexts.c */
void wfp_contexts_start(void);
/* Whether a flow has a context of this callout. With wfp_lock held. */
bool wfp_context_exists(UINT32 callout_id);
UINT64 wfp_flow_id(const struct wfp_attempt *attempt);
/* The flow is over: callouts get their contexts back. */
void wfp_flow_ended(const struct wfp_attempt *attempt);

/* received.c: packets from outside */
void wfp_received_start(void);
/* FwpsCompleteOperation0 of an inbound attempt; `list`, or NULL: what is going to be injected for it (R25-R27).
 * `closing`: its endpoint is about to go, and it gets no answer any more. */
void wfp_received_completed(struct wfp_attempt *attempt, NET_BUFFER_LIST *list, bool closing);
/* The packet is gone without having been received: so is what it should have authorized. */
void wfp_received_lost(struct wfp_packet *packet);
/* The driver injects it now. */
void wfp_received_check(const struct wfp_packet *packet);
struct wfp_arrival {
    ULONG compartment, interface_index, sub_interface_index;
};
/* It comes by. */
NTSTATUS wfp_receive(struct wfp_packet *packet, const struct wfp_arrival *arrival);
/* Called with the last closure of an endpoint over. */
void wfp_endpoint_gone(struct wfp_endpoint *endpoint);
/* Marks every flow: its next packet is reauthorized for `reason` (R37). */
void wfp_flows_mark(UINT32 reason);
/* A packet of every flow that is marked goes by. Returns how many were classified. */
ULONG wfp_flows_packet(const struct wfp_oddities *odd);
ULONG wfp_flows_count(void);
/* Whether the attempt that was started at this endpoint with `context` is a question of its own without an answer: not
 * one whose packet waits with another's. */
bool wfp_attempt_asks(UINT64 endpoint, const void *context);

static inline UINT16 wfp_connect_layer(UINT8 family)
{
    return family == 4 ? FWPS_LAYER_ALE_AUTH_CONNECT_V4 : FWPS_LAYER_ALE_AUTH_CONNECT_V6;
}

static inline UINT16 wfp_listen_layer(UINT8 family)
{
    return family == 4 ? FWPS_LAYER_ALE_AUTH_LISTEN_V4 : FWPS_LAYER_ALE_AUTH_LISTEN_V6;
}

static inline UINT16 wfp_release_layer(UINT8 family)
{
    return family == 4 ? FWPS_LAYER_ALE_RESOURCE_RELEASE_V4 : FWPS_LAYER_ALE_RESOURCE_RELEASE_V6;
}

static inline UINT16 wfp_transport_layer(UINT8 family)
{
    return family == 4 ? FWPS_LAYER_INBOUND_TRANSPORT_V4 : FWPS_LAYER_INBOUND_TRANSPORT_V6;
}

static inline UINT16 wfp_closure_layer(UINT8 family)
{
    return family == 4 ? FWPS_LAYER_ALE_ENDPOINT_CLOSURE_V4 : FWPS_LAYER_ALE_ENDPOINT_CLOSURE_V6;
}

static inline UINT16 wfp_accept_layer(UINT8 family)
{
    return family == 4 ? FWPS_LAYER_ALE_AUTH_RECV_ACCEPT_V4 : FWPS_LAYER_ALE_AUTH_RECV_ACCEPT_V6;
}

#endif
