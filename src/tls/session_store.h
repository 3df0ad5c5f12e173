/* SPDX-License-Identifier: Apache-2.0 */
/* Serialised sessions by id, bounded in bytes: the oldest are removed first. */
#ifndef TLS_SESSION_STORE_H
#define TLS_SESSION_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/str.h"

enum { SESSION_ID_MAX = 32 };

struct session_store; /* locks for itself */

struct session_store *session_store_new(size_t max_bytes);
void session_store_free(struct session_store *store);

/* Copies the value; replaces one with the same id. Ignores a value larger than the store. */
void session_store_put(struct session_store *store, struct str id, struct str value,
                       time_t expires);
/* A copy of the value, for free(3). NULL: none, or it has expired. */
unsigned char *session_store_get(struct session_store *store, struct str id, time_t now, size_t *n);
void session_store_remove(struct session_store *store, struct str id);

#endif
