/* Run-time library: strings and look-ups. */
#include <sched.h>
#include <stdlib.h>

#include "kernel.h"

#define PROCESSORS 2 /* of virtual time: which is whose is decided by the seed, as everything */

SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length)
{
    const UCHAR *a = Source1, *b = Source2;
    SIZE_T same = 0;
    while (same < Length && a[same] == b[same]) {
        same++;
    }
    return same;
}

VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    size_t units = 0;
    while (SourceString != NULL && SourceString[units] != 0) {
        units++;
    }
    DestinationString->Buffer = (PWSTR)(ULONG_PTR)SourceString;
    DestinationString->Length = (USHORT)(units * sizeof(WCHAR));
    DestinationString->MaximumLength =
        SourceString != NULL ? (USHORT)((units + 1) * sizeof(WCHAR)) : 0;
}

WCHAR RtlUpcaseUnicodeChar(WCHAR SourceCharacter)
{
    return SourceCharacter >= L'a' && SourceCharacter <= L'z' ? (WCHAR)(SourceCharacter - 32)
                                                              : SourceCharacter;
}

LONG RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                             BOOLEAN CaseInSensitive)
{
    size_t units = (String1->Length < String2->Length ? String1->Length : String2->Length) / 2u;
    for (size_t i = 0; i < units; i++) {
        WCHAR a = String1->Buffer[i], b = String2->Buffer[i];
        LONG difference =
            CaseInSensitive ? RtlUpcaseUnicodeChar(a) - RtlUpcaseUnicodeChar(b) : a - b;
        if (difference != 0) {
            return difference;
        }
    }
    return (LONG)String1->Length - (LONG)String2->Length;
}

BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                              BOOLEAN CaseInSensitive)
{
    return RtlCompareUnicodeString(String1, String2, CaseInSensitive) == 0;
}

VOID RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    USHORT bytes = SourceString->Length < DestinationString->MaximumLength
                       ? SourceString->Length
                       : DestinationString->MaximumLength;
    memcpy(DestinationString->Buffer, SourceString->Buffer, bytes);
    DestinationString->Length = bytes;
}

ULONG RtlRandomEx(PULONG Seed)
{
    *Seed = (ULONG)(lab_random() & 0x7fffffff);
    return *Seed;
}

ULONG KeGetCurrentProcessorNumberEx(PVOID ProcNumber)
{
    int processor = lab_is_virtual() ? (int)(lab_self()->id % PROCESSORS) : sched_getcpu();
    (void)ProcNumber;
    return processor < 0 ? 0 : (ULONG)processor;
}

ULONG KeQueryActiveProcessorCountEx(USHORT GroupNumber)
{
    (void)GroupNumber;
    return PROCESSORS;
}

ULONG KeQueryMaximumProcessorCountEx(USHORT GroupNumber)
{
    (void)GroupNumber;
    return PROCESSORS;
}

/* The newer calls that a driver looks up, since older systems (and Wine 8) lack them. */
static const struct {
    const WCHAR *name;
    PVOID address;
} routines[] = {
    {L"ExAllocatePool2", (PVOID)ExAllocatePool2},
    {L"ExAcquireSpinLockShared", (PVOID)ExAcquireSpinLockShared},
    {L"ExAcquireSpinLockExclusive", (PVOID)ExAcquireSpinLockExclusive},
    {L"ExReleaseSpinLockShared", (PVOID)ExReleaseSpinLockShared},
    {L"ExReleaseSpinLockExclusive", (PVOID)ExReleaseSpinLockExclusive},
    {L"KeQueryInterruptTime", (PVOID)KeQueryInterruptTime},
    {L"KeQueryInterruptTimePrecise", (PVOID)KeQueryInterruptTimePrecise},
    {L"KeQuerySystemTimePrecise", (PVOID)KeQuerySystemTimePrecise},
    {L"PsGetProcessCreateTimeQuadPart", (PVOID)PsGetProcessCreateTimeQuadPart},
    {L"PsSetCreateProcessNotifyRoutineEx", (PVOID)PsSetCreateProcessNotifyRoutineEx},
    {L"SeLocateProcessImageName", (PVOID)SeLocateProcessImageName},
    {L"KeSetCoalescableTimer", (PVOID)KeSetCoalescableTimer},
};

PVOID MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName)
{
    for (size_t i = 0; i < RTL_NUMBER_OF(routines); i++) {
        UNICODE_STRING name;
        RtlInitUnicodeString(&name, routines[i].name);
        if (RtlEqualUnicodeString(&name, SystemRoutineName, FALSE)) {
            return routines[i].address;
        }
    }
    return NULL;
}
