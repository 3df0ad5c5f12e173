/* SPDX-License-Identifier: Apache-2.0 */
/* Reading PEM bundles strictly: what looks like a block has to be one. */
#include "pki/bundle.h"

#include <assert.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>

#include "pki/library.h"

struct block {
    char *type;
    unsigned char *data;
    long size;
    size_t number; /* from 1 */
};

const char *ssl_errors(char out[static SSL_ERRORS_MAX])
{
    out[0] = '\0';
    size_t n = 0;
    const char *data;
    int flags;
    unsigned long code;
    while ((code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0) {
        char text[256];
        ERR_error_string_n(code, text, sizeof(text));
        bool has_data = (flags & ERR_TXT_STRING) != 0 && data && *data;
        int more = snprintf(out + n, SSL_ERRORS_MAX - n, "%s %s%s%s", n ? "" : " (SSL:", text,
                            has_data ? ":" : "", has_data ? data : "");
        n = more < 0 || n + (size_t)more > SSL_ERRORS_MAX - 2 ? SSL_ERRORS_MAX - 2
                                                              : n + (size_t)more;
    }
    if (n) {
        assert(n + 1 < SSL_ERRORS_MAX);
        out[n] = ')';
        out[n + 1] = '\0';
    }
    return out;
}

static void block_clear(struct block *block)
{
    OPENSSL_free(block->type);
    OPENSSL_free(block->data);
    block->type = NULL;
    block->data = NULL;
}

/* The next block; false at the end, and with *broken set when something starts like a block but is
 * none. */
static bool block_next(BIO *bio, struct block *block, bool *broken)
{
    char *header = NULL;
    ERR_clear_error();
    int ok = PEM_read_bio(bio, &block->type, &header, &block->data, &block->size);
    OPENSSL_free(header);
    if (ok != 1) {
        unsigned long code = ERR_peek_last_error();
        *broken =
            !(ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE);
        if (!*broken) {
            ERR_clear_error();
        }
        return false;
    }
    return true;
}

static bool take_cert(const struct block *block, STACK_OF(X509) * out, const char **problem)
{
    bool aux = strcmp(block->type, PEM_STRING_X509_TRUSTED) == 0;
    if (!aux && strcmp(block->type, PEM_STRING_X509) != 0 &&
        strcmp(block->type, PEM_STRING_X509_OLD) != 0) {
        return true;
    }
    const unsigned char *p = block->data;
    X509 *cert = X509_new_ex(library_certificates(), NULL);
    if (cert && !(aux ? d2i_X509_AUX(&cert, &p, block->size) : d2i_X509(&cert, &p, block->size))) {
        cert = NULL; /* it was freed */
    }
    if (!cert || p != block->data + block->size) {
        *problem = cert ? "has bytes after the certificate" : "is not a valid certificate";
        X509_free(cert);
        return false;
    }
    if (!sk_X509_push(out, cert)) {
        X509_free(cert);
        *problem = "cannot be kept: out of memory";
        return false;
    }
    return true;
}

bool bundle_certs(const struct trust_source *source, STACK_OF(X509) * out, struct error *err)
{
    assert(source->name && out);
    char reasons[SSL_ERRORS_MAX];
    int before = sk_X509_num(out);
    if (source->pem.n > INT_MAX) {
        return error_set(err, "cannot load certificate \"%s\": the file is too large",
                         source->name);
    }
    BIO *bio = BIO_new_mem_buf(source->pem.p ? source->pem.p : "", (int)source->pem.n);
    if (!bio) {
        return error_set(err, "cannot load certificate \"%s\": out of memory", source->name);
    }
    struct block block = {.number = 1};
    bool broken = false;
    bool ok = true;
    for (; ok && block_next(bio, &block, &broken); block.number++) {
        const char *problem = NULL;
        if (!take_cert(&block, out, &problem)) {
            ok = error_set(err, "cannot load certificate \"%s\": block %zu (%s) %s%s", source->name,
                           block.number, block.type, problem, ssl_errors(reasons));
        }
        block_clear(&block);
    }
    if (ok && broken) {
        ok = error_set(err, "cannot load certificate \"%s\": block %zu is not valid PEM%s",
                       source->name, block.number, ssl_errors(reasons));
    }
    BIO_free(bio);
    ERR_clear_error();
    return ok && (sk_X509_num(out) > before ||
                  error_set(err, "cannot load certificate \"%s\": the file contains no certificate",
                            source->name));
}
