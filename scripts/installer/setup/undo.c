/*
 * Notes of what was there before, for the verbs that put it back. The key is volatile: what a crash leaves behind is gone with
 * the next start of Windows. Only administrators may write below HKEY_LOCAL_MACHINE\SOFTWARE, so the notes can be trusted.
 */
#include "setup.h"

DWORD remember(const WCHAR *name, const WCHAR *value)
{
    HKEY key;
    DWORD bytes = ((DWORD)lstrlenW(value) + 1) * sizeof(WCHAR);
    LSTATUS status = RegCreateKeyExW(HKEY_LOCAL_MACHINE, UNDO_KEY, 0, NULL, REG_OPTION_VOLATILE,
                                     KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL);
    if (status == ERROR_SUCCESS) {
        status = RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)value, bytes);
        (void)RegCloseKey(key);
    }
    return status == ERROR_SUCCESS ? ERROR_SUCCESS
                                   : failed(L"The way back can't be noted", (DWORD)status);
}

WCHAR *recall(const WCHAR *name)
{
    DWORD bytes = TEXT_UNITS * sizeof(WCHAR);
    WCHAR *value = allocate(bytes);
    DWORD flags = RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, UNDO_KEY, name, flags, NULL, value, &bytes) ==
        ERROR_SUCCESS) {
        return value;
    }
    release(value);
    return NULL;
}

static DWORD delete_tree(const WCHAR *path)
{
    LSTATUS status = RegDeleteTreeW(HKEY_LOCAL_MACHINE, path);
    return status == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : (DWORD)status;
}

/* The key of the settings is kept when somebody has set one. */
static void delete_if_empty(void)
{
    HKEY key;
    DWORD keys = 1;
    DWORD values = 1;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, SETTINGS_KEY, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY,
                      &key) != ERROR_SUCCESS) {
        return;
    }
    LSTATUS status =
        RegQueryInfoKeyW(key, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL, NULL, NULL);
    (void)RegCloseKey(key);
    if (status == ERROR_SUCCESS && keys == 0 && values == 0) {
        (void)RegDeleteKeyExW(HKEY_LOCAL_MACHINE, SETTINGS_KEY, KEY_WOW64_64KEY, 0);
    }
}

void forget(void)
{
    (void)delete_tree(UNDO_KEY);
    delete_if_empty();
}

DWORD forget_settings(void)
{
    return delete_tree(SETTINGS_KEY);
}
