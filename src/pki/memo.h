/* SPDX-License-Identifier: Apache-2.0 */
/* Verified chains, kept by digest until their verdict could change. */
#ifndef PKI_MEMO_H
#define PKI_MEMO_H

#include <stdbool.h>
#include <time.h>

#include "pki/proof.h"

enum { MEMO_KEY_LEN = 32 };

struct memo; /* bounded; locks for itself */

struct memo *memo_new(void);
void memo_free(struct memo *memo);

/*
 * What was put with the key, if `now` is within the times it was put for: its proof, a reference of
 * the caller's, and *until. Else NULL.
 */
struct proof *memo_find(struct memo *memo, const unsigned char key[static MEMO_KEY_LEN], time_t now,
                        time_t *until);
/* Remembers the key for times in [from, until], with a reference of its own. May displace another.
 */
void memo_put(struct memo *memo, const unsigned char key[static MEMO_KEY_LEN], time_t from,
              time_t until, struct proof *proof);

#endif
