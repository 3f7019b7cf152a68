/*
 * Drives the test driver through everything that the emulator watches. Exit code 0 when no rule was broken. With BREAK
 * set to a rule the driver breaks it, and the emulator has to say so (run.ts looks for the line).
 */
#include <stdio.h>
#include <stdlib.h>

#include "lab/emulator/lab.h"

#define IOCTL_WAIT   CTL_CODE(FILE_DEVICE_NETWORK, 0x901, METHOD_BUFFERED, FILE_READ_DATA)
#define IOCTL_ANSWER CTL_CODE(FILE_DEVICE_NETWORK, 0x902, METHOD_BUFFERED, FILE_READ_DATA)

struct attempt {
    int answers;
    enum lab_answer answer;
};

#define ATTEMPTS 26

static struct attempt attempts[ATTEMPTS];
static struct lab_handle *handle;
static unsigned surprises;

static void answered(void *context, enum lab_answer answer)
{
    struct attempt *attempt = context;
    attempt->answers++;
    attempt->answer = answer;
}

static void finished(void *context, uint32_t status, const void *output, size_t bytes)
{
    (void)output;
    (void)bytes;
    *(uint32_t *)context = status;
}

static void expect(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "unexpected: %s\n", what);
        surprises++;
    }
}

static void start_odd(unsigned number, const struct wfp_oddities *odd)
{
    struct lab_attempt what = {
        .process_id = 100,
        .endpoint = 1000 + number,
        .family = 4,
        .protocol = 6,
        .local = {.bytes = {127, 0, 0, 1}, .port = (uint16_t)(2000 + number)},
        .remote = {.bytes = {127, 0, 0, 1}, .port = (uint16_t)(80 + number)}};
    wfp_attempt_start(&what, odd, answered, &attempts[number]);
    lab_run_until_idle();
}

static void start(unsigned number)
{
    struct wfp_oddities odd = {0};
    start_odd(number, &odd);
}

static void start_datagram(unsigned number)
{
    static const uint8_t payload[600] = {1, 2, 3};
    struct lab_attempt what = {
        .process_id = 100,
        .endpoint = 1000 + number,
        .family = 4,
        .protocol = 17,
        .local = {.bytes = {127, 0, 0, 1}, .port = (uint16_t)(2000 + number)},
        .remote = {.bytes = {127, 0, 0, 2}, .port = (uint16_t)(80 + number)},
        .payload = payload,
        .payload_bytes = sizeof(payload)};
    lab_attempt_start(&what, answered, &attempts[number]);
    lab_run_until_idle();
}

static void answer(uint8_t permit)
{
    uint32_t status = (uint32_t)STATUS_PENDING;
    (void)lab_device_ioctl(handle, IOCTL_ANSWER, &permit, 1, 0, finished, &status);
    lab_run_until_idle();
}

static void packets(void *context)
{
    struct wfp_oddities odd = {0};
    (void)context;
    (void)wfp_flows_packet(&odd);
}

static void holds_and_answers(void)
{
    start(0);
    start(1);
    expect(attempts[0].answers == 0 && attempts[1].answers == 0, "a connection was not held");
    answer(1);
    expect(attempts[0].answer == LAB_PERMITTED && attempts[1].answers == 1, "no permit");
    start(2);
    answer(0);
    expect(attempts[2].answer == LAB_BLOCKED, "a blocked connection was not blocked");
    wfp_flows_mark(FWP_CONDITION_REAUTHORIZE_REASON_POLICY_CHANGE);
    lab_call(packets, NULL);
}

static void odd_classifies(void)
{
    struct wfp_oddities no_handle = {.no_completion_handle = true};
    struct wfp_oddities at_dispatch = {.at_dispatch = true};
    start_odd(3, &no_handle);
    start_odd(4, &at_dispatch);
    lab_fault_named("FwpsPendOperation0", STATUS_FWP_CANNOT_PEND, 1);
    start(5);
    (void)wfp_foreign_filter_add(FWPS_LAYER_ALE_AUTH_CONNECT_V4, 0xffff, FWP_ACTION_PERMIT, true);
    start(6);
    wfp_foreign_filters_remove();
    answer(1);
}

static void closures(void)
{
    start(7);
    lab_endpoint_close(1007);
    lab_run_until_idle();
    expect(attempts[7].answer == LAB_ENDED, "a closed socket's connection did not end");
    start(8);
    answer(0);
    lab_endpoint_close(1000);
    lab_run_until_idle();
}

static void datagrams(void)
{
    const struct wfp_delivery *deliveries;
    for (unsigned number = 10; number < 18; number++) {
        start_datagram(number);
    }
    lab_fault_named("FwpsInjectTransportSendAsync0", STATUS_FWP_TCPIP_NOT_READY, 1);
    lab_fault_named("FWPS_INJECT_COMPLETE0", STATUS_INSUFFICIENT_RESOURCES, 1);
    answer(1);
    expect(wfp_deliveries(&deliveries) == 6 && deliveries[5].bytes == 600,
           "not every datagram was delivered");
    start_datagram(18);
    answer(0);
    expect(attempts[18].answer == LAB_BLOCKED, "a blocked datagram was not blocked");
    start_datagram(19);
    lab_endpoint_close(1019);
    lab_run_until_idle();
}

static void start_visitor(unsigned number, uint8_t protocol, bool ipsec)
{
    static const uint8_t payload[600] = {1, 2, 3};
    struct wfp_oddities odd = {.ipsec = ipsec};
    struct lab_attempt what = {.process_id = 100,
                               .endpoint = 1000 + number,
                               .family = 4,
                               .protocol = protocol,
                               .direction = LAB_INBOUND,
                               .local = {.bytes = {192, 0, 2, 1}, .port = 80},
                               .remote = {.bytes = {192, 0, 2, 2}, .port = (uint16_t)number},
                               .payload = protocol == 17 ? payload : NULL,
                               .payload_bytes = protocol == 17 ? sizeof(payload) : 0};
    wfp_attempt_start(&what, &odd, answered, &attempts[number]);
    lab_run_until_idle();
}

static void visitors(void)
{
    for (unsigned number = 20; number < 24; number++) {
        start_visitor(number, number % 2 == 0 ? 6 : 17, number >= 22);
    }
    expect(attempts[20].answers == 0, "a visitor was not held");
    answer(1);
    for (unsigned number = 20; number < 24; number++) {
        expect(attempts[number].answer == LAB_PERMITTED, "a visitor was not let in");
    }
    start_visitor(24, 6, false);
    answer(0);
    expect(attempts[24].answer == LAB_BLOCKED, "a visitor was not refused");
}

/* Whom the device must not be opened by. */
static void strangers(void)
{
    static const struct lab_open refused[] = {
        {.process_id = 101},
        {.process_id = 100, .named = true},
        {.process_id = 100, .impersonates = true, .thread = LAB_TOKEN_STANDARD},
        {.process_id = 101, .impersonates = true, .thread = LAB_TOKEN_SYSTEM},
    };
    for (size_t i = 0; i < RTL_NUMBER_OF(refused); i++) {
        struct lab_handle *opened = NULL;
        if (lab_device_open_as(&refused[i], &opened) == 0) {
            expect(false, "a stranger has the device");
            lab_device_close(opened);
        }
    }
}

int main(void)
{
    static const uint16_t path[] = {'/', 'a'};
    struct lab_options options = {.clock = LAB_CLOCK_VIRTUAL, .seed = 1};
    struct lab_process process = {.id = 100, .created = 1, .path = path, .path_units = 2};
    struct lab_process lowered = {.id = 101, .created = 1, .token = LAB_TOKEN_ADMIN_MEDIUM};
    uint32_t status = (uint32_t)STATUS_PENDING;
    for (unsigned i = 0; i < ATTEMPTS; i++) {
        attempts[i].answer = LAB_ENDED;
    }
    if (!lab_start(&options)) {
        return 2;
    }
    lab_process_start(&process);
    lab_process_start(&lowered);
    strangers();
    expect(lab_device_open(100, &handle) == 0, "the device does not open");
    (void)lab_device_ioctl(handle, IOCTL_WAIT, NULL, 0, 0, finished, &status);
    lab_run_until_idle();
    holds_and_answers();
    odd_classifies();
    closures();
    datagrams();
    visitors();
    start(9);
    lab_device_close(handle);
    expect(status == (uint32_t)STATUS_CANCELLED, "the waiting request was not cancelled");
    return lab_stop() == 0 && surprises == 0 ? 0 : 1;
}
