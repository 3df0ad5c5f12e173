/* SPDX-License-Identifier: Apache-2.0 */
/* What `yett probe` found, for people and for programs. */
#include <stdio.h>

#include "cli/check.h"
#include "cli/json.h"
#include "cli/probe.h"

enum { FINDINGS_SHOWN = 8 };

static const char *const OUTCOMES[] = {[OUTCOME_HELD] = "held",
                                       [OUTCOME_OPENED] = "opened",
                                       [OUTCOME_UNSURE] = "cannot tell",
                                       [OUTCOME_UNREACHABLE] = "unreachable"};

static const char *const VALID[] = {[PROVEN_NOT_TRIED] = "not tried",
                                    [PROVEN_OPENS] = "let in",
                                    [PROVEN_NOT] = "not let in",
                                    [PROVEN_NO_CLIENT] = "no client"};

static size_t count_open(const struct probe_doors *doors)
{
    size_t n = 0;
    for (size_t i = 0; i < doors->n; i++) {
        n += !doors->items[i].guarded;
    }
    return n;
}

/* "https://a.test:443/x": as a client writes it; its place if no request is known. */
static void probe_put_door(const struct probe_door *door, char *out, size_t size)
{
    struct line_place place = check_door_place(door->checked);
    if (door->path.n) {
        snprintf(out, size, "%s://%.*s:%u%.*s", door->secure ? "https" : "http",
                 STR_ARG(door->host), address_port(&door->shown), STR_ARG(door->path));
    } else {
        snprintf(out, size, "%s:%u", place.file, place.line);
    }
}

static void print_findings(const struct door_result *result)
{
    for (size_t i = 0; i < result->findings_n && i < FINDINGS_SHOWN; i++) {
        const struct probe_finding *finding = &result->findings[i];
        printf("    %s: %s: %.*s", OUTCOMES[finding->outcome], finding->attack,
               STR_ARG(finding->what));
        if (finding->status) {
            printf(": status %d", finding->status);
        } else {
            printf(": no answer in time");
        }
        printf("\n      %.*s\n", STR_ARG(finding->repeat));
    }
    if (result->findings_n > FINDINGS_SHOWN) {
        printf("    and %zu more, which --json lists\n", result->findings_n - FINDINGS_SHOWN);
    }
}

static void probe_print_door(const struct door_result *result)
{
    char name[1024];
    probe_put_door(result->door, name, sizeof(name));
    printf("%-52s %8zu  %-11s %s\n", name, result->tried, VALID[result->proven],
           OUTCOMES[door_outcome(result)]);
    if (result->proven == PROVEN_NOT) {
        printf(
            "    the valid certificate was refused (status %d; 0: no answer), so that the others "
            "were refused says nothing\n",
            result->valid_status);
    }
    if (result->door->unreachable) {
        printf("    no request reaches it: others come first\n");
    } else if (!result->door->path.n) {
        printf("    shut, but no request is known that reaches it: not attacked\n");
    }
    print_findings(result);
}

void probe_report_text(const struct probe_plan *plan, const struct probe_results *results)
{
    if (results->n) {
        printf("%-52s %8s  %-11s %s\n", "DOOR", "ATTEMPTS", "VALID", "RESULT");
    }
    for (size_t i = 0; i < results->n; i++) {
        probe_print_door(&results->items[i]);
    }
    printf("%s%zu doors: %zu held, %zu opened, %zu cannot tell", results->n ? "\n" : "", results->n,
           results->counts[OUTCOME_HELD], results->counts[OUTCOME_OPENED],
           results->counts[OUTCOME_UNSURE]);
    if (results->counts[OUTCOME_UNREACHABLE]) {
        printf(", %zu unreachable", results->counts[OUTCOME_UNREACHABLE]);
    }
    putchar('\n');
    size_t open = count_open(&plan->doors);
    if (open) {
        printf("%zu more doors are open without a valid certificate, by configuration: not "
               "attacked\n",
               open);
    }
}

static void json_findings(struct json *json, const struct door_result *result)
{
    json_array(json, "findings");
    for (size_t i = 0; i < result->findings_n; i++) {
        const struct probe_finding *finding = &result->findings[i];
        json_object(json, NULL);
        json_str(json, "result", str_of(OUTCOMES[finding->outcome]));
        json_str(json, "attack", str_of(finding->attack));
        json_str(json, "attempt", finding->what);
        json_int(json, "status", finding->status);
        json_str(json, "repeat", finding->repeat);
        json_object_end(json);
    }
    json_array_end(json);
}

/* As `yett check` names it, so that its doors can be found here. */
static void json_name(struct json *json, const struct checked_door *door)
{
    struct arena arena;
    struct line_place place = check_door_place(door);
    arena_init(&arena, 0);
    json_str(json, "state", str_of(door_state_word(door->state)));
    json_str(json, "listener", door->listener->text);
    json_str(json, "server", door->server->name);
    if (door->location) {
        json_str(json, "location", check_door_name(door, &arena));
    } else {
        json_null(json, "location");
    }
    json_bool(json, "every_path", door->any_path);
    json_str(json, "file", str_of(place.file));
    json_int(json, "line", place.line);
    arena_deinit(&arena);
}

static void json_door(struct json *json, const struct door_result *result)
{
    const struct probe_door *door = result->door;
    json_object(json, NULL);
    json_name(json, door->checked);
    json_str(json, "host", door->host);
    if (door->path.n) {
        json_str(json, "path", door->path);
    } else {
        json_null(json, "path");
    }
    json_bool(json, "tls", door->secure);
    json_int(json, "attempts", (int64_t)result->tried);
    json_int(json, "held", (int64_t)result->counts[OUTCOME_HELD]);
    json_int(json, "opened", (int64_t)result->counts[OUTCOME_OPENED]);
    json_int(json, "cannot_tell", (int64_t)result->counts[OUTCOME_UNSURE]);
    json_str(json, "valid", str_of(VALID[result->proven]));
    json_str(json, "result", str_of(OUTCOMES[door_outcome(result)]));
    json_findings(json, result);
    json_object_end(json);
}

void probe_report_json(const struct probe_plan *plan, const struct probe_results *results)
{
    struct json json = {.out = stdout};
    json_object(&json, NULL);
    json_array(&json, "doors");
    for (size_t i = 0; i < results->n; i++) {
        json_door(&json, &results->items[i]);
    }
    json_array_end(&json);
    json_int(&json, "open", (int64_t)count_open(&plan->doors));
    json_int(&json, "held", (int64_t)results->counts[OUTCOME_HELD]);
    json_int(&json, "opened", (int64_t)results->counts[OUTCOME_OPENED]);
    json_int(&json, "cannot_tell", (int64_t)results->counts[OUTCOME_UNSURE]);
    json_int(&json, "unreachable", (int64_t)results->counts[OUTCOME_UNREACHABLE]);
    json_object_end(&json);
    putchar('\n');
}
