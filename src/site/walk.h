/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a request through a configuration: which server and location it reaches, and what is
 * decided on the way. It knows facts, but no connection and no protocol. Live requests take these
 * steps, and so do questions about possible requests (site/question.h).
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
    WALK_CLIENT,           /* the consequences of the verdict: 495, 496; 497 */
    WALK_SERVER_PROGRAM,   /* the server's set, if, rewrite, return */
    WALK_LOCATION,         /* path -> location; internal, limit_except, 413 */
    WALK_POLICY,           /* client_access: 403 */
    WALK_LOCATION_PROGRAM, /* the location's set, if, rewrite, return */
    WALK_ACCESS,           /* allow, deny */
    WALK_TRY_FILES,        /* try_files */
    WALK_HANDLER,          /* the location's handler answers */
    WALK_OVER,             /* decided; only a redirect goes on from here */
};

/* The facts that a question may leave open. A live request knows all of them. */
enum fact {
    FACT_HOST = 0x1, /* the Host field */
    FACT_PATH = 0x2, /* the target's path */
    FACT_ARGS = 0x4, /* the target's arguments */
    FACT_METHOD = 0x8,
    FACT_CLIENT = 0x10, /* the verdict on the client certificate */
    FACT_PEER = 0x20,   /* the client's address */
    FACT_BODY = 0x40,   /* the length of the body */
};

/* The facts from the connection and the request's head. Borrowed; the steps do not change them. */
struct walk_facts {
    const struct listener *listener;
    const struct server
        *entered;      /* the server whose requirements the client met: by SNI, or the default */
    bool secure;       /* over TLS */
    bool plain_on_tls; /* plain HTTP came to a TLS port */
    bool has_host;     /* there was a Host header, maybe an empty one */
    const struct verdict *verdict;
    const struct identity
        *identity; /* of a good verdict, where a policy may ask; NULL: not known which */
    const struct address *peer;
    const struct demands *demands; /* those of the next configuration; NULL: not known */
    unsigned unknown;              /* enum fact */

    bool enforced; /* only for questions: client policies in report mode deny, too */

    /* Only for questions: what open facts are restricted to. NULL: any. */
    const struct server *selected; /* FACT_HOST: by some name, Host selects this server */
    const struct door *door;       /* FACT_PATH: the first search ends here */
};

/* What the search of a path can end at. */
struct door {
    const struct location *location; /* NULL: none, the server itself */
    bool redirects;                  /* the path is its name without the last slash */
};

struct walk {
    struct walk_facts facts;
    const struct settings *settings;
    struct scope scope; /* variables, and the host that the steps call; its arena is the walk's */
    enum walk_step step;

    const struct server *server;
    const struct location_settings *location; /* that of an `if` if one was entered */

    struct str host;    /* $host without the fallback to server_name */
    struct str path;    /* $uri */
    struct str args;    /* $args */
    enum method method; /* as handled: error pages turn POST into GET */
    struct str method_name;
    uint64_t body_length; /* announced and still needed; 0: none, or not known before it is read */

    bool rewritten; /* "rewrite … break" changed the path inside the location, so the location's
                       name may not be its prefix */
    bool path_after_alias; /* try_files found `path` below the alias of a regex location */
    bool
        path_plain; /* nothing changed the URI: the target may be passed to a backend as received */
    bool internal;  /* reached by an internal redirect */
    bool named;     /* in a named location */
    /* Where the search of the request's own path ended. NULL: none yet, or it was decided before
     * one, as of refused clients, whatever error_page led to then. */
    const struct location_settings *entry;
    /* `path` when error_page led on for the first time, if it is known; empty once an error_page
     * named another. */
    struct str refused_path;
    unsigned redirects_left; /* uri_changes: internal redirects and rewrites before 500 */
    int error_status;        /* err_status: the status to send an error page with; 0: none */
    bool for_error;          /* error_page led here */
    const char *denial; /* why the client was refused, in a word (walk_deny); NULL: it was not */
    bool in_error_page; /* a further error gives the built-in page, unless recursive_error_pages */
};

enum decision_kind {
    DECISION_HANDLER,  /* the location's handler answers */
    DECISION_STATUS,   /* a status from yett: walk_error chooses the page */
    DECISION_TEXT,     /* `return CODE TEXT`: status and text */
    DECISION_REDIRECT, /* status, and a URL in text, which may lack scheme and host */
    DECISION_PAGE,     /* walk_error: the built-in page of `status`; text is a Location or empty */
    DECISION_CLOSE,    /* walk_error: the connection is closed without an answer */
    DECISION_UNKNOWN,  /* it depends on unknown facts; never for a live request */
};

struct decision {
    enum decision_kind kind;
    int status;
    struct str text;
    bool text_unknown;    /* it depends on unknown facts */
    bool ends_connection; /* the client has to use another connection (421) */
    bool drops_body;      /* the announced body is not read */
};

/* Begins at WALK_SERVER, in facts->entered. `owner` is passed to the functions of `host`. */
void walk_init(struct walk *walk, const struct walk_facts *facts, const struct settings *settings,
               struct arena *arena, const struct scope_host *host, void *owner);

/*
 * The functions that move the walk return whether it is decided. True: the decision is in `out`,
 * and the walk is at WALK_OVER. False: it goes on.
 */

/* Takes one step. */
bool walk_on(struct walk *walk, struct decision *out);
/*
 * Applies error_page to a status from yett, or to a redirect to `url`. The result is a page or a
 * close; or the walk goes on where error_page leads, and forgets the response that was planned.
 */
bool walk_error(struct walk *walk, int status, struct str url, struct decision *out);
/* Whether error_page leads somewhere for this status. */
bool walk_has_page(const struct walk *walk, int status);
/* An internal redirect, to a path and arguments, or to a named location. A cycle, or an unknown
 * location, is a DECISION_STATUS. */
bool walk_redirect(struct walk *walk, struct str path, struct str args, struct decision *out);
bool walk_redirect_named(struct walk *walk, struct str name, struct decision *out);
/* A redirect to a target as a directive names it, "/path?args" or "@name", and its value. */
bool walk_redirect_to(struct walk *walk, const struct template *target, struct value value,
                      struct decision *out);
/* Whether a pattern exceeded its limit since the last call; if so, logs it. Values read since then
 * must not decide anything. */
bool walk_match_failed(struct walk *walk);

/* For the host: a rewrite changed the URI. The walk may then reach internal locations, as in nginx.
 */
void walk_set_uri(struct walk *walk, struct value path, struct value args);

/* For steps and redirects: the walk ends with this status from yett. */
enum walk_step walk_end(struct decision *out, int status);

/* Writes a line to the error log of a live request, or to the trail of a question. */
void walk_say(struct walk *walk, enum log_level level, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * Says that the client is refused because of its certificate, and why; `reason` is static: one word
 * that does not change, for scripts. The caller ends the walk.
 */
void walk_deny(struct walk *walk, const char *reason, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Which of `n` ways to take if a fact is unknown, and then what it supposes. Only for questions. */
size_t walk_choose(struct walk *walk, size_t n);
void walk_suppose(struct walk *walk, const char *file, unsigned line, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* The place is the walk's location, or its server. */
void walk_suppose_here(struct walk *walk, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* For a question's trail: the place of the walk in the configuration, and the result there. */
void walk_note(struct walk *walk, const char *file, unsigned line, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

static inline bool walk_knows(const struct walk *walk, enum fact fact)
{
    return !(walk->facts.unknown & (unsigned)fact);
}

#endif
