/* Network buffers as far as a first packet needs them, for Linux builds (names of the WDK's ndis.h). */
#ifndef LAB_NDIS_H
#define LAB_NDIS_H

#include <wdm.h>

typedef struct _NET_BUFFER {
    struct _NET_BUFFER *Next;
    ULONG DataLength;
    ULONG DataOffset;
    UCHAR *lab_data; /* the emulator's own: contiguous bytes, data starts at DataOffset */
} NET_BUFFER, *PNET_BUFFER;

typedef struct _NET_BUFFER_LIST {
    struct _NET_BUFFER_LIST *Next;
    NET_BUFFER *FirstNetBuffer;
    NTSTATUS Status;
} NET_BUFFER_LIST, *PNET_BUFFER_LIST;

#define NET_BUFFER_LIST_FIRST_NB(nbl) ((nbl)->FirstNetBuffer)
#define NET_BUFFER_LIST_NEXT_NBL(nbl) ((nbl)->Next)
#define NET_BUFFER_NEXT_NB(nb)        ((nb)->Next)
#define NET_BUFFER_DATA_LENGTH(nb)    ((nb)->DataLength)
PVOID NdisGetDataBuffer(PNET_BUFFER NetBuffer, ULONG BytesNeeded, PVOID Storage,
                        ULONG AlignMultiple, ULONG AlignOffset);

#endif
