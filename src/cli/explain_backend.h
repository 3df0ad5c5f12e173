/* SPDX-License-Identifier: Apache-2.0 */
/* What the handler of a location does with a request, and what a backend is told about the client.
 */
#ifndef CLI_EXPLAIN_BACKEND_H
#define CLI_EXPLAIN_BACKEND_H

#include "cli/explain.h"

/* "proxy_pass", "grpc_pass", "static". */
const char *explain_handler_name(const struct location_settings *location);
/* The same as a sentence. In the arena, or static. */
struct str explain_describe_handler(const struct location_settings *location, struct arena *arena);
bool explain_is_proxied(const struct location_settings *location);

/* Reads all variables that the request to a backend needs. */
void explain_ask_backend(struct walk *walk);
/* Where proxy_pass leads, and the headers that the configuration sets. The walk is over. */
void explain_report_backend(struct explain *explain, struct walk *walk);

#endif
