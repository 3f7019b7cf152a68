#ifndef EMULATOR_TEST_ACCEPT_H
#define EMULATOR_TEST_ACCEPT_H

#include <ntifs.h>

#include <ndis.h>

#include <fwpsk.h>

VOID NTAPI accept_classify(const FWPS_INCOMING_VALUES0 *values,
                           const FWPS_INCOMING_METADATA_VALUES0 *meta, VOID *packet,
                           const VOID *context, const FWPS_FILTER1 *filter, UINT64 flow,
                           FWPS_CLASSIFY_OUT0 *out);
void accept_answer_all(BOOLEAN permit);

#endif
