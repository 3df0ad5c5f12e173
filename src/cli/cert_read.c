/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates from a file, whatever its form. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <unistd.h>

#include "base/buf.h"
#include "ca/key.h"
#include "cli/cert.h"
#include "cli/secret.h"
#include "http/uri.h"
#include "pki/bundle.h"
#include "pki/library.h"

enum { CERT_FILE_MAX = 16 * 1024 * 1024, READ_SIZE = 65536 };

/* A pipe too: `yett cert show <(openssl s_client …)`. */
static bool read_fd(int fd, const char *name, struct buf *out, struct error *err)
{
    for (;;) {
        ssize_t n = read(fd, buf_reserve(out, READ_SIZE), READ_SIZE);
        if (n == 0) {
            return true;
        }
        if (n < 0 && errno != EINTR) {
            return error_errno(err, errno, "read() \"%s\"", name);
        }
        buf_grew(out, n > 0 ? (size_t)n : 0);
        if (buf_size(out) > CERT_FILE_MAX) {
            return error_set(err, "\"%s\" is larger than %d MB and cannot be a certificate file",
                             name, CERT_FILE_MAX / (1024 * 1024));
        }
    }
}

static bool cert_read_read_all(const char *path, struct buf *out, struct error *err)
{
    if (strcmp(path, "-") == 0) {
        return read_fd(STDIN_FILENO, "standard input", out, err);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return error_errno(err, errno, "open() \"%s\"", path);
    }
    bool ok = read_fd(fd, path, out, err);
    close(fd);
    return ok;
}

/* The bytes are one certificate and nothing else. */
static X509 *cert_read_read_der(struct str bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.p;
    const unsigned char *end = p + bytes.n;
    X509 *cert = X509_new_ex(library_certificates(), NULL);
    if (cert && !d2i_X509(&cert, &p, (long)bytes.n)) {
        cert = NULL; /* it was freed */
    }
    if (cert && p != end) {
        X509_free(cert);
        cert = NULL;
    }
    ERR_clear_error();
    return cert;
}

static bool open_pkcs12(PKCS12 *pkcs12, const char *name, const char *password_file,
                        STACK_OF(X509) * out, struct error *err)
{
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;
    STACK_OF(X509) *others = NULL;
    struct buf password = {0};
    if (password_file && !secret_read(password_file, &password, err)) {
        return false;
    }
    buf_byte(&password, '\0');
    bool ok = PKCS12_parse(pkcs12, password.data, &key, &cert, &others) == 1;
    secret_deinit(&password);
    EVP_PKEY_free(key);
    ERR_clear_error();
    if (!ok) {
        return error_set(err, "cannot open the PKCS#12 file \"%s\": %s", name,
                         password_file ? "wrong password?"
                                       : "it has a password, give it with --password-file FILE");
    }
    if (cert) {
        sk_X509_push(out, cert);
    }
    while (sk_X509_num(others) > 0) {
        sk_X509_push(out, sk_X509_shift(others));
    }
    sk_X509_free(others);
    return sk_X509_num(out) > 0 ||
           error_set(err, "no certificate in the PKCS#12 file \"%s\"", name);
}

static bool read_binary(const char *name, const char *password_file, struct str bytes,
                        STACK_OF(X509) * out, struct error *err)
{
    X509 *cert = cert_read_read_der(bytes);
    if (cert) {
        sk_X509_push(out, cert);
        return true;
    }
    const unsigned char *p = (const unsigned char *)bytes.p;
    PKCS12 *pkcs12 = d2i_PKCS12(NULL, &p, (long)bytes.n);
    ERR_clear_error();
    if (!pkcs12) {
        return error_set(err,
                         "no certificate in \"%s\": PEM (\"-----BEGIN CERTIFICATE-----\"), DER or "
                         "PKCS#12 expected",
                         name);
    }
    bool ok = open_pkcs12(pkcs12, name, password_file, out, err);
    PKCS12_free(pkcs12);
    return ok;
}

static bool has(struct str text, struct str part)
{
    return str_search(text, part) < text.n;
}

bool cert_read(const char *path, const char *password_file, STACK_OF(X509) * out, struct error *err)
{
    struct buf bytes = {0};
    struct arena arena;
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    assert(sk_X509_num(out) == 0);
    arena_init(&arena, 0);
    bool ok = cert_read_read_all(path, &bytes, err);
    if (ok) {
        struct trust_source source = {name, buf_view(&bytes)};
        if (has(source.pem, STR("-----BEGIN%20CERTIFICATE-----"))) {
            source.pem = uri_unescape(source.pem, &arena); /* $ssl_client_escaped_cert */
        }
        ok = has(source.pem, STR("-----BEGIN "))
                 ? bundle_certs(&source, out, err)
                 : read_binary(name, password_file, source.pem, out, err);
    }
    assert(!ok || sk_X509_num(out) > 0); /* a file without one is an error */
    secret_deinit(&bytes);               /* a key may have been in it */
    arena_deinit(&arena);
    return ok;
}
