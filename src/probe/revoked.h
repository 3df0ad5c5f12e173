/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate that is revoked while its sessions and its connections live. */
#ifndef PROBE_REVOKED_H
#define PROBE_REVOKED_H

#include "probe/attack.h"

struct revoked; /* of one door */

/* While the certificate is valid: makes sessions at the door and at another name, and leaves
 * connections open. */
struct revoked *revoked_new(struct attack_run *run, const struct identity *identity);
/* After it was revoked: comes again with all of them. */
void revoked_try(struct attack_run *run, struct revoked *revoked);
void revoked_free(struct revoked *revoked);

#endif
