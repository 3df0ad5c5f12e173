/* SPDX-License-Identifier: Apache-2.0 */
/* The doors and findings as text. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cli/check.h"
#include "cli/report.h"

enum {
    NAME_WIDTH_MIN = 28,
    NAME_WIDTH_MAX = 60,
    STATE_WIDTH = 12,
    INDENT_DOOR = 4,
    WAYS_SHOWN = 4,      /* of one door */
    FINDINGS_SHOWN = 10, /* of one rule */
};

struct text_out {
    const struct check_result *result;
    const struct check_text_options *options;
    FILE *out;
    struct arena arena;
    int name_width;
};

enum ink { INK_NONE, INK_BOLD, INK_GREEN, INK_AMBER, INK_RED };

static enum ink ink_of_state(enum door_state state)
{
    static const enum ink INKS[] = {
        [DOOR_SHUT] = INK_GREEN,
        [DOOR_OPEN_IF] = INK_AMBER,
        [DOOR_OPEN] = INK_RED,
        [DOOR_UNKNOWN] = INK_AMBER,
    };
    assert(state < COUNT_OF(INKS));
    return INKS[state];
}

static enum ink ink_of_severity(enum severity severity)
{
    static const enum ink INKS[] = {
        [SEVERITY_NOTE] = INK_NONE,
        [SEVERITY_WARNING] = INK_AMBER,
        [SEVERITY_ERROR] = INK_RED,
    };
    assert(severity < COUNT_OF(INKS));
    return INKS[severity];
}

/* `width`: with blanks after it. */
static void put_inked(struct text_out *to, enum ink ink, const char *text, int width)
{
    static const char *const CODES[] = {"", "\033[1m", "\033[32m", "\033[33m", "\033[31m"};
    bool coloured = to->options->colour && ink != INK_NONE;
    int n = fprintf(to->out, "%s%s%s", coloured ? CODES[ink] : "", text, coloured ? "\033[0m" : "");
    n -= coloured ? (int)strlen(CODES[ink]) + 4 : 0;
    fprintf(to->out, "%*s", n < width ? width - n : 0, "");
}

/* A text in a column, and the place behind it; either may be empty. */
static void put_line(struct text_out *to, int indent, struct str text, struct line_place place)
{
    struct str where = check_place(to->result, place, &to->arena);
    int column = INDENT_DOOR + STATE_WIDTH + to->name_width;
    terminal_write(to->out, text);
    if (where.n) {
        int used = indent + (int)text.n;
        fprintf(to->out, "%*s", used + 2 <= column ? column - used : 2, "");
        terminal_write(to->out, where);
    }
    fputc('\n', to->out);
}

/* --- doors --- */

static void put_server(struct text_out *to, const struct checked_door *door)
{
    bool is_default = door->listener->fallback == door->server;
    struct str name = door->server->name.n ? door->server->name : STR("(no name)");
    fputs("\n  ", to->out);
    put_line(to, 2,
             is_default ? arena_printf(&to->arena, "%.*s, the default", STR_ARG(name)) : name,
             (struct line_place){door->server->file, door->server->line});
}

static void put_addresses(struct text_out *to, const struct check_group *group)
{
    bool is_tls = to->result->doors.items[group->first].listener->ssl;
    fputc('\n', to->out);
    put_inked(to, INK_BOLD,
              arena_printf(&to->arena, "%.*s, %s", STR_ARG(group->addresses),
                           is_tls ? "TLS" : "plain HTTP")
                  .p,
              0);
    fputc('\n', to->out);
}

/* `or`: there are others before it. */
static void put_passage(struct text_out *to, const struct passage *passage, bool or)
{
    const struct line_place none = {0};
    struct str client = check_client(passage);
    int indent = INDENT_DOOR + STATE_WIDTH;
    for (size_t i = 0; i < passage->conditions_n; i++) {
        const struct passage_condition *condition = &passage->conditions[i];
        fprintf(to->out, "%*s", indent, "");
        put_line(to, indent,
                 arena_printf(&to->arena, "%s %.*s",
                              i ? "and" : or ? "or if"
                                             : "if",
                              STR_ARG(condition->text)),
                 condition->place);
    }
    fprintf(to->out, "%*s", indent, "");
    put_line(to, indent,
             arena_printf(&to->arena, "%s%.*s%s%.*s", passage->is_known ? "leads to " : "because ",
                          STR_ARG(passage->to), client.n ? ", with " : "", STR_ARG(client)),
             none);
}

static void put_door(struct text_out *to, const struct checked_door *door)
{
    size_t shown = to->options->all ? door->passages.n : WAYS_SHOWN;
    fprintf(to->out, "%*s", INDENT_DOOR, "");
    put_inked(to, ink_of_state(door->state), door_state_word(door->state), STATE_WIDTH);
    put_line(to, INDENT_DOOR + STATE_WIDTH, check_door_name(door, &to->arena),
             door->location ? check_door_place(door) : (struct line_place){0});
    for (size_t i = 0; i < door->passages.n && i < shown; i++) {
        put_passage(to, &door->passages.items[i], i > 0);
    }
    if (door->passages.n > shown) {
        fprintf(to->out, "%*sand %zu more ways: --all shows them\n", INDENT_DOOR + STATE_WIDTH, "",
                door->passages.n - shown);
    }
}

static void put_shut(struct text_out *to, size_t shut, size_t of)
{
    fprintf(to->out, "%*s", INDENT_DOOR, "");
    put_inked(to, INK_GREEN, door_state_word(DOOR_SHUT), STATE_WIDTH);
    fprintf(to->out, "%s\n",
            shut == of ? "everything" : arena_printf(&to->arena, "%zu more", shut).p);
}

/* The doors first … end, of one server on one address. Those that are shut are counted, unless it
 * is one among others, which takes no more room by its name. */
static void put_doors(struct text_out *to, size_t first, size_t end)
{
    const struct checked_door *doors = to->result->doors.items;
    size_t shut = 0;
    for (size_t i = first; i < end; i++) {
        shut += doors[i].state == DOOR_SHUT;
    }
    bool counts = !to->options->all && (shut > 1 || shut == end - first);
    put_server(to, &doors[first]);
    for (size_t i = first; i < end; i++) {
        if (doors[i].state != DOOR_SHUT || !counts) {
            put_door(to, &doors[i]);
        }
    }
    if (counts && shut) {
        put_shut(to, shut, end - first);
    }
}

static void check_put_group(struct text_out *to, const struct check_group *group)
{
    const struct checked_door *doors = to->result->doors.items;
    put_addresses(to, group);
    for (size_t first = group->first, end; first < group->end; first = end) {
        end = first + 1;
        while (end < group->end && doors[end].server == doors[first].server) {
            end++;
        }
        put_doors(to, first, end);
    }
}

static void put_all_doors(struct text_out *to)
{
    struct check_groups groups;
    check_group_doors(&to->result->doors, &to->arena, &groups);
    for (size_t i = 0; i < groups.n; i++) {
        check_put_group(to, &groups.items[i]);
    }
}

/* --- findings --- */

static void put_finding(struct text_out *to, const struct finding *finding)
{
    struct str place = check_place(to->result, finding->place, &to->arena);
    fputs("  ", to->out);
    if (place.n) {
        terminal_write(to->out, place);
        fputs("  ", to->out);
    }
    terminal_write(to->out, finding->text);
    fputc('\n', to->out);
    if (finding->accepted.n) {
        fputs("    ", to->out);
        put_inked(to, INK_GREEN, "accepted: ", 0);
        terminal_write(to->out, finding->accepted);
        fputc('\n', to->out);
    }
}

/* All findings of one rule. */
static void put_rule(struct text_out *to, enum rule rule)
{
    const struct findings *findings = &to->result->findings;
    const struct rule_row *row = &RULES[rule];
    size_t n = 0, left = 0;
    fputc('\n', to->out);
    put_inked(to, ink_of_severity(row->severity), severity_word(row->severity), 0);
    fprintf(to->out, "  %s\n  %s\n", row->name, row->title);
    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *finding = &findings->items[i];
        if (finding->rule != rule) {
            continue;
        }
        left += finding->accepted.n == 0;
        if (n++ < FINDINGS_SHOWN || to->options->all) {
            put_finding(to, finding);
        }
    }
    if (n > FINDINGS_SHOWN && !to->options->all) {
        fprintf(to->out, "  and %zu more: --all shows them\n", n - FINDINGS_SHOWN);
    }
    if (left) {
        fprintf(to->out, "  To do: %s\n", row->fix);
    }
}

static void put_findings(struct text_out *to)
{
    const struct findings *findings = &to->result->findings;
    bool seen[RULES_N] = {false};
    for (size_t i = 0; i < findings->n; i++) {
        enum rule rule = findings->items[i].rule;
        if (!seen[rule]) {
            put_rule(to, rule);
        }
        seen[rule] = true;
    }
}

static void put_sums(struct text_out *to)
{
    const struct check_result *result = to->result;
    size_t unknown = check_doors_in(result, DOOR_UNKNOWN);
    size_t notes = check_findings_of(result, SEVERITY_NOTE);
    size_t accepted = check_findings_accepted(result);
    size_t conditional = check_doors_in(result, DOOR_OPEN_IF);
    fprintf(to->out, "\nDoors: %zu open, ", check_doors_in(result, DOOR_OPEN));
    if (conditional) {
        fprintf(to->out, "%zu open under a condition, ", conditional);
    }
    fprintf(to->out, "%zu shut", check_doors_in(result, DOOR_SHUT));
    if (unknown) {
        fprintf(to->out, ", %zu that yett cannot tell", unknown);
    }
    fprintf(to->out, ".\nFindings: %s, %s",
            check_count(check_findings_of(result, SEVERITY_ERROR), "error", &to->arena).p,
            check_count(check_findings_of(result, SEVERITY_WARNING), "warning", &to->arena).p);
    if (notes) {
        fprintf(to->out, ", %s", check_count(notes, "note", &to->arena).p);
    }
    fprintf(to->out, accepted ? ", and %zu accepted.\n" : ".\n", accepted);
    if (result->late) {
        fputs("The time limit was reached: not all was looked at.\n", to->out);
    }
}

/* Widens a column for what stands in it, unless that is very long. */
static void widen(size_t *width, size_t n)
{
    if (n + 2 > *width && n + 2 <= NAME_WIDTH_MAX) {
        *width = n + 2;
    }
}

static int name_width(struct text_out *to)
{
    size_t width = NAME_WIDTH_MIN;
    for (size_t i = 0; i < to->result->doors.n; i++) {
        const struct checked_door *door = &to->result->doors.items[i];
        if (door->state != DOOR_SHUT || to->options->all) {
            widen(&width, check_door_name(door, &to->arena).n);
        }
        for (size_t k = 0; k < door->passages.n && k < WAYS_SHOWN; k++) {
            const struct passage *passage = &door->passages.items[k];
            for (size_t c = 0; c < passage->conditions_n; c++) {
                widen(&width, strlen("or if ") + passage->conditions[c].text.n);
            }
        }
    }
    return (int)width;
}

void check_print_text(const struct check_result *result, const struct check_text_options *options,
                      FILE *out)
{
    struct text_out to = {.result = result, .options = options, .out = out};
    arena_init(&to.arena, 0);
    to.name_width = name_width(&to);
    fputs("What a client reaches without a verified certificate, by ", out);
    terminal_write(out, str_of(result->conf));
    fputc('\n', out);
    put_all_doors(&to);
    put_findings(&to);
    put_sums(&to);
    arena_deinit(&to.arena);
}
