/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/charset.h"

#include "gate/connection.h"
#include "http/header.h"

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
static bool is_known(const struct settings *settings, struct str name)
{
    for (size_t i = 0; i < settings->charsets_n; i++) {
        if (str_ieq(settings->charsets[i], name)) {
            return true;
        }
    }
    return false;
}

/* X-Accel-Charset, of a backend. */
static struct str override(struct request *request)
{
    struct str name = request->response.charset;
    if (is_known(request->conn->gate->settings, name)) {
        return name;
    }
    request_log(request, LEVEL_ERROR, "unknown charset \"%.*s\" to override", STR_ARG(name));
    return STR("");
}

static struct str chosen(struct request *request)
{
    if (request->response.charset.n) {
        return override(request);
    }
    if (!is_listed(&request->walk.location->charset.types, request->response.content_type)) {
        return STR("");
    }
    return template_eval(&request->walk.location->charset.name, &request->walk.scope).s;
}

struct str charset_content_type(struct request *request)
{
    const struct response *response = &request->response;
    struct str type = response->content_type;
    if (type.n == 0 || names_charset(type) || response->status == 301 || response->status == 302) {
        return type;
    }
    struct str name = chosen(request);
    /* A variable may hold a decoded line break: it must not become a field of its own. */
    if (name.n == 0 || !header_value_valid(name)) {
        return type;
    }
    return arena_printf(&request->arena, "%.*s; charset=%.*s", STR_ARG(type), STR_ARG(name));
}
