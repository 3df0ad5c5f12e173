/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explain_end.h"

#include <stdio.h>

#include "base/vec.h"

static struct value end_builtin(void *facts, const struct variable *variable, struct arena *arena)
{
    const struct scope *asked = ((struct explain_end *)facts)->asked;
    return asked->host->builtin(asked->facts, variable, arena);
}

static enum value_state end_file_test(void *facts, char test, struct str path, bool *result)
{
    const struct scope *asked = ((struct explain_end *)facts)->asked;
    return asked->host->file_test(asked->facts, test, path, result);
}

static void end_say(void *facts, enum log_level level, const char *fmt, va_list args)
{
    (void)facts;
    (void)level;
    (void)fmt;
    (void)args;
}

static void end_note(void *facts, const char *file, unsigned line, const char *fmt, va_list args)
    PRINTF_LIKE(4, 0);
static void end_note(void *facts, const char *file, unsigned line, const char *fmt, va_list args)
{
    struct explain_end *end = facts;
    char text[512];
    vsnprintf(text, sizeof(text), fmt, args);
    struct trail_step *step = vec_push(end->arena, &end->notes, &end->notes_n, sizeof(*step));
    *step = (struct trail_step){file, line, false, arena_dup(end->arena, str_of(text))};
}

/* uri, args, put and set_uri are of programs, and none runs any more. */
void explain_end_init(struct explain_end *end, const struct answer *answer, struct arena *arena)
{
    *end = (struct explain_end){
        .walk = *answer->walk,
        .host = {.builtin = end_builtin,
                 .file_test = end_file_test,
                 .say = end_say,
                 .note = end_note},
        .asked = &answer->walk->scope,
        .arena = arena,
    };
    end->walk.scope.host = &end->host;
    end->walk.scope.facts = end;
}
