/* SPDX-License-Identifier: Apache-2.0 */
/* The doors and findings as JSON. docs/check.md describes the fields. */
#include "cli/check.h"
#include "cli/json.h"

static void write_place(struct json *json, struct line_place place)
{
    if (place.file) {
        json_str(json, "file", str_of(place.file));
        json_int(json, "line", place.line);
    } else {
        json_null(json, "file");
        json_null(json, "line");
    }
}

static void write_passage(struct json *json, const struct passage *passage)
{
    json_object(json, NULL);
    json_bool(json, "known", passage->is_known);
    json_str(json, "client", passage->client);
    json_str(json, "to", passage->to);
    json_array(json, "conditions");
    for (size_t i = 0; i < passage->conditions_n; i++) {
        json_object(json, NULL);
        json_str(json, "text", passage->conditions[i].text);
        write_place(json, passage->conditions[i].place);
        json_object_end(json);
    }
    json_array_end(json);
    json_array(json, "trail");
    for (size_t i = 0; i < passage->trail_n; i++) {
        const struct trail_step *step = &passage->trail[i];
        json_object(json, NULL);
        json_str(json, "text", step->text);
        write_place(json, (struct line_place){step->file, step->line});
        json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
}

static void write_door(struct json *json, const struct checked_door *door, struct arena *arena)
{
    json_object(json, NULL);
    json_str(json, "state", str_of(door_state_word(door->state)));
    json_str(json, "listener", door->listener->text);
    json_bool(json, "ssl", door->listener->ssl);
    json_str(json, "server", door->server->name);
    json_bool(json, "default", door->listener->fallback == door->server);
    if (door->location) {
        json_str(json, "location", check_door_name(door, arena));
    } else {
        json_null(json, "location");
    }
    json_bool(json, "every_path", door->any_path);
    write_place(json, check_door_place(door));
    json_array(json, "passages");
    for (size_t i = 0; i < door->passages.n; i++) {
        write_passage(json, &door->passages.items[i]);
    }
    json_array_end(json);
    json_object_end(json);
}

static void write_finding(struct json *json, const struct finding *finding)
{
    const struct rule_row *rule = &RULES[finding->rule];
    json_object(json, NULL);
    json_str(json, "rule", str_of(rule->name));
    json_str(json, "severity", str_of(severity_word(rule->severity)));
    write_place(json, finding->place);
    json_str(json, "text", finding->text);
    json_str(json, "fix", str_of(rule->fix));
    if (finding->accepted.n) {
        json_str(json, "accepted", finding->accepted);
    } else {
        json_null(json, "accepted");
    }
    json_object_end(json);
}

void check_print_json(const struct check_result *result, FILE *out)
{
    struct json json = {.out = out};
    struct arena arena;
    arena_init(&arena, 0);
    json_object(&json, NULL);
    json_str(&json, "configuration", str_of(result->conf));
    json_bool(&json, "complete", !result->late);
    json_array(&json, "doors");
    for (size_t i = 0; i < result->doors.n; i++) {
        write_door(&json, &result->doors.items[i], &arena);
    }
    json_array_end(&json);
    json_array(&json, "findings");
    for (size_t i = 0; i < result->findings.n; i++) {
        write_finding(&json, &result->findings.items[i]);
    }
    json_array_end(&json);
    json_object_end(&json);
    fputc('\n', out);
    arena_deinit(&arena);
}
