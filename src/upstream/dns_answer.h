/* SPDX-License-Identifier: Apache-2.0 */
/* What a name server answered to a question for addresses (RFC 1035, 4.1). */
#ifndef UPSTREAM_DNS_ANSWER_H
#define UPSTREAM_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/address.h"

enum dns_type { DNS_A = 1, DNS_AAAA = 28 };

struct dns_answer {
    struct address *addresses; /* port 0 */
    size_t n;
    char *alias;    /* without addresses: the name that CNAMEs lead to, to be asked for; or NULL */
    uint32_t ttl_s; /* the least of the records that count */
};

/*
 * Reads the whole message. Only what answers the question counts: records of `name`, or of the name
 * that the CNAMEs in the message lead to from it. False when it is malformed. The caller frees with
 * dns_answer_deinit, also then.
 */
MUST_CHECK bool dns_answer_read(const unsigned char *message, size_t size, const char *name,
                                enum dns_type type, struct dns_answer *out);
void dns_answer_deinit(struct dns_answer *answer);

#endif
