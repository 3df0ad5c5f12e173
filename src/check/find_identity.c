/* SPDX-License-Identifier: Apache-2.0 */
/* Headers that tell a backend who the client is, where the client could send them itself: those
 * with a meaning of their own, such as Authorization. The gate clears all others. */
#include <string.h>

#include "base/vec.h"
#include "check/finding.h"
#include "check/places.h"
#include "check/uses.h"
#include "http/field_names.h"
#include "modules/proxy/proxy_settings.h"

/* A header that one place sets from the client certificate. */
struct identity {
    struct str name;
    struct line_place at;
    const struct proxy_settings *backend;
};

struct identities {
    const struct checked *checked;
    struct findings *findings;
    struct uses of_client;
    struct uses of_request;            /* what the client says */
    struct field_names of_certificate; /* all that some place sets from it */
    struct identity *items;            /* those of them that the gate does not clear */
    size_t n;
};

static bool is_covered(const struct proxy_headers *set, struct str name)
{
    for (size_t i = 0; i < set->n; i++) {
        if (field_name_alike(set->items[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* --- backends --- */

static bool share_address(const struct upstream_group *a, const struct upstream_group *b)
{
    for (size_t i = 0; i < a->n; i++) {
        for (size_t k = 0; k < b->n; k++) {
            if (address_equal(&a->peers[i].address, &b->peers[k].address)) {
                return true;
            }
        }
    }
    return false;
}

static bool same_backend(const struct proxy_settings *a, const struct proxy_settings *b)
{
    const struct upstream_group *x = a->pass.group, *y = b->pass.group;
    return x && y ? x == y || share_address(x, y) : str_eq(a->pass.url.source, b->pass.url.source);
}

/* --- who sets them --- */

static void identity_add(void *arg, const struct settings_place *place)
{
    struct identities *all = arg;
    const struct proxy_settings *backend = place_backend(place->settings);
    for (size_t i = 0; backend && i < backend->headers.set.n; i++) {
        const struct proxy_header *header = &backend->headers.set.items[i];
        if (!uses_in(&all->of_client, &header->value)) {
            continue;
        }
        field_names_add(&all->of_certificate, all->checked->arena, header->name);
        if (!field_names_has(&all->checked->settings->identity_fields, header->name)) {
            struct identity *slot =
                vec_push(all->checked->arena, &all->items, &all->n, sizeof(*slot));
            *slot =
                (struct identity){header->name, {header->place.file, header->place.line}, backend};
        }
    }
}

/* --- who does not --- */

/* The headers that a place leaves to the client, as one text. */
struct missing {
    struct str names;
    struct line_place set_at; /* the first of them */
};

static void missing_add(const struct identities *all, struct missing *missing,
                        const struct identity *identity)
{
    struct str quoted = arena_printf(all->checked->arena, "\"%.*s\"", STR_ARG(identity->name));
    if (str_search(missing->names, quoted) < missing->names.n) {
        return;
    }
    if (missing->names.n == 0) {
        missing->set_at = identity->at;
    }
    missing->names = arena_printf(all->checked->arena, "%.*s%s%.*s", STR_ARG(missing->names),
                                  missing->names.n ? ", " : "", STR_ARG(quoted));
}

static void missing_report(const struct identities *all, const struct settings_place *place,
                           const struct proxy_settings *backend, const struct missing *missing,
                           enum rule rule)
{
    if (missing->names.n) {
        const char *slash = strrchr(missing->set_at.file, '/');
        struct str text = place_text(place, all->checked->arena);
        finding_add(all->checked, all->findings, rule, place->at,
                    "%.*s passes %.*s from the client to %.*s; another location sets it (%s:%u)",
                    STR_ARG(text), STR_ARG(missing->names), STR_ARG(backend->pass.url.source),
                    slash ? slash + 1 : missing->set_at.file, missing->set_at.line);
    }
}

/* What a client says of itself. Host is for the gate to judge. */
static bool names_told(struct str name)
{
    return (str_starts(name, STR("http_")) && !str_eq(name, STR("http_host"))) ||
           str_starts(name, STR("arg_")) || str_starts(name, STR("cookie_"));
}

/* A field of the certificate that this place fills with what the client says. */
static void echoes_report(const struct identities *all, const struct settings_place *place,
                          const struct proxy_settings *backend)
{
    const struct proxy_headers *set = &backend->headers.set;
    for (size_t i = 0; i < set->n; i++) {
        const struct proxy_header *header = &set->items[i];
        if (field_names_has(&all->of_certificate, header->name) &&
            uses_in(&all->of_request, &header->value)) {
            struct str text = place_text(place, all->checked->arena);
            finding_add(
                all->checked, all->findings, RULE_IDENTITY_FORGEABLE,
                (struct line_place){header->place.file, header->place.line},
                "%.*s sets \"%.*s\" to what the client sends; another location sets it from "
                "the certificate",
                STR_ARG(text), STR_ARG(header->name));
        }
    }
}

static bool begins_with_return(const struct program *program)
{
    return program->first && program->first->kind == STATEMENT_RETURN;
}

/* A location that passes nothing on: it, or its server, always answers by itself. */
static bool is_answered(const struct settings_place *place)
{
    return begins_with_return(&place->settings->program) ||
           begins_with_return(&place->server->root.program);
}

/* A server block of this configuration: what it tells its backends is looked at there. */
static bool is_own_server(const struct identities *all, const struct proxy_settings *backend)
{
    const struct settings *settings = all->checked->settings;
    const struct upstream_group *group = backend->pass.group;
    for (size_t i = 0; group && i < group->n; i++) {
        bool own = false;
        for (size_t k = 0; !own && k < settings->listeners_n; k++) {
            own = address_equal(&settings->listeners[k]->address, &group->peers[i].address);
        }
        if (!own) {
            return false;
        }
    }
    return group && group->n > 0;
}

static void identity_look(void *arg, const struct settings_place *place)
{
    struct identities *all = arg;
    const struct proxy_settings *backend = place_backend(place->settings);
    struct missing same = {.names = STR("")}, elsewhere = {.names = STR("")};
    if (!backend || is_answered(place)) {
        return;
    }
    echoes_report(all, place, backend);
    if (!backend->request.pass_headers) {
        return;
    }
    for (size_t i = 0; i < all->n; i++) {
        const struct identity *identity = &all->items[i];
        if (!is_covered(&backend->headers.set, identity->name)) {
            bool is_same = same_backend(identity->backend, backend);
            missing_add(all, is_same ? &same : &elsewhere, identity);
        }
    }
    missing_report(all, place, backend, &same, RULE_IDENTITY_FORGEABLE);
    if (!same.names.n && !is_own_server(all, backend)) {
        missing_report(all, place, backend, &elsewhere, RULE_IDENTITY_NOT_CLEARED);
    }
}

void find_in_identity(const struct checked *checked, struct findings *findings)
{
    struct identities all = {.checked = checked, .findings = findings};
    uses_of(checked->settings, checked->arena, names_client, &all.of_client);
    uses_of(checked->settings, checked->arena, names_told, &all.of_request);
    places_each(checked->settings, identity_add, &all);
    if (all.of_certificate.n) {
        places_each(checked->settings, identity_look, &all);
    }
}
