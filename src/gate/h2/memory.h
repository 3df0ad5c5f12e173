/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of one nghttp2 session. What nghttp2 keeps as long as the session lives is placed so
 * that an idle connection holds few pages: of its buffer for a frame (16 KB) only the beginning is
 * ever used, and its table of streams is all zeros while there are none.
 */
#ifndef GATE_H2_MEMORY_H
#define GATE_H2_MEMORY_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stddef.h>

struct h2_memory {
    char *block;    /* NULL: nghttp2 gets all of its memory from malloc */
    size_t used;    /* bytes at the beginning of the block, given out one after the other */
    size_t newest;  /* where the last of them begins */
    bool has_frame; /* the buffer for a frame was given out … */
    bool has_table; /* … and the table of streams */
};

void h2_memory_init(struct h2_memory *memory);
/* n bytes of the block, zeroed, for what lives as long as the session. It may hold `memory` itself,
 * moved there before h2_memory_functions. Only with a block, and before the session is made;
 * h2_memory_deinit frees it. */
void *h2_memory_take(struct h2_memory *memory, size_t n);
/* Call it after nghttp2_session_del. */
void h2_memory_deinit(struct h2_memory *memory);
/* For nghttp2_session_server_new3. They refer to `memory`, which must not move. */
nghttp2_mem h2_memory_functions(struct h2_memory *memory);
/* Gives back what holds nothing. For a connection that was idle for a while: it costs a call to the
 * kernel. */
void h2_memory_trim(struct h2_memory *memory);

#endif
