/* SPDX-License-Identifier: Apache-2.0 */
/* A distinguished name as it is typed. */
#ifndef CA_SUBJECT_H
#define CA_SUBJECT_H

#include <openssl/x509.h>

#include "base/error.h"
#include "base/str.h"

/*
 * Two notations: "CN=laptop,OU=Machines,O=Example" (RFC 4514, the order of $ssl_client_s_dn: the
 * last one comes first in the certificate), and "/O=Example/OU=Machines/CN=laptop" (openssl's
 * -subj, in the certificate's order). A backslash takes the next character, or two hexadecimal
 * digits, as they are. NULL on failure. X509_NAME_free is the caller's.
 */
X509_NAME *subject_parse(struct str text, struct error *err);
/* "CN=NAME" with optional "O=ORGANISATION" (empty: none) above it. */
X509_NAME *subject_common(struct str name, struct str organisation, struct error *err);

#endif
