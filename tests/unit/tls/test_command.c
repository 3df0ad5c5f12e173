/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of OpenSSL's configuration: which values are files, and relative to what. */
#include "tls/command.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/compiler.h"

static void files_are_relative_to_the_configuration(void **unused)
{
    static const struct {
        const char *name, *value, *want;
    } ROWS[] = {
        {"Certificate", "x.crt", "/etc/yett/x.crt"},
        {"PrivateKey", "keys/x.key", "/etc/yett/keys/x.key"},
        {"privatekey", "x.key", "/etc/yett/x.key"},
        {"DHParameters", "dh.pem", "/etc/yett/dh.pem"},
        {"ServerInfoFile", "info.pem", "/etc/yett/info.pem"},
        {"ChainCAFile", "ca.crt", "/etc/yett/ca.crt"},
        {"VerifyCAPath", "cas", "/etc/yett/cas"},
        {"Certificate", "/srv/x.crt", "/srv/x.crt"},
        {"Certificate", "", ""},
        {"Ciphersuites", "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"},
        {"MinProtocol", "TLSv1.3", "TLSv1.3"},
        {"Nonsense", "x", "x"},
    };
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct tls_command command =
            tls_command_make(&arena, "/etc/yett", str_of(ROWS[i].name), str_of(ROWS[i].value));
        assert_true(str_eq(command.name, str_of(ROWS[i].name)));
        assert_true(str_eq(command.value, str_of(ROWS[i].want)));
    }
    arena_deinit(&arena);
}

static void whether_any_reads_a_file(void **unused)
{
    struct tls_command commands[] = {
        {STR("MinProtocol"), STR("TLSv1.3")},
        {STR("PrivateKey"), STR("/srv/x.key")},
    };
    assert_false(tls_commands_read_files(NULL, 0));
    assert_false(tls_commands_read_files(commands, 1));
    assert_true(tls_commands_read_files(commands, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_relative_to_the_configuration),
        cmocka_unit_test(whether_any_reads_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
