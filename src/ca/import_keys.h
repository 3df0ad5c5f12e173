/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys beside another program's CA, found by the public keys of certificates. */
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
 * Looks through the level's folders of keys. Encrypted keys cannot be assigned: they stay where
 * they are, with a note, except the CA's own key.
 */
void import_keys_read(struct import_keys *keys, const struct import_level *level,
                      struct import_notes *notes, const struct progress *progress);
/* The private key of the item. NULL: it was not found. EVP_PKEY_free is the caller's. */
EVP_PKEY *import_keys_get(const struct import_keys *keys, const struct import_item *item);

/* The text of the key file of a CA; *encrypted says whether a passphrase opens it. */
MUST_CHECK bool import_key_encrypted(const char *path, bool *encrypted, struct error *err);
/*
 * Reads the CA's key from its file and checks that it is the certificate's. The passphrase may be
 * empty.
 */
MUST_CHECK bool import_level_unlock(struct import_level *level, struct str passphrase,
                                    struct error *err);

#endif
