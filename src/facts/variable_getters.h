/* SPDX-License-Identifier: Apache-2.0 */
/* The getters of variables, by family, for the tables of variables, also those of modules. */
#ifndef FACTS_VARIABLE_GETTERS_H
#define FACTS_VARIABLE_GETTERS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "gate/request.h"
#include "http/header.h"
#include "script/value.h"
#include "script/variables.h"

/* The type of a row's `get`; `facts` is a struct request. */
typedef struct value variable_get(void *facts, struct arena *arena, const struct builtin *row,
                                  struct str suffix);

/* Absent (nginx: "not found") if the text is empty. */
static inline struct value value_if_any(struct str s)
{
    return s.n ? value_of(s) : VALUE_IS_ABSENT;
}

/* "SECONDS.MILLISECONDS", as $msec and all durations are written. */
struct value value_of_ms(uint64_t ms, struct arena *arena);
struct value value_of_u64(uint64_t n, struct arena *arena);
/*
 * The values of all headers with that name ('-' counts as '_'), in an array with room for `spare`
 * more.
 */
struct str *fields_named(const struct headers *headers, struct str name, size_t spare, size_t *n,
                         struct arena *arena);
/* The same, joined. */
struct value value_of_fields(const struct headers *headers, struct str name, struct str separator,
                             struct arena *arena);
/* The value of one cookie in the headers with that id (Cookie, Set-Cookie). */
struct value value_of_cookie(const struct headers *headers, enum header_id id, struct str name);

/* variables_connection.c */
variable_get variable_binary_remote_addr;
variable_get variable_connection;
variable_get variable_connection_requests;
variable_get variable_connection_time;
variable_get variable_remote_addr;
variable_get variable_remote_port;
variable_get variable_server_addr;
variable_get variable_server_port;
variable_get variable_tcpinfo; /* data: offset into struct tcp_info */

/* variables_process.c */
variable_get variable_constant; /* data: a C string */
variable_get variable_hostname;
variable_get variable_msec;
variable_get variable_pid;
variable_get variable_time_iso8601;
variable_get variable_time_local;
variable_get variable_not_here; /* of a module that is off: absent */

/* variables_request.c */
variable_get variable_arg;
variable_get variable_args;
variable_get variable_content_length;
variable_get variable_content_type;
variable_get variable_cookie;
variable_get variable_document_root;
variable_get variable_host;
variable_get variable_http;
variable_get variable_https;
variable_get variable_is_args;
variable_get variable_realpath_root;
variable_get variable_remote_user;
variable_get variable_request;
variable_get variable_request_body;
variable_get variable_request_body_file;
variable_get variable_request_filename;
variable_get variable_client_denial_reason;
variable_get variable_request_id;
variable_get variable_request_length;
variable_get variable_request_method;
variable_get variable_request_time;
variable_get variable_request_uri;
variable_get variable_scheme;
variable_get variable_server_name;
variable_get variable_server_protocol;
variable_get variable_uri;
void variable_put_args(void *facts, struct str value);

/* variables_response.c */
variable_get variable_body_bytes_sent;
variable_get variable_bytes_sent;
variable_get variable_request_completion;
variable_get variable_sent_http;
variable_get variable_sent_trailer;
variable_get variable_status;

/* variables_tls.c */
variable_get variable_client_verify;
variable_get variable_client_field; /* data: a function over the certificate, by index */
variable_get variable_tls_alpn;
variable_get variable_http2;
variable_get variable_tls_cipher;
variable_get variable_tls_ciphers;
variable_get variable_tls_client_sigalg;
variable_get variable_tls_curve;
variable_get variable_tls_curves;
variable_get variable_tls_early_data;
variable_get variable_tls_protocol;
variable_get variable_tls_server_name;
variable_get variable_tls_session_id;
variable_get variable_tls_session_reused;
variable_get variable_tls_sigalg;

/* The `data` of variable_client_field. */
enum client_field {
    CLIENT_CERT,
    CLIENT_RAW_CERT,
    CLIENT_ESCAPED_CERT,
    CLIENT_SUBJECT,
    CLIENT_ISSUER,
    CLIENT_SUBJECT_LEGACY,
    CLIENT_ISSUER_LEGACY,
    CLIENT_SERIAL,
    CLIENT_FINGERPRINT,
    CLIENT_FINGERPRINT_SHA256,
    CLIENT_SAN_DNS,
    CLIENT_SAN_EMAIL,
    CLIENT_SAN_URI,
    CLIENT_NOT_BEFORE,
    CLIENT_NOT_AFTER,
    CLIENT_DAYS_LEFT,
};

#endif
