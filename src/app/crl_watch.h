/* SPDX-License-Identifier: Apache-2.0 */
/* Looks after the files with revocation lists: takes up what changed, and says what is wrong. */
#ifndef APP_CRL_WATCH_H
#define APP_CRL_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "site/settings.h"

struct crl_watch {
    const struct settings *settings;
    /* Other lists are in force here: `image` (borrowed) is to be put into force in slot `i` by the
     * process that serves. Whether it has been told, and says so in the log when it has done it. */
    bool (*changed)(void *arg, size_t i, int image);
    void *arg;
    uint64_t look_at_ms; /* 0: there is nothing to look at */
    uint64_t report_at_ms;
    char *said; /* the report as it was said last */
};

/* Begins. Files that this account cannot read are named in the log: their changes would go unseen.
 */
void crl_watch_init(struct crl_watch *watch, const struct settings *settings, uint64_t now_ms,
                    bool (*changed)(void *arg, size_t i, int image), void *arg);
void crl_watch_deinit(struct crl_watch *watch);

/* When it is to be called next; 0: never. */
uint64_t crl_watch_due(const struct crl_watch *watch);
void crl_watch_look(struct crl_watch *watch, uint64_t now_ms);

/* Logs that the lists of slot `i` are in force: to be called where clients are judged by them. */
void crl_watch_say_in_force(const struct settings *settings, size_t i);

#endif
