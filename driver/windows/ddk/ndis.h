/*
 * Network buffers, as far as a copy of a packet needs them; mingw-w64's own ndis.h is older than them.
 *
 * Names and x64 layouts follow Microsoft's documentation of ndis.h, ndis/nblapi.h and ndis/nbl.h for NDIS 6. Only what the
 * driver uses is here. With the WDK this folder is not in the include path.
 */
#ifndef PR_DDK_NDIS_H
#define PR_DDK_NDIS_H

#include <wdm.h>

typedef HANDLE NDIS_HANDLE;
typedef int NDIS_STATUS; /* an NTSTATUS */

/* One packet: `DataLength` bytes that begin `DataOffset` bytes into the chain of MDLs. */
typedef struct _NET_BUFFER {
    struct _NET_BUFFER *Next;
    PMDL CurrentMdl; /* the one that the data begins in */
    ULONG CurrentMdlOffset;
    union {
        ULONG DataLength;
        SIZE_T stDataLength;
    };
    PMDL MdlChain;
    ULONG DataOffset;
    USHORT ChecksumBias;
    USHORT Reserved;
    NDIS_HANDLE NdisPoolHandle;
} NET_BUFFER, *PNET_BUFFER;

typedef struct _NET_BUFFER_LIST {
    struct _NET_BUFFER_LIST *Next;
    NET_BUFFER *FirstNetBuffer;
    PVOID Context;
    struct _NET_BUFFER_LIST *ParentNetBufferList;
    NDIS_HANDLE NdisPoolHandle;
    PVOID Alignment; /* what follows is aligned to 16 */
    PVOID NdisReserved[2];
    PVOID ProtocolReserved[4];
    PVOID MiniportReserved[2];
    PVOID Scratch;
    NDIS_HANDLE SourceHandle;
    ULONG NblFlags;
    LONG ChildRefCount;
    ULONG Flags;
    NDIS_STATUS Status;
} NET_BUFFER_LIST, *PNET_BUFFER_LIST;

C_ASSERT(FIELD_OFFSET(NET_BUFFER, DataLength) == 24);
C_ASSERT(FIELD_OFFSET(NET_BUFFER, MdlChain) == 32);
C_ASSERT(FIELD_OFFSET(NET_BUFFER, DataOffset) == 40);
C_ASSERT(FIELD_OFFSET(NET_BUFFER_LIST, NdisReserved) == 48);
C_ASSERT(FIELD_OFFSET(NET_BUFFER_LIST, Status) == 140);

#define NET_BUFFER_LIST_FIRST_NB(nbl) ((nbl)->FirstNetBuffer)
#define NET_BUFFER_LIST_NEXT_NBL(nbl) ((nbl)->Next)
#define NET_BUFFER_LIST_STATUS(nbl)   ((nbl)->Status)
#define NET_BUFFER_NEXT_NB(nb)        ((nb)->Next)
#define NET_BUFFER_DATA_LENGTH(nb)    ((nb)->DataLength)
#define NET_BUFFER_DATA_OFFSET(nb)    ((nb)->DataOffset)
#define NET_BUFFER_FIRST_MDL(nb)      ((nb)->MdlChain)

typedef struct _NDIS_OBJECT_HEADER {
    UCHAR Type;
    UCHAR Revision;
    USHORT Size;
} NDIS_OBJECT_HEADER;

#define NDIS_OBJECT_TYPE_DEFAULT                   0x80
#define NDIS_PROTOCOL_ID_DEFAULT                   0
#define NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1                                     \
    ((USHORT)sizeof(NET_BUFFER_LIST_POOL_PARAMETERS))

typedef struct _NET_BUFFER_LIST_POOL_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    UCHAR ProtocolId;
    BOOLEAN fAllocateNetBuffer;
    USHORT ContextSize;
    ULONG PoolTag;
    ULONG DataSize;
} NET_BUFFER_LIST_POOL_PARAMETERS;

C_ASSERT(sizeof(NET_BUFFER_LIST_POOL_PARAMETERS) == 16);

/* An owner of pools for drivers that are neither miniport, filter nor protocol. */
PVOID NTAPI NdisAllocateGenericObject(PDRIVER_OBJECT DriverObject, ULONG Tag, USHORT Size);
VOID NTAPI NdisFreeGenericObject(PVOID NdisObject);
NDIS_HANDLE NTAPI NdisAllocateNetBufferListPool(NDIS_HANDLE NdisHandle,
                                                const NET_BUFFER_LIST_POOL_PARAMETERS *Parameters);
VOID NTAPI NdisFreeNetBufferListPool(NDIS_HANDLE PoolHandle);
/* The data as contiguous bytes: where they lie, or copied to `Storage`; NULL when neither is possible. */
PVOID NTAPI NdisGetDataBuffer(NET_BUFFER *NetBuffer, ULONG BytesNeeded, PVOID Storage,
                              ULONG AlignMultiple, ULONG AlignOffset);
NDIS_STATUS NTAPI NdisRetreatNetBufferDataStart(NET_BUFFER *NetBuffer, ULONG DataOffsetDelta,
                                                ULONG DataBackFill, PVOID AllocateMdlHandler);
VOID NTAPI NdisAdvanceNetBufferDataStart(NET_BUFFER *NetBuffer, ULONG DataOffsetDelta,
                                         BOOLEAN FreeMdl, PVOID FreeMdlHandler);

#endif
