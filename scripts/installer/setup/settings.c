/*
 * What the installer was told, for the app's first start. No values of the package: such ones would go with an upgrade that
 * isn't told anew, or leave Windows Installer's note of a permanent component behind for ever.
 */
#include "setup.h"

/* What a note begins with. */
#define ABSENT  L'a'
#define PRESENT L'p'

static const WCHAR *const names[] = {MODE_VALUE, NO_CLIENT_VALUE};

DWORD settings_write(const WCHAR *name, const WCHAR *value)
{
    HKEY key;
    DWORD bytes = ((DWORD)lstrlenW(value) + 1) * sizeof(WCHAR);
    LSTATUS status = RegCreateKeyExW(HKEY_LOCAL_MACHINE, SETTINGS_KEY, 0, NULL, 0,
                                     KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL);
    if (status == ERROR_SUCCESS) {
        status = RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)value, bytes);
        (void)RegCloseKey(key);
    }
    return (DWORD)status;
}

static DWORD remember_value(const WCHAR *name)
{
    DWORD bytes = TEXT_UNITS * sizeof(WCHAR);
    WCHAR *value = allocate(bytes + 2 * sizeof(WCHAR));
    DWORD flags = RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY;
    value[0] = RegGetValueW(HKEY_LOCAL_MACHINE, SETTINGS_KEY, name, flags, NULL, value + 1,
                            &bytes) == ERROR_SUCCESS
                   ? PRESENT
                   : ABSENT;
    if (value[0] == ABSENT) {
        value[1] = 0;
    }
    DWORD error = remember(name, value);
    release(value);
    return error;
}

/* An empty value was not given: what is there stays. */
DWORD settings_make(const WCHAR *mode, const WCHAR *no_client)
{
    const WCHAR *const values[] = {mode, no_client};
    DWORD error = ERROR_SUCCESS;
    for (DWORD i = 0; i < ARRAYSIZE(names) && error == ERROR_SUCCESS; i++) {
        if (values[i][0] != 0) {
            error = remember_value(names[i]);
            error = error == ERROR_SUCCESS ? settings_write(names[i], values[i]) : error;
        }
    }
    return error == ERROR_SUCCESS ? error : failed(L"The settings could not be kept", error);
}

static DWORD put_back(const WCHAR *name, const WCHAR *noted)
{
    if (noted[0] == PRESENT) {
        return settings_write(name, noted + 1);
    }
    LSTATUS status = RegDeleteKeyValueW(HKEY_LOCAL_MACHINE, SETTINGS_KEY, name);
    return status == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : (DWORD)status;
}

DWORD settings_undo(void)
{
    DWORD error = ERROR_SUCCESS;
    for (DWORD i = 0; i < ARRAYSIZE(names); i++) {
        WCHAR *noted = recall(names[i]);
        DWORD result = noted == NULL ? ERROR_SUCCESS : put_back(names[i], noted);
        error = error == ERROR_SUCCESS ? result : error;
        release(noted);
    }
    return error;
}
