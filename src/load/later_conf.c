/* SPDX-License-Identifier: Apache-2.0 */
/* The directives that yett knows and does not have: nothing is ignored in silence. */
#include "load/later_conf.h"

#include "conf/accepted.h"

#define ANYWHERE                                                                                   \
    (CONTEXT_HTTP | CONTEXT_SERVER | CONTEXT_LOCATION | CONTEXT_SERVER_IF | CONTEXT_LOCATION_IF |  \
     CONTEXT_LIMIT_EXCEPT)
#define SERVERS     (CONTEXT_HTTP | CONTEXT_SERVER)
#define LOCATIONS   (SERVERS | CONTEXT_LOCATION)
#define WITH_IF     (LOCATIONS | CONTEXT_LOCATION_IF)
#define WITH_EXCEPT (LOCATIONS | CONTEXT_LIMIT_EXCEPT)

static const char NO_SCRIPTS[] = "yett runs no scripts";
static const char NO_MODULES[] = "yett has no such module";
static const char NOT_COUNTED[] = "yett keeps no status counters";

#define KNOWN(n) .name = (n), .contexts = ANYWHERE, .max_args = ARGS_ANY, .repeats = true
#define LATER(n)                                                                                   \
    {                                                                                              \
        KNOWN(n), .support = SUPPORT_LATER, .syntax = "…"                                        \
    }
#define REFUSED(n, why)                                                                            \
    {                                                                                              \
        KNOWN(n), .support = SUPPORT_REFUSED, .syntax = "…", .note = (why)                         \
    }
/* Refused, but for these values. */
#define ONLY(n, where, which)                                                                      \
    {                                                                                              \
        .name = (n), .contexts = (where), .max_args = ARGS_ANY, .support = SUPPORT_LATER,          \
        .syntax = "…", .values = (which)                                                           \
    }
#define UNCOMPRESSED(n)                                                                            \
    {                                                                                              \
        KNOWN(n), .support = SUPPORT_ACCEPTED, .syntax = "…", .values = "off",                     \
                  .note = "yett sends responses uncompressed"                                      \
    }

const struct directive later_directives[] = {
    /* HTTP/3 */
    SETTING_OF("listen … quic", "http3", SERVERS),
    SETTING_OF("listen … quic", "http3_hq", SERVERS),
    SETTING_OF("listen … quic", "http3_max_concurrent_streams", SERVERS),
    SETTING_OF("listen … quic", "http3_stream_buffer_size", SERVERS),
    SETTING_OF("listen … quic", "quic_active_connection_id_limit", SERVERS),
    SETTING_OF("listen … quic", "quic_bpf", CONTEXT_MAIN),
    SETTING_OF("listen … quic", "quic_gso", SERVERS),
    SETTING_OF("listen … quic", "quic_host_key", SERVERS),
    SETTING_OF("listen … quic", "quic_retry", SERVERS),

    /* limits */
    LATER("limit_conn"),
    SETTING_OF("limit_conn", "limit_conn_dry_run", LOCATIONS),
    SETTING_OF("limit_conn", "limit_conn_log_level", LOCATIONS),
    SETTING_OF("limit_conn", "limit_conn_status", LOCATIONS),
    SETTING_OF("limit_conn", "limit_conn_zone", CONTEXT_HTTP),
    ONLY("limit_rate", WITH_IF, "0"),
    SETTING_OF("limit_rate", "limit_rate_after", WITH_IF),
    LATER("limit_req"),
    SETTING_OF("limit_req", "limit_req_dry_run", LOCATIONS),
    SETTING_OF("limit_req", "limit_req_log_level", LOCATIONS),
    SETTING_OF("limit_req", "limit_req_status", LOCATIONS),
    SETTING_OF("limit_req", "limit_req_zone", CONTEXT_HTTP),

    /* who the client is */
    LATER("set_real_ip_from"),
    SETTING_OF("set_real_ip_from", "real_ip_header", LOCATIONS),
    SETTING_OF("set_real_ip_from", "real_ip_recursive", LOCATIONS),
    ONLY("auth_basic", WITH_EXCEPT, "off"),
    SETTING_OF("auth_basic", "auth_basic_user_file", WITH_EXCEPT),
    SETTING_OF("auth_basic", "auth_delay", LOCATIONS),
    ONLY("auth_request", LOCATIONS, "off"),
    LATER("auth_request_set"),
    ONLY("auth_jwt", WITH_EXCEPT, "off"),
    LATER("auth_jwt_key_file"),
    LATER("auth_jwt_key_request"),
    LATER("auth_jwt_require"),
    LATER("secure_link"),
    LATER("secure_link_md5"),
    LATER("secure_link_secret"),
    LATER("valid_referers"),
    ACCEPTED_SIZE("referer_hash_bucket_size", CONTEXT_SERVER | CONTEXT_LOCATION),
    ACCEPTED_SIZE("referer_hash_max_size", CONTEXT_SERVER | CONTEXT_LOCATION),
    ONLY("userid", LOCATIONS, "off"),
    SETTING_OF("userid", "userid_domain", LOCATIONS),
    SETTING_OF("userid", "userid_expires", LOCATIONS),
    SETTING_OF("userid", "userid_mark", LOCATIONS),
    SETTING_OF("userid", "userid_name", LOCATIONS),
    SETTING_OF("userid", "userid_p3p", LOCATIONS),
    SETTING_OF("userid", "userid_path", LOCATIONS),
    SETTING_OF("userid", "userid_service", LOCATIONS),
    SETTING_OF("userid", "userid_flags", LOCATIONS),

    /* compression and content */
    UNCOMPRESSED("gzip"),
    UNCOMPRESSED("gzip_static"),
    UNCOMPRESSED("gzip_vary"),
    UNCOMPRESSED("gzip_buffers"),
    UNCOMPRESSED("gzip_comp_level"),
    UNCOMPRESSED("gzip_disable"),
    UNCOMPRESSED("gzip_http_version"),
    UNCOMPRESSED("gzip_min_length"),
    UNCOMPRESSED("gzip_proxied"),
    UNCOMPRESSED("gzip_types"),
    UNCOMPRESSED("gzip_window"),
    UNCOMPRESSED("gzip_hash"),
    UNCOMPRESSED("gzip_no_buffer"),
    ONLY("gunzip", LOCATIONS, "off"),
    SETTING_OF("gunzip", "gunzip_buffers", LOCATIONS),
    ONLY("autoindex", LOCATIONS, "off"),
    SETTING_OF("autoindex", "autoindex_exact_size", LOCATIONS),
    SETTING_OF("autoindex", "autoindex_format", LOCATIONS),
    SETTING_OF("autoindex", "autoindex_localtime", LOCATIONS),
    ONLY("random_index", CONTEXT_LOCATION, "off"),
    ONLY("add_after_body", LOCATIONS, "\"\""),
    ONLY("add_before_body", LOCATIONS, "\"\""),
    SETTING_OF("add_after_body", "addition_types", LOCATIONS),
    LATER("sub_filter"),
    SETTING_OF("sub_filter", "sub_filter_last_modified", LOCATIONS),
    SETTING_OF("sub_filter", "sub_filter_once", LOCATIONS),
    SETTING_OF("sub_filter", "sub_filter_types", LOCATIONS),
    ONLY("slice", LOCATIONS, "0"),
    LATER("empty_gif"),
    LATER("flv"),
    LATER("mp4"),
    SETTING_OF("mp4", "mp4_buffer_size", LOCATIONS),
    SETTING_OF("mp4", "mp4_max_buffer_size", LOCATIONS),
    SETTING_OF("mp4", "mp4_start_key_frame", LOCATIONS),
    ONLY("ssi", WITH_IF, "off"),
    SETTING_OF("ssi", "ssi_last_modified", LOCATIONS),
    SETTING_OF("ssi", "ssi_min_file_chunk", LOCATIONS),
    SETTING_OF("ssi", "ssi_silent_errors", LOCATIONS),
    SETTING_OF("ssi", "ssi_types", LOCATIONS),
    SETTING_OF("ssi", "ssi_value_length", LOCATIONS),
    ONLY("dav_methods", LOCATIONS, "off"),
    SETTING_OF("dav_methods", "dav_access", LOCATIONS),
    SETTING_OF("dav_methods", "create_full_put_path", LOCATIONS),
    SETTING_OF("dav_methods", "min_delete_depth", LOCATIONS),
    ONLY("disable_symlinks", LOCATIONS, "off"),
    ONLY("add_header_inherit", WITH_IF, "on"),
    ONLY("add_trailer_inherit", WITH_IF, "on"),
    ONLY("mirror", LOCATIONS, "off"),
    SETTING_OF("mirror", "mirror_request_body", LOCATIONS),
    LATER("stub_status"),
    LATER("status"),
    ACCEPTED("status_zone", CONTEXT_SERVER | CONTEXT_LOCATION | CONTEXT_LOCATION_IF, 1, 2, "zone",
             NOT_COUNTED),
    LATER("tunnel_pass"),
    LATER("api"),
    LATER("health_check"),
    LATER("match"),

    /* refused */
    REFUSED("post_action", "nginx does not document it"),
    REFUSED("perl", NO_SCRIPTS),
    REFUSED("perl_modules", NO_SCRIPTS),
    REFUSED("perl_require", NO_SCRIPTS),
    REFUSED("perl_set", NO_SCRIPTS),
    REFUSED("js_import", NO_SCRIPTS),
    REFUSED("js_set", NO_SCRIPTS),
    REFUSED("js_content", NO_SCRIPTS),
    REFUSED("js_path", NO_SCRIPTS),
    REFUSED("js_header_filter", NO_SCRIPTS),
    REFUSED("js_body_filter", NO_SCRIPTS),
    REFUSED("js_access", NO_SCRIPTS),
    REFUSED("js_var", NO_SCRIPTS),
    REFUSED("geoip_country", NO_MODULES),
    REFUSED("geoip_city", NO_MODULES),
    REFUSED("geoip_org", NO_MODULES),
    REFUSED("geoip_proxy", NO_MODULES),
    REFUSED("geoip_proxy_recursive", NO_MODULES),
    REFUSED("xslt_stylesheet", NO_MODULES),
    REFUSED("xml_entities", NO_MODULES),
    REFUSED("image_filter", NO_MODULES),
};

const size_t later_directives_n = COUNT_OF(later_directives);
