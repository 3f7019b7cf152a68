/*
 * Stands in for Windows' wtsapi32.dll, of which Wine has only the names: a session of services, one that somebody is signed in
 * to, whose token is this process's with Administrators for denying only, and one that waits for somebody. Structures are those
 * of the headers. What ends a wait is an event with a name, or a flush, which ends nothing that has not begun.
 */
#include <windows.h>

#include <wtsapi32.h>

#define USER_SESSION 1

BOOL WINAPI WTSEnumerateSessionsW(HANDLE server, DWORD reserved, DWORD version,
                                  PWTS_SESSION_INFOW *sessions, DWORD *count)
{
    static WCHAR name[] = L"station";
    PWTS_SESSION_INFOW list;
    if (server != NULL || reserved != 0 || version != 1) {
        return FALSE;
    }
    list = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, 3 * sizeof(*list));
    for (DWORD i = 0; i < 3; i++) {
        list[i].SessionId = i;
        list[i].pWinStationName = name;
        list[i].State = i == USER_SESSION ? WTSActive : WTSListen;
    }
    *sessions = list;
    *count = 3;
    return TRUE;
}

BOOL WINAPI WTSQueryUserToken(ULONG session, HANDLE *token)
{
    BYTE buffer[SECURITY_MAX_SID_SIZE];
    DWORD bytes = sizeof(buffer);
    SID_AND_ATTRIBUTES denied = {.Sid = buffer};
    HANDLE own;
    if (session != USER_SESSION || !OpenProcessToken(GetCurrentProcess(), MAXIMUM_ALLOWED, &own)) {
        SetLastError(ERROR_NO_TOKEN);
        return FALSE;
    }
    BOOL made = CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, buffer, &bytes) &&
                CreateRestrictedToken(own, 0, 1, &denied, 0, NULL, 0, NULL, token);
    (void)CloseHandle(own);
    return made;
}

BOOL WINAPI WTSQuerySessionInformationW(HANDLE server, DWORD session, WTS_INFO_CLASS kind,
                                        LPWSTR *text, DWORD *bytes)
{
    static const WCHAR name[] = L"ada";
    if (server != NULL || session != USER_SESSION || kind != WTSUserName) {
        return FALSE;
    }
    *text = HeapAlloc(GetProcessHeap(), 0, sizeof(name));
    CopyMemory(*text, name, sizeof(name));
    *bytes = sizeof(name);
    return TRUE;
}

void WINAPI WTSFreeMemory(void *memory)
{
    (void)HeapFree(GetProcessHeap(), 0, memory);
}

BOOL WINAPI WTSWaitSystemEvent(HANDLE server, DWORD mask, DWORD *flags)
{
    HANDLE ends[] = {CreateEventW(NULL, FALSE, FALSE, L"portreeve-sessions-change"),
                     CreateEventW(NULL, FALSE, FALSE, L"portreeve-sessions-flush")};
    *flags = WTS_EVENT_NONE;
    if (mask == WTS_EVENT_FLUSH) {
        (void)PulseEvent(ends[1]);
    } else if (WaitForMultipleObjects(2, ends, FALSE, INFINITE) == WAIT_OBJECT_0) {
        *flags = mask & WTS_EVENT_LOGON;
    }
    (void)CloseHandle(ends[0]);
    (void)CloseHandle(ends[1]);
    return server == NULL;
}
