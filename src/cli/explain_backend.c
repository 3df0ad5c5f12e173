/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explain_backend.h"

#include <string.h>

#include "gate/request.h"
#include "modules/proxy/proxy_settings.h"
#include "script/template.h"

const char *explain_handler_name(const struct location_settings *location)
{
    return location->handler ? location->handler->name : "none";
}

static const struct proxy_settings *proxied_by(const struct location_settings *location)
{
    const char *name = explain_handler_name(location);
    return strcmp(name, "proxy_pass") == 0  ? proxy_settings_of(location)
           : strcmp(name, "grpc_pass") == 0 ? grpc_settings_of(location)
                                            : NULL;
}

bool explain_is_proxied(const struct location_settings *location)
{
    return proxied_by(location) != NULL;
}

struct str explain_describe_handler(const struct location_settings *location, struct arena *arena)
{
    const struct proxy_settings *settings = proxied_by(location);
    return settings
               ? arena_printf(arena, "from the backend: %s %.*s", explain_handler_name(location),
                              STR_ARG(settings->pass.url.source))
               : STR("a file");
}

static struct str shown_value(struct value value, struct arena *arena)
{
    return value.state == VALUE_UNKNOWN
               ? STR("not known: it depends on what only a real request has")
           : value.s.n == 0 ? STR("(empty: not sent)")
                            : arena_printf(arena, "\"%.*s\"", STR_ARG(value.s));
}

static void report_sent(struct explain *explain, const struct proxy_header *header,
                        struct value value)
{
    struct report *report = &explain->report;
    if (!report->as_json) {
        report_labelled(report, NULL, arena_cstr(&explain->arena, header->name),
                        shown_value(value, &explain->arena));
        return;
    }
    bool is_known = value.state != VALUE_UNKNOWN;
    report_group(report, NULL, "");
    report_text(report, "name", header->name);
    report_text(report, "place", explain_place(explain, header->place.file, header->place.line));
    report_bool(report, "known", NULL, is_known);
    report_text(report, "value", value.s);
    report_group_end(report);
}

void explain_ask_backend(struct walk *walk)
{
    const struct proxy_settings *settings = proxied_by(walk->location);
    if (settings) {
        (void)template_eval(&settings->pass.url, &walk->scope);
    }
    for (size_t i = 0; settings && i < settings->headers.set.n; i++) {
        (void)template_eval(&settings->headers.set.items[i].value, &walk->scope);
    }
}

void explain_report_backend(struct explain *explain, struct walk *walk)
{
    struct report *report = &explain->report;
    const struct proxy_settings *settings = proxied_by(walk->location);
    struct value url = template_eval(&settings->pass.url, &walk->scope);
    if (report->as_json || !settings->pass.url.constant) {
        report_labelled(report, "backend", "backend",
                        url.state == VALUE_UNKNOWN && !report->as_json ? STR("not known") : url.s);
    }
    report_list(report, "headers", "Headers for the backend (proxy_set_header)");
    for (size_t i = 0; i < settings->headers.set.n; i++) {
        const struct proxy_header *header = &settings->headers.set.items[i];
        report_sent(explain, header, template_eval(&header->value, &walk->scope));
    }
    report_list_end(report);
}
