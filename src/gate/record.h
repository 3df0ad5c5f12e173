/* SPDX-License-Identifier: Apache-2.0 */
/* The access log. */
#ifndef GATE_RECORD_H
#define GATE_RECORD_H

#include "gate/request.h"

/* Writes the request's line to the logs of its location. Called once, at its end. */
void record_request(struct request *request);

/* While loading: adds nginx's "combined" format, the first of the settings' formats. */
void record_default_format(struct settings *settings, struct variables *vars);

#endif
