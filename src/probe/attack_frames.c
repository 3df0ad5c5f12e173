/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/attack_table.h"

/* A reply to the first head is in order; only what a valid certificate gets is not. */
static void try_second_head(struct attack_run *run, struct str open)
{
    struct reply plain, reply;
    struct attempt attempt = {.what = "two heads, the door in the second",
                              .h2 = true,
                              .target = open,
                              .means_target = run->door->path};
    bool known = attack_ask(run, &attempt, &plain, NULL) && run->valid.body.n;
    attempt.form = H2_FORM_TWO_HEADS;
    attempt.second_path = run->door->path;
    if (known && attack_ask(run, &attempt, &reply, NULL)) {
        bool opened = str_eq(reply.body, run->valid.body) && !str_eq(reply.body, plain.body);
        attack_judge(run, &attempt, opened ? &reply : &(struct reply){0}, true);
    }
}

static void try_two_hosts_h2(struct attack_run *run, struct str other)
{
    struct str name = run->door->host;
    struct attempt attempt = {.what = ":authority of the door, another host", .h2 = true};
    attempt.fields = arena_printf(run->arena, "host: %.*s\r\n", STR_ARG(other));
    (void)attack_try(run, &attempt);
    attempt.what = "another :authority, host of the door";
    attempt.host = other;
    attempt.means_host = name;
    attempt.fields = arena_printf(run->arena, "host: %.*s\r\n", STR_ARG(name));
    (void)attack_try(run, &attempt);
}

void attack_frames(struct attack_run *run)
{
    struct reply reply;
    size_t n;
    struct other_name *others = attack_other_names(run, &n);
    const struct attempt usual = {.h2 = true};
    if (!attack_ask(run, &usual, &reply, NULL)) {
        return; /* the server does not speak HTTP/2 */
    }
    struct attempt attempt = {.what = "extended CONNECT (:protocol websocket)",
                              .h2 = true,
                              .form = H2_FORM_CONNECT,
                              .fields = STR("sec-websocket-version: 13\r\n")};
    if (str_eq(run->door->method, STR("GET"))) { /* as which it is judged */
        (void)attack_try(run, &attempt);
    }
    attempt = (struct attempt){
        .what = "a head in three pieces (CONTINUATION)", .h2 = true, .form = H2_FORM_PIECES};
    (void)attack_try(run, &attempt);
    attempt.what = "field names in upper case";
    attempt.form = H2_FORM_CASE;
    attempt.fields = STR("X-SSL-Client-Verify: SUCCESS\r\n");
    (void)attack_try(run, &attempt);
    struct str open = attack_open_path(run);
    attempt = (struct attempt){.what = "two heads, the door in the first",
                               .h2 = true,
                               .form = H2_FORM_TWO_HEADS,
                               .second_path = open.n ? open : STR("/")};
    (void)attack_try(run, &attempt);
    if (open.n) {
        try_second_head(run, open);
    }
    try_two_hosts_h2(run, n ? others[0].name : STR("yett-probe.invalid"));
}
