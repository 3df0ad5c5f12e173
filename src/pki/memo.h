/* SPDX-License-Identifier: Apache-2.0 */
/* Remembers verified chains by digest, until their verdicts could change. */
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
 * The key's proof, a reference that the caller owns, and *until, if `now` is within its times.
 * NULL: there is none.
 */
struct proof *memo_find(struct memo *memo, const unsigned char key[static MEMO_KEY_LEN], time_t now,
                        time_t *until);
/* Remembers the proof for times in [from, until], with its own reference. May replace another. */
void memo_put(struct memo *memo, const unsigned char key[static MEMO_KEY_LEN], time_t from,
              time_t until, struct proof *proof);

#endif
