/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error_list.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/vec.h"

void errors_init(struct errors *errors)
{
    *errors = (struct errors){.n = 0};
    arena_init(&errors->arena, 0);
}

void errors_deinit(struct errors *errors)
{
    arena_deinit(&errors->arena);
}

bool errors_add(struct errors *errors, const struct error *err)
{
    for (size_t i = 0; i < errors->n; i++) {
        if (strcmp(errors->items[i], err->text) == 0) {
            return false;
        }
    }
    if (errors->n == ERRORS_MAX) {
        errors->more++;
        return true;
    }
    assert(errors->n < ERRORS_MAX && !errors->more);
    const char **slot =
        vec_push(&errors->arena, &errors->items, &errors->n, sizeof(*errors->items));
    *slot = arena_cstr(&errors->arena, str_of(err->text));
    return true;
}

void errors_each(const struct errors *errors, void (*say)(void *arg, const char *text), void *arg)
{
    for (size_t i = 0; i < errors->n; i++) {
        say(arg, errors->items[i]);
    }
    if (errors->more > 0) {
        char text[64];
        snprintf(text, sizeof(text), "and %zu more errors", errors->more);
        say(arg, text);
    }
}
