/*
 * The running app, also as a service and as its agents in users' sessions: ended before its files are replaced. The driver
 * goes on, by its rules and its policy for nobody there.
 */
#include "setup.h"

#include <tlhelp32.h>

#define WAIT_MS    5000
#define MAX_ROUNDS 8

static BOOL end_if_ours(DWORD id, const WCHAR *program)
{
    BOOL ended = FALSE;
    DWORD access = PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_TERMINATE | SYNCHRONIZE;
    HANDLE process = OpenProcess(access, FALSE, id);
    if (process == NULL) {
        return FALSE;
    }
    DWORD length = PATH_UNITS;
    WCHAR *path = allocate(PATH_UNITS * sizeof(WCHAR));
    if (QueryFullProcessImageNameW(process, 0, path, &length) && same_path(path, program)) {
        ended = TerminateProcess(process, 0);
        (void)WaitForSingleObject(process, WAIT_MS);
    }
    release(path);
    (void)CloseHandle(process);
    return ended;
}

/* Of the system's own processes, which the service is one of, Windows grants an administrator nothing else. */
static void allow_debugging(void)
{
    TOKEN_PRIVILEGES wanted = {.PrivilegeCount = 1};
    HANDLE token;
    wanted.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token)) {
        return;
    }
    if (LookupPrivilegeValueW(NULL, L"SeDebugPrivilege", &wanted.Privileges[0].Luid)) {
        (void)AdjustTokenPrivileges(token, FALSE, &wanted, 0, NULL, NULL);
    }
    (void)CloseHandle(token);
}

/* How many were ended. */
static DWORD end_all(const WCHAR *program)
{
    DWORD ended = 0;
    PROCESSENTRY32W entry = {.dwSize = sizeof(entry)};
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (snapshot == INVALID_HANDLE_VALUE) {
        return 0;
    }
    for (BOOL more = Process32FirstW(snapshot, &entry); more;
         more = Process32NextW(snapshot, &entry)) {
        if (same_path(entry.szExeFile, APP_PROGRAM) && end_if_ours(entry.th32ProcessID, program)) {
            ended++;
        }
    }
    (void)CloseHandle(snapshot);
    return ended;
}

/* The service starts an agent again that has ended, as long as it runs itself: so it is looked again until there is none. */
DWORD app_stop(const WCHAR *program)
{
    allow_debugging();
    for (DWORD round = 0; round < MAX_ROUNDS && end_all(program) > 0; round++) {
    }
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
