/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firefox on Linux: the certificate in the profile's NSS database, and in its user.js that one is
 * chosen without asking. Firefox cannot bind this to a site, so it stays within the profile, unless
 * a policy is asked for: that decides for everybody on the machine.
 */
#include "client/kit.h"

#include "client/firefox_policy.h"
#include "client/nss.h"
#include "client/shell.h"

/*
 * The old folder, and the one that Firefox 147 and newer makes in a home without that. profiles.ini
 * has a section for each installed Firefox, with the profile that it starts with; one from before
 * that has only a default for all. Undoing looks at every profile: the default may have changed.
 */
static const char CHOSEN_PUT[] =
    "chosen() {\n"
    "    awk '\n"
    "        function finish() {\n"
    "            if (section ~ /^\\[Install/ && value != \"\") install[value]\n"
    "            if (section ~ /^\\[Profile/ && value == \"1\") fallback = path\n"
    "            path = value = \"\"\n"
    "        }\n"
    "        /^\\[/ { finish(); section = $0 }\n"
    "        /^Path=/ { path = substr($0, 6) }\n"
    "        /^Default=/ { value = substr($0, 9) }\n"
    "        END {\n"
    "            finish()\n"
    "            for (path in install) { print path; fallback = \"\" }\n"
    "            if (fallback != \"\") print fallback\n"
    "        }' \"$1\"\n"
    "}\n";

static const char CHOSEN_DROP[] = "chosen() {\n"
                                  "    sed -n 's/^Path=//p' \"$1\"\n"
                                  "}\n";

static const char PROFILES[] =
    "profiles() {\n"
    "    if [ -n \"${FIREFOX_PROFILE-}\" ]; then\n"
    "        printf '%s\\n' \"$FIREFOX_PROFILE\"\n"
    "        return\n"
    "    fi\n"
    "    for base in \"$HOME/.mozilla/firefox\" "
    "\"${XDG_CONFIG_HOME:-$HOME/.config}/mozilla/firefox\"; do\n"
    "        [ -r \"$base/profiles.ini\" ] || continue\n"
    "        chosen \"$base/profiles.ini\" | while IFS= read -r path; do\n"
    "            case $path in\n"
    "            /*) printf '%s\\n' \"$path\" ;;\n"
    "            *) printf '%s\\n' \"$base/$path\" ;;\n"
    "            esac\n"
    "        done\n"
    "    done\n"
    "}\n"
    /* A link to ADDRESS:+PID; of a Firefox that crashed it is still there. */
    "check_closed() {\n"
    "    pid=$(readlink \"$profile/lock\") || return 0\n"
    "    ! kill -0 \"${pid##*+}\" 2>/dev/null || fail \"close Firefox first: it is using "
    "$profile\"\n"
    "}\n"
    "choice='user_pref(\"security.default_personal_cert\", \"Select Automatically\");'\n";

/* If the user has chosen this before, nothing is written, so that an undo keeps it. */
static const char PUT_CHOICE[] =
    "put_choice() {\n"
    "    js=$profile/user.js\n"
    "    if grep -qF \"$choice // $label\" \"$js\" 2>/dev/null; then\n"
    "        return\n"
    "    fi\n"
    "    if grep -qF \"$choice\" \"$profile/prefs.js\" 2>/dev/null &&\n"
    "        ! grep -F \"$choice // \" \"$js\" 2>/dev/null | grep -q '(yett [0-9a-f]*)$'; then\n"
    "        return\n"
    "    fi\n"
    "    [ ! -s \"$js\" ] || [ -z \"$(tail -c 1 \"$js\")\" ] || echo >>\"$js\"\n"
    "    printf '%s\\n' \"$choice // $label\" >>\"$js\"\n"
    "}\n";

/*
 * Firefox copies what user.js says to prefs.js, from where it has to be taken as well. Either may
 * be a link to the user's settings: it stays a link.
 */
static const char DROP_CHOICE[] =
    "without() {\n"
    "    real=$(readlink -f \"$2\")\n"
    "    new=$(mktemp \"$real.XXXXXX\")\n"
    "    cp -p \"$real\" \"$new\"\n"
    "    grep -vF \"$1\" \"$real\" >\"$new\" || :\n"
    "    if [ -s \"$new\" ] || [ -L \"$2\" ]; then mv -f \"$new\" \"$real\"; "
    "else rm \"$real\" \"$new\"; fi\n"
    "}\n"
    "drop_choice() {\n"
    "    js=$profile/user.js\n"
    "    grep -qF \"$choice // $label\" \"$js\" 2>/dev/null || return 0\n"
    "    without \"$choice // $label\" \"$js\"\n"
    "    if ! grep -qF \"$choice\" \"$js\" 2>/dev/null && [ -e \"$profile/prefs.js\" ]; then\n"
    "        without \"$choice\" \"$profile/prefs.js\"\n"
    "    fi\n"
    "}\n";

static const char PUT[] =
    "umask 077\n"
    "found=\n"
    "while IFS= read -r profile; do\n"
    "    [ -d \"$profile\" ] || continue\n"
    "    found=1\n"
    "    check_closed\n"
    "    db=$profile\n"
    "    nss_put\n"
    "    [ -n \"${FIREFOX_ASK-}\" ] || put_choice\n"
    "    echo \"$profile is ready\"\n"
    "done <<END\n"
    "$(profiles)\n"
    "END\n"
    "[ -n \"$found\" ] || fail 'no Firefox profile found: start Firefox once and close it, or set "
    "FIREFOX_PROFILE=DIRECTORY'\n";

static const char DROP[] = "umask 077\n"
                           "while IFS= read -r profile; do\n"
                           "    [ -e \"$profile/cert9.db\" ] || continue\n"
                           "    need certutil libnss3-tools\n"
                           "    check_closed\n"
                           "    db=$profile\n"
                           "    nss_drop\n"
                           "    drop_choice\n"
                           "done <<END\n"
                           "$(profiles)\n"
                           "END\n";

/* What is written for a profile, and for the machine. */
static bool firefox_put_install(const struct kit *kit, struct buf *out, struct error *err)
{
    if (!kit->policy) {
        buf_append(out, str_of(PUT_CHOICE));
        buf_append(out, str_of(PUT));
        return true;
    }
    bool ok = firefox_policy_functions(kit, KIT_INSTALL, out, err);
    buf_append(out, STR("put_choice() {\n    :\n}\ncheck_policy\n"));
    buf_append(out, str_of(PUT));
    buf_append(out, STR("put_policy\n"));
    return ok;
}

/* Both ways of choosing, whichever it was. */
static bool firefox_put_undo(const struct kit *kit, struct buf *out, struct error *err)
{
    bool ok = firefox_policy_functions(kit, KIT_UNDO, out, err);
    buf_append(out, str_of(DROP_CHOICE));
    buf_append(out, str_of(DROP));
    buf_append(out, STR("drop_policy\n"));
    return ok;
}

bool client_firefox(const struct kit *kit, enum kit_part part, struct buf *out, struct error *err)
{
    bool undo = part == KIT_UNDO;
    if (part == KIT_POLICY) {
        return firefox_policies(kit, out, err);
    }
    shell_start(out, kit, part);
    if (!nss_functions(kit, part, out, err)) {
        return false;
    }
    buf_append(out, str_of(undo ? CHOSEN_DROP : CHOSEN_PUT));
    buf_append(out, str_of(PROFILES));
    return undo ? firefox_put_undo(kit, out, err) : firefox_put_install(kit, out, err);
}
