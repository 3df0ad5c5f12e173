/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/subject.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "base/buf.h"

/* Adds one attribute at the end, or in front. OpenSSL knows the bounds of each type. */
static bool attribute_add(X509_NAME *name, struct str type, struct str value, bool front,
                          struct error *err)
{
    char text[64];
    if (type.n == 0 || type.n >= sizeof(text)) {
        return error_set(err, "\"%.*s\" is not an attribute type", STR_ARG(str_head(type, 100)));
    }
    memcpy(text, type.p, type.n);
    text[type.n] = '\0';
    ERR_clear_error();
    if (OBJ_txt2nid(text) == NID_undef) {
        return error_set(
            err, "unknown attribute type \"%s\" in the subject: use CN, OU, O, L, ST, C …", text);
    }
    if (value.n == 0 || value.n > 1024 ||
        !X509_NAME_add_entry_by_txt(name, text, MBSTRING_UTF8, (const unsigned char *)value.p,
                                    (int)value.n, front ? 0 : -1, 0)) {
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());
        error_set(err, "invalid value \"%.*s\" of %s in the subject: %s",
                  STR_ARG(str_head(value, 200)), text,
                  value.n == 0 ? "it is empty"
                  : reason     ? reason
                               : "too long");
        ERR_clear_error();
        return false;
    }
    return true;
}

/* The text up to an unescaped `end`, unescaped into `out`; *in is left behind it. */
static bool value_take(struct str *in, char end, struct buf *out, struct error *err)
{
    assert(end == ',' || end == '/');
    buf_clear(out);
    while (in->n > 0 && in->p[0] != end) {
        char c = in->p[0];
        *in = str_skip(*in, 1);
        if (c == '+' && end == ',') {
            return error_set(err,
                             "unescaped \"+\" in the subject: multi-valued RDNs are not supported");
        }
        if (c == '\\') {
            if (in->n >= 2 && char_hex(in->p[0]) >= 0 && char_hex(in->p[1]) >= 0) {
                buf_byte(out, (char)(char_hex(in->p[0]) * 16 + char_hex(in->p[1])));
                *in = str_skip(*in, 2);
                continue;
            }
            if (in->n == 0) {
                return error_set(err, "the subject ends in a backslash");
            }
            c = in->p[0];
            *in = str_skip(*in, 1);
        }
        buf_byte(out, c);
    }
    return true;
}

static bool parse_into(X509_NAME *name, struct str text, struct buf *value, struct error *err)
{
    bool slashes = str_starts(text, STR("/"));
    struct str rest = slashes ? str_skip(text, 1) : text;
    while (true) {
        size_t equals = str_find(rest, '=');
        if (equals == rest.n) {
            return error_set(err, "no \"=\" in the part \"%.*s\" of the subject \"%.*s\"",
                             STR_ARG(rest), STR_ARG(text));
        }
        struct str type = str_trim(str_head(rest, equals));
        rest = str_skip(rest, equals + 1);
        if (!value_take(&rest, slashes ? '/' : ',', value, err) ||
            !attribute_add(name, type, buf_view(value), !slashes, err)) {
            return false;
        }
        if (rest.n == 0) {
            return true;
        }
        rest = str_skip(rest, 1);
    }
}

X509_NAME *subject_parse(struct str text, struct error *err)
{
    struct buf value = {0};
    X509_NAME *name = X509_NAME_new();
    bool ok = name && text.n > 0 ? parse_into(name, text, &value, err)
                                 : error_set(err, "the subject is empty");
    buf_deinit(&value);
    if (!ok) {
        X509_NAME_free(name);
        return NULL;
    }
    return name;
}

X509_NAME *subject_common(struct str name, struct str organisation, struct error *err)
{
    X509_NAME *subject = X509_NAME_new();
    if (!subject) {
        error_set(err, "out of memory");
        return NULL;
    }
    if ((organisation.n > 0 && !attribute_add(subject, STR("O"), organisation, false, err)) ||
        !attribute_add(subject, STR("CN"), name, false, err)) {
        X509_NAME_free(subject);
        return NULL;
    }
    return subject;
}
