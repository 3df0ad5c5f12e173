/* SPDX-License-Identifier: Apache-2.0 */
/*
 * git: http.URL.sslCert, sslKey and sslCAInfo (git-config(1), http.<url>.*). The settings are bound
 * to the site in both files, the user's and the repository's: another server that asks for a
 * certificate does not learn the user's identity.
 */
#include <assert.h>

#include "client/kit.h"
#include "client/shell.h"

struct setting {
    const char *key;
    const char *variable;
    bool trust;              /* only for --trust-ca */
    const char *environment; /* what git reads instead of it, if it is set (git(1)) */
};

static const struct setting SETTINGS[] = {
    {"sslCert", "$cert", false, "GIT_SSL_CERT"},
    {"sslKey", "$cert", false, "GIT_SSL_KEY"},
    {"sslCAInfo", "$ca", true, "GIT_SSL_CAINFO"},
};

static const char *scope(const struct kit *kit)
{
    assert(!kit->local || kit->program->local);
    return kit->local ? "--local" : "--global";
}

static void put_key(struct buf *out, const struct kit *kit, const struct site *site,
                    const struct setting *setting)
{
    shell_quote(out, arena_printf(kit->arena, "http.%.*s.%s", STR_ARG(site->url), setting->key));
}

typedef void put_one(struct buf *out, const struct kit *kit, const struct site *site,
                     const struct setting *setting);

static void put_each(struct buf *out, const struct kit *kit, bool trust, put_one *put)
{
    for (size_t i = 0; i < kit->n_sites; i++) {
        for (size_t k = 0; k < COUNT_OF(SETTINGS); k++) {
            if (!SETTINGS[k].trust || trust) {
                put(out, kit, &kit->sites[i], &SETTINGS[k]);
            }
        }
    }
}

/* The user's own setting is not overwritten: it could not be restored. */
static void put_check(struct buf *out, const struct kit *kit, const struct site *site,
                      const struct setting *setting)
{
    buf_append(out, STR("check "));
    put_key(out, kit, site, setting);
    buf_printf(out, " \"%s\"\n", setting->variable);
}

static void put_set(struct buf *out, const struct kit *kit, const struct site *site,
                    const struct setting *setting)
{
    buf_printf(out, "git config %s --replace-all ", scope(kit));
    put_key(out, kit, site, setting);
    buf_printf(out, " \"%s\"\n", setting->variable);
}

/* Only this value; 5 says that there is none (git-config(1)). git drops a section that gets empty.
 */
static void put_unset(struct buf *out, const struct kit *kit, const struct site *site,
                      const struct setting *setting)
{
    buf_printf(out, "git config %s --fixed-value --unset-all ", scope(kit));
    put_key(out, kit, site, setting);
    buf_printf(out, " \"%s\" || [ $? -eq 5 ]\n", setting->variable);
}

/* What is in the environment would silently count in place of what is set here. */
static void put_environment(struct buf *out, const struct kit *kit)
{
    buf_append(out, STR("taken() {\n"
                        "    echo \"yett: $1 is set to $2, and git uses that for every site\" >&2\n"
                        "    echo \"unset it first: unset $1\" >&2\n"
                        "    exit 1\n"
                        "}\n"));
    for (size_t i = 0; i < COUNT_OF(SETTINGS); i++) {
        const struct setting *setting = &SETTINGS[i];
        if (!setting->trust || kit->trust_ca) {
            buf_printf(out, "[ \"${%s-%s}\" = \"%s\" ] || taken %s \"$%s\"\n", setting->environment,
                       setting->variable, setting->variable, setting->environment,
                       setting->environment);
        }
    }
    buf_append(out, STR("[ -z \"${GIT_SSL_NO_VERIFY+set}\" ] || echo \"yett: GIT_SSL_NO_VERIFY is "
                        "set: git does not check the certificate of any server\" >&2\n"));
}

bool client_git(const struct kit *kit, enum kit_part part, struct buf *out, struct error *err)
{
    shell_start(out, kit, part);
    if (part == KIT_UNDO) {
        put_each(out, kit, true, put_unset);
        return true;
    }
    buf_printf(out,
               "check() {\n"
               "    old=$(git config %s --get-all \"$1\") || return 0\n"
               "    [ \"$old\" = \"$2\" ] || {\n"
               "        echo \"yett: $1 is already set to $old\" >&2\n"
               "        echo \"remove it first: git config %s --unset-all '$1'\" >&2\n"
               "        exit 1\n"
               "    }\n"
               "}\n",
               scope(kit), scope(kit));
    put_environment(out, kit);
    put_each(out, kit, kit->trust_ca, put_check);
    put_each(out, kit, kit->trust_ca, put_set);
    return true;
}
