/* SPDX-License-Identifier: Apache-2.0 */
#include "app/crl_watch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "tls/crl_files.h"

enum {
    LOOK_EVERY_MS =
        100, /* a change is taken up at the second look: within a second with its reading */
    REPORT_EVERY_MS = 60 * 1000,
};

/* --- what is wrong with the lists in force --- */

static void add_line(void *arg, const char *text)
{
    buf_printf(arg, "%s\n", text);
}

/* Several servers may report the same about one file; and nothing is reported twice. */
static void say_news(const struct crl_watch *watch, struct str report)
{
    struct str rest = report;
    while (rest.n) {
        struct str before = {report.p, report.n - rest.n};
        struct str line = str_split(&rest, '\n');
        struct str whole = {line.p, line.n + 1};
        assert(whole.p + whole.n <= report.p + report.n); /* each line of it ends */
        if (str_search(before, whole) == before.n &&
            (!watch->said || str_search(str_of(watch->said), whole) == strlen(watch->said))) {
            log_write(watch->settings->log, LEVEL_WARN, 0, "%.*s", STR_ARG(line));
        }
    }
}

static void take_report(struct crl_watch *watch, bool say)
{
    struct buf report = {0};
    live_state_report_lists(watch->live, watch->settings, time(NULL), add_line, &report);
    if (say) {
        say_news(watch, buf_view(&report));
    }
    buf_byte(&report, '\0');
    free(watch->said);
    watch->said = strdup(buf_view(&report).p);
    buf_deinit(&report);
}

/* --- looking --- */

void crl_watch_init(struct crl_watch *watch, const struct loaded *loaded, uint64_t now_ms,
                    bool (*changed)(void *arg, size_t i, int image), void *arg)
{
    *watch = (struct crl_watch){
        .settings = loaded->settings, .live = loaded->live, .changed = changed, .arg = arg};
    struct error err;
    size_t n = crl_files_n(watch->live->crls);
    for (size_t i = 0; i < n; i++) {
        if (!crl_files_readable(watch->live->crls, i, &err)) {
            log_write(watch->settings->log, LEVEL_WARN, 0,
                      "%s: changes to these CRLs take effect only at a reload", err.text);
        }
    }
    if (n) {
        watch->look_at_ms = now_ms + LOOK_EVERY_MS;
        watch->report_at_ms = now_ms + REPORT_EVERY_MS;
        take_report(watch, false); /* it was said when they were loaded */
    }
}

void crl_watch_deinit(struct crl_watch *watch)
{
    free(watch->said);
}

uint64_t crl_watch_due(const struct crl_watch *watch)
{
    return watch->look_at_ms;
}

void crl_watch_say_in_force(const struct crl_files *crls, const struct log *log, size_t i)
{
    log_write(log, LEVEL_NOTICE, 0, "new CRLs of \"%s\" are in force", crl_files_name(crls, i));
}

static void look_at(struct crl_watch *watch, size_t i)
{
    struct error err;
    struct crl_files *files = watch->live->crls;
    const struct log *log = watch->settings->log;
    switch (crl_files_look(files, i, &err)) {
    case CRL_UNCHANGED: return;
    case CRL_REFUSED:
        log_write(log, LEVEL_ERROR, 0, "%s: the file changed, but the previous CRLs stay in force",
                  err.text);
        return;
    case CRL_CHANGED:
        if (!watch->changed(watch->arg, i, crl_files_image(files, i))) {
            crl_watch_say_in_force(files, log, i);
        }
        watch->report_at_ms = 0;
    }
}

void crl_watch_look(struct crl_watch *watch, uint64_t now_ms)
{
    if (!watch->look_at_ms || now_ms < watch->look_at_ms) {
        return;
    }
    for (size_t i = 0; i < crl_files_n(watch->live->crls); i++) {
        look_at(watch, i);
    }
    if (now_ms >= watch->report_at_ms) {
        take_report(watch, true);
        watch->report_at_ms = now_ms + REPORT_EVERY_MS;
    }
    watch->look_at_ms = now_ms + LOOK_EVERY_MS;
}
