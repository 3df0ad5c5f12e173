/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OIDs that a policy can name. OpenSSL knows names for thousands of objects, and most of them
 * cannot stand where a policy looks: a rule with such a name would never match. So names come from
 * a table for each place; a dotted OID is taken everywhere.
 */
#ifndef POLICY_OID_H
#define POLICY_OID_H

#include "base/arena.h"
#include "base/str.h"

/* The functions below return an empty text if they do not know the name. Results lie in the arena,
 * or are static. */

/* An attribute of a DN, as cert_attributes names it: "CN" for "CN", "commonName" and "2.5.4.3". */
struct str oid_attribute(struct str name, struct arena *arena);
/* An extended key usage (RFC 5280, 4.2.1.12), dotted. */
struct str oid_key_use(struct str name, struct arena *arena);
/* A certificate policy (RFC 5280, 4.2.1.4), dotted. OpenSSL has a name for anyPolicy alone. */
struct str oid_cert_policy(struct str name, struct arena *arena);

#endif
