/* SPDX-License-Identifier: Apache-2.0 */
/* Values of fields that directives set: what can never be sent is said while loading. */
#ifndef GATE_FIELD_CONF_H
#define GATE_FIELD_CONF_H

#include "base/log.h"
#include "conf/directive.h"
#include "site/settings.h"

/* Refuses a value in which a line break or a NUL is written. Notes where the directive stands. */
MUST_CHECK bool field_conf_check(const struct conf_scope *scope, const struct directive *row,
                                 struct str name, const struct template *value,
                                 struct field_place *place, struct error *err);

/* Once all is read: warns, once, of variables whose values have line breaks. */
void field_conf_warn(const struct log *log, struct str name, const struct template *value,
                     struct field_place *place);

#endif
