/* SPDX-License-Identifier: Apache-2.0 */
/* The results of `yett check` in their forms: text for people, JSON, SARIF and one page of HTML. */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include <stdio.h>

#include "base/compiler.h"
#include "check/finding.h"
#include "load/settings_load.h"

struct check_result {
    const char *conf;      /* the configuration's path */
    const char *directory; /* of the configuration: names of files are shown relative to it */
    struct checked_doors doors;
    struct findings findings; /* some of them accepted */
    bool late;                /* the time limit was reached: findings may be missing */
};

/*
 * Asks about all doors of what was loaded from `conf`, a path with a slash, which is borrowed;
 * looks for findings, and for comments in the files that accept them. All results are in the arena.
 * With a time limit, what is not asked in time is not known. Fails if a file cannot be read any
 * more.
 */
MUST_CHECK bool check_look(const struct loaded *loaded, const char *conf, struct time_limit limit,
                           struct arena *arena, struct check_result *out, struct error *err);

/* Findings that are not accepted. */
struct check_counts {
    size_t errors;
    size_t warnings;
};
/* The same as a count, in a process of its own, which ends after two seconds. False: there is no
 * result. */
MUST_CHECK bool check_count_aside(const struct loaded *loaded, const char *conf,
                                  struct check_counts *out);

/* How many doors are in that state; findings of that severity that are not accepted; findings that
 * are accepted. */
size_t check_doors_in(const struct check_result *result, enum door_state state);
size_t check_findings_of(const struct check_result *result, enum severity severity);
size_t check_findings_accepted(const struct check_result *result);

/* "site.conf:12", relative to the configuration's directory; "" without a place. In the arena. */
struct str check_place(const struct check_result *result, struct line_place place,
                       struct arena *arena);
/* Of the location, or of the server. */
struct line_place check_door_place(const struct checked_door *door);
/* "/x", "= /x", "~ \.php$": the location as written; "(other paths)": those of no location; "(every
 * path)". In the arena. */
struct str check_door_name(const struct checked_door *door, struct arena *arena);
/* The client that takes this way; empty for one without a certificate, the usual one. */
struct str check_client(const struct passage *passage);
/* "1 error", "2 errors", "no errors". */
struct str check_count(size_t n, const char *noun, struct arena *arena);

/* Addresses with the same doors, which are shown once. */
struct check_group {
    struct str addresses; /* "0.0.0.0:443, [::]:443" */
    size_t first;         /* of the first address: its doors */
    size_t end;           /* up to, not including */
};
struct check_groups {
    struct check_group *items;
    size_t n;
};
void check_group_doors(const struct checked_doors *doors, struct arena *arena,
                       struct check_groups *out);

struct check_text_options {
    bool all;    /* also the doors that are shut, and no list is cut */
    bool colour; /* for a terminal */
};
void check_print_text(const struct check_result *result, const struct check_text_options *options,
                      FILE *out);
void check_print_json(const struct check_result *result, FILE *out);
/* SARIF 2.1.0. Files below `base`, an absolute directory, are named relative to it. */
void check_print_sarif(const struct check_result *result, const char *base, FILE *out);
/* One page that needs nothing else. */
void check_print_html(const struct check_result *result, FILE *out);
/* The rules as a table in Markdown, for docs/check.md. */
void check_print_rules(FILE *out);

#endif
