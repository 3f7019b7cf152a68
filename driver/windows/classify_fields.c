/* Reads fixed values and metadata of a classify. A value counts only when it is there and of the right type (R35). */
#include "edge.h"

BOOLEAN pr_fields_has(const FWPS_INCOMING_METADATA_VALUES0 *metadata, UINT32 field)
{
    return FWPS_IS_METADATA_FIELD_PRESENT(metadata, field);
}

UINT64 pr_fields_service(const FWPS_INCOMING_METADATA_VALUES0 *metadata)
{
    return pr_fields_has(metadata, FWPS_METADATA_FIELD_SUB_PROCESS_TAG)
               ? (UINT64)(ULONG_PTR)metadata->subProcessTag
               : 0;
}

/* The value, or NULL when the layer has no such field or it is of another type. */
static const FWP_VALUE0 *value_of(const FWPS_INCOMING_VALUES0 *values, UINT8 field,
                                  FWP_DATA_TYPE type)
{
    if (field >= values->valueCount || values->incomingValue[field].value.type != type) {
        return NULL;
    }
    return &values->incomingValue[field].value;
}

UINT32 pr_fields_uint32(const FWPS_INCOMING_VALUES0 *values, UINT8 field)
{
    const FWP_VALUE0 *value = value_of(values, field, FWP_UINT32);
    return value == NULL ? 0 : value->uint32;
}

static UINT16 port_of(const FWPS_INCOMING_VALUES0 *values, UINT8 field)
{
    const FWP_VALUE0 *value = value_of(values, field, FWP_UINT16);
    return value == NULL ? 0 : value->uint16;
}

static UINT8 protocol_of(const FWPS_INCOMING_VALUES0 *values, UINT8 field)
{
    const FWP_VALUE0 *value = value_of(values, field, FWP_UINT8);
    return value == NULL ? 0 : value->uint8;
}

/* WFP has IPv4 addresses in host order; the wire has all addresses in network order. */
static BOOLEAN address_of(const FWPS_INCOMING_VALUES0 *values, UINT8 family, UINT8 field,
                          UINT8 *address)
{
    if (family == PR_FAMILY_IPV6) {
        const FWP_VALUE0 *value = value_of(values, field, FWP_BYTE_ARRAY16_TYPE);
        if (value != NULL) {
            RtlCopyMemory(address, value->byteArray16->byteArray16, PR_ADDRESS_BYTES);
        }
        return value != NULL;
    }
    const FWP_VALUE0 *value = value_of(values, field, FWP_UINT32);
    if (value != NULL) {
        address[0] = (UINT8)(value->uint32 >> 24);
        address[1] = (UINT8)(value->uint32 >> 16);
        address[2] = (UINT8)(value->uint32 >> 8);
        address[3] = (UINT8)value->uint32;
    }
    return value != NULL;
}

static VOID add_metadata(const FWPS_INCOMING_METADATA_VALUES0 *metadata, struct pr_key *key)
{
    if (pr_fields_has(metadata, FWPS_METADATA_FIELD_TRANSPORT_ENDPOINT_HANDLE)) {
        key->endpoint = metadata->transportEndpointHandle;
        key->known |= PR_KNOWN_ENDPOINT;
    }
    if (pr_fields_has(metadata, FWPS_METADATA_FIELD_COMPARTMENT_ID)) {
        key->compartment = metadata->compartmentId;
        key->known |= PR_KNOWN_COMPARTMENT;
    }
    if (pr_fields_has(metadata, FWPS_METADATA_FIELD_REMOTE_SCOPE_ID)) {
        key->remote.scope_id = metadata->remoteScopeId.Value;
    }
}

VOID pr_fields_key(const struct pr_layer_fields *fields, const FWPS_INCOMING_VALUES0 *values,
                   const FWPS_INCOMING_METADATA_VALUES0 *metadata, struct pr_key *key)
{
    RtlZeroMemory(key, sizeof(*key));
    key->layer = fields->layer;
    key->family = fields->family;
    key->protocol = protocol_of(values, fields->protocol);
    key->local.port = port_of(values, fields->local_port);
    key->remote.port = port_of(values, fields->remote_port);
    (VOID) address_of(values, fields->family, fields->remote_address, key->remote.address);
    if (address_of(values, fields->family, fields->local_address, key->local.address)) {
        key->known |= PR_KNOWN_LOCAL_ADDRESS;
    }
    add_metadata(metadata, key);
}
