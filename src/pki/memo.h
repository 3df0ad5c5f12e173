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

/* The `until` that was put with the key, if `now` is within what was put; else 0. */
time_t memo_until(struct memo *memo, const unsigned char key[static MEMO_KEY_LEN], time_t now);
/* Remembers the key for times in [from, until]. May displace another. */
void memo_put(struct memo *memo, const unsigned char key[static MEMO_KEY_LEN], time_t from,
              time_t until);

#endif
