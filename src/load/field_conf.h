/* SPDX-License-Identifier: Apache-2.0 */
/* Header values in directives: reports while loading those that can never be sent. */
#ifndef LOAD_FIELD_CONF_H
#define LOAD_FIELD_CONF_H

#include "base/log.h"
#include "conf/directive.h"
#include "site/settings.h"

/* Refuses a value with a literal line break or NUL. Stores the place of the directive in *place. */
MUST_CHECK bool field_conf_check(const struct conf_scope *scope, const struct directive *row,
                                 struct str name, const struct template *value,
                                 struct field_place *place, struct error *err);

/* After all directives are read: warns, once, of variables whose values contain line breaks. */
void field_conf_warn(const struct log *log, struct str name, const struct template *value,
                     struct field_place *place);

#endif
