/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doors of a configuration: each location of each server block that asks for client
 * certificates, and whether a client without a valid certificate is let in there. And the same
 * question about any request that an attack amounts to.
 */
#ifndef PROBE_DOOR_H
#define PROBE_DOOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "net/address.h"
#include "site/settings.h"

/* The answers that a configuration gives to the clients that it refuses. */
enum { PROBE_STATUSES_MAX = 16 };
struct probe_statuses {
    int items[PROBE_STATUSES_MAX];
    size_t n;
    bool by_handler; /* a page of error_page may answer with a status of its own (404: no file) */
};

struct probe_door {
    const struct listener *listener;
    const struct server *server;
    struct address address; /* where to connect; a probe of a private copy sets its own */
    struct address shown;   /* the same of the running gate, for people */
    struct address peer;    /* where the probe comes from: some doors are shut for others only */
    bool secure;            /* over TLS */
    struct str sni;         /* empty: the client sends no name */
    struct str host;
    struct str path;
    struct str method;
    bool guarded; /* no way leads in without a valid certificate */
    struct probe_statuses refusals;
    struct probe_statuses valid_refusals; /* what some valid certificates get instead */
    const char *file;                     /* where the location, or the server, is written */
    unsigned line;
};

struct probe_doors {
    struct probe_door *items;
    size_t n;
};

/*
 * All doors, guarded or not. Those that open to no client at all are left out. With `loopback`, the
 * probe comes from 127.0.0.1, else from the address of the listener itself. In the arena.
 */
void probe_doors_find(const struct settings *settings, bool loopback, struct arena *arena,
                      struct probe_doors *out);

/* What a client without a valid certificate may get for a request. */
struct probe_expectation {
    bool shut; /* nothing but `refusals`. False: an answer proves nothing */
    struct probe_statuses refusals;
};

/*
 * The expectation for the straight request at the address of `door`: on a connection with the
 * server name of its own Host. No attack may reach more than this. A target that is not a path is
 * shut, as the door: it is a bad request.
 */
void probe_expect(const struct settings *settings, const struct probe_door *door, struct str host,
                  struct str method, struct str target, struct probe_expectation *out);

bool probe_statuses_have(const struct probe_statuses *statuses, int status);

/* A name that leads to the server block at this listener: "x.example.org" for "*.example.org".
 * False: none is known, or another block has it. */
MUST_CHECK bool probe_name_of(const struct listener *listener, const struct server *server,
                              struct arena *arena, struct str *out);

#endif
