/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firefox's policies on Linux: one file for the whole machine, in which there may be others'
 * policies. It is written where there is none, and never changed where it is not ours.
 */
#ifndef CLIENT_FIREFOX_POLICY_H
#define CLIENT_FIREFOX_POLICY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "client/kit.h"

/*
 * The file itself: that a certificate is chosen without asking, and with trust_ca that the root is
 * trusted. It names neither the certificate nor the sites: Firefox has no policy for that.
 */
MUST_CHECK bool firefox_policies(const struct kit *kit, struct buf *out, struct error *err);

/*
 * Appends shell functions to those of nss_functions. For an install `check_policy`, which ends the
 * script before anything is done if there are policies of others, and `put_policy`; for an undo
 * `drop_policy`.
 */
MUST_CHECK bool firefox_policy_functions(const struct kit *kit, enum kit_part part, struct buf *out,
                                         struct error *err);

#endif
