/* SPDX-License-Identifier: Apache-2.0 */
/* `yett explain --id`: why a client was refused, by the id that its page showed. */
#ifndef CLI_EXPLAIN_DENIAL_H
#define CLI_EXPLAIN_DENIAL_H

#include "base/error.h"
#include "cli/denial_line.h"
#include "cli/report.h"
#include "site/settings.h"

/* Finds each refusal with that id in the log files, and in what rotation left of them (FILE.1). */
MUST_CHECK bool denials_find(struct str id, const struct str *files, size_t n, struct arena *arena,
                             struct denial **out, size_t *out_n, struct error *err);

/* The files of all error_log directives, each once, in the arena. */
size_t denial_logs(const struct settings *settings, struct arena *arena, const struct str **out);

/* What happened, and what to do about it; in a list of the report. */
void report_denial(struct report *report, const struct denial *denial, struct arena *arena);

#endif
