/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/run.h"

#include <openssl/x509.h>

#include "base/file.h"
#include "base/must.h"
#include "base/vec.h"
#include "pki/bundle.h"
#include "probe/attack_table.h"
#include "probe/revoked.h"

/* The forgeries of the CAs of one server block, which its doors share. */
struct forgeries {
    const struct server *server;
    struct identities set;
};

struct runner {
    const struct probe_plan *plan;
    struct arena *arena;
    struct forgeries *forgeries;
    size_t forgeries_n;
    struct probe_results *out;
    struct error *err;
};

/* --- the CAs to imitate --- */

enum { BUNDLE_MAX = 64 << 20 };

static bool run_read_authorities(const struct tls_server_settings *tls, STACK_OF(X509) * out,
                                 struct arena *arena, struct error *err)
{
    const char *const paths[] = {tls->client_certificate, tls->trusted_certificate};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct trust_source source = {.name = paths[i]};
        if (paths[i] && (!file_read(paths[i], BUNDLE_MAX, arena, &source.pem, err) ||
                         !bundle_certs(&source, out, err))) {
            return false;
        }
    }
    return true;
}

static X509 *stolen_of(const struct probe_plan *plan)
{
    const struct identity *valid = identities_valid(&plan->issued);
    return valid ? valid->cert : NULL;
}

static bool forgeries_of(struct runner *runner, const struct server *server,
                         const struct identities **out)
{
    for (size_t i = 0; i < runner->forgeries_n; i++) {
        if (runner->forgeries[i].server == server) {
            *out = &runner->forgeries[i].set;
            return true;
        }
    }
    struct forgeries *slot =
        vec_push(runner->arena, &runner->forgeries, &runner->forgeries_n, sizeof(*slot));
    slot->server = server;
    STACK_OF(X509) *authorities = must_have(sk_X509_new_null());
    bool ok = run_read_authorities(&server->settings.tls, authorities, runner->arena, runner->err);
    if (ok) {
        identities_forge(authorities, stolen_of(runner->plan), runner->arena, &slot->set);
    }
    sk_X509_pop_free(authorities, X509_free);
    *out = &slot->set;
    return ok;
}

/* --- one door --- */

static bool run_init(struct runner *runner, const struct probe_door *door,
                     struct door_result *result, struct attack_run *run)
{
    const struct probe_plan *plan = runner->plan;
    *run = (struct attack_run){
        .settings = plan->settings,
        .doors = &plan->doors,
        .door = door,
        .issued = &plan->issued,
        .keep = plan->keep,
        .field_names = plan->field_names,
        .field_names_n = plan->field_names_n,
        .timeout_ms = plan->timeout_ms,
        .arena = runner->arena,
        .err = runner->err,
        .out = result,
    };
    result->door = door;
    return forgeries_of(runner, door->server, &run->forged);
}

static bool is_for(const struct attack *attack, const struct runner *runner,
                   const struct probe_door *door)
{
    return (!(attack->where & ATTACK_TLS) || door->secure) &&
           (!(attack->where & ATTACK_PRIVATE) || runner->plan->private_copy);
}

static bool run_goes_on(struct runner *runner, size_t number, const char *attack)
{
    const struct probe_plan *plan = runner->plan;
    return plan->progress(plan->arg, number, runner->out->n, attack) ||
           error_set(runner->err, "interrupted");
}

static bool run_door(struct runner *runner, size_t number, struct attack_run *run)
{
    if (!run->door->path.n) {
        return true; /* no request is known that reaches it */
    }
    for (size_t i = 0; i < ATTACKS_N && !run->failed; i++) {
        if (is_for(&ATTACKS[i], runner, run->door)) {
            if (!run_goes_on(runner, number, ATTACKS[i].name)) {
                return false;
            }
            run->attack = ATTACKS[i].name;
            ATTACKS[i].run(run);
        }
    }
    return !run->failed;
}

/* --- revocation --- */

/* Where there is no CRL, a certificate of the probe's own cannot be revoked. */
static bool is_revocable(const struct probe_plan *plan, const struct probe_door *door)
{
    return door->secure && door->opens &&
           (!plan->to_revoke->by_crl || door->server->settings.tls.crls.n);
}

static bool run_revocation(struct runner *runner, struct attack_run *runs)
{
    const struct probe_plan *plan = runner->plan;
    size_t n = runner->out->n;
    size_t revocable = 0;
    for (size_t i = 0; plan->to_revoke && i < n; i++) {
        revocable += is_revocable(plan, runs[i].door);
    }
    if (revocable == 0) {
        return true;
    }
    struct revoked **revoked = must_calloc(n, sizeof(struct revoked *));
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        ok = run_goes_on(runner, i, "revocation");
        runs[i].attack = "revocation";
        revoked[i] =
            is_revocable(plan, runs[i].door) ? revoked_new(&runs[i], plan->to_revoke) : NULL;
    }
    ok = ok && plan->revoke(plan->arg, runner->err);
    for (size_t i = 0; i < n; i++) {
        if (ok && revoked[i]) {
            revoked_try(&runs[i], revoked[i]);
        }
        revoked_free(revoked[i]);
    }
    free(revoked);
    return ok;
}

/* --- all --- */

enum probe_outcome door_outcome(const struct door_result *result)
{
    if (result->counts[OUTCOME_OPENED]) {
        return OUTCOME_OPENED;
    }
    if (result->door->unreachable && !result->tried) {
        return OUTCOME_UNREACHABLE;
    }
    bool unsure = !result->tried || result->proven == PROVEN_NOT || result->counts[OUTCOME_UNSURE];
    return unsure ? OUTCOME_UNSURE : OUTCOME_HELD;
}

static bool run_all(struct runner *runner, struct attack_run *runs)
{
    size_t n = 0;
    for (size_t i = 0; i < runner->plan->doors.n; i++) {
        const struct probe_door *door = &runner->plan->doors.items[i];
        if (door->guarded && !run_init(runner, door, &runner->out->items[n], &runs[n])) {
            return false;
        }
        n += door->guarded;
    }
    for (size_t i = 0; i < n; i++) {
        runs[i].all = runs;
        runs[i].all_n = n;
        if (runs[i].door->path.n) {
            attack_references(&runs[i], identities_valid(runs[i].issued));
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!run_door(runner, i, &runs[i])) {
            return false;
        }
    }
    return run_revocation(runner, runs);
}

bool probe_run(const struct probe_plan *plan, struct arena *arena, struct probe_results *out,
               struct error *err)
{
    struct runner runner = {.plan = plan, .arena = arena, .out = out, .err = err};
    *out = (struct probe_results){0};
    for (size_t i = 0; i < plan->doors.n; i++) {
        out->n += plan->doors.items[i].guarded;
    }
    out->items = arena_zalloc(arena, (out->n + 1) * sizeof(*out->items));
    struct attack_run *runs = arena_zalloc(arena, (out->n + 1) * sizeof(*runs));
    bool ok = run_all(&runner, runs);
    for (size_t i = 0; i < out->n; i++) {
        out->counts[door_outcome(&out->items[i])]++;
    }
    for (size_t i = 0; i < runner.forgeries_n; i++) {
        identities_deinit(&runner.forgeries[i].set);
    }
    return ok;
}
