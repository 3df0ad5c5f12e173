/* SPDX-License-Identifier: Apache-2.0 */
/* Values of headers that directives set: reports while loading if a value can never be sent. */
#ifndef LOAD_FIELD_CONF_H
#define LOAD_FIELD_CONF_H

#include "base/log.h"
#include "conf/directive.h"
#include "site/settings.h"

/* Refuses a value with a literal line break or NUL. Stores the place of the directive in *place. */
MUST_CHECK bool field_conf_check(const struct conf_scope *scope, const struct directive *row,
                                 struct str name, const struct template *value,
                                 struct field_place *place, struct error *err);

/* After all directives are read: warns, once, of variables whose values have line breaks. */
void field_conf_warn(const struct log *log, struct str name, const struct template *value,
                     struct field_place *place);

#endif
