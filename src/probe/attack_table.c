/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/attack_table.h"

#include "base/vec.h"
#include "site/listener.h"

const struct attack ATTACKS[] = {
    {"certificates", "no certificate, forged ones, revoked and expired ones, over TLS 1.2 and 1.3",
     attack_certificates, 0},
    {"plain", "plain HTTP on the TLS port", attack_plain, ATTACK_TLS},
    {"sessions", "sessions and tickets of other names, and of refused certificates",
     attack_sessions, ATTACK_TLS},
    {"names", "the server name (SNI) of another server, Host of this one", attack_names,
     ATTACK_TLS},
    {"hosts", "Host with port, case, dot, twice or missing; targets with a host", attack_hosts, 0},
    {"paths", "encoded, doubled, climbing and suffixed paths", attack_paths, 0},
    {"verbs", "other methods, and fields that override the method", attack_verbs, 0},
    {"fields", "forged identity headers and their look-alikes", attack_fields, 0},
    {"upgrades", "upgraded connections: WebSocket, h2c", attack_upgrades, 0},
    {"pipelines", "a second request behind one for an open name", attack_pipelines, 0},
    {"smuggling", "a request hidden in the body of another", attack_smuggling, ATTACK_PRIVATE},
    {"http2", "HTTP/2: other :authority, connections shared by names, paths, headers", attack_h2,
     ATTACK_TLS},
    {"frames", "HTTP/2: extended CONNECT, heads in pieces, two heads, names in upper case",
     attack_frames, ATTACK_TLS},
};
const size_t ATTACKS_N = COUNT_OF(ATTACKS);

/* --- what several attacks need --- */

enum { OTHER_NAMES_MAX = 6 };

struct names_search {
    struct attack_run *run;
    struct other_name *items;
    size_t n;
};

static void add_other_name(void *arg, const struct server *server)
{
    struct names_search *search = arg;
    struct str name;
    for (size_t i = 0; i < search->n; i++) {
        if (search->items[i].server == server) {
            return;
        }
    }
    if (server == search->run->door->server || search->n == OTHER_NAMES_MAX ||
        !probe_name_of(search->run->door->listener, server, search->run->arena, &name)) {
        return;
    }
    struct other_name *slot =
        vec_push(search->run->arena, &search->items, &search->n, sizeof(*slot));
    *slot = (struct other_name){name, server};
}

struct other_name *attack_other_names(struct attack_run *run, size_t *n)
{
    struct names_search search = {.run = run};
    listener_each(run->door->listener, add_other_name, &search);
    *n = search.n;
    return search.items;
}

struct str attack_open_path(const struct attack_run *run)
{
    for (size_t i = 0; i < run->doors->n; i++) {
        const struct probe_door *door = &run->doors->items[i];
        if (!door->guarded && door->server == run->door->server &&
            door->listener == run->door->listener) {
            return door->path;
        }
    }
    return STR("");
}
