/* SPDX-License-Identifier: Apache-2.0 */
/* Writes text into a page of HTML. */
#ifndef CLI_HTML_H
#define CLI_HTML_H

#include <stdio.h>

#include "base/str.h"

/*
 * Writes the text so that it stays text, between tags and in a quoted attribute: & < > " ' become
 * references. Invisible bytes, and those that are not UTF-8, are shown as \xHH.
 */
void html_text(FILE *out, struct str text);

#endif
