/* SPDX-License-Identifier: Apache-2.0 */
/* All attacks. */
#ifndef PROBE_ATTACK_TABLE_H
#define PROBE_ATTACK_TABLE_H

#include "probe/attack.h"

/* Where an attack makes sense. */
enum attack_where {
    ATTACK_TLS = 0x1,     /* only on doors over TLS */
    ATTACK_PRIVATE = 0x2, /* only against a private copy: it may disturb other clients */
};

struct attack {
    const char *name;
    const char *text; /* what it tries, for people */
    void (*run)(struct attack_run *run);
    unsigned where; /* enum attack_where */
};

/* In the order in which they are run. */
extern const struct attack ATTACKS[];
extern const size_t ATTACKS_N;

void attack_certificates(struct attack_run *run);
void attack_plain(struct attack_run *run);
void attack_sessions(struct attack_run *run);
void attack_names(struct attack_run *run);
void attack_hosts(struct attack_run *run);
void attack_paths(struct attack_run *run);
void attack_verbs(struct attack_run *run);
void attack_fields(struct attack_run *run);
void attack_upgrades(struct attack_run *run);
void attack_pipelines(struct attack_run *run);
void attack_smuggling(struct attack_run *run);
void attack_h2(struct attack_run *run);
void attack_frames(struct attack_run *run);

/* The names that lead elsewhere at the door's address, for attacks between two names. In the run's
 * arena. */
struct other_name {
    struct str name;
    const struct server *server;
};
struct other_name *attack_other_names(struct attack_run *run, size_t *n);

/* A path of the same server that is open to every client; empty if none is known. */
struct str attack_open_path(const struct attack_run *run);

#endif
