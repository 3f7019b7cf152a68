/*
 * Sleep and resume, by \\Callback\\PowerState. What is held is settled before the computer leaves its working state, and
 * nothing is held until it is back (docs/adr/0032): who should answer isn't there, and peers give up meanwhile. Modern
 * standby isn't announced here: there the watchdog does its work.
 */
#include <ntifs.h>

#include <ntddk.h>

#include "edge.h"

static CALLBACK_FUNCTION changed;

/* At any IRQL up to DISPATCH_LEVEL. Argument 2 of STATE_LOCK: 0 when the system is about to leave S0, 1 when it is back. */
static VOID NTAPI changed(PVOID context, PVOID what, PVOID value)
{
    struct pr_edge *edge = context;
    if ((ULONG_PTR)what == PO_CB_SYSTEM_STATE_LOCK) {
        pr_engine_sleep(edge->engine, (ULONG_PTR)value == 0);
    }
}

/* Without it everything else works: a hold outlasts the sleep then, or its deadline. */
VOID pr_power_start(struct pr_edge *edge)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    PCALLBACK_OBJECT object = NULL;
    RtlInitUnicodeString(&name, L"\\Callback\\PowerState");
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL,
                               NULL);
    NTSTATUS status = ExCreateCallback(&object, &attributes, FALSE, TRUE);
    /* Wine says yes and gives nothing. */
    if (!NT_SUCCESS(status) || object == NULL) {
        return;
    }
    edge->power_callback = ExRegisterCallback(object, changed, edge);
    ObDereferenceObject(object);
}

VOID pr_power_stop(struct pr_edge *edge)
{
    if (edge->power_callback != NULL) {
        ExUnregisterCallback(edge->power_callback);
        edge->power_callback = NULL;
    }
}
