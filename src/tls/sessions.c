/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The callbacks by which OpenSSL keeps and finds sessions. They are installed on every context
 * alike, because OpenSSL asks those of the context that a connection started with; what they do
 * follows the context that was chosen for it since.
 */
#include "tls/sessions.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/tls1.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/be64.h"
#include "base/must.h"
#include "pki/asn1_time.h"
#include "pki/verdict.h"
#include "tls/block.h"
#include "tls/live_sessions.h"
#include "tls/session_store.h"

enum {
    KEY_NAME_LEN = 16,
    SMALL_KEY_FILE = 48,
    LARGE_KEY_FILE = 80,
    NUMBER_LEN = 8,
    STAMP_LEN = 2 * NUMBER_LEN,
    NEVER = 0x7fffffff,
    PROOF_KEPT_MAX = 1024, /* of longer chains no session is kept */
    LIVE_CERTS_MAX = 8192, /* of one session, DER; decoded they take about three times as much */
};

struct ticket_key {
    unsigned char name[KEY_NAME_LEN];
    unsigned char hmac[32];
    unsigned char aes[32];
    size_t size; /* of both */
};

struct session_rules {
    struct session_rules *next;
    struct tls_sessions *sessions;
    bool stateful;
    bool tickets;
    bool live; /* tickets may be ids of live sessions */
    enum verify_mode demand;
    bool ocsp;        /* clients are asked about, which takes the chain that no session has */
    bool keeps_chain; /* the same of chains with intermediates */
    uint64_t timeout_s;
};

struct tls_sessions {
    struct session_store *store; /* NULL: no cache */
    struct live_sessions *live;
    struct ticket_key *keys;
    size_t keys_n;
    struct ticket_key secret; /* seals and opens when there are no keys */
    EVP_CIPHER *aes128;
    EVP_CIPHER *aes256;
    struct session_rules *rules;
};

/* The layouts that nginx and its users' rotation scripts know. */
static struct ticket_key key_split(const unsigned char *data, size_t n)
{
    assert(n == SMALL_KEY_FILE || n == LARGE_KEY_FILE);
    struct ticket_key key = {.size = n == SMALL_KEY_FILE ? 16 : 32};
    memcpy(key.name, data, KEY_NAME_LEN);
    const unsigned char *first = data + KEY_NAME_LEN;
    memcpy(n == SMALL_KEY_FILE ? key.aes : key.hmac, first, key.size);
    memcpy(n == SMALL_KEY_FILE ? key.hmac : key.aes, first + key.size, key.size);
    return key;
}

struct tls_sessions *tls_sessions_new(size_t cache_bytes,
                                      const unsigned char secret[static TLS_TICKET_SECRET_LEN])
{
    struct tls_sessions *sessions = must_have(calloc(1, sizeof(*sessions)));
    sessions->store = cache_bytes ? session_store_new(cache_bytes) : NULL;
    sessions->live = live_sessions_new(TLS_LIVE_SESSIONS_MAX);
    sessions->secret = key_split(secret, SMALL_KEY_FILE);
    sessions->aes128 = must_have(EVP_CIPHER_fetch(NULL, "AES-128-CBC", NULL));
    sessions->aes256 = must_have(EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL));
    return sessions;
}

void tls_sessions_free(struct tls_sessions *sessions)
{
    if (!sessions) {
        return;
    }
    for (struct session_rules *rules = sessions->rules; rules;) {
        struct session_rules *next = rules->next;
        free(rules);
        rules = next;
    }
    EVP_CIPHER_free(sessions->aes256);
    EVP_CIPHER_free(sessions->aes128);
    OPENSSL_cleanse(sessions->keys, sessions->keys_n * sizeof(*sessions->keys));
    OPENSSL_cleanse(&sessions->secret, sizeof(sessions->secret));
    free(sessions->keys);
    live_sessions_free(sessions->live);
    session_store_free(sessions->store);
    free(sessions);
}

bool tls_sessions_add_key(struct tls_sessions *sessions, struct str key, struct error *err)
{
    if (key.n != SMALL_KEY_FILE && key.n != LARGE_KEY_FILE) {
        return error_set(err, "a session ticket key must be 48 or 80 bytes, not %zu", key.n);
    }
    struct ticket_key added = key_split((const unsigned char *)key.p, key.n);
    for (size_t i = 0; i < sessions->keys_n; i++) {
        if (memcmp(&sessions->keys[i], &added, sizeof(added)) == 0) {
            return true; /* the same file in another server block */
        }
    }
    size_t size = (sessions->keys_n + 1) * sizeof(*sessions->keys);
    sessions->keys =
        must_have(realloc(sessions->keys, size)); /* NOLINT(bugprone-suspicious-realloc-usage) */
    sessions->keys[sessions->keys_n++] = added;
    return true;
}

static const struct session_rules *rules_of(const SSL *ssl)
{
    return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

/* Whether what this handshake found may be believed again without another look. */
static bool worth_keeping(const struct session_rules *rules, SSL *ssl)
{
    struct verdict verdict = {VERDICT_BAD, (int)SSL_get_verify_result(ssl), 0};
    if (rules->demand == VERIFY_OFF) {
        return true;
    }
    if (!SSL_get0_peer_certificate(ssl)) {
        return rules->demand != VERIFY_ON;
    }
    const struct accept_state *state = SSL_get_app_data(ssl);
    if (rules->ocsp || state->chain) {
        return false;
    }
    return verdict.code == X509_V_OK ||
           (rules->demand == VERIFY_OPTIONAL_NO_CA && verdict_only_unknown_ca(&verdict));
}

/*
 * When the client was verified, until when that holds (0: not known), and its proof: kept in the
 * session, because OpenSSL restarts its clock at each TLS 1.3 ticket, and because a resumed session
 * has the leaf alone, not the chain.
 */
struct stamp {
    time_t proved;
    time_t until;
    struct str proof; /* packed, borrowed; empty: the client proved nothing */
};

static struct stamp stamp_get(SSL_SESSION *session)
{
    void *data;
    size_t n;
    if (SSL_SESSION_get0_ticket_appdata(session, &data, &n) != 1 || n < STAMP_LEN) {
        return (struct stamp){(time_t)SSL_SESSION_get_time(session), 0, {NULL, 0}};
    }
    const unsigned char *numbers = data;
    struct str all = {data, n};
    return (struct stamp){(time_t)be64_get(numbers), (time_t)be64_get(numbers + NUMBER_LEN),
                          str_skip(all, STAMP_LEN)};
}

static bool stamp_set(SSL_SESSION *session, struct stamp stamp)
{
    unsigned char data[STAMP_LEN + PROOF_KEPT_MAX];
    if (stamp.proof.n > PROOF_KEPT_MAX) {
        return false;
    }
    be64_put(data, (uint64_t)stamp.proved);
    be64_put(data + NUMBER_LEN, (uint64_t)stamp.until);
    memcpy(data + STAMP_LEN, stamp.proof.p ? stamp.proof.p : "", stamp.proof.n);
    return SSL_SESSION_set1_ticket_appdata(session, data, STAMP_LEN + stamp.proof.n) == 1;
}

struct proof *tls_session_proof(SSL_SESSION *session)
{
    return session ? proof_unpack(stamp_get(session).proof) : NULL;
}

/* The last second of a session: by the directive, counted from the proof, by the certificate, and
 * by whatever else the verdict rests on. */
static time_t session_end(SSL_SESSION *session, struct stamp stamp, uint64_t timeout_s)
{
    time_t end = stamp.proved + (time_t)(timeout_s < NEVER ? timeout_s : NEVER);
    X509 *leaf = SSL_SESSION_get0_peer(session);
    time_t not_after;
    if (leaf && asn1_time_get(X509_get0_notAfter(leaf), &not_after) && not_after - 1 < end) {
        end = not_after - 1;
    }
    return stamp.until && stamp.until < end ? stamp.until : end;
}

static struct stamp stamp_now(const struct accept_state *state)
{
    struct stamp stamp = {time(NULL), 0, {NULL, 0}};
    if (state->judged && state->proof) {
        stamp.until = (time_t)state->verdict.until;
        stamp.proof = proof_packed(state->proof);
    }
    return stamp;
}

/* A session that goes on has its stamp already. */
static bool bound_lifetime(SSL *ssl, SSL_SESSION *session, const struct session_rules *rules)
{
    bool reused = SSL_session_reused(ssl);
    struct stamp stamp = reused ? stamp_get(session) : stamp_now(SSL_get_app_data(ssl));
    time_t end = session_end(session, stamp, rules->timeout_s);
    time_t from = (time_t)SSL_SESSION_get_time(session);
    return SSL_SESSION_set_timeout(session, end > from ? (long)(end - from) : 1) == 1 &&
           (reused || stamp_set(session, stamp));
}

/*
 * Whether the client would be accepted now. Otherwise the session is declined: a full handshake
 * reports the reason better, and may find CRLs of an issuer that is known only from the client's
 * chain, which a new process has not seen yet.
 */
static bool proof_holds(SSL *ssl, SSL_SESSION *session, const struct session_rules *rules)
{
    const struct accept_state *state = SSL_get_app_data(ssl);
    assert(state->server); /* the block was chosen before any session is looked at */
    bool proved = stamp_get(session).proof.n > 0;
    if (rules->demand == VERIFY_OFF || !SSL_SESSION_get0_peer(session) ||
        (!proved && rules->demand == VERIFY_OPTIONAL_NO_CA)) {
        return true; /* it does not identify the client */
    }
    struct proof *proof = tls_session_proof(session);
    bool lacks_chain = proof && rules->keeps_chain && proof_has_intermediates(proof);
    bool holds = proof && !lacks_chain &&
                 trust_judge_again(state->server->trust, proof, time(NULL)).status == VERDICT_GOOD;
    proof_unref(proof);
    return holds;
}

static bool still_good(SSL *ssl, SSL_SESSION *session, const struct session_rules *rules)
{
    return session_end(session, stamp_get(session), rules->timeout_s) >= time(NULL) &&
           proof_holds(ssl, session, rules);
}

static time_t expiry(const SSL_SESSION *session)
{
    return (time_t)(SSL_SESSION_get_time(session) + SSL_SESSION_get_timeout(session));
}

/* Tickets. */

/*
 * Whether to keep it as a live session. Without a certificate there is almost nothing to decode,
 * and unverified clients, which optional_no_ca accepts, must not decide what is kept in memory.
 */
static bool worth_living(SSL *ssl, SSL_SESSION *session)
{
    X509 *leaf = SSL_SESSION_get0_peer(session);
    if (!leaf || SSL_get_verify_result(ssl) != X509_V_OK) {
        return false;
    }
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
    int size = i2d_X509(leaf, NULL);
    for (int i = 0; chain && i < sk_X509_num(chain); i++) {
        size += i2d_X509(sk_X509_value(chain, i), NULL);
    }
    return size <= LIVE_CERTS_MAX;
}

static bool keep_live(const struct session_rules *rules, SSL *ssl, SSL_SESSION *session)
{
    return rules->live && rules->sessions->keys_n == 0 && worth_living(ssl, session) &&
           live_sessions_put(rules->sessions->live, session, expiry(session), time(NULL));
}

/* The session is complete here, and OpenSSL changes none that was in a ticket: it copies it. */
static int on_generate(SSL *ssl, void *arg)
{
    const struct session_rules *rules = rules_of(ssl);
    SSL_SESSION *session = SSL_get_session(ssl);
    if (!bound_lifetime(ssl, session, rules)) {
        return 0;
    }
    if (SSL_version(ssl) < TLS1_3_VERSION || !rules->tickets) {
        return 1;
    }
    if (keep_live(rules, ssl, session)) {
        SSL_set_options(ssl, SSL_OP_NO_TICKET);
    } else {
        SSL_clear_options(ssl, SSL_OP_NO_TICKET);
    }
    return 1;
}

/* RFC 8446, 4.2.11: the length of the first identity, 0 when there is none. */
static size_t first_identity(SSL *ssl)
{
    enum { HEAD = 4 }; /* the list's length and the identity's */
    const unsigned char *psk;
    size_t n;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_psk, &psk, &n) != 1 || n < HEAD) {
        return 0;
    }
    return (size_t)psk[2] << 8 | psk[3];
}

/* A sealed ticket is longer: name, vector and MAC alone are. */
void tls_sessions_on_hello(SSL *ssl)
{
    const struct session_rules *rules = rules_of(ssl);
    if (rules->live && first_identity(ssl) == SSL_MAX_SSL_SESSION_ID_LENGTH) {
        SSL_set_options(ssl, SSL_OP_NO_TICKET);
    }
}

static SSL_TICKET_RETURN on_opened(SSL *ssl, SSL_SESSION *session, const unsigned char *name,
                                   size_t name_n, SSL_TICKET_STATUS status, void *arg)
{
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) {
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
    if (!still_good(ssl, session, rules_of(ssl))) {
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
    if (SSL_version(ssl) < TLS1_3_VERSION) {
        return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
    }
    /* RFC 8446, C.4: clients should not use a ticket twice, so each use earns the next. */
    SSL_set_num_tickets(ssl, 1);
    return SSL_TICKET_RETURN_USE_RENEW;
}

static bool key_setup(const struct tls_sessions *sessions, const struct ticket_key *key,
                      const unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int seal)
{
    assert(key->size == 16 || key->size == 32);
    char digest[] = "SHA256";
    unsigned char hmac[sizeof(key->hmac)];
    memcpy(hmac, key->hmac, key->size);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, hmac, key->size),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_CIPHER *aes = key->size == 16 ? sessions->aes128 : sessions->aes256;
    bool ok = EVP_CipherInit_ex(cipher, aes, NULL, key->aes, iv, seal) == 1 &&
              EVP_MAC_CTX_set_params(mac, params) == 1;
    OPENSSL_cleanse(hmac, sizeof(hmac));
    return ok;
}

static int seal_ticket(const struct session_rules *rules, SSL *ssl, unsigned char *name,
                       unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
    const struct tls_sessions *sessions = rules->sessions;
    /* RFC 5077, 3.3: an empty ticket. In TLS 1.3 none is asked for, because their number is 0 then.
     */
    if (SSL_version(ssl) < TLS1_3_VERSION && !worth_keeping(rules, ssl)) {
        return 0;
    }
    const struct ticket_key *key = sessions->keys_n ? &sessions->keys[0] : &sessions->secret;
    memcpy(name, key->name, KEY_NAME_LEN);
    return RAND_bytes(iv, 16) == 1 && key_setup(sessions, key, iv, cipher, mac, 1) ? 1 : -1;
}

static int open_ticket(const struct tls_sessions *sessions, const unsigned char *name,
                       const unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
    const struct ticket_key *keys = sessions->keys_n ? sessions->keys : &sessions->secret;
    size_t n = sessions->keys_n ? sessions->keys_n : 1;
    for (size_t i = 0; i < n; i++) {
        if (memcmp(keys[i].name, name, KEY_NAME_LEN) == 0) {
            return !key_setup(sessions, &keys[i], iv, cipher, mac, 0) ? -1 : i == 0 ? 1 : 2;
        }
    }
    return 0;
}

static int on_ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                         EVP_MAC_CTX *mac, int seal)
{
    const struct session_rules *rules = rules_of(ssl);
    return seal ? seal_ticket(rules, ssl, name, iv, cipher, mac)
                : open_ticket(rules->sessions, name, iv, cipher, mac);
}

/* The shared cache. */

static int on_new(SSL *ssl, SSL_SESSION *session)
{
    const struct session_rules *rules = rules_of(ssl);
    /* OpenSSL shows TLS 1.3 sessions here as well that are in a ticket already. */
    bool in_ticket = SSL_version(ssl) >= TLS1_3_VERSION && rules->tickets;
    if (!rules->stateful || in_ticket || !worth_keeping(rules, ssl) ||
        !bound_lifetime(ssl, session, rules)) {
        return 0;
    }
    unsigned id_n = 0;
    const unsigned char *id = SSL_SESSION_get_id(session, &id_n);
    int size = i2d_SSL_SESSION(session, NULL);
    if (size <= 0) {
        return 0;
    }
    unsigned char *data = must_have(malloc((size_t)size));
    unsigned char *end = data;
    i2d_SSL_SESSION(session, &end);
    session_store_put(rules->sessions->store, (struct str){(const char *)id, id_n},
                      (struct str){(char *)data, (size_t)size}, expiry(session));
    OPENSSL_cleanse(data, (size_t)size);
    free(data);
    return 0;
}

static SSL_SESSION *get_cached(struct session_store *store, struct str id)
{
    assert(store);
    size_t n = 0;
    unsigned char *data = session_store_get(store, id, time(NULL), &n);
    if (!data) {
        return NULL;
    }
    const unsigned char *p = data;
    SSL_SESSION *session = d2i_SSL_SESSION(NULL, &p, (long)n);
    OPENSSL_cleanse(data, n);
    free(data);
    return session;
}

/*
 * Live ones only where TLS 1.3 asks: there OpenSSL copies a session before it changes it, while
 * a TLS 1.2 ticket may be made of the very session that was resumed.
 */
static SSL_SESSION *on_get(SSL *ssl, const unsigned char *id_bytes, int id_n, int *copy)
{
    const struct session_rules *rules = rules_of(ssl);
    SSL_SESSION *session = NULL;
    *copy = 0;
    if (id_n <= 0) {
        return NULL;
    }
    struct str id = {(const char *)id_bytes, (size_t)id_n};
    if (SSL_version(ssl) >= TLS1_3_VERSION && rules->tickets) {
        session = rules->live ? live_sessions_ref(rules->sessions->live, id, time(NULL)) : NULL;
    } else if (rules->stateful) {
        session = get_cached(rules->sessions->store, id);
    }
    if (session && !still_good(ssl, session, rules)) {
        SSL_SESSION_free(session);
        return NULL;
    }
    if (session && SSL_version(ssl) >= TLS1_3_VERSION) {
        SSL_set_num_tickets(ssl, 1);
    }
    return session;
}

static void on_remove(SSL_CTX *ctx, SSL_SESSION *session)
{
    const struct session_rules *rules = SSL_CTX_get_app_data(ctx);
    unsigned n = 0;
    const unsigned char *id_bytes = SSL_SESSION_get_id(session, &n);
    struct str id = {(const char *)id_bytes, n};
    live_sessions_remove(rules->sessions->live, id);
    if (rules->sessions->store) {
        session_store_remove(rules->sessions->store, id);
    }
}

bool tls_sessions_attach(struct tls_sessions *sessions, SSL_CTX *ctx,
                         const struct tls_server_settings *settings, struct error *err)
{
    bool cache = settings->session_cache == SESSION_CACHE_BUILTIN ||
                 settings->session_cache == SESSION_CACHE_SHARED;
    uint64_t timeout_s = settings->session_timeout_s;
    struct session_rules *rules = must_have(malloc(sizeof(*rules)));
    *rules = (struct session_rules){
        .next = sessions->rules,
        .sessions = sessions,
        .stateful = cache && sessions->store,
        .tickets = settings->session_tickets,
        .live = settings->session_tickets && settings->session_cache != SESSION_CACHE_OFF,
        .demand = (enum verify_mode)settings->verify,
        .ocsp = settings->verify != VERIFY_OFF && settings->ocsp != OCSP_OFF,
        .keeps_chain = settings->verify != VERIFY_OFF && settings->keeps_chain,
        .timeout_s = timeout_s,
    };
    assert(!rules->stateful || sessions->store);
    sessions->rules = rules;
    SSL_CTX_set_app_data(ctx, rules);
    SSL_CTX_set_timeout(ctx, (long)(timeout_s < NEVER ? timeout_s : NEVER));
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, on_new);
    SSL_CTX_sess_set_get_cb(ctx, on_get);
    SSL_CTX_sess_set_remove_cb(ctx, on_remove);
    if (SSL_CTX_set_session_ticket_cb(ctx, on_generate, on_opened, NULL) != 1 ||
        SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket_key) != 1) {
        return error_set(err, "SSL_CTX_set_session_ticket_cb() failed");
    }
    return true;
}
