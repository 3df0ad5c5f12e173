/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/attack_table.h"

/* --- SNI against Host --- */

static void try_name(struct attack_run *run, struct str sni, bool no_sni, const char *from)
{
    struct str name = run->door->host;
    struct attempt attempt = {.sni = sni, .no_sni = no_sni};
    attempt.what = arena_printf(run->arena, "SNI of %s, Host of the door", from).p;
    (void)attack_try(run, &attempt);
    attempt.what = arena_printf(run->arena, "SNI of %s, its Host, the door in the target", from).p;
    attempt.host = sni.n ? sni : STR("yett-probe.invalid");
    attempt.means_host = name;
    attempt.means_target = run->door->path;
    attempt.target =
        arena_printf(run->arena, "https://%.*s%.*s", STR_ARG(name), STR_ARG(run->door->path));
    (void)attack_try(run, &attempt);
    if (no_sni) {
        return;
    }
    attempt = (struct attempt){.sni = sni, .first_host = sni};
    attempt.what =
        arena_printf(run->arena, "a connection of %s, a second request for the door", from).p;
    (void)attack_try(run, &attempt);
}

void attack_names(struct attack_run *run)
{
    size_t n;
    struct other_name *others = attack_other_names(run, &n);
    for (size_t i = 0; i < n; i++) {
        try_name(run, others[i].name, false,
                 arena_printf(run->arena, "%.*s", STR_ARG(others[i].name)).p);
    }
    try_name(run, STR("yett-probe.invalid"), false, "an unknown name");
    try_name(run, STR(""), true, "no name");
    struct str upper = arena_dup(run->arena, run->door->host);
    struct attempt attempt = {.what = "SNI with another case"};
    char *bytes = arena_cstr(run->arena, upper);
    for (size_t i = 0; i < upper.n; i += 2) {
        bytes[i] = bytes[i] >= 'a' && bytes[i] <= 'z' ? (char)(bytes[i] - 0x20) : bytes[i];
    }
    attempt.sni = (struct str){bytes, upper.n};
    (void)attack_try(run, &attempt);
    attempt.what = "SNI with a dot at its end";
    attempt.sni = arena_concat(run->arena, run->door->host, STR("."));
    (void)attack_try(run, &attempt);
}

/* --- Host --- */

static void try_host(struct attack_run *run, const char *what, struct str host)
{
    const struct attempt attempt = {.what = what, .host = host, .means_host = run->door->host};
    (void)attack_try(run, &attempt);
}

static struct str upper_of(struct arena *arena, struct str text)
{
    char *bytes = arena_cstr(arena, text);
    for (size_t i = 0; i < text.n; i++) {
        bytes[i] = bytes[i] >= 'a' && bytes[i] <= 'z' ? (char)(bytes[i] - 0x20) : bytes[i];
    }
    return (struct str){bytes, text.n};
}

static void try_two_hosts(struct attack_run *run, struct str other)
{
    struct str name = run->door->host;
    struct attempt attempt = {.what = "two Hosts, the door's first", .means_host = name};
    attempt.fields = arena_printf(run->arena, "Host: %.*s\r\n", STR_ARG(other));
    (void)attack_try(run, &attempt);
    attempt.what = "two Hosts, the door's last";
    attempt.host = other;
    attempt.fields = arena_printf(run->arena, "Host: %.*s\r\n", STR_ARG(name));
    (void)attack_try(run, &attempt);
    attempt.what = "Host of the door, another in X-Forwarded-Host and Forwarded";
    attempt.host = name;
    attempt.fields = arena_printf(run->arena, "X-Forwarded-Host: %.*s\r\nForwarded: host=%.*s\r\n",
                                  STR_ARG(other), STR_ARG(other));
    (void)attack_try(run, &attempt);
}

void attack_hosts(struct attack_run *run)
{
    size_t n;
    struct arena *arena = run->arena;
    struct str name = run->door->host;
    struct other_name *others = attack_other_names(run, &n);
    try_host(run, "Host with a port", arena_concat(arena, name, STR(":443")));
    try_host(run, "Host with another port", arena_concat(arena, name, STR(":1")));
    try_host(run, "Host in upper case", upper_of(arena, name));
    try_host(run, "Host with a dot at its end", arena_concat(arena, name, STR(".")));
    try_host(run, "Host with a dot and a port", arena_concat(arena, name, STR(".:443")));
    try_host(run, "Host with a user", arena_concat(arena, STR("x@"), name));
    const struct attempt none = {.what = "no Host", .no_host = true, .means_host = name};
    (void)attack_try(run, &none);
    const struct attempt absolute = {
        .what = "the door in the target, another Host",
        .host = STR("yett-probe.invalid"),
        .target = arena_printf(arena, "http://%.*s%.*s", STR_ARG(name), STR_ARG(run->door->path)),
        .means_host = name,
        .means_target = run->door->path};
    (void)attack_try(run, &absolute);
    try_two_hosts(run, n ? others[0].name : STR("yett-probe.invalid"));
}
