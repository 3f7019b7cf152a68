/*
 * What the tests look at in Wine, in one program, since Wine takes a tenth of a second to start one: for each argument "key PATH",
 * the values of a key below HKEY_LOCAL_MACHINE, and those of the keys right below it; for "service NAME", its state. UTF-8 lines.
 */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

#define VIEW      (KEY_READ | KEY_WOW64_64KEY)
#define MAX_UNITS 16384

static void put(const WCHAR *text, int units)
{
    char bytes[MAX_UNITS * 3 + 1];
    int count = WideCharToMultiByte(CP_UTF8, 0, text, units, bytes, MAX_UNITS * 3, NULL, NULL);
    /* Texts of a list end with a zero each. */
    for (int i = 0; i < count; i++) {
        putchar(bytes[i] == 0 ? ' ' : bytes[i]);
    }
}

static int length_of(const WCHAR *text, DWORD bytes)
{
    int units = (int)(bytes / sizeof(WCHAR));
    while (units > 0 && text[units - 1] == 0) {
        units--;
    }
    return units;
}

static void values_of(HKEY key)
{
    static WCHAR name[MAX_UNITS];
    static WCHAR data[MAX_UNITS];
    for (DWORD index = 0;; index++) {
        DWORD name_units = MAX_UNITS;
        DWORD bytes = sizeof(data);
        DWORD type;
        if (RegEnumValueW(key, index, name, &name_units, NULL, &type, (BYTE *)data, &bytes) !=
            ERROR_SUCCESS) {
            return;
        }
        printf("value\t");
        put(name, (int)name_units);
        printf("\t");
        if (type == REG_DWORD) {
            printf("0x%lx", *(const DWORD *)(const void *)data);
        } else {
            put(data, length_of(data, bytes));
        }
        printf("\n");
    }
}

static void keys_below(HKEY key)
{
    WCHAR name[256];
    HKEY child;
    for (DWORD index = 0; RegEnumKeyW(key, index, name, 256) == ERROR_SUCCESS; index++) {
        if (RegOpenKeyExW(key, name, 0, VIEW, &child) == ERROR_SUCCESS) {
            printf("below\t");
            put(name, (int)wcslen(name));
            printf("\n");
            values_of(child);
            (void)RegCloseKey(child);
        }
    }
}

static void look_at_key(const WCHAR *path)
{
    HKEY key;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, VIEW, &key) == ERROR_SUCCESS) {
        printf("key\n");
        values_of(key);
        keys_below(key);
        (void)RegCloseKey(key);
    }
}

static void look_at_service(const WCHAR *name)
{
    SERVICE_STATUS status;
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceW(manager, name, SERVICE_QUERY_STATUS);
    if (service != NULL && QueryServiceStatus(service, &status)) {
        printf("state\t%lu\n", status.dwCurrentState);
    }
}

int wmain(int count, WCHAR **arguments)
{
    for (int i = 1; i + 1 < count; i += 2) {
        printf("look\n");
        if (wcscmp(arguments[i], L"key") == 0) {
            look_at_key(arguments[i + 1]);
        } else {
            look_at_service(arguments[i + 1]);
        }
    }
    printf("done\n");
    return 0;
}
