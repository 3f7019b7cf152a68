/*
 * A service that starts its agent again as soon as that has ended: Portreeve.exe without an argument, and with one. Both write
 * into the file "alive" beside them, as long as they run.
 */
#include <stdio.h>
#include <windows.h>

#define STEP_MS 20

static void live(void)
{
    FILE *file = fopen("alive", "a");
    if (file != NULL) {
        (void)fprintf(file, "%lu\n", GetCurrentProcessId());
        (void)fclose(file);
    }
    Sleep(STEP_MS);
}

static HANDLE start_agent(void)
{
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION started;
    char line[] = "Portreeve.exe agent";
    if (!CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &started)) {
        return NULL;
    }
    (void)CloseHandle(started.hThread);
    return started.hProcess;
}

static void go_home(void)
{
    char path[MAX_PATH];
    DWORD length = GetModuleFileNameA(NULL, path, sizeof(path));
    while (length > 0 && path[length] != '\\') {
        length--;
    }
    path[length] = 0;
    (void)SetCurrentDirectoryA(path);
}

int main(int count, char **arguments)
{
    HANDLE agent = NULL;
    (void)arguments;
    go_home();
    for (;;) {
        if (count == 1 && (agent == NULL || WaitForSingleObject(agent, 0) == WAIT_OBJECT_0)) {
            agent = start_agent();
        }
        live();
    }
}
