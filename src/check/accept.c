/* SPDX-License-Identifier: Apache-2.0 */
#include "check/accept.h"

#include <assert.h>
#include <string.h>

#include "base/vec.h"

struct comment {
    struct str text; /* after "#", to the end of the line */
    unsigned line;
    bool alone; /* nothing but blanks before it */
};

struct comments {
    struct comment *items;
    size_t n;
};

/* --- the comments of a file: its words are skipped as conf/lexer.c reads them --- */

struct comment_scan {
    struct str rest;
    unsigned line;
    bool alone; /* nothing but blanks on this line so far */
};

static bool ends_plain_word(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';' || c == '{';
}

static void scan_take(struct comment_scan *scan)
{
    assert(scan->rest.n > 0);
    bool ends_line = scan->rest.p[0] == '\n';
    scan->line += ends_line;
    scan->alone = scan->alone && ends_line;
    scan->rest = str_skip(scan->rest, 1);
}

/* A byte behind a backslash never ends a word, nor does "{" behind "$". */
static void scan_skip_word(struct comment_scan *scan)
{
    char quote = scan->rest.p[0] == '"' || scan->rest.p[0] == '\'' ? scan->rest.p[0] : '\0';
    bool after_dollar = false;
    if (quote) {
        scan_take(scan);
    }
    while (scan->rest.n > 0) {
        char c = scan->rest.p[0];
        if (quote ? c == quote : ends_plain_word(c) && !(c == '{' && after_dollar)) {
            break;
        }
        after_dollar = c == '$';
        scan_take(scan);
        if (c == '\\' && scan->rest.n > 0) {
            scan_take(scan);
        }
    }
    if (quote && scan->rest.n > 0) {
        scan_take(scan);
    }
}

static void scan_comment(struct comment_scan *scan, struct arena *arena, struct comments *out)
{
    size_t end = str_find(scan->rest, '\n');
    struct comment *slot = vec_push(arena, &out->items, &out->n, sizeof(*slot));
    *slot = (struct comment){str_skip(str_head(scan->rest, end), 1), scan->line, scan->alone};
    scan->rest = str_skip(scan->rest, end);
}

static void comments_find(struct str text, struct arena *arena, struct comments *out)
{
    struct comment_scan scan = {.rest = text, .line = 1, .alone = true};
    *out = (struct comments){0};
    while (scan.rest.n > 0) {
        char c = scan.rest.p[0];
        if (c == '#') {
            scan_comment(&scan, arena, out);
        } else if (c == '\n') {
            scan_take(&scan);
            scan.alone = true;
        } else if (c == ' ' || c == '\t' || c == '\r') {
            scan.rest = str_skip(scan.rest, 1);
        } else if (c == ';' || c == '{' || c == '}') {
            scan_take(&scan);
        } else {
            scan_skip_word(&scan);
        }
    }
}

/* --- what they say --- */

/* The next word of *rest; empty at its end. */
static struct str next_word(struct str *rest)
{
    size_t n = 0;
    *rest = str_trim(*rest);
    while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t') {
        n++;
    }
    struct str word = str_head(*rest, n);
    *rest = str_trim(str_skip(*rest, n));
    return word;
}

/* Whether this is "yett: accept …"; the rest is then rule and reason. */
static bool accepts(const struct comment *comment, struct str *rule, struct str *reason)
{
    struct str rest = comment->text;
    if (str_ends(rest, STR("\r"))) {
        rest.n--;
    }
    if (!str_eq(next_word(&rest), STR("yett:")) || !str_eq(next_word(&rest), STR("accept"))) {
        return false;
    }
    *rule = next_word(&rest);
    *reason = rest;
    return true;
}

static bool find_rule(struct str name, enum rule *out)
{
    for (size_t i = 0; i < RULES_N; i++) {
        if (str_eq(name, str_of(RULES[i].name))) {
            *out = (enum rule)i;
            return true;
        }
    }
    return false;
}

/* The line that the comment is about. */
static unsigned accepted_line(const struct comments *comments, size_t i)
{
    if (!comments->items[i].alone) {
        return comments->items[i].line;
    }
    unsigned line = comments->items[i].line + 1;
    while (++i < comments->n && comments->items[i].line == line && comments->items[i].alone) {
        line++;
    }
    return line;
}

/* False: there is no such finding. */
static bool accept_at(struct findings *findings, enum rule rule, struct line_place place,
                      struct str reason)
{
    bool found = false;
    for (size_t i = 0; i < findings->n; i++) {
        struct finding *finding = &findings->items[i];
        if (finding->rule == rule && finding->place.file && finding->place.line == place.line &&
            strcmp(finding->place.file, place.file) == 0) {
            finding->accepted = finding->accepted.n ? finding->accepted : reason;
            found = true;
        }
    }
    return found;
}

void findings_accept(const struct checked *checked, const char *file, struct str text,
                     struct findings *findings)
{
    struct comments comments;
    comments_find(text, checked->arena, &comments);
    for (size_t i = 0; i < comments.n; i++) {
        const struct line_place here = {file, comments.items[i].line};
        const struct line_place there = {file, accepted_line(&comments, i)};
        struct str name, reason;
        enum rule rule;
        if (!accepts(&comments.items[i], &name, &reason)) {
            continue;
        }
        if (name.n == 0) {
            finding_add(checked, findings, RULE_ACCEPT_UNKNOWN, here, "the comment names no rule");
        } else if (!find_rule(name, &rule)) {
            finding_add(checked, findings, RULE_ACCEPT_UNKNOWN, here, "there is no rule \"%.*s\"",
                        STR_ARG(name));
        } else if (reason.n == 0) {
            finding_add(checked, findings, RULE_ACCEPT_WITHOUT_REASON, here,
                        "the comment gives no reason to accept %.*s", STR_ARG(name));
        } else if (!accept_at(findings, rule, there, reason)) {
            finding_add(checked, findings, RULE_ACCEPT_UNUSED, here,
                        "line %u has no finding of %.*s", there.line, STR_ARG(name));
        }
    }
}
