/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a request through a configuration: which server and location it reaches, and what is
 * decided on the way. It knows facts, no connection and no protocol: a live request takes these
 * steps, and so does a question about one that never came (site/explore.h).
 */
#ifndef SITE_WALK_H
#define SITE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/log.h"
#include "http/method.h"
#include "net/address.h"
#include "pki/verdict.h"
#include "script/program.h"
#include "script/scope.h"
#include "site/demand.h"
#include "site/settings.h"

/* The way, from top to bottom. Redirects lead back to one of these. */
enum walk_step {
    WALK_SERVER,           /* Host -> server; 421 */
    WALK_CLIENT,           /* the verdict's consequence: 495, 496; 497 */
    WALK_SERVER_PROGRAM,   /* the server's set, if, rewrite, return */
    WALK_LOCATION,         /* path -> location; internal, limit_except, 413 */
    WALK_LOCATION_PROGRAM, /* the location's set, if, rewrite, return */
    WALK_ACCESS,           /* allow, deny */
    WALK_TRY_FILES,        /* try_files */
    WALK_HANDLER,          /* the location's handler answers */
    WALK_OVER,             /* decided; only a redirect goes on from here */
};

/* What may be unknown to a question. A live request knows all of it. */
enum fact {
    FACT_HOST = 0x1, /* the Host field */
    FACT_PATH = 0x2, /* the target's path */
    FACT_ARGS = 0x4, /* and arguments */
    FACT_METHOD = 0x8,
    FACT_CLIENT = 0x10, /* the verdict on the client's certificate */
    FACT_PEER = 0x20,   /* the client's address */
};

/* What came with the connection and the request's head. Borrowed; the steps change none of it. */
struct walk_facts {
    const struct listener *listener;
    const struct server *entered; /* whose demand was put to the client: by SNI, or the default */
    bool secure;                  /* over TLS */
    bool plain_on_tls;            /* plain HTTP came to a TLS port */
    bool has_host;                /* there was a Host field, maybe an empty one */
    const struct verdict *verdict;
    const struct address *peer;
    const struct demands
        *demands;     /* of the configuration that follows this one; NULL: none known */
    unsigned unknown; /* enum fact */
};

struct walk {
    struct walk_facts facts;
    const struct settings *settings;
    struct scope scope; /* variables, and whom the steps ask and tell; its arena is the walk's */
    enum walk_step step;

    const struct server *server;
    const struct location_settings *location; /* an `if`'s when one was entered */

    struct str host;    /* $host without the fallback to server_name */
    struct str path;    /* $uri */
    struct str args;    /* $args */
    enum method method; /* as handled: error pages turn POST into GET */
    struct str method_name;
    uint64_t body_length; /* announced and still wanted; 0: none, or not known before it is read */

    bool rewritten; /* "rewrite … break" changed the path inside the location: its name is no prefix
                       of it */
    bool path_after_alias; /* try_files found `path` below the alias of a regex location */
    bool path_plain; /* the target may be passed to a backend as it came: nothing changed the URI */
    bool internal;   /* reached by an internal redirect */
    bool named;      /* in a named location */
    unsigned redirects_left; /* uri_changes: internal redirects and rewrites before 500 */
    int error_status;   /* err_status: what an error page's answer is to be sent with; 0: none */
    bool in_error_page; /* another error shows the built-in page, unless recursive_error_pages */
};

enum decision_kind {
    DECISION_HANDLER,  /* the location's handler answers */
    DECISION_STATUS,   /* an answer of yett's own: walk_error says by which page */
    DECISION_TEXT,     /* `return CODE TEXT`: status and text */
    DECISION_REDIRECT, /* status and, in text, a URL that may lack scheme and host */
    DECISION_PAGE,    /* walk_error: the built-in page of `status`, in text a Location or nothing */
    DECISION_CLOSE,   /* walk_error: the connection is closed without an answer */
    DECISION_UNKNOWN, /* without facts it cannot be told; never for a live request */
};

struct decision {
    enum decision_kind kind;
    int status;
    struct str text;
    bool text_unknown;    /* it depends on what is not known */
    bool ends_connection; /* the client has to come again on another one (421) */
    bool drops_body;      /* what it announced is not read */
};

/* Begins at WALK_SERVER, in the server that was entered. `owner` is what `host` is asked with. */
void walk_init(struct walk *walk, const struct walk_facts *facts, const struct settings *settings,
               struct arena *arena, const struct scope_host *host, void *owner);

/*
 * The functions that move the walk say whether it is decided. True: `out` says how, and the walk is
 * at WALK_OVER. False: it goes on.
 */

/* One step. */
bool walk_on(struct walk *walk, struct decision *out);
/*
 * What error_page makes of a status of yett's own, or of a redirect to `url`: a page or a close, or
 * the walk goes on where error_page leads, and what was to be answered is forgotten.
 */
bool walk_error(struct walk *walk, int status, struct str url, struct decision *out);
/* An internal redirect, to a path and arguments, or to a named location. One that leads in a circle
 * or nowhere is a DECISION_STATUS. */
bool walk_redirect(struct walk *walk, struct str path, struct str args, struct decision *out);
bool walk_redirect_named(struct walk *walk, struct str name, struct decision *out);
/* To either, as a directive names it: "/path?args" or "@name". */
bool walk_redirect_to(struct walk *walk, const struct template *target, struct decision *out);
/* Whether a pattern hit its limit since the last look: then nothing may be decided by what was read
 * since. Says so. */
bool walk_match_failed(struct walk *walk);

/* For the host: a rewrite changed the URI. It may reach internal locations then, as in nginx. */
void walk_set_uri(struct walk *walk, struct value path, struct value args);

/* A line for the owner: the error log of a live request, the trail of a question. */
void walk_say(struct walk *walk, enum log_level level, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Which of `n` ways to go where a fact is unknown; only a question is asked. */
size_t walk_choose(struct walk *walk, size_t n);
/* For a question's trail: where in the configuration the walk is and what was found there. */
void walk_note(struct walk *walk, const char *file, unsigned line, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

static inline bool walk_knows(const struct walk *walk, enum fact fact)
{
    return !(walk->facts.unknown & (unsigned)fact);
}

#endif
