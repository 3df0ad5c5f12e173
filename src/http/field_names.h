/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of fields as backends may read them. Many know fields as variables (RFC 3875, 4.1.18):
 * HTTP_X_CLIENT_DN is what they make of X-Client-DN, and of X_Client_DN and X.Client.DN too.
 */
#ifndef HTTP_FIELD_NAMES_H
#define HTTP_FIELD_NAMES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/* Whether a backend may read one for the other: they differ in case at most, or in which characters
 * other than letters and digits they have. */
bool field_name_alike(struct str a, struct str b);
/* Whether the name has only letters, digits and '-': no spelling of another name does, if both have
 * only those. */
bool field_name_hyphenated(struct str name);

/* A set of names, each in any spelling. Zeroed: empty. */
struct field_names {
    struct str *items;
    size_t n;
    uint64_t lengths; /* bit n % 64: there is a name of n bytes */
};

/* Adds the name unless it is there; borrows it. */
void field_names_add(struct field_names *names, struct arena *arena, struct str name);
bool field_names_has(const struct field_names *names, struct str name);

#endif
