/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of one certificate, in the forms that nginx's variables and logs use. */
#ifndef PKI_CERT_H
#define PKI_CERT_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

#include "base/arena.h"
#include "base/str.h"

/* All results are in the arena. None can fail on a parsed certificate; a missing field gives an
 * empty string. */
struct str cert_subject(const X509 *cert, struct arena *arena); /* RFC 2253: $ssl_client_s_dn */
struct str cert_issuer(const X509 *cert, struct arena *arena);  /* RFC 2253: $ssl_client_i_dn */
struct str cert_subject_legacy(const X509 *cert, struct arena *arena); /* "/C=…/CN=…" */
struct str cert_issuer_legacy(const X509 *cert, struct arena *arena);
/* Any name as "/C=…/CN=…"; for RFC 2253 see dn_text. */
struct str cert_dn_legacy(const X509_NAME *name, struct arena *arena);
struct str cert_serial(const X509 *cert,
                       struct arena *arena); /* upper-case hexadecimal, as nginx */
struct str cert_fingerprint(const X509 *cert,
                            struct arena *arena); /* SHA-1, lower-case hexadecimal */
/* The alternative names of a kind ("DNS", "email", "URI": pki/cert_names.h), "a,b". Left out: names
 * with a comma, a blank or bytes that are not printable ASCII. Empty if the extension is malformed.
 */
struct str cert_alternative_list(const X509 *cert, struct str kind, struct arena *arena);
struct str cert_pem(const X509 *cert, struct arena *arena); /* $ssl_client_raw_cert */
/* cert_pem with a tab before each line but the first: $ssl_client_cert (obsolete folding). */
struct str cert_pem_folded(const X509 *cert, struct arena *arena);
struct str cert_not_before(const X509 *cert, struct arena *arena); /* "Nov 21 10:00:00 2026 GMT" */
struct str cert_not_after(const X509 *cert, struct arena *arena);
/* Whole days until notAfter; 0: expired. $ssl_client_v_remain. */
struct str cert_days_left(const X509 *cert, time_t now, struct arena *arena);

/* Whether it is a CA certificate, which CRLs of user certificates do not cover: basicConstraints
 * has cA TRUE (RFC 5280, 6.3.3 (b) (2)). Unlike X509_check_ca, ignores keyUsage.
 */
bool cert_is_authority(X509 *cert);

#endif
