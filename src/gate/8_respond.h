/* SPDX-License-Identifier: Apache-2.0 */
/* Answering: heads, bodies, error pages, redirects. */
#ifndef GATE_8_RESPOND_H
#define GATE_8_RESPOND_H

#include "gate/request.h"

/*
 * Answers with an error or another status of yett's own: through error_page when there is one for
 * it, else with the built-in page. 444 closes. The one place where errors of all steps and handlers
 * end.
 */
void respond_status(struct request *request, int status);
/* `return CODE TEXT` and other whole answers from memory; the text is borrowed until the request's
 * end. */
void respond_text(struct request *request, int status, struct str content_type, struct str text);
/* `return 301 URL`, directory slashes: makes the URL absolute when absolute_redirect says so. */
void respond_redirect(struct request *request, int status, struct str url);

/* A URL of which a part was decoded: a line break in it, which would begin a field, is escaped. */
struct str respond_one_line(struct request *request, struct str url);
/* A path as the URL of this very server, as absolute_redirect and its like want it. */
struct str respond_absolute_url(struct request *request, struct str path);

/* Queues the head of request->response: adds Date, Server, Connection, framing, add_header,
 * expires. */
void respond_start(struct request *request);
/* Body bytes; copied as far as they cannot leave at once. */
void respond_data(struct request *request, struct str bytes);
/* n bytes of a file from `offset` on. The descriptor is closed when they are sent or the request
 * ends, if `owned`. */
void respond_file(struct request *request, int fd, uint64_t offset, uint64_t n, bool owned);
/* Ends the body; when all is sent the request is finished (do not touch it afterwards). */
void respond_finish(struct request *request);
/* Sends what is queued as far as the client takes it. Called by the engine after each handler call;
 * handlers that stream call it themselves. */
/* Bytes queued and not sent: handlers stop giving at a bound and go on when `drained` is called. */
size_t respond_unsent(const struct request *request);
/* The answer broke off in the middle (the backend died): close so that the client can tell. */
void respond_break(struct request *request);

#endif
