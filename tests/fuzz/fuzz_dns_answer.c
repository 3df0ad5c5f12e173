/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a name server's answer: what is taken from it is what was asked for. */
#include <stdint.h>
#include <stdlib.h>

#include "upstream/dns_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_addresses(const struct dns_answer *answer, enum dns_type type)
{
    for (size_t i = 0; i < answer->n; i++) {
        const struct address *address = &answer->addresses[i];
        bool is_6 = address->u.in6.sin6_family == AF_INET6;
        expect(is_6 == (type == DNS_AAAA));
        expect(address->len == (is_6 ? sizeof(address->u.in6) : sizeof(address->u.in)));
    }
}

static void read_as(const uint8_t *data, size_t size, enum dns_type type)
{
    struct dns_answer answer;
    if (dns_answer_read(data, size, "app.test", type, &answer)) {
        check_addresses(&answer, type);
        expect(!answer.alias || answer.n == 0);
    } else {
        expect(answer.n == 0 && !answer.addresses && !answer.alias);
    }
    dns_answer_deinit(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_as(data, size, DNS_A);
    read_as(data, size, DNS_AAAA);
    return 0;
}
