/* SPDX-License-Identifier: Apache-2.0 */
/* Chains that were found good, remembered by digest until something about them could change. */
#ifndef PKI_MEMO_H
#define PKI_MEMO_H

#include <stdbool.h>
#include <time.h>

enum { MEMO_KEY_LEN = 32 };

struct memo; /* bounded; locks for itself */

struct memo *memo_new(void);
void memo_free(struct memo *memo);

/* Whether the key was put and `now` is within what was put with it. */
bool memo_has(struct memo *memo, const unsigned char key[static MEMO_KEY_LEN], time_t now);
/* Remembers the key for times in [from, until]. May displace another. */
void memo_put(struct memo *memo, const unsigned char key[static MEMO_KEY_LEN], time_t from,
              time_t until);

#endif
