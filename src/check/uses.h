/* SPDX-License-Identifier: Apache-2.0 */
/* Which variables the requests of a server read, and what they say of a client. */
#ifndef CHECK_USES_H
#define CHECK_USES_H

#include "check/finding.h"
#include "site/uses.h"

/* The variables that the server's requests may read, those that maps read for them too. Log formats
 * do not count. */
void uses_by_server(const struct checked *checked, const struct server *server, struct uses *out);

/* Whether one part of the text is the builtin itself. */
bool template_has(const struct template *text, bool (*wanted)(struct str name));

/* $ssl_client_s_dn and its legacy form; $ssl_client_i_dn likewise; a fingerprint, or the whole
 * certificate. */
bool is_subject_dn(struct str name);
bool is_issuer_dn(struct str name);
bool is_fingerprint(struct str name);

#endif
