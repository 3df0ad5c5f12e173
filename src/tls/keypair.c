/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates with their keys, from files. */
#include <assert.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/vec.h"
#include "pki/bundle.h"
#include "tls/client.h"
#include "tls/context.h"
#include "tls/key_decoder.h"
#include "tls/server.h"

enum { PASSWORD_FILE_MAX = 64 * 1024 };

static bool load_chain(struct tls_keypair *pair, const char *path, struct arena *arena,
                       struct error *err)
{
    struct trust_source source = {.name = path};
    if (!file_read(path, PEM_FILE_MAX, arena, &source.pem, err)) {
        return error_prefix(err, "cannot load certificate \"%s\"", path);
    }
    pair->chain = sk_X509_new_null();
    if (!pair->chain) {
        return error_set(err, "cannot load certificate \"%s\": out of memory", path);
    }
    if (!bundle_certs(&source, pair->chain, err)) {
        return false;
    }
    pair->leaf = sk_X509_shift(pair->chain);
    return true;
}

/* A line a passphrase; empty lines are none. */
static bool read_passwords(const char *path, struct arena *arena, struct str **items, size_t *n,
                           struct error *err)
{
    struct str text;
    if (!file_read(path, PASSWORD_FILE_MAX, arena, &text, err)) {
        return error_prefix(err, "cannot load password file \"%s\"", path);
    }
    while (text.n) {
        struct str line = str_split(&text, '\n');
        if (str_ends(line, STR("\r"))) {
            line.n--;
        }
        if (line.n) {
            *(struct str *)vec_push(arena, items, n, sizeof(**items)) = line;
        }
    }
    return true;
}

struct passphrase {
    struct str text;
    bool asked;
};

static int give_passphrase(char *out, int cap, int writing, void *arg)
{
    struct passphrase *pass = arg;
    pass->asked = true;
    if (!pass->text.n || pass->text.n > (size_t)cap) {
        return -1;
    }
    memcpy(out, pass->text.p, pass->text.n);
    return (int)pass->text.n;
}

static EVP_PKEY *parse_key(struct str pem, struct passphrase *pass)
{
    BIO *bio = BIO_new_mem_buf(pem.p ? pem.p : "", (int)pem.n);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, pass) : NULL;
    BIO_free(bio);
    return key;
}

/* Tries the passphrases in turn; the first attempt finds out whether one is needed at all. */
static EVP_PKEY *keypair_open_key(struct str pem, const struct str *passwords, size_t n,
                                  bool *asked)
{
    struct passphrase none = {.asked = false};
    ERR_clear_error();
    EVP_PKEY *key = parse_key(pem, &none);
    *asked = none.asked;
    for (size_t i = 0; !key && none.asked && i < n; i++) {
        struct passphrase pass = {.text = passwords[i]};
        ERR_clear_error();
        key = parse_key(pem, &pass);
    }
    return key;
}

static bool load_key(struct tls_keypair *pair, const char *path, const char *password_file,
                     struct key_decoder *decoder, struct arena *arena, struct error *err)
{
    struct str pem;
    struct str *passwords = NULL;
    size_t n = 0;
    if (!file_read(path, PASSWORD_FILE_MAX, arena, &pem, err)) {
        return error_prefix(err, "cannot load certificate key \"%s\"", path);
    }
    if (password_file && !read_passwords(password_file, arena, &passwords, &n, err)) {
        return false;
    }
    bool asked = false;
    pair->key = decoder ? key_decoder_read(decoder, pem) : NULL;
    if (!pair->key) {
        pair->key = keypair_open_key(pem, passwords, n, &asked);
    }
    OPENSSL_cleanse((char *)(uintptr_t)pem.p, pem.n);
    for (size_t i = 0; i < n; i++) {
        OPENSSL_cleanse((char *)(uintptr_t)passwords[i].p, passwords[i].n);
    }
    if (pair->key) {
        ERR_clear_error();
        return true;
    }
    char reasons[SSL_ERRORS_MAX];
    return error_set(
        err, "cannot load certificate key \"%s\": PEM_read_bio_PrivateKey() failed%s%s", path,
        !asked ? ""
        : n    ? ", no passphrase fits"
               : ", it needs a passphrase",
        ssl_errors(reasons));
}

static bool load_both(struct tls_keypair *pair, const char *certificate, const char *key,
                      const char *password_file, struct key_decoder *decoder, struct arena *arena,
                      struct error *err)
{
    if (!load_chain(pair, certificate, arena, err) ||
        !load_key(pair, key, password_file, decoder, arena, err)) {
        return false;
    }
    assert(pair->leaf && pair->chain && pair->key);
    ERR_clear_error();
    if (X509_check_private_key(pair->leaf, pair->key) != 1) {
        return ssl_error_set(err, "SSL_CTX_use_PrivateKey(\"%s\")", key);
    }
    return X509_digest(pair->leaf, EVP_sha256(), pair->digest, NULL) == 1 ||
           ssl_error_set(err, "X509_digest(\"%s\")", certificate);
}

bool keypair_load(struct tls_keypair *pair, const char *certificate, const char *key,
                  const char *password_file, struct key_decoder *decoder, struct error *err)
{
    assert(!pair->leaf && !pair->key && !pair->chain);
    struct arena arena;
    arena_init(&arena, 0);
    bool ok = load_both(pair, certificate, key, password_file, decoder, &arena, err);
    arena_deinit(&arena);
    if (!ok) {
        keypair_clear(pair);
    }
    return ok;
}

/* Whether the file is new to `warned`, and from now on is not. */
static bool is_first(struct key_warnings *warned, const struct stat *st)
{
    for (size_t i = 0; i < warned->n; i++) {
        if (warned->files[i].dev == st->st_dev && warned->files[i].ino == st->st_ino) {
            return false;
        }
    }
    struct key_file *file = vec_push(warned->arena, &warned->files, &warned->n, sizeof(*file));
    *file = (struct key_file){st->st_dev, st->st_ino};
    return true;
}

void keypair_warn(const char *key, const struct log *log, struct key_warnings *warned)
{
    struct stat st;
    if (log && stat(key, &st) == 0 && (st.st_mode & S_IROTH) &&
        (!warned || is_first(warned, &st))) {
        log_write(log, LEVEL_WARN, 0, "certificate key \"%s\" can be read by everybody (mode %03o)",
                  key, (unsigned)(st.st_mode & 0777));
    }
}

void keypair_clear(struct tls_keypair *pair)
{
    X509_free(pair->leaf);
    sk_X509_pop_free(pair->chain, X509_free);
    EVP_PKEY_free(pair->key);
    *pair = (struct tls_keypair){NULL};
}

bool tls_keypair_load(const char *certificate, const char *key, const char *password_file,
                      struct tls_keypair **out, struct error *err)
{
    struct tls_keypair *pair = calloc(1, sizeof(*pair));
    if (!pair) {
        return error_set(err, "cannot load certificate \"%s\": out of memory", certificate);
    }
    if (!keypair_load(pair, certificate, key, password_file, NULL, err)) {
        free(pair);
        return false;
    }
    *out = pair;
    return true;
}

void tls_keypair_free(struct tls_keypair *pair)
{
    if (pair) {
        keypair_clear(pair);
        free(pair);
    }
}

X509 *tls_keypair_certificate(const struct tls_keypair *pair)
{
    return pair->leaf;
}
