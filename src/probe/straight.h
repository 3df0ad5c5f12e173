/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the configuration gives for a straight request: one on a connection whose server name is
 * that of its own Host.
 */
#ifndef PROBE_STRAIGHT_H
#define PROBE_STRAIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/str.h"
#include "pki/verdict.h"
#include "site/settings.h"

struct probe_door;

/* The answers that a configuration gives to the clients that it refuses. */
enum { PROBE_STATUSES_MAX = 16 };
struct probe_statuses {
    int items[PROBE_STATUSES_MAX];
    size_t n;
    bool by_handler; /* a page of error_page may answer with a status of its own (404: no file) */
};

bool probe_statuses_have(const struct probe_statuses *statuses, int status);

/* What one client may get for the door's request. */
struct straight {
    bool enters;                    /* the search of its path ends at the door's location */
    bool misses;                    /* it ends elsewhere */
    bool opens;                     /* to content on a way that does not end elsewhere */
    bool lets_in;                   /* to content on any way, or it cannot be told */
    struct probe_statuses refusals; /* the answers on the other ways */
};

/* `open`: facts that are not known (enum fact), besides what the door says. Adds to *out. False:
 * not every way is known. */
MUST_CHECK bool straight_ask(const struct settings *settings, const struct probe_door *door,
                             const struct verdict *verdict, unsigned open, struct straight *out);

/* As a client with a valid certificate, where one is asked for. */
MUST_CHECK bool straight_ask_valid(const struct settings *settings, const struct probe_door *door,
                                   unsigned open, struct straight *out);

/* Whether no client without a valid certificate is let in; and what all of these get. */
bool straight_is_shut(const struct settings *settings, const struct probe_door *door,
                      struct probe_statuses *refusals);

/* What a client without a valid certificate may get for a request. */
struct probe_expectation {
    bool shut; /* nothing but `refusals`. False: an answer proves nothing */
    struct probe_statuses refusals;
};

/* A request, as far as the configuration judges it. */
struct probe_request {
    struct str host;
    struct str method;
    struct str target;
    bool plain_on_tls; /* without TLS on a port of TLS */
};

/*
 * The expectation for the straight request at the address of `door`. No attack may reach more than
 * this. What a gate refuses before it looks for a server (a target that is no path, a method that
 * is none) is shut, but for the page that error_page has for it.
 */
void probe_expect(const struct settings *settings, const struct probe_door *door,
                  const struct probe_request *request, struct probe_expectation *out);

#endif
