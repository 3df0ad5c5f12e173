/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json.h"

/* Octets of the UTF-8 character at p (RFC 3629, 4), 0 if it is none. */
static size_t utf8_size(const unsigned char *p, size_t n)
{
    size_t size = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (size == 0 || size > n || p[0] > 0xf4) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool bad = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
               (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f);
    return bad ? 0 : size;
}

static void put_text(FILE *out, struct str text)
{
    fputc('"', out);
    while (text.n > 0) {
        unsigned char c = (unsigned char)text.p[0];
        size_t size = utf8_size((const unsigned char *)text.p, text.n);
        if (size == 0) {
            fputc('?', out);
            size = 1;
        } else if (c == '"' || c == '\\') {
            fprintf(out, "\\%c", c);
        } else if (c < 0x20 || c == 0x7f) {
            fprintf(out, "\\u%04x", c);
        } else {
            fwrite(text.p, 1, size, out);
        }
        text = str_skip(text, size);
    }
    fputc('"', out);
}

static void member(struct json *json, const char *key)
{
    if (json->comma) {
        fputs(", ", json->out);
    }
    json->comma = true;
    if (key) {
        put_text(json->out, str_of(key));
        fputs(": ", json->out);
    }
}

static void start(struct json *json, const char *key, char bracket)
{
    member(json, key);
    fputc(bracket, json->out);
    json->comma = false;
}

static void end(struct json *json, char bracket)
{
    fputc(bracket, json->out);
    json->comma = true;
}

void json_object(struct json *json, const char *key)
{
    start(json, key, '{');
}

void json_array(struct json *json, const char *key)
{
    start(json, key, '[');
}

void json_object_end(struct json *json)
{
    end(json, '}');
}

void json_array_end(struct json *json)
{
    end(json, ']');
}

void json_str(struct json *json, const char *key, struct str value)
{
    member(json, key);
    put_text(json->out, value);
}

void json_int(struct json *json, const char *key, int64_t value)
{
    member(json, key);
    fprintf(json->out, "%lld", (long long)value);
}

void json_bool(struct json *json, const char *key, bool value)
{
    member(json, key);
    fputs(value ? "true" : "false", json->out);
}

void json_null(struct json *json, const char *key)
{
    member(json, key);
    fputs("null", json->out);
}
