/* SPDX-License-Identifier: Apache-2.0 */
#include "app/kept_staples.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/channel.h"
#include "base/memory_file.h"
#include "base/must.h"
#include "pki/ocsp_cache.h"
#include "tls/staple.h"

_Static_assert(KEPT_STAPLE_NAME == 2 * OCSP_KEY_LEN + 1, "two digits an octet");

void kept_staples_deinit(struct kept_staples *kept)
{
    for (size_t i = 0; i < kept->n; i++) {
        free(kept->items[i].name);
        channel_close_end(&kept->items[i].fd);
    }
    free(kept->items);
    *kept = (struct kept_staples){0};
}

bool kept_staples_name(const struct staple *staple, char name[static KEPT_STAPLE_NAME])
{
    unsigned char key[OCSP_KEY_LEN];
    if (!ocsp_cache_key(staple_cert(staple), staple_issuer(staple), key)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(key); i++) {
        snprintf(name + 2 * i, 3, "%02x", key[i]);
    }
    return true;
}

static bool kept_staples_is_of(const struct staple_job *job, struct str name)
{
    char own[KEPT_STAPLE_NAME];
    return kept_staples_name(job->staple, own) && str_eq(name, str_of(own));
}

bool kept_staples_wanted(const struct live_state *live, struct str name)
{
    for (size_t i = 0; i < live->staples_n; i++) {
        if (kept_staples_is_of(&live->staples[i], name)) {
            return true;
        }
    }
    return false;
}

void kept_staples_put(struct kept_staples *kept, struct str name, int fd)
{
    for (size_t i = 0; i < kept->n; i++) {
        if (str_eq(str_of(kept->items[i].name), name)) {
            channel_close_end(&kept->items[i].fd);
            kept->items[i].fd = fd;
            return;
        }
    }
    kept->items = must_have(realloc(kept->items, (kept->n + 1) * sizeof(*kept->items)));
    kept->items[kept->n++] = (struct kept_staple){must_have(strndup(name.p, name.n)), fd};
}

void kept_staples_take(struct kept_staples *kept, struct kept_staples *from,
                       const struct live_state *live)
{
    assert(kept != from); /* which is emptied */
    for (size_t i = 0; i < from->n; i++) {
        struct kept_staple *item = &from->items[i];
        if (kept_staples_wanted(live, str_of(item->name))) {
            kept_staples_put(kept, str_of(item->name), item->fd);
            item->fd = -1;
        }
    }
    kept_staples_deinit(from);
}

bool kept_staples_send(const struct kept_staples *kept, int end, struct error *err)
{
    for (size_t i = 0; i < kept->n; i++) {
        const struct kept_staple *item = &kept->items[i];
        if (!channel_send(end, CHANNEL_STAPLE, str_of(item->name), item->fd, err)) {
            return false;
        }
    }
    return true;
}

/* A refusal is not reported: a response that has expired since is fetched anew. */
static void app_kept_staples_offer(const struct kept_staple *item, const struct live_state *live,
                                   time_t now)
{
    struct arena arena;
    struct str response;
    struct ocsp_answer answer;
    struct error ignored;
    arena_init(&arena, 0);
    bool ok = memory_file_read(item->fd, OCSP_ANSWER_MAX, &arena, &response, &ignored);
    for (size_t i = 0; ok && i < live->staples_n; i++) {
        const struct staple_job *job = &live->staples[i];
        if (kept_staples_is_of(job, str_of(item->name))) {
            (void)!staple_offer(job->staple, response, now, &answer, &ignored);
        }
    }
    arena_deinit(&arena);
}

void kept_staples_offer(const struct kept_staples *kept, const struct live_state *live, time_t now)
{
    for (size_t i = 0; i < kept->n; i++) {
        app_kept_staples_offer(&kept->items[i], live, now);
    }
}
