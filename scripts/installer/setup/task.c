/*
 * The scheduled task, through the Task Scheduler's own interface ("Task Scheduler 2.0 Interfaces", Microsoft Learn): no
 * program is started and no file with its definition lies about. Only administrators may change it. One that is there
 * already is deleted first, since registering over it would keep its owner.
 */
#define COBJMACROS
#include "setup.h"

#include <initguid.h>
#include <taskschd.h>

#define NOTE    L"Task"
/* HRESULT_FROM_WIN32 of file and path not found. */
#define NO_FILE ((HRESULT)0x80070002)
#define NO_PATH ((HRESULT)0x80070003)

DEFINE_GUID(OWN_CLSID_TaskScheduler, 0x0f87369f, 0xa4e5, 0x4cfc, 0xbd, 0x3e, 0x73, 0xe6, 0x15, 0x45,
            0x72, 0xdd);
DEFINE_GUID(OWN_IID_ITaskService, 0x2faba4c7, 0x4da9, 0x4013, 0x96, 0x97, 0x20, 0xcc, 0x3f, 0xd4,
            0x0f, 0x85);

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

static HRESULT find_task(ITaskFolder *folder, IRegisteredTask **task)
{
    BSTR name = SysAllocString(TASK_NAME);
    HRESULT result = ITaskFolder_GetTask(folder, name, task);
    SysFreeString(name);
    return result;
}

static BOOL is_absent(HRESULT result)
{
    return result == NO_FILE || result == NO_PATH;
}

/* An absent task is noted as an empty text. */
static DWORD remember_task(ITaskFolder *folder)
{
    IRegisteredTask *task;
    BSTR xml = NULL;
    if (FAILED(find_task(folder, &task))) {
        return remember(NOTE, L"");
    }
    HRESULT result = IRegisteredTask_get_Xml(task, &xml);
    (void)IRegisteredTask_Release(task);
    DWORD error = remember(NOTE, SUCCEEDED(result) ? xml : L"");
    SysFreeString(xml);
    return error;
}

static HRESULT delete_task(ITaskFolder *folder)
{
    BSTR name = SysAllocString(TASK_NAME);
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

static HRESULT register_task(ITaskFolder *folder, const WCHAR *xml)
{
    IRegisteredTask *task = NULL;
    BSTR name = SysAllocString(TASK_NAME);
    BSTR definition = SysAllocString(xml);
    BSTR rights = SysAllocString(TASK_SECURITY);
    HRESULT result =
        ITaskFolder_RegisterTask(folder, name, definition, TASK_CREATE_OR_UPDATE, nothing(),
                                 nothing(), TASK_LOGON_GROUP, security(rights), &task);
    if (task != NULL) {
        (void)IRegisteredTask_Release(task);
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

static HRESULT replace_task(ITaskFolder *folder, const WCHAR *xml)
{
    HRESULT result = delete_task(folder);
    return SUCCEEDED(result) ? register_task(folder, xml) : result;
}

static DWORD make_from(const WCHAR *xml, BOOL noted)
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
    DWORD error = noted ? remember_task(folder) : ERROR_SUCCESS;
    if (error == ERROR_SUCCESS) {
        result = replace_task(folder, xml);
        error = SUCCEEDED(result) ? ERROR_SUCCESS : (DWORD)result;
    }
    (void)ITaskFolder_Release(folder);
    return error;
}

DWORD task_make(const WCHAR *program)
{
    struct text xml = new_text(TEXT_UNITS);
    append(&xml, TASK_XML_BEFORE);
    append_escaped(&xml, program);
    append(&xml, TASK_XML_AFTER);
    DWORD error = xml.overflow ? ERROR_BUFFER_OVERFLOW : make_from(xml.units, TRUE);
    release(xml.units);
    return error == ERROR_SUCCESS ? error
                                  : failed(L"The task for signing in could not be made", error);
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

static DWORD remove_noted(BOOL noted)
{
    ITaskFolder *folder;
    HRESULT result = open_folder(L"\\" TASK_FOLDER, &folder);
    if (FAILED(result)) {
        return is_absent(result) ? ERROR_SUCCESS : (DWORD)result;
    }
    DWORD error = noted ? remember_task(folder) : ERROR_SUCCESS;
    if (error == ERROR_SUCCESS) {
        result = delete_task(folder);
        error = SUCCEEDED(result) ? ERROR_SUCCESS : (DWORD)result;
    }
    (void)ITaskFolder_Release(folder);
    (void)delete_folder();
    return error;
}

DWORD task_remove(void)
{
    DWORD error = remove_noted(TRUE);
    return error == ERROR_SUCCESS ? error
                                  : failed(L"The task for signing in could not be removed", error);
}

DWORD task_undo(void)
{
    WCHAR *noted = recall(NOTE);
    DWORD error = ERROR_SUCCESS;
    if (noted != NULL) {
        error = noted[0] == 0 ? remove_noted(FALSE) : make_from(noted, FALSE);
    }
    release(noted);
    return error;
}

static HRESULT with_task(HRESULT (*call)(IRegisteredTask *task))
{
    ITaskFolder *folder;
    IRegisteredTask *task;
    HRESULT result = open_folder(L"\\" TASK_FOLDER, &folder);
    if (FAILED(result)) {
        return result;
    }
    result = find_task(folder, &task);
    (void)ITaskFolder_Release(folder);
    if (FAILED(result)) {
        return result;
    }
    result = call(task);
    (void)IRegisteredTask_Release(task);
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

DWORD task_run(void)
{
    HRESULT result = with_task(run);
    return SUCCEEDED(result) ? ERROR_SUCCESS : (DWORD)result;
}

DWORD task_enable(BOOL enabled)
{
    HRESULT result = with_task(enabled ? enable : disable);
    return SUCCEEDED(result) || is_absent(result) ? ERROR_SUCCESS : (DWORD)result;
}
