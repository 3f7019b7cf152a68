/* Network buffer lists: the stack's, which come with a classify, and the driver's, which it injects. */
#ifndef PORTREEVE_LAB_WFP_PACKET_H
#define PORTREEVE_LAB_WFP_PACKET_H

#include "buffers.h"
#include "engine.h"

#define WFP_PACKET_MDLS 3

struct wfp_packet {
    NET_BUFFER_LIST list; /* what the driver sees; first */
    NET_BUFFER buffer;
    LIST_ENTRY link; /* the driver's own: until it frees it */
    bool of_driver;
    bool in_flight;  /* being injected: only the completion function may free it (R49) */
    LONG references; /* FwpsReferenceNetBufferList0 (R42) */
    struct wfp_attempt *accepts; /* what it was given to FwpsCompleteOperation0 for */
    bool completed;              /* it was */
    HANDLE injection_context;
    ULONG ip_bytes; /* of the stack's: the IP header, with all that is in front of the next */
    ULONG transport_bytes; /* of the stack's inbound: what the metadata says */
    ULONG offset, bytes;   /* of the data when the classify began (R47) */
    FWPS_PACKET_INJECTION_STATE state;
    UCHAR *memory; /* of the stack's */
    PMDL mdls[WFP_PACKET_MDLS];
};

static inline struct wfp_packet *wfp_packet_of(const NET_BUFFER_LIST *list)
{
    return (struct wfp_packet *)(ULONG_PTR)list;
}

/* packets.c */
void wfp_packets_start(void);
/* Reports what the driver has left. */
void wfp_packets_stop(void);
/* The transport header of an attempt's packets; 0 for protocols without one. */
ULONG wfp_transport_header_bytes(UINT8 protocol);
/* The first packet of an attempt as the stack would show it. Offsets and MDLs differ from time to time. */
struct wfp_packet *wfp_packet_make(const struct wfp_attempt *attempt);
void wfp_packet_free(struct wfp_packet *packet);
/* Writes over the bytes from `at` on, counted from the beginning of the data. */
void wfp_packet_write(struct wfp_packet *packet, ULONG at, const UCHAR *bytes, ULONG count);
/* Moves the beginning of the data. */
void wfp_packet_move(struct wfp_packet *packet, LONG by);
/* received.c: the IP and transport headers of an inbound packet; fills in ip_bytes and transport_bytes and returns how
 * long both are together. WFP_RECEIVED_HEADERS bytes of room. */
#define WFP_RECEIVED_HEADERS 128
ULONG wfp_received_headers(const struct wfp_attempt *attempt, struct wfp_packet *packet,
                           UCHAR *into);
/* A classify has returned (R42, R47). */
void wfp_packet_check(const struct wfp_packet *packet, bool pended);
/* Copies up to `room` bytes of the data, from `skip` on; how many there are. */
ULONG wfp_packet_read(const struct wfp_packet *packet, ULONG skip, UCHAR *into, ULONG room);
/* Marks a list of the driver as being injected; false, with a report, when it can't be. */
bool wfp_packet_launch(NET_BUFFER_LIST *list);
void wfp_packet_land(struct wfp_packet *packet, NTSTATUS status);

#endif
