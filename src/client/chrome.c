/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chrome and Chromium on Linux: the certificate in the user's NSS database, and a policy that shows
 * it to the sites without asking. Policies are the machine's, below /etc, one file for each name;
 * PolicyListMultipleSourceMergeList makes their lists one.
 */
#include "client/auto_select.h"
#include "client/kit.h"
#include "client/nss.h"
#include "client/shell.h"

/* The folders of Debian's Chromium and of Google's Chrome. */
static const char FOLDERS[] = "/etc/chromium/policies /etc/opt/chrome/policies";

static const char PUT_CERTIFICATE[] = "db=$HOME/.pki/nssdb\n"
                                      "new=${XDG_DATA_HOME:-$HOME/.local/share}/pki/nssdb\n"
                                      "# A database at the old place is the one that is read.\n"
                                      "[ -d \"$db\" ] || [ ! -d \"$new\" ] || db=$new\n"
                                      "nss_put\n";

static const char DROP_CERTIFICATE[] =
    "for db in \"$HOME/.pki/nssdb\" \"${XDG_DATA_HOME:-$HOME/.local/share}/pki/nssdb\"; do\n"
    "    if [ -e \"$db/cert9.db\" ]; then\n"
    "        need certutil libnss3-tools\n"
    "        nss_drop\n"
    "    fi\n"
    "done\n";

/* First of all: if no password can be asked for, nothing is done by half. */
static const char PUT_FOLDERS[] =
    "(umask 022; for folder in $folders; do $sudo mkdir -p \"$folder/managed\"; done)\n";

static bool put_policy(const struct kit *kit, struct buf *out, struct error *err)
{
    buf_append(out, STR("policy() {\n    cat <<'END'\n"));
    if (!auto_select_file(kit, out, err)) {
        return false;
    }
    buf_printf(out,
               "END\n"
               "}\n"
               "for folder in $folders; do\n"
               "    policy | place \"$folder/managed/yett-%.*s.json\" 'mv -fT'\n"
               "done\n"
               "echo 'Restart the browser if it is running.'\n",
               STR_ARG(kit->name));
    return true;
}

static void drop_policy(const struct kit *kit, struct buf *out)
{
    buf_printf(
        out,
        "for folder in $folders; do\n"
        "    file=$folder/managed/yett-%.*s.json\n"
        "    if [ -e \"$file\" ] || [ -L \"$file\" ]; then\n"
        "        $sudo rm -f \"$file\"\n"
        "        $sudo rmdir \"$folder/managed\" \"$folder\" \"${folder%%/*}\" 2>/dev/null || :\n"
        "    fi\n"
        "done\n"
        "echo 'Restart the browser if it is running.'\n",
        STR_ARG(kit->name));
}

bool client_chrome(const struct kit *kit, enum kit_part part, struct buf *out, struct error *err)
{
    shell_start(out, kit, part);
    if (!nss_functions(kit, part, out, err)) {
        return false;
    }
    shell_root(out);
    buf_printf(out, "folders='%s'\n", FOLDERS);
    if (part == KIT_UNDO) {
        buf_append(out, str_of(DROP_CERTIFICATE));
        drop_policy(kit, out);
        return true;
    }
    buf_append(out, str_of(PUT_FOLDERS));
    buf_append(out, str_of(PUT_CERTIFICATE));
    return put_policy(kit, out, err);
}
