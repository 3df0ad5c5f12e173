/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the directive tables as a document: docs/directives.md. */
#ifndef CONF_DOCUMENT_H
#define CONF_DOCUMENT_H

#include "base/buf.h"
#include "conf/directive.h"

/*
 * Appends the Markdown text: tables under their titles (those with the same title together), each
 * directive with syntax, default, contexts, support and note, in the order of the tables. The same
 * tables give the same bytes.
 */
void conf_document(const struct conf_tables *tables, struct buf *out);

/* "as nginx documents it" … */
const char *support_name(enum support support);

#endif
