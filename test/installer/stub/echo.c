/*
 * Stands in for Portreeve.exe behind portreeve.com: says back what comes in, its own command line as an error, and ends with 7.
 * A program of windows, as the real one is: it has no console of its own.
 */
#include <windows.h>

int WINAPI WinMain(HINSTANCE instance, HINSTANCE previous, LPSTR command, int show)
{
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);
    const char *line = GetCommandLineA();
    char bytes[5000];
    DWORD count;
    DWORD written;
    (void)instance;
    (void)previous;
    (void)command;
    (void)show;
    (void)WriteFile(GetStdHandle(STD_ERROR_HANDLE), line, (DWORD)lstrlenA(line), &written, NULL);
    while (ReadFile(input, bytes, sizeof(bytes), &count, NULL) && count > 0) {
        if (!WriteFile(output, bytes, count, &written, NULL)) {
            return 1;
        }
    }
    return 7;
}
