/* SPDX-License-Identifier: Apache-2.0 */
/* docs/directives.md: the directive tables as a document. */
#ifndef CONF_DOCUMENT_H
#define CONF_DOCUMENT_H

#include "base/buf.h"
#include "conf/directive.h"

/*
 * Appends the Markdown text: tables under their titles (those of one title together), each
 * directive with syntax, default, contexts, level of support and note, in the order of the tables.
 * The same tables give the same bytes.
 */
void conf_document(const struct conf_tables *tables, struct buf *out);

/* "as nginx documents it" … */
const char *support_name(enum support support);

#endif
