/* SPDX-License-Identifier: Apache-2.0 */
/* What is written as JSON, read again by a parser that is not ours: SQLite's (json_valid takes RFC
 * 8259 and nothing else; it does not look at UTF-8, which this does). */
#include "cli/json.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/utf8.h"

struct document {
    struct json json;
    char *text;
    size_t n;
};

static void document_start(struct document *doc)
{
    *doc = (struct document){0};
    doc->json.out = open_memstream(&doc->text, &doc->n);
    assert_non_null(doc->json.out);
}

/* Ends it, and says whether all of it is UTF-8 that a terminal shows as what it is. */
static bool document_end(struct document *doc)
{
    assert_int_equal(fclose(doc->json.out), 0);
    bool ok = true;
    for (struct str rest = {doc->text, doc->n}; ok && rest.n > 0;) {
        uint32_t c;
        size_t size = utf8_first(rest, &c);
        ok = size > 0 && utf8_is_visible(c);
        rest = str_skip(rest, size);
    }
    return ok;
}

/* The parser's answer as text for the caller to free, *n octets of it; NULL: SQL's NULL. */
static char *ask(const char *sql, const char *text, size_t text_n, const char *path, size_t *n)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    sqlite3_bind_text(st, 1, text, (int)text_n, SQLITE_STATIC);
    sqlite3_bind_text(st, 2, path, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    const void *value = sqlite3_column_blob(st, 0);
    *n = (size_t)sqlite3_column_bytes(st, 0);
    char *copy = NULL;
    if (value) {
        copy = calloc(1, *n + 1);
        assert_non_null(copy);
        memcpy(copy, value, *n);
    }
    sqlite3_finalize(st);
    sqlite3_close(db);
    return copy;
}

static bool parses(const char *text, size_t text_n)
{
    size_t n;
    char *answer = ask("SELECT json_valid(?1), ?2", text, text_n, "", &n);
    bool ok = answer && strcmp(answer, "1") == 0;
    free(answer);
    return ok;
}

static void is_of_type(const struct document *doc, const char *path, const char *type)
{
    size_t n;
    char *got = ask("SELECT json_type(?1, ?2)", doc->text, doc->n, path, &n);
    assert_non_null(got);
    assert_string_equal(got, type);
    free(got);
}

/* As octets: CAST keeps what follows a NUL. */
static void says(const struct document *doc, const char *path, struct str value)
{
    size_t n;
    char *got = ask("SELECT CAST(json_extract(?1, ?2) AS BLOB)", doc->text, doc->n, path, &n);
    assert_non_null(got);
    assert_int_equal(n, value.n);
    assert_memory_equal(got, value.p, n);
    free(got);
}

/* A parser that takes anything would prove nothing. */
static void the_parser_refuses(void **unused)
{
    static const char *const BAD[] = {
        "{\"a\": \"\n\"}", "{\"a\": \"\\x\"}", "{\"a\" 1}", "[1 2]", "[1, ]", "[\"\"\"]", "[1", "",
    };
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        assert_false(parses(BAD[i], strlen(BAD[i])));
    }
    assert_true(parses("[1, 2]", 6));
}

static void values_of_each_kind(void **unused)
{
    struct document doc;
    document_start(&doc);
    json_object(&doc.json, NULL);
    json_str(&doc.json, "text", STR("a"));
    json_str(&doc.json, "none", STR(""));
    json_int(&doc.json, "least", INT64_MIN);
    json_int(&doc.json, "most", INT64_MAX);
    json_bool(&doc.json, "yes", true);
    json_bool(&doc.json, "no", false);
    json_null(&doc.json, "null");
    json_array(&doc.json, "empty");
    json_array_end(&doc.json);
    json_array(&doc.json, "rows");
    for (int i = 0; i < 3; i++) {
        json_object(&doc.json, NULL);
        json_int(&doc.json, "i", i);
        json_object_end(&doc.json);
    }
    json_str(&doc.json, NULL, STR("last"));
    json_array_end(&doc.json);
    json_object(&doc.json, "nothing");
    json_object_end(&doc.json);
    json_int(&doc.json, "after", 7);
    json_object_end(&doc.json);
    assert_true(document_end(&doc));

    assert_true(parses(doc.text, doc.n));
    says(&doc, "$.text", STR("a"));
    is_of_type(&doc, "$.none", "text");
    says(&doc, "$.least", STR("-9223372036854775808"));
    says(&doc, "$.most", STR("9223372036854775807"));
    is_of_type(&doc, "$.yes", "true");
    is_of_type(&doc, "$.no", "false");
    is_of_type(&doc, "$.null", "null");
    says(&doc, "$.empty", STR("[]"));
    says(&doc, "$.rows[2].i", STR("2"));
    says(&doc, "$.rows[3]", STR("last"));
    says(&doc, "$.nothing", STR("{}"));
    says(&doc, "$.after", STR("7"));
    free(doc.text);
}

struct text_row {
    struct str in, out;
};

#define SAME(s)                                                                                    \
    {                                                                                              \
        STR_INIT(s), STR_INIT(s)                                                                   \
    }

/* As a value, as a key and within an array: what was put in is what is read, and is never more than
 * one value. Octets that are not UTF-8 are read as "?", one each. */
static void texts(void **unused)
{
    static const struct text_row ROWS[] = {
        SAME("\""),
        SAME("\\"),
        SAME("\\\""),
        SAME("\\u0041"),
        SAME("\", \"admin\": \"1"),
        SAME("\n\r\t\b\f\v"),
        SAME("\x01\x1b[2J\x1f\x7f"),
        SAME("/</script>"),
        SAME("\xc3\xa4 \xe2\x82\xac"),
        SAME("\xc2\x9b"),                             /* a control character beyond ASCII */
        SAME("\xe2\x80\xa8\xe2\x80\xae\xef\xbb\xbf"), /* a line end, turned text, no width */
        SAME("\xf0\x9f\x94\x92"),                     /* beyond the first plane, to be seen */
        SAME("\xf3\xa0\x81\x81\xf4\x8f\xbf\xbf"),     /* and not: two \u each */
        {STR_INIT("a\0b"), STR_INIT("a\0b")},
        {STR_INIT("\xff"), STR_INIT("?")},
        {STR_INIT("a\xc3"), STR_INIT("a?")},              /* cut short */
        {STR_INIT("\xc3\"x"), STR_INIT("?\"x")},          /* cut short by what ends a string */
        {STR_INIT("\xc0\xa2"), STR_INIT("??")},           /* too long a form of the quote */
        {STR_INIT("\xed\xa0\x80z"), STR_INIT("???z")},    /* a surrogate */
        {STR_INIT("\xf4\x90\x80\x80"), STR_INIT("????")}, /* beyond the last */
    };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct document doc;
        document_start(&doc);
        json_object(&doc.json, NULL);
        json_str(&doc.json, "text", ROWS[i].in);
        json_array(&doc.json, "rows");
        json_str(&doc.json, NULL, ROWS[i].in);
        json_str(&doc.json, NULL, STR("next"));
        json_array_end(&doc.json);
        json_object_end(&doc.json);
        assert_true(document_end(&doc));
        assert_true(parses(doc.text, doc.n));
        if (!memchr(ROWS[i].in.p, '\0', ROWS[i].in.n)) { /* SQLite ends a text there */
            says(&doc, "$.text", ROWS[i].out);
            says(&doc, "$.rows[0]", ROWS[i].out);
        } else {
            assert_non_null(strstr(doc.text, "a\\u0000b"));
        }
        says(&doc, "$.rows[1]", STR("next"));
        free(doc.text);
    }
}

/* A key comes from a name too (of a site, of a file). */
static void keys(void **unused)
{
    struct document doc;
    document_start(&doc);
    json_object(&doc.json, NULL);
    json_int(&doc.json, "a\"b\\\n\xff", 1);
    json_object_end(&doc.json);
    assert_true(document_end(&doc));
    assert_true(parses(doc.text, doc.n));
    size_t n;
    char *key = ask("SELECT key FROM json_each(?1) WHERE ?2 = ''", doc.text, doc.n, "", &n);
    assert_string_equal(key, "a\"b\\\n?");
    free(key);
    free(doc.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_parser_refuses),
        cmocka_unit_test(values_of_each_kind),
        cmocka_unit_test(texts),
        cmocka_unit_test(keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
