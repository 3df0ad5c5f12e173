/* SPDX-License-Identifier: Apache-2.0 */
/* Sends responses: heads, bodies, error pages, redirects. */
#ifndef GATE_RESPOND_H
#define GATE_RESPOND_H

#include "gate/request.h"

/*
 * Answers with an error or another status: by error_page if there is one for it, else with the
 * built-in page. 444 closes the connection. All errors of steps and handlers end here.
 */
void respond_status(struct request *request, int status);
/* Answers with a text (`return CODE TEXT`). The text is borrowed until the request ends. */
void respond_text(struct request *request, int status, struct str content_type, struct str text);
/* Redirects the client (`return 301 URL`); makes the URL absolute if absolute_redirect is on. */
void respond_redirect(struct request *request, int status, struct str url);

/* Escapes line breaks in a URL with a decoded part: they would begin a new header. */
struct str respond_one_line(struct request *request, struct str url);
/* Makes a path a URL of this server, by absolute_redirect and its related directives. */
struct str respond_absolute_url(struct request *request, struct str path);

/*
 * Passes a backend's early hints (RFC 8297) on, if the location's `early_hints` says so and the
 * client knows 103. Leaves out fields that cannot be sent. The request may have ended with 500.
 */
void respond_early_hints(struct request *request, const struct headers *fields);
/* Queues the head of request->response; adds Date, Server, and the headers of hooks and of the
 * protocol. */
void respond_start(struct request *request);
/* Queues bytes of the body; copies those that cannot leave at once. */
void respond_data(struct request *request, struct str bytes);
/* Queues n bytes of a file from `offset` on. If `owned`, the descriptor is closed when they are
 * sent or the request ends. */
void respond_file(struct request *request, int fd, uint64_t offset, uint64_t n, bool owned);
/* Ends the body. The request is freed when everything is sent: do not use it afterwards. */
void respond_finish(struct request *request);
/* Bytes queued and not sent. A handler pauses at a bound until `drained` is called. */
size_t respond_unsent(const struct request *request);
/* Whether a hook may add trailers to the response. */
bool respond_has_trailers(const struct request *request);
/* The backend broke off its response: ends the stream so that the client can tell. */
void respond_break(struct request *request);

#endif
