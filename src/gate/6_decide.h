/* SPDX-License-Identifier: Apache-2.0 */
/* May it? The client's certificate, the programs of server and location, allow and deny. */
#ifndef GATE_6_DECIDE_H
#define GATE_6_DECIDE_H

#include "gate/request.h"

/* Steps. */
enum next decide_client(struct request *request);
enum next decide_server_program(struct request *request);
enum next decide_location_program(struct request *request);
enum next decide_access(struct request *request);

#endif
