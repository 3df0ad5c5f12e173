/* SPDX-License-Identifier: Apache-2.0 */
/* All directive tables together. */
#ifndef LOAD_TABLES_H
#define LOAD_TABLES_H

#include "conf/directive.h"

/* The tables for the loader, the documents and the tests. */
const struct conf_tables *settings_tables(void);

#endif
