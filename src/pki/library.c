/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provider hands out tables of algorithms, one for each kind of operation. Ours hands out those
 * of the default provider, with its context, and another table in a few places. OpenSSL passes
 * nothing of the caller's to a provider's init function, hence the statics: they are written once.
 */
#include "pki/library.h"

#include <assert.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

enum { ALGORITHMS_MAX = 160, FUNCTIONS_MAX = 64 };

static struct {
    OSSL_PROVIDER *provider; /* the default one */
    OSSL_ALGORITHM decoders[ALGORITHMS_MAX];
    OSSL_ALGORITHM ciphers[ALGORITHMS_MAX];
    OSSL_ALGORITHM keys[ALGORITHMS_MAX];
    OSSL_DISPATCH ec[FUNCTIONS_MAX];
    OSSL_FUNC_keymgmt_validate_fn *ec_validate;
    OSSL_FUNC_keymgmt_get_params_fn *ec_get_params;
    OSSL_LIB_CTX *handshakes;
    OSSL_LIB_CTX *certificates;
} made;

/* --- keys of peers --- */

/*
 * RFC 8446, 4.2.8.2: that the point is not infinity, its coordinates are in range and on the curve,
 * which is OpenSSL's quick check. These curves have cofactor 1, so that a point on the curve is in
 * the group: the full check multiplies it by the group's order, to find infinity.
 */
static bool quick_is_enough(const void *key)
{
    static const char *const CURVES[] = {"prime256v1", "P-256",     "secp384r1",
                                         "P-384",      "secp521r1", "P-521"};
    char name[64] = "";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name)),
        OSSL_PARAM_construct_end(),
    };
    bool known = made.ec_get_params((void *)(uintptr_t)key, params) == 1;
    for (size_t i = 0; known && i < sizeof(CURVES) / sizeof(CURVES[0]); i++) {
        if (strcmp(name, CURVES[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int ec_validate(const void *key, int selection, int type)
{
    assert(made.ec_validate); /* found before anything asks */
    bool only_public = (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0;
    if (type == OSSL_KEYMGMT_VALIDATE_FULL_CHECK && only_public && quick_is_enough(key)) {
        type = OSSL_KEYMGMT_VALIDATE_QUICK_CHECK;
    }
    return made.ec_validate(key, selection, type);
}

/* --- tables --- */

static bool replace_validate(const OSSL_DISPATCH *from)
{
    size_t n = 0;
    for (; from[n].function_id != 0; n++) {
        if (n + 1 == FUNCTIONS_MAX) {
            return false;
        }
        made.ec[n] = from[n];
        if (from[n].function_id == OSSL_FUNC_KEYMGMT_VALIDATE) {
            made.ec_validate = OSSL_FUNC_keymgmt_validate(&from[n]);
            made.ec[n].function = (void (*)(void))ec_validate;
        } else if (from[n].function_id == OSSL_FUNC_KEYMGMT_GET_PARAMS) {
            made.ec_get_params = OSSL_FUNC_keymgmt_get_params(&from[n]);
        }
    }
    return made.ec_validate && made.ec_get_params;
}

static bool make_keys(void)
{
    int no_cache = 0;
    const OSSL_ALGORITHM *all =
        OSSL_PROVIDER_query_operation(made.provider, OSSL_OP_KEYMGMT, &no_cache);
    bool found = false;
    for (size_t n = 0; all && all[n].algorithm_names; n++) {
        if (n + 1 == ALGORITHMS_MAX) {
            return false;
        }
        made.keys[n] = all[n];
        if (strncmp(all[n].algorithm_names, "EC:", 3) == 0) {
            found = replace_validate(all[n].implementation);
            made.keys[n].implementation = made.ec;
        }
    }
    return found && !no_cache;
}

/* Those of `operation` that are wanted, into a table with room for ALGORITHMS_MAX. */
static bool select_into(OSSL_ALGORITHM *out, int operation,
                        bool (*wanted)(const OSSL_ALGORITHM *algorithm))
{
    int no_cache = 0;
    const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(made.provider, operation, &no_cache);
    size_t n = 0;
    for (; all && all->algorithm_names; all++) {
        if (!wanted(all)) {
            continue;
        }
        if (n + 1 == ALGORITHMS_MAX) {
            return false;
        }
        out[n++] = *all;
    }
    return n > 0 && !no_cache;
}

/* RFC 5280, 4.1.2.7: a certificate's key is a SubjectPublicKeyInfo. */
static bool decodes_public_key(const OSSL_ALGORITHM *decoder)
{
    return strstr(decoder->property_definition, "input=der") &&
           strstr(decoder->property_definition, "structure=SubjectPublicKeyInfo");
}

/* No cipher suite has one of these modes; they are most of the ciphers that there are. */
static bool is_of_tls(const OSSL_ALGORITHM *cipher)
{
    static const char *const MODES[] = {"-ECB", "-OFB", "-CFB",  "-CTR", "-XTS",
                                        "-OCB", "-SIV", "-WRAP", "-CTS", "-192-"};
    for (size_t i = 0; i < sizeof(MODES) / sizeof(MODES[0]); i++) {
        if (strstr(cipher->algorithm_names, MODES[i])) {
            return false;
        }
    }
    return true;
}

/* --- the provider --- */

static const OSSL_ALGORITHM *library_offer(void *context, int operation, int *no_cache)
{
    if (operation == OSSL_OP_DECODER) {
        *no_cache = 0;
        return made.decoders;
    }
    return OSSL_PROVIDER_query_operation(made.provider, operation, no_cache);
}

static const OSSL_ALGORITHM *offer_handshakes(void *context, int operation, int *no_cache)
{
    if (operation == OSSL_OP_DECODER) {
        *no_cache = 0;
        return NULL;
    }
    if (operation == OSSL_OP_KEYMGMT) {
        *no_cache = 0;
        return made.keys;
    }
    if (operation == OSSL_OP_CIPHER) {
        *no_cache = 0;
        return made.ciphers;
    }
    return library_offer(context, operation, no_cache);
}

static int get_params(void *context, OSSL_PARAM params[])
{
    return OSSL_PROVIDER_get_params(made.provider, params);
}

static int get_capabilities(void *context, const char *name, OSSL_CALLBACK *each, void *arg)
{
    return OSSL_PROVIDER_get_capabilities(made.provider, name, each, arg);
}

static const OSSL_DISPATCH CERTIFICATES[] = {
    {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))library_offer},
    {OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))get_params},
    {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))get_capabilities},
    {0, NULL},
};

static const OSSL_DISPATCH HANDSHAKES[] = {
    {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))offer_handshakes},
    {OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))get_params},
    {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))get_capabilities},
    {0, NULL},
};

static int init_certificates(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
                             const OSSL_DISPATCH **out, void **context)
{
    *out = CERTIFICATES;
    *context = OSSL_PROVIDER_get0_provider_ctx(made.provider);
    return 1;
}

static int init_handshakes(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
                           const OSSL_DISPATCH **out, void **context)
{
    *out = HANDSHAKES;
    *context = OSSL_PROVIDER_get0_provider_ctx(made.provider);
    return 1;
}

/* --- the contexts --- */

static int is_default(OSSL_PROVIDER *provider, void *arg)
{
    bool *only = arg;
    *only = *only && strcmp(OSSL_PROVIDER_get0_name(provider), "default") == 0;
    return 1;
}

static bool chosen_otherwise(void)
{
    bool only = true;
    return OSSL_PROVIDER_do_all(NULL, is_default, &only) != 1 || !only ||
           EVP_default_properties_is_fips_enabled(NULL);
}

static OSSL_LIB_CTX *library_make(const char *name, OSSL_provider_init_fn *init)
{
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    if (library && OSSL_PROVIDER_add_builtin(library, name, init) == 1 &&
        OSSL_PROVIDER_load(library, name)) {
        return library;
    }
    OSSL_LIB_CTX_free(library);
    return NULL;
}

static void make_all(void)
{
    ERR_set_mark();
    if (OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2 && !chosen_otherwise()) {
        made.provider = OSSL_PROVIDER_try_load(NULL, "default", 1);
    }
    if (made.provider && make_keys() &&
        select_into(made.decoders, OSSL_OP_DECODER, decodes_public_key) &&
        select_into(made.ciphers, OSSL_OP_CIPHER, is_of_tls)) {
        made.handshakes = library_make("yett-handshakes", init_handshakes);
        made.certificates =
            made.handshakes ? library_make("yett-certificates", init_certificates) : NULL;
    }
    if (!made.certificates) {
        OSSL_LIB_CTX_free(made.handshakes);
        made.handshakes = NULL;
    }
    ERR_pop_to_mark();
}

static void make_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_all);
}

OSSL_LIB_CTX *library_lean_handshakes(void)
{
    make_once();
    return made.handshakes;
}

OSSL_LIB_CTX *library_lean_certificates(void)
{
    make_once();
    return made.certificates;
}
