/* See filter_engine.h. */
#include "filter_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <initguid.h>

#include <fwpmk.h>

#include "lab/emulator/wdm/kernel.h"
#include "lab/emulator/wfp/buffers.h"

#define MOST_SLOW    64
#define MOST_HANDLES 4096

struct fuzz_engine fuzz_engine;

struct slow {
    FWPS_INJECT_COMPLETE0 completion;
    HANDLE context;
    NET_BUFFER_LIST *list;
};
static struct slow slow[MOST_SLOW];
static uint32_t slow_count;
/* Pended operations, acquired handles and pended closures are numbers; 1: open. */
static uint8_t operations[MOST_HANDLES], acquired[MOST_HANDLES], closures[MOST_HANDLES];
static uint32_t last;

_Noreturn void fuzz_failed(const char *what, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: %s\n", file, line, what);
    abort();
}

void fuzz_engine_start(void)
{
    memset(&fuzz_engine, 0, sizeof(fuzz_engine));
    memset(operations, 0, sizeof(operations));
    memset(acquired, 0, sizeof(acquired));
    memset(closures, 0, sizeof(closures));
    slow_count = last = 0;
}

void fuzz_engine_check_empty(void)
{
    FUZZ_CHECK(fuzz_engine.callouts_left == 0 && fuzz_engine.sessions == 0);
    FUZZ_CHECK(fuzz_engine.subscriptions == 0 && fuzz_engine.handles == 0);
    FUZZ_CHECK(fuzz_engine.pends == 0 && fuzz_engine.closures == 0 && fuzz_engine.acquired == 0);
    FUZZ_CHECK(fuzz_engine.lists == 0 && slow_count == 0);
    for (uint32_t i = 0; i < FUZZ_CONTEXTS; i++) {
        FUZZ_CHECK(fuzz_engine.contexts[i] == 0);
    }
}

/* Operations and closures */

static uint32_t next_number(void)
{
    FUZZ_CHECK(last + 1 < MOST_HANDLES);
    return ++last;
}

NTSTATUS FwpsPendOperation0(HANDLE completionHandle, HANDLE *completionContext)
{
    FUZZ_CHECK(completionHandle != NULL && lab_self()->locks == 0);
    if (fuzz_engine.fail_pend || last + 2 >= MOST_HANDLES) {
        return STATUS_FWP_CANNOT_PEND;
    }
    uint32_t number = next_number();
    operations[number] = 1;
    *completionContext = (HANDLE)(uintptr_t)number;
    fuzz_engine.pends++;
    fuzz_engine.pended = true;
    return STATUS_SUCCESS;
}

VOID FwpsCompleteOperation0(HANDLE completionContext, NET_BUFFER_LIST *netBufferList)
{
    uintptr_t number = (uintptr_t)completionContext;
    (void)netBufferList;
    FUZZ_CHECK(number < MOST_HANDLES && operations[number] == 1 && lab_self()->locks == 0);
    operations[number] = 0;
    fuzz_engine.pends--;
}

NTSTATUS FwpsAcquireClassifyHandle0(VOID *classifyContext, UINT32 flags, UINT64 *classifyHandle)
{
    (void)flags;
    FUZZ_CHECK(classifyContext != NULL);
    if (fuzz_engine.fail_pend || last + 2 >= MOST_HANDLES) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *classifyHandle = next_number();
    acquired[*classifyHandle] = 1;
    fuzz_engine.acquired++;
    return STATUS_SUCCESS;
}

VOID FwpsReleaseClassifyHandle0(UINT64 classifyHandle)
{
    FUZZ_CHECK(classifyHandle < MOST_HANDLES && acquired[classifyHandle] == 1);
    acquired[classifyHandle] = 0;
    fuzz_engine.acquired--;
}

NTSTATUS FwpsPendClassify0(UINT64 classifyHandle, UINT64 filterId, UINT32 flags,
                           FWPS_CLASSIFY_OUT0 *classifyOut)
{
    (void)filterId;
    (void)flags;
    FUZZ_CHECK(acquired[classifyHandle] == 1 && (classifyOut->rights & FWPS_RIGHT_ACTION_WRITE));
    if (fuzz_engine.fail_injection) {
        return STATUS_FWP_CANNOT_PEND;
    }
    closures[classifyHandle] = 1;
    fuzz_engine.closures++;
    fuzz_engine.pended = true;
    return STATUS_SUCCESS;
}

VOID FwpsCompleteClassify0(UINT64 classifyHandle, UINT32 flags, FWPS_CLASSIFY_OUT0 *classifyOut)
{
    (void)flags;
    FUZZ_CHECK(classifyHandle < MOST_HANDLES && closures[classifyHandle] == 1);
    FUZZ_CHECK(classifyOut->actionType == FWP_ACTION_PERMIT);
    closures[classifyHandle] = 0;
    fuzz_engine.closures--;
}

/* Callouts and flows */

NTSTATUS FwpsCalloutRegister1(VOID *deviceObject, const FWPS_CALLOUT1 *callout, UINT32 *calloutId)
{
    FUZZ_CHECK(deviceObject != NULL && fuzz_engine.callout_count < FUZZ_CALLOUTS);
    fuzz_engine.callouts[fuzz_engine.callout_count] = *callout;
    *calloutId = ++fuzz_engine.callout_count;
    fuzz_engine.callouts_left++;
    return STATUS_SUCCESS;
}

NTSTATUS FwpsCalloutUnregisterById0(const UINT32 calloutId)
{
    FUZZ_CHECK(calloutId >= 1 && calloutId <= fuzz_engine.callout_count);
    fuzz_engine.callouts_left--;
    return STATUS_SUCCESS;
}

NTSTATUS FwpsFlowAssociateContext0(UINT64 flowId, UINT16 layerId, UINT32 calloutId,
                                   UINT64 flowContext)
{
    (void)layerId;
    FUZZ_CHECK(fuzz_engine.callouts[calloutId - 1].flowDeleteFn != NULL && flowContext != 0);
    if (flowId >= FUZZ_CONTEXTS || fuzz_engine.contexts[flowId] != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    fuzz_engine.contexts[flowId] = flowContext;
    return STATUS_SUCCESS;
}

NTSTATUS FwpsFlowRemoveContext0(UINT64 flowId, UINT16 layerId, UINT32 calloutId)
{
    if (flowId >= FUZZ_CONTEXTS || fuzz_engine.contexts[flowId] == 0) {
        return STATUS_UNSUCCESSFUL;
    }
    uint64_t context = fuzz_engine.contexts[flowId];
    fuzz_engine.contexts[flowId] = 0;
    fuzz_engine.callouts[calloutId - 1].flowDeleteFn(layerId, calloutId, context);
    return STATUS_SUCCESS;
}

NTSTATUS FwpsFlowAbort0(UINT64 flowId)
{
    (void)flowId;
    return STATUS_SUCCESS;
}

/* Packets */

NTSTATUS FwpsAllocateNetBufferAndNetBufferList0(NDIS_HANDLE poolHandle, USHORT contextSize,
                                                USHORT contextBackFill, MDL *mdlChain,
                                                ULONG dataOffset, SIZE_T dataLength,
                                                NET_BUFFER_LIST **netBufferList)
{
    (void)contextSize;
    (void)contextBackFill;
    FUZZ_CHECK(poolHandle != NULL && dataLength <= MmGetMdlByteCount(mdlChain));
    if (fuzz_engine.fail_build) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    NET_BUFFER_LIST *list = calloc(1, sizeof(NET_BUFFER_LIST));
    list->FirstNetBuffer = calloc(1, sizeof(NET_BUFFER));
    list->FirstNetBuffer->MdlChain = mdlChain;
    list->FirstNetBuffer->DataLength = (ULONG)dataLength;
    wfp_buffer_start(list->FirstNetBuffer, dataOffset);
    fuzz_engine.lists++;
    *netBufferList = list;
    return STATUS_SUCCESS;
}

VOID FwpsFreeNetBufferList0(NET_BUFFER_LIST *netBufferList)
{
    free(netBufferList->FirstNetBuffer);
    free(netBufferList);
    fuzz_engine.lists--;
}

FWPS_PACKET_INJECTION_STATE FwpsQueryPacketInjectionState0(HANDLE injectionHandle,
                                                           const NET_BUFFER_LIST *netBufferList,
                                                           HANDLE *injectionContext)
{
    FUZZ_CHECK(injectionHandle != NULL && netBufferList != NULL);
    *injectionContext = fuzz_engine.injection_context;
    return fuzz_engine.injected;
}

/* Reads what is injected to its end, as an adapter would. */
static void read_list(const NET_BUFFER_LIST *list)
{
    NET_BUFFER *buffer = list->FirstNetBuffer;
    UCHAR *storage = malloc(buffer->DataLength + 1);
    const UCHAR *data = NdisGetDataBuffer(buffer, buffer->DataLength, storage, 1, 0);
    volatile UCHAR sum = 0;
    for (ULONG i = 0; data != NULL && i < buffer->DataLength; i++) {
        sum ^= data[i];
    }
    free(storage);
}

static void complete(const struct slow *one)
{
    one->list->Status = fuzz_engine.lost_injection ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
    one->completion(one->context, one->list, FALSE);
}

static NTSTATUS inject(NET_BUFFER_LIST *list, FWPS_INJECT_COMPLETE0 completion, HANDLE context)
{
    struct slow one = {completion, context, list};
    FUZZ_CHECK(lab_self()->locks == 0);
    read_list(list);
    if (fuzz_engine.fail_injection) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (fuzz_engine.slow_injection && slow_count < MOST_SLOW) {
        slow[slow_count++] = one;
    } else {
        complete(&one);
    }
    return STATUS_SUCCESS;
}

void fuzz_engine_finish(void)
{
    while (slow_count > 0) {
        complete(&slow[--slow_count]);
    }
}

NTSTATUS FwpsInjectTransportSendAsync0(HANDLE injectionHandle, HANDLE injectionContext,
                                       UINT64 endpointHandle, UINT32 flags,
                                       FWPS_TRANSPORT_SEND_PARAMS0 *sendArgs, USHORT addressFamily,
                                       ULONG compartmentId, NET_BUFFER_LIST *netBufferList,
                                       FWPS_INJECT_COMPLETE0 completionFn, HANDLE completionContext)
{
    volatile UCHAR sum = 0;
    (void)injectionHandle;
    (void)injectionContext;
    (void)endpointHandle;
    (void)flags;
    (void)addressFamily;
    (void)compartmentId;
    for (ULONG i = 0; sendArgs != NULL && i < sendArgs->controlDataLength; i++) {
        sum ^= ((const UCHAR *)sendArgs->controlData)[i];
    }
    return inject(netBufferList, completionFn, completionContext);
}

NTSTATUS FwpsInjectTransportReceiveAsync0(HANDLE injectionHandle, HANDLE injectionContext,
                                          PVOID reserved, UINT32 flags, USHORT addressFamily,
                                          ULONG compartmentId, ULONG interfaceIndex,
                                          ULONG subInterfaceIndex, NET_BUFFER_LIST *netBufferList,
                                          FWPS_INJECT_COMPLETE0 completionFn,
                                          HANDLE completionContext)
{
    (void)injectionHandle;
    (void)injectionContext;
    (void)reserved;
    (void)flags;
    (void)addressFamily;
    (void)compartmentId;
    (void)interfaceIndex;
    (void)subInterfaceIndex;
    FUZZ_CHECK(netBufferList->Next == NULL && netBufferList->FirstNetBuffer->Next == NULL);
    return inject(netBufferList, completionFn, completionContext);
}

NTSTATUS FwpsConstructIpHeaderForTransportPacket0(
    NET_BUFFER_LIST *netBufferList, ULONG headerIncludeHeaderLength, USHORT addressFamily,
    const UCHAR *sourceAddress, const UCHAR *remoteAddress, int nextProtocol, UINT64 endpointHandle,
    PVOID controlData, ULONG controlDataLength, UINT32 flags, PVOID reserved, ULONG interfaceIndex,
    ULONG subInterfaceIndex)
{
    (void)addressFamily;
    (void)sourceAddress;
    (void)remoteAddress;
    (void)nextProtocol;
    (void)endpointHandle;
    (void)controlData;
    (void)controlDataLength;
    (void)flags;
    (void)reserved;
    (void)interfaceIndex;
    (void)subInterfaceIndex;
    return headerIncludeHeaderLength <= netBufferList->FirstNetBuffer->DataLength
               ? STATUS_SUCCESS
               : STATUS_INVALID_PARAMETER;
}

/* What is only opened and closed */

NTSTATUS FwpsInjectionHandleCreate0(USHORT addressFamily, UINT32 flags, HANDLE *injectionHandle)
{
    (void)addressFamily;
    (void)flags;
    fuzz_engine.handles++;
    *injectionHandle = &fuzz_engine;
    return STATUS_SUCCESS;
}

NTSTATUS FwpsInjectionHandleDestroy0(HANDLE injectionHandle)
{
    (void)injectionHandle;
    fuzz_engine.handles--;
    return STATUS_SUCCESS;
}

PVOID NdisAllocateGenericObject(PDRIVER_OBJECT DriverObject, ULONG Tag, USHORT Size)
{
    (void)DriverObject;
    (void)Tag;
    (void)Size;
    fuzz_engine.handles++;
    return &fuzz_engine;
}

VOID NdisFreeGenericObject(PVOID NdisObject)
{
    (void)NdisObject;
    fuzz_engine.handles--;
}

NDIS_HANDLE NdisAllocateNetBufferListPool(NDIS_HANDLE NdisHandle,
                                          const NET_BUFFER_LIST_POOL_PARAMETERS *Parameters)
{
    (void)NdisHandle;
    (void)Parameters;
    fuzz_engine.handles++;
    return &fuzz_engine;
}

VOID NdisFreeNetBufferListPool(NDIS_HANDLE PoolHandle)
{
    (void)PoolHandle;
    fuzz_engine.handles--;
}

NTSTATUS FwpmEngineOpen0(const WCHAR *serverName, UINT32 authnService, PVOID authIdentity,
                         const FWPM_SESSION0 *session, HANDLE *engineHandle)
{
    (void)serverName;
    (void)authnService;
    (void)authIdentity;
    (void)session;
    fuzz_engine.sessions++;
    *engineHandle = &fuzz_engine;
    return STATUS_SUCCESS;
}

NTSTATUS FwpmEngineClose0(HANDLE engineHandle)
{
    (void)engineHandle;
    fuzz_engine.sessions--;
    return STATUS_SUCCESS;
}

FWPM_SERVICE_STATE FwpmBfeStateGet0(VOID)
{
    return FWPM_SERVICE_RUNNING;
}

NTSTATUS FwpmBfeStateSubscribeChanges0(VOID *deviceObject,
                                       FWPM_SERVICE_STATE_CHANGE_CALLBACK0 callback, VOID *context,
                                       HANDLE *changeHandle)
{
    (void)deviceObject;
    (void)callback;
    (void)context;
    fuzz_engine.subscriptions++;
    *changeHandle = &fuzz_engine;
    return STATUS_SUCCESS;
}

NTSTATUS FwpmBfeStateUnsubscribeChanges0(HANDLE changeHandle)
{
    (void)changeHandle;
    fuzz_engine.subscriptions--;
    return STATUS_SUCCESS;
}

#define SUCCEEDS(function, ...)                                                                    \
    NTSTATUS function(__VA_ARGS__)                                                                 \
    {                                                                                              \
        return STATUS_SUCCESS;                                                                     \
    }

SUCCEEDS(FwpmTransactionBegin0, HANDLE engineHandle __attribute__((unused)),
         UINT32 flags __attribute__((unused)))
SUCCEEDS(FwpmTransactionCommit0, HANDLE engineHandle __attribute__((unused)))
SUCCEEDS(FwpmTransactionAbort0, HANDLE engineHandle __attribute__((unused)))
SUCCEEDS(FwpmProviderAdd0, HANDLE engineHandle __attribute__((unused)),
         const FWPM_PROVIDER0 *provider __attribute__((unused)), PVOID sd __attribute__((unused)))
SUCCEEDS(FwpmSubLayerAdd0, HANDLE engineHandle __attribute__((unused)),
         const FWPM_SUBLAYER0 *subLayer __attribute__((unused)), PVOID sd __attribute__((unused)))
SUCCEEDS(FwpmCalloutAdd0, HANDLE engineHandle __attribute__((unused)),
         const FWPM_CALLOUT0 *callout __attribute__((unused)), PVOID sd __attribute__((unused)),
         UINT32 *id __attribute__((unused)))
SUCCEEDS(FwpmFilterAdd0, HANDLE engineHandle __attribute__((unused)),
         const FWPM_FILTER0 *filter __attribute__((unused)), PVOID sd __attribute__((unused)),
         UINT64 *id __attribute__((unused)))

void wfp_device_deleted(PVOID device)
{
    (void)device;
}
