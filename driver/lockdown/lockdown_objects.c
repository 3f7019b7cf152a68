/* See lockdown.h. Loopback is permitted, nothing else: not even DHCP, which asks again when the driver is there. */
#ifdef PR_LOCKDOWN_USER
#include <windows.h>
#else
#include <ntifs.h>
#endif

#include <initguid.h>

#include "lockdown.h"
#include "windows/guids.h"

#define SUBLAYER_WEIGHT   0x0101 /* below FWPM_SUBLAYER_UNIVERSAL's, and IPsec's (R60) */
#define LAYERS            4
/* The last byte of a filter's key: its layer's number in this one's sixteen. */
#define KEY_BOOT          0x40
#define KEY_BOOT_LOOPBACK 0x50
#define KEY_KEPT          0x60
#define KEY_KEPT_LOOPBACK 0x70
/* FWP_E_... and STATUS_FWP_..._NOT_FOUND: 0x80320001 to 0x80320008, or 0xC0220001 to 0xC0220008. */
#define IS_NOT_FOUND(error)                                                                        \
    ((((error) & 0xffffff00u) == 0x80320000u || ((error) & 0xffffff00u) == 0xc0220000u) &&         \
     ((error) & 0xffu) >= 1 && ((error) & 0xffu) <= 8)

static const struct layer {
    const GUID *layer;
    const GUID *guard;
} layers[LAYERS] = {
    {&FWPM_LAYER_ALE_AUTH_CONNECT_V4, &PR_CALLOUT_GUARD_CONNECT_V4},
    {&FWPM_LAYER_ALE_AUTH_CONNECT_V6, &PR_CALLOUT_GUARD_CONNECT_V6},
    {&FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V4, &PR_CALLOUT_GUARD_ACCEPT_V4},
    {&FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V6, &PR_CALLOUT_GUARD_ACCEPT_V6},
};

static WCHAR name[] = L"Portreeve lockdown";
/* BFE leaves the persistent filters of a provider out whose service doesn't start by itself: with the driver switched off
 * or removed by hand the computer isn't cut off. */
static WCHAR service[] = L"Portreeve";

static GUID *writable(const GUID *key)
{
    return (GUID *)(ULONG_PTR)key;
}

static GUID filter_key(UINT8 kind, UINT32 layer)
{
    GUID key = PR_LOCKDOWN_PROVIDER;
    key.Data4[7] = (UINT8)(kind + layer);
    return key;
}

static UINT32 add_owner(const struct pr_fwpm *fwpm, HANDLE engine)
{
    FWPM_PROVIDER0 provider = {
        .providerKey = PR_LOCKDOWN_PROVIDER,
        .displayData = {name, NULL},
        .flags = FWPM_PROVIDER_FLAG_PERSISTENT,
        .serviceName = service,
    };
    FWPM_SUBLAYER0 sublayer = {
        .subLayerKey = PR_LOCKDOWN_SUBLAYER,
        .displayData = {name, NULL},
        .flags = FWPM_SUBLAYER_FLAG_PERSISTENT,
        .providerKey = writable(&PR_LOCKDOWN_PROVIDER),
        .weight = SUBLAYER_WEIGHT,
    };
    UINT32 error = (UINT32)fwpm->provider_add(engine, &provider, NULL);
    return error == 0 ? (UINT32)fwpm->sublayer_add(engine, &sublayer, NULL) : error;
}

/* A filter of one of the four kinds at a layer. */
static UINT32 add_filter(const struct pr_fwpm *fwpm, HANDLE engine, UINT8 kind, UINT32 layer)
{
    BOOL boot = kind == KEY_BOOT || kind == KEY_BOOT_LOOPBACK;
    BOOL loopback = kind == KEY_BOOT_LOOPBACK || kind == KEY_KEPT_LOOPBACK;
    FWPM_FILTER_CONDITION0 condition = {
        .fieldKey = FWPM_CONDITION_FLAGS,
        .matchType = FWP_MATCH_FLAGS_ALL_SET,
        .conditionValue = {.type = FWP_UINT32, .uint32 = FWP_CONDITION_FLAG_IS_LOOPBACK},
    };
    FWPM_FILTER0 filter = {
        .filterKey = filter_key(kind, layer),
        .displayData = {name, NULL},
        .flags = boot ? FWPM_FILTER_FLAG_BOOTTIME : FWPM_FILTER_FLAG_PERSISTENT,
        .providerKey = writable(&PR_LOCKDOWN_PROVIDER),
        .layerKey = *layers[layer].layer,
        .subLayerKey = PR_LOCKDOWN_SUBLAYER,
        .weight = {.type = FWP_UINT8, .uint8 = loopback ? 15 : 0},
        .numFilterConditions = loopback ? 1 : 0,
        .filterCondition = &condition,
        .action = {.type = boot ? FWP_ACTION_BLOCK : FWP_ACTION_CALLOUT_UNKNOWN},
    };
    if (loopback) {
        filter.action.type = FWP_ACTION_PERMIT;
    } else if (!boot) {
        filter.action.calloutKey = *layers[layer].guard;
    }
    return (UINT32)fwpm->filter_add(engine, &filter, NULL, NULL);
}

static UINT32 add_guard(const struct pr_fwpm *fwpm, HANDLE engine, UINT32 layer)
{
    FWPM_CALLOUT0 callout = {
        .calloutKey = *layers[layer].guard,
        .displayData = {name, NULL},
        .flags = FWPM_CALLOUT_FLAG_PERSISTENT,
        .providerKey = writable(&PR_LOCKDOWN_PROVIDER),
        .applicableLayer = *layers[layer].layer,
    };
    return (UINT32)fwpm->callout_add(engine, &callout, NULL, NULL);
}

static const UINT8 kinds[] = {KEY_BOOT_LOOPBACK, KEY_BOOT, KEY_KEPT_LOOPBACK, KEY_KEPT};

static UINT32 add_layer(const struct pr_fwpm *fwpm, HANDLE engine, UINT32 layer)
{
    UINT32 error = add_guard(fwpm, engine, layer);
    for (UINT32 i = 0; i < sizeof(kinds) && error == 0; i++) {
        error = add_filter(fwpm, engine, kinds[i], layer);
    }
    return error;
}

static UINT32 unless_missing(UINT32 error)
{
    return IS_NOT_FOUND(error) ? 0 : error;
}

static UINT32 delete_layer(const struct pr_fwpm *fwpm, HANDLE engine, UINT32 layer)
{
    UINT32 error = 0;
    for (UINT32 i = 0; i < sizeof(kinds) && error == 0; i++) {
        GUID key = filter_key(kinds[i], layer);
        error = unless_missing((UINT32)fwpm->filter_delete(engine, &key));
    }
    return error == 0 ? unless_missing((UINT32)fwpm->callout_delete(engine, layers[layer].guard))
                      : error;
}

static UINT32 delete_all(const struct pr_fwpm *fwpm, HANDLE engine)
{
    UINT32 error = 0;
    for (UINT32 i = 0; i < LAYERS && error == 0; i++) {
        error = delete_layer(fwpm, engine, i);
    }
    if (error == 0) {
        error = unless_missing((UINT32)fwpm->sublayer_delete(engine, &PR_LOCKDOWN_SUBLAYER));
    }
    return error == 0 ? unless_missing((UINT32)fwpm->provider_delete(engine, &PR_LOCKDOWN_PROVIDER))
                      : error;
}

static UINT32 replace_all(const struct pr_fwpm *fwpm, HANDLE engine)
{
    UINT32 error = delete_all(fwpm, engine);
    if (error == 0) {
        error = add_owner(fwpm, engine);
    }
    for (UINT32 i = 0; i < LAYERS && error == 0; i++) {
        error = add_layer(fwpm, engine, i);
    }
    return error;
}

/* A session that isn't dynamic, for persistent objects. */
static UINT32 in_transaction(const struct pr_fwpm *fwpm,
                             UINT32 (*change)(const struct pr_fwpm *fwpm, HANDLE engine))
{
    HANDLE engine = NULL;
    UINT32 error = (UINT32)fwpm->engine_open(NULL, RPC_C_AUTHN_WINNT, NULL, NULL, &engine);
    if (error != 0) {
        return error;
    }
    error = (UINT32)fwpm->transaction_begin(engine, 0);
    if (error == 0) {
        error = change(fwpm, engine);
        if (error == 0) {
            error = (UINT32)fwpm->transaction_commit(engine);
        } else {
            (void)fwpm->transaction_abort(engine);
        }
    }
    (void)fwpm->engine_close(engine);
    return error;
}

UINT32 pr_lockdown_add(const struct pr_fwpm *fwpm)
{
    return in_transaction(fwpm, replace_all);
}

UINT32 pr_lockdown_remove(const struct pr_fwpm *fwpm)
{
    return in_transaction(fwpm, delete_all);
}
