/* SPDX-License-Identifier: Apache-2.0 */
/* Which variables have values that come from others: through maps, `set` and
 * the groups of patterns. */
#ifndef CHECK_USES_H
#define CHECK_USES_H

#include "check/finding.h"

/* By the index of each variable. */
struct uses {
    const bool *items;
};

/* Those whose value comes from a builtin that is `wanted`, whichever server it is in. */
void uses_of(const struct checked *checked, bool (*wanted)(struct str name), struct uses *out);
bool uses_in(const struct uses *uses, const struct template *text);

/* The variables that the server's requests may read, those that maps read for them too. Log formats
 * do not count. */
void uses_by_server(const struct checked *checked, const struct server *server, struct uses *out);

/* Whether one part of the text is the builtin itself. */
bool template_has(const struct template *text, bool (*wanted)(struct str name));

/* $ssl_client_*, but for validity dates, which say nothing about who it is. */
bool names_client(struct str name);
/* $ssl_client_s_dn and its legacy form; $ssl_client_i_dn likewise; a fingerprint, or the whole
 * certificate. */
bool is_subject_dn(struct str name);
bool is_issuer_dn(struct str name);
bool is_fingerprint(struct str name);

#endif
