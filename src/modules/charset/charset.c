/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/charset/charset.h"

#include "gate/request.h"
#include "http/header.h"
#include "modules/charset/charset_settings.h"

/* A type with "; charset=" says it itself. */
static bool names_charset(struct str type)
{
    str_split(&type, ';');
    while (type.n > 0) {
        if (str_istarts(str_trim(str_split(&type, ';')), STR("charset="))) {
            return true;
        }
    }
    return false;
}

static bool is_listed(const struct charset_types *types, struct str type)
{
    bool found = types->all;
    for (size_t i = 0; i < types->n && !found; i++) {
        found = str_ieq(types->items[i], type);
    }
    return found;
}

/* Charsets that the configuration never speaks of are not known. */
static bool is_known(const struct charset_names *known, struct str name)
{
    for (size_t i = 0; i < known->n; i++) {
        if (str_ieq(known->items[i], name)) {
            return true;
        }
    }
    return false;
}

/* X-Accel-Charset, of a backend. */
static struct str override(struct request *request)
{
    struct str name = request->response.charset;
    if (is_known(charset_settings_of(request->walk.location)->known, name)) {
        return name;
    }
    request_log(request, LEVEL_ERROR, "unknown charset \"%.*s\" to override", STR_ARG(name));
    return STR("");
}

static struct str chosen(struct request *request, struct str type)
{
    const struct charset_settings *settings = charset_settings_of(request->walk.location);
    if (request->response.charset.n) {
        return override(request);
    }
    if (!is_listed(&settings->types, type)) {
        return STR("");
    }
    return template_eval(&settings->name, &request->walk.scope).s;
}

/* The usual case: no charset is chosen. */
static bool charset_is_off(struct request *request)
{
    const struct charset_settings *settings = charset_settings_of(request->walk.location);
    return request->response.charset.n == 0 &&
           template_eval(&settings->name, &request->walk.scope).s.n == 0;
}

static struct str charset_content_type(struct request *request, struct str type)
{
    int status = request->response.status;
    if (charset_is_off(request) || names_charset(type) || status == 301 || status == 302) {
        return type;
    }
    struct str name = chosen(request, type);
    /* A variable may hold a decoded line break: it must not become a field of its own. */
    if (name.n == 0 || !header_value_valid(name)) {
        return type;
    }
    return arena_printf(&request->arena, "%.*s; charset=%.*s", STR_ARG(type), STR_ARG(name));
}

const struct hooks charset_hooks = {.name = "charset", .content_type = charset_content_type};
