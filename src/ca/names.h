/* SPDX-License-Identifier: Apache-2.0 */
/* Words about certificates: the name in the store, the kind, the revocation reason. */
#ifndef CA_NAMES_H
#define CA_NAMES_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

enum cert_kind { KIND_AUTHORITY, KIND_SERVER, KIND_MACHINE, KIND_USER };

/* "ca", "server", "machine", "user". */
const char *cert_kind_name(enum cert_kind kind);
/* Parses the kinds that can be issued: not "ca". False: no such kind. */
MUST_CHECK bool cert_kind_parse(struct str text, enum cert_kind *out);

/*
 * RFC 5280, 5.3.1; 7 is unused, and 8 (removeFromCRL) is for delta CRLs, which yett does not write.
 */
enum { REASON_UNSPECIFIED = 0, REASON_MAX = 10 };
/* "keyCompromise" …; NULL for a number without a name. */
const char *reason_name(int reason);
/* Ignores case. *err lists all names. */
MUST_CHECK bool reason_parse(struct str text, int *out, struct error *err);

enum { ENTRY_NAME_MAX = 64 }; /* as a common name (RFC 5280, appendix A.1: ub-common-name) */
/*
 * Whether it may name a certificate in the store. It becomes a file name and is typed in shells:
 * letters, digits, ". _ - @ +", no leading "." or "-"; "root" and "intermediate" are reserved.
 */
MUST_CHECK bool entry_name_check(struct str name, struct error *err);
/* Sets *err: no certificate has this name. Returns false. */
bool entry_unknown(struct str name, struct error *err);

#endif
