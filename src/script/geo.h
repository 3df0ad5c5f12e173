/* SPDX-License-Identifier: Apache-2.0 */
/* geo: looks a value up by network address (ngx_http_geo_module). Also the address sets of
 * allow/deny and realip. */
#ifndef SCRIPT_GEO_H
#define SCRIPT_GEO_H

#include "base/arena.h"
#include "base/error.h"
#include "script/scope.h"

/* An address as 16 bytes: IPv4 is ::ffff:a.b.c.d, so one comparison works for both. */
struct ip {
    unsigned char b[16];
};

struct network {
    struct ip address; /* host bits are zero */
    unsigned bits;     /* 0…128, counted in the 16-byte form: IPv4 /24 is 120 */
};

MUST_CHECK bool ip_parse(struct str text, struct ip *out);
/* "address" or "address/bits"; clears host bits (*cleared: some were set). */
MUST_CHECK bool network_parse(struct str text, struct network *out, bool *cleared);
enum { NETWORK_TEXT_MAX = 64 };
/* "10.0.0.0/8"; an address alone has no length. */
const char *network_text(const struct network *network, char text[NETWORK_TEXT_MAX]);
bool network_has(const struct network *network, const struct ip *ip);

struct geo;

/* `address`: the variable with the address; the caller gives $remote_addr if the configuration
 * names none. */
struct geo *geo_new(struct arena *arena, const struct variable *address);
/* The lines that are added next stand here. */
void geo_set_place(struct geo *geo, struct line_place place);
/* The longest prefix wins. A second value for a network replaces the first, and sets *replaced. */
void geo_add(struct geo *geo, const struct network *network, struct str value, bool *replaced);
/* Removes a network (`delete`). False: there was none. */
bool geo_delete(struct geo *geo, const struct network *network);
/* `ranges` mode: from first to last, inclusive; overrides earlier ranges that it overlaps. */
void geo_add_range(struct geo *geo, const struct ip *first, const struct ip *last,
                   struct str value);
bool geo_delete_range(struct geo *geo, const struct ip *first, const struct ip *last);
void geo_set_default(struct geo *geo, struct str value);
/* Adds a trusted proxy: for requests from it, the address comes from X-Forwarded-For (`forwarded`
 * below).
 */
void geo_add_proxy(struct geo *geo, const struct network *network);
void geo_set_proxy_recursive(struct geo *geo, const struct variable *forwarded, bool recursive);
/* After the last add: builds the tables for look-ups. */
void geo_seal(struct geo *geo);

struct str geo_find(const struct geo *geo, const struct ip *ip);
struct value geo_eval(const struct geo *geo, struct scope *scope);

#endif
