/* Who may open the test driver's device, and the ways to get that wrong. */
#ifndef PROTECT_H
#define PROTECT_H

#include <ntifs.h>

BOOLEAN breaks(const char *rule);

void protect_device(PDEVICE_OBJECT device);
NTSTATUS protect_check(PIRP irp);

#endif
