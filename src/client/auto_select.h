/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AutoSelectCertificateForUrls, a policy of Chrome, Chromium and Edge: which certificate the
 * browser sends to a site without asking. Its value is a list of strings, each of them JSON.
 */
#ifndef CLIENT_AUTO_SELECT_H
#define CLIENT_AUTO_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "client/kit.h"

/*
 * Appends the string for one site: {"pattern":"https://HOST:PORT","filter":{"ISSUER":{…},
 * "SUBJECT":{…}}}. Printable ASCII, so that no file with it depends on an encoding.
 *
 * The pattern has the port, because without one it means every port. The filter is as narrow as
 * possible: of issuer and subject the first CN and L (which the browser compares with the first in
 * a certificate) and the first O and OU (with any). It cannot distinguish certificates of one
 * subject, as after a renewal. False: the subject has none of these: all certificates would match.
 */
MUST_CHECK bool auto_select_entry(const struct kit *kit, const struct site *site, struct buf *out,
                                  struct error *err);
/* False if an earlier site has the same origin: the policy ignores paths. */
bool auto_select_wanted(const struct kit *kit, size_t i);

/*
 * A policy file for Linux: {"AutoSelectCertificateForUrls": ["…", …], …}. The strings are the
 * entries, quoted for JSON once more. If several files have the same policy, the last one counts,
 * unless PolicyListMultipleSourceMergeList names the policy: so the file has that, too.
 */
MUST_CHECK bool auto_select_file(const struct kit *kit, struct buf *out, struct error *err);

#endif
