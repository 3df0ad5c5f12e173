/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a request to a backend, which the forward_* files share. */
#ifndef MODULES_PROXY_FORWARD_STATE_H
#define MODULES_PROXY_FORWARD_STATE_H

#include "gate/connection.h"
#include "gate/request.h"
#include "modules/proxy/proxy_settings.h"
#include "modules/proxy/proxy_url.h"
#include "upstream/balance.h"
#include "upstream/exchange.h"
#include "upstream/resolver.h"

enum { FORWARD_UNSENT_MAX = 64 * 1024 }; /* bytes of the client's that wait for the backend */

/* Where the bytes of the backend's request body come from. */
enum forward_body {
    FORWARD_BODY_NONE,
    FORWARD_BODY_TEXT,     /* proxy_set_body */
    FORWARD_BODY_BUFFERED, /* the client's whole body, in memory or a file */
    FORWARD_BODY_STREAM,   /* the client's body, as it arrives */
};

struct forward {
    struct request *request;
    const struct proxy_settings *settings;
    uint64_t start_ms;
    bool streams; /* the client's body is passed on as it arrives */

    /* forward_target.c */
    struct proxy_url url; /* of proxy_pass, evaluated */
    struct str uri;       /* replaces the location's name; empty: none */
    bool is_whole_uri;    /* … or the whole request URI: proxy_pass had variables */
    const struct upstream_group *group;
    struct balance *balance;
    struct balance *own_balance; /* for a group made for this request only */
    struct resolver_query *query;

    /* forward_request.c */
    struct exchange_request sent;
    enum method method;
    enum forward_body body;
    bool body_chunked; /* as sent to the backend */
    struct str body_text;
    bool keep_alive;
    bool upgrade;

    /* forward.c */
    struct pick pick;
    struct exchange *exchange;
    struct upstream_try *attempt;
    struct address local;
    struct tls_keypair *own_keypair; /* proxy_ssl_certificate with variables */
    uint64_t body_at;                /* of a buffered body: bytes given to the exchange so far */
    bool body_waits;                 /* the backend takes no more for now */
    bool body_streaming;             /* body_stream was called */
    bool body_ended;                 /* exchange_end_request was called */
    size_t unsent_max;               /* bytes of the answer that may wait for a slow client */
    size_t hints_size;               /* bytes of early hints passed on, over all attempts */
    bool reused;
    bool was_refused; /* once, by a backend that did not process it */
    bool request_sent;
    bool head_passed; /* the client's answer has begun */
    bool tunnel;
    bool ignore_body; /* of the backend's response: the client gets another body */
};

#endif
