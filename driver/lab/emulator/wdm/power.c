/* \\Callback\\PowerState: the one callback object there is, and who is registered with it. */
#include "kernel.h"

/* Its reference count is where ObfDereferenceObject looks for a process's. */
struct registration {
    PCALLBACK_FUNCTION function;
    PVOID context;
    LONG running;
};

static struct registration registered;
static PEPROCESS object;

void lab_power_start(void)
{
    memset(&registered, 0, sizeof(registered));
    object = NULL;
}

NTSTATUS ExCreateCallback(PCALLBACK_OBJECT *CallbackObject, POBJECT_ATTRIBUTES ObjectAttributes,
                          BOOLEAN Create, BOOLEAN AllowMultipleCallbacks)
{
    NTSTATUS status;
    (void)ObjectAttributes;
    (void)Create;
    (void)AllowMultipleCallbacks;
    lab_require_irql(PASSIVE_LEVEL, "ExCreateCallback", "R31");
    if (lab_fault_call("ExCreateCallback", &status)) {
        return status;
    }
    object = lab_process_find(LAB_SYSTEM_PROCESS); /* an object with a counted reference */
    *CallbackObject = (PCALLBACK_OBJECT)object;
    return STATUS_SUCCESS;
}

PVOID ExRegisterCallback(PCALLBACK_OBJECT CallbackObject, PCALLBACK_FUNCTION CallbackFunction,
                         PVOID CallbackContext)
{
    NTSTATUS status;
    lab_require_irql(PASSIVE_LEVEL, "ExRegisterCallback", "R31");
    if (CallbackObject == NULL || lab_fault_call("ExRegisterCallback", &status)) {
        return NULL;
    }
    lab_dispatcher_lock();
    registered.context = CallbackContext;
    registered.function = CallbackFunction;
    lab_dispatcher_unlock(false);
    return &registered;
}

static bool is_idle(void *unused)
{
    (void)unused;
    return registered.running == 0;
}

VOID ExUnregisterCallback(PVOID CallbackRegistration)
{
    lab_require_irql(PASSIVE_LEVEL, "ExUnregisterCallback", "R31");
    if (CallbackRegistration != &registered || registered.function == NULL) {
        lab_broken("W8", "ExUnregisterCallback of what is not registered");
        return;
    }
    lab_dispatcher_lock();
    registered.function = NULL;
    lab_dispatcher_unlock(false);
    (void)lab_wait(is_idle, NULL, LAB_FOREVER);
}

static void notify(void *awake)
{
    struct lab_thread *self = lab_self();
    PCALLBACK_FUNCTION function;
    KIRQL irql = lab_random() % 2 == 0 ? DISPATCH_LEVEL : PASSIVE_LEVEL;
    lab_dispatcher_lock();
    function = registered.function;
    registered.running += function != NULL ? 1 : 0;
    lab_dispatcher_unlock(false);
    if (function == NULL) {
        return;
    }
    self->irql = irql;
    function(registered.context, (PVOID)(ULONG_PTR)PO_CB_SYSTEM_STATE_LOCK, awake);
    lab_check_returned("a power callback", irql);
    self->irql = PASSIVE_LEVEL;
    lab_dispatcher_lock();
    registered.running--;
    lab_dispatcher_unlock(true);
}

void lab_power_change(bool awake)
{
    lab_call(notify, (void *)(uintptr_t)(awake ? 1 : 0));
}

void lab_power_check_gone(void)
{
    if (registered.function != NULL) {
        lab_broken("W8", "the power callback is still registered after unload");
    }
}
