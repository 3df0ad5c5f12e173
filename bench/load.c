/* SPDX-License-Identifier: Apache-2.0 */
/* yett-load: the load generator's command line, its modes and its report. */
#include "bench/load_leaves.h"
#include "bench/load_run.h"
#include "bench/load_tls.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct mode {
    const char *name;
    bool keep;   /* connections outlive an operation */
    bool resume; /* every handshake after a connection's first is to resume */
    bool hold;   /* one operation on each of N connections, which are then held */
    const char *meaning;
};

static const struct mode modes[] = {
    {"handshake", .meaning = "connect, full handshake, one request, orderly close"},
    {"resume", .resume = true, .meaning = "the same, resuming the connection's newest session"},
    {"request", .keep = true, .meaning = "a request on a kept connection"},
    {"body", .keep = true, .meaning = "the same; name the expected size with --length"},
    {"idle", .keep = true, .hold = true, .meaning = "open N, one request each, hold them"},
};

struct options {
    const struct mode *mode;
    struct sockaddr_in address;
    struct tls_options tls;
    char *name;
    const char *leaves;
    const char *path;
    uint64_t count;
    uint64_t concurrency;
    int status;
    int64_t length;
    int timeout_ms;
    bool gate;
    uint64_t streams; /* at once on each connection, by HTTP/2; 0: HTTP/1.1 */
};

enum option_id {
    OPTION_MODE = 256,
    OPTION_CONNECT,
    OPTION_SNI,
    OPTION_CA,
    OPTION_CERT,
    OPTION_KEY,
    OPTION_LEAVES,
    OPTION_GROUPS,
    OPTION_COUNT,
    OPTION_CONCURRENCY,
    OPTION_PATH,
    OPTION_STATUS,
    OPTION_LENGTH,
    OPTION_TIMEOUT,
    OPTION_TLS12,
    OPTION_TLS13,
    OPTION_GATE,
    OPTION_HTTP2,
    OPTION_HELP,
};

static const struct option option_table[] = {
    {"mode", required_argument, NULL, OPTION_MODE},
    {"connect", required_argument, NULL, OPTION_CONNECT},
    {"sni", required_argument, NULL, OPTION_SNI},
    {"ca", required_argument, NULL, OPTION_CA},
    {"cert", required_argument, NULL, OPTION_CERT},
    {"key", required_argument, NULL, OPTION_KEY},
    {"leaves", required_argument, NULL, OPTION_LEAVES},
    {"groups", required_argument, NULL, OPTION_GROUPS},
    {"count", required_argument, NULL, OPTION_COUNT},
    {"concurrency", required_argument, NULL, OPTION_CONCURRENCY},
    {"path", required_argument, NULL, OPTION_PATH},
    {"status", required_argument, NULL, OPTION_STATUS},
    {"length", required_argument, NULL, OPTION_LENGTH},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"tls12", no_argument, NULL, OPTION_TLS12},
    {"tls13", no_argument, NULL, OPTION_TLS13},
    {"gate", no_argument, NULL, OPTION_GATE},
    {"http2", required_argument, NULL, OPTION_HTTP2},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

static void usage(FILE *to)
{
    fputs(
        "usage: yett-load --mode MODE --connect ADDRESS:PORT --sni NAME --ca FILE [options]\n"
        "  --cert FILE --key FILE   the client certificate with its chain, and its key\n"
        "  --leaves FILE            certificates that take its place, one a handshake, none "
        "twice;\n"
        "                           same issuer, same key, at least as many as handshakes\n"
        "  --count N                operations; connections with --mode idle (1)\n"
        "  --concurrency C          connections at once (1)\n"
        "  --path PATH              of the request (/)\n"
        "  --status N --length N    expected answer (200, any length)\n"
        "  --http2 N                an operation is N requests at once on one connection, by "
        "HTTP/2;\n"
        "                           not with handshake and resume\n"
        "  --tls13 | --tls12        the only protocol offered (--tls13)\n"
        "  --groups LIST            key exchange groups (P-256)\n"
        "  --timeout SECONDS        without progress (10)\n"
        "  --gate                   print READY after the warm-up, wait for a line on stdin, and\n"
        "                           after the report keep all as it is until stdin ends\n"
        "modes:\n",
        to);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        fprintf(to, "  %-10s %s\n", modes[i].name, modes[i].meaning);
    }
}

static bool mode_find(const char *name, const struct mode **mode)
{
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(modes[i].name, name) == 0) {
            *mode = &modes[i];
            return true;
        }
    }
    return false;
}

static bool number_parse(const char *text, uint64_t low, uint64_t high, uint64_t *number)
{
    char *end = NULL;

    *number = strtoull(text, &end, 10);
    return end != text && *end == '\0' && text[0] != '-' && *number >= low && *number <= high;
}

static bool address_parse(const char *text, struct sockaddr_in *address)
{
    char host[INET_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');
    uint64_t port = 0;

    if (colon == NULL || (size_t)(colon - text) >= sizeof(host) ||
        !number_parse(colon + 1, 1, 65535, &port)) {
        return false;
    }
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    address->sin_family = AF_INET;
    address->sin_port = htons((uint16_t)port);
    return inet_pton(AF_INET, host, &address->sin_addr) == 1;
}

static bool option_take(struct options *options, int option, char *value)
{
    uint64_t number = 0;
    bool taken = true;

    switch (option) {
    case OPTION_MODE: return mode_find(value, &options->mode);
    case OPTION_CONNECT: return address_parse(value, &options->address);
    case OPTION_SNI: options->name = value; break;
    case OPTION_CA: options->tls.ca = value; break;
    case OPTION_CERT: options->tls.cert = value; break;
    case OPTION_KEY: options->tls.key = value; break;
    case OPTION_LEAVES: options->leaves = value; break;
    case OPTION_GROUPS: options->tls.groups = value; break;
    case OPTION_PATH: options->path = value; break;
    case OPTION_COUNT: return number_parse(value, 1, UINT32_MAX, &options->count);
    case OPTION_CONCURRENCY: return number_parse(value, 1, 65535, &options->concurrency);
    case OPTION_STATUS:
        taken = number_parse(value, 100, 599, &number);
        options->status = (int)number;
        break;
    case OPTION_LENGTH:
        taken = number_parse(value, 0, INT64_MAX, &number);
        options->length = (int64_t)number;
        break;
    case OPTION_TIMEOUT:
        taken = number_parse(value, 1, 3600, &number);
        options->timeout_ms = (int)number * 1000;
        break;
    case OPTION_TLS12: options->tls.version = TLS1_2_VERSION; break;
    case OPTION_TLS13: options->tls.version = TLS1_3_VERSION; break;
    case OPTION_GATE: options->gate = true; break;
    case OPTION_HTTP2: return number_parse(value, 1, 100, &options->streams);
    default: return false;
    }
    return taken;
}

static bool options_parse(struct options *options, int argc, char **argv)
{
    int option = 0;

    while ((option = getopt_long(argc, argv, "", option_table, NULL)) != -1) {
        if (option == OPTION_HELP) {
            usage(stdout);
            exit(0);
        }
        if (option == '?') {
            return false;
        }
        if (!option_take(options, option, optarg)) {
            fprintf(stderr, "yett-load: invalid value of --%s: \"%s\"\n",
                    option_table[option - OPTION_MODE].name, optarg != NULL ? optarg : "");
            return false;
        }
    }
    bool complete = optind == argc && options->mode != NULL && options->name != NULL &&
                    options->address.sin_port != 0 && options->tls.ca != NULL &&
                    (options->tls.cert == NULL) == (options->tls.key == NULL) &&
                    (options->leaves == NULL || options->tls.cert != NULL) &&
                    (options->streams == 0 || options->mode->keep);
    if (!complete) {
        usage(stderr);
    }
    return complete;
}

/* Thousands of idle connections need as many descriptors: take all that may be had. */
static void descriptors_raise(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* False at the end of stdin. */
static bool stdin_line_await(void)
{
    int c = 0;

    while ((c = getchar()) != '\n' && c != EOF) {
    }
    return c == '\n';
}

static void stdin_end_await(void)
{
    while (getchar() != EOF) {
    }
}

static void ready_print(void)
{
    puts("READY");
    fflush(stdout);
}

static void string_print(const char *name, const char *value)
{
    printf(",\"%s\":\"%s\"", name, value != NULL ? value : "");
}

static void report_print(const struct run *run, const struct mode *mode, uint64_t bytes,
                         double seconds)
{
    const char *comma = "";

    printf("{\"mode\":\"%s\",\"operations\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"errors\":{",
           mode->name, run->completed, run->failed);
    for (int i = 0; i < FAILURE_COUNT; i++) {
        if (run->failures[i] > 0) {
            printf("%s\"%s\":%" PRIu64, comma, failure_name((enum failure)i), run->failures[i]);
            comma = ",";
        }
    }
    printf("},\"bytes\":%" PRIu64 ",\"seconds\":%.6f", bytes, seconds);
    string_print("protocol", run->protocol);
    string_print("cipher", run->cipher);
    string_print("group", run->group);
    puts("}");
    fflush(stdout);
}

/* Opens and holds: what is measured meanwhile is the server's memory. */
static bool run_hold(struct run *run, const struct options *options)
{
    double start = seconds_now();

    run_prepare(run, options->concurrency);
    double seconds = seconds_now() - start;
    if (run->failed == 0) {
        ready_print();
        stdin_end_await();
        run_check_alive(run);
    }
    report_print(run, options->mode, run_bytes(run), seconds);
    return run->failed == 0;
}

static void slice_run(struct run *run, const struct options *options)
{
    uint64_t bytes_before = run_bytes(run);
    double start = seconds_now();

    run_measure(run, options->count);
    report_print(run, options->mode, run_bytes(run) - bytes_before, seconds_now() - start);
}

static bool run_repeat(struct run *run, const struct options *options)
{
    run_prepare(run, options->concurrency);
    if (run->failed > 0) {
        report_print(run, options->mode, run_bytes(run), 0);
    } else if (!options->gate) {
        slice_run(run, options);
    } else {
        ready_print();
        while (run->failed == 0 && stdin_line_await()) {
            slice_run(run, options);
        }
    }
    return run->failed == 0;
}

static bool load_run(const struct options *options, SSL_CTX *tls, struct leaves *leaves,
                     const char *request)
{
    const struct mode *mode = options->mode;
    struct target target = {.address = options->address,
                            .name = options->name,
                            .tls = tls,
                            .leaves = leaves,
                            .request = request,
                            .request_length = strlen(request),
                            .status = options->status,
                            .length = options->length,
                            .keep = mode->keep,
                            .resume = mode->resume,
                            .http2 = options->streams > 0,
                            .h2 = {.authority = options->name,
                                   .path = options->path,
                                   .at_once = (unsigned)options->streams,
                                   .status = options->status,
                                   .length = options->length}};
    struct run run;
    bool good = run_init(&run, &target, mode->hold ? options->count : options->concurrency,
                         options->timeout_ms);

    if (good) {
        good = mode->hold ? run_hold(&run, options) : run_repeat(&run, options);
    }
    run_deinit(&run);
    return good;
}

int main(int argc, char **argv)
{
    char groups[] = "P-256";
    struct options options = {.path = "/",
                              .count = 1,
                              .concurrency = 1,
                              .status = 200,
                              .length = -1,
                              .timeout_ms = 10000,
                              .tls = {.groups = groups, .version = TLS1_3_VERSION}};
    char request[2048];

    if (!options_parse(&options, argc, argv)) {
        return 2;
    }
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", options.path,
             options.name, options.mode->keep ? "" : "Connection: close\r\n");
    options.tls.http2 = options.streams > 0;
    signal(SIGPIPE, SIG_IGN);
    descriptors_raise();
    SSL_CTX *tls =
        tls_context_new(&options.tls, options.mode->resume ? connection_session_new : NULL);
    struct leaves *leaves = options.leaves != NULL ? leaves_load(options.leaves) : NULL;
    int status = 2;
    if (tls != NULL && (leaves != NULL || options.leaves == NULL)) {
        status = load_run(&options, tls, leaves, request) ? 0 : 1;
    }
    leaves_free(leaves);
    SSL_CTX_free(tls);
    return status;
}
