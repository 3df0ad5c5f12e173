/* SPDX-License-Identifier: Apache-2.0 */
/* `index.txt`: the list of certificates that `openssl ca` issued. */
#ifndef CA_INDEX_FILE_H
#define CA_INDEX_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"
#include "base/strmap.h"
#include "ca/serial_number.h"

struct index_entry {
    struct serial_number serial;
    bool revoked;
    int64_t not_after;
    int64_t revoked_at; /* seconds since the epoch, at least 1; 0: not revoked */
    int reason;         /* RFC 5280, 5.3.1 */
    struct str extra;   /* the OID of a hold instruction, or the time when the key was lost */
    struct str file;    /* the certificate's file; empty, always from openssl: not said */
    struct str subject; /* "/C=CH/CN=x" */
    size_t line;
};

struct index_file {
    const char *path; /* borrowed */
    struct index_entry *items;
    size_t n;
    struct strmap by_serial;
};

/*
 * Reads all lines, into the arena; skips none. Errors, with the line number: a line that OpenSSL
 * would not read; a revocation that does not fit a CRL; a second line with the same serial number.
 */
MUST_CHECK bool index_file_parse(struct str text, const char *path, struct arena *arena,
                                 struct index_file *out, struct error *err);
/* NULL: there is none. */
const struct index_entry *index_file_find(const struct index_file *index,
                                          const struct serial_number *serial);

#endif
