/* SPDX-License-Identifier: Apache-2.0 */
#include "load/client_policy_conf.h"

#include <string.h>

#include "base/vec.h"
#include "conf/quote.h"
#include "conf/tree.h"
#include "policy/policy.h"

static struct policy *find_policy(const struct settings *settings, struct str name)
{
    for (size_t i = 0; i < settings->policies_n; i++) {
        if (str_eq(settings->policies[i]->name, name)) {
            return settings->policies[i];
        }
    }
    return NULL;
}

/* Messages show a condition as a configuration can take it back. */
static struct str quoted_if_needed(struct str text, struct arena *arena)
{
    struct str quoted;
    bool bare = text.n > 0;
    for (size_t i = 0; bare && i < text.n; i++) {
        bare = !strchr(" \t\r\n;{}\"'\\", text.p[i]);
    }
    return !bare && conf_quote(text, arena, &quoted) ? quoted : text;
}

static bool add_rule(struct conf_scope *scope, struct policy *policy, const struct conf_node *line,
                     struct error *err)
{
    bool allow = str_eq(line->name, STR("allow"));
    if (!allow && !str_eq(line->name, STR("deny"))) {
        return error_set(err, "unknown rule \"%.*s\": a client_policy has \"allow\" and \"deny\"",
                         STR_ARG(line->name));
    }
    if (line->is_block) {
        return error_set(err, "directive \"%.*s\" has no block", STR_ARG(line->name));
    }
    struct rule rule;
    if (!rule_parse(allow, line->args, line->n, scope->arena, &rule, err)) {
        return false;
    }
    for (size_t i = 0; i < rule.conditions_n; i++) {
        rule.conditions[i].text = quoted_if_needed(rule.conditions[i].text, scope->arena);
    }
    rule.file = line->file;
    rule.line = line->line;
    struct rule *slot = vec_push(scope->arena, &policy->rules, &policy->rules_n, sizeof(*slot));
    *slot = rule;
    return true;
}

static bool set_client_policy(struct conf_scope *scope, const struct directive *row, void *field,
                              struct error *err)
{
    (void)row;
    (void)field;
    struct settings *settings = loader_of(scope)->settings;
    const struct conf_node *node = scope->node;
    struct str name = node->args[0];
    const struct policy *other = find_policy(settings, name);
    if (str_eq(name, STR("off")) || name.n == 0) {
        return error_set(err, "a client_policy may not be named \"%.*s\"", STR_ARG(name));
    }
    if (other) {
        return error_set(err, "duplicate client_policy \"%.*s\", the other is in %s:%u",
                         STR_ARG(name), other->file, other->line);
    }
    struct policy *policy = arena_zalloc(scope->arena, sizeof(*policy));
    *policy = (struct policy){.name = name, .file = node->file, .line = node->line};
    for (const struct conf_node *line = node->children; line; line = line->next) {
        if (!add_rule(scope, policy, line, err)) {
            return conf_error_at(line, err);
        }
    }
    struct policy **slot =
        vec_push(scope->arena, &settings->policies, &settings->policies_n, sizeof(*slot));
    *slot = policy;
    return true;
}

static bool set_client_access(struct conf_scope *scope, const struct directive *row, void *field,
                              struct error *err)
{
    (void)row;
    (void)err;
    struct client_access *access = field;
    struct str name = scope->node->args[0];
    bool off = str_eq(name, STR("off"));
    access->opened = off && (access->opened || access->name.n); /* what is around it, until now */
    access->name = off ? STR("") : name;
    access->file = scope->node->file;
    access->line = scope->node->line;
    return true;
}

static const struct choice modes[] = {{"enforce", 0}, {"report", 1}, {NULL, 0}};

static bool set_client_access_mode(struct conf_scope *scope, const struct directive *row,
                                   void *field, struct error *err)
{
    struct client_access *access = field;
    access->mode_file = scope->node->file;
    access->mode_line = scope->node->line;
    return set_choice(scope, row, &access->report, err);
}

bool client_policy_complete(struct loader *loader, struct location_settings *location,
                            struct error *err)
{
    struct client_access *access = &location->client_access;
    struct settings *settings = loader->settings;
    access->policy = access->name.n ? find_policy(settings, access->name) : NULL;
    if (access->policy || !access->name.n) {
        return true;
    }
    /* Every location that inherits the name comes here: one error is enough. */
    struct policy *missing = arena_zalloc(&settings->arena, sizeof(*missing));
    missing->name = access->name;
    struct policy **slot =
        vec_push(&settings->arena, &settings->policies, &settings->policies_n, sizeof(*slot));
    *slot = missing;
    return error_set(err, "unknown client_policy \"%.*s\" in %s:%u", STR_ARG(access->name),
                     access->file, access->line);
}

#define EVERYWHERE (CONTEXT_HTTP | CONTEXT_SERVER | CONTEXT_LOCATION)

const struct directive client_policy_directives[] = {
    {.name = "client_policy",
     .contexts = CONTEXT_HTTP,
     .min_args = 1,
     .max_args = 1,
     .is_block = true,
     .repeats = true,
     .set = set_client_policy,
     .syntax = "name { ... }",
     .note = "Rules `allow` and `deny` with conditions; the first rule whose conditions all hold "
             "decides, and a request that "
             "no rule matches is denied: [policies.md](policies.md)."},
    {.name = "client_access",
     .contexts = EVERYWHERE,
     .min_args = 1,
     .max_args = 1,
     .set = set_client_access,
     .offset = offsetof(struct location_settings, client_access),
     .syntax = "name | off",
     .note = "The policy that every request here must pass, in every location inside too. `off` "
             "opens a door on purpose."},
    {.name = "client_access_mode",
     .contexts = EVERYWHERE,
     .min_args = 1,
     .max_args = 1,
     .set = set_client_access_mode,
     .extra = modes,
     .offset = offsetof(struct location_settings, client_access),
     .initial = "enforce",
     .syntax = "enforce | report",
     .note = "`report` logs what the policy would deny, and lets it in."},
};

const size_t client_policy_directives_n = COUNT_OF(client_policy_directives);
