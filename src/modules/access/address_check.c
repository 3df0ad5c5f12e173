/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/access/address_check.h"

#include <assert.h>
#include <string.h>

#include "modules/access/access_settings.h"

/* IPv4 as mapped into IPv6, which is how networks are kept. False: the client has no IP address. */
static bool ip_of(const struct address *address, struct ip *ip)
{
    static const unsigned char MAPPED[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    switch (address->u.sa.sa_family) {
    case AF_INET:
        memcpy(ip->b, MAPPED, sizeof(MAPPED));
        memcpy(ip->b + sizeof(MAPPED), &address->u.in.sin_addr, 4);
        return true;
    case AF_INET6: memcpy(ip->b, &address->u.in6.sin6_addr, sizeof(ip->b)); return true;
    default: return false;
    }
}

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
    bool has_ip = is_known && ip_of(walk->facts.peer, &ip);
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
