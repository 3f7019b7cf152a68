/*
 * The folder of rules and journal below %ProgramData%, where every user may make folders. One that a user could have
 * prepared is not trusted: it is set aside, with what is in it, and a new one is made.
 */
#include "setup.h"

#include <aclapi.h>
#include <initguid.h>
#include <knownfolders.h>
#include <sddl.h>
#include <shlobj.h>

#define NOTE      L"Folder"
#define MAX_DEPTH 32

static WCHAR *data_folder(const WCHAR *ending)
{
    PWSTR base = NULL;
    WCHAR *path = NULL;
    if (SUCCEEDED(SHGetKnownFolderPath(&FOLDERID_ProgramData, 0, NULL, &base))) {
        WCHAR *folder = joined(base, L"\\" DATA_FOLDER);
        path = folder == NULL ? NULL : joined(folder, ending);
        release(folder);
    }
    CoTaskMemFree(base);
    return path;
}

static BOOL is_trusted_sid(PSID sid)
{
    BYTE buffer[256];
    DWORD bytes = sizeof(buffer);
    HANDLE token;
    BOOL own = FALSE;
    if (IsWellKnownSid(sid, WinLocalSystemSid) ||
        IsWellKnownSid(sid, WinBuiltinAdministratorsSid)) {
        return TRUE;
    }
    if (OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) {
        own = GetTokenInformation(token, TokenUser, buffer, bytes, &bytes) &&
              EqualSid(((TOKEN_USER *)(void *)buffer)->User.Sid, sid);
        (void)CloseHandle(token);
    }
    return own;
}

/* Whether it belongs to the system, administrators, or who runs this; links are never trusted. */
static BOOL is_trusted(const WCHAR *path)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID owner = NULL;
    BOOL trusted = FALSE;
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES || (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) {
        return FALSE;
    }
    if (GetNamedSecurityInfoW(path, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL,
                              NULL, &descriptor) == ERROR_SUCCESS) {
        trusted = is_trusted_sid(owner);
    }
    (void)LocalFree(descriptor);
    return trusted;
}

typedef BOOL (*visitor)(const WCHAR *path, DWORD attributes, DWORD depth);

/* Each entry of a folder, never following links. FALSE when a visitor says so. */
static BOOL each_entry(const WCHAR *folder, DWORD depth, visitor visit)
{
    WIN32_FIND_DATAW found;
    WCHAR *base = joined(folder, L"\\");
    WCHAR *pattern = base == NULL ? NULL : joined(base, L"*");
    HANDLE search = pattern == NULL ? INVALID_HANDLE_VALUE : FindFirstFileW(pattern, &found);
    BOOL good = search != INVALID_HANDLE_VALUE && depth < MAX_DEPTH;
    for (BOOL more = good; good && more; more = FindNextFileW(search, &found)) {
        if (!same_text(found.cFileName, L".") && !same_text(found.cFileName, L"..")) {
            WCHAR *path = joined(base, found.cFileName);
            good = path != NULL && visit(path, found.dwFileAttributes, depth + 1);
            release(path);
        }
    }
    if (search != INVALID_HANDLE_VALUE) {
        (void)FindClose(search);
    }
    release(pattern);
    release(base);
    return good;
}

static BOOL is_real_folder(DWORD attributes)
{
    return (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 &&
           (attributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0;
}

static const WCHAR *name_of(const WCHAR *path)
{
    const WCHAR *name = path;
    for (; *path != 0; path++) {
        name = *path == L'\\' ? path + 1 : name;
    }
    return name;
}

/* The folder of an agent is its account's to fill: what is in it belongs to them, and nobody else reads it. */
static BOOL agent_trusted(const WCHAR *path, DWORD attributes, DWORD depth)
{
    (void)depth;
    return is_trusted(path) && is_real_folder(attributes);
}

static BOOL all_trusted(const WCHAR *path, DWORD attributes, DWORD depth)
{
    if (!is_trusted(path)) {
        return FALSE;
    }
    if (!is_real_folder(attributes)) {
        return TRUE;
    }
    BOOL of_agents = depth == 1 && same_path(name_of(path), AGENTS_FOLDER);
    return each_entry(path, depth, of_agents ? agent_trusted : all_trusted);
}

static BOOL delete_entry(const WCHAR *path, DWORD attributes, DWORD depth)
{
    if ((attributes & FILE_ATTRIBUTE_READONLY) != 0) {
        (void)SetFileAttributesW(path, attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
    }
    if (is_real_folder(attributes) && !each_entry(path, depth, delete_entry)) {
        return FALSE;
    }
    return (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? RemoveDirectoryW(path)
                                                        : DeleteFileW(path);
}

static DWORD make_new(const WCHAR *path, SECURITY_ATTRIBUTES *security)
{
    return CreateDirectoryW(path, security) ? ERROR_SUCCESS : GetLastError();
}

/* "Portreeve.set-aside-1" and so on; what it was called is noted. */
static DWORD set_folder_aside(const WCHAR *path)
{
    DWORD error = ERROR_ALREADY_EXISTS;
    for (DWORD number = 1; number < 100 && error == ERROR_ALREADY_EXISTS; number++) {
        struct text target = new_text(PATH_UNITS);
        append(&target, path);
        append(&target, L".set-aside-");
        append_number(&target, number);
        error = MoveFileExW(path, target.units, 0) ? ERROR_SUCCESS : GetLastError();
        if (error == ERROR_SUCCESS) {
            note(L"The folder for rules was not safe to use. It was set aside, with what was in "
                 L"it, under:");
            note(target.units);
            error = remember(NOTE, target.units);
        }
        release(target.units);
    }
    return error;
}

static DWORD set_rights(WCHAR *path, PSECURITY_DESCRIPTOR descriptor)
{
    PACL dacl = NULL;
    BOOL present;
    BOOL defaulted;
    if (!GetSecurityDescriptorDacl(descriptor, &present, &dacl, &defaulted)) {
        return GetLastError();
    }
    SECURITY_INFORMATION what = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
    return SetNamedSecurityInfoW(path, SE_FILE_OBJECT, what, NULL, NULL, dacl, NULL);
}

static DWORD make_with(WCHAR *path, SECURITY_ATTRIBUTES *security)
{
    DWORD error = make_new(path, security);
    if (error != ERROR_ALREADY_EXISTS) {
        return error == ERROR_SUCCESS ? remember(NOTE, L"") : error;
    }
    if (all_trusted(path, GetFileAttributesW(path), 0) &&
        is_real_folder(GetFileAttributesW(path))) {
        return set_rights(path, security->lpSecurityDescriptor);
    }
    error = set_folder_aside(path);
    return error == ERROR_SUCCESS ? make_new(path, security) : error;
}

DWORD folder_make(void)
{
    SECURITY_ATTRIBUTES security = {.nLength = sizeof(security)};
    WCHAR *path = data_folder(L"");
    DWORD error = path == NULL ? ERROR_PATH_NOT_FOUND : ERROR_SUCCESS;
    if (error == ERROR_SUCCESS &&
        !ConvertStringSecurityDescriptorToSecurityDescriptorW(
            DATA_FOLDER_SECURITY, SDDL_REVISION_1, &security.lpSecurityDescriptor, NULL)) {
        error = GetLastError();
    }
    if (error == ERROR_SUCCESS) {
        error = make_with(path, &security);
        (void)LocalFree(security.lpSecurityDescriptor);
    }
    release(path);
    return error == ERROR_SUCCESS ? error
                                  : failed(L"The folder for rules could not be made", error);
}

/* Only a folder that was made now, and that is empty, goes; one that was set aside comes back. */
DWORD folder_undo(void)
{
    WCHAR *noted = recall(NOTE);
    WCHAR *path = data_folder(L"");
    if (noted != NULL && path != NULL && RemoveDirectoryW(path) && noted[0] != 0) {
        (void)MoveFileExW(noted, path, 0);
    }
    release(path);
    release(noted);
    return ERROR_SUCCESS;
}

static DWORD remove_folder(const WCHAR *ending)
{
    WCHAR *path = data_folder(ending);
    DWORD attributes = path == NULL ? INVALID_FILE_ATTRIBUTES : GetFileAttributesW(path);
    DWORD error = ERROR_SUCCESS;
    if (attributes != INVALID_FILE_ATTRIBUTES && !delete_entry(path, attributes, 0)) {
        error = failed(L"The folder for rules could not be removed", GetLastError());
    }
    release(path);
    return error;
}

DWORD folder_remove(void)
{
    return remove_folder(L"");
}

DWORD folder_remove_agents(void)
{
    return remove_folder(L"\\" AGENTS_FOLDER);
}
