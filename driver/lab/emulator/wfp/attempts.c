/* The memory of attempts and endpoints: made, kept by references, freed with the last. */
#include "engine.h"

struct wfp_attempt *wfp_attempt_new(const struct lab_attempt *what)
{
    struct wfp_attempt *attempt = wfp_port_allocate(sizeof(*attempt));
    attempt->references = 1;
    attempt->what = *what;
    attempt->what.payload = NULL;
    attempt->process = wfp_port_process(what->process_id);
    attempt->used = KeQueryInterruptTime();
    if (what->payload != NULL) {
        void *copy = wfp_port_allocate(what->payload_bytes + 1);
        memcpy(copy, what->payload, what->payload_bytes);
        attempt->what.payload = copy;
    }
    return attempt;
}

enum wfp_attempt_state wfp_attempt_state(const struct wfp_attempt *attempt)
{
    enum wfp_attempt_state state;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    state = attempt->state;
    KeReleaseSpinLock(&wfp_lock, irql);
    return state;
}

UINT64 wfp_attempt_handle(const struct wfp_attempt *attempt)
{
    UINT64 handle;
    KIRQL irql;
    KeAcquireSpinLock(&wfp_lock, &irql);
    handle = attempt->endpoint->handle;
    KeReleaseSpinLock(&wfp_lock, irql);
    return handle;
}

void wfp_endpoint_release(struct wfp_endpoint *endpoint)
{
    if (InterlockedDecrement(&endpoint->references) == 0) {
        wfp_port_free(endpoint);
    }
}

void wfp_attempt_reference(struct wfp_attempt *attempt)
{
    (void)InterlockedIncrement(&attempt->references);
}

void wfp_attempt_release(struct wfp_attempt *attempt)
{
    if (InterlockedDecrement(&attempt->references) != 0) {
        return;
    }
    wfp_endpoint_release(attempt->endpoint);
    if (attempt->process != NULL) {
        ObDereferenceObject(attempt->process);
    }
    if (attempt->what.payload != NULL) {
        wfp_port_free((void *)(ULONG_PTR)attempt->what.payload);
    }
    wfp_port_free(attempt);
}
