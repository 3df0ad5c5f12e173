/* SPDX-License-Identifier: Apache-2.0 */
/* The private copy of a configuration: the same doors, on loopback, with no way to a backend. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/must.h"
#include "base/vec.h"
#include "cli/probe.h"
#include "conf/quote.h"
#include "net/socket.h"
#include "tls/crl_paths.h"

enum { COPIED_FILE_MAX = 64 << 20, HTTP_PORT = 80, UNPRIVILEGED_PORT = 8000 };

struct copying {
    struct probe_copy *copy;
    struct buf *out;
    struct error *err;
};

/* --- words --- */

static bool put_word(struct copying *copying, struct str word)
{
    struct str quoted;
    if (!conf_quote(word, copying->copy->arena, &quoted)) {
        return error_set(copying->err, "a word of the configuration cannot be copied");
    }
    buf_byte(copying->out, ' ');
    buf_append(copying->out, quoted);
    return true;
}

/* A bare name may be a keyword, in quotes it is a value. */
static bool is_bare(const struct conf_node *node)
{
    for (size_t i = 0; i < node->name.n; i++) {
        if (!char_is_alnum(node->name.p[i]) && node->name.p[i] != '_') {
            return false;
        }
    }
    return node->name.n && !node->name_quoted;
}

static bool put_node_words(struct copying *copying, const struct conf_node *node)
{
    if (!is_bare(node)) {
        if (!put_word(copying, node->name)) {
            return false;
        }
    } else {
        buf_append(copying->out, node->name);
    }
    for (size_t i = 0; i < node->n; i++) {
        if (!put_word(copying, node->args[i])) {
            return false;
        }
    }
    return true;
}

static bool put_simple(struct copying *copying, const char *name, struct str value)
{
    buf_append(copying->out, str_of(name));
    bool ok = put_word(copying, value);
    buf_append(copying->out, STR(";\n"));
    return ok;
}

static bool put_file(struct copying *copying, const struct conf_node *node)
{
    struct probe_copy *copy = copying->copy;
    char *path = path_resolve(copy->arena, str_of(copy->settings->conf_prefix), node->args[0]);
    return put_simple(copying, arena_cstr(copy->arena, node->name), str_of(path));
}

static bool put_nothing(struct copying *copying, const struct conf_node *node)
{
    return true;
}

/* --- listeners --- */

static bool copied_port_new(uint16_t *port, struct error *err)
{
    struct address address;
    const struct listen_options options = {.backlog = 0};
    if (!address_parse(STR("127.0.0.1:1"), 1, &address)) {
        return error_set(err, "no loopback address");
    }
    address_set_port(&address, 0);
    int fd = socket_listen(&address, &options, err);
    if (fd < 0) {
        return false;
    }
    socket_local(fd, &address);
    *port = address_port(&address);
    close(fd);
    return true;
}

/* An address below a wildcard has servers of its own, and so gets a port of its own. */
static bool copied_port_add(struct probe_copy *copy, const struct listener *listener,
                            struct error *err)
{
    struct copied_port *slot = vec_push(copy->arena, &copy->ports, &copy->ports_n, sizeof(*slot));
    slot->listener = listener;
    bool ok = copied_port_new(&slot->port, err);
    for (size_t i = 0; ok && i < listener->specific_n; i++) {
        ok = copied_port_add(copy, listener->specific[i], err);
    }
    return ok;
}

static bool copied_ports(struct probe_copy *copy, struct error *err)
{
    for (size_t i = 0; i < copy->settings->listeners_n; i++) {
        if (!copied_port_add(copy, copy->settings->listeners[i], err)) {
            return false;
        }
    }
    return true;
}

static bool put_listen_at(struct copying *copying, const struct address *address,
                          const struct conf_node *node)
{
    static const struct str KEPT[] = {STR_INIT("ssl"), STR_INIT("http2"),
                                      STR_INIT("default_server"), STR_INIT("default")};
    const struct probe_copy *copy = copying->copy;
    size_t at = 0;
    while (at < copy->ports_n && !address_equal(&copy->ports[at].listener->address, address)) {
        at++;
    }
    if (at == copy->ports_n) {
        return error_set(copying->err, "a \"listen\" in %s:%u has no listener", node->file,
                         node->line);
    }
    buf_printf(copying->out, "listen 127.0.0.1:%u", copy->ports[at].port);
    for (size_t i = 1; node->is_block == false && i < node->n; i++) {
        for (size_t j = 0; j < COUNT_OF(KEPT); j++) {
            if (str_eq(node->args[i], KEPT[j])) {
                buf_printf(copying->out, " %.*s", STR_ARG(KEPT[j]));
            }
        }
    }
    buf_append(copying->out, STR(";\n"));
    return true;
}

/* As the loader reads them: a port, "*:port", an address, or a name with perhaps several. */
static bool copied_addresses(struct copying *copying, struct str text, struct address **out,
                             size_t *n)
{
    struct arena *arena = copying->copy->arena;
    uint64_t port = HTTP_PORT;
    *out = arena_zalloc(arena, sizeof(**out));
    *n = 1;
    if (str_to_u64(text, UINT16_MAX, &port)) {
        text = arena_printf(arena, "0.0.0.0:%u", (unsigned)port);
    } else if (str_starts(text, STR("*"))) {
        text = arena_concat(arena, STR("0.0.0.0"), str_skip(text, 1));
    }
    if (address_parse(text, HTTP_PORT, *out)) {
        return true;
    }
    struct str rest = text;
    struct str host = str_split(&rest, ':');
    if (rest.n && !str_to_u64(rest, UINT16_MAX, &port)) {
        return error_set(copying->err, "invalid port in \"%.*s\"", STR_ARG(text));
    }
    return address_lookup(host, (uint16_t)port, arena, out, n, copying->err);
}

static bool put_listen(struct copying *copying, const struct conf_node *node)
{
    struct address *addresses;
    size_t n;
    if (!copied_addresses(copying, node->args[0], &addresses, &n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!put_listen_at(copying, &addresses[i], node)) {
            return false;
        }
    }
    return true;
}

static bool has_child(const struct conf_node *node, struct str name)
{
    for (const struct conf_node *child = node->children; child; child = child->next) {
        if (str_eq(child->name, name)) {
            return true;
        }
    }
    return false;
}

/* A server block without "listen" has nginx's default. */
static bool put_default_listen(struct copying *copying, const struct conf_node *server)
{
    struct address *address;
    size_t n;
    struct str text = geteuid() == 0 ? STR("80") : STR("8000");
    return has_child(server, STR("listen")) || (copied_addresses(copying, text, &address, &n) &&
                                                put_listen_at(copying, address, server));
}

/* --- CAs and CRLs --- */

static char *copied_path(const struct probe_copy *copy, const char *name)
{
    return arena_cstr(copy->arena, arena_printf(copy->arena, "%s/%s", copy->dir, name));
}

static bool copied_write(const char *path, struct str text, mode_t mode, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    bool ok = fd >= 0 && file_write(fd, text);
    int errnum = errno;
    if (fd >= 0) {
        close(fd);
    }
    return ok || error_errno(err, errnum, "cannot write \"%s\"", path);
}

static struct str pem_of(X509 *cert, struct arena *arena)
{
    BIO *bio = must_have(BIO_new(BIO_s_mem()));
    char *bytes;
    PEM_write_bio_X509(bio, cert);
    long n = BIO_get_mem_data(bio, &bytes);
    struct str pem = arena_dup(arena, (struct str){bytes, (size_t)n});
    BIO_free(bio);
    return pem;
}

/* The CAs of the original, and that of the probe. */
static bool put_trust(struct copying *copying, const struct conf_node *node)
{
    struct probe_copy *copy = copying->copy;
    struct arena *arena = copy->arena;
    struct str text;
    char *from = path_resolve(arena, str_of(copy->settings->conf_prefix), node->args[0]);
    char *path = copied_path(copy, arena_printf(arena, "trust-%zu.pem", copy->files_n++).p);
    if (!file_read(from, COPIED_FILE_MAX, arena, &text, copying->err)) {
        return false;
    }
    const struct str parts[] = {text, STR("\n"), pem_of(copy->ca->cert, arena)};
    text = arena_join(arena, parts, COUNT_OF(parts), STR(""));
    return copied_write(path, text, 0644, copying->err) &&
           put_simple(copying, arena_cstr(arena, node->name), str_of(path));
}

static bool copied_link(const char *target, const char *path, struct error *err)
{
    return symlink(target, path) == 0 || error_errno(err, errno, "symlink() \"%s\"", path);
}

/* A directory with the CRLs of the original, and that of the probe's CA. */
static bool put_crl(struct copying *copying, const struct conf_node *node)
{
    struct probe_copy *copy = copying->copy;
    struct arena *arena = copy->arena;
    struct crl_paths paths;
    struct str from =
        str_of(path_resolve(arena, str_of(copy->settings->conf_prefix), node->args[0]));
    const struct tls_words words = {&from, 1};
    char *dir = copied_path(copy, arena_printf(arena, "crls-%zu", copy->files_n++).p);
    if (mkdir(dir, 0755) != 0) {
        return error_errno(copying->err, errno, "mkdir() \"%s\"", dir);
    }
    crl_paths_look(&words, arena, &paths);
    for (size_t i = 0; i < paths.n; i++) {
        const char *link = arena_printf(arena, "%s/%zu.crl", dir, i).p;
        if (!copied_link(paths.items[i], link, copying->err)) {
            return false;
        }
    }
    return copied_link(copy->crl, arena_printf(arena, "%s/probe.crl", dir).p, copying->err) &&
           put_simple(copying, "ssl_crl", str_of(dir));
}

/* --- backends --- */

static bool is_group(const struct probe_copy *copy, struct str name)
{
    for (size_t i = 0; i < copy->groups_n; i++) {
        if (str_ieq(copy->groups[i], name)) {
            return true;
        }
    }
    return false;
}

/* Keeps what follows the host, as it decides about the path. */
static bool put_pass(struct copying *copying, const struct conf_node *node)
{
    struct probe_copy *copy = copying->copy;
    struct str url = node->args[0];
    bool grpc = str_starts(node->name, STR("grpc"));
    size_t scheme = str_search(url, STR("://"));
    struct str rest = scheme < url.n ? str_skip(url, scheme + 3) : grpc ? url : STR("");
    size_t host_n = str_find(rest, '/');
    if (str_starts(rest, STR("unix:"))) {
        host_n = 5 + str_find(str_skip(rest, 5), ':');
    }
    struct str host = str_head(rest, host_n);
    struct str uri = str_skip(rest, host_n + str_starts(rest, STR("unix:")));
    struct str to =
        is_group(copy, host) ? host : arena_printf(copy->arena, "127.0.0.1:%u", copy->stub_port);
    struct str value = arena_printf(copy->arena, "%s://%.*s%.*s", grpc ? "grpc" : "http",
                                    STR_ARG(to), STR_ARG(uri));
    return put_simple(copying, arena_cstr(copy->arena, node->name), value);
}

static bool put_backend(struct copying *copying, const struct conf_node *node)
{
    buf_printf(copying->out, "server 127.0.0.1:%u", copying->copy->stub_port);
    for (size_t i = 1; i < node->n; i++) {
        bool looks_up =
            str_eq(node->args[i], STR("resolve")) || str_starts(node->args[i], STR("service="));
        if (!looks_up && !put_word(copying, node->args[i])) {
            return false;
        }
    }
    buf_append(copying->out, STR(";\n"));
    return true;
}

static void find_groups(struct probe_copy *copy, const struct conf_node *node)
{
    for (; node; node = node->next) {
        if (node->is_block && str_eq(node->name, STR("upstream")) && node->n == 1) {
            *(struct str *)vec_push(copy->arena, &copy->groups, &copy->groups_n,
                                    sizeof(struct str)) = node->args[0];
        } else if (node->is_block && str_eq(node->name, STR("http"))) {
            find_groups(copy, node->children);
        }
    }
}

/* --- directives --- */

static const struct {
    struct str name;
    bool (*put)(struct copying *copying, const struct conf_node *node);
} ROWS[] = {
    {STR_INIT("listen"), put_listen},
    {STR_INIT("proxy_pass"), put_pass},
    {STR_INIT("grpc_pass"), put_pass},
    {STR_INIT("ssl_client_certificate"), put_trust},
    {STR_INIT("ssl_trusted_certificate"), put_trust},
    {STR_INIT("ssl_crl"), put_crl},
    {STR_INIT("ssl_certificate"), put_file},
    {STR_INIT("ssl_certificate_key"), put_file},
    {STR_INIT("ssl_dhparam"), put_file},
    {STR_INIT("ssl_password_file"), put_file},
    {STR_INIT("ssl_session_ticket_key"), put_file},
    /* The copy has its own. */
    {STR_INIT("daemon"), put_nothing},
    {STR_INIT("pid"), put_nothing},
    {STR_INIT("error_log"), put_nothing},
    {STR_INIT("access_log"), put_nothing},
    {STR_INIT("worker_processes"), put_nothing},
    {STR_INIT("working_directory"), put_nothing},
    {STR_INIT("client_body_temp_path"), put_nothing},
    {STR_INIT("proxy_temp_path"), put_nothing},
    /* They would send something to others. */
    {STR_INIT("proxy_bind"), put_nothing},
    {STR_INIT("grpc_bind"), put_nothing},
    {STR_INIT("resolver"), put_nothing},
    {STR_INIT("resolver_timeout"), put_nothing},
};

/* TLS to backends, and OCSP: the stand-in speaks no TLS, and no responder is asked. */
static bool is_dropped(struct str name)
{
    static const struct str PREFIXES[] = {STR_INIT("proxy_ssl_"), STR_INIT("grpc_ssl_"),
                                          STR_INIT("ssl_ocsp"), STR_INIT("ssl_stapling")};
    for (size_t i = 0; i < COUNT_OF(PREFIXES); i++) {
        if (str_starts(name, PREFIXES[i])) {
            return true;
        }
    }
    return false;
}

/* Blocks whose lines are no directives. */
static bool is_table(const struct conf_node *node)
{
    static const struct str TABLES[] = {STR_INIT("map"), STR_INIT("geo"), STR_INIT("types"),
                                        STR_INIT("split_clients"), STR_INIT("charset_map")};
    for (size_t i = 0; i < COUNT_OF(TABLES); i++) {
        if (str_eq(node->name, TABLES[i])) {
            return true;
        }
    }
    return false;
}

static bool put_nodes(struct copying *copying, const struct conf_node *node, bool verbatim);

static bool put_block_start(struct copying *copying, const struct conf_node *node)
{
    const struct probe_copy *copy = copying->copy;
    bool is_http = str_eq(node->name, STR("http"));
    buf_append(copying->out, is_http ? STR("access_log off;\n") : STR(""));
    if (is_http &&
        !put_simple(copying, "client_body_temp_path", str_of(copied_path(copy, "body")))) {
        return false;
    }
    return !str_eq(node->name, STR("server")) || put_default_listen(copying, node);
}

static bool put_block(struct copying *copying, const struct conf_node *node, bool verbatim)
{
    bool table = verbatim || is_table(node);
    if (!put_node_words(copying, node)) {
        return false;
    }
    buf_append(copying->out, STR(" {\n"));
    if ((!table && !put_block_start(copying, node)) || !put_nodes(copying, node->children, table)) {
        return false;
    }
    buf_append(copying->out, STR("}\n"));
    return true;
}

static bool copy_directive(struct copying *copying, const struct conf_node *node)
{
    if (str_eq(node->name, STR("server"))) {
        return put_backend(copying, node); /* in upstream: the other one is a block */
    }
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        if (str_eq(node->name, ROWS[i].name)) {
            return ROWS[i].put(copying, node);
        }
    }
    if (is_dropped(node->name)) {
        return true;
    }
    bool ok = put_node_words(copying, node);
    buf_append(copying->out, STR(";\n"));
    return ok;
}

static bool put_verbatim(struct copying *copying, const struct conf_node *node)
{
    bool ok = put_node_words(copying, node);
    buf_append(copying->out, STR(";\n"));
    return ok;
}

static bool put_nodes(struct copying *copying, const struct conf_node *node, bool verbatim)
{
    for (; node; node = node->next) {
        bool ok = node->is_block ? put_block(copying, node, verbatim)
                  : verbatim     ? put_verbatim(copying, node)
                                 : copy_directive(copying, node);
        if (!ok) {
            return false;
        }
    }
    return true;
}

bool probe_copy_write(struct probe_copy *copy, struct error *err)
{
    struct buf out = {0};
    struct copying copying = {copy, &out, err};
    copy->path = copied_path(copy, "probe.conf");
    copy->crl = copied_path(copy, "probe.crl");
    find_groups(copy, copy->tree->first);
    buf_append(&out, STR("daemon off;\nworker_processes 1;\n"));
    bool ok = copied_ports(copy, err) && probe_ca_write_crl(copy->ca, NULL, copy->crl, err) &&
              put_simple(&copying, "pid", str_of(copied_path(copy, "pid"))) &&
              put_simple(&copying, "error_log", str_of(copied_path(copy, "error.log"))) &&
              put_nodes(&copying, copy->tree->first, false) &&
              copied_write(copy->path, buf_view(&out), 0600, err);
    buf_deinit(&out);
    return ok;
}
