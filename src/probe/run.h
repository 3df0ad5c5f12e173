/* SPDX-License-Identifier: Apache-2.0 */
/* Runs all attacks on all doors. */
#ifndef PROBE_RUN_H
#define PROBE_RUN_H

#include "probe/attack.h"

struct probe_plan {
    const struct settings *settings; /* of the configuration, not of its copy */
    struct probe_doors doors;
    struct identities issued;                     /* by CAs that the gate trusts; may be empty */
    const struct identity *to_revoke;             /* valid at first; NULL: none */
    bool (*revoke)(void *arg, struct error *err); /* returns when the gate can know of it */
    /* Before each attack on a door. False: stop here. */
    bool (*progress)(void *arg, size_t door, size_t doors, const char *attack);
    void *arg;         /* for both */
    bool private_copy; /* nobody else uses the gate */
    const char *keep;
    const struct str *field_names; /* that the configuration sets for backends */
    size_t field_names_n;
    uint64_t timeout_ms;
};

struct probe_results {
    struct door_result *items; /* of the guarded doors */
    size_t n;
    size_t counts[OUTCOMES_N]; /* of doors */
};

/*
 * True: all was tried. False: a listener cannot be reached, a CA cannot be read, or the revocation
 * failed. Results and what they point to are in the arena.
 */
MUST_CHECK bool probe_run(const struct probe_plan *plan, struct arena *arena,
                          struct probe_results *out, struct error *err);

/* What all attempts on a door together say. */
enum probe_outcome door_outcome(const struct door_result *result);

#endif
