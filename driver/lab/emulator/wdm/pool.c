/*
 * Pool: every allocation is one malloc with a tag, so that the sanitizers see each one. Large blocks are kept for the next
 * driver that is loaded, poisoned meanwhile: each would be a mapping of its own, which costs more than a whole scenario.
 */
#include <pthread.h>
#include <stdlib.h>

#include "kernel.h"
#include "sanitizer.h"

#define POOL_MAGIC  0x4c6f6f50u
#define FREED_MAGIC 0x64656566u
#define LARGE_BYTES (16u * 1024)
#define MAX_SPARE   32

#ifdef LAB_ASAN
/* Freed memory that is not used again for a while: enough for a scenario, and it stays in the processor's reach. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=16";
}
#endif

struct pool_header {
    LIST_ENTRY link;
    SIZE_T bytes;
    ULONG tag;
    ULONG magic;
};

_Static_assert(sizeof(struct pool_header) % 16 == 0, "allocations are aligned like on Windows");

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static LIST_ENTRY live = {&live, &live};
static uint64_t live_bytes;
static LIST_ENTRY spare = {&spare, &spare}; /* freed large blocks */
static unsigned spare_count;

/* A large block of this size that was freed, or NULL. */
static struct pool_header *spare_take(SIZE_T bytes)
{
    struct pool_header *found = NULL;
    pthread_mutex_lock(&mutex);
    for (LIST_ENTRY *e = spare.Flink; e != &spare && found == NULL; e = e->Flink) {
        struct pool_header *header = CONTAINING_RECORD(e, struct pool_header, link);
        found = header->bytes == bytes ? header : NULL;
    }
    if (found != NULL) {
        (void)RemoveEntryList(&found->link);
        spare_count--;
    }
    pthread_mutex_unlock(&mutex);
    if (found != NULL) {
        lab_unpoison(found + 1, bytes);
    }
    return found;
}

static void block_free(struct pool_header *header)
{
    bool kept = false;
    if (header->bytes >= LARGE_BYTES) {
        pthread_mutex_lock(&mutex);
        kept = spare_count < MAX_SPARE;
        if (kept) {
            lab_poison(header + 1, header->bytes);
            InsertTailList(&spare, &header->link);
            spare_count++;
        }
        pthread_mutex_unlock(&mutex);
    }
    if (!kept) {
        free(header);
    }
}

static void *pool_take(SIZE_T bytes, ULONG tag, bool zero)
{
    struct pool_header *header = NULL;
    if (bytes == 0 || tag == 0) {
        lab_broken("W2", "pool allocation of %zu bytes with tag 0x%x", bytes, tag);
    }
    lab_require_irql(DISPATCH_LEVEL, "ExAllocatePoolWithTag", "R31");
    if (lab_fault_allocation()) {
        return NULL;
    }
    if (bytes >= LARGE_BYTES) {
        header = spare_take(bytes);
    }
    if (header == NULL && (header = malloc(sizeof(*header) + bytes)) == NULL) {
        return NULL;
    }
    header->bytes = bytes;
    header->tag = tag;
    header->magic = POOL_MAGIC;
    memset(header + 1, zero ? 0 : 0xa5, bytes);
    pthread_mutex_lock(&mutex);
    InsertTailList(&live, &header->link);
    live_bytes += bytes;
    pthread_mutex_unlock(&mutex);
    return header + 1;
}

PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    if (PoolType == NonPagedPool) {
        lab_broken("W2", "executable pool requested; use NonPagedPoolNx");
    }
    if (PoolType == PagedPool) {
        lab_require_irql(APC_LEVEL, "ExAllocatePoolWithTag(PagedPool)", "R31");
    }
    return pool_take(NumberOfBytes, Tag, false);
}

PVOID ExAllocatePoolZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    (void)PoolType;
    return pool_take(NumberOfBytes, Tag, true);
}

PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag)
{
    if ((Flags & POOL_FLAG_PAGED) != 0) {
        lab_require_irql(APC_LEVEL, "ExAllocatePool2(paged)", "R31");
    }
    return pool_take(NumberOfBytes, Tag, (Flags & POOL_FLAG_UNINITIALIZED) == 0);
}

VOID ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    struct pool_header *header = (struct pool_header *)P - 1;
    lab_require_irql(DISPATCH_LEVEL, "ExFreePoolWithTag", "R31");
    if (P == NULL || header->magic != POOL_MAGIC) {
        lab_broken_fatal("W2", "ExFreePoolWithTag of %p, which is not allocated", P);
    }
    if (Tag != 0 && Tag != header->tag) {
        lab_broken("W2", "freed with tag 0x%x what was allocated with 0x%x", Tag, header->tag);
    }
    pthread_mutex_lock(&mutex);
    (void)RemoveEntryList(&header->link);
    live_bytes -= header->bytes;
    pthread_mutex_unlock(&mutex);
    header->magic = FREED_MAGIC;
    block_free(header);
}

VOID ExFreePool(PVOID P)
{
    ExFreePoolWithTag(P, 0);
}

uint64_t lab_pool_bytes(void)
{
    uint64_t bytes;
    pthread_mutex_lock(&mutex);
    bytes = live_bytes;
    pthread_mutex_unlock(&mutex);
    return bytes;
}

unsigned lab_pool_report_leaks(void)
{
    unsigned leaks = 0;
    while (!IsListEmpty(&live)) {
        struct pool_header *header =
            CONTAINING_RECORD(RemoveHeadList(&live), struct pool_header, link);
        lab_broken("W2", "leak: %zu bytes with tag '%.4s' are still allocated after unload",
                   header->bytes, (const char *)&header->tag);
        block_free(header);
        leaks++;
    }
    live_bytes = 0;
    return leaks;
}

VOID ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate,
                                     PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size, ULONG Tag,
                                     USHORT Depth)
{
    (void)Allocate;
    (void)Free;
    (void)Flags;
    (void)Depth;
    Lookaside->Size = Size;
    Lookaside->Tag = Tag;
    Lookaside->Live = 0;
}

VOID ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    if (Lookaside->Live != 0) {
        lab_broken("W2", "lookaside list deleted with %u entries in use", Lookaside->Live);
    }
}

PVOID ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    PVOID entry = pool_take(Lookaside->Size, Lookaside->Tag, false);
    if (entry != NULL) {
        (void)InterlockedIncrement(&Lookaside->Live);
    }
    return entry;
}

VOID ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry)
{
    (void)InterlockedDecrement(&Lookaside->Live);
    ExFreePoolWithTag(Entry, Lookaside->Tag);
}
