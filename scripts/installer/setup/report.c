/* What happens is said on the console and kept in the event log, where an administrator looks after a silent installation. */
#include "setup.h"

/* Below 1000: the messages of EventCreate.exe, the event source's file, which show the text as it is. */
#define EVENT_DONE   1
#define EVENT_FAILED 2

void say(const WCHAR *line)
{
    HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);
    struct text text = new_text(TEXT_UNITS);
    DWORD written;
    append(&text, line);
    append(&text, L"\r\n");
    if (!WriteConsoleW(output, text.units, text.length, &written, NULL)) {
        /* A file or a pipe. */
        char *bytes = allocate(text.length * 3);
        int count = WideCharToMultiByte(CP_UTF8, 0, text.units, (int)text.length, bytes,
                                        (int)text.length * 3, NULL, NULL);
        (void)WriteFile(output, bytes, (DWORD)count, &written, NULL);
        release(bytes);
    }
    release(text.units);
}

static void log_event(WORD type, DWORD id, const WCHAR *line)
{
    HANDLE source = RegisterEventSourceW(NULL, EVENT_SOURCE);
    if (source != NULL) {
        (void)ReportEventW(source, type, 0, id, NULL, 1, 0, &line, NULL);
        (void)DeregisterEventSource(source);
    }
}

DWORD failed(const WCHAR *what, DWORD error)
{
    struct text text = new_text(TEXT_UNITS);
    append(&text, what);
    append(&text, L" (Windows error ");
    append_number(&text, error);
    append(&text, L")");
    say(text.units);
    log_event(EVENTLOG_ERROR_TYPE, EVENT_FAILED, text.units);
    release(text.units);
    return error;
}

void note(const WCHAR *what)
{
    say(what);
    log_event(EVENTLOG_INFORMATION_TYPE, EVENT_DONE, what);
}
