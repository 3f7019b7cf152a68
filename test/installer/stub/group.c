/*
 * For Wine alone: puts Portreeve's driver into the group of the lab's filter engine, since Wine gives each group of drivers a
 * process, and the driver has to find the engine in its own. Wine forgets dependencies that are not said again.
 */
#include <windows.h>

int WINAPI WinMain(HINSTANCE instance, HINSTANCE previous, LPSTR command, int show)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceW(manager, L"portreeve", SERVICE_CHANGE_CONFIG);
    BOOL changed =
        ChangeServiceConfigW(service, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, NULL,
                             L"Portreeve", NULL, L"BFE\0", NULL, NULL, NULL);
    (void)instance;
    (void)previous;
    (void)command;
    (void)show;
    return changed ? 0 : 1;
}
