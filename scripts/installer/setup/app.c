/* The running app: ended before its files are replaced. The driver goes on, by its rules and its policy for nobody there. */
#include "setup.h"

#include <tlhelp32.h>

#define WAIT_MS 5000

static void end_if_ours(DWORD id, const WCHAR *program)
{
    DWORD access = PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_TERMINATE | SYNCHRONIZE;
    HANDLE process = OpenProcess(access, FALSE, id);
    if (process == NULL) {
        return;
    }
    DWORD length = PATH_UNITS;
    WCHAR *path = allocate(PATH_UNITS * sizeof(WCHAR));
    if (QueryFullProcessImageNameW(process, 0, path, &length) && same_path(path, program)) {
        (void)TerminateProcess(process, 0);
        (void)WaitForSingleObject(process, WAIT_MS);
    }
    release(path);
    (void)CloseHandle(process);
}

DWORD app_stop(const WCHAR *program)
{
    PROCESSENTRY32W entry = {.dwSize = sizeof(entry)};
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (snapshot == INVALID_HANDLE_VALUE) {
        return ERROR_SUCCESS;
    }
    for (BOOL more = Process32FirstW(snapshot, &entry); more;
         more = Process32NextW(snapshot, &entry)) {
        if (same_path(entry.szExeFile, APP_PROGRAM)) {
            end_if_ours(entry.th32ProcessID, program);
        }
    }
    (void)CloseHandle(snapshot);
    return ERROR_SUCCESS;
}

/* This program lies in resources\setup of the app's folder. */
WCHAR *app_beside(void)
{
    WCHAR *path = allocate(PATH_UNITS * sizeof(WCHAR));
    DWORD length = GetModuleFileNameW(NULL, path, PATH_UNITS);
    for (DWORD level = 0; level < 3 && length > 0; level++) {
        do {
            length--;
        } while (length > 0 && path[length] != L'\\');
    }
    path[length] = 0;
    WCHAR *program = joined(path, L"\\" APP_PROGRAM);
    release(path);
    return program;
}
