/* SPDX-License-Identifier: Apache-2.0 */
/* Client policies that only report. */
#include "check/finding.h"
#include "check/places.h"

struct policies_look {
    const struct checked *checked;
    struct findings *findings;
};

static void look_at_mode(void *arg, const struct settings_place *place)
{
    const struct policies_look *look = arg;
    const struct client_access *access = &place->settings->client_access;
    if (access->policy && access->report) {
        struct str where = place_text(place, look->checked->arena);
        finding_add(look->checked, look->findings, RULE_POLICY_REPORTS,
                    (struct line_place){access->mode_file, access->mode_line},
                    "client_policy \"%.*s\" only reports in %.*s", STR_ARG(access->name),
                    STR_ARG(where));
    }
}

void find_in_policies(const struct checked *checked, struct findings *findings)
{
    struct policies_look look = {checked, findings};
    places_each(checked->settings, look_at_mode, &look);
}
