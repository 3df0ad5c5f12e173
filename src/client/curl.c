/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curl: a configuration file for -K that names certificate and key; in a kit directory, where such
 * a file cannot say "beside me", a script that calls curl with them.
 */
#include "client/kit.h"
#include "client/shell.h"

/* In quotation marks, as -K reads them (curl(1)). */
static void put_quoted(struct buf *out, struct str text)
{
    static const struct {
        char c;
        const char *escape;
    } ESCAPES[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"},
                   {'\r', "\\r"}, {'\t', "\\t"},  {'\v', "\\v"}};
    buf_byte(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        size_t k = 0;
        while (k < COUNT_OF(ESCAPES) && ESCAPES[k].c != text.p[i]) {
            k++;
        }
        if (k < COUNT_OF(ESCAPES)) {
            buf_append(out, str_of(ESCAPES[k].escape));
        } else {
            buf_byte(out, text.p[i]);
        }
    }
    buf_byte(out, '"');
}

static void put_option(struct buf *out, const char *name, struct str value)
{
    buf_printf(out, "%s = ", name);
    put_quoted(out, value);
    buf_byte(out, '\n');
}

/* --cert takes FILE:PASSWORD: a colon that belongs to the file is escaped. */
static struct str cert_argument(const struct kit *kit)
{
    struct buf text = {0};
    for (size_t i = 0; i < kit->cert_path.n; i++) {
        char c = kit->cert_path.p[i];
        if (c == ':' || c == '\\') {
            buf_byte(&text, '\\');
        }
        buf_byte(&text, c);
    }
    struct str copy = arena_dup(kit->arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

static void put_config(struct buf *out, const struct kit *kit)
{
    kit_comment(out, kit, KIT_INSTALL, "# ");
    buf_append(out, STR("# Usage: curl -K THIS_FILE URL. Every server contacted by that call can "
                        "ask for the certificate.\n"));
    put_option(out, "cert", cert_argument(kit));
    put_option(out, "key", kit->cert_path);
    if (kit->trust_ca) {
        put_option(out, "cacert", kit->root_path);
    }
    put_option(out, "proto", STR("=https"));
}

static void put_script(struct buf *out, const struct kit *kit)
{
    shell_start(out, kit, KIT_INSTALL);
    buf_append(out, STR("# Usage: curl.sh [options] URL. Every server contacted by that call can "
                        "ask for the certificate.\n"
                        "# --cert takes FILE:PASSWORD, so colons in the path are escaped.\n"
                        "escaped=$(printf %s \"$cert\" | sed 's/[\\\\:]/\\\\&/g')\n"
                        "exec curl --cert \"$escaped\" --key \"$cert\""));
    buf_append(out, kit->trust_ca ? STR(" --cacert \"$ca\"") : STR(""));
    buf_append(out, STR(" --proto =https \"$@\"\n"));
}

bool client_curl(const struct kit *kit, enum kit_part part, struct buf *out, struct error *err)
{
    if (part == KIT_UNDO) {
        buf_append(out, STR("# curl: nothing was installed. Remove the file given with -K.\n"));
    } else if (kit->carried) {
        put_script(out, kit);
    } else {
        put_config(out, kit);
    }
    return true;
}
