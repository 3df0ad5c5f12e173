/* SPDX-License-Identifier: Apache-2.0 */
/* What the doors say: open ones beside guarded ones, and what opens a guarded one. */
#include <assert.h>

#include "check/finding.h"

static enum verify_mode mode_of_server(const struct listener *listener, const struct server *server)
{
    return listener->ssl && server->tls ? tls_server_verify_mode(server->tls) : VERIFY_OFF;
}

static struct line_place door_place(const struct checked_door *door)
{
    return door->location ? (struct line_place){door->location->file, door->location->line}
                          : (struct line_place){door->server->file, door->server->line};
}

static struct str door_text(const struct checked *checked, const struct checked_door *door)
{
    return door->location
               ? arena_printf(checked->arena, "location %.*s of server \"%.*s\"",
                              STR_ARG(door->location->name), STR_ARG(door->server->name))
               : arena_printf(checked->arena, "server \"%.*s\"", STR_ARG(door->server->name));
}

static bool has_guarded(const struct checked *checked, const struct listener *listener)
{
    for (size_t i = 0; i < checked->doors->n; i++) {
        const struct checked_door *door = &checked->doors->items[i];
        if (door->listener == listener && mode_of_server(listener, door->server) != VERIFY_OFF) {
            return true;
        }
    }
    return false;
}

static bool is_guarded_elsewhere(const struct checked *checked, const struct server *server)
{
    for (size_t i = 0; i < checked->doors->n; i++) {
        const struct checked_door *door = &checked->doors->items[i];
        if (door->server == server && mode_of_server(door->listener, server) != VERIFY_OFF) {
            return true;
        }
    }
    return false;
}

/* Without a certificate the door does not open by itself; with one that nobody verified it does. */
static bool opens_for_unknown_ca(const struct checked_door *door)
{
    bool unverified = false;
    for (size_t i = 0; i < door->passages.n; i++) {
        const struct passage *passage = &door->passages.items[i];
        if (!passage->unverified && passage->conditions_n == 0) {
            return false;
        }
        unverified = unverified || (passage->unverified && passage->is_known && !passage->refused);
    }
    return unverified;
}

/* "$a = 1 and $b != 2" */
static struct str conditions_text(const struct passage *passage, struct arena *arena)
{
    struct str text = passage->conditions[0].text;
    for (size_t i = 1; i < passage->conditions_n; i++) {
        const struct str parts[] = {text, passage->conditions[i].text};
        text = arena_join(arena, parts, 2, STR(" and "));
    }
    return text;
}

static void opening_add(const struct checked *checked, struct findings *findings,
                        const struct checked_door *door, const struct passage *passage)
{
    struct str text = door_text(checked, door);
    if (passage->conditions_n == 0) {
        finding_add(checked, findings, RULE_CONDITIONAL_DOOR, door_place(door),
                    "%.*s opens for a client with %.*s", STR_ARG(text), STR_ARG(passage->client));
        return;
    }
    struct line_place place = passage->conditions[0].place;
    struct str conditions = conditions_text(passage, checked->arena);
    finding_add(checked, findings, RULE_CONDITIONAL_DOOR, place.file ? place : door_place(door),
                "%.*s opens without a certificate if %.*s", STR_ARG(text), STR_ARG(conditions));
}

/* A finding for each way in of a guarded server that has no better name. */
static void openings_add(const struct checked *checked, struct findings *findings,
                         const struct checked_door *door)
{
    struct str text = door_text(checked, door);
    for (size_t i = 0; i < door->passages.n; i++) {
        const struct passage *passage = &door->passages.items[i];
        if (passage->is_known && passage->refused) {
            finding_add(checked, findings, RULE_REFUSAL_LEADS_IN, door_place(door),
                        "%.*s: a client with %.*s is refused, but the error page leads to %.*s",
                        STR_ARG(text), STR_ARG(passage->client), STR_ARG(passage->to));
        } else if (passage->is_known) {
            opening_add(checked, findings, door, passage);
        }
    }
}

static const struct client_access *door_access(const struct checked_door *door)
{
    return door->location ? &door->location->settings.client_access
                          : &door->server->root.client_access;
}

/* Somebody took a policy away here. "off" where there was none says nothing about this door. */
static bool is_off_on_purpose(const struct checked_door *door)
{
    const struct client_access *access = door_access(door);
    return access->opened && !access->policy;
}

static void look_at_guarded(const struct checked *checked, struct findings *findings,
                            const struct checked_door *door)
{
    struct str text = door_text(checked, door);
    struct line_place place = door_place(door);
    bool trusts = mode_of_server(door->listener, door->server) == VERIFY_OPTIONAL_NO_CA;
    if (door->state == DOOR_UNKNOWN) {
        finding_add(checked, findings, RULE_UNDECIDED_DOOR, place, "%.*s: %.*s", STR_ARG(text),
                    STR_ARG(door->passages.items[0].to));
    } else if (trusts && opens_for_unknown_ca(door)) {
        finding_add(checked, findings, RULE_OPTIONAL_NO_CA_TRUSTED, place, "%.*s opens for %.*s",
                    STR_ARG(text), STR_ARG(door->passages.items[door->passages.n - 1].client));
    } else if (door->state == DOOR_OPEN && is_off_on_purpose(door)) {
        const struct client_access *access = door_access(door);
        finding_add(checked, findings, RULE_POLICY_OFF,
                    (struct line_place){access->file, access->line},
                    "%.*s is open on purpose: it leads to %.*s without a certificate",
                    STR_ARG(text), STR_ARG(door->passages.items[0].to));
    } else if (door->state == DOOR_OPEN) {
        finding_add(checked, findings, RULE_OPTIONAL_UNCHECKED, place,
                    "%.*s is open: it leads to %.*s without a certificate", STR_ARG(text),
                    STR_ARG(door->passages.items[0].to));
    } else {
        openings_add(checked, findings, door);
    }
}

void find_in_doors(const struct checked *checked, struct findings *findings)
{
    for (size_t i = 0; i < checked->doors->n; i++) {
        const struct checked_door *door = &checked->doors->items[i];
        if (door->state == DOOR_SHUT) {
            continue;
        }
        assert(door->passages.n > 0);
        struct str text = door_text(checked, door);
        if (mode_of_server(door->listener, door->server) != VERIFY_OFF) {
            look_at_guarded(checked, findings, door);
        } else if (!door->listener->ssl && is_guarded_elsewhere(checked, door->server)) {
            finding_add(checked, findings, RULE_PLAIN_LISTENER, door_place(door),
                        "%.*s is open on %.*s, which is plain HTTP", STR_ARG(text),
                        STR_ARG(door->listener->text));
        } else if (door->listener->ssl && door->server == door->listener->fallback &&
                   has_guarded(checked, door->listener)) {
            finding_add(checked, findings, RULE_DEFAULT_SERVER_OPEN, door_place(door),
                        "%.*s, the default of %.*s, leads to %.*s without a certificate",
                        STR_ARG(text), STR_ARG(door->listener->text),
                        STR_ARG(door->passages.items[0].to));
        }
    }
}
