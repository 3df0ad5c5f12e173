/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The private keys of certificates whose transaction is not committed yet: the only data that
 * cannot be made from the store again.
 */
#ifndef CA_PENDING_KEYS_H
#define CA_PENDING_KEYS_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "ca/files.h"
#include "ca/serial_number.h"

/* {0} is empty. Holds secrets. */
struct pending_keys {
    struct buf text; /* for each: the serial number, a newline, the key in PEM */
    size_t at;       /* where the last one was found: look-ups go in order */
};

MUST_CHECK bool pending_keys_add(struct pending_keys *keys, const struct serial_number *serial,
                                 EVP_PKEY *key, struct error *err);
/* Writes the keys, if any, to pending/, and syncs. */
MUST_CHECK bool pending_keys_save(const struct pending_keys *keys, const struct ca_dir *dir,
                                  struct error *err);
/* Reads the keys saved last; empty: there are none. */
MUST_CHECK bool pending_keys_load(struct pending_keys *keys, const struct ca_dir *dir,
                                  struct error *err);
/* The key in PEM, or empty. */
struct str pending_keys_find(struct pending_keys *keys, const struct serial_number *serial);
void pending_keys_deinit(struct pending_keys *keys);

#endif
