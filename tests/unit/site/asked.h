/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to a configuration that is written in the test: `http` is what stands in its http
 * block. */
#ifndef TEST_SITE_ASKED_H
#define TEST_SITE_ASKED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "load/settings_load.h"
#include "modules/modules.h"
#include "site/question.h"

enum { ANSWERS_MAX = 64, TRAIL_MAX = 512 };

struct told_answer {
    enum decision_kind kind;
    int status;
    unsigned line; /* of the location; 0: the server itself */
    char text[128];
    char trail[TRAIL_MAX]; /* "line:text line:text …", what is not in the file without a line */
};

struct asked {
    struct loaded loaded;
    struct settings *settings;
    struct address peer;
    struct question question;
    struct told_answer answers[ANSWERS_MAX];
    size_t n;
    bool all;
};

/* The first listener is asked, as a plain client from 192.0.2.1 without a Host field. */
static inline void asked_load(struct asked *asked, const char *http)
{
    static const unsigned char NO_SECRET[TLS_TICKET_SECRET_LEN];
    char path[] = "/tmp/yett-site-XXXXXX";
    struct main_settings main_settings;
    struct errors errors;
    errors_init(&errors);
    FILE *file = fdopen(mkstemp(path), "w");
    fprintf(file, "events {}\nhttp {\naccess_log off;\n%s\n}\n", http);
    assert_int_equal(fclose(file), 0);
    *asked = (struct asked){0};
    clock_update();
    const struct options options = {
        .conf = path, .prefix = "/tmp/", .quiet = true, .only_look = true};
    bool ok = settings_load(&options, &all_modules, NO_SECRET, true, NULL, &asked->loaded,
                            &main_settings, &errors);
    asked->settings = asked->loaded.settings;
    unlink(path);
    if (!ok) {
        fail_msg("%s", errors.items[0]);
    }
    errors_deinit(&errors);
    const struct listener *listener = asked->settings->listeners[0];
    static const struct verdict NONE = {.status = VERDICT_NO_CERTIFICATE};
    assert_true(address_parse(STR("192.0.2.1"), 1, &asked->peer));
    asked->question = (struct question){
        .settings = asked->settings,
        .facts = {.listener = listener,
                  .entered = listener->fallback,
                  .verdict = &NONE,
                  .peer = &asked->peer},
        .method_name = STR("GET"),
        .target = STR("/"),
        .all_fields_told = true,
        .budget = 1000,
    };
}

static inline void asked_hear(void *arg, const struct answer *answer)
{
    struct asked *asked = arg;
    assert_in_range(asked->n, 0, ANSWERS_MAX - 1);
    struct told_answer *told = &asked->answers[asked->n++];
    const struct location *location = answer->walk->location->location;
    *told = (struct told_answer){
        .kind = answer->decision.kind,
        .status = answer_status(answer),
        .line = location ? location->line : 0,
    };
    snprintf(told->text, sizeof(told->text), "%s%.*s", answer->decision.text_unknown ? "?" : "",
             STR_ARG(answer->decision.text));
    size_t n = 0;
    for (size_t i = 0; i < answer->trail_n && n < sizeof(told->trail); i++) {
        const struct trail_step *step = &answer->trail[i];
        n += (size_t)snprintf(told->trail + n, sizeof(told->trail) - n, "%s%u:%.*s", i ? " " : "",
                              step->line, STR_ARG(step->text));
    }
}

static inline void asked_walk(struct asked *asked)
{
    asked->n = 0;
    asked->all = site_walk(&asked->question, asked_hear, asked);
}

/* A question that leaves nothing open. */
static inline const struct told_answer *asked_one(struct asked *asked, const char *target)
{
    asked->question.target = str_of(target);
    asked_walk(asked);
    assert_true(asked->all);
    assert_int_equal(asked->n, 1);
    return &asked->answers[0];
}

/* How many of the answers have that kind and status. */
static inline size_t asked_count(const struct asked *asked, enum decision_kind kind, int status)
{
    size_t n = 0;
    for (size_t i = 0; i < asked->n; i++) {
        n += asked->answers[i].kind == kind && asked->answers[i].status == status;
    }
    return n;
}

static inline void asked_deinit(struct asked *asked)
{
    settings_unload(&asked->loaded);
}

#endif
