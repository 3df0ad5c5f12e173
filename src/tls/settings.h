/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of ssl_* and proxy_ssl_* directives. */
#ifndef TLS_SETTINGS_H
#define TLS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum tls_protocol {
    TLS_1_0 = 0x1,
    TLS_1_1 = 0x2,
    TLS_1_2 = 0x4,
    TLS_1_3 = 0x8,
};

enum verify_mode { /* ssl_verify_client */
                   VERIFY_OFF,
                   VERIFY_ON,
                   VERIFY_OPTIONAL,
                   VERIFY_OPTIONAL_NO_CA,
};

enum session_cache {
    SESSION_CACHE_NONE,
    SESSION_CACHE_OFF,
    SESSION_CACHE_BUILTIN,
    SESSION_CACHE_SHARED
};

enum ocsp_mode { OCSP_OFF, OCSP_ON, OCSP_LEAF }; /* ssl_ocsp */

/* Paths or words, an array that vec_push extends. */
struct tls_words {
    struct str *items;
    size_t n;
};

struct tls_command { /* ssl_conf_command */
    struct str name;
    struct str value;
};

/* A server block. Paths are resolved; NULL or empty: not given. */
struct tls_server_settings {
    bool http2;                    /* ALPN offers h2 */
    struct tls_words certificates; /* the n-th goes with the n-th key */
    struct tls_words keys;
    char *password_file;
    unsigned protocols; /* of enum tls_protocol */
    struct str ciphers;
    struct str curves;
    struct tls_command *commands;
    size_t commands_n;
    char *dhparam;
    bool prefer_server_ciphers;
    uint64_t buffer_size;
    unsigned session_cache; /* enum session_cache */
    struct str session_cache_name;
    uint64_t session_cache_size; /* bytes */
    uint64_t session_timeout_s;
    bool session_tickets;
    struct tls_words ticket_keys;
    bool reject_handshake;
    unsigned verify; /* enum verify_mode */
    char *client_certificate;
    char *client_certificate_at; /* FILE:LINE of its directive; NULL with it */
    char *trusted_certificate;
    uint64_t verify_depth;
    struct tls_words crls;
    bool stapling;
    bool stapling_verify;
    char *stapling_file;
    struct str stapling_responder;
    unsigned ocsp; /* enum ocsp_mode */
    struct str ocsp_responder;
    struct str ocsp_cache_name; /* empty: off */
    uint64_t ocsp_cache_size;   /* bytes */
    uint64_t crl_grace_s;       /* ssl_crl_stale grace; 0: reject */
    bool keeps_chain;           /* backends are told the client's chain (client_identity_headers) */
};

/* A location's TLS client towards backends. The caller evaluates settings with variables. */
struct tls_client_settings {
    unsigned protocols;
    struct str ciphers;
    struct tls_command *commands;
    size_t commands_n;
    bool verify;
    char *trusted_certificate;
    uint64_t verify_depth;
    char *crl;
    char *password_file;
    bool session_reuse;
};

#endif
