/* SPDX-License-Identifier: Apache-2.0 */
/* What N P-256 key pairs and one signature with another key for each cost by themselves, in ms. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int sign(EVP_PKEY *key, const unsigned char *data, size_t n)
{
    unsigned char out[128];
    size_t size = sizeof(out);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    int ok = md && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
             EVP_DigestSign(md, out, &size, data, n) == 1;
    EVP_MD_CTX_free(md);
    return ok;
}

int main(int argc, char **argv)
{
    unsigned char data[400] = {0}; /* as long as what is signed of a small certificate */
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
    EVP_PKEY *signer = EVP_EC_gen("P-256");
    double start = now_ms();
    for (long i = 0; i < n; i++) {
        EVP_PKEY *key = EVP_EC_gen("P-256");
        if (!key || !sign(signer, data, sizeof(data))) {
            return 1;
        }
        EVP_PKEY_free(key);
    }
    printf("%.1f\n", now_ms() - start);
    EVP_PKEY_free(signer);
    return 0;
}
