/* SPDX-License-Identifier: Apache-2.0 */
/* Parses a distinguished name that a user typed. */
#ifndef CA_SUBJECT_H
#define CA_SUBJECT_H

#include <openssl/x509.h>

#include "base/error.h"
#include "base/str.h"

/*
 * Two notations: "CN=laptop,OU=Machines,O=Example" (RFC 4514, the order of $ssl_client_s_dn: the
 * last part is the first in the certificate), and "/O=Example/OU=Machines/CN=laptop" (openssl's
 * -subj, in the certificate's order). A backslash escapes the next character, or two hexadecimal
 * digits. NULL on failure. Free it with X509_NAME_free.
 */
X509_NAME *subject_parse(struct str text, struct error *err);
/* "CN=NAME" with optional "O=ORGANISATION" (empty: none) above it. */
X509_NAME *subject_common(struct str name, struct str organisation, struct error *err);

#endif
