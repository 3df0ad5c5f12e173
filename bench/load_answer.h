/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP/1.1 answer as the load generator reads it: a status and a body of declared length. */
#ifndef BENCH_LOAD_ANSWER_H
#define BENCH_LOAD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum answer_progress { ANSWER_MORE, ANSWER_DONE, ANSWER_BAD };

struct answer {
    char head[4096];
    size_t head_length;
    bool head_done;
    int status;
    uint64_t length;   /* the body's declared length, in bytes */
    uint64_t received; /* bytes of body so far */
};

/* Makes the answer ready for the first byte of a new one. */
void answer_reset(struct answer *answer);

/*
 * Takes the next bytes of the connection. ANSWER_DONE exactly at the body's last byte. ANSWER_BAD
 * if this is no HTTP/1.1 answer, it has no Content-Length (RFC 9112, section 6.2) or bytes follow
 * its body: answers of another framing would not be comparable work.
 */
enum answer_progress answer_feed(struct answer *answer, const char *bytes, size_t count);

#endif
