/* SPDX-License-Identifier: Apache-2.0 */
#include "site/demand.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/must.h"
#include "policy/policy.h"
#include "site/listener.h"

/* The length first, so that no two pairs of texts read the same. */
static bool add_text(EVP_MD_CTX *md, struct str text)
{
    uint64_t n = text.n;
    return EVP_DigestUpdate(md, &n, sizeof(n)) == 1 && EVP_DigestUpdate(md, text.p, text.n) == 1;
}

static bool add_number(EVP_MD_CTX *md, uint64_t n)
{
    return EVP_DigestUpdate(md, &n, sizeof(n)) == 1;
}

static bool add_policy(EVP_MD_CTX *md, const struct policy *policy)
{
    bool ok = add_text(md, policy->name) && add_number(md, policy->rules_n);
    for (size_t i = 0; ok && i < policy->rules_n; i++) {
        const struct rule *rule = &policy->rules[i];
        ok = add_number(md, rule->allow) && add_number(md, rule->conditions_n);
        for (size_t c = 0; ok && c < rule->conditions_n; c++) {
            ok = add_text(md, rule->conditions[c].text);
        }
    }
    return ok;
}

static bool has_access_policy(const struct location_settings *location)
{
    return location->client_access.policy && !location->client_access.report;
}

static bool has_guarded_location(const struct locations *locations)
{
    struct location *const *rows[] = {locations->prefixes, locations->regexes, locations->named};
    const size_t counts[] = {locations->prefixes_n, locations->regexes_n, locations->named_n};
    for (size_t kind = 0; kind < COUNT_OF(rows); kind++) {
        for (size_t i = 0; i < counts[kind]; i++) {
            if (has_access_policy(&rows[kind][i]->settings) ||
                has_guarded_location(&rows[kind][i]->nested)) {
                return true;
            }
        }
    }
    return false;
}

/* Which clients may come in. A client that came in by another policy, or by none, is not kept. */
static bool add_access(EVP_MD_CTX *md, const struct location_settings *location)
{
    bool guarded = has_access_policy(location);
    return add_number(md, guarded) && (!guarded || add_policy(md, location->client_access.policy));
}

/* All locations, in their order: without one of them, its paths lead to another. */
static bool add_accesses(EVP_MD_CTX *md, const struct locations *locations)
{
    struct location *const *rows[] = {locations->prefixes, locations->regexes, locations->named};
    const size_t counts[] = {locations->prefixes_n, locations->regexes_n, locations->named_n};
    bool ok = true;
    for (size_t kind = 0; ok && kind < COUNT_OF(rows); kind++) {
        ok = add_number(md, counts[kind]);
        for (size_t i = 0; ok && i < counts[kind]; i++) {
            const struct location *location = rows[kind][i];
            ok = add_number(md, location->kind) && add_number(md, location->ignore_case) &&
                 add_text(md, location->name) && add_access(md, &location->settings) &&
                 add_accesses(md, &location->nested);
        }
    }
    return ok;
}

/* A server without policies adds nothing: its locations may change freely. */
static bool add_policies(EVP_MD_CTX *md, const struct server *server)
{
    bool guarded = has_access_policy(&server->root) || has_guarded_location(&server->locations);
    return !guarded || (add_access(md, &server->root) && add_accesses(md, &server->locations));
}

/* Only a failed allocation makes it fail. */
static void demand_digest(const struct listener *listener, const struct server *server,
                          struct demand *out)
{
    static const unsigned char PLAIN[TLS_FINGERPRINT_LEN] = {0};
    assert(!listener->ssl || server->tls);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    if (!md || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1 || !add_text(md, listener->text) ||
        !add_text(md, server->name) ||
        EVP_DigestUpdate(md, listener->ssl ? tls_server_fingerprint(server->tls) : PLAIN,
                         TLS_FINGERPRINT_LEN) != 1 ||
        !add_policies(md, server) || EVP_DigestFinal_ex(md, out->digest, NULL) != 1) {
        abort();
    }
    EVP_MD_CTX_free(md);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, DEMAND_LEN);
}

static struct demands *allocate(size_t n)
{
    struct demands *demands = must_have(calloc(1, sizeof(*demands) + n * sizeof(struct demand)));
    return demands;
}

struct adding {
    struct demands *demands;
    const struct listener *listener;
};

static void demand_add(void *arg, const struct server *server)
{
    struct adding *adding = arg;
    demand_digest(adding->listener, server, &adding->demands->items[adding->demands->n++]);
}

static void demand_add_listener(struct demands *demands, const struct listener *listener)
{
    struct adding adding = {demands, listener};
    listener_each(listener, demand_add, &adding);
    for (size_t i = 0; i < listener->specific_n; i++) {
        demand_add_listener(demands, listener->specific[i]);
    }
}

static size_t demand_count(const struct listener *listener)
{
    size_t n =
        1 + listener->exact.n + listener->suffixes_n + listener->prefixes_n + listener->regexes_n;
    for (size_t i = 0; i < listener->specific_n; i++) {
        n += demand_count(listener->specific[i]);
    }
    return n;
}

struct demands *demands_new(const struct settings *settings)
{
    size_t n = 0;
    for (size_t i = 0; i < settings->listeners_n; i++) {
        n += demand_count(settings->listeners[i]);
    }
    struct demands *demands = allocate(n);
    for (size_t i = 0; i < settings->listeners_n; i++) {
        demand_add_listener(demands, settings->listeners[i]);
    }
    assert(demands->n <= n); /* each server that a listener tells of was counted */
    qsort(demands->items, demands->n, sizeof(struct demand), compare);
    return demands;
}

void demands_free(struct demands *demands)
{
    free(demands);
}

struct str demands_bytes(const struct demands *demands)
{
    return (struct str){(const char *)demands->items, demands->n * sizeof(struct demand)};
}

struct demands *demands_copy(struct str bytes)
{
    size_t n = bytes.n / sizeof(struct demand);
    struct demands *demands = allocate(n);
    demands->n = n;
    if (n) {
        memcpy(demands->items, bytes.p, n * sizeof(struct demand));
    }
    return demands;
}

bool demands_hold(const struct demands *demands, const struct listener *listener,
                  const struct server *server)
{
    struct demand demand;
    demand_digest(listener, server, &demand);
    return bsearch(&demand, demands->items, demands->n, sizeof(demand), compare) != NULL;
}
