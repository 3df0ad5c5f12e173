/* SPDX-License-Identifier: Apache-2.0 */
#include "client/nss.h"

#include <assert.h>
#include <openssl/evp.h>

#include "client/shell.h"

static const char COMMON[] =
    "fail() {\n"
    "    echo \"yett: $1\" >&2\n"
    "    exit 1\n"
    "}\n"
    /* Pairs of a program and Debian's package: all at once, so that one installation is enough. */
    "need() {\n"
    "    lacking= packages=\n"
    "    while [ $# -gt 0 ]; do\n"
    "        if ! command -v \"$1\" >/dev/null 2>&1; then\n"
    "            lacking=\"$lacking $1\"\n"
    "            case \"$packages \" in *\" $2 \"*) ;; *) packages=\"$packages $2\" ;; esac\n"
    "        fi\n"
    "        shift 2\n"
    "    done\n"
    "    [ -z \"$lacking\" ] || fail \"missing:$lacking; apt install$packages\"\n"
    "}\n"
    /* Several certutil that make one database at a time never end. It is let go by the next one. */
    "lock() {\n"
    "    exec 9<\"$db\"\n"
    "    flock -w 60 9 || fail \"another script is using $db\"\n"
    "}\n"
    "[ -z \"${SUDO_USER-}\" ] || fail 'run this without sudo: it sets up your own browser'\n"
    "labels() {\n"
    "    certutil -L -d \"sql:$db\" | sed -n 's/ *[a-zA-Z]*,[a-zA-Z]*,[a-zA-Z]* *$//p'\n"
    "}\n"
    "drop() {\n"
    "    while certutil -L -d \"sql:$db\" -n \"$1\" >/dev/null 2>&1; do\n"
    "        certutil \"$2\" -d \"sql:$db\" -n \"$1\" >/dev/null ||\n"
    "            fail \"cannot remove $1 from $db\"\n"
    "    done\n"
    "}\n";

/* pk12util takes no key from a pipe, so the file is where the key will lie anyway. */
static const char PUT[] =
    "need certutil libnss3-tools pk12util libnss3-tools openssl openssl flock util-linux\n"
    "having() {\n"
    "    want=$1\n"
    "    shift\n"
    "    labels | while IFS= read -r old; do\n"
    "        got=$(certutil -L -d \"sql:$db\" -n \"$old\" -a | openssl x509 \"$@\") || continue\n"
    "        [ \"$got\" != \"$want\" ] || printf '%s\\n' \"$old\"\n"
    "    done\n"
    "}\n"
    "put_ca() {\n"
    "    pem=$(openssl x509)\n"
    "    there=$(having \"$pem\")\n"
    "    if [ -z \"$there\" ]; then\n"
    "        printf '%s\\n' \"$pem\" | certutil -A -a -d \"sql:$db\" -n \"$1\" -t \"$2\"\n"
    "    elif [ \"$there\" != \"$1\" ]; then\n"
    "        echo \"$db already has $there: unchanged\"\n"
    "    fi\n"
    "}\n"
    "temporary=\n"
    "trap '[ -z \"$temporary\" ] || rm -rf \"$temporary\"' EXIT\n"
    "trap 'exit 1' HUP INT TERM\n"
    "nss_put() {\n"
    "    (umask 077; mkdir -p \"$db\")\n"
    "    lock\n"
    "    [ -e \"$db/cert9.db\" ] || certutil -N -d \"sql:$db\" --empty-password\n"
    "    others=$(having \"$(openssl x509 -in \"$cert\" -noout -subject)\" -noout -subject |\n"
    "        grep -vxF \"$label\") || :\n"
    "    [ -z \"$others\" ] || fail \"$db has another certificate with this subject:\nremove it "
    "first: certutil -F -d 'sql:$db' -n '$others'\"\n"
    "    if [ \"$(having \"$(openssl x509 -in \"$cert\")\")\" != \"$label\" ]; then\n"
    "        drop \"$label\" -F\n"
    "        temporary=$(mktemp -d \"$db/yett.XXXXXX\")\n"
    "        openssl x509 -in \"$cert\" |\n"
    "            openssl pkcs12 -export -inkey \"$cert\" -name \"$label\" -passout pass: \\\n"
    "                -out \"$temporary/p12\"\n"
    "        pk12util -i \"$temporary/p12\" -d \"sql:$db\" -W '' >/dev/null\n"
    "        rm -rf \"$temporary\"\n"
    "        temporary=\n"
    "    fi\n";

static const char PUT_INTERMEDIATE[] =
    "    awk '/BEGIN CERT/ { n++ } n == 2; /END CERT/ && n == 2 { exit }' \"$cert\" |\n"
    "        put_ca \"intermediate of $authority\" ,,\n";

static const char PUT_ROOT[] = "    put_ca \"root of $authority\" C,, <\"$ca\"\n";

/* The CA goes with its last certificate. */
static const char DROP[] = "nss_drop() {\n"
                           "    lock\n"
                           "    drop \"$label\" -F\n"
                           "    if ! labels | grep -qF \"($authority)\"; then\n"
                           "        drop \"intermediate of $authority\" -D\n"
                           "        drop \"root of $authority\" -D\n"
                           "    fi\n"
                           "}\n";

bool nss_authority(const struct kit *kit, struct str *out, struct error *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n;
    if (X509_digest(kit->root, EVP_sha256(), digest, &n) != 1) {
        return error_set(err, "cannot compute the fingerprint of the root");
    }
    assert(n >= 4);
    *out = arena_printf(kit->arena, "%02x%02x%02x%02x", digest[0], digest[1], digest[2], digest[3]);
    return true;
}

static bool put_labels(const struct kit *kit, struct buf *out, struct error *err)
{
    struct str id;
    if (!nss_authority(kit, &id, err)) {
        return false;
    }
    struct str authority = arena_printf(kit->arena, "yett %.*s", STR_ARG(id));
    buf_printf(out, "authority='%.*s'\nlabel=", STR_ARG(authority));
    shell_quote(out,
                arena_printf(kit->arena, "%.*s (%.*s)", STR_ARG(kit->name), STR_ARG(authority)));
    buf_byte(out, '\n');
    return true;
}

bool nss_functions(const struct kit *kit, enum kit_part part, struct buf *out, struct error *err)
{
    assert(part == KIT_INSTALL || part == KIT_UNDO);
    if (!put_labels(kit, out, err)) {
        return false;
    }
    buf_append(out, str_of(COMMON));
    if (part == KIT_UNDO) {
        buf_append(out, str_of(DROP));
        return true;
    }
    buf_append(out, str_of(PUT));
    if (X509_cmp(kit->issuer, kit->root) != 0) {
        buf_append(out, str_of(PUT_INTERMEDIATE));
    }
    if (kit->trust_ca) {
        buf_append(out, str_of(PUT_ROOT));
    }
    buf_append(out, STR("}\n"));
    return true;
}
