/* SPDX-License-Identifier: Apache-2.0 */
#include "site/demand.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "site/listener.h"

/* The length first, so that no two pairs of texts read the same. */
static bool add_text(EVP_MD_CTX *md, struct str text)
{
    uint64_t n = text.n;
    return EVP_DigestUpdate(md, &n, sizeof(n)) == 1 && EVP_DigestUpdate(md, text.p, text.n) == 1;
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
        EVP_DigestFinal_ex(md, out->digest, NULL) != 1) {
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
