/*
 * Fuzzes classifies: the input is a script of classifies at every layer of the driver, with values of any type, metadata, packets
 * with odd offsets, chains of lists, buffers and fragments, and of what happens in between. Everything that a classify is given
 * lies in memory of exactly its size and is freed when it returns. At the end the driver is unloaded and nothing may be left.
 */
#include "filter_engine.h"

#include <stdlib.h>
#include <string.h>

#include "lab/emulator/wdm/kernel.h"
#include "lab/emulator/wfp/buffers.h"
#include "protocol/portreeve_wire.h"

#define FIELDS      48
#define CLIENT      7000
#define MOST_MDLS   4
#define MOST_IDS    32
#define MOST_PACKET 600
#define READ_BYTES  PR_MIN_EVENT_BATCH_BYTES

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct script {
    const uint8_t *at;
    size_t left;
};

/* What a classify is given, to be freed after it. */
struct input {
    FWPS_INCOMING_VALUES0 values;
    FWPS_INCOMING_VALUE0 *fields;
    FWPS_INCOMING_METADATA_VALUES0 meta;
    FWP_BYTE_ARRAY16 *addresses;
    FWP_BYTE_BLOB path;
    NET_BUFFER_LIST *packets;
    FWPS_CLASSIFY_OUT0 out;
    FWPS_FILTER1 filter;
    uint32_t callout;
    KIRQL irql;
};

static struct lab_handle *client;
static uint64_t session;
static uint64_t ids[MOST_IDS];
static uint32_t id_count;
static bool reading;

static uint32_t take(struct script *script, size_t bytes)
{
    uint32_t value = 0;
    size_t taken = script->left < bytes ? script->left : bytes;
    memcpy(&value, script->at, taken);
    script->at += taken;
    script->left -= taken;
    return value;
}

/* `bytes` of memory with the script in it, and behind its end something else. */
static void *take_memory(struct script *script, size_t bytes)
{
    uint8_t *memory = malloc(bytes > 0 ? bytes : 1);
    size_t taken = script->left < bytes ? script->left : bytes;
    memset(memory, 0x45, bytes);
    memcpy(memory, script->at, taken);
    script->at += taken;
    script->left -= taken;
    return memory;
}

/* Values */

static void set_field(struct input *input, struct script *script, uint32_t field)
{
    FWP_VALUE0 *value = &input->fields[field].value;
    value->type = (FWP_DATA_TYPE)(take(script, 1) % 13);
    switch (value->type) {
    case FWP_UINT8:
        value->uint8 = (UINT8)take(script, 1);
        break;
    case FWP_UINT16:
        value->uint16 = (UINT16)take(script, 2);
        break;
    case FWP_BYTE_ARRAY16_TYPE:
        value->byteArray16 = &input->addresses[field % 2];
        break;
    default: /* a number, or a pointer that isn't one: whoever reads it as such is caught */
        value->uint32 = take(script, 4);
    }
}

/* Values that are plausible for every layer: fields of addresses, ports, protocol and flags lie at different places. */
static void fill_values(struct input *input, struct script *script)
{
    uint32_t protocols[] = {6, 17, 1, 58};
    uint32_t kinds = take(script, 1), changes = take(script, 1) % 8;
    input->fields = calloc(FIELDS, sizeof(*input->fields));
    input->addresses = take_memory(script, 2 * sizeof(*input->addresses));
    for (uint32_t i = 0; i < FIELDS; i++) {
        FWP_VALUE0 *value = &input->fields[i].value;
        *value = (FWP_VALUE0){.type = FWP_UINT32, .uint32 = (kinds & 4) != 0 ? 0x40 : 0};
        if (i == 4 || i == 7) {
            *value = (FWP_VALUE0){.type = FWP_UINT16, .uint16 = (UINT16)(80 + (kinds & 3))};
        } else if (i == 5) {
            *value = (FWP_VALUE0){.type = FWP_UINT8, .uint8 = (UINT8)protocols[kinds >> 4 & 3]};
        } else if ((i == 2 || i == 6) && (kinds & 8) != 0) {
            value->type = FWP_BYTE_ARRAY16_TYPE;
            value->byteArray16 = &input->addresses[i == 2 ? 0 : 1];
        } else if (i >= 28 && i <= 29) {
            value->uint32 = (kinds & 0x80) != 0 ? 0x10 : 0x1;
        } else if (i == 2 || i == 6) {
            value->uint32 = 0x0a000000 + (kinds & 1);
        }
    }
    for (; changes > 0; changes--) {
        set_field(input, script, take(script, 1) % FIELDS);
    }
    input->values.valueCount = take(script, 1) % 8 == 0 ? take(script, 1) % FIELDS : FIELDS;
    input->values.incomingValue = input->fields;
}

static void fill_metadata(struct input *input, struct script *script)
{
    uint32_t lengths = take(script, 2);
    FWPS_INCOMING_METADATA_VALUES0 *meta = &input->meta;
    meta->currentMetadataValues = ~take(script, 4);
    meta->flags = take(script, 1);
    meta->flowHandle = take(script, 1) % FUZZ_CONTEXTS;
    meta->ipHeaderSize = take(script, 1) % 4 == 0 ? take(script, 4) : 20 + lengths % 5 * 20;
    meta->transportHeaderSize = take(script, 1) % 4 == 0 ? take(script, 4) : 8 + lengths % 2 * 12;
    meta->processId = 10 * (1 + lengths % 3);
    meta->compartmentId = 1 + lengths % 2;
    meta->completionHandle = meta; /* never NULL */
    meta->transportEndpointHandle = 1 + take(script, 1) % 4;
    meta->parentEndpointHandle = take(script, 1) % 4;
    meta->remoteScopeId.Value = take(script, 1);
    meta->packetDirection = (FWP_DIRECTION)(lengths % 2);
    meta->subProcessTag = (PVOID)(uintptr_t)(lengths % 7);
    meta->controlDataLength = lengths % 40;
    meta->controlData = lengths % 3 == 0 ? NULL : take_memory(script, meta->controlDataLength);
    meta->headerIncludeHeaderLength = lengths % 60;
    meta->headerIncludeHeader =
        lengths % 5 != 0 ? NULL : take_memory(script, meta->headerIncludeHeaderLength);
    input->path.size = lengths % 11 == 0 ? 40000 : lengths % 19;
    input->path.data = take_memory(script, input->path.size);
    meta->processPath = lengths % 13 == 0 ? NULL : &input->path;
}

/* Packets */

static void add_mdls(NET_BUFFER *buffer, struct script *script, uint32_t total)
{
    uint32_t count = 1 + take(script, 1) % MOST_MDLS, at = 0;
    PMDL *next = &buffer->MdlChain;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t left = total - at;
        uint32_t part = i + 1 == count ? left : take(script, 2) % (left + 1);
        MDL *mdl = calloc(1, sizeof(*mdl));
        mdl->StartVa = take_memory(script, part);
        mdl->ByteCount = part;
        mdl->built = TRUE;
        *next = mdl;
        next = &mdl->Next;
        at += part;
    }
}

static NET_BUFFER *make_buffer(struct script *script)
{
    uint32_t total = take(script, 1) % 16 == 0 ? 70000 : take(script, 2) % MOST_PACKET;
    uint32_t offset = take(script, 2) % (total + 1);
    NET_BUFFER *buffer = calloc(1, sizeof(*buffer));
    add_mdls(buffer, script, total);
    buffer->DataLength =
        take(script, 1) % 4 == 0 ? take(script, 2) % (total - offset + 1) : total - offset;
    wfp_buffer_start(buffer, offset);
    return buffer;
}

/* Up to two lists of up to two buffers. */
static void fill_packets(struct input *input, struct script *script)
{
    uint32_t shape = take(script, 1);
    NET_BUFFER_LIST **next = &input->packets;
    for (uint32_t lists = shape % 3; lists > 0; lists--) {
        NET_BUFFER_LIST *list = calloc(1, sizeof(*list));
        NET_BUFFER **buffer = &list->FirstNetBuffer;
        for (uint32_t buffers = shape >> 4 & 3; buffers > 0; buffers--) {
            *buffer = make_buffer(script);
            buffer = &(*buffer)->Next;
        }
        *next = list;
        next = &list->Next;
    }
}

/* Where all data begins and how long it is, in one number. */
static uint64_t places(const struct input *input)
{
    uint64_t sum = 1;
    for (const NET_BUFFER_LIST *list = input->packets; list != NULL; list = list->Next) {
        for (const NET_BUFFER *buffer = list->FirstNetBuffer; buffer != NULL;
             buffer = buffer->Next) {
            sum = sum * 1000003 + buffer->DataOffset;
            sum = sum * 1000003 + buffer->DataLength;
        }
    }
    return sum;
}

static void free_buffers(NET_BUFFER *buffer)
{
    while (buffer != NULL) {
        NET_BUFFER *next = buffer->Next;
        for (PMDL mdl = buffer->MdlChain; mdl != NULL;) {
            PMDL after = mdl->Next;
            free(mdl->StartVa);
            free(mdl);
            mdl = after;
        }
        free(buffer);
        buffer = next;
    }
}

static void free_input(struct input *input)
{
    while (input->packets != NULL) {
        NET_BUFFER_LIST *next = input->packets->Next;
        free_buffers(input->packets->FirstNetBuffer);
        free(input->packets);
        input->packets = next;
    }
    free(input->fields);
    free(input->addresses);
    free(input->path.data);
    free(input->meta.controlData);
    free(input->meta.headerIncludeHeader);
}

/* Classifies */

static void check_out(const struct input *input, const FWPS_CLASSIFY_OUT0 *before)
{
    const FWPS_CLASSIFY_OUT0 *out = &input->out;
    bool absorbs = (out->flags & FWPS_CLASSIFY_OUT_FLAG_ABSORB) != 0;
    bool writes = (out->rights & FWPS_RIGHT_ACTION_WRITE) != 0;
    FUZZ_CHECK(!absorbs || out->actionType == FWP_ACTION_BLOCK);
    FUZZ_CHECK(!fuzz_engine.pended || (absorbs && !writes));
    FUZZ_CHECK(!fuzz_engine.pended || (before->rights & FWPS_RIGHT_ACTION_WRITE) != 0);
    if ((before->rights & FWPS_RIGHT_ACTION_WRITE) == 0) {
        FUZZ_CHECK(out->actionType == before->actionType || out->actionType == FWP_ACTION_BLOCK);
        FUZZ_CHECK(!writes);
    }
}

static void run_classify(void *context)
{
    struct input *input = context;
    struct lab_thread *self = lab_self();
    FWPS_CLASSIFY_OUT0 before = input->out;
    uint64_t where = places(input);
    fuzz_engine.pended = false;
    self->irql = input->irql;
    fuzz_engine.callouts[input->callout].classifyFn(&input->values, &input->meta, input->packets,
                                                    input, &input->filter, 0, &input->out);
    FUZZ_CHECK(self->irql == input->irql && self->locks == 0);
    self->irql = PASSIVE_LEVEL;
    FUZZ_CHECK(places(input) == where);
    check_out(input, &before);
}

static void classify(struct script *script)
{
    static const FWP_ACTION_TYPE actions[] = {FWP_ACTION_NONE, FWP_ACTION_PERMIT, FWP_ACTION_BLOCK,
                                              FWP_ACTION_CONTINUE};
    struct input input;
    uint32_t choice = take(script, 1), state = take(script, 1);
    memset(&input, 0, sizeof(input));
    input.callout = choice % fuzz_engine.callout_count;
    input.irql = (state & 1) != 0 ? DISPATCH_LEVEL : PASSIVE_LEVEL;
    input.out.rights = (state & 6) != 0 ? FWPS_RIGHT_ACTION_WRITE : 0;
    input.out.actionType = actions[state >> 3 & 3];
    input.filter.flags = (state & 0x20) != 0 ? FWPS_FILTER_FLAG_CLEAR_ACTION_RIGHT : 0;
    fuzz_engine.injected = (state & 0xc0) == 0xc0
                               ? (FWPS_PACKET_INJECTION_STATE)(take(script, 1) % 4)
                               : FWPS_PACKET_NOT_INJECTED;
    fuzz_engine.injection_context = (HANDLE)(uintptr_t)(take(script, 1) % 8);
    fill_values(&input, script);
    fill_metadata(&input, script);
    fill_packets(&input, script);
    lab_call(run_classify, &input);
    free_input(&input);
}

/* The client */

static void ignore(void *context, uint32_t status, const void *output, size_t bytes)
{
    (void)context;
    (void)status;
    (void)output;
    (void)bytes;
}

static void on_hello(void *context, uint32_t status, const void *output, size_t bytes)
{
    struct pr_welcome welcome;
    (void)context;
    FUZZ_CHECK(status == 0 && bytes >= sizeof(welcome));
    memcpy(&welcome, output, sizeof(welcome));
    session = welcome.session;
}

static void on_events(void *context, uint32_t status, const void *output, size_t bytes)
{
    const uint8_t *at = (const uint8_t *)output + sizeof(struct pr_events);
    (void)context;
    reading = false;
    for (const uint8_t *end = (const uint8_t *)output + bytes; status == 0 && at < end;) {
        struct pr_connection_event event;
        memcpy(&event.header, at, sizeof(event.header));
        if (event.header.kind == PR_EVENT_HELD && id_count < MOST_IDS) {
            memcpy(&event, at, sizeof(event));
            ids[id_count++] = event.connection.id;
        }
        at += (event.header.size + 7u) & ~7u;
    }
}

static void read_events(void)
{
    struct pr_read read = {{sizeof(read), PR_KIND_READ, PR_PROTOCOL_VERSION}, session};
    if (!reading) {
        reading = true;
        (void)lab_device_ioctl(client, PR_IOCTL_READ_EVENTS, &read, sizeof(read), READ_BYTES,
                               on_events, NULL);
    }
}

static void answer(struct script *script)
{
    struct {
        struct pr_answers head;
        struct pr_answer one;
    } message;
    uint32_t choice = take(script, 1);
    memset(&message, 0, sizeof(message));
    message.head.header = (struct pr_header){sizeof(message), PR_KIND_ANSWERS, PR_PROTOCOL_VERSION};
    message.head.session = session;
    message.head.count = 1;
    message.one.id = id_count > 0 ? ids[choice / 4 % id_count] : 1;
    message.one.verdict = (uint8_t)(1 + choice % 2);
    (void)lab_device_ioctl(client, PR_IOCTL_ANSWER, &message, sizeof(message), 4096, ignore, NULL);
}

static void set_policy(uint32_t choice)
{
    struct pr_policy policy;
    memset(&policy, 0, sizeof(policy));
    policy.header = (struct pr_header){sizeof(policy), PR_KIND_POLICY, PR_PROTOCOL_VERSION};
    policy.session = session;
    policy.hold_ms = PR_MIN_HOLD_MS;
    policy.mode = (choice & 0x30) == 0x30 ? PR_MODE_LOCKDOWN : PR_MODE_ASK;
    policy.loopback = PR_LOOPBACK_ASK;
    policy.no_client_verdict = (uint8_t)(1 + (choice & 1));
    policy.watchdog_verdict = (uint8_t)(1 + (choice >> 1 & 1));
    policy.full_verdict = (uint8_t)(1 + (choice >> 2 & 1));
    policy.unknown_reauthorize_verdict = (uint8_t)(1 + (choice >> 3 & 1));
    (void)lab_device_ioctl(client, PR_IOCTL_SET_POLICY, &policy, sizeof(policy), 0, ignore, NULL);
}

static void attach(void *unused)
{
    struct pr_hello hello = {{sizeof(hello), PR_KIND_HELLO, PR_PROTOCOL_VERSION}, 1, 0};
    (void)unused;
    FUZZ_CHECK(lab_device_open(CLIENT, &client) == 0);
    (void)lab_device_ioctl(client, PR_IOCTL_HELLO, &hello, sizeof(hello), sizeof(struct pr_welcome),
                           on_hello, NULL);
}

/* The rest */

static void end_flow(void *context)
{
    uint32_t flow = *(uint32_t *)context % FUZZ_CONTEXTS;
    uint64_t number = fuzz_engine.contexts[flow];
    fuzz_engine.contexts[flow] = 0;
    for (uint32_t i = 0; i < fuzz_engine.callout_count && number != 0; i++) {
        if (fuzz_engine.callouts[i].flowDeleteFn != NULL) {
            fuzz_engine.callouts[i].flowDeleteFn(0, i + 1, number);
            return;
        }
    }
}

static void finish(void *unused)
{
    (void)unused;
    fuzz_engine_finish();
}

static void turn_switches(uint32_t switches)
{
    static const struct lab_faults none;
    fuzz_engine.fail_pend = (switches & 3) == 3;
    lab_faults_set(&none);
    fuzz_engine.fail_build = (switches & 12) == 12;
    if (fuzz_engine.fail_build) {
        lab_fault_named("NdisRetreatNetBufferDataStart", STATUS_INSUFFICIENT_RESOURCES, UINT32_MAX);
    }
    fuzz_engine.fail_injection = (switches & 0x30) == 0x30;
    fuzz_engine.slow_injection = (switches & 0x40) != 0;
    fuzz_engine.lost_injection = (switches & 0x80) != 0;
}

static void one_step(struct script *script)
{
    uint32_t choice = take(script, 1) % 16, more;
    switch (choice) {
    case 0:
        turn_switches(take(script, 1));
        break;
    case 1:
        lab_run_for(take(script, 2) % 20000);
        break;
    case 2:
        more = take(script, 1);
        lab_call(end_flow, &more);
        break;
    case 3:
        lab_call(finish, NULL);
        break;
    case 4:
        lab_process_notify_exit(10 * (1 + take(script, 1) % 3));
        break;
    case 5:
        set_policy(take(script, 1));
        break;
    case 6:
    case 7:
        read_events();
        lab_run_until_idle();
        answer(script);
        break;
    default:
        classify(script);
    }
    lab_run_until_idle();
}

static void start(uint64_t seed)
{
    static const struct lab_options virtual = {.clock = LAB_CLOCK_VIRTUAL, .yield_one_in = 8};
    struct lab_options options = virtual;
    options.seed = seed;
    lab_broken_reset();
    lab_threads_start(&options);
    lab_time_start(&options);
    lab_processes_start();
    lab_power_start();
    fuzz_engine_start();
    FUZZ_CHECK(lab_driver_load());
    id_count = 0;
    reading = false;
    lab_call(attach, NULL);
    lab_run_until_idle();
}

static void stop(void)
{
    turn_switches(0);
    lab_call(finish, NULL);
    lab_run_until_idle();
    lab_device_close(client);
    lab_driver_unload();
    lab_drain();
    lab_driver_check_gone();
    lab_power_check_gone();
    lab_time_stop();
    lab_threads_stop();
    lab_processes_stop();
    FUZZ_CHECK(lab_pool_report_leaks() == 0);
    fuzz_engine_check_empty();
    FUZZ_CHECK(lab_broken_count() == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script script = {data, size};
    start(1);
    set_policy(take(&script, 1));
    while (script.left > 0) {
        one_step(&script);
    }
    stop();
    return 0;
}
