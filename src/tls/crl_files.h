/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of ssl_crl and proxy_ssl_crl, and the CRLs in force. The generation watches the files
 * and makes images of them (pki/crl_image.h) in memory shared with the worker. Both processes have
 * the same settings.
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
void crl_files_free(struct crl_files *files); /* and its slots; NULL is allowed */

/* --- while loading --- */

/*
 * Returns the slot for these paths (files or directories), empty until crl_files_load. Equal paths
 * have the same slot. *name: the paths, one per line; it lives as long as `files`.
 */
struct crl_slot *crl_files_slot(struct crl_files *files, const struct tls_words *paths,
                                struct str *name);
/* Adds CA certificates that may have signed the slot's CRLs. */
void crl_files_add_authorities(struct crl_files *files, const struct crl_slot *slot,
                               const STACK_OF(X509) * authorities);
/* The CRLs that were in force before, by slot name. Older CRLs must not replace them. */
struct crl_floor {
    const char *name;
    int image;
};
struct crl_floors {
    const struct crl_floor *items;
    size_t n;
};

/*
 * Reads all files. Errors: a CRL that yett does not support in full (pki/crl_builder.h), or one
 * that is older than the one in `floors` (may be NULL). *err is the first error.
 */
MUST_CHECK bool crl_files_load(struct crl_files *files, const struct crl_floors *floors,
                               struct error *err);

/* The reason why the CRLs of slot `i` were refused; empty: they were not. */
const char *crl_files_refusal(const struct crl_files *files, size_t i);

/* --- while serving --- */

size_t crl_files_n(const struct crl_files *files);
/* The paths, one per line. */
const char *crl_files_name(const struct crl_files *files, size_t i);

/* Whether the account of this process can read the files; *err names one that it cannot. */
MUST_CHECK bool crl_files_readable(const struct crl_files *files, size_t i, struct error *err);

enum crl_change {
    CRL_UNCHANGED,
    CRL_CHANGED, /* other CRLs are in force: crl_files_image returns them */
    CRL_REFUSED, /* files changed, but the old CRLs stay in force; *err says why */
};

/*
 * Checks whether the files have changed; call it several times a second. Reads changed files when
 * two calls in a row found them the same, so that a half-written file is rarely read, or if they
 * keep changing. Their contents decide, not their times. A CRL older than the one in force is
 * refused. Refused files are read again now and then; reports that only if the result differs.
 */
enum crl_change crl_files_look(struct crl_files *files, size_t i, struct error *err);
/* The image in force, a borrowed descriptor. */
int crl_files_image(const struct crl_files *files, size_t i);

/* Puts another process's image into force, and takes its descriptor. */
MUST_CHECK bool crl_files_take(struct crl_files *files, size_t i, int image, struct error *err);

#endif
