/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of a whole configuration. load/ builds them from the directive tables. After that
 * they do not change; all threads share them; they are freed with their arena.
 */
#ifndef SITE_SETTINGS_H
#define SITE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"
#include "base/strmap.h"
#include "http/field_names.h"
#include "net/address.h"
#include "net/socket.h"
#include "script/geo.h"
#include "script/program.h"
#include "script/template.h"
#include "tls/server.h"
#include "tls/settings.h"
#include "upstream/fetch.h"
#include "upstream/group.h"
#include "upstream/resolver.h"

struct access_check; /* site/access.h */
struct policy;       /* policy/policy.h */
struct handler;      /* gate/request.h */
struct hooks;        /* gate/hooks.h */
struct scope_host;   /* script/scope.h */
struct location;
struct server;

/* The directive that sets a field of a message. */
struct field_place {
    const char *directive;
    const char *file;
    unsigned line;
    bool warned; /* while loading: the warning about its value was logged */
};

struct error_page {
    int status;    /* the status that it is for */
    int overwrite; /* =N: answer with N; -1: keep; 0: "=" alone, the code of the page's own answer
                    */
    struct template target; /* "/uri", "@name", or a URL */
    const char *file;       /* where it is written */
    unsigned line;
};

struct error_pages {
    struct error_page *items;
    size_t n;
};

struct texts {
    struct template *items;
    size_t n;
};

struct access_checks {
    const struct access_check *const *items;
    size_t n;
    unsigned any; /* 1: satisfy any */
};

/* client_access: which clients may come in. */
struct client_access {
    struct str name;             /* of the policy; empty: none, or off */
    const struct policy *policy; /* found when all is read; NULL: none */
    unsigned report;             /* 1: what it denies is logged and allowed */
    const char *file;            /* the place of client_access; NULL: there is none */
    unsigned line;
    bool opened;           /* off, inside of a block that has a policy */
    const char *mode_file; /* the place of client_access_mode */
    unsigned mode_line;
};

/* client_identity_headers: how backends are told the client's certificate. */
enum identity_headers {
    IDENTITY_HEADERS_OFF,
    IDENTITY_HEADERS_RFC9440,
    IDENTITY_HEADERS_XFCC,
};

struct hook_list {
    const struct hooks *const *items;
    size_t n;
};

struct location_hooks { /* by the point at which they are called */
    struct hook_list head;
    struct hook_list content_type;
    struct hook_list trailers;
    struct hook_list ended;
};

struct try_files {
    struct template *paths; /* a last '/' asks for a directory */
    size_t n;
    int status;             /* =code as the last parameter, else 0 */
    struct template target; /* last parameter: a URI or @name, when status is 0 */
    bool set;
};

/* Where files are, and what they are. */
struct files_settings {
    struct template root;
    const void *root_level; /* while loading: the level that sets root or alias */
    size_t alias; /* alias: how much of the path root replaces (ALIAS_WHOLE: all); 0: root */
    struct strmap *types; /* extension -> struct str *, ignoring case */
    struct str default_type;
};

struct body_settings { /* client_max_body_size, client_body_… */
    uint64_t max_size; /* 0: no limit */
    uint64_t buffer_size;
    uint64_t timeout_ms;
    char *temp_path;
};

struct keepalive_settings {
    uint64_t timeout_ms; /* 0: no keep-alive */
    uint64_t header_s;   /* "Keep-Alive: timeout=" when not 0 */
    uint64_t requests;
    uint64_t time_ms;
};

struct lingering_settings {
    unsigned mode; /* enum lingering */
    uint64_t time_ms;
    uint64_t timeout_ms;
};

struct redirect_settings { /* how a Location of yett's own is written */
    bool absolute;         /* absolute_redirect */
    bool with_port;        /* port_in_redirect */
    bool with_name;        /* server_name_in_redirect */
};

/* The settings for a request in a location; inherited by copy from http through server to location
 * and if. */
struct location_settings {
    const struct location
        *location; /* the location block, for error messages and nesting; NULL: the server itself */
    const struct handler *handler; /* not inherited by servers and locations */
    struct program program;        /* set, if, rewrite, return; not inherited */

    struct files_settings files;
    struct try_files try_files; /* not inherited */
    bool internal;              /* not inherited */

    struct error_pages error_pages;
    bool recursive_error_pages;
    unsigned limit_except;                   /* methods exempt; 0: no limit_except. Not inherited */
    const struct location_settings *limited; /* the settings for the other methods */

    const struct log *log; /* error_log */
    bool rewrite_log;
    bool uninitialized_variable_warn;

    struct body_settings body;
    struct keepalive_settings keepalive;
    struct lingering_settings lingering;
    uint64_t send_timeout_ms;
    bool reset_timedout_connection;
    struct redirect_settings redirects;
    unsigned server_tokens; /* enum server_tokens */
    bool chunked_transfer_encoding;
    struct texts early_hints; /* one that is not empty and not "0" lets a backend's 103 pass */
    uint64_t http2_chunk_size;

    const struct resolver_settings *resolver;
    uint64_t resolver_timeout_ms;

    void *const *modules; /* the settings of each module: modules/list.h numbers them */
    struct access_checks access;
    struct client_access client_access;
    unsigned identity_headers; /* enum identity_headers */
    struct location_hooks hooks;
    bool slash_redirect;    /* "/x" is redirected to this location "/x/"; not inherited */
    uint64_t answer_memory; /* bytes of a backend's response that the handler may keep */
};

/* An alias in a regex location is the file name itself. */
#define ALIAS_WHOLE SIZE_MAX

enum lingering { LINGERING_OFF, LINGERING_ON, LINGERING_ALWAYS };
enum server_tokens { SERVER_TOKENS_ON, SERVER_TOKENS_OFF, SERVER_TOKENS_BUILD };

enum location_kind {
    LOCATION_PREFIX,
    LOCATION_PREFIX_FINAL /* ^~ */,
    LOCATION_EXACT,
    LOCATION_REGEX,
    LOCATION_NAMED
};

/* The locations of one level: a server's, or those nested in a location. */
struct locations {
    struct location **prefixes; /* exact and prefix ones, longest name first, exact before prefix */
    size_t prefixes_n;
    struct location **regexes; /* in the order written */
    size_t regexes_n;
    struct location **named; /* of a server only */
    size_t named_n;
};

struct location {
    enum location_kind kind;
    struct str name;
    const struct regex *regex;
    bool ignore_case;   /* of the regex */
    bool auto_redirect; /* "/x/" with slash_redirect: "/x" is redirected with 301 */
    struct location_settings settings;
    struct locations nested;
    const struct location *parent; /* that it is nested in, or NULL */
    const char *file;
    unsigned line;
};

struct head_buffers { /* large_client_header_buffers */
    uint64_t n;
    uint64_t size;
};

struct server_name {
    struct str name;           /* as written, lower case */
    const struct regex *regex; /* "~…" */
};

/* The settings of a server before the location is known; inherited by copy from http to server. */
struct server_settings {
    struct tls_server_settings tls;
    uint64_t client_header_timeout_ms;
    uint64_t client_header_buffer_size;
    struct head_buffers large_headers;
    uint64_t max_headers;
    uint64_t http2_max_streams;
    uint64_t http2_window; /* http2_body_preread_size */
    bool ignore_invalid_headers;
    bool underscores_in_headers;
    bool merge_slashes;
    bool ssl_on; /* while loading: "ssl on", and its place */
    const char *ssl_file;
    unsigned ssl_line;
};

/* An OCSP responder. */
struct ocsp_responder {
    struct fetch_url url;
    struct address *addresses; /* looked up while loading, if there is no resolver */
    size_t addresses_n;
};

struct server {
    struct server_settings settings;
    struct location_settings root; /* outside any location; its program is the server's */
    struct locations locations;
    struct server_name *names;
    size_t names_n;
    struct str name; /* $server_name: the first, "" without */
    const struct ocsp_responder
        *ocsp_responder;           /* ssl_ocsp_responder; NULL: the one named in the certificate */
    struct ocsp_cache *ocsp_cache; /* ssl_ocsp_cache; NULL: off */
    struct tls_server *tls;        /* borrowed; NULL: no listen … ssl, or no certificate */
    const char *file;
    unsigned line;
    size_t number; /* in settings->servers */
};

struct name_mask {
    struct str rest; /* of "*.rest" and "rest.*" */
    const struct server *server;
    bool with_self; /* ".rest" also means "rest" */
};

struct name_regex {
    const struct regex *regex;
    const struct server *server;
};

/* The servers that listen on one address, by name. */
struct listener {
    struct address address;
    struct str text; /* as nginx writes it: "0.0.0.0:443" */
    struct listen_options options;
    bool ssl;
    bool wildcard;              /* any local address: the socket knows the real one */
    struct listener **specific; /* listeners on single addresses of the same port */
    size_t specific_n;
    const struct server *fallback; /* default_server, or the first */
    struct strmap exact;           /* name -> struct server * */
    struct name_mask *suffixes;    /* "*.example.org", longest first */
    size_t suffixes_n;
    struct name_mask *prefixes; /* "www.*", longest first */
    size_t prefixes_n;
    struct name_regex *regexes;
    size_t regexes_n;
};

struct settings {
    struct arena arena;
    struct variables vars;
    const struct scope_host *host; /* reads the variables of a live request */
    struct listener **listeners;
    size_t listeners_n;
    struct server **servers;
    size_t servers_n;
    struct policy **policies; /* of client_policy blocks */
    size_t policies_n;
    struct field_names identity_fields; /* that tell a backend who the client is: those of a client
                                           itself go no further, in any location */
    struct shared_servers *tls_servers; /* those of the servers; each may belong to several */
    struct upstream_group **groups;     /* of upstream blocks and of proxy_pass addresses */
    size_t groups_n;
    const char *prefix;      /* for relative names that come from variables: as -p */
    const char *conf_prefix; /* the same for certificates and keys: the configuration's folder */
    const struct log *log;   /* the process's: error_log of the main context */
    uint64_t threads;
    uint64_t connections;         /* worker_connections: of each thread */
    uint64_t shutdown_timeout_ms; /* worker_shutdown_timeout; 0: none */
};

/* While loading: the group with that name, or NULL. */
struct upstream_group *settings_group(struct settings *settings, struct str name);
/* While loading: a new group, numbered. The name is borrowed. */
struct upstream_group *settings_add_group(struct settings *settings, struct str name);

/* The page of error_page for a status; NULL: there is none. */
const struct error_page *error_page_of(const struct location_settings *location, int status);

#endif
