/* SPDX-License-Identifier: Apache-2.0 */
/* Holds the set in force, which is swapped whole while all threads read. */
#ifndef PKI_CRL_SLOT_H
#define PKI_CRL_SLOT_H

#include <openssl/x509.h>
#include <stdint.h>

#include "pki/crl_set.h"

struct crl_slot; /* locks for itself */

struct crl_slot *crl_slot_new(void);
void crl_slot_free(struct crl_slot *slot);

/* The set in force, a reference that the caller owns; NULL: none yet. */
struct crl_set *crl_slot_ref(struct crl_slot *slot);
/* Takes the set and puts it into force. */
void crl_slot_put(struct crl_slot *slot, struct crl_set *set);
/* Rises with each put; 0 before the first. While it is the same, the set is the same. */
uint64_t crl_slot_serial(const struct crl_slot *slot);

/*
 * Remembers an issuer with CRLs assigned to it (crl_set_adopt), in the set in force or an earlier
 * one. Its CRLs in this set and later ones are then known from the start. The slot remembers a
 * limited number of issuers.
 */
void crl_slot_met(struct crl_slot *slot, X509 *issuer);

#endif
