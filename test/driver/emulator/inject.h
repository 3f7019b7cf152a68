/* The packet part of the emulator's test driver: one copy for each hold, injected when it was permitted. */
#ifndef EMULATOR_TEST_INJECT_H
#define EMULATOR_TEST_INJECT_H

#include <ntifs.h>

#include <ndis.h>

#include <fwpsk.h>

#define COPY_BYTES 2048

struct copy {
    UINT64 endpoint;
    ULONG compartment;
    UCHAR remote[4];
    UCHAR control[64];
    ULONG control_bytes;
    ULONG bytes;
    UCHAR data[COPY_BYTES];
};

/* Whether the environment variable BREAK is `rule`. */
BOOLEAN breaks(const char *rule);

void inject_start(PDRIVER_OBJECT driver);
void inject_stop(void);
/* Its own injected packet, to be permitted. */
BOOLEAN inject_is_ours(NET_BUFFER_LIST *packet);
/* NULL for TCP. */
struct copy *inject_copy(const FWPS_INCOMING_VALUES0 *values,
                         const FWPS_INCOMING_METADATA_VALUES0 *meta, NET_BUFFER_LIST *packet);
/* Sends the copy and frees it in the end. */
void inject_send(struct copy *copy);
void inject_discard(struct copy *copy);
HANDLE inject_handle(void);
/* A list of these bytes, and its end. */
NET_BUFFER_LIST *inject_list(UCHAR *data, ULONG bytes);
void inject_free(NET_BUFFER_LIST *packet);

#endif
