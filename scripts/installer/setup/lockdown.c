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

/* "1" from before the first object is added until the last is removed: who never had a lockdown needs no filter engine for
 * the removal of the driver. */
static DWORD note_lockdown(const WCHAR *value)
{
    HKEY key;
    LSTATUS status = RegCreateKeyExW(HKEY_LOCAL_MACHINE, SETTINGS_KEY, 0, NULL, 0,
                                     KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL);
    if (status == ERROR_SUCCESS) {
        DWORD bytes = ((DWORD)lstrlenW(value) + 1) * sizeof(WCHAR);
        status = RegSetValueExW(key, L"Lockdown", 0, REG_SZ, (const BYTE *)value, bytes);
        (void)RegCloseKey(key);
    }
    return (DWORD)status;
}

static BOOL is_noted(void)
{
    WCHAR value[8];
    DWORD bytes = sizeof(value);
    DWORD flags = RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY;
    return RegGetValueW(HKEY_LOCAL_MACHINE, SETTINGS_KEY, L"Lockdown", flags, NULL, value,
                        &bytes) == ERROR_SUCCESS &&
           same_text(value, L"1");
}

DWORD lockdown_add(void)
{
    DWORD error = note_lockdown(L"1");
    return error == ERROR_SUCCESS ? change(pr_lockdown_add) : error;
}

/* Boot-time filters that were left without a driver would cut off the computer: removing it waits for this. */
DWORD lockdown_remove(void)
{
    DWORD error = is_noted() ? change(pr_lockdown_remove) : ERROR_SUCCESS;
    return error == ERROR_SUCCESS && is_noted() ? note_lockdown(L"0") : error;
}
