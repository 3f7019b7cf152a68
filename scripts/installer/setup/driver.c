/*
 * The driver: in the driver store where Windows has that for drivers without a device, else as a service of a file in
 * System32\drivers (docs/adr/0051). A driver that runs is not stopped for a newer one: until the next start of Windows it
 * goes on with the policy that it has.
 */
#include "setup.h"

#define NOTE L"Driver"

/* ERROR_INVALID_IMAGE_HASH of winerror.h, which these headers lack. */
#define NOT_SIGNED 577

/* What a note begins with. */
#define ABSENT  L'a'
#define PRESENT L'p'

static WCHAR *system_file(const WCHAR *ending)
{
    WCHAR *folder = allocate(PATH_UNITS * sizeof(WCHAR));
    (void)GetSystemDirectoryW(folder, PATH_UNITS);
    WCHAR *drivers = joined(folder, L"\\drivers\\" DRIVER_IMAGE);
    WCHAR *file = joined(drivers, ending);
    release(drivers);
    release(folder);
    return file;
}

/* "a", or "p<start type><running>" and the image's path. */
static DWORD remember_driver(void)
{
    struct service_state found;
    DWORD error = service_query(&found);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    if (!found.there) {
        return remember(NOTE, L"a");
    }
    WCHAR *image = service_image();
    struct text text = new_text(PATH_UNITS);
    append(&text, L"p");
    append_number(&text, found.start_type % 10);
    append(&text, found.state == SERVICE_RUNNING ? L"r" : L"s");
    append(&text, image == NULL ? L"" : image);
    error = text.overflow ? ERROR_BUFFER_OVERFLOW : remember(NOTE, text.units);
    release(text.units);
    release(image);
    return error;
}

static DWORD rename_image(const WCHAR *from, const WCHAR *to)
{
    WCHAR *source = system_file(from);
    WCHAR *target = system_file(to);
    DWORD error =
        MoveFileExW(source, target, MOVEFILE_REPLACE_EXISTING) ? ERROR_SUCCESS : GetLastError();
    release(target);
    release(source);
    return error == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : error;
}

/* A loaded image can't be overwritten, but it can be renamed. */
static DWORD set_aside(void)
{
    return rename_image(L"", PREVIOUS_ENDING);
}

static DWORD put_back(void)
{
    WCHAR *image = system_file(L"");
    WCHAR *previous = system_file(PREVIOUS_ENDING);
    DWORD error = ERROR_SUCCESS;
    if (GetFileAttributesW(previous) != INVALID_FILE_ATTRIBUTES) {
        error = MoveFileExW(previous, image, MOVEFILE_REPLACE_EXISTING) ? ERROR_SUCCESS
                                                                        : GetLastError();
    }
    release(previous);
    release(image);
    return error;
}

static BOOL delete_image(const WCHAR *ending)
{
    WCHAR *file = system_file(ending);
    BOOL gone = DeleteFileW(file) || GetLastError() == ERROR_FILE_NOT_FOUND;
    release(file);
    return gone;
}

/*
 * What is still loaded goes with the next start of Windows. It gets a name of its own first: the next upgrade, which may come
 * before that, sets its predecessor aside too.
 */
static DWORD delete_previous(void)
{
    DWORD error = ERROR_SUCCESS;
    (void)delete_image(LOADED_ENDING);
    if (delete_image(PREVIOUS_ENDING)) {
        return error;
    }
    error = rename_image(PREVIOUS_ENDING, LOADED_ENDING);
    WCHAR *loaded = system_file(LOADED_ENDING);
    if (error == ERROR_SUCCESS && !MoveFileExW(loaded, NULL, MOVEFILE_DELAY_UNTIL_REBOOT)) {
        error = GetLastError();
    }
    release(loaded);
    return error;
}

static DWORD install_as_service(const WCHAR *package)
{
    WCHAR *source = joined(package, L"\\" DRIVER_IMAGE);
    WCHAR *target = system_file(L"");
    DWORD error = source == NULL || target == NULL ? ERROR_BUFFER_OVERFLOW : set_aside();
    if (error == ERROR_SUCCESS && !CopyFileW(source, target, TRUE)) {
        error = GetLastError();
    }
    release(target);
    release(source);
    return error == ERROR_SUCCESS ? service_make(SERVICE_IMAGE, SERVICE_AUTO_START) : error;
}

static DWORD install_in_store(const WCHAR *folder)
{
    WCHAR *inf = joined(folder, L"\\" DRIVER_INF);
    DWORD error = inf == NULL ? ERROR_BUFFER_OVERFLOW : store_install(inf);
    release(inf);
    return error == ERROR_SUCCESS ? service_start_type(SERVICE_AUTO_START) : error;
}

DWORD driver_install(const WCHAR *package, const WCHAR *route)
{
    DWORD error = remember_driver();
    if (error == ERROR_SUCCESS) {
        error = store_is_used(route) ? install_in_store(package) : install_as_service(package);
    }
    return error == ERROR_SUCCESS ? error : failed(L"The driver could not be installed", error);
}

static BOOL is_in_store(const WCHAR *image)
{
    return contains_path(image, STORE_FOLDER);
}

DWORD driver_remove(void)
{
    WCHAR *image = service_image();
    BOOL stored = image != NULL && is_in_store(image);
    DWORD error = remember_driver();
    if (error == ERROR_SUCCESS) {
        error = service_stop();
    }
    if (error == ERROR_SUCCESS && stored) {
        error = store_remove_all();
    }
    if (error == ERROR_SUCCESS) {
        error = service_delete();
    }
    if (error == ERROR_SUCCESS) {
        error = set_aside();
    }
    release(image);
    return error == ERROR_SUCCESS ? error : failed(L"The driver could not be removed", error);
}

static DWORD undo_new(void)
{
    WCHAR *image = service_image();
    DWORD error = service_stop();
    if (image != NULL && is_in_store(image)) {
        error = store_remove_all();
    }
    if (error == ERROR_SUCCESS) {
        error = service_delete();
    }
    release(image);
    DWORD deleted = set_aside();
    deleted = deleted == ERROR_SUCCESS ? delete_previous() : deleted;
    return error == ERROR_SUCCESS ? deleted : error;
}

/* The INF beside the image that was used before, which the store keeps with it. */
static WCHAR *inf_beside(const WCHAR *image)
{
    WCHAR *folder = joined(image, L"");
    DWORD length = folder == NULL ? 0 : (DWORD)lstrlenW(folder);
    while (length > 0 && folder[length - 1] != L'\\') {
        folder[--length] = 0;
    }
    WCHAR *inf = folder == NULL ? NULL : joined(folder, DRIVER_INF);
    release(folder);
    return inf;
}

/* "\SystemRoot\..." as a path for programs. */
static WCHAR *plain_path(const WCHAR *image)
{
    static const WCHAR root[] = L"\\SystemRoot\\";
    DWORD length = ARRAYSIZE(root) - 1;
    if (lstrlenW(image) < (int)length ||
        CompareStringOrdinal(image, (int)length, root, (int)length, TRUE) != CSTR_EQUAL) {
        return joined(image, L"");
    }
    WCHAR *windows = allocate(PATH_UNITS * sizeof(WCHAR));
    (void)GetSystemWindowsDirectoryW(windows, PATH_UNITS);
    WCHAR *path = joined(windows, image + length - 1);
    release(windows);
    return path;
}

static DWORD undo_in_store(const WCHAR *image, const WCHAR *package)
{
    WCHAR *path = plain_path(image);
    WCHAR *inf = path == NULL ? NULL : inf_beside(path);
    DWORD error = inf == NULL ? ERROR_BUFFER_OVERFLOW : ERROR_SUCCESS;
    if (error == ERROR_SUCCESS && GetFileAttributesW(inf) == INVALID_FILE_ATTRIBUTES) {
        /* A removal took it out of the store; the installed copy is the same. */
        release(inf);
        inf = joined(package, L"\\" DRIVER_INF);
    }
    error = error == ERROR_SUCCESS ? store_install(inf) : error;
    release(inf);
    release(path);
    return error;
}

static DWORD undo_to(const WCHAR *noted, const WCHAR *package)
{
    const WCHAR *image = noted + 3;
    DWORD start_type = (DWORD)(noted[1] - L'0');
    DWORD error = is_in_store(image) ? undo_in_store(image, package) : put_back();
    if (error == ERROR_SUCCESS) {
        error =
            is_in_store(image) ? service_start_type(start_type) : service_make(image, start_type);
    }
    if (error != ERROR_SUCCESS) {
        return error;
    }
    return noted[2] == L'r' ? service_start() : service_stop();
}

DWORD driver_undo(const WCHAR *package)
{
    WCHAR *noted = recall(NOTE);
    DWORD error = ERROR_SUCCESS;
    if (noted != NULL && noted[0] == ABSENT) {
        error = undo_new();
    }
    if (noted != NULL && noted[0] == PRESENT && lstrlenW(noted) > 3) {
        error = undo_to(noted, package);
    }
    release(noted);
    return error == ERROR_SUCCESS ? error : failed(L"The driver could not be put back", error);
}

DWORD driver_commit(void)
{
    return delete_previous();
}

DWORD driver_start(void)
{
    DWORD error = service_start();
    if (error == NOT_SIGNED) {
        return failed(L"Windows does not accept the driver's signature", error);
    }
    return error == ERROR_SUCCESS ? error : failed(L"The driver could not be started", error);
}

DWORD driver_stop(void)
{
    return service_stop();
}

DWORD driver_autostart(BOOL automatic)
{
    return service_start_type(automatic ? SERVICE_AUTO_START : SERVICE_DEMAND_START);
}
