/* Network buffers as NDIS has them: a beginning, and a length, in a chain of MDLs. */
#ifndef PORTREEVE_LAB_WFP_BUFFERS_H
#define PORTREEVE_LAB_WFP_BUFFERS_H

#include <ntifs.h>

#include <ndis.h>

/* The data begins `offset` bytes behind the beginning of the chain. */
void wfp_buffer_start(NET_BUFFER *buffer, ULONG offset);
/* Copies `count` bytes of the data, from `skip` on; a chain that has less breaks R47. */
void wfp_buffer_read(const NET_BUFFER *buffer, ULONG skip, UCHAR *into, ULONG count);

#endif
