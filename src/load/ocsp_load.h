/* SPDX-License-Identifier: Apache-2.0 */
/* Prepares the OCSP responders while loading. */
#ifndef LOAD_OCSP_LOAD_H
#define LOAD_OCSP_LOAD_H

#include "load/loader.h"

/* For stapling, after the TLS side of the servers was built: the responder of each certificate. */
void ocsp_load_staples(struct loader *loader);

/* The responders for client certificates: ssl_ocsp_responder, ssl_ocsp_cache. Adds errors to those
 * of the loader.
 */
void ocsp_load_checks(struct loader *loader);

#endif
