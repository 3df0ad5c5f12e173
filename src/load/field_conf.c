/* SPDX-License-Identifier: Apache-2.0 */
/* Values of fields that directives set: what can never be sent is said while loading. */
#include "load/field_conf.h"

#include "http/header.h"

bool field_conf_check(const struct conf_scope *scope, const struct directive *row, struct str name,
                      const struct template *value, struct field_place *place, struct error *err)
{
    *place = (struct field_place){row->name, scope->node->file, scope->node->line, false};
    if (!template_fits_field(value)) {
        return error_set(err, "the value of \"%.*s\" in \"%s\" contains a line break or a NUL",
                         STR_ARG(name), row->name);
    }
    return true;
}

void field_conf_warn(const struct log *log, struct str name, const struct template *value,
                     struct field_place *place)
{
    const struct variable *variable = template_lines(value);
    if (!variable || place->warned) {
        return;
    }
    place->warned = true;
    log_write(log, LEVEL_WARN, 0,
              "\"%s %.*s\" sends each line break of \"$%.*s\" as a space; "
              "\"$ssl_client_escaped_cert\" keeps the line breaks in escaped form in %s:%u",
              place->directive, STR_ARG(name), STR_ARG(variable->name), place->file, place->line);
}
