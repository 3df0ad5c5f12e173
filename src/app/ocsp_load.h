/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be known about OCSP responders before serving. */
#ifndef APP_OCSP_LOAD_H
#define APP_OCSP_LOAD_H

#include "app/loader.h"

/* After the TLS side of the servers was built: whom to ask for which certificate of ours. */
void ocsp_load_staples(struct loader *loader);

/* … and whom about those of clients: ssl_ocsp_responder, ssl_ocsp_cache. Errors go to the loader's.
 */
void ocsp_load_checks(struct loader *loader);

#endif
