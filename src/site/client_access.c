/* SPDX-License-Identifier: Apache-2.0 */
#include "site/client_access.h"

#include "policy/policy.h"
#include "site/client.h"

/* The client as a policy sees it. False: it has a verified certificate that the gate does not know:
 * a live request is to be refused. */
static bool client_of(struct walk *walk, struct policy_client *client)
{
    *client = (struct policy_client){.peer = walk_knows(walk, FACT_PEER) ? walk->facts.peer : NULL};
    bool verified = client_is_asked(walk) && client_verdict(walk)->status == VERDICT_GOOD;
    if (!verified) {
        return true;
    }
    client->identity = walk->facts.identity;
    client->certificate_unknown = !client->identity;
    return client->identity || walk->scope.host->choose;
}

/* Whether a rule about open facts matches: the walk chooses. */
static bool suppose_rule(void *arg, const struct rule *rule)
{
    struct walk *walk = arg;
    bool yes = walk_choose(walk, 2) == 1;
    walk_suppose(walk, rule->file, rule->line, "the client %s the rule %s",
                 yes ? "matches" : "does not match", rule_text(rule, walk->scope.arena).p);
    return yes;
}

/* Why, in a sentence. */
static struct str denial_text(const struct client_access *access, const struct rule *rule,
                              const struct policy_client *client, struct arena *arena)
{
    const char *who = client->identity || client->certificate_unknown
                          ? "client"
                          : "client without a verified certificate";
    const char *mode = access->report ? " (report only)" : "";
    struct str name = access->policy->name;
    if (client->identity && client->identity->malformed) {
        return arena_printf(
            arena,
            "%s denied by client_policy \"%.*s\"%s: an extension of its certificate is malformed",
            who, STR_ARG(name), mode);
    }
    if (rule) {
        return arena_printf(arena, "%s denied by client_policy \"%.*s\"%s: %s in %s:%u", who,
                            STR_ARG(name), mode, rule_text(rule, arena).p, rule->file, rule->line);
    }
    return arena_printf(arena, "%s denied by client_policy \"%.*s\"%s: no rule matches, in %s:%u",
                        who, STR_ARG(name), mode, access->policy->file, access->policy->line);
}

/* The place that decided, for a question's trail. */
static void note_answer(struct walk *walk, const struct policy *policy, const struct rule *rule)
{
    if (!walk->scope.host->note) {
        return; /* a live request has no trail: not even the text is made */
    }
    if (rule) {
        walk_note(walk, rule->file, rule->line, "%s", rule_text(rule, walk->scope.arena).p);
    } else {
        walk_note(walk, policy->file, policy->line, "no rule of client_policy \"%.*s\" matches",
                  STR_ARG(policy->name));
    }
}

int client_access_refusal(struct walk *walk)
{
    const struct client_access *access = &walk->location->client_access;
    if (!access->policy) {
        return 0;
    }
    struct policy_client client;
    if (!client_of(walk, &client)) {
        walk_say(walk, LEVEL_ALERT,
                 "client_policy \"%.*s\" was asked without the client's certificate",
                 STR_ARG(access->policy->name));
        return 403;
    }
    struct policy_answer answer = policy_decide(access->policy, &client, suppose_rule, walk);
    note_answer(walk, access->policy, answer.rule);
    if (answer.allowed) {
        return 0;
    }
    struct str why = denial_text(access, answer.rule, &client, walk->scope.arena);
    if (access->report && walk->facts.enforced && walk->scope.host->note) {
        walk_note(walk, access->mode_file, access->mode_line, "%s", CLIENT_ACCESS_REPORTED);
    }
    if (access->report && !walk->facts.enforced) {
        walk_say(walk, LEVEL_ERROR, "%.*s", STR_ARG(why));
        return 0;
    }
    walk_deny(walk, "policy", "%.*s", STR_ARG(why));
    return 403;
}

enum walk_step client_access_step(struct walk *walk, struct decision *out)
{
    int refusal = client_access_refusal(walk);
    return refusal ? walk_end(out, refusal) : WALK_LOCATION_PROGRAM;
}
