/*
 * Lockdown from boot on: what blocks while the driver doesn't run (docs/adr/0034). The objects are those of driver/lockdown; here are
 * Windows' functions for it, which are looked up: their library is no known DLL.
 */
#include "setup.h"

#include "lockdown/lockdown.h"

#define FUNCTIONS 13

/* In the order of struct pr_fwpm. */
static const char *const names[FUNCTIONS] = {
    "FwpmEngineOpen0",          "FwpmEngineClose0",         "FwpmTransactionBegin0",
    "FwpmTransactionCommit0",   "FwpmTransactionAbort0",    "FwpmProviderAdd0",
    "FwpmSubLayerAdd0",         "FwpmCalloutAdd0",          "FwpmFilterAdd0",
    "FwpmProviderDeleteByKey0", "FwpmSubLayerDeleteByKey0", "FwpmCalloutDeleteByKey0",
    "FwpmFilterDeleteByKey0",
};

union functions {
    FARPROC found[FUNCTIONS];
    struct pr_fwpm fwpm;
};
C_ASSERT(sizeof(union functions) == FUNCTIONS * sizeof(FARPROC));

static DWORD find_functions(union functions *functions)
{
    HMODULE library = LoadLibraryExW(L"fwpuclnt.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (library == NULL) {
        return GetLastError();
    }
    for (DWORD i = 0; i < FUNCTIONS; i++) {
        functions->found[i] = GetProcAddress(library, names[i]);
        if (functions->found[i] == NULL) {
            return ERROR_PROC_NOT_FOUND;
        }
    }
    return ERROR_SUCCESS;
}

static DWORD change(UINT32 (*lockdown)(const struct pr_fwpm *fwpm))
{
    union functions functions;
    DWORD error = find_functions(&functions);
    if (error == ERROR_SUCCESS) {
        error = lockdown(&functions.fwpm);
    }
    return error == ERROR_SUCCESS ? error
                                  : failed(L"What blocks while the driver does not run can't be "
                                           L"changed (does the Base Filtering Engine run?)",
                                           error);
}

DWORD lockdown_add(void)
{
    return change(pr_lockdown_add);
}

/* Boot-time filters that were left without a driver would cut off the computer: removing it waits for this. */
DWORD lockdown_remove(void)
{
    return change(pr_lockdown_remove);
}
