/* SPDX-License-Identifier: Apache-2.0 */
/* What certificates are called: the name in the store, the kind, the reason of a revocation. */
#ifndef CA_NAMES_H
#define CA_NAMES_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

enum cert_kind { KIND_AUTHORITY, KIND_SERVER, KIND_MACHINE, KIND_USER };

/* "ca", "server", "machine", "user". */
const char *cert_kind_name(enum cert_kind kind);
/* Of those that can be issued: not "ca". False when there is none of that name. */
MUST_CHECK bool cert_kind_parse(struct str text, enum cert_kind *out);

/*
 * RFC 5280, 5.3.1; 7 is unused, and 8 (removeFromCRL) is for delta CRLs, which yett does not write.
 */
enum { REASON_UNSPECIFIED = 0, REASON_MAX = 10 };
/* "keyCompromise" …; NULL for a number without a name. */
const char *reason_name(int reason);
/* The case of letters does not matter. The message lists all names. */
MUST_CHECK bool reason_parse(struct str text, int *out, struct error *err);

enum { ENTRY_NAME_MAX = 64 }; /* as a common name (RFC 5280, appendix A.1: ub-common-name) */
/*
 * Whether it may name a certificate in the store. It becomes a file name and is typed in shells:
 * letters, digits, ". _ - @ +", not "." or "-" in front; "root" and "intermediate" are taken.
 */
MUST_CHECK bool entry_name_check(struct str name, struct error *err);
/* Says that nothing has this name. Returns false. */
bool entry_unknown(struct str name, struct error *err);

#endif
