/* SPDX-License-Identifier: Apache-2.0 */
/* Tells a user at a terminal at which addresses yett serves. */
#ifndef APP_ANNOUNCE_H
#define APP_ANNOUNCE_H

#include "app/sockets.h"

/* "yett: serving 127.0.0.1:8443, [::1]:8443" on standard error, if that is a terminal. */
void announce_addresses(const struct sockets *sockets);

#endif
