/* Process look-ups, for Linux builds (names of the WDK's ntifs.h). */
#ifndef LAB_NTIFS_H
#define LAB_NTIFS_H

#include <ntddk.h>

NTSTATUS PsLookupProcessByProcessId(HANDLE ProcessId, PEPROCESS *Process);
LONGLONG PsGetProcessCreateTimeQuadPart(PEPROCESS Process);
NTSTATUS PsGetProcessExitStatus(PEPROCESS Process);
/* The string is one allocation of the caller's: ExFreePool(name). */
NTSTATUS SeLocateProcessImageName(PEPROCESS Process, PUNICODE_STRING *ImageFileName);
HANDLE PsGetProcessInheritedFromUniqueProcessId(PEPROCESS Process);

#endif
