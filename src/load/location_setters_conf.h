/* SPDX-License-Identifier: Apache-2.0 */
/* The setters of location_directives that set more than one plain field; `field` is the whole
 * struct location_settings. */
#ifndef LOAD_LOCATION_SETTERS_CONF_H
#define LOAD_LOCATION_SETTERS_CONF_H

#include "conf/directive.h"
#include "site/settings.h"

/* files_conf.c */
directive_set set_alias;
directive_set set_root;
directive_set set_try_files;
directive_set set_types;
directive_set set_media_type; /* `field` is a struct str */
/* The types of a configuration without `types`. */
struct strmap *files_default_types(struct arena *arena);

/* error_log_conf.c */
directive_set set_error_log;

/* error_page_conf.c */
directive_set set_error_page;

#endif
