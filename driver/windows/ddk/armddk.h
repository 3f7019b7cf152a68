/*
 * The part of the kernel's interface that differs by processor, for ARM64. mingw-w64's wdm.h has none: where _M_ARM is
 * defined it includes a file of this name. Only what the driver uses is here, after Microsoft's documentation of wdm.h. With
 * the WDK this folder is not in the include path.
 */
#ifndef PR_DDK_ARMDDK_H
#define PR_DDK_ARMDDK_H

#define PASSIVE_LEVEL  0
#define APC_LEVEL      1
#define DISPATCH_LEVEL 2

#define PAGE_SIZE  0x1000
#define PAGE_SHIFT 12L

/* On x64 these are a register of the processor, here the kernel's functions. */
NTKERNELAPI KIRQL NTAPI KeGetCurrentIrql(VOID);
NTKERNELAPI KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock);
NTKERNELAPI VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql);

#define KeAcquireSpinLock(lock, irql) (*(irql) = KeAcquireSpinLockRaiseToDpc(lock))

#define InterlockedIncrement       _InterlockedIncrement
#define InterlockedDecrement       _InterlockedDecrement
#define InterlockedExchange        _InterlockedExchange
#define InterlockedCompareExchange _InterlockedCompareExchange
#define InterlockedIncrement64     _InterlockedIncrement64

#endif
