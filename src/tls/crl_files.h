/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that ssl_crl and proxy_ssl_crl name, and what is in force of them. One process looks
 * after the files and makes images of them (pki/crl_image.h) in memory that it shares with the one
 * that serves; both hold the same settings.
 */
#ifndef TLS_CRL_FILES_H
#define TLS_CRL_FILES_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "pki/crl_slot.h"
#include "tls/settings.h"

struct crl_files;

struct crl_files *crl_files_new(void);
void crl_files_free(struct crl_files *files); /* with the slots; NULL is legal */

/* --- while loading --- */

/* The slot for these paths (files or directories), the same each time; empty until crl_files_load.
 * *name: the paths, one on a line, as long as the files live. */
struct crl_slot *crl_files_slot(struct crl_files *files, const struct tls_words *paths,
                                struct str *name);
/* CA certificates that may have signed the slot's CRLs. */
void crl_files_add_authorities(struct crl_files *files, const struct crl_slot *slot,
                               const STACK_OF(X509) * authorities);
/* The CRLs that were in force before in slots of these names: no older ones may replace them. */
struct crl_floor {
    const char *name;
    int image;
};
struct crl_floors {
    const struct crl_floor *items;
    size_t n;
};

/*
 * Reads all. Errors: a CRL that yett does not support in full (pki/crl_builder.h), or one that is
 * older than the one in `floors` (may be NULL). *err is the first error.
 */
MUST_CHECK bool crl_files_load(struct crl_files *files, const struct crl_floors *floors,
                               struct error *err);

/* Why the i-th was refused; empty: it was not. */
const char *crl_files_refusal(const struct crl_files *files, size_t i);

/* --- while serving --- */

size_t crl_files_n(const struct crl_files *files);
/* The paths, one on a line. */
const char *crl_files_name(const struct crl_files *files, size_t i);

/* Whether the account of this process may read them; *err names one that it may not. */
MUST_CHECK bool crl_files_readable(const struct crl_files *files, size_t i, struct error *err);

enum crl_change {
    CRL_UNCHANGED,
    CRL_CHANGED, /* other CRLs are in force: crl_files_image returns them */
    CRL_REFUSED, /* the files changed, the old CRLs stay in force; *err says why */
};

/*
 * To be called several times a second: whether the files have changed. They are read when two calls
 * in a row found them the same, so that half a file is rarely read, or when they keep changing.
 * Their contents decide, not their times. A CRL older than the one in force is refused. Refused
 * files are read again now and then, which is reported only if the result differs.
 */
enum crl_change crl_files_look(struct crl_files *files, size_t i, struct error *err);
/* The image in force, a descriptor that stays the files' own. */
int crl_files_image(const struct crl_files *files, size_t i);

/* Puts an image into force that another process made; takes the descriptor over. */
MUST_CHECK bool crl_files_take(struct crl_files *files, size_t i, int image, struct error *err);

#endif
