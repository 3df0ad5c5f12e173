/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/attack_table.h"

static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static const char *certificates_version(int version)
{
    return version == TLS1_2_VERSION ? "TLS 1.2" : "TLS 1.3";
}

static void try_identity(struct attack_run *run, const struct identity *identity)
{
    for (size_t i = 0; i < COUNT_OF(VERSIONS); i++) {
        const char *text = identity ? identity->text : "no certificate";
        const struct attempt attempt = {
            .what = arena_printf(run->arena, "%s, %s", text, certificates_version(VERSIONS[i])).p,
            .identity = identity,
            .version = VERSIONS[i],
        };
        (void)attack_try(run, &attempt);
    }
}

void attack_certificates(struct attack_run *run)
{
    const struct identities *const sets[] = {run->forged, run->issued};
    if (!run->door->secure) {
        const struct attempt attempt = {.what = "no certificate: not over TLS"};
        (void)attack_try(run, &attempt);
        return;
    }
    try_identity(run, NULL);
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        for (size_t j = 0; j < sets[i]->n; j++) {
            if (attack_is_refused(run, &sets[i]->items[j])) {
                try_identity(run, &sets[i]->items[j]);
            }
        }
    }
}

void attack_plain(struct attack_run *run)
{
    const struct attempt attempt = {.what = "plain HTTP on the TLS port", .plain = true};
    (void)attack_try(run, &attempt);
}
