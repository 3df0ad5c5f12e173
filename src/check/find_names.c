/* SPDX-License-Identifier: Apache-2.0 */
/* Names of clients that are compared: of which CA, in which order, and how exactly. */
#include <openssl/x509.h>

#include "check/dn_pattern.h"
#include "check/finding.h"
#include "check/places.h"
#include "check/uses.h"
#include "pki/dn.h"
#include "script/map.h"
#include "tls/server.h"

/* --- texts and patterns --- */

struct names_look {
    const struct checked *checked;
    struct findings *findings;
};

static void look_at_text(const struct names_look *look, struct line_place place, struct str text)
{
    if (dn_parts(text) > 1) {
        finding_add(look->checked, look->findings, RULE_DN_ORDER, place,
                    "\"%.*s\" is only equal to a name with these parts in this order",
                    STR_ARG(text));
    }
}

/* `refuses`: clients that match are refused, so that too many matches let nobody in. */
static void look_at_pattern(const struct names_look *look, struct line_place place,
                            const struct regex *regex, bool refuses)
{
    struct str pattern = str_of(regex_pattern(regex));
    const char *flaw = refuses ? NULL : dn_pattern_flaw(pattern);
    if (flaw) {
        finding_add(look->checked, look->findings, RULE_DN_UNANCHORED, place, "\"%.*s\": %s",
                    STR_ARG(pattern), flaw);
    }
    if (dn_parts(pattern) > 1) {
        finding_add(look->checked, look->findings, RULE_DN_ORDER, place,
                    "\"%.*s\" only matches a name with these parts in this order",
                    STR_ARG(pattern));
    }
}

/* One note for a map, not one for each line. */
static void look_at_map_order(const struct names_look *look, const struct map *map)
{
    struct map_line line;
    for (size_t i = 0; map_row_at(map, i, &line); i++) {
        if (!line.regex && dn_parts(line.key) > 1) {
            look_at_text(look, line.place, line.key);
            return;
        }
    }
}

static void look_at_maps(const struct names_look *look)
{
    const struct variables *vars = &look->checked->settings->vars;
    for (size_t i = 0; i < vars->n; i++) {
        struct map_line line;
        const struct map *map =
            vars->items[i]->kind == VARIABLE_MAP ? vars->items[i]->source.map : NULL;
        if (!map || !template_has(map_subject(map), is_subject_dn)) {
            continue;
        }
        look_at_map_order(look, map);
        for (size_t k = 0; map_row_at(map, k, &line); k++) {
            if (line.regex) {
                look_at_pattern(look, line.place, line.regex, false);
            }
        }
    }
}

static bool body_refuses(const struct program *body)
{
    const struct statement *first = body ? body->first : NULL;
    return first && first->kind == STATEMENT_RETURN && first->u.ret.status >= 400;
}

static void look_at_condition(void *arg, const struct statement *statement)
{
    const struct condition *condition = &statement->u.branch.condition;
    struct line_place place = {statement->file, statement->line};
    if (statement->kind != STATEMENT_IF || !template_has(&condition->subject, is_subject_dn)) {
        return;
    }
    if (condition->regex) {
        look_at_pattern(arg, place, condition->regex,
                        condition->test == TEST_MATCH && body_refuses(statement->u.branch.body));
    } else if (condition->test == TEST_EQUAL || condition->test == TEST_NOT_EQUAL) {
        look_at_text(arg, place, condition->operand.source);
    }
}

static void look_at_conditions(void *arg, const struct settings_place *place)
{
    statements_each(&place->settings->program, look_at_condition, arg);
}

/* --- which CA --- */

struct comparing {
    struct line_place subject; /* the first comparison of a subject; file NULL: none */
    bool has_issuer;
    bool has_fingerprint;
};

static void comparing_add(struct comparing *comparing, const struct template *text,
                          struct line_place place)
{
    bool subject = template_has(text, is_subject_dn);
    comparing->subject = subject && !comparing->subject.file ? place : comparing->subject;
    comparing->has_issuer = comparing->has_issuer || template_has(text, is_issuer_dn);
    comparing->has_fingerprint = comparing->has_fingerprint || template_has(text, is_fingerprint);
}

static void compare_condition(void *arg, const struct statement *statement)
{
    if (statement->kind == STATEMENT_IF && statement->u.branch.condition.test != TEST_NONEMPTY) {
        comparing_add(arg, &statement->u.branch.condition.subject,
                      (struct line_place){statement->file, statement->line});
    }
}

static void compare_place(void *arg, const struct settings_place *place)
{
    statements_each(&place->settings->program, compare_condition, arg);
}

static struct comparing comparing_of(const struct checked *checked, const struct server *server)
{
    struct comparing comparing = {.has_issuer = false};
    const struct variables *vars = &checked->settings->vars;
    struct uses uses;
    uses_by_server(checked, server, &uses);
    places_of_server(server, compare_place, &comparing);
    for (size_t i = 0; i < vars->n; i++) {
        const struct variable *variable = vars->items[i];
        if (variable->kind == VARIABLE_MAP && uses.items[variable->index]) {
            comparing_add(&comparing, map_subject(variable->source.map),
                          map_place(variable->source.map));
        }
    }
    return comparing;
}

/* Whether it issued no other of the set: of a root with its intermediates, only these count. */
static bool issues_clients(const STACK_OF(X509) * cas, const X509 *ca)
{
    const X509_NAME *name = X509_get_subject_name(ca);
    for (int i = 0; i < sk_X509_num(cas); i++) {
        const X509 *other = sk_X509_value(cas, i);
        if (X509_NAME_cmp(X509_get_issuer_name(other), name) == 0 &&
            X509_NAME_cmp(X509_get_subject_name(other), name) != 0) {
            return false;
        }
    }
    return true;
}

/* The first CA of another name than `but` that issues clients; NULL: there is none. */
static const X509 *find_client_ca(const STACK_OF(X509) * cas, const X509 *but)
{
    for (int i = 0; i < sk_X509_num(cas); i++) {
        const X509 *ca = sk_X509_value(cas, i);
        if (issues_clients(cas, ca) &&
            (!but || X509_NAME_cmp(X509_get_subject_name(ca), X509_get_subject_name(but)) != 0)) {
            return ca;
        }
    }
    return NULL;
}

static void look_at_server_names(const struct names_look *look, const struct server *server)
{
    enum verify_mode mode = tls_server_verify_mode(server->tls);
    const STACK_OF(X509) *cas = trust_authorities(tls_server_trust(server->tls));
    struct comparing comparing = comparing_of(look->checked, server);
    struct line_place place = {server->file, server->line};
    if (mode == VERIFY_OPTIONAL_NO_CA) {
        if (!comparing.has_fingerprint) {
            finding_add(look->checked, look->findings, RULE_OPTIONAL_NO_CA, place,
                        "server \"%.*s\" has \"ssl_verify_client optional_no_ca\", and nothing "
                        "compares a fingerprint",
                        STR_ARG(server->name));
        }
        return;
    }
    const X509 *one = find_client_ca(cas, NULL), *other = one ? find_client_ca(cas, one) : NULL;
    if (other && comparing.subject.file && !comparing.has_issuer && !comparing.has_fingerprint) {
        char name[DN_SHORT_MAX], name2[DN_SHORT_MAX];
        finding_add(look->checked, look->findings, RULE_DN_OTHER_CA, comparing.subject,
                    "$ssl_client_s_dn decides in server \"%.*s\", which trusts \"%s\" and \"%s\"",
                    STR_ARG(server->name), dn_short(X509_get_subject_name(one), name),
                    dn_short(X509_get_subject_name(other), name2));
    }
}

void find_in_names(const struct checked *checked, struct findings *findings)
{
    struct names_look look = {checked, findings};
    look_at_maps(&look);
    places_each(checked->settings, look_at_conditions, &look);
    for (size_t i = 0; i < checked->settings->servers_n; i++) {
        const struct server *server = checked->settings->servers[i];
        if (server->tls && tls_server_verify_mode(server->tls) != VERIFY_OFF) {
            look_at_server_names(&look, server);
        }
    }
}
