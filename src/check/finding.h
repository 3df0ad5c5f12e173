/* SPDX-License-Identifier: Apache-2.0 */
/* What is found wrong, or risky, in a configuration. docs/check.md has a section for each rule. */
#ifndef CHECK_FINDING_H
#define CHECK_FINDING_H

#include <time.h>

#include "base/compiler.h"
#include "check/door.h"
#include "check/rules.h"
#include "site/live_state.h"

enum severity {
    SEVERITY_NOTE,    /* worth knowing */
    SEVERITY_WARNING, /* a risk, or wrong under conditions */
    SEVERITY_ERROR,   /* a way around the client certificate, or clients that are rejected */
};

/* Names are stable: scripts, and comments that accept a finding, use them. */
enum rule {
#define RULE_ID(id, name, severity, title, fix) RULE_##id,
    RULES_ALL(RULE_ID)
#undef RULE_ID
        RULES_N
};

struct rule_row {
    const char *name;
    enum severity severity;
    const char *title; /* one sentence: what is wrong */
    const char *fix;   /* one sentence: what to do */
};

extern const struct rule_row RULES[RULES_N];

struct finding {
    enum rule rule;
    struct line_place place;
    struct str text;     /* one sentence about this place */
    struct str accepted; /* the reason why it is accepted; empty: it is not */
};

struct findings {
    struct finding *items;
    size_t n;
    struct strmap seen; /* what was added, with its place and without */
};

/* The configuration as the rules see it. */
struct checked {
    const struct settings *settings;
    const struct live_state *live;
    const struct checked_doors *doors;
    time_t now;
    struct time_limit limit; /* what is not asked when it is reached, is no finding */
    struct arena *arena;     /* of all results */
};

/* Adds a finding, unless the same stands there. */
void finding_add(const struct checked *checked, struct findings *findings, enum rule rule,
                 struct line_place place, const char *fmt, ...) PRINTF_LIKE(5, 6);

/* The same for what is not of one place: adds it unless another place has the same sentence. */
void finding_add_once(const struct checked *checked, struct findings *findings, enum rule rule,
                      struct line_place place, const char *fmt, ...) PRINTF_LIKE(5, 6);

/* "note", "warning", "error". */
const char *severity_word(enum severity severity);

/* The finders, each in a file of its own. */
void find_in_backends(const struct checked *checked, struct findings *findings);
void find_in_crls(const struct checked *checked, struct findings *findings);
void find_in_defaults(const struct checked *checked, struct findings *findings);
void find_in_doors(const struct checked *checked, struct findings *findings);
void find_in_identity(const struct checked *checked, struct findings *findings);
void find_in_names(const struct checked *checked, struct findings *findings);
void find_in_newlines(const struct checked *checked, struct findings *findings);
void find_in_paths(const struct checked *checked, struct findings *findings);
void find_in_policies(const struct checked *checked, struct findings *findings);
void find_in_sharing(const struct checked *checked, struct findings *findings);
void find_in_trust(const struct checked *checked, struct findings *findings);

/* All of them, sorted. None is accepted yet: check/accept.h. */
void findings_of(const struct checked *checked, struct findings *out);
/* The worst first, then by place. */
void findings_sort(struct findings *findings);

#endif
