/* SPDX-License-Identifier: Apache-2.0 */
/* Says at a terminal that yett serves, and at which addresses. */
#ifndef APP_ANNOUNCE_H
#define APP_ANNOUNCE_H

#include "app/sockets.h"

/* "yett: serving 127.0.0.1:8443, [::1]:8443" on standard error, if that is a terminal. */
void announce_addresses(const struct sockets *sockets);

#endif
