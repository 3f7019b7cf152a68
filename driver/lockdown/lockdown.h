/*
 * What blocks while the driver doesn't run, when lockdown is wanted from boot on (docs/adr/0034): boot-time filters until
 * the filter engine runs, then persistent ones that ask a callout of the driver whether it is there. They outlive the
 * driver, so they are added and removed in user mode, by a program that starts when the driver doesn't: portreeve-setup,
 * and the lab in its place.
 *
 * The same source is compiled for user mode (PR_LOCKDOWN_USER) and for the lab. The functions of both sides have the same
 * arguments, and results of 32 bits that are 0 for success.
 */
#ifndef PR_LOCKDOWN_H
#define PR_LOCKDOWN_H

#ifdef PR_LOCKDOWN_USER
#include <windows.h>

#include <winternl.h>
#else
#include <ntifs.h>
#endif

#include <fwpmk.h>

/* The filter engine's management functions, which portreeve-setup looks up in System32's fwpuclnt.dll. */
struct pr_fwpm {
    NTSTATUS(NTAPI *engine_open)(const WCHAR *server, UINT32 service, PVOID identity,
                                 const FWPM_SESSION0 *session, HANDLE *engine);
    NTSTATUS(NTAPI *engine_close)(HANDLE engine);
    NTSTATUS(NTAPI *transaction_begin)(HANDLE engine, UINT32 flags);
    NTSTATUS(NTAPI *transaction_commit)(HANDLE engine);
    NTSTATUS(NTAPI *transaction_abort)(HANDLE engine);
    NTSTATUS(NTAPI *provider_add)(HANDLE engine, const FWPM_PROVIDER0 *provider, PVOID descriptor);
    NTSTATUS(NTAPI *sublayer_add)(HANDLE engine, const FWPM_SUBLAYER0 *sublayer, PVOID descriptor);
    NTSTATUS(NTAPI *callout_add)(HANDLE engine, const FWPM_CALLOUT0 *callout, PVOID descriptor,
                                 UINT32 *id);
    NTSTATUS(NTAPI *filter_add)(HANDLE engine, const FWPM_FILTER0 *filter, PVOID descriptor,
                                UINT64 *id);
    NTSTATUS(NTAPI *provider_delete)(HANDLE engine, const GUID *key);
    NTSTATUS(NTAPI *sublayer_delete)(HANDLE engine, const GUID *key);
    NTSTATUS(NTAPI *callout_delete)(HANDLE engine, const GUID *key);
    NTSTATUS(NTAPI *filter_delete)(HANDLE engine, const GUID *key);
};

/* Adds everything, in one transaction: afterwards all of it is there, or nothing new. 0, or the error of the function that
 * failed. What an earlier call has left is replaced. */
UINT32 pr_lockdown_add(const struct pr_fwpm *fwpm);
/* Removes everything, in one transaction. 0 also when nothing was there. */
UINT32 pr_lockdown_remove(const struct pr_fwpm *fwpm);

#endif
