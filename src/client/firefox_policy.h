/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firefox's policies on Linux: one file for the whole machine, perhaps with other policies. The
 * scripts write it if there is none, and never change a file that yett did not make.
 */
#ifndef CLIENT_FIREFOX_POLICY_H
#define CLIENT_FIREFOX_POLICY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "client/kit.h"

/*
 * The file: Firefox chooses a certificate without asking, and with trust_ca trusts the root. It
 * names neither the certificate nor the sites: Firefox has no policy for that.
 */
MUST_CHECK bool firefox_policies(const struct kit *kit, struct buf *out, struct error *err);

/*
 * Appends shell functions to those of nss_functions. For an install: `check_policy`, which ends the
 * script before it changes anything if there are other policies, and `put_policy`; for an undo:
 * `drop_policy`.
 */
MUST_CHECK bool firefox_policy_functions(const struct kit *kit, enum kit_part part, struct buf *out,
                                         struct error *err);

#endif
