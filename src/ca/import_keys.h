/* SPDX-License-Identifier: Apache-2.0 */
/* Finds private keys in another program's CA, by the public keys of certificates. */
#ifndef CA_IMPORT_KEYS_H
#define CA_IMPORT_KEYS_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/strmap.h"
#include "ca/import_level.h"

struct import_keys {
    struct strmap paths; /* of the key's file, by SubjectPublicKeyInfo in DER */
};

/*
 * Reads the level's key folders. Encrypted keys, except the CA's, cannot be assigned: they stay
 * where they are, with a note.
 */
void import_keys_read(struct import_keys *keys, const struct import_level *level,
                      struct import_notes *notes, const struct progress *progress);
/* The item's private key, which the caller frees. NULL: not found. */
EVP_PKEY *import_keys_get(const struct import_keys *keys, const struct import_item *item);

/* Reads a CA's key file; *encrypted: it needs a passphrase. */
MUST_CHECK bool import_key_encrypted(const char *path, bool *encrypted, struct error *err);
/*
 * Reads the CA's key from its file and checks that it belongs to the certificate. The passphrase
 * may be empty.
 */
MUST_CHECK bool import_level_unlock(struct import_level *level, struct str passphrase,
                                    struct error *err);

#endif
