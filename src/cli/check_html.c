/* SPDX-License-Identifier: Apache-2.0 */
/* The map of the doors, and the findings, as one page of HTML that loads nothing else. */
#include <assert.h>
#include <stdio.h>

#include "cli/check.h"
#include "cli/check_html_style.h"
#include "cli/html.h"

enum { WAYS_IN_SIGHT = 3, WAYS_MAX = 200 }; /* of one door */

struct page {
    const struct check_result *result;
    FILE *out;
    struct arena arena;
};

static const char *class_of_state(enum door_state state)
{
    static const char *const CLASSES[] = {
        [DOOR_SHUT] = "shut",
        [DOOR_OPEN_IF] = "if",
        [DOOR_OPEN] = "open",
        [DOOR_UNKNOWN] = "unknown",
    };
    assert(state < COUNT_OF(CLASSES));
    return CLASSES[state];
}

/* BEFORE and AFTER are markup. */
static void page_put(struct page *page, const char *before, struct str text, const char *after)
{
    fputs(before, page->out);
    html_text(page->out, text);
    fputs(after, page->out);
}

static void page_put_place(struct page *page, struct line_place place)
{
    struct str text = check_place(page->result, place, &page->arena);
    if (text.n) {
        page_put(page, " <span class=\"place\">", text, "</span>");
    }
}

/* --- doors --- */

static void page_put_conditions(struct page *page, const struct passage *passage, bool or)
{
    if (!passage->conditions_n) {
        return;
    }
    fputs("<ul class=\"conditions\">\n", page->out);
    for (size_t i = 0; i < passage->conditions_n; i++) {
        const struct passage_condition *condition = &passage->conditions[i];
        fprintf(page->out, "<li>%s ", i ? "and" : or ? "or if" : "if");
        page_put(page, "<code>", condition->text, "</code>");
        page_put_place(page, condition->place);
        fputs("</li>\n", page->out);
    }
    fputs("</ul>\n", page->out);
}

static void page_put_trail(struct page *page, const struct passage *passage)
{
    if (!passage->trail_n) {
        return;
    }
    fputs("<details><summary>The way, step by step</summary>\n<ol>\n", page->out);
    for (size_t i = 0; i < passage->trail_n; i++) {
        const struct trail_step *step = &passage->trail[i];
        page_put(page, "<li>", step->text, "");
        page_put_place(page, (struct line_place){step->file, step->line});
        fputs("</li>\n", page->out);
    }
    fputs("</ol>\n</details>\n", page->out);
}

/* `or`: there are others before it. */
static void page_put_passage(struct page *page, const struct passage *passage, bool or)
{
    struct str client = check_client(passage);
    fputs("<div class=\"way\">\n", page->out);
    page_put_conditions(page, passage, or);
    page_put(page, passage->is_known ? "<p>leads to <code class=\"to\">" : "<p>because <code>",
             passage->to, "</code>");
    if (client.n) {
        page_put(page, ", with <span class=\"client\">", client, "</span>");
    }
    fputs("</p>\n", page->out);
    page_put_trail(page, passage);
    fputs("</div>\n", page->out);
}

/* The first ones are in sight, the next ones can be opened. */
static void page_put_passages(struct page *page, const struct passages *passages)
{
    size_t more = passages->n > WAYS_IN_SIGHT ? passages->n - WAYS_IN_SIGHT : 0;
    for (size_t i = 0; i < passages->n && i < WAYS_MAX; i++) {
        if (i == WAYS_IN_SIGHT) {
            fprintf(page->out, "<details class=\"more\"><summary>%zu more way%s</summary>\n", more,
                    more == 1 ? "" : "s");
        }
        page_put_passage(page, &passages->items[i], i > 0);
    }
    if (passages->n > WAYS_MAX) {
        fprintf(page->out, "<p>and %zu more, in the output of --all and --json</p>\n",
                passages->n - WAYS_MAX);
    }
    if (more) {
        fputs("</details>\n", page->out);
    }
}

static void page_put_door(struct page *page, const struct checked_door *door)
{
    fprintf(page->out,
            "<div class=\"door %s\"><div class=\"line %s\"><span class=\"state\">%s</span> ",
            class_of_state(door->state), class_of_state(door->state), door_state_word(door->state));
    page_put(page, "<span class=\"name\">", check_door_name(door, &page->arena), "</span>");
    if (door->location) {
        page_put_place(page, check_door_place(door));
    }
    fputs("</div>\n", page->out);
    page_put_passages(page, &door->passages);
    fputs("</div>\n", page->out);
}

static void page_open_addresses(struct page *page, const struct check_group *group)
{
    bool is_tls = page->result->doors.items[group->first].listener->ssl;
    page_put(page, "<section class=\"listener\"><div class=\"line\"><h3 class=\"name\">",
             group->addresses, "</h3>");
    fprintf(page->out, " <span class=\"dim\">%s</span></div>\n", is_tls ? "TLS" : "plain HTTP");
}

static void page_open_server(struct page *page, const struct checked_door *door)
{
    page_put(page, "<section class=\"server\"><div class=\"line\"><h4 class=\"name\">",
             door->server->name.n ? door->server->name : STR("(no name)"), "</h4>");
    if (door->listener->fallback == door->server) {
        fputs(" <span class=\"dim\">the default server</span>", page->out);
    }
    page_put_place(page, (struct line_place){door->server->file, door->server->line});
    fputs("</div>\n", page->out);
}

static void page_put_group(struct page *page, const struct check_group *group)
{
    const struct checked_door *doors = page->result->doors.items;
    page_open_addresses(page, group);
    for (size_t i = group->first; i < group->end; i++) {
        if (i == group->first || doors[i - 1].server != doors[i].server) {
            page_open_server(page, &doors[i]);
        }
        page_put_door(page, &doors[i]);
        if (i + 1 == group->end || doors[i + 1].server != doors[i].server) {
            fputs("</section>\n", page->out);
        }
    }
    fputs("</section>\n", page->out);
}

static void page_put_doors(struct page *page)
{
    struct check_groups groups;
    check_group_doors(&page->result->doors, &page->arena, &groups);
    for (size_t i = 0; i < groups.n; i++) {
        page_put_group(page, &groups.items[i]);
    }
}

/* --- findings --- */

static void page_put_finding(struct page *page, const struct finding *finding)
{
    const struct rule_row *rule = &RULES[finding->rule];
    bool accepted = finding->accepted.n > 0;
    const char *kind = accepted ? "done" : severity_word(rule->severity);
    fprintf(page->out,
            "<div class=\"finding %s\"><div class=\"line %s\"><span class=\"severity\">%s%s</span> "
            "<span class=\"name\">%s</span>",
            kind, kind, accepted ? "accepted " : "", severity_word(rule->severity), rule->name);
    page_put_place(page, finding->place);
    page_put(page, "</div>\n<p class=\"text\">", finding->text, "</p>\n");
    if (accepted) {
        page_put(page, "<p class=\"accepted\">Accepted: ", finding->accepted, "</p>\n");
    } else {
        page_put(page, "<p class=\"dim\">To do: ", str_of(rule->fix), "</p>\n");
    }
    fputs("</div>\n", page->out);
}

static void page_put_findings(struct page *page)
{
    const struct findings *findings = &page->result->findings;
    fputs("<h2 id=\"findings\">Findings</h2>\n", page->out);
    for (size_t i = 0; i < findings->n; i++) {
        page_put_finding(page, &findings->items[i]);
    }
    if (!findings->n) {
        fputs("<p>None.</p>\n", page->out);
    }
}

/* --- the page --- */

static const enum door_state STATES[] = {DOOR_OPEN, DOOR_OPEN_IF, DOOR_UNKNOWN, DOOR_SHUT};

static void page_put_sums(struct page *page)
{
    static const enum severity SEVERITIES[] = {SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE};
    fputs("<ul class=\"sums\" aria-label=\"Doors\">\n", page->out);
    for (size_t i = 0; i < COUNT_OF(STATES); i++) {
        fprintf(page->out, "<li class=\"%s\">%zu %s</li>\n", class_of_state(STATES[i]),
                check_doors_in(page->result, STATES[i]), door_state_word(STATES[i]));
    }
    fputs("</ul>\n<ul class=\"sums\" aria-label=\"Findings\">\n", page->out);
    for (size_t i = 0; i < COUNT_OF(SEVERITIES); i++) {
        const char *word = severity_word(SEVERITIES[i]);
        struct str text =
            check_count(check_findings_of(page->result, SEVERITIES[i]), word, &page->arena);
        fprintf(page->out, "<li class=\"%s\">%.*s</li>\n", word, STR_ARG(text));
    }
    if (check_findings_accepted(page->result)) {
        fprintf(page->out, "<li class=\"done\">%zu accepted</li>\n",
                check_findings_accepted(page->result));
    }
    fputs("</ul>\n", page->out);
}

static void page_put_filter(struct page *page)
{
    fputs("<fieldset><legend>Show doors</legend>\n", page->out);
    for (size_t i = 0; i < COUNT_OF(STATES); i++) {
        fprintf(page->out,
                "<label class=\"filter\"><input type=\"checkbox\" id=\"show-%s\" checked> %s"
                "</label>\n",
                class_of_state(STATES[i]), door_state_word(STATES[i]));
    }
    fputs("</fieldset>\n", page->out);
}

void check_print_html(const struct check_result *result, FILE *out)
{
    struct page page = {.result = result, .out = out};
    arena_init(&page.arena, 0);
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
          "style-src 'unsafe-inline'; img-src data:\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<link rel=\"icon\" href=\"data:,\">\n",
          out);
    page_put(&page, "<title>Doors of ", str_of(result->conf), "</title>\n");
    fputs("<style>\n" CHECK_HTML_STYLE "</style>\n</head>\n<body>\n"
          "<header>\n<h1>What a client reaches without a verified certificate</h1>\n",
          out);
    page_put(&page, "<p class=\"dim\">by <code>", str_of(result->conf), "</code></p>\n");
    page_put_sums(&page);
    fputs("</header>\n<main>\n<h2>Doors</h2>\n", out);
    page_put_filter(&page);
    page_put_doors(&page);
    page_put_findings(&page);
    fputs("</main>\n<footer><p class=\"dim\">yett " YETT_VERSION
          " check. A door is a server on an address, and a location of it.</p></footer>\n"
          "</body>\n</html>\n",
          out);
    arena_deinit(&page.arena);
}
