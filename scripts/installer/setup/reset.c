/*
 * The way back when the app does not start and the network is blocked. Each step is tried whatever became of the others, and
 * each is one that a later repair, or `restore`, undoes. Rules are kept.
 */
#include "setup.h"

static DWORD step(const WCHAR *what, DWORD error)
{
    struct text line = new_text(TEXT_UNITS);
    append(&line, error == ERROR_SUCCESS ? L"done    " : L"FAILED  ");
    append(&line, what);
    if (error != ERROR_SUCCESS) {
        append(&line, L": Windows error ");
        append_number(&line, error);
    }
    say(line.units);
    release(line.units);
    return error;
}

static DWORD first(DWORD a, DWORD b)
{
    return a == ERROR_SUCCESS ? b : a;
}

static DWORD stop_app(void)
{
    WCHAR *program = app_beside();
    DWORD error = program == NULL ? ERROR_BUFFER_OVERFLOW : app_stop(program);
    release(program);
    return error;
}

DWORD reset(void)
{
    /* What must not come back at the next start first: it helps even when the driver does not stop. */
    DWORD error = step(L"the driver does not start with Windows", driver_autostart(FALSE));
    error =
        first(error, step(L"nothing is blocked while the driver does not run", lockdown_remove()));
    error = first(error, step(L"Portreeve does not start when you sign in", task_enable(FALSE)));
    error = first(error, step(L"the service does not start with Windows", task_disable_service()));
    error = first(error, step(L"Portreeve is ended", stop_app()));
    error = first(error, step(L"the driver is stopped, and its filters are gone", driver_stop()));
    if (error == ERROR_SUCCESS) {
        note(
            L"Portreeve is off and blocks nothing. Your rules are kept. To switch it on again, run "
            L"\"portreeve-setup restore\" as administrator.");
    } else {
        note(L"Not everything could be done. Restart Windows, then run this again.");
    }
    return error;
}

/* Not the service: whether it was switched on before is not known any more, and Portreeve's manager switches it on again. */
DWORD restore(void)
{
    DWORD error = step(L"the driver starts with Windows", driver_autostart(TRUE));
    error = first(error, step(L"Portreeve starts when you sign in", task_enable(TRUE)));
    error = first(error, step(L"the driver is started", driver_start()));
    return first(error, step(L"Portreeve is started", task_run()));
}

DWORD remove_all(void)
{
    DWORD error = step(L"the tasks are removed", task_remove());
    error = first(error, step(L"Portreeve is ended", stop_app()));
    error =
        first(error, step(L"nothing is blocked while the driver does not run", lockdown_remove()));
    error = first(error, step(L"the driver is removed", driver_remove()));
    error = first(error, step(L"what was set aside is deleted", driver_commit()));
    error = first(error, step(L"the installer's settings are removed", forget_settings()));
    note(L"The program's files and your rules are still there.");
    return error;
}
