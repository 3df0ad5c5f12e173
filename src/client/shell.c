/* SPDX-License-Identifier: Apache-2.0 */
#include "client/shell.h"

#include <assert.h>

void shell_quote(struct buf *out, struct str text)
{
    buf_byte(out, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\'') {
            buf_append(out, STR("'\\''"));
        } else {
            buf_byte(out, text.p[i]);
        }
    }
    buf_byte(out, '\'');
}

static void assign(struct buf *out, const char *name, struct str value)
{
    buf_printf(out, "%s=", name);
    shell_quote(out, value);
    buf_byte(out, '\n');
}

void shell_start(struct buf *out, const struct kit *kit, enum kit_part part)
{
    assert(part == KIT_INSTALL || part == KIT_UNDO);
    assert(kit->carried || (str_starts(kit->cert_path, STR("/")) && kit->root_path.n > 0));
    buf_append(out, STR("#!/bin/sh\n"));
    kit_comment(out, kit, part, "# ");
    buf_append(out, STR("set -eu\n"));
    bool ca = kit->trust_ca || part == KIT_UNDO;
    if (kit->carried) {
        /* CDPATH would make cd print where it went. */
        buf_printf(out,
                   "here=$(CDPATH= cd -- \"$(dirname -- \"$0\")\" && pwd)\n"
                   "cert=$here/%.*s.pem\n%s",
                   STR_ARG(kit->name), ca ? "ca=$here/root.crt\n" : "");
    } else {
        assign(out, "cert", kit->cert_path);
        if (ca) {
            assign(out, "ca", kit->root_path);
        }
    }
    if (part == KIT_INSTALL) {
        buf_append(out,
                   STR("[ -r \"$cert\" ] || { echo \"yett: cannot read $cert\" >&2; exit 1; }\n"));
    }
}

/* One call, since each may ask for a password. */
void shell_root(struct buf *out)
{
    buf_append(out, STR("sudo=\n"
                        "[ \"$(id -u)\" -eq 0 ] || sudo=sudo\n"
                        "place() {\n"
                        "    $sudo sh -euc '\n"
                        "        new=$(mktemp \"${1%/*}/../.yett.XXXXXX\")\n"
                        "        trap \"rm -f \\\"\\$new\\\"\" EXIT\n"
                        "        cat >\"$new\"\n"
                        "        chmod 644 \"$new\"\n"
                        "        $2 \"$new\" \"$1\"' place \"$1\" \"$2\"\n"
                        "}\n"));
}
