/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt to pass a door without a valid certificate: it is sent, and its answer judged. The
 * attacks (attack_table.h) are made of attempts.
 */
#ifndef PROBE_ATTACK_H
#define PROBE_ATTACK_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "probe/door.h"
#include "probe/h2_ask.h"
#include "probe/identity.h"
#include "probe/reply.h"

enum probe_outcome {
    OUTCOME_HELD,        /* refused, or what the answer shows is open to every client */
    OUTCOME_OPENED,      /* the gate gave what it must not */
    OUTCOME_UNSURE,      /* no answer in time, or one that says nothing */
    OUTCOME_UNREACHABLE, /* of a door: it is proven that no request reaches it */
    OUTCOMES_N
};

/* What was found by an attempt that did not simply hold. In the run's arena. */
struct probe_finding {
    const char *attack;
    struct str what;
    enum probe_outcome outcome;
    int status;
    struct str repeat; /* a command line */
};

/* Whether the door opens to a valid certificate: if it does not, that it holds proves nothing. */
enum proven {
    PROVEN_NOT_TRIED,
    PROVEN_OPENS,
    PROVEN_NOT,
    PROVEN_NO_CLIENT, /* by configuration it opens to none */
};

struct door_result {
    const struct probe_door *door;
    enum proven proven;
    int valid_status;
    size_t tried;
    size_t counts[OUTCOMES_N]; /* of attempts */
    struct probe_finding *findings;
    size_t findings_n;
};

/* All attacks on one door. */
struct attack_run {
    const struct settings *settings;
    const struct probe_doors *doors; /* of the whole configuration */
    const struct probe_door *door;
    const struct identities *forged; /* of the door's CAs */
    const struct identities *issued; /* by a CA that the gate trusts; may be empty */
    const struct str *field_names;   /* that the configuration sets for backends */
    size_t field_names_n;
    const char *keep; /* the folder of certificates for repeat lines; NULL: none */
    uint64_t timeout_ms;
    struct arena *arena;
    const struct attack_run *all; /* those on all doors, this one among them */
    size_t all_n;
    const char *attack;   /* its name */
    struct str sent;      /* over HTTP/2, by the last attempt */
    struct reply refused; /* what a client without a certificate gets */
    struct reply valid;   /* what one with a valid certificate gets */
    bool failed;          /* nothing listens there, or a file cannot be written: *err */
    struct error *err;
    struct door_result *out;
};

/* One request. Empty fields are those of the door; "means" is the straight request to judge by. */
struct attempt {
    const char *what;
    const struct identity *identity;
    int version; /* TLS1_2_VERSION …; 0: any */
    SSL_SESSION *session;
    const struct attempt *made; /* how the session was made; NULL: there is none */
    bool plain;                 /* no TLS on a port of TLS */
    bool h2;
    enum h2_form form;      /* over HTTP/2 */
    struct str second_path; /* H2_FORM_TWO_HEADS */
    bool no_sni;
    struct str sni;
    struct str method;
    struct str target;
    bool no_host;
    struct str host;
    struct str fields;     /* more fields, each with CR LF */
    struct str body;       /* behind the head */
    struct str first_host; /* a request to "/" of this host comes before, on the same connection */
    size_t replies;        /* of `body`: the last of so many is judged. 0: one */
    struct str means_host;
    struct str means_target;
};

/* Sends and judges it, and notes what was found. Returns the status, 0 if there was none. */
int attack_try(struct attack_run *run, const struct attempt *attempt);

/* Sends it and gives the reply, judged by nobody. Takes the session that the server gave, which
 * the caller frees; `session` may be NULL. False: there was no connection, or no handshake. */
bool attack_ask(struct attack_run *run, const struct attempt *attempt, struct reply *out,
                SSL_SESSION **session);

/* Judges a reply and notes it, for attacks that hold their connection themselves. */
void attack_judge(struct attack_run *run, const struct attempt *attempt, const struct reply *reply,
                  bool in_time);

/* The bytes of an attempt over HTTP/1.1; in the arena. */
struct str attack_request(const struct attack_run *run, const struct attempt *attempt);

/* Whether the door must refuse it. A certificate that only a CRL knows is valid where there is
 * none. */
bool attack_is_refused(const struct attack_run *run, const struct identity *identity);

/* Tries what a valid certificate gets, and what none does, before any attack. */
void attack_references(struct attack_run *run, const struct identity *valid);

#endif
