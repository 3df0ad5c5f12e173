/* SPDX-License-Identifier: Apache-2.0 */
#include "app/master_settings.h"

#include <assert.h>
#include <string.h>

/* Both processes are the same program, so the layout needs no versions. */
struct main_bytes {
    bool daemon;
    uint64_t load_timeout_ms;
};

struct account_bytes {
    bool change;
    uid_t uid;
};

struct master_settings master_settings_of(const struct main_settings *main)
{
    return (struct master_settings){
        .daemon = main->daemon,
        .load_timeout_ms = main->load_timeout_ms,
        .pid_path = main->pid_path,
        .log = main->log,
    };
}

/* The level as one byte, then the path; standard error has none. */
static bool send_log_target(const struct log_target *target, int end, struct error *err)
{
    char text[CHANNEL_TEXT_MAX];
    struct str path = target->file->path ? str_of(target->file->path) : STR("");
    path = str_head(path, sizeof(text) - 1); /* which is longer than any that can be opened */
    assert(path.n + 1 <= CHANNEL_TEXT_MAX);  /* the channel cuts nothing off */
    assert(target->level >= LEVEL_EMERG && target->level <= LEVEL_DEBUG); /* a byte holds it */
    text[0] = (char)target->level;
    memcpy(text + 1, path.p, path.n);
    return channel_send(end, CHANNEL_ERROR_LOG, (struct str){text, path.n + 1}, -1, err);
}

bool master_settings_send(const struct main_settings *main, int end, struct error *err)
{
    struct main_bytes bytes = {0};
    assert(main->pid_path && main->log); /* each has a default */
    if (!channel_send(end, CHANNEL_PID_FILE, str_of(main->pid_path), -1, err)) {
        return false;
    }
    for (size_t i = 0; i < main->log->n; i++) {
        if (!send_log_target(&main->log->targets[i], end, err)) {
            return false;
        }
    }
    bytes.daemon = main->daemon;
    bytes.load_timeout_ms = main->load_timeout_ms;
    return channel_send(end, CHANNEL_MAIN, (struct str){(const char *)&bytes, sizeof(bytes)}, -1,
                        err);
}

bool master_settings_send_account(const struct privileges *privileges, int end, struct error *err)
{
    struct account_bytes bytes = {0};
    bytes.change = privileges->change;
    bytes.uid = privileges->uid;
    return channel_send(end, CHANNEL_ACCOUNT, (struct str){(const char *)&bytes, sizeof(bytes)}, -1,
                        err);
}

static void take_log_target(struct master_settings *settings, struct str text, struct arena *arena)
{
    size_t n = settings->log ? settings->log->n : 0;
    struct log_target *targets = arena_alloc(arena, (n + 1) * sizeof(*targets));
    struct log *log = arena_alloc(arena, sizeof(*log));
    struct log_file *file = arena_alloc(arena, sizeof(*file));
    if (n) {
        memcpy(targets, settings->log->targets, n * sizeof(*targets));
    }
    *file = (struct log_file){text.n > 1 ? arena_cstr(arena, str_skip(text, 1)) : NULL, -1};
    targets[n] = (struct log_target){file, (enum log_level)text.p[0]};
    *log = (struct log){targets, n + 1};
    settings->log = log;
}

static void take_main(struct master_settings *settings, struct str text)
{
    struct main_bytes bytes;
    memcpy(&bytes, text.p, sizeof(bytes));
    settings->daemon = bytes.daemon;
    settings->load_timeout_ms = bytes.load_timeout_ms;
}

static void take_account(struct master_settings *settings, struct str text)
{
    struct account_bytes bytes;
    memcpy(&bytes, text.p, sizeof(bytes));
    settings->privileges = (struct privileges){.change = bytes.change, .uid = bytes.uid};
    settings->complete = settings->pid_path && settings->log;
}

void master_settings_take(struct master_settings *settings, enum channel_kind kind, struct str text,
                          struct arena *arena)
{
    if (kind == CHANNEL_PID_FILE && text.n) {
        settings->pid_path = arena_cstr(arena, text);
    } else if (kind == CHANNEL_ERROR_LOG && text.n) {
        take_log_target(settings, text, arena);
    } else if (kind == CHANNEL_MAIN && text.n == sizeof(struct main_bytes)) {
        take_main(settings, text);
    } else if (kind == CHANNEL_ACCOUNT && text.n == sizeof(struct account_bytes)) {
        take_account(settings, text);
    }
}
