/*
 * The scheduled tasks, through the Task Scheduler's own interface ("Task Scheduler 2.0 Interfaces", Microsoft Learn): no
 * program is started and no file with a definition lies about. Only administrators may change them. One that is there
 * already is deleted first, since registering over it would keep its owner.
 */
#define COBJMACROS
#include "setup.h"

#include <initguid.h>
#include <taskschd.h>

/* HRESULT_FROM_WIN32 of file and path not found. */
#define NO_FILE ((HRESULT)0x80070002)
#define NO_PATH ((HRESULT)0x80070003)

DEFINE_GUID(OWN_CLSID_TaskScheduler, 0x0f87369f, 0xa4e5, 0x4cfc, 0xbd, 0x3e, 0x73, 0xe6, 0x15, 0x45,
            0x72, 0xdd);
DEFINE_GUID(OWN_IID_ITaskService, 0x2faba4c7, 0x4da9, 0x4013, 0x96, 0x97, 0x20, 0xcc, 0x3f, 0xd4,
            0x0f, 0x85);

struct task {
    const WCHAR *name;
    /* Under which it is noted. */
    const WCHAR *note;
    TASK_LOGON_TYPE logon;
    /* Whether one that is made anew is enabled when the one before was, whatever its definition says. */
    BOOL stays_enabled;
    /* The definition, around the program. */
    const WCHAR *before;
    const WCHAR *after;
};

static const struct task tasks[] = {
    {TASK_NAME, L"Task", TASK_LOGON_GROUP, FALSE, TASK_XML_BEFORE, TASK_XML_AFTER},
    {SERVICE_TASK_NAME, L"ServiceTask", TASK_LOGON_SERVICE_ACCOUNT, TRUE, SERVICE_TASK_XML_BEFORE,
     SERVICE_TASK_XML_AFTER},
};

/* The service's task was enabled, and is not while the installer works. */
#define PAUSED L"ServicePaused"

static const struct task *const logon_task = &tasks[0];
static const struct task *const service_task = &tasks[1];

static VARIANT nothing(void)
{
    VARIANT empty = {0};
    return empty;
}

static HRESULT open_scheduler(ITaskService **service)
{
    HRESULT result = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(result)) {
        result = CoCreateInstance(&OWN_CLSID_TaskScheduler, NULL, CLSCTX_INPROC_SERVER,
                                  &OWN_IID_ITaskService, (void **)service);
    }
    if (FAILED(result)) {
        return result;
    }
    result = ITaskService_Connect(*service, nothing(), nothing(), nothing(), nothing());
    if (FAILED(result)) {
        (void)ITaskService_Release(*service);
    }
    return result;
}

static HRESULT open_folder(const WCHAR *path, ITaskFolder **folder)
{
    ITaskService *service;
    HRESULT result = open_scheduler(&service);
    if (FAILED(result)) {
        return result;
    }
    BSTR name = SysAllocString(path);
    result = ITaskService_GetFolder(service, name, folder);
    SysFreeString(name);
    (void)ITaskService_Release(service);
    return result;
}

static HRESULT find_task(ITaskFolder *folder, const struct task *task, IRegisteredTask **found)
{
    BSTR name = SysAllocString(task->name);
    HRESULT result = ITaskFolder_GetTask(folder, name, found);
    SysFreeString(name);
    return result;
}

static BOOL is_absent(HRESULT result)
{
    return result == NO_FILE || result == NO_PATH;
}

/* An absent task is noted as an empty text. */
static DWORD remember_task(ITaskFolder *folder, const struct task *task)
{
    IRegisteredTask *found;
    BSTR xml = NULL;
    if (FAILED(find_task(folder, task, &found))) {
        return remember(task->note, L"");
    }
    HRESULT result = IRegisteredTask_get_Xml(found, &xml);
    (void)IRegisteredTask_Release(found);
    DWORD error = remember(task->note, SUCCEEDED(result) ? xml : L"");
    SysFreeString(xml);
    return error;
}

static HRESULT delete_task(ITaskFolder *folder, const struct task *task)
{
    BSTR name = SysAllocString(task->name);
    HRESULT result = ITaskFolder_DeleteTask(folder, name, 0);
    SysFreeString(name);
    return is_absent(result) ? S_OK : result;
}

static VARIANT security(BSTR text)
{
    VARIANT value = {0};
    value.vt = VT_BSTR;
    value.bstrVal = text;
    return value;
}

static HRESULT make_folder(ITaskFolder *root, ITaskFolder **folder)
{
    BSTR name = SysAllocString(TASK_FOLDER);
    BSTR rights = SysAllocString(TASK_SECURITY);
    HRESULT result = ITaskFolder_CreateFolder(root, name, security(rights), folder);
    if (FAILED(result)) {
        result = ITaskFolder_GetFolder(root, name, folder);
    }
    SysFreeString(rights);
    SysFreeString(name);
    return result;
}

static HRESULT register_task(ITaskFolder *folder, const struct task *task, const WCHAR *xml,
                             BOOL enabled)
{
    IRegisteredTask *made = NULL;
    BSTR name = SysAllocString(task->name);
    BSTR definition = SysAllocString(xml);
    BSTR rights = SysAllocString(TASK_SECURITY);
    HRESULT result =
        ITaskFolder_RegisterTask(folder, name, definition, TASK_CREATE_OR_UPDATE, nothing(),
                                 nothing(), task->logon, security(rights), &made);
    if (made != NULL) {
        if (enabled) {
            (void)IRegisteredTask_put_Enabled(made, VARIANT_TRUE);
        }
        (void)IRegisteredTask_Release(made);
    }
    SysFreeString(rights);
    SysFreeString(definition);
    SysFreeString(name);
    return result;
}

static const WCHAR *escaped(WCHAR unit)
{
    switch (unit) {
    case L'&':
        return L"&amp;";
    case L'<':
        return L"&lt;";
    case L'>':
        return L"&gt;";
    case L'"':
        return L"&quot;";
    case L'\'':
        return L"&apos;";
    default:
        return NULL;
    }
}

static void append_escaped(struct text *to, const WCHAR *what)
{
    for (; *what != 0; what++) {
        const WCHAR one[] = {*what, 0};
        const WCHAR *name = escaped(*what);
        append(to, name == NULL ? one : name);
    }
}

static BOOL is_enabled(IRegisteredTask *task)
{
    VARIANT_BOOL enabled = VARIANT_FALSE;
    return SUCCEEDED(IRegisteredTask_get_Enabled(task, &enabled)) && enabled != VARIANT_FALSE;
}

static BOOL is_paused(void)
{
    WCHAR *noted = recall(PAUSED);
    release(noted);
    return noted != NULL;
}

static BOOL stays_enabled(ITaskFolder *folder, const struct task *task)
{
    IRegisteredTask *found;
    if (!task->stays_enabled || FAILED(find_task(folder, task, &found))) {
        return FALSE;
    }
    BOOL enabled = is_paused() || is_enabled(found);
    (void)IRegisteredTask_Release(found);
    return enabled;
}

static HRESULT replace_task(ITaskFolder *folder, const struct task *task, const WCHAR *xml)
{
    BOOL enabled = stays_enabled(folder, task);
    HRESULT result = delete_task(folder, task);
    return SUCCEEDED(result) ? register_task(folder, task, xml, enabled) : result;
}

static DWORD make_from(const struct task *task, const WCHAR *xml, BOOL noted)
{
    ITaskFolder *root;
    ITaskFolder *folder;
    HRESULT result = open_folder(L"\\", &root);
    if (FAILED(result)) {
        return (DWORD)result;
    }
    result = make_folder(root, &folder);
    (void)ITaskFolder_Release(root);
    if (FAILED(result)) {
        return (DWORD)result;
    }
    DWORD error = noted ? remember_task(folder, task) : ERROR_SUCCESS;
    if (error == ERROR_SUCCESS) {
        result = replace_task(folder, task, xml);
        error = SUCCEEDED(result) ? ERROR_SUCCESS : (DWORD)result;
    }
    (void)ITaskFolder_Release(folder);
    return error;
}

static DWORD make_task(const struct task *task, const WCHAR *program)
{
    struct text xml = new_text(TEXT_UNITS);
    append(&xml, task->before);
    append_escaped(&xml, program);
    append(&xml, task->after);
    DWORD error = xml.overflow ? ERROR_BUFFER_OVERFLOW : make_from(task, xml.units, TRUE);
    release(xml.units);
    return error;
}

DWORD task_make(const WCHAR *program)
{
    DWORD error = make_task(logon_task, program);
    if (error != ERROR_SUCCESS) {
        return failed(L"The task for signing in could not be made", error);
    }
    return task_make_service(program);
}

DWORD task_make_service(const WCHAR *program)
{
    DWORD error = make_task(service_task, program);
    return error == ERROR_SUCCESS ? error
                                  : failed(L"The task for the service could not be made", error);
}

/* The folder goes when nothing else is in it. */
static HRESULT delete_folder(void)
{
    ITaskFolder *root;
    HRESULT result = open_folder(L"\\", &root);
    if (FAILED(result)) {
        return result;
    }
    BSTR name = SysAllocString(TASK_FOLDER);
    result = ITaskFolder_DeleteFolder(root, name, 0);
    SysFreeString(name);
    (void)ITaskFolder_Release(root);
    return result;
}

static DWORD remove_noted(const struct task *task, BOOL noted)
{
    ITaskFolder *folder;
    HRESULT result = open_folder(L"\\" TASK_FOLDER, &folder);
    if (FAILED(result)) {
        return is_absent(result) ? ERROR_SUCCESS : (DWORD)result;
    }
    DWORD error = noted ? remember_task(folder, task) : ERROR_SUCCESS;
    if (error == ERROR_SUCCESS) {
        result = delete_task(folder, task);
        error = SUCCEEDED(result) ? ERROR_SUCCESS : (DWORD)result;
    }
    (void)ITaskFolder_Release(folder);
    (void)delete_folder();
    return error;
}

DWORD task_remove(void)
{
    DWORD error = ERROR_SUCCESS;
    for (DWORD i = 0; error == ERROR_SUCCESS && i < ARRAYSIZE(tasks); i++) {
        error = remove_noted(&tasks[i], TRUE);
    }
    return error == ERROR_SUCCESS ? error : failed(L"The tasks could not be removed", error);
}

static DWORD undo_task(const struct task *task)
{
    WCHAR *noted = recall(task->note);
    DWORD error = ERROR_SUCCESS;
    if (noted != NULL) {
        error = noted[0] == 0 ? remove_noted(task, FALSE) : make_from(task, noted, FALSE);
    }
    release(noted);
    return error;
}

DWORD task_undo(void)
{
    DWORD error = ERROR_SUCCESS;
    for (DWORD i = 0; i < ARRAYSIZE(tasks); i++) {
        DWORD result = undo_task(&tasks[i]);
        error = error == ERROR_SUCCESS ? result : error;
    }
    return error;
}

static HRESULT with_task(const struct task *task, HRESULT (*call)(IRegisteredTask *task))
{
    ITaskFolder *folder;
    IRegisteredTask *found;
    HRESULT result = open_folder(L"\\" TASK_FOLDER, &folder);
    if (FAILED(result)) {
        return result;
    }
    result = find_task(folder, task, &found);
    (void)ITaskFolder_Release(folder);
    if (FAILED(result)) {
        return result;
    }
    result = call(found);
    (void)IRegisteredTask_Release(found);
    return result;
}

static HRESULT run(IRegisteredTask *task)
{
    IRunningTask *running = NULL;
    HRESULT result = IRegisteredTask_Run(task, nothing(), &running);
    if (SUCCEEDED(result) && running != NULL) {
        (void)IRunningTask_Release(running);
    }
    return result;
}

static HRESULT enable(IRegisteredTask *task)
{
    return IRegisteredTask_put_Enabled(task, VARIANT_TRUE);
}

static HRESULT disable(IRegisteredTask *task)
{
    return IRegisteredTask_put_Enabled(task, VARIANT_FALSE);
}

/* One that is paused goes on. */
static HRESULT run_if_enabled(IRegisteredTask *task)
{
    HRESULT result = is_paused() ? enable(task) : S_OK;
    return SUCCEEDED(result) && is_enabled(task) ? run(task) : result;
}

static HRESULT pause(IRegisteredTask *task)
{
    if (!is_enabled(task)) {
        return S_OK;
    }
    DWORD error = remember(PAUSED, L"");
    return error == ERROR_SUCCESS ? disable(task) : HRESULT_FROM_WIN32(error);
}

static DWORD error_of(HRESULT result)
{
    return SUCCEEDED(result) || is_absent(result) ? ERROR_SUCCESS : (DWORD)result;
}

/* The service too, where an administrator has switched it on; whatever becomes of the other. */
DWORD task_run(void)
{
    HRESULT result = with_task(logon_task, run);
    DWORD error = error_of(with_task(service_task, run_if_enabled));
    return SUCCEEDED(result) ? error : (DWORD)result;
}

DWORD task_enable(BOOL enabled)
{
    return error_of(with_task(logon_task, enabled ? enable : disable));
}

DWORD task_pause_service(void)
{
    return error_of(with_task(service_task, pause));
}

DWORD task_disable_service(void)
{
    return error_of(with_task(service_task, disable));
}
