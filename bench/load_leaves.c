/* SPDX-License-Identifier: Apache-2.0 */
/* All are decoded before the first connection; none is used twice. */
#include "bench/load_leaves.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

struct leaves {
    STACK_OF(X509) * certificates;
    int next;
};

/* Up to the first that is none: the end, as a rule. */
static void certificates_read(BIO *file, STACK_OF(X509) * certificates)
{
    X509 *certificate = NULL;

    while ((certificate = PEM_read_bio_X509(file, NULL, NULL, NULL)) != NULL) {
        if (sk_X509_push(certificates, certificate) == 0) {
            X509_free(certificate);
            break;
        }
    }
    ERR_clear_error();
}

struct leaves *leaves_load(const char *path)
{
    struct leaves *leaves = calloc(1, sizeof(*leaves));
    BIO *file = BIO_new_file(path, "r");

    if (leaves != NULL && file != NULL) {
        leaves->certificates = sk_X509_new_null();
        certificates_read(file, leaves->certificates);
    }
    BIO_free(file);
    if (leaves == NULL || sk_X509_num(leaves->certificates) <= 0) {
        fprintf(stderr, "yett-load: no certificates in \"%s\"\n", path);
        leaves_free(leaves);
        return NULL;
    }
    return leaves;
}

void leaves_free(struct leaves *leaves)
{
    if (leaves != NULL) {
        sk_X509_pop_free(leaves->certificates, X509_free);
        free(leaves);
    }
}

bool leaves_use_next(struct leaves *leaves, SSL *ssl)
{
    if (leaves->next == sk_X509_num(leaves->certificates)) {
        return false;
    }
    X509 *certificate = sk_X509_value(leaves->certificates, leaves->next++);
    /* A certificate of another key drops the key, and the server would see no certificate at all.
     */
    return SSL_use_certificate(ssl, certificate) == 1 && SSL_get_privatekey(ssl) != NULL;
}
