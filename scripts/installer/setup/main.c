/* The verbs. Every installer action is one of them; a person needs `reset`, `restore` and `remove`. */
#include "setup.h"

#include <shellapi.h>

#define MAX_ARGUMENTS 2

struct verb {
    const WCHAR *name;
    int arguments;
    DWORD (*call)(WCHAR *const *arguments);
};

static DWORD verb_folder(WCHAR *const *arguments)
{
    (void)arguments;
    return folder_make();
}

static DWORD verb_folder_undo(WCHAR *const *arguments)
{
    (void)arguments;
    return folder_undo();
}

static DWORD verb_task(WCHAR *const *arguments)
{
    return task_make(arguments[0]);
}

static DWORD verb_task_service(WCHAR *const *arguments)
{
    return task_make_service(arguments[0]);
}

static DWORD verb_task_remove(WCHAR *const *arguments)
{
    (void)arguments;
    return task_remove();
}

static DWORD verb_task_undo(WCHAR *const *arguments)
{
    (void)arguments;
    return task_undo();
}

static DWORD verb_driver(WCHAR *const *arguments)
{
    return driver_install(arguments[0], arguments[1]);
}

/* Without the driver a lockdown from boot on would cut off the computer. */
static DWORD verb_driver_remove(WCHAR *const *arguments)
{
    (void)arguments;
    DWORD error = lockdown_remove();
    return error == ERROR_SUCCESS ? driver_remove() : error;
}

static DWORD verb_driver_undo(WCHAR *const *arguments)
{
    return driver_undo(arguments[0]);
}

static DWORD verb_start(WCHAR *const *arguments)
{
    (void)arguments;
    return driver_start();
}

static DWORD verb_settings(WCHAR *const *arguments)
{
    return settings_make(arguments[0], arguments[1]);
}

static DWORD verb_settings_undo(WCHAR *const *arguments)
{
    (void)arguments;
    return settings_undo();
}

static DWORD verb_remote(WCHAR *const *arguments)
{
    (void)arguments;
    return remote_keep();
}

static DWORD verb_remote_undo(WCHAR *const *arguments)
{
    (void)arguments;
    return remote_undo();
}

static DWORD verb_app_stop(WCHAR *const *arguments)
{
    (void)task_pause_service();
    return app_stop(arguments[0]);
}

static DWORD verb_app_run(WCHAR *const *arguments)
{
    (void)arguments;
    return task_run();
}

static DWORD verb_commit(WCHAR *const *arguments)
{
    (void)arguments;
    forget();
    return driver_commit();
}

static DWORD verb_forget(WCHAR *const *arguments)
{
    (void)arguments;
    forget();
    return ERROR_SUCCESS;
}

static DWORD verb_data_remove(WCHAR *const *arguments)
{
    DWORD error = same_text(arguments[0], L"1") ? folder_remove() : folder_remove_agents();
    DWORD settings = forget_settings();
    return error == ERROR_SUCCESS ? settings : error;
}

static DWORD verb_lockdown(WCHAR *const *arguments)
{
    return same_text(arguments[0], L"on")    ? lockdown_add()
           : same_text(arguments[0], L"off") ? lockdown_remove()
                                             : ERROR_INVALID_PARAMETER;
}

static DWORD verb_reset(WCHAR *const *arguments)
{
    (void)arguments;
    return reset();
}

static DWORD verb_restore(WCHAR *const *arguments)
{
    (void)arguments;
    return restore();
}

static DWORD verb_remove(WCHAR *const *arguments)
{
    (void)arguments;
    return remove_all();
}

static const struct verb verbs[] = {
    {L"folder", 0, verb_folder},
    {L"folder-undo", 0, verb_folder_undo},
    {L"task", 1, verb_task},
    {L"task-service", 1, verb_task_service},
    {L"task-remove", 0, verb_task_remove},
    {L"task-undo", 0, verb_task_undo},
    {L"driver", 2, verb_driver},
    {L"driver-remove", 0, verb_driver_remove},
    {L"driver-undo", 1, verb_driver_undo},
    {L"start", 0, verb_start},
    {L"settings", 2, verb_settings},
    {L"settings-undo", 0, verb_settings_undo},
    {L"remote", 0, verb_remote},
    {L"remote-undo", 0, verb_remote_undo},
    {L"app-stop", 1, verb_app_stop},
    {L"app-run", 0, verb_app_run},
    {L"commit", 0, verb_commit},
    {L"forget", 0, verb_forget},
    {L"data-remove", 1, verb_data_remove},
    {L"lockdown", 1, verb_lockdown},
    {L"reset", 0, verb_reset},
    {L"restore", 0, verb_restore},
    {L"remove", 0, verb_remove},
};

static DWORD usage(void)
{
    say(L"portreeve-setup reset    switch Portreeve off: nothing is blocked any more, rules are "
        L"kept");
    say(L"portreeve-setup restore  switch it on again");
    say(L"portreeve-setup lockdown on|off  block everything from the start of Windows until the "
        L"driver decides");
    say(L"portreeve-setup remove   remove task, driver and settings when the installer can't");
    return ERROR_INVALID_PARAMETER;
}

static DWORD dispatch(int count, WCHAR *const *arguments)
{
    for (DWORD i = 0; count > 1 && i < ARRAYSIZE(verbs); i++) {
        if (same_text(arguments[1], verbs[i].name) && count - 2 == verbs[i].arguments) {
            return verbs[i].call(arguments + 2);
        }
    }
    return usage();
}

/* Started with a click, its window would close before anybody has read it. */
static void wait_for_reader(void)
{
    DWORD processes[2];
    char key;
    DWORD read;
    if (GetConsoleProcessList(processes, ARRAYSIZE(processes)) == 1) {
        say(L"Press Enter to close this window.");
        (void)ReadFile(GetStdHandle(STD_INPUT_HANDLE), &key, 1, &read, NULL);
    }
}

void start(void);

void start(void)
{
    int count = 0;
    WCHAR **arguments = CommandLineToArgvW(GetCommandLineW(), &count);
    DWORD error = arguments == NULL ? GetLastError() : dispatch(count, arguments);
    if (count == 2) {
        wait_for_reader();
    }
    ExitProcess(error);
}
