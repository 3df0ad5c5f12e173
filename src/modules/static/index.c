/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/static/index.h"

#include <assert.h>
#include <errno.h>
#include <sys/stat.h>

#include "gate/respond.h"
#include "modules/static/static_settings.h"
#include "site/filename.h"

static int index_refuse(struct request *request, struct str name, int errnum)
{
    bool forbidden = errnum == EACCES;
    if (forbidden || static_settings_of(request->walk.location)->log_not_found) {
        request_log(request, LEVEL_ERROR, "\"%s\" is %s (%d: %s)", name.p,
                    forbidden ? "forbidden" : "not found", errnum, strerror(errnum));
    }
    return forbidden ? 403 : 404;
}

/* 0: the directory is there, so its next index file may be looked for. `name` is for the log, as
 * nginx. */
static int check_directory(struct request *request, struct str directory, struct str name)
{
    struct stat st;
    if (stat(directory.p, &st) != 0) {
        return index_refuse(request, name, errno);
    }
    if (!S_ISDIR(st.st_mode)) {
        request_log(request, LEVEL_ALERT, "\"%s\" is not a directory", directory.p);
        return 500;
    }
    return 0;
}

enum { FOUND = 0, GO_ON = -1 }; /* else a status */

static int check_file(struct request *request, struct str directory, struct str index)
{
    assert(index.n > 0 && index.p[0] != '/'); /* that would be a redirect */
    struct str name = arena_concat(&request->arena, directory, index);
    struct stat st;
    if (memchr(name.p, '\0', name.n)) {
        return 404;
    }
    if (stat(name.p, &st) == 0) {
        return FOUND;
    }
    int errnum = errno;
    switch (errnum) {
    case ELOOP: return 403;
    case ENOTDIR:
    case ENAMETOOLONG:
    case EACCES: return index_refuse(request, name, errnum);
    case ENOENT: {
        int status = check_directory(request, directory, name);
        return status ? status : GO_ON;
    }
    default:
        request_log(request, LEVEL_CRIT, "stat() \"%s\" failed (%d: %s)", name.p, errnum,
                    strerror(errnum));
        return 500;
    }
}

void index_answer(struct request *request)
{
    assert(str_ends(request->walk.path, STR("/")));
    const struct index_files *files = &static_settings_of(request->walk.location)->index;
    struct str directory;
    size_t root_n;
    if (!filename_of(&request->walk, request->walk.path, &directory, &root_n)) {
        respond_status(request, 500);
        return;
    }
    for (size_t i = 0; i < files->n; i++) {
        struct str index = template_eval(&files->items[i], &request->walk.scope).s;
        if (str_starts(index, STR("/"))) {
            request_redirect(request, index, request->walk.args);
            return;
        }
        int result = index.n ? check_file(request, directory, index) : GO_ON;
        if (result == FOUND) {
            request_redirect(request, arena_concat(&request->arena, request->walk.path, index),
                             request->walk.args);
            return;
        }
        if (result != GO_ON) {
            respond_status(request, result);
            return;
        }
    }
    request_log(request, LEVEL_ERROR, "directory index of \"%s\" is forbidden", directory.p);
    respond_status(request, 403);
}
