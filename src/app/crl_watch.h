/* SPDX-License-Identifier: Apache-2.0 */
/* Watches the CRL files: loads changed CRLs, and logs problems. */
#ifndef APP_CRL_WATCH_H
#define APP_CRL_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/settings_load.h"

struct crl_watch {
    const struct settings *settings;
    const struct live_state *live;
    /* Called when the CRLs of slot `i` have changed in this process: sends `image` (borrowed) to
     * the serving process. True: it was sent, and the serving process logs the change. */
    bool (*changed)(void *arg, size_t i, int image);
    void *arg;
    uint64_t look_at_ms; /* 0: there is no file to watch */
    uint64_t report_at_ms;
    char *said; /* the last report logged */
};

/* Begins to watch. Logs each file that this account cannot read: yett would not notice a change to
 * it.
 */
void crl_watch_init(struct crl_watch *watch, const struct loaded *loaded, uint64_t now_ms,
                    bool (*changed)(void *arg, size_t i, int image), void *arg);
void crl_watch_deinit(struct crl_watch *watch);

/* When to call crl_watch_look next; 0: never. */
uint64_t crl_watch_due(const struct crl_watch *watch);
void crl_watch_look(struct crl_watch *watch, uint64_t now_ms);

/* For the process that checks clients: logs that the CRLs of slot `i` are in force. */
void crl_watch_say_in_force(const struct crl_files *crls, const struct log *log, size_t i);

#endif
