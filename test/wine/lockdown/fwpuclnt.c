/*
 * The management functions of the filter engine for portreeve-setup in Wine, whose own do nothing. Objects are lines of the file
 * that FWPUCLNT_OBJECTS names, written when a transaction is committed; call number FWPUCLNT_FAIL fails. Compiled against
 * mingw-w64's headers, not the driver's: another layout of a structure, or another GUID, shows in a line.
 */
#include <initguid.h>

#include <windows.h>

#include <fwpmu.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What mingw-w64 lacks, from Microsoft's documentation and SDK. */
#define FWPM_PROVIDER_FLAG_PERSISTENT 0x1u
#define FWPM_SUBLAYER_FLAG_PERSISTENT 0x1u
#define FWPM_CALLOUT_FLAG_PERSISTENT  0x10000u
#define FWPM_FILTER_FLAG_PERSISTENT   0x1u
#define FWPM_FILTER_FLAG_BOOTTIME     0x2u
DEFINE_GUID(CONNECT_V4, 0xc38d57d1, 0x05a7, 0x4c33, 0x90, 0x4f, 0x7f, 0xbc, 0xee, 0xe6, 0x0e, 0x82);
DEFINE_GUID(CONNECT_V6, 0x4a72393b, 0x319f, 0x44bc, 0x84, 0xc3, 0xba, 0x54, 0xdc, 0xb3, 0xb6, 0xb4);
DEFINE_GUID(ACCEPT_V4, 0xe1cd9fe7, 0xf4b5, 0x4273, 0x96, 0xc0, 0x59, 0x2e, 0x48, 0x7b, 0x86, 0x50);
DEFINE_GUID(ACCEPT_V6, 0xa3b42c97, 0x9f04, 0x4672, 0xb8, 0x7e, 0xce, 0xe9, 0xc4, 0x83, 0x25, 0x7f);
DEFINE_GUID(FLAGS, 0x632ce23b, 0x5167, 0x435c, 0x86, 0xd7, 0xe9, 0x03, 0x68, 0x4a, 0xa8, 0x0c);

#define MOST      64
#define LINE      320
#define ENGINE    ((HANDLE)0x77)
#define NOT_FOUND 0x80320008u /* FWP_E_NOT_FOUND */
#define EXISTS    0x80320009u /* FWP_E_ALREADY_EXISTS */
#define IN_USE    0x8032000au /* FWP_E_IN_USE */
#define NO_TXN    0x8032000du /* FWP_E_NO_TXN_IN_PROGRESS */
#define LIFETIME  0x80320016u /* FWP_E_LIFETIME_MISMATCH */

static char lines[MOST][LINE]; /* "KIND KEY ..." */
static unsigned count, calls;
static BOOL in_transaction;

static BOOL fails(void)
{
    const char *number = getenv("FWPUCLNT_FAIL");
    return number != NULL && strtoul(number, NULL, 10) == ++calls;
}

static const char *text_of(const GUID *key, char *text)
{
    static const struct {
        const GUID *key;
        const char *name;
    } known[] = {
        {&CONNECT_V4, "connect4"},
        {&CONNECT_V6, "connect6"},
        {&ACCEPT_V4, "accept4"},
        {&ACCEPT_V6, "accept6"},
    };
    for (unsigned i = 0; i < ARRAYSIZE(known); i++) {
        if (IsEqualGUID(known[i].key, key)) {
            return known[i].name;
        }
    }
    (void)snprintf(text, 40, "%08lx-%04x-%04x-%02x%02x%02x%02x%02x%02x%02x%02x", key->Data1,
                   key->Data2, key->Data3, key->Data4[0], key->Data4[1], key->Data4[2],
                   key->Data4[3], key->Data4[4], key->Data4[5], key->Data4[6], key->Data4[7]);
    return text;
}

/* Its place, or `count`. */
static unsigned find(const char *kind, const GUID *key)
{
    char start[64], text[40];
    int bytes = snprintf(start, sizeof(start), "%s %s ", kind, text_of(key, text));
    unsigned i = 0;
    while (i < count && strncmp(lines[i], start, (size_t)bytes) != 0) {
        i++;
    }
    return i;
}

static DWORD begin_add(const char *kind, const GUID *key, BOOL lasts)
{
    if (fails()) {
        return ERROR_ACCESS_DENIED;
    }
    if (!in_transaction) {
        return NO_TXN;
    }
    return find(kind, key) < count || count == MOST ? EXISTS : lasts ? 0 : LIFETIME;
}

static DWORD delete(const char *kind, const GUID *key)
{
    char text[40];
    unsigned place = find(kind, key);
    if (fails()) {
        return ERROR_ACCESS_DENIED;
    }
    if (!in_transaction) {
        return NO_TXN;
    }
    if (place == count) {
        return NOT_FOUND;
    }
    for (unsigned i = 0; i < count; i++) { /* whoever refers to it comes after it in a line */
        if (i != place && strstr(lines[i] + strlen(kind), text_of(key, text)) != NULL) {
            return IN_USE;
        }
    }
    memmove(lines[place], lines[place + 1], (count - place - 1) * LINE);
    count--;
    return 0;
}

DWORD WINAPI FwpmEngineOpen0(const wchar_t *server, UINT32 service,
                             SEC_WINNT_AUTH_IDENTITY_W *identity, const FWPM_SESSION0 *session,
                             HANDLE *engine)
{
    FILE *file = fopen(getenv("FWPUCLNT_OBJECTS"), "rb");
    if (file == NULL || fails()) {
        return ERROR_ACCESS_DENIED;
    }
    for (count = 0; count < MOST && fgets(lines[count], LINE, file) != NULL; count++) {
        lines[count][strcspn(lines[count], "\r\n")] = 0;
    }
    (void)fclose(file);
    *engine = ENGINE;
    return server != NULL || service != RPC_C_AUTHN_WINNT || identity != NULL || session != NULL
               ? ERROR_INVALID_PARAMETER
               : 0;
}

DWORD WINAPI FwpmEngineClose0(HANDLE engine)
{
    return engine == ENGINE && !in_transaction ? 0 : ERROR_INVALID_HANDLE;
}

DWORD WINAPI FwpmTransactionBegin0(HANDLE engine, UINT32 flags)
{
    if (engine != ENGINE || flags != 0 || in_transaction || fails()) {
        return ERROR_ACCESS_DENIED;
    }
    in_transaction = TRUE;
    return 0;
}

DWORD WINAPI FwpmTransactionCommit0(HANDLE engine)
{
    FILE *file;
    if (engine != ENGINE || !in_transaction) {
        return NO_TXN;
    }
    in_transaction = FALSE;
    if (fails()) {
        return ERROR_ACCESS_DENIED;
    }
    file = fopen(getenv("FWPUCLNT_OBJECTS"), "wb");
    for (unsigned i = 0; file != NULL && i < count; i++) {
        (void)fprintf(file, "%s\n", lines[i]);
    }
    return file == NULL || fclose(file) != 0 ? ERROR_WRITE_FAULT : 0;
}

DWORD WINAPI FwpmTransactionAbort0(HANDLE engine)
{
    in_transaction = FALSE;
    return engine == ENGINE ? 0 : ERROR_INVALID_HANDLE;
}

DWORD WINAPI FwpmProviderAdd0(HANDLE engine, const FWPM_PROVIDER0 *provider,
                              PSECURITY_DESCRIPTOR descriptor)
{
    char key[40];
    DWORD error = begin_add("provider", &provider->providerKey,
                            provider->flags == FWPM_PROVIDER_FLAG_PERSISTENT);
    if (error == 0) {
        (void)snprintf(lines[count++], LINE, "provider %s persistent service %ls name %ls",
                       text_of(&provider->providerKey, key), provider->serviceName,
                       provider->displayData.name);
    }
    return engine == ENGINE && descriptor == NULL ? error : ERROR_INVALID_PARAMETER;
}

DWORD WINAPI FwpmSubLayerAdd0(HANDLE engine, const FWPM_SUBLAYER0 *layer,
                              PSECURITY_DESCRIPTOR descriptor)
{
    char key[40], provider[40];
    DWORD error = find("provider", layer->providerKey) == count
                      ? NOT_FOUND
                      : begin_add("sublayer", &layer->subLayerKey,
                                  layer->flags == FWPM_SUBLAYER_FLAG_PERSISTENT);
    if (error == 0) {
        (void)snprintf(lines[count++], LINE, "sublayer %s persistent weight 0x%04x of %s",
                       text_of(&layer->subLayerKey, key), layer->weight,
                       text_of(layer->providerKey, provider));
    }
    return engine == ENGINE && descriptor == NULL ? error : ERROR_INVALID_PARAMETER;
}

DWORD WINAPI FwpmCalloutAdd0(HANDLE engine, const FWPM_CALLOUT0 *callout,
                             PSECURITY_DESCRIPTOR descriptor, UINT32 *id)
{
    char key[40], layer[40], provider[40];
    DWORD error = find("provider", callout->providerKey) == count
                      ? NOT_FOUND
                      : begin_add("callout", &callout->calloutKey,
                                  callout->flags == FWPM_CALLOUT_FLAG_PERSISTENT);
    if (error == 0) {
        (void)snprintf(lines[count++], LINE, "callout %s persistent at %s of %s",
                       text_of(&callout->calloutKey, key),
                       text_of(&callout->applicableLayer, layer),
                       text_of(callout->providerKey, provider));
    }
    return engine == ENGINE && descriptor == NULL && id == NULL ? error : ERROR_INVALID_PARAMETER;
}

static const char *action_of(const FWPM_FILTER0 *filter, char *text)
{
    char key[40];
    switch (filter->action.type) {
    case FWP_ACTION_BLOCK:
        return "block";
    case FWP_ACTION_PERMIT:
        return "permit";
    case FWP_ACTION_CALLOUT_UNKNOWN:
        (void)snprintf(text, 80, "ask %s", text_of(&filter->action.calloutKey, key));
        return find("callout", &filter->action.calloutKey) < count ? text : "ask nobody";
    default:
        return "?";
    }
}

static const char *condition_of(const FWPM_FILTER0 *filter)
{
    const FWPM_FILTER_CONDITION0 *condition = filter->filterCondition;
    BOOL loopback = filter->numFilterConditions == 1 && IsEqualGUID(&condition->fieldKey, &FLAGS) &&
                    condition->matchType == FWP_MATCH_FLAGS_ALL_SET &&
                    condition->conditionValue.type == FWP_UINT32 &&
                    condition->conditionValue.uint32 == FWP_CONDITION_FLAG_IS_LOOPBACK;
    return filter->numFilterConditions == 0 ? "all" : loopback ? "loopback" : "?";
}

DWORD WINAPI FwpmFilterAdd0(HANDLE engine, const FWPM_FILTER0 *filter,
                            PSECURITY_DESCRIPTOR descriptor, UINT64 *id)
{
    char key[40], layer[40], sublayer[40], action[80];
    BOOL boot = filter->flags == FWPM_FILTER_FLAG_BOOTTIME;
    DWORD error = find("provider", filter->providerKey) == count ||
                          find("sublayer", &filter->subLayerKey) == count
                      ? NOT_FOUND
                      : begin_add("filter", &filter->filterKey,
                                  boot || filter->flags == FWPM_FILTER_FLAG_PERSISTENT);
    if (error == 0) {
        (void)snprintf(lines[count++], LINE, "filter %s %s at %s weight %u %s %s in %s",
                       text_of(&filter->filterKey, key), boot ? "boot" : "persistent",
                       text_of(&filter->layerKey, layer), filter->weight.uint8,
                       condition_of(filter), action_of(filter, action),
                       text_of(&filter->subLayerKey, sublayer));
    }
    return engine == ENGINE && descriptor == NULL && id == NULL && filter->weight.type == FWP_UINT8
               ? error
               : ERROR_INVALID_PARAMETER;
}

DWORD WINAPI FwpmProviderDeleteByKey0(HANDLE engine, const GUID *key)
{
    return engine == ENGINE ? delete ("provider", key) : ERROR_INVALID_HANDLE;
}

DWORD WINAPI FwpmSubLayerDeleteByKey0(HANDLE engine, const GUID *key)
{
    return engine == ENGINE ? delete ("sublayer", key) : ERROR_INVALID_HANDLE;
}

DWORD WINAPI FwpmCalloutDeleteByKey0(HANDLE engine, const GUID *key)
{
    return engine == ENGINE ? delete ("callout", key) : ERROR_INVALID_HANDLE;
}

DWORD WINAPI FwpmFilterDeleteByKey0(HANDLE engine, const GUID *key)
{
    return engine == ENGINE ? delete ("filter", key) : ERROR_INVALID_HANDLE;
}
