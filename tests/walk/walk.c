/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk CONF: reads a question a line and writes what site_walk says of it.
 *
 * A question is words with a tab between them: number, listener, SNI ("": none), client (good,
 * none, self-signed, unknown-ca, bad, revoked, ?; none if the server does not ask), peer, host
 * ("-": no field), method, target, and any number of NAME=VALUE. "?" leaves a fact open. "tls" or
 * "plain" goes before the listener's address.
 *
 * An answer: number, kind, status, line of the location (0: the server's own), line of the server,
 * door (line of the location that the request's own path led to; "none": to no location; "any": it
 * was decided before), text. The last line for a question is its number and "all" or "more".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/x509_vfy.h>

#include "base/clock.h"
#include "load/settings_load.h"
#include "modules/modules.h"
#include "site/listener.h"
#include "site/question.h"
#include "tls/server.h"

enum { WORDS_MAX = 64, BUDGET = 100000 };

static const char *const KINDS[] = {"handler", "status", "text",   "redirect",
                                    "page",    "close",  "unknown"};

struct asked {
    const char *number;
};

static void die(const char *text)
{
    fprintf(stderr, "walk: %s\n", text);
    exit(2);
}

static void tell(void *arg, const struct answer *answer)
{
    const struct asked *asked = arg;
    const struct location *location = answer->walk->location->location;
    const struct location_settings *entry = answer->walk->entry;
    char door[16];
    if (entry && entry->location) {
        snprintf(door, sizeof(door), "%u", entry->location->line);
    } else {
        snprintf(door, sizeof(door), "%s", entry ? "none" : "any");
    }
    printf("%s\t%s\t%d\t%u\t%u\t%s\t%s%.*s\n", asked->number, KINDS[answer->decision.kind],
           answer_status(answer), location ? location->line : 0, answer->walk->server->line, door,
           answer->decision.text_unknown ? "?" : "=", STR_ARG(answer->decision.text));
}

static const struct listener *find_listener(const struct settings *settings, const char *text)
{
    for (size_t i = 0; i < settings->listeners_n; i++) {
        const struct listener *listener = settings->listeners[i];
        for (size_t k = 0; k <= listener->specific_n; k++) {
            const struct listener *one = k ? listener->specific[k - 1] : listener;
            if (str_eq(one->text, str_of(text))) {
                return one;
            }
        }
    }
    die("no such listener");
    return NULL;
}

static const struct server *find_entered(const struct listener *listener, const char *sni)
{
    const struct regex *failed = NULL;
    const struct server *server =
        sni[0] ? listener_find(listener, str_of(sni), NULL, &failed) : NULL;
    return server ? server : listener->fallback;
}

static const struct verdict *read_verdict(const struct server *entered, const char *word)
{
    static const struct {
        const char *word;
        struct verdict verdict;
    } ROWS[] = {
        {"good", {.status = VERDICT_GOOD, .code = X509_V_OK}},
        {"none", {.status = VERDICT_NO_CERTIFICATE, .code = X509_V_OK}},
        {"self-signed", {.status = VERDICT_BAD, .code = X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT}},
        {"revoked", {.status = VERDICT_BAD, .code = X509_V_ERR_CERT_REVOKED}},
        {"unknown-ca",
         {.status = VERDICT_BAD, .code = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY}},
        {"bad", {.status = VERDICT_BAD, .code = X509_V_ERR_CERT_HAS_EXPIRED}},
    };
    bool asks = entered->tls && tls_server_verify_mode(entered->tls) != VERIFY_OFF;
    word = asks || strcmp(word, "?") == 0 ? word : "none";
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        if (strcmp(word, ROWS[i].word) == 0) {
            return &ROWS[i].verdict;
        }
    }
    return NULL;
}

static bool is_open(const char *word)
{
    return strcmp(word, "?") == 0;
}

static void ask(const struct settings *settings, char *const *words, size_t n)
{
    static struct told told[WORDS_MAX];
    struct address peer;
    if (n < 8 || (!is_open(words[4]) && !address_parse(str_of(words[4]), 0, &peer))) {
        die("a question has eight words");
    }
    bool secure = strncmp(words[1], "tls ", 4) == 0;
    const struct listener *listener = find_listener(settings, strchr(words[1], ' ') + 1);
    const struct server *entered = find_entered(listener, words[2]);
    struct question question = {
        .settings = settings,
        .facts =
            {
                .listener = listener,
                .entered = entered,
                .secure = secure,
                .has_host = strcmp(words[5], "-") != 0,
                .verdict = read_verdict(entered, words[3]),
                .peer = &peer,
                .unknown = (is_open(words[3]) ? (unsigned)FACT_CLIENT : 0) |
                           (is_open(words[4]) ? (unsigned)FACT_PEER : 0) |
                           (is_open(words[5]) ? (unsigned)FACT_HOST : 0) |
                           (is_open(words[6]) ? (unsigned)FACT_METHOD : 0) |
                           (is_open(words[7]) ? (unsigned)(FACT_PATH | FACT_ARGS) : 0),
            },
        .host = strcmp(words[5], "-") ? str_of(words[5]) : STR(""),
        .method_name = str_of(words[6]),
        .target = str_of(words[7]),
        .told = told,
        .all_fields_told = true,
        .budget = BUDGET,
    };
    for (size_t i = 8; i < n; i++) {
        struct str value = str_of(words[i]);
        struct str name = str_split(&value, '=');
        question.all_fields_told = question.all_fields_told && !str_eq(value, STR("?"));
        if (!str_eq(value, STR("?"))) {
            told[question.told_n++] = (struct told){name, value};
        }
        if (str_eq(name, STR("http_content_length"))) {
            question.body_length = strtoull(value.p, NULL, 10);
        }
    }
    struct asked asked = {words[0]};
    bool all = site_walk(&question, tell, &asked);
    printf("%s\t%s\n", words[0], all ? "all" : "more");
}

int main(int argc, char **argv)
{
    static const unsigned char NO_SECRET[TLS_TICKET_SECRET_LEN];
    struct loaded loaded;
    struct main_settings main_settings;
    struct errors errors;
    if (argc != 2 || argv[1][0] != '/') {
        die("usage: walk /PATH/TO/CONF");
    }
    clock_update();
    errors_init(&errors);
    const struct options options = {
        .conf = argv[1], .prefix = "/tmp/", .quiet = true, .only_look = true};
    if (!settings_load(&options, &all_modules, NO_SECRET, true, NULL, &loaded, &main_settings,
                       &errors)) {
        die(errors.items[0]);
    }
    char *line = NULL;
    size_t cap = 0;
    ssize_t got;
    while ((got = getline(&line, &cap, stdin)) > 0) {
        char *words[WORDS_MAX];
        size_t n = 0;
        char *rest = line;
        line[strcspn(line, "\n")] = '\0';
        while (n < WORDS_MAX && rest) {
            words[n++] = strsep(&rest, "\t");
        }
        ask(loaded.settings, words, n);
        fflush(stdout);
    }
    free(line);
    errors_deinit(&errors);
    settings_unload(&loaded);
    return 0;
}
