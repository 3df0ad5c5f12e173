/* SPDX-License-Identifier: Apache-2.0 */
/* How a log format writes one value. */
#ifndef MODULES_LOG_LOG_LINE_H
#define MODULES_LOG_LOG_LINE_H

#include "base/buf.h"
#include "modules/log/log_settings.h"
#include "script/value.h"

/*
 * Appends the value. "default" writes quotes, backslashes, control characters and bytes from 0x7f
 * on as \xXX, and an absent value as "-"; "json" escapes by RFC 8259, 7; "none" copies.
 */
void log_line_value(struct buf *line, enum log_escape escape, struct value value);

#endif
