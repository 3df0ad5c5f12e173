/* SPDX-License-Identifier: Apache-2.0 */
/* The variables that yett provides, read from the live request. */
#ifndef FACTS_VARIABLES_H
#define FACTS_VARIABLES_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "pki/verdict.h"
#include "script/scope.h"
#include "script/variables.h"

extern const struct builtin *const live_builtins;
extern const size_t live_builtins_n;

/* Facts are a struct request *. */
extern const struct scope_host live_scope_host;

/*
 * The value of the variable for a client with certificate `cert` (NULL: none) and this verdict,
 * without a connection. VALUE_UNKNOWN if it needs a verdict and `verdict` is NULL. False: the
 * variable is not about the client certificate.
 */
bool variable_of_client(const struct builtin *row, const X509 *cert, const struct verdict *verdict,
                        struct arena *arena, struct value *out);

#endif
