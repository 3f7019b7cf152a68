/*
 * The driver store, through the documented functions for driver packages ("Primitive drivers", "DiInstallDriverW",
 * "DiUninstallDriverW", Microsoft Learn). newdev.dll is no known DLL, so it is loaded from System32 by name and no other place.
 */
#include "setup.h"

/* Windows 10 1903: primitive drivers (docs/adr/0027). */
#define FIRST_BUILD       18362
#define DIIRFLAG_FORCE_IT 0x2

typedef BOOL(WINAPI *install_driver)(HWND, LPCWSTR, DWORD, PBOOL);
typedef LONG(WINAPI *get_version)(PRTL_OSVERSIONINFOW);

static FARPROC system_function(const WCHAR *module, const char *name)
{
    HMODULE loaded = LoadLibraryExW(module, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    return loaded == NULL ? NULL : GetProcAddress(loaded, name);
}

static DWORD windows_build(void)
{
    RTL_OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof(version)};
    get_version query = (get_version)(void *)system_function(L"ntdll.dll", "RtlGetVersion");
    return query != NULL && query(&version) >= 0 ? version.dwBuildNumber : 0;
}

BOOL store_is_used(const WCHAR *route)
{
    if (same_text(route, L"service")) {
        return FALSE;
    }
    return same_text(route, L"store") || windows_build() >= FIRST_BUILD;
}

static DWORD call_newdev(const char *name, const WCHAR *inf, DWORD flags)
{
    BOOL restart = FALSE;
    install_driver call = (install_driver)(void *)system_function(L"newdev.dll", name);
    if (call == NULL) {
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
    if (!call(NULL, inf, flags, &restart)) {
        return GetLastError();
    }
    if (restart) {
        say(L"Windows wants to be restarted for the driver.");
    }
    return ERROR_SUCCESS;
}

DWORD store_install(const WCHAR *inf)
{
    return call_newdev("DiInstallDriverW", inf, DIIRFLAG_FORCE_IT);
}

static BOOL is_ours(const WCHAR *inf)
{
    WCHAR catalog[64];
    (void)GetPrivateProfileStringW(L"Version", L"CatalogFile", L"", catalog, ARRAYSIZE(catalog),
                                   inf);
    return same_path(catalog, DRIVER_CATALOG);
}

/* Every package of ours, also those of earlier versions, under the names that Windows gave them. */
DWORD store_remove_all(void)
{
    DWORD error = ERROR_SUCCESS;
    WIN32_FIND_DATAW found;
    WCHAR *windows = allocate(PATH_UNITS * sizeof(WCHAR));
    (void)GetSystemWindowsDirectoryW(windows, PATH_UNITS - 32);
    WCHAR *folder = joined(windows, L"\\INF\\");
    WCHAR *pattern = joined(folder, L"oem*.inf");
    HANDLE search = FindFirstFileW(pattern, &found);
    for (BOOL more = search != INVALID_HANDLE_VALUE; more; more = FindNextFileW(search, &found)) {
        WCHAR *inf = joined(folder, found.cFileName);
        if (inf != NULL && is_ours(inf)) {
            DWORD result = call_newdev("DiUninstallDriverW", inf, 0);
            error = error == ERROR_SUCCESS ? result : error;
        }
        release(inf);
    }
    if (search != INVALID_HANDLE_VALUE) {
        (void)FindClose(search);
    }
    release(pattern);
    release(folder);
    release(windows);
    return error;
}
