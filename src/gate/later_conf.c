/* SPDX-License-Identifier: Apache-2.0 */
/* The directives that yett knows and does not have: nothing is ignored in silence. */
#include "gate/later_conf.h"

#define ANYWHERE                                                                                   \
    (CONTEXT_HTTP | CONTEXT_SERVER | CONTEXT_LOCATION | CONTEXT_SERVER_IF | CONTEXT_LOCATION_IF |  \
     CONTEXT_LIMIT_EXCEPT)

static const char ONLY_HTTP[] =
    "yett speaks HTTP to backends; put a server that speaks both between";
static const char NO_SCRIPTS[] = "yett runs no scripts";
static const char NO_MODULES[] = "yett has no such module";

/* Saying that it is off is fine. */
static bool set_off_only(struct conf_scope *scope, const struct directive *row, void *field,
                         struct error *err)
{
    struct str value = scope->node->args[0];
    if (scope->node->n > 1 || !str_eq(value, STR("off"))) {
        return error_set(err, "\"%s %.*s\" is not supported yet", row->name, STR_ARG(value));
    }
    return true;
}

#define KNOWN(n) .name = (n), .contexts = ANYWHERE, .max_args = ARGS_ANY, .repeats = true
#define LATER(n)                                                                                   \
    {                                                                                              \
        KNOWN(n), .support = SUPPORT_LATER, .syntax = "…"                                        \
    }
#define REFUSED(n, why)                                                                            \
    {                                                                                              \
        KNOWN(n), .support = SUPPORT_REFUSED, .syntax = "…", .note = (why)                         \
    }
#define OFF_ONLY(n)                                                                                \
    {                                                                                              \
        KNOWN(n), .min_args = 1, .set = set_off_only, .syntax = "off",                             \
                  .note = "Anything but off is not supported yet."                                 \
    }

#define UNCOMPRESSED(n)                                                                            \
    {                                                                                              \
        KNOWN(n), .support = SUPPORT_ACCEPTED, .syntax = "…",                                      \
                  .note = "answers are sent uncompressed"                                          \
    }

const struct directive later_directives[] = {
    /* HTTP/2 and HTTP/3 */
    OFF_ONLY("http2"),
    LATER("http2_body_preread_size"),
    LATER("http2_chunk_size"),
    LATER("http2_idle_timeout"),
    LATER("http2_max_concurrent_pushes"),
    LATER("http2_max_concurrent_streams"),
    LATER("http2_max_field_size"),
    LATER("http2_max_header_size"),
    LATER("http2_max_requests"),
    LATER("http2_push"),
    LATER("http2_push_preload"),
    LATER("http2_recv_buffer_size"),
    LATER("http2_recv_timeout"),
    OFF_ONLY("http3"),
    LATER("http3_hq"),
    LATER("http3_max_concurrent_streams"),
    LATER("http3_stream_buffer_size"),
    LATER("quic_active_connection_id_limit"),
    LATER("quic_bpf"),
    LATER("quic_gso"),
    LATER("quic_host_key"),
    LATER("quic_retry"),

    /* limits */
    LATER("limit_conn"),
    LATER("limit_conn_dry_run"),
    LATER("limit_conn_log_level"),
    LATER("limit_conn_status"),
    LATER("limit_conn_zone"),
    LATER("limit_rate"),
    LATER("limit_rate_after"),
    LATER("limit_req"),
    LATER("limit_req_dry_run"),
    LATER("limit_req_log_level"),
    LATER("limit_req_status"),
    LATER("limit_req_zone"),

    /* who the client is */
    LATER("set_real_ip_from"),
    LATER("real_ip_header"),
    LATER("real_ip_recursive"),
    OFF_ONLY("auth_basic"),
    OFF_ONLY("auth_request"),
    OFF_ONLY("auth_jwt"),
    LATER("auth_basic_user_file"),
    LATER("auth_delay"),
    LATER("auth_request_set"),
    LATER("auth_jwt_key_file"),
    LATER("auth_jwt_key_request"),
    LATER("auth_jwt_require"),
    LATER("secure_link"),
    LATER("secure_link_md5"),
    LATER("secure_link_secret"),
    LATER("valid_referers"),
    LATER("referer_hash_bucket_size"),
    LATER("referer_hash_max_size"),
    LATER("userid"),
    LATER("userid_domain"),
    LATER("userid_expires"),
    LATER("userid_mark"),
    LATER("userid_name"),
    LATER("userid_p3p"),
    LATER("userid_path"),
    LATER("userid_service"),
    LATER("userid_flags"),

    /* compression and content */
    UNCOMPRESSED("gzip"),
    UNCOMPRESSED("gzip_static"),
    OFF_ONLY("gunzip"),
    UNCOMPRESSED("gzip_vary"),
    OFF_ONLY("autoindex"),
    OFF_ONLY("ssi"),
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
    LATER("gunzip_buffers"),
    LATER("autoindex_exact_size"),
    LATER("autoindex_format"),
    LATER("autoindex_localtime"),
    LATER("random_index"),
    LATER("add_after_body"),
    LATER("add_before_body"),
    LATER("addition_types"),
    LATER("charset"),
    LATER("charset_types"),
    LATER("override_charset"),
    LATER("source_charset"),
    {.name = "charset_map",
     .contexts = CONTEXT_HTTP,
     .max_args = ARGS_ANY,
     .is_block = true,
     .repeats = true,
     .support = SUPPORT_LATER,
     .syntax = "…"},
    LATER("sub_filter"),
    LATER("sub_filter_last_modified"),
    LATER("sub_filter_once"),
    LATER("sub_filter_types"),
    LATER("slice"),
    LATER("empty_gif"),
    LATER("flv"),
    LATER("mp4"),
    LATER("mp4_buffer_size"),
    LATER("mp4_max_buffer_size"),
    LATER("mp4_start_key_frame"),
    LATER("ssi_last_modified"),
    LATER("ssi_min_file_chunk"),
    LATER("ssi_silent_errors"),
    LATER("ssi_types"),
    LATER("ssi_value_length"),
    LATER("dav_access"),
    LATER("dav_methods"),
    LATER("create_full_put_path"),
    LATER("min_delete_depth"),
    LATER("disable_symlinks"),
    LATER("early_hints"),
    LATER("add_header_inherit"),
    LATER("add_trailer_inherit"),
    LATER("mirror"),
    LATER("mirror_request_body"),
    LATER("stub_status"),
    LATER("status"),
    LATER("status_zone"),
    LATER("api"),
    LATER("health_check"),
    LATER("match"),

    /* other protocols */
    LATER("grpc_pass"),
    LATER("grpc_bind"),
    LATER("grpc_buffer_size"),
    LATER("grpc_connect_timeout"),
    LATER("grpc_hide_header"),
    LATER("grpc_ignore_headers"),
    LATER("grpc_intercept_errors"),
    LATER("grpc_next_upstream"),
    LATER("grpc_next_upstream_timeout"),
    LATER("grpc_next_upstream_tries"),
    LATER("grpc_pass_header"),
    LATER("grpc_read_timeout"),
    LATER("grpc_send_timeout"),
    LATER("grpc_set_header"),
    LATER("grpc_socket_keepalive"),
    LATER("grpc_ssl_certificate"),
    LATER("grpc_ssl_certificate_cache"),
    LATER("grpc_ssl_certificate_key"),
    LATER("grpc_ssl_ciphers"),
    LATER("grpc_ssl_conf_command"),
    LATER("grpc_ssl_crl"),
    LATER("grpc_ssl_name"),
    LATER("grpc_ssl_password_file"),
    LATER("grpc_ssl_protocols"),
    LATER("grpc_ssl_server_name"),
    LATER("grpc_ssl_session_reuse"),
    LATER("grpc_ssl_trusted_certificate"),
    LATER("grpc_ssl_verify"),
    LATER("grpc_ssl_verify_depth"),
    LATER("tunnel_pass"),
    LATER("tunnel_bind"),
    LATER("tunnel_buffer_size"),
    LATER("tunnel_connect_timeout"),
    LATER("tunnel_next_upstream"),
    LATER("tunnel_next_upstream_timeout"),
    LATER("tunnel_next_upstream_tries"),
    LATER("tunnel_read_timeout"),
    LATER("tunnel_send_timeout"),
    REFUSED("fastcgi_pass", ONLY_HTTP),
    REFUSED("fastcgi_param", ONLY_HTTP),
    REFUSED("fastcgi_index", ONLY_HTTP),
    REFUSED("fastcgi_split_path_info", ONLY_HTTP),
    REFUSED("fastcgi_buffers", ONLY_HTTP),
    REFUSED("fastcgi_buffer_size", ONLY_HTTP),
    REFUSED("fastcgi_read_timeout", ONLY_HTTP),
    REFUSED("fastcgi_connect_timeout", ONLY_HTTP),
    REFUSED("fastcgi_send_timeout", ONLY_HTTP),
    REFUSED("fastcgi_intercept_errors", ONLY_HTTP),
    REFUSED("fastcgi_hide_header", ONLY_HTTP),
    REFUSED("fastcgi_pass_header", ONLY_HTTP),
    REFUSED("fastcgi_cache", ONLY_HTTP),
    REFUSED("fastcgi_temp_path", ONLY_HTTP),
    REFUSED("uwsgi_pass", ONLY_HTTP),
    REFUSED("uwsgi_param", ONLY_HTTP),
    REFUSED("uwsgi_temp_path", ONLY_HTTP),
    REFUSED("scgi_pass", ONLY_HTTP),
    REFUSED("scgi_param", ONLY_HTTP),
    REFUSED("scgi_temp_path", ONLY_HTTP),
    REFUSED("memcached_pass", ONLY_HTTP),

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
