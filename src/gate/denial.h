/* SPDX-License-Identifier: Apache-2.0 */
/* The log's line about a client that was refused because of its certificate. */
#ifndef GATE_DENIAL_H
#define GATE_DENIAL_H

#include "gate/request.h"

/*
 * Writes to the error log, in one line: the request's id, which the page shows too, the reason as a
 * word and as a sentence, and what the client showed:
 *
 *     client denied, id: ID, reason: WORD: SENTENCE; certificate: SHA-256 …, subject "…",
 *     issuer "…", serial …, from …, until …; issuers: "…", "…"
 *
 * `yett explain --id` (cli/denial_line.h) reads it again. Quotation marks and backslashes inside
 * quotes have a backslash.
 */
void denial_log(struct request *request, const char *reason, const char *fmt, va_list args)
    PRINTF_LIKE(3, 0);

#endif
