/* emulator.h: the emulator as its front doors see it. */
#include "lab.h"

static bool running;

bool lab_start(const struct lab_options *options)
{
    lab_broken_reset();
    lab_threads_start(options);
    lab_time_start(options);
    lab_processes_start();
    lab_power_start();
    wfp_start(options->reauthorize);
    running = true;
    return lab_driver_load();
}

unsigned lab_stop(void)
{
    if (!running) {
        return 0;
    }
    if (lab_device_present()) {
        lab_driver_unload();
    }
    lab_drain();
    lab_driver_check_gone();
    lab_power_check_gone();
    wfp_stop();
    lab_drain();
    lab_time_stop();
    lab_threads_stop();
    lab_processes_stop();
    (void)lab_pool_report_leaks();
    running = false;
    return lab_broken_count();
}

void lab_process_exit(uint64_t process_id)
{
    /* The last thread tells of the exit before the process's handles, its sockets among them, are closed. */
    lab_process_notify_exit(process_id);
    wfp_process_endpoints_close(process_id);
}

void lab_attempt_start(const struct lab_attempt *attempt, lab_answer_fn *done, void *context)
{
    wfp_attempt_start(attempt, NULL, done, context);
}

void lab_endpoint_close(uint64_t endpoint)
{
    wfp_endpoint_close(endpoint);
}

bool lab_process_known(uint64_t process_id)
{
    PEPROCESS process = lab_process_find(process_id);
    if (process != NULL) {
        ObfDereferenceObject(process);
    }
    return process != NULL;
}
