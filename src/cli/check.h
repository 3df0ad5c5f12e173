/* SPDX-License-Identifier: Apache-2.0 */
/* The results of `yett check` in their forms: text for people, JSON, SARIF and one page of HTML. */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include <stdio.h>

#include "check/finding.h"

struct check_result {
    const char *conf;      /* as given */
    const char *directory; /* of the configuration: names of files are shown relative to it */
    const struct checked_doors *doors;
    const struct findings *findings;
};

/* How many doors are in that state, or findings of that severity that are not accepted. */
size_t check_doors_in(const struct check_result *result, enum door_state state);
size_t check_findings_of(const struct check_result *result, enum severity severity);

/* "site.conf:12", relative to the configuration's directory; "" without a place. In the arena. */
struct str check_place(const struct check_result *result, struct line_place place,
                       struct arena *arena);
/* "/x", "= /x", "~ \.php$": the location as written; "(no location)", "(any path)". */
struct str check_door_name(const struct checked_door *door, struct arena *arena);

/* `all`: also the doors that are shut. */
void check_print_text(const struct check_result *result, bool all, FILE *out);
void check_print_json(const struct check_result *result, FILE *out);

#endif
