/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/utf8.h"

enum { VALUE_COLUMN = 28, INDENT = 2, LABEL_MAX = 64 };

void terminal_write(FILE *out, struct str text)
{
    while (text.n > 0) {
        uint32_t c;
        size_t size = utf8_first(text, &c);
        if (size > 0 && utf8_is_visible(c)) {
            fwrite(text.p, 1, size, out);
        } else {
            size = size ? size : 1;
            for (size_t i = 0; i < size; i++) {
                fprintf(out, "\\x%02x", (unsigned char)text.p[i]);
            }
        }
        text = str_skip(text, size);
    }
}

static int indent(const struct report *report)
{
    return (int)report->depth * INDENT;
}

void report_begin(struct report *report, bool as_json, FILE *out)
{
    *report = (struct report){.as_json = as_json, .out = out, .json = {.out = out}};
    if (as_json) {
        json_object(&report->json, NULL);
    }
}

void report_end(struct report *report)
{
    if (report->as_json) {
        json_object_end(&report->json);
        fputc('\n', report->out);
    }
}

static void open_heading(struct report *report, const char *text)
{
    if (report->depth == 0) {
        fputc('\n', report->out);
    }
    fprintf(report->out, "%*s", indent(report), "");
    terminal_write(report->out, str_of(text));
    fputc('\n', report->out);
    report->depth++;
    assert(indent(report) < VALUE_COLUMN); /* labels have room before the values */
}

void report_group(struct report *report, const char *key, const char *heading)
{
    if (report->as_json) {
        json_object(&report->json, key);
    } else {
        open_heading(report, heading);
    }
}

void report_group_end(struct report *report)
{
    if (report->as_json) {
        json_object_end(&report->json);
    } else {
        assert(report->depth > 0);
        report->depth--;
    }
}

void report_list(struct report *report, const char *key, const char *heading)
{
    if (report->as_json) {
        json_array(&report->json, key);
    } else {
        open_heading(report, heading);
    }
}

void report_list_end(struct report *report)
{
    if (report->as_json) {
        json_array_end(&report->json);
    } else {
        assert(report->depth > 0);
        report->depth--;
    }
}

static void put_label(const struct report *report, const char *text)
{
    int width = VALUE_COLUMN - indent(report);
    fprintf(report->out, "%*s", indent(report), "");
    terminal_write(report->out, str_of(text));
    fprintf(report->out, "%*s ", width > (int)strlen(text) ? width - (int)strlen(text) : 0, "");
}

static void value_line(const struct report *report, struct str value)
{
    terminal_write(report->out, value.n ? value : STR("-"));
    fputc('\n', report->out);
}

static const char *label_of(const char *key, char out[static LABEL_MAX])
{
    assert(strlen(key) < LABEL_MAX); /* keys are ours */
    snprintf(out, LABEL_MAX, "%s", key);
    for (char *p = out; *p; p++) {
        *p = *p == '_' ? ' ' : *p;
    }
    return out;
}

void report_labelled(struct report *report, const char *key, const char *label, struct str value)
{
    if (!report->as_json) {
        put_label(report, label);
        value_line(report, value);
    } else if (value.n) {
        json_str(&report->json, key, value);
    } else {
        json_null(&report->json, key);
    }
}

void report_text(struct report *report, const char *key, struct str value)
{
    char text[LABEL_MAX];
    report_labelled(report, key, label_of(key, text), value);
}

void report_bool(struct report *report, const char *key, const char *label, bool value)
{
    char own[LABEL_MAX];
    if (report->as_json) {
        json_bool(&report->json, key, value);
    } else {
        report_labelled(report, key, label ? label : label_of(key, own),
                        value ? STR("yes") : STR("no"));
    }
}

void report_unless(struct report *report, const char *key, const char *label, const char *why)
{
    char text[LABEL_MAX];
    if (report->as_json) {
        json_bool(&report->json, key, !why);
        snprintf(text, sizeof(text), "%s_why", key);
        report_text(report, text, str_of(why));
        return;
    }
    put_label(report, label ? label : label_of(key, text));
    fputs(why ? "no: " : "yes", report->out);
    terminal_write(report->out, str_of(why));
    fputc('\n', report->out);
}

void report_int(struct report *report, const char *key, int64_t value)
{
    char text[32];
    if (report->as_json) {
        json_int(&report->json, key, value);
        return;
    }
    snprintf(text, sizeof(text), "%lld", (long long)value);
    report_text(report, key, str_of(text));
}

void report_texts(struct report *report, const char *key, const char *label,
                  const struct str *values, size_t n)
{
    char text[LABEL_MAX];
    if (report->as_json) {
        json_array(&report->json, key);
        for (size_t i = 0; i < n; i++) {
            json_str(&report->json, NULL, values[i]);
        }
        json_array_end(&report->json);
        return;
    }
    put_label(report, label ? label : label_of(key, text));
    for (size_t i = 0; i < n; i++) {
        fprintf(report->out, "%*s", i ? VALUE_COLUMN + 1 : 0, "");
        value_line(report, values[i]);
    }
    if (n == 0) {
        value_line(report, STR(""));
    }
}

void report_item(struct report *report, struct str value)
{
    if (report->as_json) {
        json_str(&report->json, NULL, value);
    } else {
        fprintf(report->out, "%*s", indent(report), "");
        value_line(report, value);
    }
}

void report_note(struct report *report, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (!report->as_json && n >= 0) {
        fprintf(report->out, "%*s", indent(report), "");
        terminal_write(report->out, str_of(text));
        fputc('\n', report->out);
    }
}
