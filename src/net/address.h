/* SPDX-License-Identifier: Apache-2.0 */
/* A socket address: IPv4, IPv6 or Unix. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct address {
    union {
        struct sockaddr sa;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
    } u;
    socklen_t len;
};

/* "1.2.3.4", "1.2.3.4:80", "[::1]:80", "::1", "unix:/path"; a missing port is default_port. Accepts
 * no names. */
MUST_CHECK bool address_parse(struct str text, uint16_t default_port, struct address *out);
bool address_equal(const struct address *a, const struct address *b);
/* Bytes that are equal for equal addresses, written to `out`. */
enum { ADDRESS_KEY_MAX = sizeof(struct sockaddr_un) };
struct str address_key(const struct address *address, char out[static ADDRESS_KEY_MAX]);
/* The 16 octets of the IP address; IPv4 as mapped into IPv6 (::ffff:a.b.c.d). False: it has none.
 */
bool address_octets(const struct address *address, unsigned char out[static 16]);
uint16_t address_port(const struct address *address);
void address_set_port(struct address *address, uint16_t port);

enum { ADDRESS_TEXT_MAX = 128, ADDRESS_HOST_MAX = INET6_ADDRSTRLEN };
/* Without port: "1.2.3.4", "::1", "unix:". Writes into `out`, and returns a view of it. */
struct str address_host(const struct address *address, char out[static ADDRESS_HOST_MAX]);
/* With port: "1.2.3.4:80", "[::1]:80", "unix:/path". */
struct str address_text(const struct address *address, char out[static ADDRESS_TEXT_MAX]);

/* A copy on the heap, which the caller frees; never NULL. */
struct address *addresses_dup(const struct address *addresses, size_t n);

/* Looks up all addresses with the system's resolver, for names in a configuration. Blocks. Results
 * are in the arena. */
MUST_CHECK bool address_lookup(struct str host, uint16_t port, struct arena *arena,
                               struct address **out, size_t *n, struct error *err);

#endif
