/* SPDX-License-Identifier: Apache-2.0 */
#include "tls/crl_paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/vec.h"

enum {
    TICK_MS = 50,     /* longer than the kernel's: a file's times move in steps of up to 10 ms */
    COARSE_MS = 3000, /* of file systems that count whole or even seconds */
};

struct look {
    struct arena *arena;
    struct crl_paths *paths;
    struct buf seen;
    int64_t now_ms;
};

static int64_t to_ms(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool is_racy(const struct stat *st, int64_t now_ms)
{
    bool coarse = st->st_mtim.tv_nsec == 0 && st->st_ctim.tv_nsec == 0;
    int64_t patience = coarse ? COARSE_MS : TICK_MS;
    return now_ms - to_ms(st->st_mtim) < patience || now_ms - to_ms(st->st_ctim) < patience;
}

static void crl_paths_note(struct look *look, const char *path, const struct stat *st)
{
    buf_append(&look->seen, str_of(path));
    buf_byte(&look->seen, '\0');
    if (st) {
        buf_printf(&look->seen, "%llu %llu %lld %lld.%ld %lld.%ld", (unsigned long long)st->st_dev,
                   (unsigned long long)st->st_ino, (long long)st->st_size,
                   (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
                   (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
        look->paths->racy |= is_racy(st, look->now_ms);
    }
    buf_byte(&look->seen, '\0');
}

static void crl_paths_add_file(struct look *look, const char *path, const struct stat *st)
{
    const char **slot = vec_push(look->arena, &look->paths->items, &look->paths->n, sizeof(*slot));
    *slot = path;
    look->paths->bytes += st && st->st_size > 0 ? (uint64_t)st->st_size : 0;
    crl_paths_note(look, path, st);
}

static bool ends_like_a_list(struct str name)
{
    size_t dot = str_rfind(name, '.');
    struct str end = str_skip(name, dot + 1);
    if (str_eq(end, STR("crl")) || str_eq(end, STR("pem")) || str_eq(end, STR("der"))) {
        return true;
    }
    bool numbered = end.n > 1 && end.p[0] == 'r';
    for (size_t i = 1; numbered && i < end.n; i++) {
        numbered = char_is_digit(end.p[i]);
    }
    return numbered;
}

static int is_list(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && ends_like_a_list(str_of(entry->d_name));
}

/* Of the directory itself nothing counts: what else is made in there is no change of the CRLs. */
static void add_directory(struct look *look, const char *path)
{
    struct dirent **entries = NULL;
    crl_paths_note(look, path, NULL);
    int n = scandir(path, &entries, is_list, alphasort);
    if (n < 0) {
        look->paths->unreadable = path;
        look->paths->errnum = errno;
    }
    for (int i = 0; i < n; i++) {
        struct stat one;
        struct str full = arena_printf(look->arena, "%s/%s", path, entries[i]->d_name);
        bool found = stat(full.p, &one) == 0;
        if (!found || !S_ISDIR(one.st_mode)) {
            crl_paths_add_file(look, full.p, found ? &one : NULL);
        }
        free(entries[i]);
    }
    free(entries);
}

void crl_paths_look(const struct tls_words *paths, struct arena *arena, struct crl_paths *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct crl_paths){NULL};
    struct look look = {.arena = arena, .paths = out, .now_ms = to_ms(now)};
    for (size_t i = 0; i < paths->n; i++) {
        struct stat st;
        const char *path = arena_cstr(arena, paths->items[i]);
        bool found = stat(path, &st) == 0;
        if (found && S_ISDIR(st.st_mode)) {
            add_directory(&look, path);
        } else {
            crl_paths_add_file(&look, path, found ? &st : NULL);
        }
    }
    struct str seen = buf_view(&look.seen);
    out->look = (struct str){arena_cstr(arena, seen), seen.n};
    buf_deinit(&look.seen);
}
