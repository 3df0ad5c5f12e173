/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that a CA of `yett ca` has really issued, for one probe. */
#include <openssl/rand.h>
#include <unistd.h>

#include "ca/issue.h"
#include "ca/revoke.h"
#include "cli/probe.h"

enum { ISSUER_WAITS_MS = 3000 }; /* a gate looks for new CRLs each second */

static const struct {
    const char *name; /* of the identity */
    const char *text;
    bool valid;
    bool by_crl;
} KINDS[PROBE_ISSUED_N] = {
    [PROBE_ISSUED_VALID] = {"valid-issued", "a valid certificate of the CA", true, false},
    [PROBE_ISSUED_REVOKED] = {"revoked-issued", "a revoked certificate of the CA", false, true},
    [PROBE_ISSUED_LATER] = {"revoked-later", "a certificate of the CA to revoke", true, true},
};

static void issuer_choose_names(struct probe_issuer *issuer)
{
    unsigned number = 0;
    RAND_bytes((unsigned char *)&number, sizeof(number));
    for (size_t i = 0; i < PROBE_ISSUED_N; i++) {
        issuer->names[i] = arena_printf(&issuer->command.arena, "yett-probe-%08x-%zu", number, i);
    }
}

static bool issuer_issue(struct probe_issuer *issuer, struct error *err)
{
    struct record records[PROBE_ISSUED_N] = {0};
    struct issue_order order = {.kind = KIND_MACHINE, .days = 1};
    issuer->issued =
        key_spec_parse(STR("p256"), &order.key, err) &&
        ca_issue(&issuer->command.ca, &order, issuer->names, PROBE_ISSUED_N, records, NULL, err);
    return issuer->issued;
}

bool probe_issuer_revoke(struct probe_issuer *issuer, enum probe_issued kind, struct error *err)
{
    struct targets targets = {NULL, 0};
    if (issuer->revoked[kind]) {
        return true;
    }
    issuer->revoked[kind] =
        targets_add_name(&issuer->command.ca, &targets, issuer->names[kind], err) &&
        ca_revoke(&issuer->command.ca, &targets, 0, NULL, err);
    return issuer->revoked[kind];
}

void probe_issuer_wait(void)
{
    (void)usleep(ISSUER_WAITS_MS * 1000);
}

static bool issued_read(const struct probe_issuer *issuer, enum probe_issued kind,
                        struct identities *out, struct arena *arena, struct error *err)
{
    const char *path =
        arena_printf(arena, "%s/live/%.*s.pem", issuer->command.dir, STR_ARG(issuer->names[kind]))
            .p;
    if (!identities_read(out, path, KINDS[kind].name, KINDS[kind].text, KINDS[kind].valid, arena,
                         err)) {
        return false;
    }
    out->items[out->n - 1].by_crl = KINDS[kind].by_crl;
    return true;
}

bool probe_issuer_start(struct probe_issuer *issuer, const char *dir, const char *passphrase_file,
                        struct identities *issued, struct identities *later, struct arena *arena,
                        struct error *err)
{
    struct ca_command *command = &issuer->command;
    ca_command_init(command);
    issuer->started = true;
    command->dir = dir;
    command->passphrase_file = passphrase_file;
    issuer_choose_names(issuer);
    if (!ca_command_open_to_change(command, false, true)) {
        *err = command->err;
        return false;
    }
    if (!issuer_issue(issuer, err) ||
        !issued_read(issuer, PROBE_ISSUED_VALID, issued, arena, err) ||
        !issued_read(issuer, PROBE_ISSUED_REVOKED, issued, arena, err) ||
        !issued_read(issuer, PROBE_ISSUED_LATER, later, arena, err) ||
        !probe_issuer_revoke(issuer, PROBE_ISSUED_REVOKED, err)) {
        return false;
    }
    probe_issuer_wait();
    return true;
}

bool probe_issuer_stop(struct probe_issuer *issuer, struct error *err)
{
    bool ok = true;
    for (size_t i = 0; issuer->issued && i < PROBE_ISSUED_N; i++) {
        ok = probe_issuer_revoke(issuer, (enum probe_issued)i, err) && ok;
    }
    if (issuer->started) {
        ca_command_deinit(&issuer->command);
    }
    issuer->started = issuer->issued = false;
    return ok;
}
