/* SPDX-License-Identifier: Apache-2.0 */
#include "load/http_conf.h"

#include "load/loader.h"

const struct directive http_directives[] = {
    {.name = "http",
     .contexts = CONTEXT_MAIN,
     .is_block = true,
     .set = set_http_block,
     .syntax = "{ … }"},
    {.name = "server",
     .contexts = CONTEXT_HTTP,
     .is_block = true,
     .repeats = true,
     .set = set_server_block,
     .syntax = "{ … }"},
    {.name = "location",
     .contexts = CONTEXT_SERVER | CONTEXT_LOCATION,
     .min_args = 1,
     .max_args = 2,
     .is_block = true,
     .repeats = true,
     .set = set_location_block,
     .syntax = "[ = | ~ | ~* | ^~ ] uri { … } | @name { … }"},
    {.name = "if",
     .contexts = CONTEXT_SERVER | CONTEXT_LOCATION,
     .min_args = 1,
     .max_args = ARGS_ANY,
     .is_block = true,
     .repeats = true,
     .set = set_if_block,
     .syntax = "(condition) { … }"},
    {.name = "limit_except",
     .contexts = CONTEXT_LOCATION,
     .min_args = 1,
     .max_args = ARGS_ANY,
     .is_block = true,
     .set = set_limit_except_block,
     .syntax = "method … { … }"},
    {.name = "listen",
     .contexts = CONTEXT_SERVER,
     .min_args = 1,
     .max_args = ARGS_ANY,
     .repeats = true,
     .set = set_listen,
     .syntax = "address[:port] | port | unix:path [default_server] [ssl] [backlog=number] "
               "[rcvbuf=size] [sndbuf=size] [deferred] [ipv6only=on|off] [reuseport] "
               "[so_keepalive=on|off] [fastopen=number] [bind]"},
    {.name = "ssl",
     .contexts = CONTEXT_HTTP | CONTEXT_SERVER,
     .min_args = 1,
     .max_args = 1,
     .set = set_ssl,
     .syntax = "on | off",
     .note =
         "Deprecated: use `listen … ssl`. It works as in nginx before 1.25: an address uses TLS "
         "if the default server of that address says `on`."},
    {.name = "server_name",
     .contexts = CONTEXT_SERVER,
     .min_args = 1,
     .max_args = ARGS_ANY,
     .repeats = true,
     .set = set_server_name,
     .syntax = "name …"},
};

const size_t http_directives_n = COUNT_OF(http_directives);
