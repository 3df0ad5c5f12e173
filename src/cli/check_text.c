/* SPDX-License-Identifier: Apache-2.0 */
/* The doors and findings as text. */
#include <stdio.h>

#include "cli/check.h"

enum { NAME_WIDTH = 24, NAME_WIDTH_MAX = 48, CONDITIONS_SHOWN = 8 };

static void print_server(const struct check_result *result, const struct checked_door *door,
                         struct arena *arena, FILE *out)
{
    bool is_default = door->listener->fallback == door->server;
    struct str place =
        check_place(result, (struct line_place){door->server->file, door->server->line}, arena);
    fprintf(out, "\n%.*s%s  %.*s%s  (%.*s)\n", STR_ARG(door->listener->text),
            door->listener->ssl ? " ssl" : "",
            STR_ARG(door->server->name.n ? door->server->name : STR("\"\"")),
            is_default ? ", the default" : "", STR_ARG(place));
}

static void print_passage(const struct check_result *result, const struct passage *passage,
                          struct arena *arena, FILE *out)
{
    for (size_t i = 0; i < passage->conditions_n; i++) {
        const struct passage_condition *condition = &passage->conditions[i];
        struct str place = check_place(result, condition->place, arena);
        fprintf(out, "      %-10s %.*s%s%.*s\n", i ? "and" : "if", STR_ARG(condition->text),
                place.n ? "   " : "", STR_ARG(place));
    }
    fprintf(out, "      %-10s %.*s%s%.*s%s\n", passage->is_known ? "leads to" : "because",
            STR_ARG(passage->to), passage->client.n ? "  (" : "", STR_ARG(passage->client),
            passage->client.n ? ")" : "");
}

static void print_door(const struct check_result *result, const struct checked_door *door,
                       struct arena *arena, FILE *out)
{
    struct str name = check_door_name(door, arena);
    struct str place =
        door->location
            ? check_place(result, (struct line_place){door->location->file, door->location->line},
                          arena)
            : STR("");
    fprintf(out, "  %-12s %-*.*s %.*s\n", door_state_word(door->state), NAME_WIDTH, (int)name.n,
            name.p, STR_ARG(place));
    for (size_t i = 0; i < door->passages.n && i < CONDITIONS_SHOWN; i++) {
        print_passage(result, &door->passages.items[i], arena, out);
    }
    if (door->passages.n > CONDITIONS_SHOWN) {
        fprintf(out, "      and %zu more ways\n", door->passages.n - CONDITIONS_SHOWN);
    }
}

static void print_finding(const struct check_result *result, const struct finding *finding,
                          struct arena *arena, FILE *out)
{
    const struct rule_row *rule = &RULES[finding->rule];
    struct str place = check_place(result, finding->place, arena);
    fprintf(out, "\n%s  %s  %.*s\n    %.*s\n", severity_word(rule->severity), rule->name,
            STR_ARG(place), STR_ARG(finding->text));
    if (finding->accepted.n) {
        fprintf(out, "    accepted: %.*s\n", STR_ARG(finding->accepted));
    } else {
        fprintf(out, "    %s\n", rule->fix);
    }
}

static void print_sums(const struct check_result *result, FILE *out)
{
    fprintf(out,
            "\nDoors: %zu open, %zu open under a condition, %zu shut, %zu undecided.\n"
            "Findings: %zu errors, %zu warnings, %zu notes.\n",
            check_doors_in(result, DOOR_OPEN), check_doors_in(result, DOOR_OPEN_IF),
            check_doors_in(result, DOOR_SHUT), check_doors_in(result, DOOR_UNKNOWN),
            check_findings_of(result, SEVERITY_ERROR), check_findings_of(result, SEVERITY_WARNING),
            check_findings_of(result, SEVERITY_NOTE));
}

void check_print_text(const struct check_result *result, bool all, FILE *out)
{
    struct arena arena;
    const struct checked_door *before = NULL;
    arena_init(&arena, 0);
    fprintf(out, "Doors of %s: what a client reaches without a verified certificate\n",
            result->conf);
    for (size_t i = 0; i < result->doors->n; i++) {
        const struct checked_door *door = &result->doors->items[i];
        if (door->state == DOOR_SHUT && !all) {
            continue;
        }
        if (!before || before->listener != door->listener || before->server != door->server) {
            print_server(result, door, &arena, out);
        }
        print_door(result, door, &arena, out);
        before = door;
    }
    for (size_t i = 0; i < result->findings->n; i++) {
        print_finding(result, &result->findings->items[i], &arena, out);
    }
    print_sums(result, out);
    arena_deinit(&arena);
}
