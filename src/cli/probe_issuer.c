/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that a CA of `yett ca` has really issued, for one probe. */
#include <openssl/rand.h>
#include <time.h>
#include <unistd.h>

#include "ca/issue.h"
#include "ca/revoke.h"
#include "cli/probe.h"

enum {
    ISSUER_WAITS_MS = 3000, /* a gate looks for new CRLs each second */
    DAY_S = 86400,
};

static const struct {
    const char *name; /* of the identity */
    const char *text;
    bool valid;
    bool by_crl;
} KINDS[PROBE_ISSUED_N] = {
    [PROBE_ISSUED_VALID] = {"valid-issued", "a valid certificate of the CA", true, false},
    [PROBE_ISSUED_REVOKED] = {"revoked-issued", "a revoked certificate of the CA", false, true},
    [PROBE_ISSUED_LATER] = {"revoked-later", "a certificate of the CA to revoke", true, true},
    [PROBE_ISSUED_EXPIRED] = {"expired-issued", "an expired certificate of the CA", false, false},
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
    struct issue_order order = {.kind = KIND_MACHINE};
    bool ok = key_spec_parse(STR("p256"), &order.key, err);
    for (size_t i = 0; ok && i < PROBE_ISSUED_N; i++) {
        struct record record;
        bool expired = i == PROBE_ISSUED_EXPIRED;
        order.days = !expired;
        order.not_before = expired ? (int64_t)time(NULL) - 2 * DAY_S : 0;
        order.not_after = expired ? order.not_before + DAY_S : 0;
        ok = ca_issue(&issuer->command.ca, &order, &issuer->names[i], 1, &record, NULL, err);
        issuer->issued[i] = ok;
    }
    return ok;
}

bool probe_issuer_is_used(const struct probe_issuer *issuer)
{
    return issuer->issued[PROBE_ISSUED_N - 1];
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
        !issued_read(issuer, PROBE_ISSUED_EXPIRED, issued, arena, err) ||
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
    for (size_t i = 0; i < PROBE_ISSUED_N; i++) {
        if (issuer->issued[i]) {
            ok = probe_issuer_revoke(issuer, (enum probe_issued)i, err) && ok;
            issuer->issued[i] = false;
        }
    }
    if (issuer->started) {
        ca_command_deinit(&issuer->command);
    }
    issuer->started = false;
    return ok;
}
