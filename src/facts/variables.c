/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the variables that yett provides, and the live request as the scope sees it. */
#include "facts/variables.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "facts/variable_getters.h"
#include "gate/denial.h"

/* nginx's module versions that configurations are written for. */
#define NGINX_VERSION_MEANT "1.29.4"

#define TCPINFO(field) offsetof(struct tcp_info, field)

static const struct builtin BUILTINS[] = {
    /* connection */
    {"binary_remote_addr", variable_binary_remote_addr},
    {"connection", variable_connection},
    {"connection_requests", variable_connection_requests},
    {"connection_time", variable_connection_time, .volatile_ = true},
    {"remote_addr", variable_remote_addr},
    {"remote_port", variable_remote_port},
    {"realip_remote_addr", variable_remote_addr},
    {"realip_remote_port", variable_remote_port},
    {"server_addr", variable_server_addr},
    {"server_port", variable_server_port},
    {"tcpinfo_rtt", variable_tcpinfo, TCPINFO(tcpi_rtt), .volatile_ = true},
    {"tcpinfo_rttvar", variable_tcpinfo, TCPINFO(tcpi_rttvar), .volatile_ = true},
    {"tcpinfo_snd_cwnd", variable_tcpinfo, TCPINFO(tcpi_snd_cwnd), .volatile_ = true},
    {"tcpinfo_rcv_space", variable_tcpinfo, TCPINFO(tcpi_rcv_space), .volatile_ = true},

    /* process and time */
    {"hostname", variable_hostname},
    {"msec", variable_msec, .volatile_ = true},
    {"nginx_version", variable_constant, (uintptr_t)NGINX_VERSION_MEANT},
    {"pid", variable_pid},
    {"time_iso8601", variable_time_iso8601, .volatile_ = true},
    {"time_local", variable_time_local, .volatile_ = true},

    /* request */
    {"arg_", variable_arg, .prefix = true, .volatile_ = true},
    {"args", variable_args, .volatile_ = true, .changeable = true, .put = variable_put_args},
    {"content_length", variable_content_length},
    {"content_type", variable_content_type},
    {"cookie_", variable_cookie, .prefix = true},
    {"document_root", variable_document_root, .volatile_ = true},
    {"document_uri", variable_uri, .volatile_ = true},
    {"host", variable_host},
    {"http_", variable_http, .prefix = true},
    {"https", variable_https},
    {"is_args", variable_is_args, .volatile_ = true},
    {"query_string", variable_args, .volatile_ = true},
    {"realpath_root", variable_realpath_root, .volatile_ = true},
    {"remote_user", variable_remote_user},
    {"request", variable_request},
    {"request_body", variable_request_body, .volatile_ = true},
    {"request_body_file", variable_request_body_file, .volatile_ = true},
    {"request_filename", variable_request_filename, .volatile_ = true},
    {"client_denial_reason", variable_client_denial_reason, .volatile_ = true},
    {"request_id", variable_request_id},
    {"request_length", variable_request_length, .volatile_ = true},
    {"request_method", variable_request_method},
    {"request_time", variable_request_time, .volatile_ = true},
    {"request_uri", variable_request_uri},
    {"scheme", variable_scheme},
    {"server_name", variable_server_name, .volatile_ = true},
    {"server_protocol", variable_server_protocol},
    {"uri", variable_uri, .volatile_ = true},

    /* answer */
    {"body_bytes_sent", variable_body_bytes_sent, .volatile_ = true},
    {"bytes_sent", variable_bytes_sent, .volatile_ = true},
    {"request_completion", variable_request_completion, .volatile_ = true},
    {"sent_http_", variable_sent_http, .prefix = true, .volatile_ = true},
    {"sent_trailer_", variable_sent_trailer, .prefix = true, .volatile_ = true},
    {"status", variable_status, .volatile_ = true},

    /* TLS */
    {"ssl_alpn_protocol", variable_tls_alpn},
    {"ssl_cipher", variable_tls_cipher},
    {"ssl_ciphers", variable_tls_ciphers},
    {"ssl_client_cert", variable_client_field, CLIENT_CERT, .lines = true},
    {"ssl_client_escaped_cert", variable_client_field, CLIENT_ESCAPED_CERT},
    {"ssl_client_fingerprint", variable_client_field, CLIENT_FINGERPRINT},
    {"ssl_client_fingerprint_sha256", variable_client_field, CLIENT_FINGERPRINT_SHA256},
    {"ssl_client_i_dn", variable_client_field, CLIENT_ISSUER},
    {"ssl_client_i_dn_legacy", variable_client_field, CLIENT_ISSUER_LEGACY},
    {"ssl_client_raw_cert", variable_client_field, CLIENT_RAW_CERT, .lines = true},
    {"ssl_client_s_dn", variable_client_field, CLIENT_SUBJECT},
    {"ssl_client_s_dn_legacy", variable_client_field, CLIENT_SUBJECT_LEGACY},
    {"ssl_client_san_dns", variable_client_field, CLIENT_SAN_DNS},
    {"ssl_client_san_email", variable_client_field, CLIENT_SAN_EMAIL},
    {"ssl_client_san_uri", variable_client_field, CLIENT_SAN_URI},
    {"ssl_client_serial", variable_client_field, CLIENT_SERIAL},
    {"ssl_client_sigalg", variable_tls_client_sigalg},
    {"ssl_client_v_end", variable_client_field, CLIENT_NOT_AFTER},
    {"ssl_client_v_remain", variable_client_field, CLIENT_DAYS_LEFT},
    {"ssl_client_v_start", variable_client_field, CLIENT_NOT_BEFORE},
    {"ssl_client_verify", variable_client_verify, .volatile_ = true},
    {"ssl_curve", variable_tls_curve},
    {"ssl_curves", variable_tls_curves},
    {"ssl_early_data", variable_tls_early_data},
    {"ssl_protocol", variable_tls_protocol},
    {"ssl_server_name", variable_tls_server_name},
    {"ssl_session_id", variable_tls_session_id},
    {"ssl_session_reused", variable_tls_session_reused},
    {"ssl_sigalg", variable_tls_sigalg},

    /* what other modules would say when they are off */
    {"gzip_ratio", variable_not_here},
    {"http2", variable_http2},
    {"http3", variable_constant, (uintptr_t) ""},
    {"limit_conn_status", variable_not_here},
    {"limit_rate", variable_constant, (uintptr_t) "0", .set_later = true},
    {"limit_req_status", variable_not_here},
    {"pipe", variable_constant, (uintptr_t) "."},
    {"proxy_protocol_addr", variable_not_here},
    {"proxy_protocol_port", variable_not_here},
    {"proxy_protocol_server_addr", variable_not_here},
    {"proxy_protocol_server_port", variable_not_here},
    {"proxy_protocol_tlv_", variable_not_here, .prefix = true},
};

const struct builtin *const live_builtins = BUILTINS;
const size_t live_builtins_n = COUNT_OF(BUILTINS);

/* --- the live request --- */

static struct value builtin_value(void *facts, const struct variable *variable, struct arena *arena)
{
    const struct builtin *row = variable->source.builtin;
    assert(row->get && (row->prefix || variable->suffix.n == 0)); /* only a family has names */
    return row->get(facts, arena, row, variable->suffix);
}

/* nginx follows symbolic links here. What cannot be looked at is not there. */
static enum value_state variables_file_test(void *facts, char test, struct str path, bool *result)
{
    char name[PATH_MAX];
    *result = false;
    if (path.n == 0 || path.n >= sizeof(name) || memchr(path.p, '\0', path.n)) {
        return VALUE_SET;
    }
    memcpy(name, path.p, path.n);
    name[path.n] = '\0';
    struct stat st;
    if (stat(name, &st) != 0) {
        if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG) {
            request_log(facts, LEVEL_CRIT, "stat() \"%s\" failed (%d: %s)", name, errno,
                        strerror(errno));
        }
        return VALUE_SET;
    }
    switch (test) {
    case 'f': *result = S_ISREG(st.st_mode); break;
    case 'd': *result = S_ISDIR(st.st_mode); break;
    case 'x': *result = (st.st_mode & S_IXUSR) != 0; break;
    case FILE_TEST_NO_DIRECTORY: *result = !S_ISDIR(st.st_mode); break;
    default: *result = true; break;
    }
    return VALUE_SET;
}

static struct value request_uri_path(void *facts)
{
    const struct request *request = facts;
    return value_of(request->walk.path);
}

static struct value request_uri_args(void *facts)
{
    const struct request *request = facts;
    return value_of(request->walk.args);
}

static void variables_put(void *facts, const struct builtin *row, struct value value)
{
    assert(row->changeable && row->put);
    row->put(facts, value.s);
}

static void set_request_uri(void *facts, struct value path, struct value args)
{
    struct request *request = facts;
    walk_set_uri(&request->walk, path, args);
}

static void variables_say(void *facts, enum log_level level, const char *fmt, va_list args)
    PRINTF_LIKE(3, 0);
static void variables_say(void *facts, enum log_level level, const char *fmt, va_list args)
{
    request_vlog(facts, level, fmt, args);
}

static void warn_uninitialized(void *facts, struct str name)
{
    struct request *request = facts;
    if (request->walk.location->uninitialized_variable_warn) {
        request_log(request, LEVEL_WARN, "using uninitialized \"%.*s\" variable", STR_ARG(name));
    }
}

static void variables_deny(void *facts, const char *reason, const char *fmt, va_list args)
    PRINTF_LIKE(3, 0);
static void variables_deny(void *facts, const char *reason, const char *fmt, va_list args)
{
    denial_log(facts, reason, fmt, args);
}

const struct scope_host live_scope_host = {
    .builtin = builtin_value,
    .file_test = variables_file_test,
    .uri = request_uri_path,
    .args = request_uri_args,
    .put = variables_put,
    .set_uri = set_request_uri,
    .say = variables_say,
    .deny = variables_deny,
    .uninitialized = warn_uninitialized,
};
