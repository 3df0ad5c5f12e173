/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json.h"

#include "base/utf8.h"

/* RFC 8259, 7: characters beyond the first plane are two. */
static void json_put_escaped(FILE *out, uint32_t c)
{
    if (c > 0xffff) {
        fprintf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((c - 0x10000) >> 10)),
                (unsigned)(0xdc00 + ((c - 0x10000) & 0x3ff)));
    } else {
        fprintf(out, "\\u%04x", (unsigned)c);
    }
}

static void json_put_text(FILE *out, struct str text)
{
    fputc('"', out);
    while (text.n > 0) {
        uint32_t c = '?';
        size_t size = utf8_first(text, &c);
        if (size == 0) {
            fputc('?', out);
        } else if (c == '"' || c == '\\') {
            fprintf(out, "\\%c", (char)c);
        } else if (!utf8_is_visible(c)) {
            json_put_escaped(out, c);
        } else {
            fwrite(text.p, 1, size, out);
        }
        text = str_skip(text, size ? size : 1);
    }
    fputc('"', out);
}

static void json_member(struct json *json, const char *key)
{
    if (json->comma) {
        fputs(", ", json->out);
    }
    json->comma = true;
    if (key) {
        json_put_text(json->out, str_of(key));
        fputs(": ", json->out);
    }
}

static void json_start(struct json *json, const char *key, char bracket)
{
    json_member(json, key);
    fputc(bracket, json->out);
    json->comma = false;
}

static void json_end(struct json *json, char bracket)
{
    fputc(bracket, json->out);
    json->comma = true;
}

void json_object(struct json *json, const char *key)
{
    json_start(json, key, '{');
}

void json_array(struct json *json, const char *key)
{
    json_start(json, key, '[');
}

void json_object_end(struct json *json)
{
    json_end(json, '}');
}

void json_array_end(struct json *json)
{
    json_end(json, ']');
}

void json_str(struct json *json, const char *key, struct str value)
{
    json_member(json, key);
    json_put_text(json->out, value);
}

void json_int(struct json *json, const char *key, int64_t value)
{
    json_member(json, key);
    fprintf(json->out, "%lld", (long long)value);
}

void json_bool(struct json *json, const char *key, bool value)
{
    json_member(json, key);
    fputs(value ? "true" : "false", json->out);
}

void json_null(struct json *json, const char *key)
{
    json_member(json, key);
    fputs("null", json->out);
}
