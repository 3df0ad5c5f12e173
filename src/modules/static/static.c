/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/static/static.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate/body.h"
#include "gate/content_type.h"
#include "gate/respond.h"
#include "http/conditional.h"
#include "http/uri.h"
#include "modules/static/index.h"
#include "modules/static/ranges.h"
#include "modules/static/static_settings.h"
#include "site/filename.h"

/* --- opening --- */

static int status_of_errno(struct request *request, struct str name, int errnum)
{
    int status;
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG: status = 404; break;
    case EACCES:
    case ELOOP: status = 403; break;
    default: status = 500; break;
    }
    if (status != 404 || static_settings_of(request->walk.location)->log_not_found) {
        request_log(request, status == 500 ? LEVEL_CRIT : LEVEL_ERROR,
                    "open() \"%s\" failed (%d: %s)", name.p, errnum, strerror(errnum));
    }
    return status;
}

static void add_slash(struct request *request)
{
    struct arena *arena = &request->arena;
    struct str url =
        arena_concat(arena, uri_escape(ESCAPE_URI, request->walk.path, arena), STR("/"));
    if (request->walk.args.n) {
        const struct str parts[] = {url, request->walk.args};
        url = arena_join(arena, parts, 2, STR("?"));
    }
    respond_redirect(request, 301, url);
}

/* --- answering --- */

static void static_describe(struct request *request, const struct stat *st)
{
    struct response *response = &request->response;
    if (request->walk.error_status == 200) {
        request->walk.error_status = 0; /* error_page … =200: may become 206 or 304 like any file */
    }
    response->status = 200;
    response->length = st->st_size;
    /* When a page was changed says nothing about the error that it is shown for. */
    response->last_modified = request->walk.error_status ? -1 : st->st_mtime;
    response->content_type = content_type_of(request);
    response->accept_ranges = static_settings_of(request->walk.location)->max_ranges > 0;
    if (static_settings_of(request->walk.location)->etag) {
        response->etag = arena_printf(&request->arena, "\"%lx-%lx\"", (unsigned long)st->st_mtime,
                                      (unsigned long)st->st_size);
    }
}

static void answer_not_modified(struct request *request)
{
    request->response.status = 304;
    request->response.length = -1;
    request->response.content_type = STR("");
    respond_start(request);
    respond_finish(request);
}

/* An error page is sent as it is, whatever the client's conditions were about. */
static enum precondition check_conditions(const struct request *request)
{
    const struct response *response = &request->response;
    if (request->walk.error_status) {
        return CONDITION_NONE;
    }
    return conditional_check(
        &request->head.headers, response->etag, response->last_modified,
        (enum since)static_settings_of(request->walk.location)->if_modified_since);
}

/* Takes the descriptor over. */
static void send_file(struct request *request, int fd, const struct stat *st)
{
    assert(fd >= 0 && S_ISREG(st->st_mode));
    static_describe(request, st);
    switch (check_conditions(request)) {
    case CONDITION_NOT_MODIFIED:
        close(fd);
        body_discard(request);
        answer_not_modified(request);
        return;
    case CONDITION_FAILED:
        close(fd);
        respond_status(request, 412);
        return;
    case CONDITION_NONE: break;
    }
    ranges_send(request, fd, (uint64_t)st->st_size);
}

/* Takes the descriptor over. */
static void answer_opened(struct request *request, int fd, struct str name)
{
    struct stat st;
    int status = 0;
    if (fstat(fd, &st) != 0) {
        request_log(request, LEVEL_CRIT, "fstat() \"%s\" failed (%d: %s)", name.p, errno,
                    strerror(errno));
        status = 500;
    } else if (S_ISDIR(st.st_mode)) {
        close(fd);
        add_slash(request);
        return;
    } else if (!S_ISREG(st.st_mode)) {
        request_log(request, LEVEL_CRIT, "\"%s\" is not a regular file", name.p);
        status = 404;
    } else if (request->walk.method == METHOD_POST) {
        status = 405;
    }
    if (status) {
        close(fd);
        respond_status(request, status);
        return;
    }
    send_file(request, fd, &st);
}

static void answer_file(struct request *request)
{
    struct str name;
    size_t root_n;
    if (!filename_of(&request->walk, request->walk.path, &name, &root_n)) {
        respond_status(request, 500);
        return;
    }
    /* Opening a FIFO or a device must not wait for its other side. */
    int fd = open(name.p, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        respond_status(request, status_of_errno(request, name, errno));
        return;
    }
    answer_opened(request, fd, name);
}

static void static_start(struct request *request)
{
    if (!(request->walk.method & (METHOD_GET | METHOD_HEAD | METHOD_POST))) {
        respond_status(request, 405);
    } else if (str_ends(request->walk.path, STR("/"))) {
        index_answer(request);
    } else {
        answer_file(request);
    }
}

const struct handler static_handler = {.name = "static", .start = static_start};
