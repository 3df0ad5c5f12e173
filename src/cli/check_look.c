/* SPDX-License-Identifier: Apache-2.0 */
/* What `yett check` and `yett -t` find in a configuration that has been loaded. */
#include <assert.h>

#include "base/clock.h"
#include "check/accept.h"
#include "cli/check.h"
#include "conf/tree.h"

bool check_look(const struct loaded *loaded, const char *conf, struct time_limit limit,
                struct arena *arena, struct check_result *out, struct error *err)
{
    struct conf_tree tree; /* for its comments, which the loader does not keep */
    if (!conf_tree_load(conf, arena, &tree, err)) {
        return false;
    }
    struct str path = str_of(conf);
    size_t slash = str_rfind(path, '/');
    assert(slash < path.n);
    *out = (struct check_result){
        .conf = conf,
        .directory = arena_cstr(arena, str_head(path, slash + 1)),
    };
    doors_find(loaded->settings, limit, arena, &out->doors);
    const struct checked checked = {
        .settings = loaded->settings,
        .live = loaded->live,
        .doors = &out->doors,
        .now = clock_second(),
        .limit = limit,
        .arena = arena,
    };
    findings_of(&checked, &out->findings);
    for (size_t i = 0; i < tree.files_n; i++) {
        findings_accept(&checked, tree.files[i].path, tree.files[i].text, &out->findings);
    }
    findings_sort(&out->findings);
    out->late = time_limit_reached(limit);
    return true;
}

size_t check_doors_in(const struct check_result *result, enum door_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < result->doors.n; i++) {
        n += result->doors.items[i].state == state;
    }
    return n;
}

size_t check_findings_of(const struct check_result *result, enum severity severity)
{
    size_t n = 0;
    for (size_t i = 0; i < result->findings.n; i++) {
        const struct finding *finding = &result->findings.items[i];
        n += RULES[finding->rule].severity == severity && finding->accepted.n == 0;
    }
    return n;
}

size_t check_findings_accepted(const struct check_result *result)
{
    size_t n = 0;
    for (size_t i = 0; i < result->findings.n; i++) {
        n += result->findings.items[i].accepted.n > 0;
    }
    return n;
}

struct str check_place(const struct check_result *result, struct line_place place,
                       struct arena *arena)
{
    if (!place.file) {
        return STR("");
    }
    struct str file = str_of(place.file);
    struct str directory = str_of(result->directory);
    bool is_below = str_starts(file, directory) && file.n > directory.n;
    return arena_printf(arena, "%.*s:%u", STR_ARG(str_skip(file, is_below ? directory.n : 0)),
                        place.line);
}

struct line_place check_door_place(const struct checked_door *door)
{
    return door->location ? (struct line_place){door->location->file, door->location->line}
                          : (struct line_place){door->server->file, door->server->line};
}

struct str check_door_name(const struct checked_door *door, struct arena *arena)
{
    static const char *const BEFORE[] = {
        [LOCATION_PREFIX] = "",  [LOCATION_PREFIX_FINAL] = "^~ ", [LOCATION_EXACT] = "= ",
        [LOCATION_REGEX] = "~ ", [LOCATION_NAMED] = "",
    };
    if (!door->location) {
        return door->any_path ? STR("(every path)") : STR("(other paths)");
    }
    return arena_printf(arena, "%s%.*s", BEFORE[door->location->kind],
                        STR_ARG(door->location->name));
}

struct str check_client(const struct passage *passage)
{
    return str_eq(passage->client, STR("no certificate")) ? STR("") : passage->client;
}

struct str check_count(size_t n, const char *noun, struct arena *arena)
{
    return n ? arena_printf(arena, "%zu %s%s", n, noun, n == 1 ? "" : "s")
             : arena_printf(arena, "no %ss", noun);
}
