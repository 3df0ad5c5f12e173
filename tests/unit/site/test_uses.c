/* SPDX-License-Identifier: Apache-2.0 */
/* Which fields tell a backend who the client is: those whose value comes from its certificate. */
#include "asked.h"

#include "site/uses.h"

static const char CONFIG[] =
    "map $ssl_client_s_dn $who { default $ssl_client_s_dn; \"\" nobody; }\n"
    "map $who $role { default user; \"CN=a\" admin; }\n"
    "map $host $of_host { default x; y $ssl_client_serial; }\n"
    "map $host $plain { default x; }\n"
    "server { listen 192.0.2.9:80; set $copy $ssl_client_serial; set $other $host;\n"
    "  proxy_set_header X-Direct \"a $ssl_client_fingerprint b\"; proxy_set_header X-Role $role;\n"
    "  proxy_set_header X-Copy $copy; proxy_set_header X-Host-Row $of_host;\n"
    "  location / { proxy_pass http://127.0.0.1:9; }\n"
    "  location /in { if ($ssl_client_s_dn ~ \"CN=(?<named>.*),(.*)\") { set $second $2; }\n"
    "    proxy_set_header X-Named $named; proxy_set_header X-Second $second;\n"
    "    proxy_set_header X-Other $other; proxy_set_header X-Plain $plain;\n"
    "    proxy_set_header X-Days $ssl_client_v_remain; proxy_set_header X-Text text;\n"
    "    proxy_set_header Authorization $who; proxy_set_header X-Address $remote_addr;\n"
    "    proxy_pass http://127.0.0.1:9; }\n"
    "  location /without { proxy_set_header X-Unused $who; return 200 a; }\n"
    "  location @deep { proxy_set_header X-Deep $who; proxy_pass http://127.0.0.1:9; }\n"
    "  location /cap { if ($ssl_client_s_dn ~ \"CN=([^,]+)\") { set $dummy 1; } set $later $1;\n"
    "    proxy_set_header X-Later $later; proxy_set_header X-Group $1; proxy_pass "
    "http://127.0.0.1:9; }\n"
    "  location /role { set $rank user; if ($ssl_client_s_dn = CN=a) { set $rank admin; }\n"
    "    proxy_set_header X-Rank $rank; proxy_pass http://127.0.0.1:9; }\n"
    "  location /host { set $of_name a; if ($host = b) { set $of_name b; }\n"
    "    proxy_set_header X-Name $of_name; proxy_pass http://127.0.0.1:9; }\n"
    "  if ($arg_a) { set $in_if $who; } }\n";

static void fields_from_the_certificate_are_found(void **state)
{
    static const struct {
        const char *name;
        bool found;
    } rows[] = {
        {"X-Direct", true},
        {"x_direct", true},
        {"X-Role", true}, /* through two maps */
        {"X-Copy", true},
        {"X-Host-Row", true},
        {"X-Named", true},
        {"X-Second", true},
        {"X-Deep", true},
        {"X-Later", true}, /* a group outlives the `if` */
        {"X-Group", true},
        {"X-Rank", true}, /* set under a test of the certificate */
        {"X-Name", false},
        {"Client-Cert", true}, /* always */
        {"Client-Cert-Chain", true},
        {"X-Forwarded-Client-Cert", true},
        {"X-Other", false},
        {"X-Plain", false},
        {"X-Days", false}, /* a date tells nobody's name */
        {"X-Text", false},
        {"X-Address", false},
        {"X-Unused", false},      /* no backend gets it */
        {"Authorization", false}, /* every client may have its own */
    };
    struct asked asked;
    asked_load(&asked, CONFIG);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (field_names_has(&asked.settings->identity_fields, str_of(rows[i].name)) !=
            rows[i].found) {
            fail_msg("%s", rows[i].name);
        }
    }
    asked_deinit(&asked);
}

static void variables_from_others_are_found(void **state)
{
    static const char *const OF_CLIENT[] = {"ssl_client_s_dn", "who",    "role",  "copy",
                                            "of_host",         "second", "in_if", "named"};
    static const char *const NOT[] = {"host", "plain", "other", "ssl_client_v_remain"};
    struct asked asked;
    struct arena arena;
    struct uses uses;
    asked_load(&asked, CONFIG);
    arena_init(&arena, 0);
    uses_of(asked.settings, &arena, names_client, &uses);
    for (size_t i = 0; i < COUNT_OF(OF_CLIENT) + COUNT_OF(NOT); i++) {
        bool wanted = i < COUNT_OF(OF_CLIENT);
        const char *name = wanted ? OF_CLIENT[i] : NOT[i - COUNT_OF(OF_CLIENT)];
        const struct variable *variable = strmap_get(&asked.settings->vars.by_name, str_of(name));
        assert_non_null(variable);
        if (uses.items[variable->index] != wanted) {
            fail_msg("%s", name);
        }
    }
    arena_deinit(&arena);
    asked_deinit(&asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_from_the_certificate_are_found),
        cmocka_unit_test(variables_from_others_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
