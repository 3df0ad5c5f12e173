/* SPDX-License-Identifier: Apache-2.0 */
/* A name server's answer to a query for addresses (RFC 1035, 4.1). */
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
    char *alias;    /* without addresses: the name that CNAMEs lead to, to look up next; or NULL */
    uint32_t ttl_s; /* the lowest of the records used */
};

/*
 * Reads the whole message. Uses only records of `name`, or of the name to which CNAMEs in the
 * message lead from it. False: it is malformed. Call dns_answer_deinit in any case.
 */
MUST_CHECK bool dns_answer_read(const unsigned char *message, size_t size, const char *name,
                                enum dns_type type, struct dns_answer *out);
void dns_answer_deinit(struct dns_answer *answer);

#endif
