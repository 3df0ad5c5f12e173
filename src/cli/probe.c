/* SPDX-License-Identifier: Apache-2.0 */
/* `yett probe`: attacks the doors of a configuration. */
#include "cli/probe.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/console.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/vec.h"
#include "check/door.h"
#include "cli/command.h"
#include "cli/command_table.h"
#include "cli/config_load.h"
#include "load/settings_load.h"
#include "modules/modules.h"

/* Other commands fail with 1; here that says that a door opened. */
enum { PROBE_HELD = 0, PROBE_OPENED = 1, PROBE_FAILED = 2, PROBE_CANNOT_TELL = 3 };
enum { TIMEOUT_DEFAULT_S = 5, TIMEOUT_MAX_S = 600 };

struct probing {
    const char *config; /* as an option */
    const char *conf;   /* the one that is probed */
    const char *prefix;
    const char *ca;
    const char *passphrase_file;
    const char *cert;
    const char *revoked;
    const char *expired;
    const char *to_revoke;
    const char *revoke_command;
    const char *keep;
    const char *timeout;
    bool running;
    bool json;
    bool quiet;

    struct words words;
    struct loaded loaded;
    struct conf_tree tree;
    struct probe_gate gate;
    struct probe_issuer issuer;
    struct identities later; /* the one to revoke, in a running gate */
    struct checked_doors checked;
    struct probe_plan plan;
    struct probe_results results;
    struct arena arena;
    struct error err;
};

/* --- the configuration --- */

static bool probe_load(struct probing *probing)
{
    static const unsigned char no_secret[TLS_TICKET_SECRET_LEN];
    struct arena *arena = &probing->arena;
    struct main_settings main;
    struct errors errors;
    char *directory = getcwd(NULL, 0);
    struct str here = arena_dup(arena, str_of(directory ? directory : "/"));
    struct str prefix = str_of(path_resolve(arena, here, str_of(probing->prefix)));
    free(directory);
    prefix = str_ends(prefix, STR("/")) ? prefix : arena_concat(arena, prefix, STR("/"));
    probing->prefix = prefix.p;
    const struct options options = {
        .conf = path_resolve(arena, here, str_of(probing->conf)),
        .prefix = prefix.p,
        .quiet = true,
        .only_look = true,
    };
    errors_init(&errors);
    bool ok = settings_load(&options, &all_modules, no_secret, true, NULL, &probing->loaded, &main,
                            &errors) &&
              main_settings_load(&options, &all_modules, arena, &probing->tree, &main, &errors);
    ok = ok || config_load_failed(&errors, options.conf, &probing->err);
    errors_deinit(&errors);
    return ok;
}

/* The names that proxy_set_header gives to backends: a client must not be able to. */
static void find_field_names(struct probing *probing, const struct conf_node *node,
                             struct words *out)
{
    for (; node; node = node->next) {
        if (node->n == 2 && (str_eq(node->name, STR("proxy_set_header")) ||
                             str_eq(node->name, STR("grpc_set_header")))) {
            struct str name = node->args[0];
            bool known = str_ieq(name, STR("Host")) || str_ieq(name, STR("Connection"));
            for (size_t i = 0; !known && i < out->n; i++) {
                known = str_ieq(out->items[i], name);
            }
            if (!known) {
                *(struct str *)vec_push(&probing->arena, &out->items, &out->n, sizeof(struct str)) =
                    name;
            }
        }
        find_field_names(probing, node->children, out);
    }
}

/* --- what runs on the way --- */

/* What a signal handler can set is global: the certificates of a probe that is interrupted are
 * still revoked, and its private copy removed. */
static volatile sig_atomic_t interrupted;

static void probe_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static void probe_catch_signals(void)
{
    static const int NUMBERS[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = probe_interrupt}; /* waiting calls return */
    for (size_t i = 0; i < COUNT_OF(NUMBERS); i++) {
        sigaction(NUMBERS[i], &action, NULL);
    }
    signal(SIGPIPE, SIG_IGN);
}

static bool probe_progress(void *arg, size_t door, size_t doors, const char *attack)
{
    const struct probing *probing = arg;
    if (!probing->quiet) {
        fprintf(stderr, "\r\033[Kyett: door %zu of %zu: %s", door + 1, doors, attack);
    }
    return !interrupted;
}

static void progress_end(const struct probing *probing)
{
    if (!probing->quiet) {
        fputs("\r\033[K", stderr);
    }
}

static bool probe_revoke(void *arg, struct error *err)
{
    struct probing *probing = arg;
    if (probe_issuer_is_used(&probing->issuer)) {
        bool ok = probe_issuer_revoke(&probing->issuer, PROBE_ISSUED_LATER, err);
        probe_issuer_wait();
        return ok;
    }
    if (!probing->revoke_command) {
        return probe_gate_revoke(&probing->gate, probing->plan.to_revoke->cert, err);
    }
    int status = system(probing->revoke_command); /* the user's own, as the user wrote it */
    if (status != 0) {
        return error_set(err, "--revoke-command failed with status %d: %s",
                         WIFEXITED(status) ? WEXITSTATUS(status) : status, probing->revoke_command);
    }
    return true;
}

/* --- the plan --- */

static bool read_identities(struct probing *probing)
{
    struct identities *issued = &probing->plan.issued;
    const struct {
        const char *path;
        const char *name;
        const char *text;
        bool valid;
    } FILES[] = {{probing->cert, "valid-given", "the valid certificate", true},
                 {probing->revoked, "revoked-given", "the revoked certificate", false},
                 {probing->expired, "expired-given", "the expired certificate", false}};
    for (size_t i = 0; i < COUNT_OF(FILES); i++) {
        if (FILES[i].path && !identities_read(issued, FILES[i].path, FILES[i].name, FILES[i].text,
                                              FILES[i].valid, &probing->arena, &probing->err)) {
            return false;
        }
    }
    return true;
}

/* Those of the private copy's CA. The copies of the structs own nothing. */
static void add_issued(struct probing *probing)
{
    struct identities *out = &probing->plan.issued;
    const struct identities *issued = &probing->gate.ca.issued;
    for (size_t i = 0; i < issued->n; i++) {
        struct identity *slot = vec_push(&probing->arena, &out->items, &out->n, sizeof(*slot));
        *slot = issued->items[i];
        X509_up_ref(slot->cert);
        EVP_PKEY_up_ref(slot->key);
        slot->chain = X509_chain_up_ref(slot->chain);
    }
}

static bool plan_private(struct probing *probing)
{
    struct probe_plan *plan = &probing->plan;
    plan->private_copy = true;
    if (!probe_gate_start(&probing->gate, plan->settings, &probing->tree, probing->prefix,
                          &plan->doors, &probing->arena, &probing->err)) {
        return false;
    }
    add_issued(probing);
    plan->to_revoke = identities_named(&probing->gate.ca.issued, "revoked-later");
    return true;
}

static void say_addresses(const struct probing *probing)
{
    const struct probe_doors *doors = &probing->plan.doors;
    for (size_t i = 0; i < doors->n; i++) {
        char text[ADDRESS_TEXT_MAX];
        bool said = !doors->items[i].guarded; /* nothing is sent there for that door */
        for (size_t j = 0; j < i; j++) {
            said = said || (doors->items[j].guarded &&
                            doors->items[j].listener == doors->items[i].listener);
        }
        if (!said) {
            console_say("will connect to %.*s",
                        STR_ARG(address_text(&doors->items[i].address, text)));
        }
    }
}

static bool is_own_loopback(const struct address *address)
{
    return address->u.sa.sa_family == AF_INET
               ? ntohl(address->u.in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET
               : IN6_IS_ADDR_LOOPBACK(&address->u.in6.sin6_addr);
}

static bool is_address_of(const struct ifaddrs *interface, const struct address *address)
{
    const struct sockaddr *own = interface->ifa_addr;
    if (!own || own->sa_family != address->u.sa.sa_family) {
        return false;
    }
    struct address held = {.len = address->len};
    memcpy(&held.u, own, address->len);
    return own->sa_family == AF_INET
               ? held.u.in.sin_addr.s_addr == address->u.in.sin_addr.s_addr
               : memcmp(&held.u.in6.sin6_addr, &address->u.in6.sin6_addr, 16) == 0;
}

/* A configuration of another machine is no target. To bind proves nothing:
 * net.ipv4.ip_nonlocal_bind allows it for any address. */
static bool is_own_address(const struct address *address)
{
    struct ifaddrs *interfaces = NULL;
    bool own = address->u.sa.sa_family == AF_UNIX || is_own_loopback(address);
    if (!own && getifaddrs(&interfaces) == 0) {
        for (const struct ifaddrs *i = interfaces; i && !own; i = i->ifa_next) {
            own = is_address_of(i, address);
        }
        freeifaddrs(interfaces);
    }
    return own;
}

static bool check_addresses(struct probing *probing)
{
    const struct probe_doors *doors = &probing->plan.doors;
    for (size_t i = 0; i < doors->n; i++) {
        char text[ADDRESS_TEXT_MAX];
        if (doors->items[i].guarded && !is_own_address(&doors->items[i].address)) {
            return error_set(&probing->err,
                             "%.*s is no address of this machine: run the probe where the gate is",
                             STR_ARG(address_text(&doors->items[i].address, text)));
        }
    }
    return true;
}

static bool plan_running(struct probing *probing)
{
    struct identities *later = &probing->later;
    if (!check_addresses(probing)) {
        return false;
    }
    if (probing->to_revoke && !identities_read(later, probing->to_revoke, "revoked-later",
                                               "a certificate that is revoked later", true,
                                               &probing->arena, &probing->err)) {
        return false;
    }
    say_addresses(probing);
    if (probing->ca &&
        !probe_issuer_start(&probing->issuer, probing->ca, probing->passphrase_file,
                            &probing->plan.issued, later, &probing->arena, &probing->err)) {
        return false;
    }
    probing->plan.to_revoke = later->n ? &later->items[0] : NULL;
    return true;
}

static bool probe_it(struct probing *probing)
{
    struct probe_plan *plan = &probing->plan;
    struct words names = {NULL, 0};
    if (!probe_load(probing) || !read_identities(probing)) {
        return false;
    }
    plan->settings = probing->loaded.settings;
    find_field_names(probing, probing->tree.first, &names);
    plan->field_names = names.items;
    plan->field_names_n = names.n;
    plan->revoke = probe_revoke;
    plan->progress = probe_progress;
    plan->arg = probing;
    plan->keep = probing->keep;
    doors_find(plan->settings, (struct time_limit){0}, &probing->arena, &probing->checked);
    probe_doors_find(plan->settings, &probing->checked, !probing->running, &probing->arena,
                     &plan->doors);
    if (!(probing->running ? plan_running(probing) : plan_private(probing))) {
        return false;
    }
    bool ok = probe_run(plan, &probing->arena, &probing->results, &probing->err);
    progress_end(probing);
    return ok;
}

/* --- the command --- */

static int probe_status(const struct probe_results *results)
{
    if (results->counts[OUTCOME_OPENED]) {
        return PROBE_OPENED;
    }
    return results->counts[OUTCOME_HELD] == 0 || results->counts[OUTCOME_UNSURE] ? PROBE_CANNOT_TELL
                                                                                 : PROBE_HELD;
}

static int probe_and_end(struct probing *probing)
{
    probe_catch_signals();
    probing->quiet = !isatty(STDERR_FILENO);
    bool ok = probe_it(probing);
    int status = PROBE_FAILED;
    if (!ok) {
        console_say("%s", probing->err.text);
    } else if (probing->json) {
        probe_report_json(&probing->plan, &probing->results);
    } else {
        probe_report_text(&probing->plan, &probing->results);
    }
    if (ok && fflush(stdout) != 0) {
        console_say("cannot write to standard output");
    } else if (ok) {
        status = probe_status(&probing->results);
    }
    if (!probe_issuer_stop(&probing->issuer, &probing->err)) {
        console_say("a certificate of this probe is still valid: %s", probing->err.text);
        status = PROBE_FAILED;
    }
    identities_deinit(&probing->plan.issued);
    identities_deinit(&probing->later);
    probe_gate_stop(&probing->gate);
    settings_unload(&probing->loaded);
    return status;
}

static bool probe_check(struct probing *probing)
{
    uint64_t timeout = TIMEOUT_DEFAULT_S;
    if (!config_choose(&probing->words, probing->config, &probing->arena, &probing->conf,
                       &probing->err)) {
        return false;
    }
    if (!probing->to_revoke != !probing->revoke_command) {
        return error_set(&probing->err, "--revoke and --revoke-command need each other");
    }
    if (probing->to_revoke && !probing->running) {
        return error_set(&probing->err, "--revoke needs --running: a private copy revokes a "
                                        "certificate of its own");
    }
    if (probing->ca && (!probing->running || probing->to_revoke)) {
        return error_set(&probing->err, "--ca needs --running, and revokes a certificate of its "
                                        "own: use it without --revoke");
    }
    if (probing->timeout &&
        (!str_to_u64(str_of(probing->timeout), TIMEOUT_MAX_S, &timeout) || !timeout)) {
        return error_set(&probing->err, "--timeout: \"%s\" is not a number of seconds from 1 to %d",
                         probing->timeout, TIMEOUT_MAX_S);
    }
    probing->plan.timeout_ms = timeout * 1000;
    return true;
}

int probe_main(int argc, char *const *argv)
{
    struct probing probing = {.prefix = CONFIG_PREFIX_DEFAULT};
    int status = COMMAND_OK;
    const struct option_row rows[] = {
        {"config", "FILE", "CONFIG, as an option", .value = &probing.config, .letter = 'c'},
        {"prefix", "DIR", "its prefix, as yett -p (" CONFIG_PREFIX_DEFAULT ")",
         .value = &probing.prefix, .letter = 'p'},
        {"running", NULL, "attack the gate that runs it, not a private copy",
         .flag = &probing.running},
        {"ca", "DIR", "issue certificates of this CA, and revoke them", .value = &probing.ca},
        {"passphrase-file", "FILE", "the CA passphrase is its first line (default: ask)",
         .value = &probing.passphrase_file},
        {"cert", "FILE", "a valid certificate, chain and key", .value = &probing.cert},
        {"revoked", "FILE", "a revoked one, which must be refused", .value = &probing.revoked},
        {"expired", "FILE", "an expired one, which must be refused", .value = &probing.expired},
        {"revoke", "FILE", "a valid one that --revoke-command revokes",
         .value = &probing.to_revoke},
        {"revoke-command", "COMMAND", "revokes it, and has the gate take the CRL",
         .value = &probing.revoke_command},
        {"keep", "DIR", "write the certificates here, to repeat attacks", .value = &probing.keep},
        {"timeout", "SECONDS", "time limit for each answer (default: 5)",
         .value = &probing.timeout},
        {"json", NULL, "print JSON", .flag = &probing.json},
    };
    const struct usage usage = {
        "yett probe [options] [CONFIG]",
        "Attacks every door of a configuration that needs a client certificate, without a valid\n"
        "one: by default in a private copy on loopback, with backends replaced. CONFIG "
        "is\n" CONFIG_PATH_DEFAULT
        " by default. The exit status is 0 if all held, 1 if one opened,\n"
        "2 after an error, 3 if that cannot be told.",
        rows, COUNT_OF(rows)};
    arena_init(&probing.arena, 0);
    clock_update();
    if (command_start(&usage, argc, argv, &probing.arena, &probing.words, &status)) {
        status =
            probe_check(&probing) ? probe_and_end(&probing) : command_misused(&usage, &probing.err);
    }
    arena_deinit(&probing.arena);
    return status;
}
