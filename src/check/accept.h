/* SPDX-License-Identifier: Apache-2.0 */
/* Comments of a configuration that accept a finding: `# yett: accept RULE-NAME reason…`. */
#ifndef CHECK_ACCEPT_H
#define CHECK_ACCEPT_H

#include "check/finding.h"

/*
 * Reads the comments in the text of the file `file`, by nginx's grammar, and gives their reason to
 * the findings that they accept: those of that rule on the line of the comment. A comment alone on
 * its line is about the next line that is not such a comment. Adds findings about comments that
 * name no rule, give no reason or accept nothing; the caller sorts. Borrows file and text.
 */
void findings_accept(const struct checked *checked, const char *file, struct str text,
                     struct findings *findings);

#endif
