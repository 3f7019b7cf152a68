/*
 * The Windows edge: translates between WDM/WFP and the core, and decides nothing.
 *
 * One struct pr_edge lives in the device extension; DriverEntry fills it in the order of its members and DriverUnload
 * undoes that in reverse. WFP and process callbacks carry no context of ours, so `pr_edge_instance` points to it while
 * they may come.
 *
 * Locks: the core's engine lock and `reads_lock` (the queue of READ_EVENTS requests) are leaves; none is taken while another is held, and none is held across a call to WFP or IoCompleteRequest.
 * IRQL: classify functions, the timer's DPC and request completion at up to DISPATCH_LEVEL; everything else PASSIVE.
 */
#ifndef PR_EDGE_H
#define PR_EDGE_H

#include <ntifs.h>

#include <ndis.h>

#include <fwpsk.h>

#include "address_family.h"
#include "engine.h"
#include "hash_table.h"
#include "port.h"

/* Places in pr_layers. */
#define PR_CALLOUT_ESTABLISHED_V4 6
#define PR_CALLOUT_ESTABLISHED_V6 7
#define PR_CALLOUT_COUNT          14
#define PR_GUARD_COUNT            4

struct pr_edge {
    PDEVICE_OBJECT device;
    struct pr_engine *engine;
    PIO_WORKITEM worker;
    volatile LONG worker_queued;
    EX_RUNDOWN_REF requests_rundown; /* held by a request that is being dispatched */
    EX_RUNDOWN_REF worker_rundown;   /* held by a queued or running work item */
    KTIMER timer;
    KDPC timer_dpc;
    KEVENT drained;
    IO_CSQ reads;
    LIST_ENTRY reads_list;
    KSPIN_LOCK reads_lock;
    LONG reads_count;
    LONG pumps; /* calls of pr_reads_pump that were not looked into yet */
    BOOLEAN process_notify;
    UINT32 callout_ids[PR_CALLOUT_COUNT];
    UINT32 guard_ids[PR_GUARD_COUNT];
    volatile uint32_t in_force; /* our filters are committed */
    HANDLE bfe_changes;
    KEVENT filters_turn;  /* whose turn it is to add or remove the filters */
    HANDLE filter_engine; /* NULL: there are none */
    PVOID packet_owner;
    NDIS_HANDLE packet_pool;
    HANDLE injection;
    volatile LONG injections_failed;
    volatile LONG64 randoms; /* numbers drawn, so that none is drawn twice */
    PVOID power_callback;
    BOOLEAN link;
};

extern struct pr_edge *pr_edge_instance;

/* port_windows.c: the worker and the timer. */
NTSTATUS pr_worker_start(struct pr_edge *edge);
/* Nothing is scheduled any more when this returns. */
VOID pr_worker_stop(struct pr_edge *edge);

/* device.c: \Device\Portreeve and its requests. */
NTSTATUS pr_device_create(PDRIVER_OBJECT driver, struct pr_edge **edge);
/* From here on the device can be opened. */
NTSTATUS pr_device_publish(struct pr_edge *edge);
/* No request is being dispatched any more when this returns. */
VOID pr_device_wait(struct pr_edge *edge);
VOID pr_device_delete(struct pr_edge *edge);

/* access.c: who may open the device. */
/* Before the device can be opened (DO_DEVICE_INITIALIZING). Without success it must not be published. */
NTSTATUS pr_access_protect(PDEVICE_OBJECT device);
/* Of an IRP_MJ_CREATE: may its thread, and its process, have the device? PASSIVE_LEVEL. */
NTSTATUS pr_access_check(PIRP irp);

/* read_queue.c: READ_EVENTS requests that wait, cancel-safe. */
NTSTATUS pr_reads_init(struct pr_edge *edge);
/* The request is pending when this returns STATUS_PENDING, and maybe completed already. */
NTSTATUS pr_reads_add(struct pr_edge *edge, PIRP irp);
/* Gives waiting requests what there is to read. */
VOID pr_reads_pump(struct pr_edge *edge);
/* Cancels what waits on this file object. */
VOID pr_reads_cancel(struct pr_edge *edge, PFILE_OBJECT file);

/* process.c: which process a process id means. */
NTSTATUS pr_processes_start(struct pr_edge *edge);
VOID pr_processes_stop(struct pr_edge *edge);
/* Its creation time, or 0 when it isn't known. Up to DISPATCH_LEVEL. */
UINT64 pr_process_created(struct pr_edge *edge, UINT64 process_id);

/* power.c: sleep and resume. */
VOID pr_power_start(struct pr_edge *edge);
/* Nothing is told any more when this returns. */
VOID pr_power_stop(struct pr_edge *edge);

/* callouts.c: callouts with the filter engine. */
NTSTATUS pr_callouts_register(struct pr_edge *edge);
VOID pr_callouts_unregister(struct pr_edge *edge);

/* guard.c: the guard's callouts, which callouts.c unregisters. PASSIVE_LEVEL. */
NTSTATUS pr_guard_register(struct pr_edge *edge);

/* driver.c */
/* What was settled is completed when this returns. It waits at most `rounds` half seconds for closures, and one for the
 * reauthorizations that follow. PASSIVE_LEVEL. */
VOID pr_drain(struct pr_edge *edge, UINT32 rounds);

/* bfe.c: the filters, for as long as the filter engine runs. PASSIVE_LEVEL. */
NTSTATUS pr_bfe_start(struct pr_edge *edge);
/* Nothing is told any more when this returns. The filters stay. */
VOID pr_bfe_stop(struct pr_edge *edge);

/* wfp_objects.c: provider, sublayer, callouts and filters, in one transaction and a dynamic session. */
NTSTATUS pr_filters_add(struct pr_edge *edge);
VOID pr_filters_remove(struct pr_edge *edge);
/* Whether every one of our filters decides at this moment. Any IRQL. */
BOOLEAN pr_filters_in_force(struct pr_edge *edge);

/* classify_fields.c: what the layers call their values. */
struct pr_layer_fields {
    UINT8 layer;  /* enum pr_layer; 0 for a closure */
    UINT8 family; /* PR_FAMILY_* */
    UINT8 protocol;
    UINT8 local_address;
    UINT8 local_port;
    UINT8 remote_address;
    UINT8 remote_port;
    UINT8 flags;
    UINT8 reason; /* 0 when the layer has none, like the rest */
    UINT8 interface_index;
    UINT8 sub_interface_index;
};

/* What a classify function was called with. */
struct pr_call {
    const struct pr_layer_fields *fields;
    const FWPS_INCOMING_VALUES0 *values;
    const FWPS_INCOMING_METADATA_VALUES0 *metadata;
    NET_BUFFER_LIST *packets; /* NULL: TCP connects, and where there is none (R41) */
    const FWPS_FILTER1 *filter;
    FWPS_CLASSIFY_OUT0 *out;
};
VOID pr_fields_key(const struct pr_layer_fields *fields, const FWPS_INCOMING_VALUES0 *values,
                   const FWPS_INCOMING_METADATA_VALUES0 *metadata, struct pr_key *key);
/* The value of a UINT32 field, 0 when it is empty or missing (R35). */
UINT32 pr_fields_uint32(const FWPS_INCOMING_VALUES0 *values, UINT8 field);
/* The tag of the service whose thread this is about, 0 when it is none. */
UINT64 pr_fields_service(const FWPS_INCOMING_METADATA_VALUES0 *metadata);
BOOLEAN pr_fields_has(const FWPS_INCOMING_METADATA_VALUES0 *metadata, UINT32 field);

/* ale_authorize.c, ale_closure.c, ale_established.c: classify functions. */
VOID NTAPI pr_classify_connect_v4(const FWPS_INCOMING_VALUES0 *values,
                                  const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                  const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                  FWPS_CLASSIFY_OUT0 *out);
VOID NTAPI pr_classify_connect_v6(const FWPS_INCOMING_VALUES0 *values,
                                  const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                  const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                  FWPS_CLASSIFY_OUT0 *out);
VOID NTAPI pr_classify_accept_v4(const FWPS_INCOMING_VALUES0 *values,
                                 const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                 const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                 FWPS_CLASSIFY_OUT0 *out);
VOID NTAPI pr_classify_accept_v6(const FWPS_INCOMING_VALUES0 *values,
                                 const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                 const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                 FWPS_CLASSIFY_OUT0 *out);
VOID NTAPI pr_classify_established_v4(const FWPS_INCOMING_VALUES0 *values,
                                      const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                      const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                      FWPS_CLASSIFY_OUT0 *out);
VOID NTAPI pr_classify_established_v6(const FWPS_INCOMING_VALUES0 *values,
                                      const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                      const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                      FWPS_CLASSIFY_OUT0 *out);
/* A flow's context comes back: the flow has ended, or unload takes it away. */
VOID NTAPI pr_flow_deleted(UINT16 layer, UINT32 callout, UINT64 number);
VOID NTAPI pr_classify_closure_v4(const FWPS_INCOMING_VALUES0 *values,
                                  const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                  const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                  FWPS_CLASSIFY_OUT0 *out);
VOID NTAPI pr_classify_closure_v6(const FWPS_INCOMING_VALUES0 *values,
                                  const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                  const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                  FWPS_CLASSIFY_OUT0 *out);

/* ale_listen.c, transport.c: what is observed only. */
VOID NTAPI pr_classify_listen_v4(const FWPS_INCOMING_VALUES0 *values,
                                 const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                 const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                 FWPS_CLASSIFY_OUT0 *out);
VOID NTAPI pr_classify_listen_v6(const FWPS_INCOMING_VALUES0 *values,
                                 const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                 const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                 FWPS_CLASSIFY_OUT0 *out);
VOID NTAPI pr_classify_release_v4(const FWPS_INCOMING_VALUES0 *values,
                                  const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                  const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                  FWPS_CLASSIFY_OUT0 *out);
VOID NTAPI pr_classify_release_v6(const FWPS_INCOMING_VALUES0 *values,
                                  const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                  const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                  FWPS_CLASSIFY_OUT0 *out);
VOID NTAPI pr_classify_transport_v4(const FWPS_INCOMING_VALUES0 *values,
                                    const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                    const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                    FWPS_CLASSIFY_OUT0 *out);
VOID NTAPI pr_classify_transport_v6(const FWPS_INCOMING_VALUES0 *values,
                                    const FWPS_INCOMING_METADATA_VALUES0 *metadata, VOID *data,
                                    const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                                    FWPS_CLASSIFY_OUT0 *out);

/* classify_out.c: how an action is written down. */
VOID pr_out_permit(const FWPS_FILTER1 *filter, FWPS_CLASSIFY_OUT0 *out);
/* No decision: that of the other sublayers counts. */
VOID pr_out_continue(FWPS_CLASSIFY_OUT0 *out);
/* A hard block: no lower-weight provider can lift it (R22). Without the right it is a veto (R5). */
VOID pr_out_block(FWPS_CLASSIFY_OUT0 *out);
/* A classify that was pended, or is still being asked about: blocked, absorbed, hard (R6, R7). */
VOID pr_out_absorb(FWPS_CLASSIFY_OUT0 *out);

#endif
