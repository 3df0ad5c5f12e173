/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of `yett probe`. */
#ifndef CLI_PROBE_H
#define CLI_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "cli/ca.h"
#include "conf/tree.h"
#include "probe/identity.h"
#include "probe/run.h"
#include "probe/stub.h"
#include "site/settings.h"

/* --- probe_copy.c: a configuration for loopback --- */

struct copied_port {
    const struct listener *listener;
    uint16_t port;
};

struct probe_copy {
    const struct settings *settings; /* of the original */
    const struct conf_tree *tree;
    const char *dir; /* for its files: exists, and only its owner can write to it */
    const struct probe_ca *ca;
    uint16_t stub_port;
    struct arena *arena;

    const char *path; /* what was written */
    const char *crl;  /* of `ca` */
    struct copied_port *ports;
    size_t ports_n;

    struct str *groups; /* names of upstream blocks */
    size_t groups_n;
    size_t files_n; /* of CAs and CRLs, so far */
};

/*
 * Writes the configuration with other listeners, backends, logs and temporary files; its CAs and
 * CRLs are joined by those of `ca`.
 */
MUST_CHECK bool probe_copy_write(struct probe_copy *copy, struct error *err);

/* --- probe_gate.c: a gate that runs it --- */

struct probe_gate {
    pid_t pid; /* 0: not running */
    char *dir; /* removed with all files in it */
    struct stub stub;
    struct probe_ca ca;
    struct probe_copy copy;
};

/* Starts a gate with a private copy, and sends the doors there. Call probe_gate_stop in any case.
 */
MUST_CHECK bool probe_gate_start(struct probe_gate *gate, const struct settings *settings,
                                 const struct conf_tree *tree, const char *prefix,
                                 struct probe_doors *doors, struct arena *arena, struct error *err);
void probe_gate_stop(struct probe_gate *gate);
/* Puts the certificate on the CRL, and waits until the gate has had the time to read it. */
MUST_CHECK bool probe_gate_revoke(struct probe_gate *gate, const X509 *cert, struct error *err);

/* --- probe_issuer.c: a CA of `yett ca` --- */

enum probe_issued {
    PROBE_ISSUED_VALID,
    PROBE_ISSUED_REVOKED,
    PROBE_ISSUED_LATER,
    PROBE_ISSUED_EXPIRED,
    PROBE_ISSUED_N
};

struct probe_issuer {
    struct ca_command command; /* holds the CA's lock from start to stop */
    struct str names[PROBE_ISSUED_N];
    bool issued[PROBE_ISSUED_N];
    bool revoked[PROBE_ISSUED_N];
    bool started;
};

/*
 * Issues a certificate of each kind, for a day (the expired one: of the past), and adds them: the
 * one to revoke to `later`, the others to `issued`. Revokes one, and waits until a gate has had the
 * time to read the CRL. Call probe_issuer_stop in any case.
 */
MUST_CHECK bool probe_issuer_start(struct probe_issuer *issuer, const char *dir,
                                   const char *passphrase_file, struct identities *issued,
                                   struct identities *later, struct arena *arena,
                                   struct error *err);
/* Whether it has certificates to show. */
bool probe_issuer_is_used(const struct probe_issuer *issuer);
MUST_CHECK bool probe_issuer_revoke(struct probe_issuer *issuer, enum probe_issued kind,
                                    struct error *err);
void probe_issuer_wait(void);
/* Revokes what is not revoked yet. False: a certificate is left. */
MUST_CHECK bool probe_issuer_stop(struct probe_issuer *issuer, struct error *err);

/* --- probe_report.c --- */

void probe_report_text(const struct probe_plan *plan, const struct probe_results *results);
void probe_report_json(const struct probe_plan *plan, const struct probe_results *results);

#endif
