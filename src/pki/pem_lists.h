/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file of CRLs as the DER of one CRL after another; decodes PEM. */
#ifndef PKI_PEM_LISTS_H
#define PKI_PEM_LISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte_source.h"

enum { PEM_LISTS_LINE = 128 };

/* The fields are private. */
struct pem_lists {
    struct byte_source file;
    unsigned char *in;
    size_t at;
    size_t n;
    bool started;
    bool der;
    bool in_block;
    uint32_t quad;   /* sextets of an incomplete group of four */
    unsigned quad_n; /* how many */
    unsigned pads;
    bool closed;            /* padding has ended the data */
    bool blank;             /* white space was seen in this line */
    bool bol;               /* at the beginning of a line */
    unsigned char spare[3]; /* decoded, but not read yet */
    size_t spare_n;
    char line[PEM_LISTS_LINE];
};

/* `file` is borrowed. */
void pem_lists_init(struct pem_lists *lists, const struct byte_source *file);
void pem_lists_deinit(struct pem_lists *lists);

/*
 * Goes to the next block (RFC 7468, 9: "X509 CRL"), and skips text before it. *more is false at the
 * end of the file. A file whose first octet is 0x30 is DER: all of it is one block. Read each block
 * to its end first. Errors: another kind of block, a malformed or misplaced BEGIN or END line.
 */
MUST_CHECK bool pem_lists_next(struct pem_lists *lists, bool *more, struct error *err);

/* A source of the block's DER, which ends with the block. Errors: not base64 (RFC 4648, 4), white
 * space other than at line ends, header lines, no END line. */
struct byte_source pem_lists_block(struct pem_lists *lists);

#endif
