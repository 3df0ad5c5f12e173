/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doors of a configuration, as `yett check` finds them (check/door.h), each with a request that
 * reaches it.
 */
#ifndef PROBE_DOOR_H
#define PROBE_DOOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "check/door.h"
#include "net/address.h"
#include "probe/straight.h"
#include "site/settings.h"

struct probe_door {
    const struct checked_door *checked;
    const struct listener *listener;
    const struct server *server;
    struct address address; /* where to connect; a probe of a private copy sets its own */
    struct address shown;   /* the same of the running gate, for people */
    struct address peer;    /* where the probe comes from: some doors are shut for others only */
    bool secure;            /* over TLS */
    struct str sni;         /* empty: the client sends no name */
    struct str host;
    struct str path; /* empty: none is known that leads here, so nothing is tried */
    struct str method;
    bool unreachable; /* no request leads here, which is proven */
    bool guarded;     /* the check says that it is shut, or its request is refused without a valid
                         certificate */
    bool opens;       /* to a valid certificate, on some way */
    /* Clients that are refused before a location is looked for see content by way of error_page:
     * that belongs to another door. */
    bool shows_page;
    bool plain_on_tls; /* of a request that is asked about: plain HTTP on a TLS port */
    int refused_as;    /* likewise: its head is refused, with this status; 0: it is not */
    struct probe_statuses refusals;
    struct probe_statuses valid_refusals; /* what some valid certificates get instead */
    const struct told *no_client;         /* $ssl_client_* without a certificate */
    size_t no_client_n;
};

struct probe_doors {
    struct probe_door *items;
    size_t n;
};

/*
 * All doors that are shut, and of the others those that open to a valid certificate. With
 * `loopback`, the probe comes from 127.0.0.1, else from the address of the listener itself. In the
 * arena; `checked` is borrowed.
 */
void probe_doors_find(const struct settings *settings, const struct checked_doors *checked,
                      bool loopback, struct arena *arena, struct probe_doors *out);

/* A name that leads to the server block at this listener: "x.example.org" for "*.example.org".
 * False: none is known, or another block has it. */
MUST_CHECK bool probe_name_of(const struct listener *listener, const struct server *server,
                              struct arena *arena, struct str *out);

#endif
