/* SPDX-License-Identifier: Apache-2.0 */
#include "client/firefox_policy.h"

#include <assert.h>

#include "client/nss.h"
#include "client/shell.h"

/* Read by every Firefox for Linux; the folders of installations are not if this is there. */
#define FOLDER "/etc/firefox/policies"

/*
 * Beside the policies are empty files: "yett-policies" tells that it was these scripts that put
 * them there (others may have put the same ones), and one for each certificate that they are
 * needed. The root's file is named by its CA.
 */
static const char COMMON[] =
    "folder=" FOLDER "\n"
    "file=$folder/policies.json\n"
    "mark=$folder/yett-${authority#yett }\n"
    "made=$folder/yett-policies\n"
    "ours() {\n"
    "    [ -e \"$made\" ] && [ -f \"$file\" ] && [ ! -L \"$file\" ] || return 1\n"
    "    text=$(cat \"$file\" 2>/dev/null) || return 1\n"
    "    [ \"$text\" = \"$(choice_only)\" ] || [ \"$text\" = \"$(with_root)\" ]\n"
    "}\n";

/*
 * A file below /etc takes the place of one in an installation's folder, so that one counts as well.
 * Policies of others that have the choice already are as good as ours.
 */
static const char CHECK[] =
    "theirs=\n"
    "check_policy() {\n"
    "    if [ -e \"$file\" ] || [ -L \"$file\" ]; then\n"
    "        ours || theirs=$file\n"
    "    else\n"
    "        for other in /usr/lib*/firefox*/distribution/policies.json \\\n"
    "            /usr/share/firefox*/distribution/policies.json \\\n"
    "            /opt/firefox*/distribution/policies.json; do\n"
    "            [ ! -e \"$other\" ] || theirs=$other\n"
    "        done\n"
    "    fi\n"
    "    if [ -n \"$theirs\" ] && ! {\n"
    "        grep -q '\"security[.]default_personal_cert\"' \"$theirs\" &&\n"
    "            grep -q '\"Select Automatically\"' \"$theirs\"\n"
    "    }; then\n"
    "        fail \"$theirs exists and was not written by this script; it is unchanged.\nAdd these "
    "policies to it, then run this script again:\n"
    "$(wanted)\"\n"
    "    fi\n"
    "    (umask 022; $sudo mkdir -p \"$folder\")\n"
    "}\n";

static const char PUT_START[] = "put_policy() {\n"
                                "    : | place \"$mark-$name\" 'mv -fT'\n";

static const char PUT_ROOT[] = "    openssl x509 <\"$ca\" | place \"$mark.crt\" 'mv -fT'\n";

/*
 * With the root, it replaces one of ours without: a user who does not ask to trust the root takes
 * that trust from no one else.
 */
static const char PUT_END[] = "    if [ -n \"$theirs\" ]; then\n"
                              "        echo \"$theirs already has this setting: unchanged\"\n"
                              "    elif [ ! -e \"$file\" ]; then\n"
                              "        : | place \"$made\" 'mv -fT'\n"
                              "        wanted | place \"$file\" 'ln -T'\n"
                              "    elif [ \"$(cat \"$file\")\" = \"$(choice_only)\" ] && [ "
                              "\"$(wanted)\" = \"$(with_root)\" ]; then\n"
                              "        wanted | place \"$file\" 'mv -fT'\n"
                              "    fi\n"
                              "    echo 'Restart Firefox if it is running.'\n"
                              "}\n";

/* The policies go with the last certificate, the root with the last one of its CA. */
static const char DROP[] =
    "drop_policy() {\n"
    "    [ -e \"$mark-$name\" ] || return 0\n"
    "    any=\n"
    "    same=\n"
    "    for other in \"$folder\"/yett-*-*; do\n"
    "        case $other in\n"
    "        \"$mark-$name\") ;;\n"
    "        \"$mark\"-*) any=1 same=1 ;;\n"
    "        *) any=1 ;;\n"
    "        esac\n"
    "    done\n"
    "    if [ -z \"$same\" ] && ours; then\n"
    "        if [ -n \"$any\" ]; then\n"
    "            choice_only | place \"$file\" 'mv -fT'\n"
    "        else\n"
    "            $sudo rm -f \"$file\"\n"
    "        fi\n"
    "    fi\n"
    "    [ -n \"$any\" ] || $sudo rm -f \"$made\"\n"
    "    if [ -z \"$same\" ] && [ -e \"$mark.crt\" ]; then\n"
    "        $sudo rm -f \"$mark.crt\"\n"
    "        echo 'Profiles of other users may still trust the root: remove it there'\n"
    "    fi\n"
    "    $sudo rm -f \"$mark-$name\"\n"
    "    $sudo rmdir \"$folder\" \"${folder%/*}\" 2>/dev/null || :\n"
    "    echo 'Restart Firefox if it is running.'\n"
    "}\n";

/* "default" ends with the policy, and leaves the last word to the user's settings. */
static bool put_policies(const struct kit *kit, bool root, struct buf *out, struct error *err)
{
    struct str id;
    if (!nss_authority(kit, &id, err)) {
        return false;
    }
    buf_append(out, STR("{\n  \"policies\": {\n"));
    if (root) {
        buf_printf(out,
                   "    \"Certificates\": {\n"
                   "      \"Install\": [\"" FOLDER "/yett-%.*s.crt\"]\n"
                   "    },\n",
                   STR_ARG(id));
    }
    buf_append(out, STR("    \"Preferences\": {\n"
                        "      \"security.default_personal_cert\": "
                        "{\"Value\": \"Select Automatically\", \"Status\": \"default\"}\n"
                        "    }\n  }\n}\n"));
    return true;
}

bool firefox_policies(const struct kit *kit, struct buf *out, struct error *err)
{
    assert(kit->policy && kit->program->policy);
    return put_policies(kit, kit->trust_ca, out, err);
}

/* A function that prints the file. */
static bool put_printer(const struct kit *kit, const char *name, bool root, struct buf *out,
                        struct error *err)
{
    buf_printf(out, "%s() {\n    cat <<'END'\n", name);
    bool ok = put_policies(kit, root, out, err);
    buf_append(out, STR("END\n}\n"));
    return ok;
}

bool firefox_policy_functions(const struct kit *kit, enum kit_part part, struct buf *out,
                              struct error *err)
{
    assert(part == KIT_INSTALL || part == KIT_UNDO);
    buf_printf(out, "name='%.*s'\n", STR_ARG(kit->name));
    if (!put_printer(kit, "choice_only", false, out, err) ||
        !put_printer(kit, "with_root", true, out, err)) {
        return false;
    }
    shell_root(out);
    buf_append(out, str_of(COMMON));
    if (part == KIT_UNDO) {
        buf_append(out, str_of(DROP));
        return true;
    }
    buf_printf(out, "wanted() {\n    %s\n}\n", kit->trust_ca ? "with_root" : "choice_only");
    buf_append(out, str_of(CHECK));
    buf_append(out, str_of(PUT_START));
    buf_append(out, kit->trust_ca ? str_of(PUT_ROOT) : STR(""));
    buf_append(out, str_of(PUT_END));
    return true;
}
