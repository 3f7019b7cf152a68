/* Memory descriptor lists: pool of their own, so that a leak shows. */
#include "kernel.h"

#define TAG 0x206c644du /* Mdl */

PMDL IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer, BOOLEAN ChargeQuota,
                   struct _IRP *Irp)
{
    PMDL mdl;
    (void)SecondaryBuffer;
    (void)ChargeQuota;
    (void)Irp;
    lab_require_irql(DISPATCH_LEVEL, "IoAllocateMdl", "R31");
    mdl = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*mdl), TAG);
    if (mdl != NULL) {
        mdl->StartVa = VirtualAddress;
        mdl->ByteCount = Length;
    }
    return mdl;
}

VOID IoFreeMdl(PMDL Mdl)
{
    lab_require_irql(DISPATCH_LEVEL, "IoFreeMdl", "R31");
    ExFreePoolWithTag(Mdl, TAG);
}

VOID MmBuildMdlForNonPagedPool(PMDL MemoryDescriptorList)
{
    lab_require_irql(DISPATCH_LEVEL, "MmBuildMdlForNonPagedPool", "R31");
    MemoryDescriptorList->built = TRUE;
}

PVOID lab_mdl_address(const MDL *mdl)
{
    if (!mdl->built) {
        lab_broken("W1", "an MDL is read that was not built");
    }
    return mdl->StartVa;
}
