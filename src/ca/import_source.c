/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/import_source.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/vec.h"
#include "ca/import_config.h"

/* Directories in the given one that may be meant. */
static const char *const BELOW[] = {"", "pki", "demoCA"};

/* In the order in which they are tried; "*" is the directory's own name. */
static const char *const CERTS[] = {
    "ca.crt",
    "certs/ca.cert.pem",
    "certs/intermediate.cert.pem",
    "cacert.pem",
    "*.crt",
    "*.pem",
    "ca.pem",
    "ca.cert.pem",
    "certs/ca.crt",
    "certs/ca.pem",
    "certs/cacert.pem",
};
static const char *const KEYS[] = {
    "private/ca.key",
    "private/ca.key.pem",
    "private/intermediate.key.pem",
    "private/cakey.pem",
    "private/*.key",
    "private/*.pem",
    "private/ca.pem",
    "ca.key",
    "cakey.pem",
};
static const char *const INDICES[] = {"index.txt", "db/index", "db/index.txt", "index",
                                      "database.txt"};
static const char *const NUMBERS[] = {"crlnumber", "db/crlnumber"};
static const char *const LISTS[] = {"crl.pem", "*.crl"};

static const char *const CERT_FOLDERS[] = {
    "newcerts",
    "certs_by_serial",
    "certs",
    "issued",
    "expired",
    "renewed/issued",
    "renewed/certs_by_serial",
    "revoked/certs_by_serial",
    ".",
};
static const char *const KEY_FOLDERS[] = {"private"};
static const char *const LIST_FOLDERS[] = {"crl", "."};

/* What cannot be looked at is there: reading it says why it cannot be read. */
static bool exists(const char *path)
{
    return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static const char *in(const char *dir, const char *name, struct arena *arena)
{
    return path_resolve(arena, str_of(dir), str_of(name));
}

/* The directory's own name, for "*"; empty when it has none. */
static struct str own_name(const char *dir, struct arena *arena)
{
    char *real = realpath(dir, NULL);
    struct str path = str_of(real);
    struct str name = arena_dup(arena, str_skip(path, str_rfind(path, '/') + 1));
    free(real);
    return name;
}

static const char *with_name(const char *pattern, struct str name, struct arena *arena)
{
    struct str text = str_of(pattern);
    size_t star = str_find(text, '*');
    if (star == text.n) {
        return pattern;
    }
    const struct str parts[] = {str_head(text, star), str_skip(text, star + 1)};
    return arena_join(arena, parts, 2, name).p;
}

static const char *first(const char *dir, const char *const *places, size_t n, struct arena *arena)
{
    struct str name = own_name(dir, arena);
    for (size_t i = 0; i < n; i++) {
        const char *path = in(dir, with_name(places[i], name, arena), arena);
        if (exists(path)) {
            return path;
        }
    }
    return NULL;
}

/* Once, whatever it is called. */
static void import_source_add(struct import_places *places, const char *path, struct arena *arena)
{
    struct stat st;
    struct stat other;
    if (!path || stat(path, &st) != 0) {
        return;
    }
    for (size_t i = 0; i < places->n; i++) {
        if (stat(places->items[i].p, &other) == 0 && other.st_ino == st.st_ino &&
            other.st_dev == st.st_dev) {
            return;
        }
    }
    struct str *item = vec_push(arena, &places->items, &places->n, sizeof(*item));
    *item = arena_dup(arena, str_of(path));
}

static void add_folders(struct import_places *places, const char *dir, const char *const *names,
                        size_t n, struct arena *arena)
{
    for (size_t i = 0; i < n; i++) {
        const char *path = in(dir, names[i], arena);
        if (is_folder(path)) {
            import_source_add(places, path, arena);
        }
    }
}

/* Files of CRLs by their names: in a folder `crl`, or beside other things. */
static void add_lists(struct import_source *source, const char *folder, struct arena *arena)
{
    const struct dirent *entry;
    DIR *listing = opendir(folder);
    while (listing && (entry = readdir(listing))) {
        struct str name = str_of(entry->d_name);
        if (str_ends(name, STR(".crl")) || str_ends(name, STR(".crl.pem")) ||
            str_eq(name, STR("crl.pem")) ||
            (str_ends(name, STR(".pem")) && str_ends(str_of(folder), STR("/crl")))) {
            import_source_add(&source->lists, in(folder, entry->d_name, arena), arena);
        }
    }
    if (listing) {
        closedir(listing);
    }
}

#define FIRST(dir, places, arena) first(dir, places, COUNT_OF(places), arena)

/* What neither was given nor stands in the configuration. */
static void fill_usual(struct import_source *s, struct arena *arena)
{
    s->cert = s->cert ? s->cert : FIRST(s->dir, CERTS, arena);
    s->key = s->key ? s->key : FIRST(s->dir, KEYS, arena);
    s->index = s->index ? s->index : FIRST(s->dir, INDICES, arena);
    s->crl_number = s->crl_number ? s->crl_number : FIRST(s->dir, NUMBERS, arena);
    import_source_add(&s->lists, FIRST(s->dir, LISTS, arena), arena);
    for (size_t i = 0; i < COUNT_OF(LIST_FOLDERS); i++) {
        add_lists(s, in(s->dir, LIST_FOLDERS[i], arena), arena);
    }
    add_folders(&s->certs, s->dir, CERT_FOLDERS, COUNT_OF(CERT_FOLDERS), arena);
    add_folders(&s->keys, s->dir, KEY_FOLDERS, COUNT_OF(KEY_FOLDERS), arena);
}

/*
 * The path, if something is there; what the configuration names and is not there is looked for.
 * A file outside of the directory may be that of which this directory is a copy: it is not read.
 */
static const char *configured(struct import_source *s, const struct import_config *config,
                              const char *option, struct arena *arena)
{
    const char *path = import_config_path(config, option, s->dir, arena);
    if (!path || !exists(path)) {
        return NULL;
    }
    if (import_config_within(path, s->top)) {
        return path;
    }
    struct str *outside =
        vec_push(arena, &s->outside.items, &s->outside.n, sizeof(*s->outside.items));
    *outside = str_of(path);
    return NULL;
}

static bool fill_configured(struct import_source *s, const struct import_config *config,
                            struct arena *arena, struct error *err)
{
    s->config = config->path;
    s->index = configured(s, config, "database", arena);
    if (s->outside.n > 0) { /* another index would have other revocations */
        return error_set(err,
                         "\"%s\" names the database \"%s\", which is outside of \"%s\" and is "
                         "not read: copy it there and correct the configuration",
                         config->path, s->outside.items[0].p, s->top);
    }
    s->cert = s->cert ? s->cert : configured(s, config, "certificate", arena);
    s->key = s->key ? s->key : configured(s, config, "private_key", arena);
    s->crl_number = configured(s, config, "crlnumber", arena);
    import_source_add(&s->certs, configured(s, config, "new_certs_dir", arena), arena);
    import_source_add(&s->certs, configured(s, config, "certs", arena), arena);
    import_source_add(&s->lists, configured(s, config, "crl", arena), arena);
    const char *lists = configured(s, config, "crl_dir", arena);
    if (lists) {
        add_lists(s, lists, arena);
    }
    if (config->home && is_folder(config->now)) {
        s->dir = config->now; /* where the rest is looked for */
    }
    return true;
}

static bool try_config(struct import_source *s, const char *path, bool *found, struct arena *arena,
                       struct error *err)
{
    struct import_config config;
    bool ok = import_config_read(path, s->dir, arena, &config, found, err);
    ok = ok && (!*found || fill_configured(s, &config, arena, err));
    import_config_deinit(&config);
    return ok;
}

/* One that cannot be read is remembered, and no error: it may be that of something else. */
static bool try_found(struct import_source *s, const char *path, bool *found, struct arena *arena,
                      struct error *err)
{
    bool ok = try_config(s, path, found, arena, err);
    if (!ok && !*found) {
        s->unread = path;
    }
    return ok || !*found;
}

/* The first configuration in the directory with a CA in it, `openssl.cnf` before others. */
static bool find_config(struct import_source *s, const char *dir, bool *found, struct arena *arena,
                        struct error *err)
{
    struct dirent **entries = NULL;
    const char *standard = in(dir, "openssl.cnf", arena);
    bool ok = !exists(standard) || try_found(s, standard, found, arena, err);
    int n = ok && !*found ? scandir(dir, &entries, NULL, alphasort) : 0;
    for (int i = 0; i < n; i++) {
        struct str name = str_of(entries[i]->d_name);
        if (ok && !*found && (str_ends(name, STR(".cnf")) || str_ends(name, STR(".conf")))) {
            ok = try_found(s, in(dir, entries[i]->d_name, arena), found, arena, err);
        }
        free(entries[i]);
    }
    free(entries);
    return ok;
}

static bool is_easy_rsa(const char *dir, struct arena *arena)
{
    return exists(in(dir, "ca.crt", arena)) && exists(in(dir, "index.txt", arena)) &&
           is_folder(in(dir, "issued", arena)) && is_folder(in(dir, "private", arena));
}

/* Which of the directories has an index. */
static void import_source_choose(struct import_source *s, struct arena *arena)
{
    const char *dir = s->dir;
    for (size_t i = 0; i < COUNT_OF(BELOW); i++) {
        const char *path = BELOW[i][0] ? in(dir, BELOW[i], arena) : dir;
        if (FIRST(path, INDICES, arena)) {
            s->dir = path;
            s->easy_rsa = is_easy_rsa(path, arena);
            return;
        }
    }
}

static bool configure(struct import_source *s, const char *dir, const char *config,
                      struct arena *arena, struct error *err)
{
    bool found = s->easy_rsa; /* there, everything has its place */
    const char *chosen = s->dir;
    if (!config) {
        bool ok = found || find_config(s, dir, &found, arena, err);
        ok = ok && (found || chosen == dir || find_config(s, chosen, &found, arena, err));
        s->unread = found ? NULL : s->unread;
        return ok;
    }
    return try_config(s, config, &found, arena, err) &&
           (found || error_set(err, "no CA section in \"%s\": [ca] default_ca is missing", config));
}

bool import_source_find(const char *dir, const struct import_given *given, struct arena *arena,
                        struct import_source *out, struct error *err)
{
    *out = (struct import_source){.dir = dir, .top = dir, .cert = given->cert, .key = given->key};
    if (!is_folder(dir)) {
        return error_set(err, "\"%s\" is not a directory", dir);
    }
    import_source_choose(out, arena);
    if (!configure(out, dir, given->config, arena, err)) {
        return false;
    }
    fill_usual(out, arena);
    if (!out->index) {
        return error_set(err,
                         "no index.txt in \"%s\": name a directory of openssl ca or easy-rsa, or "
                         "its configuration with --config FILE",
                         dir);
    }
    return out->cert ||
           error_set(err, "no CA certificate found in \"%s\": name its file with --cert FILE", dir);
}

const char *import_source_below(const char *top, struct arena *arena)
{
    const char *dir = in(top, "intermediate", arena);
    return is_folder(dir) && FIRST(dir, INDICES, arena) ? dir : NULL;
}
