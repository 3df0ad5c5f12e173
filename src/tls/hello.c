/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 6066, 3: reading the server name strictly. */
#include "tls/hello.h"

#include <assert.h>

enum { HOST_NAME = 0, LABEL_MAX = 63 };

static size_t hello_get16(const unsigned char *p)
{
    return (size_t)p[0] << 8 | p[1];
}

/* struct { NameType name_type; opaque HostName<1..2^16-1>; } ServerName, one of them, nothing
 * behind it. */
static bool unwrap(const unsigned char *data, size_t n, struct str *name)
{
    if (n < 5 || hello_get16(data) != n - 2 || data[2] != HOST_NAME ||
        hello_get16(data + 3) != n - 5) {
        return false;
    }
    *name = (struct str){(const char *)data + 5, n - 5};
    return true;
}

static bool is_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || char_is_digit(c) || c == '-' || c == '_';
}

bool hello_sni(const unsigned char *data, size_t n, char out[static SNI_MAX + 1], size_t *out_n)
{
    struct str name;
    *out_n = 0;
    if (!unwrap(data, n, &name) || name.n > SNI_MAX) {
        return false;
    }
    if (str_ends(name, STR("."))) {
        name.n--;
    }
    size_t label = 0;
    for (size_t i = 0; i < name.n; i++) {
        char c = char_lower(name.p[i]);
        if (c == '.' ? label == 0 : !is_host_char(c) || label == LABEL_MAX) {
            return false;
        }
        label = c == '.' ? 0 : label + 1;
        out[i] = c;
    }
    if (label == 0) {
        return false;
    }
    assert(name.n <= SNI_MAX);
    out[name.n] = '\0';
    *out_n = name.n;
    return true;
}
