#include "flow.h"

#include <string.h>

#include "hash_table.h"

#define PROTOCOL_TCP 6

bool pr_key_is_handshake(const struct pr_key *key)
{
    return pr_key_is_inbound(key) && key->protocol == PROTOCOL_TCP;
}

static bool same_place(const struct pr_endpoint *left, const struct pr_endpoint *right)
{
    bool zones = left->scope_id != 0 && right->scope_id != 0;
    return memcmp(left->address, right->address, PR_ADDRESS_BYTES) == 0 &&
           (!zones || left->scope_id == right->scope_id);
}

bool pr_key_equal(const struct pr_key *left, const struct pr_key *right)
{
    uint8_t known = left->known & right->known;
    if (left->layer != right->layer || left->family != right->family ||
        left->protocol != right->protocol || left->local.port != right->local.port ||
        left->remote.port != right->remote.port || !same_place(&left->remote, &right->remote)) {
        return false;
    }
    if ((known & PR_KNOWN_ENDPOINT) != 0 && left->endpoint != right->endpoint) {
        return false;
    }
    if ((known & PR_KNOWN_COMPARTMENT) != 0 && left->compartment != right->compartment) {
        return false;
    }
    return (known & PR_KNOWN_LOCAL_ADDRESS) == 0 || same_place(&left->local, &right->local);
}

uint64_t pr_key_hash(uint64_t seed, const struct pr_key *key)
{
    uint64_t words[2];
    memcpy(words, key->remote.address, sizeof(words));
    seed = pr_hash_mix(seed, words[0]);
    seed = pr_hash_mix(seed, words[1]);
    return pr_hash_mix(seed, (uint64_t)key->remote.port << 48 | (uint64_t)key->local.port << 32 |
                                 (uint64_t)key->layer << 16 | (uint64_t)key->family << 8 |
                                 key->protocol);
}
