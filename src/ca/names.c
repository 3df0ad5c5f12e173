/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/names.h"

#include <assert.h>
#include <stddef.h>

static const char *const KINDS[] = {
    [KIND_AUTHORITY] = "ca",
    [KIND_SERVER] = "server",
    [KIND_MACHINE] = "machine",
    [KIND_USER] = "user",
};

static const char *const REASONS[REASON_MAX + 1] = {
    [REASON_UNSPECIFIED] = "unspecified",
    [1] = "keyCompromise",
    [2] = "cACompromise",
    [3] = "affiliationChanged",
    [4] = "superseded",
    [5] = "cessationOfOperation",
    [6] = "certificateHold",
    [9] = "privilegeWithdrawn",
    [10] = "aACompromise",
};

const char *cert_kind_name(enum cert_kind kind)
{
    assert((size_t)kind < COUNT_OF(KINDS));
    return KINDS[kind];
}

bool cert_kind_parse(struct str text, enum cert_kind *out)
{
    for (size_t i = KIND_SERVER; i < COUNT_OF(KINDS); i++) {
        if (str_eq(text, str_of(KINDS[i]))) {
            *out = (enum cert_kind)i;
            return true;
        }
    }
    return false;
}

const char *reason_name(int reason)
{
    return reason >= 0 && reason <= REASON_MAX ? REASONS[reason] : NULL;
}

bool reason_parse(struct str text, int *out, struct error *err)
{
    for (int i = 0; i <= REASON_MAX; i++) {
        if (REASONS[i] && str_ieq(text, str_of(REASONS[i]))) {
            *out = i;
            return true;
        }
    }
    return error_set(err,
                     "unknown reason \"%.*s\": use one of unspecified, keyCompromise, "
                     "cACompromise, affiliationChanged, superseded, cessationOfOperation, "
                     "certificateHold, privilegeWithdrawn, aACompromise",
                     STR_ARG(text));
}

static bool name_char(char c)
{
    return char_is_alnum(c) || (c && strchr("._-@+", c));
}

bool entry_name_check(struct str name, struct error *err)
{
    if (name.n == 0 || name.n > ENTRY_NAME_MAX) {
        return error_set(err, "a name must have 1 to %d characters: \"%.*s\"", ENTRY_NAME_MAX,
                         STR_ARG(str_head(name, 100)));
    }
    for (size_t i = 0; i < name.n; i++) {
        if (!name_char(name.p[i]) || (i == 0 && (name.p[i] == '.' || name.p[i] == '-'))) {
            return error_set(err,
                             "invalid name \"%.*s\": use letters, digits and . _ - @ +, and do not "
                             "start with . or - (--subject and --san take any text)",
                             STR_ARG(name));
        }
    }
    if (str_eq(name, STR("root")) || str_eq(name, STR("intermediate"))) {
        return error_set(err, "the name \"%.*s\" is reserved for the CA", STR_ARG(name));
    }
    return true;
}

bool entry_unknown(struct str name, struct error *err)
{
    return error_set(err, "no certificate named \"%.*s\": \"yett ca list\" shows all",
                     STR_ARG(name));
}
