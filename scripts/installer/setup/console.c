/*
 * portreeve.com: the command line of the installed product. Portreeve.exe is a program of windows, which a shell neither waits
 * for nor lets write to its console; so this starts it for one command, carries its output over, and ends with its exit code.
 * Built without a C library, as the setup program is (docs/adr/0051).
 */
#include <windows.h>

#include "names.gen.h"

/* lpCommandLine of CreateProcessW: 32 767 units with the terminator. */
#define LINE_UNITS     32767
#define COPY_BYTES     4096
/* docs/cli.md: an error of Portreeve's own. */
#define INTERNAL_ERROR 1

struct copy {
    HANDLE from;
    HANDLE to;
};

struct command {
    WCHAR program[LINE_UNITS];
    WCHAR line[LINE_UNITS];
};

/* Compilers call these two, whether there is a C library or not. */
void *memset(void *to, int value, size_t count);

void *memset(void *to, int value, size_t count)
{
    volatile unsigned char *bytes = to;
    while (count-- > 0) {
        *bytes++ = (unsigned char)value;
    }
    return to;
}

static DECLSPEC_NORETURN void fail(const char *why)
{
    DWORD written = 0;
    (void)WriteFile(GetStdHandle(STD_ERROR_HANDLE), why, (DWORD)lstrlenA(why), &written, NULL);
    ExitProcess(INTERNAL_ERROR);
}

static void append(WCHAR *to, const WCHAR *what)
{
    if (lstrlenW(to) + lstrlenW(what) >= LINE_UNITS) {
        fail("portreeve: The command is too long.\n");
    }
    (void)lstrcatW(to, what);
}

/* What was typed behind this program's own name, with its quotes as they were (rules of CommandLineToArgvW for the first word). */
static const WCHAR *words(void)
{
    const WCHAR *at = GetCommandLineW();
    BOOL quoted = FALSE;
    for (; *at != 0 && (quoted || (*at != L' ' && *at != L'\t')); at++) {
        quoted ^= *at == L'"';
    }
    return at;
}

/* Portreeve.exe beside this program, and the line that makes it run one command. */
static void prepare(struct command *command)
{
    DWORD length = GetModuleFileNameW(NULL, command->program, LINE_UNITS);
    if (length == 0 || length >= LINE_UNITS) {
        fail("portreeve: Its own folder could not be found.\n");
    }
    while (length > 0 && command->program[length - 1] != L'\\') {
        length--;
    }
    command->program[length] = 0;
    append(command->program, APP_PROGRAM);
    append(command->line, L"\"");
    append(command->line, command->program);
    append(command->line, L"\" --command-line --");
    append(command->line, words());
}

/* A pipe whose writing end the program inherits. */
static HANDLE new_pipe(HANDLE *writer)
{
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof(inherited), .bInheritHandle = TRUE};
    HANDLE reader = NULL;
    if (!CreatePipe(&reader, writer, &inherited, 0) ||
        !SetHandleInformation(reader, HANDLE_FLAG_INHERIT, 0)) {
        fail("portreeve: Windows has no room for a pipe.\n");
    }
    return reader;
}

/* Until the program has closed its end. A reader that has gone is not waited for: its pipe breaks for the program too. */
static DWORD WINAPI carry(void *parameter)
{
    const struct copy *copy = parameter;
    char bytes[COPY_BYTES];
    DWORD count = 0;
    while (ReadFile(copy->from, bytes, sizeof(bytes), &count, NULL) && count > 0) {
        for (DWORD done = 0, written = 0; done < count; done += written) {
            if (!WriteFile(copy->to, bytes + done, count - done, &written, NULL)) {
                (void)CloseHandle(copy->from);
                return 0;
            }
        }
    }
    return 0;
}

/* What a console gives is typed by a person and read by nobody; a pipe or a file is the command's to read. */
static HANDLE input(void)
{
    HANDLE given = GetStdHandle(STD_INPUT_HANDLE);
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof(inherited), .bInheritHandle = TRUE};
    DWORD type = GetFileType(given);
    if (type == FILE_TYPE_PIPE || type == FILE_TYPE_DISK) {
        (void)SetHandleInformation(given, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
        return given;
    }
    return CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited,
                       OPEN_EXISTING, 0, NULL);
}

/* In a job that ends with this process, so that Ctrl+C ends both. */
static HANDLE start_in_job(struct command *command, STARTUPINFOW *startup)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {.BasicLimitInformation.LimitFlags =
                                                       JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE};
    PROCESS_INFORMATION started = {0};
    HANDLE job = CreateJobObjectW(NULL, NULL);
    (void)SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits));
    if (!CreateProcessW(command->program, command->line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL,
                        NULL, startup, &started)) {
        fail("portreeve: Portreeve.exe could not be started. Repair Portreeve with its "
             "installer.\n");
    }
    (void)AssignProcessToJobObject(job, started.hProcess);
    (void)ResumeThread(started.hThread);
    (void)CloseHandle(started.hThread);
    return started.hProcess;
}

static struct command command;

DECLSPEC_NORETURN void start(void);

DECLSPEC_NORETURN void start(void)
{
    STARTUPINFOW startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    struct copy out = {.from = new_pipe(&startup.hStdOutput),
                       .to = GetStdHandle(STD_OUTPUT_HANDLE)};
    struct copy errors = {.from = new_pipe(&startup.hStdError),
                          .to = GetStdHandle(STD_ERROR_HANDLE)};
    HANDLE carriers[2];
    DWORD code = INTERNAL_ERROR;
    HANDLE process;

    startup.hStdInput = input();
    (void)SetConsoleOutputCP(CP_UTF8);
    prepare(&command);
    process = start_in_job(&command, &startup);
    (void)CloseHandle(startup.hStdOutput);
    (void)CloseHandle(startup.hStdError);
    carriers[0] = CreateThread(NULL, 0, carry, &out, 0, NULL);
    carriers[1] = CreateThread(NULL, 0, carry, &errors, 0, NULL);
    (void)WaitForMultipleObjects(ARRAYSIZE(carriers), carriers, TRUE, INFINITE);
    (void)WaitForSingleObject(process, INFINITE);
    (void)GetExitCodeProcess(process, &code);
    ExitProcess(code);
}
