/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The common parts of `yett policy`: a file of cases that stands beside a configuration, and what
 * the configuration decides about each. The file has the configuration's own syntax:
 *
 *     config site.conf;
 *     case "alice reads" {
 *         cert    alice.pem;                 # or no_cert; or: client subject.CN=alice …;
 *         from    10.1.2.3;
 *         request GET https://git.example.com/x;
 *         expect  allow;                     # or deny, or a status; by "RULE"
 *     }
 */
#ifndef CLI_POLICY_H
#define CLI_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "cli/arguments.h"
#include "conf/tree.h"
#include "load/settings_load.h"
#include "policy/identity.h"
#include "site/question.h"

int policy_test_main(int argc, char *const *argv);

/* --- policy_file.c: the cases --- */

enum policy_outcome {
    POLICY_ALLOWED, /* content: a handler answers, or a status below 400 */
    POLICY_DENIED,  /* by a policy, with 400, 401, 403, 421 or without an answer */
    POLICY_OTHER,   /* another status: 404 is neither */
    POLICY_DEPENDS, /* on what the case does not say */
};

struct policy_case {
    const struct conf_node *node; /* its place */
    struct str name;
    struct words client; /* the fields of a verified certificate, as conditions */
    bool no_cert;
    const char *cert; /* NULL: none. Paths are resolved. */
    const char *password_file;
    const char *from; /* this and the following as in struct explain_options */
    const char *connect_to;
    const char *sni;
    bool no_sni;
    struct words fields;
    struct words request;
    enum policy_outcome expected;
    int status;    /* expected; 0: `expected` counts */
    struct str by; /* the rule that is to decide; empty: any */
};

struct policy_file {
    const char *config; /* NULL: not named. Both are resolved. */
    const char *prefix;
    struct policy_case *cases;
    size_t n; /* at least 1 */
};

/* Paths in it are relative to its directory. Errors name file and line. */
MUST_CHECK bool policy_file_read(const char *path, struct arena *arena, struct policy_file *out,
                                 struct error *err);
/* "allow", "deny", "403". In the arena. */
struct str policy_expected_text(const struct policy_case *asked, struct arena *arena);

/* --- policy_given.c --- */

/* The fields of a certificate that nobody has to issue; those that are not named are absent. */
MUST_CHECK bool policy_given(const struct words *words, struct arena *arena, struct identity **out,
                             struct error *err);

/* --- policy_ask.c --- */

struct policy_result {
    enum policy_outcome outcome;
    int status; /* 0: the handler decides it, or it depends */
    bool passed;
    bool reported;   /* a policy in report mode denied: a server lets it in */
    struct str rule; /* that decided; empty: none did */
    struct str place;
    struct str reason;        /* why the certificate does not count, as in the log; or empty */
    struct trail_step *trail; /* of the first way */
    size_t trail_n;
};

/* What the configuration decides, with policies in report mode as if they were enforced. False: the
 * case asks for what cannot be asked. Results are in the arena. */
MUST_CHECK bool policy_ask(const struct settings *settings, const struct policy_case *asked,
                           struct arena *arena, struct policy_result *out, struct error *err);
/* "allow", "deny", "neither", "depends". */
const char *policy_outcome_word(enum policy_outcome outcome);

#endif
