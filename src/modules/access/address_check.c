/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/access/address_check.h"

#include <assert.h>

#include "modules/access/access_settings.h"

/* The address is not known: either way. */
static bool suppose_match(struct walk *walk, const struct access_rule *rule)
{
    bool yes = walk_choose(walk, 2) == 1;
    char text[NETWORK_TEXT_MAX];
    walk_suppose(walk, rule->file, rule->line, "the client's address is %s%s", yes ? "" : "not ",
                 rule->unix_only ? "that of a Unix socket" : network_text(&rule->network, text));
    return yes;
}

static void note_rule(struct walk *walk, const struct access_rule *rule)
{
    char text[NETWORK_TEXT_MAX];
    walk_note(walk, rule->file, rule->line, "%s %s", rule->allow ? "allow" : "deny",
              rule->all         ? "all"
              : rule->unix_only ? "unix:"
                                : network_text(&rule->network, text));
}

/* The first rule that matches decides, as in nginx. */
static int address_ask(struct walk *walk)
{
    const struct access_settings *rules = access_settings_of(walk->location);
    assert(rules->n > 0); /* only locations with rules are checked */
    bool is_known = walk_knows(walk, FACT_PEER);
    struct ip ip;
    bool has_ip = is_known && address_octets(walk->facts.peer, ip.b);
    for (size_t i = 0; i < rules->n; i++) {
        const struct access_rule *rule = &rules->items[i];
        bool matches = rule->all         ? true
                       : !is_known       ? suppose_match(walk, rule)
                       : rule->unix_only ? !has_ip
                                         : has_ip && network_has(&rule->network, &ip);
        if (!matches) {
            continue;
        }
        note_rule(walk, rule);
        if (rule->allow) {
            return ACCESS_ALLOWED;
        }
        walk_say(walk, LEVEL_ERROR, "access forbidden by rule");
        return 403;
    }
    return ACCESS_NO_WORD;
}

const struct access_check address_check = {.name = "address", .ask = address_ask};
