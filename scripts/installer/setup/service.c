/* The driver's service. What it is made of has to be the same as in portreeve.inf; no test compares the two yet. */
#include "setup.h"

/* Longest wait for a driver that starts or stops; unloading waits for what is held. */
#define WAIT_MS 30000
#define STEP_MS 100

static DWORD open_service(DWORD access, SC_HANDLE *service)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
    if (manager == NULL) {
        return GetLastError();
    }
    *service = OpenServiceW(manager, DRIVER_SERVICE, access);
    DWORD error = *service == NULL ? GetLastError() : ERROR_SUCCESS;
    (void)CloseServiceHandle(manager);
    return error;
}

/* The caller releases it. */
static QUERY_SERVICE_CONFIGW *config_of(SC_HANDLE service)
{
    DWORD bytes = 8192;
    QUERY_SERVICE_CONFIGW *config = allocate(bytes);
    if (QueryServiceConfigW(service, config, bytes, &bytes)) {
        return config;
    }
    release(config);
    return NULL;
}

DWORD service_query(struct service_state *found)
{
    SC_HANDLE service;
    SERVICE_STATUS status = {0};
    *found = (struct service_state){.start_type = SERVICE_AUTO_START, .state = SERVICE_STOPPED};
    DWORD error = open_service(SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG, &service);
    if (error != ERROR_SUCCESS) {
        return error == ERROR_SERVICE_DOES_NOT_EXIST ? ERROR_SUCCESS : error;
    }
    found->there = TRUE;
    QUERY_SERVICE_CONFIGW *config = config_of(service);
    if (config != NULL) {
        found->start_type = config->dwStartType;
        release(config);
    }
    if (QueryServiceStatus(service, &status)) {
        found->state = status.dwCurrentState;
    }
    (void)CloseServiceHandle(service);
    return ERROR_SUCCESS;
}

WCHAR *service_image(void)
{
    SC_HANDLE service;
    WCHAR *image = NULL;
    if (open_service(SERVICE_QUERY_CONFIG, &service) != ERROR_SUCCESS) {
        return NULL;
    }
    QUERY_SERVICE_CONFIGW *config = config_of(service);
    if (config != NULL) {
        image = joined(config->lpBinaryPathName, L"");
        release(config);
    }
    (void)CloseServiceHandle(service);
    return image;
}

static DWORD describe(SC_HANDLE service)
{
    WCHAR description[] = DRIVER_DESCRIPTION;
    SERVICE_DESCRIPTIONW value = {.lpDescription = description};
    if (!ChangeServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, &value)) {
        return GetLastError();
    }
    return ERROR_SUCCESS;
}

static DWORD change_service(const WCHAR *image, DWORD start_type)
{
    SC_HANDLE service;
    DWORD error = open_service(SERVICE_CHANGE_CONFIG, &service);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    if (!ChangeServiceConfigW(service, SERVICE_KERNEL_DRIVER, start_type, SERVICE_ERROR_NORMAL,
                              image, NULL, NULL, DRIVER_DEPENDENCIES, NULL, NULL,
                              DRIVER_DISPLAY_NAME)) {
        error = GetLastError();
    }
    (void)CloseServiceHandle(service);
    return error;
}

DWORD service_make(const WCHAR *image, DWORD start_type)
{
    DWORD error = ERROR_SUCCESS;
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CREATE_SERVICE);
    if (manager == NULL) {
        return GetLastError();
    }
    SC_HANDLE service = CreateServiceW(
        manager, DRIVER_SERVICE, DRIVER_DISPLAY_NAME, SERVICE_CHANGE_CONFIG, SERVICE_KERNEL_DRIVER,
        start_type, SERVICE_ERROR_NORMAL, image, NULL, NULL, DRIVER_DEPENDENCIES, NULL, NULL);
    if (service == NULL) {
        error = GetLastError();
        error = error == ERROR_SERVICE_EXISTS ? change_service(image, start_type) : error;
    } else {
        error = describe(service);
        (void)CloseServiceHandle(service);
    }
    (void)CloseServiceHandle(manager);
    return error;
}

static DWORD wait_for(SC_HANDLE service, DWORD wanted)
{
    SERVICE_STATUS status = {0};
    for (DWORD waited = 0; waited < WAIT_MS; waited += STEP_MS) {
        if (!QueryServiceStatus(service, &status)) {
            return GetLastError();
        }
        if (status.dwCurrentState == wanted) {
            return ERROR_SUCCESS;
        }
        Sleep(STEP_MS);
    }
    return ERROR_SERVICE_REQUEST_TIMEOUT;
}

DWORD service_start(void)
{
    SC_HANDLE service;
    DWORD error = open_service(SERVICE_START | SERVICE_QUERY_STATUS, &service);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    if (!StartServiceW(service, 0, NULL)) {
        error = GetLastError();
        error = error == ERROR_SERVICE_ALREADY_RUNNING ? ERROR_SUCCESS : error;
    }
    error = error == ERROR_SUCCESS ? wait_for(service, SERVICE_RUNNING) : error;
    (void)CloseServiceHandle(service);
    return error;
}

DWORD service_stop(void)
{
    SC_HANDLE service;
    SERVICE_STATUS status;
    DWORD error = open_service(SERVICE_STOP | SERVICE_QUERY_STATUS, &service);
    if (error != ERROR_SUCCESS) {
        return error == ERROR_SERVICE_DOES_NOT_EXIST ? ERROR_SUCCESS : error;
    }
    if (!ControlService(service, SERVICE_CONTROL_STOP, &status)) {
        error = GetLastError();
        error = error == ERROR_SERVICE_NOT_ACTIVE ? ERROR_SUCCESS : error;
    }
    error = error == ERROR_SUCCESS ? wait_for(service, SERVICE_STOPPED) : error;
    (void)CloseServiceHandle(service);
    return error;
}

DWORD service_delete(void)
{
    SC_HANDLE service;
    DWORD error = open_service(DELETE, &service);
    if (error != ERROR_SUCCESS) {
        return error == ERROR_SERVICE_DOES_NOT_EXIST ? ERROR_SUCCESS : error;
    }
    if (!DeleteService(service)) {
        error = GetLastError();
        error = error == ERROR_SERVICE_MARKED_FOR_DELETE ? ERROR_SUCCESS : error;
    }
    (void)CloseServiceHandle(service);
    return error;
}

DWORD service_start_type(DWORD start_type)
{
    SC_HANDLE service;
    DWORD error = open_service(SERVICE_CHANGE_CONFIG, &service);
    if (error != ERROR_SUCCESS) {
        return error == ERROR_SERVICE_DOES_NOT_EXIST ? ERROR_SUCCESS : error;
    }
    if (!ChangeServiceConfigW(service, SERVICE_NO_CHANGE, start_type, SERVICE_NO_CHANGE, NULL, NULL,
                              NULL, NULL, NULL, NULL, NULL)) {
        error = GetLastError();
    }
    (void)CloseServiceHandle(service);
    return error;
}
