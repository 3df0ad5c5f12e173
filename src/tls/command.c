/* SPDX-License-Identifier: Apache-2.0 */
#include "tls/command.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/file.h"
#include "base/must.h"

/* SSL_CONF_TYPE_*: what the value of a command with that name is. */
static int value_type(struct str name)
{
    struct arena arena;
    arena_init(&arena, 0);
    SSL_CONF_CTX *conf = must_have(SSL_CONF_CTX_new());
    SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_SERVER | SSL_CONF_FLAG_CLIENT |
                                     SSL_CONF_FLAG_CERTIFICATE);
    int type = SSL_CONF_cmd_value_type(conf, arena_cstr(&arena, name));
    SSL_CONF_CTX_free(conf);
    arena_deinit(&arena);
    ERR_clear_error();
    return type;
}

struct tls_command tls_command_make(struct arena *arena, const char *base, struct str name,
                                    struct str value)
{
    assert(base);
    int type = value_type(name);
    if (value.n && (type == SSL_CONF_TYPE_FILE || type == SSL_CONF_TYPE_DIR)) {
        value = str_of(path_resolve(arena, str_of(base), value));
    }
    return (struct tls_command){name, value};
}

bool tls_commands_read_files(const struct tls_command *commands, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (value_type(commands[i].name) == SSL_CONF_TYPE_FILE) {
            return true;
        }
    }
    return false;
}
