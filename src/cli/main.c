/* SPDX-License-Identifier: Apache-2.0 */
/* The command line's entry: a subcommand, or nginx's options. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <ares.h>
#include <openssl/crypto.h>
#include <pcre2.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "app/command_line.h"
#include "app/console.h"
#include "app/master.h"
#include "app/title.h"
#include "cli/command.h"
#include "cli/command_table.h"
#include "conf/value.h"

struct command {
    const char *name;
    int (*run)(int argc, char *const *argv);
    const char *description;
};

static const struct command COMMANDS[] = {
    {"ca", ca_main, "run a CA: issue, renew, revoke (yett ca --help)"},
    {"cert", cert_main, "inspect certificates (yett cert --help)"},
    {"check", check_main, "find the doors that are open without a client certificate"},
    {"client", client_main,
     "set up git, curl and browsers with a certificate (yett client --help)"},
    {"directives", directives_main, "print the directive reference in Markdown"},
    {"explain", explain_main, "show what is decided about a request, and why"},
    {"policy", policy_main, "test client policies (yett policy --help)"},
    {"probe", probe_main, "attack the doors that need a client certificate (yett probe --help)"},
};

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(COMMANDS); i++) {
        if (strcmp(COMMANDS[i].name, name) == 0) {
            return &COMMANDS[i];
        }
    }
    return NULL;
}

/* Words that are commands elsewhere, and what they are here. */
static const struct {
    const char *word;
    const char *meant;
} ELSEWHERE[] = {
    {"test", "yett -t"},          {"configtest", "yett -t"},     {"validate", "yett -t"},
    {"stop", "yett -s stop"},     {"quit", "yett -s quit"},      {"reload", "yett -s reload"},
    {"reopen", "yett -s reopen"}, {"version", "yett --version"},
};

/* At most one edit for each two letters, and two; or the beginning of the word. */
static bool main_is_near(struct str given, struct str word)
{
    unsigned distance = value_distance(given, word);
    return (distance <= 2 && 2 * distance <= word.n) || (given.n >= 2 && str_starts(word, given));
}

/* What may have been meant; returns COMMAND_MISUSED. */
static int command_unknown(const char *name)
{
    struct str given = str_of(name);
    console_say("no such command: \"%s\"", name);
    for (size_t i = 0; i < COUNT_OF(COMMANDS); i++) {
        if (main_is_near(given, str_of(COMMANDS[i].name))) {
            console_say("did you mean \"yett %s\"?", COMMANDS[i].name);
        }
    }
    for (size_t i = 0; i < COUNT_OF(ELSEWHERE); i++) {
        if (main_is_near(given, str_of(ELSEWHERE[i].word))) {
            console_say("did you mean \"%s\"?", ELSEWHERE[i].meant);
        }
    }
    console_say("\"yett --help\" lists options and commands");
    return COMMAND_MISUSED;
}

static void show_help(FILE *out)
{
    fputs("Usage: yett [-?hvVtTq] [-s signal] [-p prefix]\n"
          "            [-e filename] [-c filename] [-g directives]\n"
          "       yett command\n"
          "\n"
          "Options:\n"
          "  -?,-h,--help  : this help\n"
          "  -v            : show version and exit\n"
          "  -V            : show version, compiler and libraries and exit\n"
          "  -t            : test configuration and exit\n"
          "  -T            : test configuration, dump it and exit\n"
          "  -q            : suppress non-error messages during configuration testing\n"
          "  -s signal     : send signal to a master process: stop, quit, reopen, reload\n"
          "  -p prefix     : set prefix path (default: /etc/yett/)\n"
          "  -e filename   : set error log file (default: /var/log/yett/error.log)\n"
          "  -c filename   : set configuration file (default: /etc/yett/yett.conf)\n"
          "  -g directives : set global directives out of configuration file\n"
          "\n"
          "Commands:\n",
          out);
    for (size_t i = 0; i < COUNT_OF(COMMANDS); i++) {
        fprintf(out, "  %-13s : %s\n", COMMANDS[i].name, COMMANDS[i].description);
    }
    fputs("  help          : this help; with a command, its help\n", out);
}

static void show_build(void)
{
    char pcre2[64] = "";
    pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
    fprintf(stderr,
            "built by gcc-compatible compiler %s\n"
            "built with %s\n"
            "running with %s, libuv %s, PCRE2 %s, c-ares %s\n"
            "TLS SNI support enabled\n",
            __VERSION__, OPENSSL_VERSION_TEXT, OpenSSL_version(OPENSSL_VERSION),
            uv_version_string(), pcre2, ares_version(NULL));
}

static int main_show(const struct command_line *line)
{
    fputs("yett version: yett/" YETT_VERSION "\n", stderr);
    if (line->show_help) {
        show_help(stderr); /* where nginx prints it */
    }
    if (line->show_build) {
        show_build();
    }
    return 0;
}

static int main_run(const struct command_line *line)
{
    /* As nginx: -v and -h end the program unless there is something to test. */
    if (line->show_version) {
        int status = main_show(line);
        if (!line->options.test) {
            return status;
        }
    }
    if (line->options.test) {
        return test_main(&line->options);
    }
    return line->options.signal ? signal_main(&line->options) : master_run(&line->options);
}

/* `yett help [COMMAND]`, `yett --help`: on standard output, as commands print theirs. */
static int help_main(int argc, char *const *argv)
{
    const struct command *command = argc > 1 ? command_find(argv[1]) : NULL;
    if (command) {
        char option[] = "--help";
        char *const words[] = {argv[1], option, NULL};
        return command->run(2, words);
    }
    if (argc > 1) {
        return command_unknown(argv[1]);
    }
    show_help(stdout);
    return COMMAND_OK;
}

static int version_main(void)
{
    puts("yett version: yett/" YETT_VERSION);
    return COMMAND_OK;
}

/* Whether the first word is not one of nginx's options; *status is then the end. */
static bool run_word(int argc, char *const *argv, int *status)
{
    const struct command *command = command_find(argv[1]);
    if (command) {
        *status = command->run(argc - 1, argv + 1);
    } else if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
        *status = help_main(argc - 1, argv + 1);
    } else if (strcmp(argv[1], "--version") == 0) {
        *status = version_main();
    } else if (argv[1][0] != '-') {
        *status = command_unknown(argv[1]);
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **original)
{
    struct arena arena;
    struct command_line line;
    struct error err;
    int status = 1;
    char **argv = title_init(argc, original);
    if (argc > 1 && run_word(argc, argv, &status)) {
        return status;
    }
    arena_init(&arena, 0);
    if (command_line_parse(argc, argv, &arena, &line, &err)) {
        status = main_run(&line);
    } else {
        console_say("%s", err.text);
        console_say("\"yett --help\" lists options and commands");
    }
    arena_deinit(&arena);
    return status;
}
