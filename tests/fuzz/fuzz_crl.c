/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a file of revocation lists, with no, one or two authorities: one sentence or a set,
 * which answers; and pieces give what the whole gives.
 */
#include <assert.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "pki/crl_builder.h"
#include "pki/crl_set.h"
#include "pki/crl_set_replace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *p;
    size_t n;
    size_t piece;
};

static bool input_read(void *arg, unsigned char *out, size_t cap, size_t *n, struct error *err)
{
    struct input *input = arg;
    (void)err;
    assert(cap > 0);
    *n = input->n < cap ? input->n : cap;
    *n = *n < input->piece ? *n : input->piece;
    memcpy(out, input->p, *n);
    input->p += *n;
    input->n -= *n;
    return true;
}

/* The key is always the same one, so that lists in the corpus are signed by it. */
static X509 *authority(const char *name)
{
    static const char KEY[] = "-----BEGIN PUBLIC KEY-----\n"
                              "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEe24jnY93sqbWFwT/iX86NhLQVoaU\n"
                              "FQDf/Bebd2mGJ1GRDyOKOVk/8cM5gr07lZOyuO4BmxbC9/Q//JLRfL0l+g==\n"
                              "-----END PUBLIC KEY-----\n";
    BIO *bio = BIO_new_mem_buf(KEY, -1);
    EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    X509 *cert = X509_new();
    assert(key && cert);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_pubkey(cert, key);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return cert;
}

static X509 *const *authorities(void)
{
    static X509 *both[2];
    if (!both[0]) {
        both[0] = authority("CA");
        both[1] = authority("Other");
    }
    return both;
}

static void *image_of(const uint8_t *data, size_t size, size_t piece, size_t known, size_t *n)
{
    STACK_OF(X509) *all = sk_X509_new_null();
    for (size_t i = 0; i < known; i++) {
        sk_X509_push(all, authorities()[i]);
    }
    struct error err = {""};
    struct input input = {data, size, piece};
    const struct byte_source source = {input_read, &input};
    size_t room = crl_builder_room(size);
    void *region = calloc(1, room);
    struct crl_builder *builder = crl_builder_new(region, room, all, 42);
    bool ok =
        crl_builder_add(builder, "fuzz", &source, &err) && crl_builder_finish(builder, n, &err);
    assert(ok == !err.text[0]);
    crl_builder_free(builder);
    sk_X509_free(all);
    if (!ok) {
        free(region);
        region = NULL;
    }
    return region;
}

static void ask(void *image, size_t n)
{
    struct crl_set *set = NULL;
    struct error err = {""};
    if (!crl_set_open(image, n, NULL, &set, &err)) {
        abort();
    }
    for (size_t i = 0; i < 2; i++) {
        struct crl_question question = {.issuers_n = 1, .serial = {5}, .serial_n = 1, .is_ca = i};
        bool ok = crl_issuer_id(authorities()[i], question.issuers[0]);
        size_t lists = crl_set_adopt(set, authorities()[i]);
        struct crl_finding found = crl_set_check(set, &question, 0, 1795000000);
        assert(ok && (lists || found.code == X509_V_ERR_UNABLE_TO_GET_CRL));
    }
    for (size_t i = 0; i < crl_set_size(set); i++) {
        assert(crl_set_facts(set, i).issuer);
    }
    assert(crl_set_may_replace(set, set, &err));
    crl_set_unref(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    size_t known = data[0] % 3;
    size_t n = 0, same_n = 0;
    void *image = image_of(data + 2, size - 2, SIZE_MAX, known, &n);
    void *same = image_of(data + 2, size - 2, (size_t)data[1] + 1, known, &same_n);
    assert(!image == !same);
    if (image) {
        assert(n == same_n && memcmp(image, same, n) == 0);
        ask(image, n);
    }
    free(image);
    free(same);
    return 0;
}
