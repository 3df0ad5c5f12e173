/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the ClientHello to the block that holds. It happens before OpenSSL looks at versions,
 * ciphers or sessions, so that none of another block's rules ever applies to the connection.
 */
#include "tls/block.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/tls1.h>
#include <string.h>

#include "base/must.h"
#include "tls/hello.h"

#if OPENSSL_VERSION_NUMBER >= 0x30500000L
#define DEFAULT_GROUPS "DEFAULT"
#else
#define DEFAULT_GROUPS "X25519:P-256:X448:P-521:P-384"
#endif

/* SSL_set_SSL_CTX brings certificates, ciphers, CA names and callbacks along, and none of the
 * following. */
static bool switch_to(SSL *ssl, const struct tls_server *from, const struct tls_server *to)
{
    SSL_CTX *ctx = to->ctx;
    if (!SSL_set_SSL_CTX(ssl, ctx)) {
        return false;
    }
    SSL_set_verify(ssl, SSL_CTX_get_verify_mode(ctx), SSL_CTX_get_verify_callback(ctx));
    uint64_t options = SSL_CTX_get_options(ctx);
    SSL_clear_options(ssl, SSL_get_options(ssl) & ~options);
    SSL_set_options(ssl, options);
    SSL_set_max_send_fragment(ssl, (long)to->max_fragment);
    if (SSL_set_min_proto_version(ssl, (int)SSL_CTX_get_min_proto_version(ctx)) != 1 ||
        SSL_set_max_proto_version(ssl, (int)SSL_CTX_get_max_proto_version(ctx)) != 1) {
        return false;
    }
    char default_groups[] = DEFAULT_GROUPS; /* a macro of OpenSSL casts const away */
    bool same_groups = !from->curves && !to->curves;
    return same_groups || SSL_set1_groups_list(ssl, to->curves ? to->curves : default_groups) == 1;
}

/*
 * The session id context: the requirements, the CRLs in force and the name. A session made under
 * other requirements or CRLs must not carry its verdict here; nor may one made under another name
 * be resumed (RFC 6066, 3).
 */
static bool set_session_context(SSL *ssl, const struct accept_state *state)
{
    const struct tls_server *server = state->server;
    assert(state->sni_n <= SNI_MAX);
    unsigned char data[TLS_FINGERPRINT_LEN + CRL_ID_LEN + SNI_MAX];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    unsigned char *lists = data + TLS_FINGERPRINT_LEN;
    memcpy(data, server->fingerprint, TLS_FINGERPRINT_LEN);
    trust_lists_digest(server->trust, lists);
    memcpy(lists + CRL_ID_LEN, state->sni, state->sni_n);
    size_t data_n = TLS_FINGERPRINT_LEN + CRL_ID_LEN + state->sni_n;
    return EVP_Digest(data, data_n, digest, &n, server->sha256, NULL) == 1 &&
           SSL_set_session_id_context(ssl, digest, n) == 1;
}

static bool read_sni(SSL *ssl, char out[static SNI_MAX + 1], size_t *n)
{
    const unsigned char *data;
    size_t size;
    *n = 0;
    return SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) != 1 ||
           hello_sni(data, size, out, n);
}

/* RFC 8446, 4.1.2: after a HelloRetryRequest the client sends the same name again. */
static int check_again(SSL *ssl, const struct accept_state *state, int *alert)
{
    char sni[SNI_MAX + 1];
    size_t n;
    (void)read_sni(ssl, sni, &n);
    if (str_eq((struct str){sni, n}, (struct str){state->sni, state->sni_n})) {
        return SSL_CLIENT_HELLO_SUCCESS;
    }
    *alert = SSL_AD_ILLEGAL_PARAMETER;
    return SSL_CLIENT_HELLO_ERROR;
}

int block_on_hello(SSL *ssl, int *alert, void *arg)
{
    struct accept_state *state = SSL_get_app_data(ssl);
    assert(state->initial && state->select);
    if (state->selected) {
        return check_again(ssl, state, alert);
    }
    char sni[SNI_MAX + 1];
    bool valid = read_sni(ssl, sni, &state->sni_n);
    state->sni = must_have(strndup(sni, state->sni_n));
    state->selected = true;
    state->server = state->select(state->arg, (struct str){state->sni, state->sni_n}, valid);
    if (!state->server || state->server->reject) {
        *alert = SSL_AD_UNRECOGNIZED_NAME;
        return SSL_CLIENT_HELLO_ERROR;
    }
    assert(state->server->trust);
    state->lists_serial = trust_lists_serial(state->server->trust);
    bool ok = state->server == state->initial || switch_to(ssl, state->initial, state->server);
    if (!ok || SSL_set_num_tickets(ssl, state->server->tickets) != 1 ||
        !set_session_context(ssl, state)) {
        *alert = SSL_AD_INTERNAL_ERROR;
        return SSL_CLIENT_HELLO_ERROR;
    }
    tls_sessions_on_hello(ssl);
    return SSL_CLIENT_HELLO_SUCCESS;
}
