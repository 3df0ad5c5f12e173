/* SPDX-License-Identifier: Apache-2.0 */
/* A distinguished name as text: one form for messages, logs and $ssl_client_s_dn. */
#ifndef PKI_DN_H
#define PKI_DN_H

#include <openssl/x509.h>

#include "base/arena.h"
#include "base/str.h"

/* "CN=x,O=y,C=CH": RFC 2253, last part first, octets beyond ASCII escaped. In the arena; empty for
 * an empty name. */
struct str dn_text(const X509_NAME *name, struct arena *arena);

/* For messages: returns `out`, NUL-terminated; cut if it is too long. */
enum { DN_SHORT_MAX = 256 };
const char *dn_short(const X509_NAME *name, char out[static DN_SHORT_MAX]);

#endif
