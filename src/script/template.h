/* SPDX-License-Identifier: Apache-2.0 */
/* Text with variables. */
#ifndef SCRIPT_TEMPLATE_H
#define SCRIPT_TEMPLATE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "script/scope.h"
#include "script/variables.h"

struct template_part {
    struct str literal; /* when variable is NULL and capture is -1 */
    const struct variable *variable;
    int capture; /* 0…9: $N; else -1 */
};

/* Zeroed is valid: the empty text. */
struct template
{
    struct str source; /* as written */
    struct template_part *parts;
    size_t n;
    bool constant; /* no variables: `text` is the value */
    struct str text;
};

/* Compiles a text with "$name", "${name}", "$1". `file` (may be NULL) and `line` are for errors
 * about unknown variables. */
MUST_CHECK bool template_compile(struct str source, struct variables *vars, struct arena *arena,
                                 const char *file, unsigned line, struct template *out,
                                 struct error *err);

/*
 * The text, in the scope's arena (borrowed if constant). VALUE_SET, or VALUE_UNKNOWN if a part is
 * unknown. Absent parts are empty.
 */
struct value template_eval(const struct template *tmpl, struct scope *scope);

/* Whether its literal parts fit a header: no line break and no NUL. */
bool template_fits_field(const struct template *tmpl);
/* The first variable whose value may have line breaks (`lines`), or NULL. */
const struct variable *template_lines(const struct template *tmpl);
/* "$name" or "$1": the first part whose value now has a line break or a NUL; "": none. */
struct str template_unfit_part(const struct template *tmpl, struct scope *scope);

/* The value of one part, which may be VALUE_ABSENT. For callers that treat captures and literals
 * differently. */
struct value template_part_eval(const struct template_part *part, struct scope *scope);

#endif
