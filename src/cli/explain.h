/* SPDX-License-Identifier: Apache-2.0 */
/* The common parts of `yett explain`: one question, from the command line to its answers. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "cli/arguments.h"
#include "cli/client_verdict.h"
#include "cli/report.h"
#include "http/request_head.h"
#include "load/settings_load.h"
#include "site/question.h"

/* 2 is COMMAND_MISUSED, also for a configuration that does not load. */
enum { EXPLAIN_EXIT_REFUSED = 1, EXPLAIN_EXIT_DEPENDS = 3 };

/* As on the command line; NULL: not given. */
struct explain_options {
    const char *config;
    const char *prefix;
    const char *globals;
    const char *cert;
    const char *password_file;
    const char *sni;
    bool no_sni;
    const char *from;
    const char *connect_to;
    const char *method;
    struct words fields; /* "Name: value" */
    const char *id;      /* of a refusal; NULL: a request is explained */
    struct words logs;   /* where to look for it */
    bool json;
};

/* http[s]://host[:port][/path][?arguments] */
struct explain_url {
    bool tls;
    struct str host; /* as written: [v6] in its brackets */
    uint16_t port;
    bool has_port; /* another than the scheme's */
    struct str target;
};

/* Where the client arrives. */
struct explain_entry {
    const struct listener *listener;
    const struct server *server; /* selected by SNI, or the default */
    bool secure;
    bool plain_on_tls;
    const char *refusal; /* the handshake fails: why. NULL: it does not */
};

/* How all the ways together end. */
enum explain_outcome { EXPLAIN_ANSWERED, EXPLAIN_REFUSED, EXPLAIN_DEPENDS };

struct explain {
    struct arena arena;
    struct error err;
    struct report report;
    struct explain_options options;
    struct loaded loaded;
    const struct settings *settings;
    struct explain_url url;
    struct str sni;         /* empty: none is sent */
    struct address address; /* --connect-to, or the URL's host */
    bool has_address;
    struct address peer;          /* --from */
    STACK_OF(X509) * certs;       /* --cert; may be empty */
    const struct identity *given; /* in the place of a certificate, and valid; NULL: none */
    bool enforced;                /* policies in report mode deny, too */
    time_t now;
    struct explain_entry entry;
    struct client_verdict client;
    struct request_head head;
    struct str host; /* as in $host */
    struct question question;
    struct str *summary; /* of each way: its answer, and what it supposes */
    size_t ways;
    size_t refused; /* of the ways */
    size_t unknown;
    bool complete;          /* all ways were walked */
    struct denial *denials; /* those with the id */
    size_t denials_n;
};

/* --- explain.c --- */

/* "[METHOD] URL", with the options. */
MUST_CHECK bool explain_read_words(struct explain *explain, const struct words *words,
                                   struct str *method);
/* After the load: where the client arrives, the verdict on it, and the question. */
MUST_CHECK bool explain_form(struct explain *explain, struct str method);

/* --- explain_request.c: the request --- */

MUST_CHECK bool explain_url_parse(struct str text, struct arena *arena, struct explain_url *out,
                                  struct error *err);
/* Fills in head and host, as the gate would read them in that server. */
MUST_CHECK bool explain_read_head(struct explain *explain, struct str method);
/* The variables that this request determines, whatever way it takes. */
const struct told *explain_told(struct explain *explain, size_t *n);

/* --- explain_entry.c: the connection --- */

/* Finds the listener and the server that SNI selects. */
MUST_CHECK bool explain_enter(struct explain *explain);

/* --- explain_report.c: what is shown before the ways --- */

void explain_report_request(struct explain *explain);
void explain_report_connection(struct explain *explain);
void explain_report_certificate(struct explain *explain);

/* --- explain_way.c: the ways --- */

/* Walks them and counts how they end. */
void explain_count(struct explain *explain);
/* Walks them again, and shows each. */
void explain_report_ways(struct explain *explain);
enum explain_outcome explain_outcome(const struct explain *explain);

/* "FILE:LINE"; empty without a file. In the arena. */
struct str explain_place(struct explain *explain, const char *file, unsigned line);

#endif
