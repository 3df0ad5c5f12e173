/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy AutoSelectCertificateForUrls of Chrome, Chromium and Edge: which certificate is shown
 * to a site without asking. Its value is a list of strings, each of them JSON.
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
 * "SUBJECT":{…}}}. Printable ASCII, so that no file that carries it depends on an encoding.
 *
 * The pattern has the port, since one without means every port. The filter has all that a filter
 * can have: of issuer and subject the first CN and L (the browser compares its first) and the first
 * O and OU (it looks for them among its own). Two certificates of one subject, as after a renewal,
 * cannot be told apart. False: the subject has none of these, so every certificate would match.
 */
MUST_CHECK bool auto_select_entry(const struct kit *kit, const struct site *site, struct buf *out,
                                  struct error *err);
/* False for a site whose origin an earlier one has: a path means nothing to the policy. */
bool auto_select_wanted(const struct kit *kit, size_t i);

/*
 * A policy file for Linux: {"AutoSelectCertificateForUrls": ["…", …], …}, whose strings are the
 * entries with JSON's quoting once more. Of several files with a policy of one name the last one
 * counts, unless PolicyListMultipleSourceMergeList names it: that is in there, too.
 */
MUST_CHECK bool auto_select_file(const struct kit *kit, struct buf *out, struct error *err);

#endif
