/* SPDX-License-Identifier: Apache-2.0 */
/* One CA of another program: its certificate, its index, and what it issued. */
#ifndef CA_IMPORT_LEVEL_H
#define CA_IMPORT_LEVEL_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"
#include "base/strmap.h"
#include "ca/import_source.h"
#include "ca/index_file.h"
#include "ca/progress.h"
#include "ca/store.h"

/* Notes for the user after the import, one sentence each. */
struct import_notes {
    struct arena *arena;
    struct str *items;
    size_t n;
};

void import_note(struct import_notes *notes, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A certificate, or a serial number that only the index or a CRL contains (record.der empty). */
struct import_item {
    struct record record;
    const char *path;      /* of the certificate; NULL: it was not found */
    struct str common;     /* the common name, else another name in it */
    struct str file_name;  /* the name of its file in a folder issued/ (easy-rsa) */
    struct str public_key; /* SubjectPublicKeyInfo in DER */
    size_t line;           /* in the index; 0: not in it */
    bool own;              /* a CA of this import, not issued to others */
};

struct import_level {
    int id; /* CA_ROOT or CA_INTERMEDIATE */
    struct import_source source;
    X509 *cert;
    struct str der;
    EVP_PKEY *key; /* NULL until import_level_unlock */
    struct index_file index;
    struct import_item **items; /* those in the index, in its order, then others */
    size_t n;
    struct strmap by_serial;
    int64_t number;   /* of the newest CRL; 0: there was none */
    X509_CRL *newest; /* NULL: there was none */
    size_t from_list; /* number of revocations that only CRLs have */
};

/* Reads the certificate and the index. Call import_level_deinit in any case. */
MUST_CHECK bool import_level_open(struct import_level *level, struct arena *arena,
                                  struct error *err);
void import_level_deinit(struct import_level *level);

/* Whether the CA signed the certificate. */
bool import_level_issued(const struct import_level *level, X509 *cert);
/*
 * The item of a certificate that the CA signed, from the file `path`. Another certificate with its
 * serial number is an error.
 */
struct import_item *import_level_add(struct import_level *level, X509 *cert, const char *path,
                                     struct arena *arena, struct error *err);
/* The item with the serial number; adds a new one if there is none. */
struct import_item *import_level_item(struct import_level *level,
                                      const struct serial_number *serial, struct arena *arena);

/*
 * Looks for the certificates in all folders. A file named after a serial number in the index must
 * hold this CA's certificate with that number; else it is an error.
 */
MUST_CHECK bool import_level_read_certs(struct import_level *level, struct import_notes *notes,
                                        const struct progress *progress, struct error *err);
/* Reads the numbers of the CRLs, and revocations that the index lacks. */
MUST_CHECK bool import_level_read_lists(struct import_level *level, struct import_notes *notes,
                                        struct error *err);

#endif
