/*
 * Sockets that listen, by endpoint: since when, for which service, on which addresses. What is asked about an inbound
 * connection says so. The engine's lock protects it. When it is full the oldest is forgotten.
 */
#ifndef PR_LISTENERS_H
#define PR_LISTENERS_H

#include "flow.h"
#include "hash_table.h"
#include "list.h"

#define PR_MAX_LISTENERS 4096

struct pr_listeners {
    struct pr_hash_table by_endpoint;
    struct pr_link all; /* oldest first */
    uint64_t seed;
    uint32_t count;
};

bool pr_listeners_create(struct pr_listeners *listeners, uint64_t seed);
void pr_listeners_destroy(struct pr_listeners *listeners);
/* This endpoint listens at key->local. Without memory nothing is remembered. */
void pr_listeners_add(struct pr_listeners *listeners, const struct pr_key *key,
                      uint64_t service_tag);
void pr_listeners_forget(struct pr_listeners *listeners, uint64_t endpoint);
/* Adds what is known of the socket that accepts. */
void pr_listeners_describe(const struct pr_listeners *listeners, uint64_t endpoint,
                           struct pr_connection *connection);

#endif
