/* SPDX-License-Identifier: Apache-2.0 */
/* Subject alternative names (RFC 5280, 4.2.1.6): parses and prints them. */
#ifndef CA_SAN_H
#define CA_SAN_H

#include <openssl/x509v3.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

/* A host name of letters, digits and hyphens; "*" may stand for the first label if `wildcard`. */
bool dns_name_valid(struct str name, bool wildcard);
/* local@domain in printable ASCII. */
bool mail_address_valid(struct str text);

/*
 * Appends one name: "dns:NAME", "ip:ADDRESS", "email:ADDRESS", "uri:URI"; without a prefix, guesses
 * the kind.
 */
MUST_CHECK bool san_add(struct str text, GENERAL_NAMES *names, struct error *err);

/* "dns:www.example.test, ip:192.0.2.1"; empty for none (or NULL). In the arena. */
struct str san_text(const GENERAL_NAMES *names, struct arena *arena);

#endif
