/* SPDX-License-Identifier: Apache-2.0 */
/* The findings as SARIF 2.1.0 (OASIS), as far as code scanning services read it. */
#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/must.h"
#include "cli/check.h"
#include "cli/json.h"

#define SARIF_SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"
#define BASE_ID      "SRCROOT"

static void write_message(struct json *json, const char *key, struct str text)
{
    json_object(json, key);
    json_str(json, "text", text);
    json_object_end(json);
}

/* RFC 3986, 3.3: the characters of a path stay. The first segment of a relative one has no ":". */
static void put_path(struct buf *out, struct str path)
{
    static const struct str PLAIN = STR_INIT("-._~/!$&'()*+,;=@");
    for (size_t i = 0; i < path.n; i++) {
        char c = path.p[i];
        if (char_is_alnum(c) || (c && str_find(PLAIN, c) < PLAIN.n)) {
            buf_byte(out, c);
        } else {
            buf_printf(out, "%%%02X", (unsigned char)c);
        }
    }
}

/* --- rules --- */

static void write_rule(struct json *json, const struct rule_row *rule)
{
    struct buf uri = {0};
    buf_printf(&uri, "%scheck.md#%s", YETT_DOCS, rule->name);
    json_object(json, NULL);
    json_str(json, "id", str_of(rule->name));
    write_message(json, "shortDescription", str_of(rule->title));
    write_message(json, "fullDescription", str_of(rule->title));
    write_message(json, "help", str_of(rule->fix));
    json_str(json, "helpUri", buf_view(&uri));
    json_object(json, "defaultConfiguration");
    json_str(json, "level", str_of(severity_word(rule->severity)));
    json_object_end(json);
    json_object(json, "properties");
    json_array(json, "tags");
    json_str(json, NULL, STR("security"));
    json_array_end(json);
    json_object_end(json);
    json_object_end(json);
    buf_deinit(&uri);
}

static void write_tool(struct json *json)
{
    json_object(json, "tool");
    json_object(json, "driver");
    json_str(json, "name", STR("yett check"));
    json_str(json, "semanticVersion", STR(YETT_VERSION));
    json_array(json, "rules");
    for (size_t i = 0; i < RULES_N; i++) {
        write_rule(json, &RULES[i]);
    }
    json_array_end(json);
    json_object_end(json);
    json_object_end(json);
}

/* --- results --- */

/* What has no place, or one that is not in a file (-g), is about the configuration as a whole. */
static void write_location(struct json *json, const struct check_result *result, const char *base,
                           struct line_place place)
{
    struct buf uri = {0};
    bool in_file = place.file && place.file[0] == '/' && place.line > 0;
    struct str file = str_of(in_file ? place.file : result->conf);
    struct str directory = str_of(base);
    bool is_below = str_starts(file, directory) && file.n > directory.n;
    assert(str_ends(directory, STR("/")));
    if (!is_below) {
        buf_append(&uri, STR("file://"));
    }
    put_path(&uri, str_skip(file, is_below ? directory.n : 0));
    json_array(json, "locations");
    json_object(json, NULL);
    json_object(json, "physicalLocation");
    json_object(json, "artifactLocation");
    json_str(json, "uri", buf_view(&uri));
    if (is_below) {
        json_str(json, "uriBaseId", STR(BASE_ID));
    }
    json_object_end(json);
    json_object(json, "region");
    json_int(json, "startLine", in_file ? place.line : 1);
    json_object_end(json);
    json_object_end(json);
    json_object_end(json);
    json_array_end(json);
    buf_deinit(&uri);
}

/* 3.27.23: where one result has the property, all have it; empty: not suppressed. */
static void write_suppressions(struct json *json, struct str reason)
{
    json_array(json, "suppressions");
    if (reason.n) {
        json_object(json, NULL);
        json_str(json, "kind", STR("inSource"));
        json_str(json, "justification", reason);
        json_object_end(json);
    }
    json_array_end(json);
}

/* --- fingerprints --- */

enum { FINGERPRINT_LEN = 16 };

struct fingerprint {
    unsigned char bytes[FINGERPRINT_LEN];
};

/* A sentence without its line numbers, as in "(x.conf:12)". */
static void put_without_lines(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        size_t end = i + 1;
        buf_byte(out, text.p[i]);
        while (end < text.n && text.p[end] >= '0' && text.p[end] <= '9') {
            end++;
        }
        bool is_line = text.p[i] == ':' && end < text.n && text.p[end] == ')';
        i = is_line ? end - 1 : i;
    }
}

/* Of what stays when lines move: the rule, the file, the sentence. */
static struct fingerprint fingerprint_of(const struct check_result *result,
                                         const struct finding *finding)
{
    struct buf text = {0};
    struct fingerprint print;
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct str file = str_of(finding->place.file ? finding->place.file : "");
    struct str directory = str_of(result->directory);
    bool is_below = str_starts(file, directory);
    buf_printf(&text, "%s\n%.*s\n", RULES[finding->rule].name,
               STR_ARG(str_skip(file, is_below ? directory.n : 0)));
    put_without_lines(&text, finding->text);
    bool ok = EVP_Digest(buf_view(&text).p, buf_view(&text).n, digest, NULL, EVP_sha256(), NULL);
    assert(ok);
    memcpy(print.bytes, digest, sizeof(print.bytes));
    buf_deinit(&text);
    return print;
}

/* 3.27.17. Of equal ones the second has ":2", and so on. */
static void write_fingerprint(struct json *json, const struct fingerprint *prints, size_t at)
{
    size_t number = 1;
    struct buf text = {0};
    for (size_t i = 0; i < at; i++) {
        number += memcmp(&prints[i], &prints[at], sizeof(*prints)) == 0;
    }
    for (size_t i = 0; i < FINGERPRINT_LEN; i++) {
        buf_printf(&text, "%02x", prints[at].bytes[i]);
    }
    buf_printf(&text, ":%zu", number);
    json_object(json, "partialFingerprints");
    json_str(json, "yettFinding/v1", buf_view(&text));
    json_object_end(json);
    buf_deinit(&text);
}

/* --- all --- */

static void write_result(struct json *json, const struct check_result *result, const char *base,
                         const struct fingerprint *prints, size_t at)
{
    const struct finding *finding = &result->findings.items[at];
    const struct rule_row *rule = &RULES[finding->rule];
    json_object(json, NULL);
    json_str(json, "ruleId", str_of(rule->name));
    json_int(json, "ruleIndex", (int64_t)finding->rule);
    json_str(json, "level", str_of(severity_word(rule->severity)));
    write_message(json, "message", finding->text);
    write_location(json, result, base, finding->place);
    write_fingerprint(json, prints, at);
    write_suppressions(json, finding->accepted);
    json_object_end(json);
}

static void write_results(struct json *json, const struct check_result *result, const char *base)
{
    size_t n = result->findings.n;
    struct fingerprint *prints = must_calloc(n + 1, sizeof(*prints));
    for (size_t i = 0; i < n; i++) {
        prints[i] = fingerprint_of(result, &result->findings.items[i]);
    }
    json_array(json, "results");
    for (size_t i = 0; i < n; i++) {
        write_result(json, result, base, prints, i);
    }
    json_array_end(json);
    free(prints);
}

static void write_base(struct json *json, const char *base)
{
    struct buf uri = {0};
    buf_append(&uri, STR("file://"));
    put_path(&uri, str_of(base));
    json_object(json, "originalUriBaseIds");
    json_object(json, BASE_ID);
    json_str(json, "uri", buf_view(&uri));
    json_object_end(json);
    json_object_end(json);
    buf_deinit(&uri);
}

void check_print_sarif(const struct check_result *result, const char *base, FILE *out)
{
    struct json json = {.out = out};
    json_object(&json, NULL);
    json_str(&json, "$schema", STR(SARIF_SCHEMA));
    json_str(&json, "version", STR("2.1.0"));
    json_array(&json, "runs");
    json_object(&json, NULL);
    write_tool(&json);
    write_base(&json, base);
    write_results(&json, result, base);
    json_object_end(&json);
    json_array_end(&json);
    json_object_end(&json);
    fputc('\n', out);
}
