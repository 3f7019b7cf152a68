/*
 * AskAboutRules: the one question of a removal that somebody watches. Windows Installer shows it, and answers it with "keep"
 * by itself when it runs without a user interface. Immediate, type 1; sets REMOVERULES.
 */
#include <windows.h>

#include <msi.h>
#include <msiquery.h>

#define GERMAN LANG_GERMAN

static const WCHAR *question(void)
{
    if (PRIMARYLANGID(GetUserDefaultUILanguage()) == GERMAN) {
        return L"Sollen auch Ihre Regeln und das Protokoll gel\x00f6scht werden?\n\n"
               L"Mit \x201eNein\x201c bleiben sie f\x00fcr eine sp\x00e4tere Installation "
               L"erhalten.";
    }
    return L"Delete your rules and the journal too?\n\n"
           L"With \"No\" they are kept for a later installation.";
}

UINT WINAPI AskAboutRules(MSIHANDLE session);

UINT WINAPI AskAboutRules(MSIHANDLE session)
{
    UINT buttons = MB_YESNO | MB_ICONQUESTION | MB_DEFBUTTON2;
    MSIHANDLE record = MsiCreateRecord(0);
    if (record == 0) {
        return ERROR_SUCCESS;
    }
    (void)MsiRecordSetStringW(record, 0, question());
    if (MsiProcessMessage(session, (INSTALLMESSAGE)(INSTALLMESSAGE_USER | buttons), record) ==
        IDYES) {
        (void)MsiSetPropertyW(session, L"REMOVERULES", L"1");
    }
    (void)MsiCloseHandle(record);
    return ERROR_SUCCESS;
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved);

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    (void)instance;
    (void)reason;
    (void)reserved;
    return TRUE;
}
