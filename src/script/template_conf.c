/* SPDX-License-Identifier: Apache-2.0 */
/* The setter for directives whose argument is a text with variables. */
#include "script/template_conf.h"

#include "script/template.h"

bool set_template(struct conf_scope *scope, const struct directive *row, void *field,
                  struct error *err)
{
    const struct conf_node *node = scope->node;
    return template_compile(node->args[0], scope->vars, scope->arena, node->file, node->line, field,
                            err);
}
