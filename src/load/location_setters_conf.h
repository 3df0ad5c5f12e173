/* SPDX-License-Identifier: Apache-2.0 */
/* The setters behind location_directives that fill in more than one plain field; `field` is the
 * whole struct location_settings. */
#ifndef LOAD_LOCATION_SETTERS_CONF_H
#define LOAD_LOCATION_SETTERS_CONF_H

#include "conf/directive.h"
#include "site/settings.h"

/* files_conf.c */
directive_set set_alias;
directive_set set_index;
directive_set set_root;
directive_set set_try_files;
directive_set set_types;
directive_set set_media_type; /* `field` is a struct str */
/* The types of a configuration without `types`. */
struct strmap *files_default_types(struct arena *arena);

/* log_conf.c */
directive_set set_access_log;
directive_set set_error_log;
directive_set set_log_format;
/* Where requests are logged when no access_log says otherwise. */
MUST_CHECK bool log_default_access(struct location_settings *location, struct settings *settings,
                                   struct error *err);

/* answer_conf.c */
directive_set set_access_rule; /* allow, deny */
directive_set set_error_page;
directive_set set_expires;     /* `field` is a struct expires */
directive_set set_header_rule; /* add_header, add_trailer: `field` is a struct header_rules */

#endif
