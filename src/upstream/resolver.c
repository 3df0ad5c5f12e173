/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/resolver.h"

#define CARES_NO_DEPRECATED /* ares_query: what comes in its place is not in c-ares 1.18 */
#include <ares.h>
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/container.h"
#include "base/must.h"
#include "upstream/dns_answer.h"
#include "upstream/later.h"
#include "upstream/name_cache.h"

enum {
    NAME_MAX_LEN = 253, /* RFC 1035, 2.3.4 */
    RESEND_MS = 2000,   /* then the next server is asked */
    SENDS = 16,         /* more than the time allows */
    ALIASES_MAX = 16,   /* followed from one answer to the next question */
    CLASS_IN = 1,
};

struct resolver_query {
    struct resolver_query *next, **at; /* among those of its lookup */
    void (*answer)(void *arg, const struct address *addresses, size_t n, const char *text);
    void *arg;
};

/* A name that is being looked up, and the requests that wait for it. */
struct lookup {
    struct lookup *next, **at; /* in the resolver, oldest first */
    struct resolver *resolver;
    struct later later;
    char *name;
    struct resolver_query *queries;
    uint64_t expires_ms;
    unsigned asked; /* questions that c-ares will call back about */
    bool expired;   /* all queries were told that it took too long */
    struct address *addresses;
    size_t n;
    uint64_t ttl_s; /* the least of all answers */
    const char *text;
};

/* One question of a lookup: for addresses of one family. */
struct question {
    struct lookup *lookup;
    enum dns_type type;
    char *name; /* the lookup's, or one that it is an alias of */
    unsigned aliases;
};

struct resolver {
    struct loop *loop;
    const struct resolver_settings *settings;
    ares_channel channel;
    struct deadline deadline;
    struct later_queue later;
    struct dns_watch *watches;
    struct lookup *lookups;
    struct lookup **last_lookup;
    struct name_cache cache;
    size_t turn;      /* which of several addresses comes first next time */
    unsigned handles; /* still to close */
    bool freed;
};

/* One of c-ares' sockets. Watched through a duplicate: c-ares closes its own. */
struct dns_watch {
    struct watch watch;
    struct dns_watch *next;
    struct resolver *resolver;
    ares_socket_t socket;
};

static char *dup_name(struct str name)
{
    char *p = must_calloc(name.n + 1, 1);
    for (size_t i = 0; i < name.n; i++) {
        p[i] = char_lower(name.p[i]);
    }
    return p;
}

static uint64_t resolver_now_ms(const struct resolver *resolver)
{
    return uv_now(&resolver->loop->uv);
}

/* --- lookups --- */

static void lookup_free(struct lookup *lookup)
{
    assert(!lookup->asked); /* c-ares does not hold it any more */
    assert(*lookup->at == lookup);
    *lookup->at = lookup->next;
    if (lookup->next) {
        lookup->next->at = lookup->at;
    } else {
        lookup->resolver->last_lookup = lookup->at;
    }
    later_cancel(&lookup->resolver->later, &lookup->later);
    struct resolver_query *query = lookup->queries;
    while (query) {
        struct resolver_query *next = query->next;
        free(query);
        query = next;
    }
    free(lookup->name);
    free(lookup->addresses);
    free(lookup);
}

/* So that load spreads over a name's addresses. */
static void rotate(struct lookup *lookup)
{
    size_t n = lookup->n;
    if (n < 2) {
        return;
    }
    size_t shift = lookup->resolver->turn++ % n;
    struct address *turned = must_calloc(n, sizeof(*turned));
    for (size_t i = 0; i < n; i++) {
        turned[i] = lookup->addresses[(i + shift) % n];
    }
    free(lookup->addresses);
    lookup->addresses = turned;
}

/* Calls back all that wait; a callback may cancel others. */
static void resolver_tell_all(struct lookup *lookup)
{
    assert(lookup->n > 0 || lookup->text);
    while (lookup->queries) {
        struct resolver_query *query = lookup->queries;
        lookup->queries = query->next;
        if (query->next) {
            query->next->at = &lookup->queries;
        }
        query->answer(query->arg, lookup->addresses, lookup->n, lookup->text);
        free(query);
    }
}

static void resolver_on_later(struct later *later)
{
    struct lookup *lookup = CONTAINER_OF(later, struct lookup, later);
    rotate(lookup);
    resolver_tell_all(lookup);
    if (lookup->asked) {
        lookup->expired = true; /* c-ares still holds it */
    } else {
        lookup_free(lookup);
    }
}

static struct lookup *lookup_new(struct resolver *resolver, const char *name)
{
    struct lookup *lookup = must_calloc(1, sizeof(*lookup));
    lookup->resolver = resolver;
    lookup->later.run = resolver_on_later;
    lookup->name = dup_name(str_of(name));
    lookup->expires_ms = resolver_now_ms(resolver) + resolver->settings->timeout_ms;
    lookup->at = resolver->last_lookup;
    *resolver->last_lookup = lookup;
    resolver->last_lookup = &lookup->next;
    return lookup;
}

/* --- c-ares --- */

struct status_text {
    int status;
    const char *text;
};

/* The codes of RFC 1035, 4.1.1, as nginx words them. */
static const struct status_text status_texts[] = {
    {ARES_EFORMERR, "(1: Format error)"},       {ARES_ESERVFAIL, "(2: Server failure)"},
    {ARES_ENOTFOUND, "(3: Host not found)"},    {ARES_ENODATA, "(3: Host not found)"},
    {ARES_EBADNAME, "(3: Host not found)"},     {ARES_ENOTIMP, "(4: Unimplemented)"},
    {ARES_EREFUSED, "(5: Operation refused)"},  {ARES_ETIMEOUT, "(110: Operation timed out)"},
    {ARES_ECONNREFUSED, "(2: Server failure)"},
};

static const char *text_of(int status)
{
    for (size_t i = 0; i < COUNT_OF(status_texts); i++) {
        if (status_texts[i].status == status) {
            return status_texts[i].text;
        }
    }
    return "(2: Server failure)";
}

static void take_addresses(struct lookup *lookup, const struct dns_answer *answer)
{
    assert(answer->n > 0);
    size_t n = lookup->n + answer->n;
    struct address *addresses = must_calloc(n, sizeof(*addresses));
    if (lookup->n) {
        memcpy(addresses, lookup->addresses, lookup->n * sizeof(*addresses));
    }
    memcpy(addresses + lookup->n, answer->addresses, answer->n * sizeof(*addresses));
    free(lookup->addresses);
    lookup->addresses = addresses;
    lookup->n = n;
    lookup->ttl_s = answer->ttl_s < lookup->ttl_s ? answer->ttl_s : lookup->ttl_s;
}

static void ask_server(struct question *question);

/* An answer without addresses that names another name: the question is put again, for that. */
static bool follow_alias(struct question *question, const struct dns_answer *answer)
{
    if (!answer->alias || question->aliases == ALIASES_MAX) {
        return false;
    }
    question->aliases++;
    free(question->name);
    question->name = dup_name(str_of(answer->alias));
    ask_server(question);
    return true;
}

static void question_free(struct question *question)
{
    free(question->name);
    free(question);
}

/* All questions are answered. */
static void resolver_finish(struct lookup *lookup)
{
    struct resolver *resolver = lookup->resolver;
    uint64_t valid_ms = resolver->settings->valid_ms;
    if (lookup->n) {
        uint64_t ttl_ms = valid_ms ? valid_ms : lookup->ttl_s * 1000;
        lookup->text = NULL;
        name_cache_put(&resolver->cache, lookup->name, lookup->addresses, lookup->n,
                       resolver_now_ms(resolver), resolver_now_ms(resolver) + ttl_ms);
    }
    later_add(&resolver->later, &lookup->later);
}

/* True: the question has been put again. */
static bool take_answer(struct question *question, int status, const unsigned char *message,
                        int size)
{
    struct lookup *lookup = question->lookup;
    struct dns_answer answer = {0};
    bool again = false;
    if (status == ARES_SUCCESS &&
        !dns_answer_read(message, (size_t)size, question->name, question->type, &answer)) {
        status = ARES_EFORMERR;
    }
    if (answer.n) {
        take_addresses(lookup, &answer);
    } else {
        again = follow_alias(question, &answer);
        lookup->text = text_of(status == ARES_SUCCESS ? ARES_ENODATA : status);
    }
    dns_answer_deinit(&answer);
    return again;
}

static void resolver_on_answer(void *arg, int status, int timeouts, unsigned char *message,
                               int size)
{
    (void)timeouts;
    struct question *question = arg;
    struct lookup *lookup = question->lookup;
    assert(lookup->asked > 0);
    bool is_over = lookup->expired || lookup->resolver->freed;
    if (!is_over && take_answer(question, status, message, size)) {
        return;
    }
    question_free(question);
    if (--lookup->asked) {
        return;
    }
    if (is_over) {
        lookup_free(lookup);
    } else {
        resolver_finish(lookup);
    }
}

/* The name is asked for as it is: c-ares would answer "localhost" by itself elsewhere. */
static void ask_server(struct question *question)
{
    ares_query(question->lookup->resolver->channel, question->name, CLASS_IN, (int)question->type,
               resolver_on_answer, question);
}

static void expire_lookups(struct resolver *resolver)
{
    for (struct lookup *lookup = resolver->lookups; lookup; lookup = lookup->next) {
        if (lookup->asked && !lookup->expired && lookup->expires_ms <= resolver_now_ms(resolver)) {
            lookup->text = text_of(ARES_ETIMEOUT);
            lookup->expires_ms = UINT64_MAX;
            later_add(&resolver->later, &lookup->later);
        }
    }
}

/* The nearer of what c-ares waits for and the first lookup's end. */
static void resolver_set_deadline(struct resolver *resolver)
{
    uint64_t wait_ms = UINT64_MAX;
    struct timeval tv;
    if (ares_timeout(resolver->channel, NULL, &tv)) {
        wait_ms = (uint64_t)tv.tv_sec * 1000 + (uint64_t)tv.tv_usec / 1000 + 1;
    }
    for (struct lookup *lookup = resolver->lookups; lookup; lookup = lookup->next) {
        if (lookup->asked && !lookup->expired && lookup->expires_ms != UINT64_MAX) {
            uint64_t now = resolver_now_ms(resolver);
            uint64_t left = lookup->expires_ms > now ? lookup->expires_ms - now : 0;
            wait_ms = left < wait_ms ? left : wait_ms;
            break;
        }
    }
    if (wait_ms == UINT64_MAX) {
        deadline_clear(&resolver->deadline);
    } else {
        deadline_set(&resolver->deadline, wait_ms);
    }
}

static void on_deadline(struct deadline *deadline)
{
    struct resolver *resolver = CONTAINER_OF(deadline, struct resolver, deadline);
    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    expire_lookups(resolver);
    resolver_set_deadline(resolver);
}

static void resolver_on_socket(struct watch *watch, int events)
{
    struct dns_watch *dns = CONTAINER_OF(watch, struct dns_watch, watch);
    struct resolver *resolver = dns->resolver;
    ares_socket_t socket = dns->socket;
    ares_process_fd(resolver->channel, events & WATCH_READ ? socket : ARES_SOCKET_BAD,
                    events & WATCH_WRITE ? socket : ARES_SOCKET_BAD);
    resolver_set_deadline(resolver);
}

static void resolver_handle_closed(struct resolver *resolver)
{
    assert(resolver->handles > 0);
    if (--resolver->handles == 0) {
        free(resolver);
    }
}

static void on_socket_closed(struct watch *watch)
{
    struct dns_watch *dns = CONTAINER_OF(watch, struct dns_watch, watch);
    resolver_handle_closed(dns->resolver);
    free(dns);
}

static struct dns_watch *watch_socket(struct resolver *resolver, ares_socket_t socket)
{
    struct error err;
    struct dns_watch *dns = must_calloc(1, sizeof(*dns));
    int fd = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (fd < 0 || !watch_init(&dns->watch, resolver->loop, fd, resolver_on_socket, &err)) {
        if (fd >= 0) {
            close(fd);
        }
        free(dns);
        return NULL; /* the lookup runs into its time limit */
    }
    dns->resolver = resolver;
    dns->socket = socket;
    dns->next = resolver->watches;
    resolver->watches = dns;
    resolver->handles++;
    return dns;
}

/* c-ares says what it waits for on a socket; nothing: it is about to close it. */
static void on_socket_state(void *arg, ares_socket_t socket, int readable, int writable)
{
    struct resolver *resolver = arg;
    struct dns_watch **at = &resolver->watches;
    while (*at && (*at)->socket != socket) {
        at = &(*at)->next;
    }
    struct dns_watch *dns = *at;
    if (!readable && !writable) {
        if (dns) {
            *at = dns->next;
            watch_close(&dns->watch, on_socket_closed);
        }
        return;
    }
    if (!dns) {
        dns = watch_socket(resolver, socket);
    }
    if (dns) {
        watch_arm(&dns->watch, (readable ? WATCH_READ : 0) | (writable ? WATCH_WRITE : 0));
    }
}

static bool set_servers(struct resolver *resolver, struct error *err)
{
    struct buf list = {0};
    for (size_t i = 0; i < resolver->settings->servers_n; i++) {
        char text[ADDRESS_TEXT_MAX];
        buf_printf(&list, "%s%s", i ? "," : "",
                   address_text(&resolver->settings->servers[i], text).p);
    }
    buf_byte(&list, '\0');
    int code = ares_set_servers_ports_csv(resolver->channel, list.data);
    buf_deinit(&list);
    return code == ARES_SUCCESS || error_set(err, "resolver: %s", ares_strerror(code));
}

static bool open_channel(struct resolver *resolver, struct error *err)
{
    char nowhere[] = "/dev/null";
    char dns_only[] = "b";
    struct ares_options options = {
        .flags = ARES_FLAG_NOSEARCH,
        .timeout = RESEND_MS,
        .tries = SENDS,
        .lookups = dns_only, /* as nginx: not /etc/hosts */
        .resolvconf_path = nowhere,
        .sock_state_cb = on_socket_state,
        .sock_state_cb_data = resolver,
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
               ARES_OPT_RESOLVCONF | ARES_OPT_SOCK_STATE_CB | ARES_OPT_ROTATE;
#ifdef ARES_OPT_QUERY_CACHE
    mask |= ARES_OPT_QUERY_CACHE; /* of 0 s: what is known, and how long, is our business */
#endif
    int code = ares_init_options(&resolver->channel, &options, mask);
    return code == ARES_SUCCESS ||
           error_set(err, "ares_init_options() failed (%s)", ares_strerror(code));
}

bool resolver_new(struct loop *loop, const struct resolver_settings *settings,
                  struct resolver **out, struct error *err)
{
    assert(settings->servers_n > 0);
    struct resolver *resolver = must_calloc(1, sizeof(*resolver));
    resolver->loop = loop;
    resolver->settings = settings;
    resolver->last_lookup = &resolver->lookups;
    if (!open_channel(resolver, err)) {
        free(resolver);
        return false;
    }
    if (!set_servers(resolver, err)) {
        ares_destroy(resolver->channel);
        free(resolver);
        return false;
    }
    deadline_init(&resolver->deadline, loop, on_deadline);
    later_queue_init(&resolver->later, loop);
    resolver->handles = 2;
    *out = resolver;
    return true;
}

static void resolver_on_deadline_closed(struct deadline *deadline)
{
    resolver_handle_closed(CONTAINER_OF(deadline, struct resolver, deadline));
}

static void resolver_on_later_closed(struct later_queue *queue)
{
    resolver_handle_closed(CONTAINER_OF(queue, struct resolver, later));
}

void resolver_free(struct resolver *resolver)
{
    if (!resolver) {
        return;
    }
    resolver->freed = true;
    ares_destroy(resolver->channel); /* calls back for each lookup, and for each socket */
    struct lookup *lookup = resolver->lookups;
    while (lookup) {
        struct lookup *next = lookup->next;
        lookup_free(lookup);
        lookup = next;
    }
    name_cache_deinit(&resolver->cache);
    deadline_close(&resolver->deadline, resolver_on_deadline_closed);
    later_queue_close(&resolver->later, resolver_on_later_closed);
}

/* --- asking --- */

static bool is_name(struct str name)
{
    if (name.n == 0 || name.n > NAME_MAX_LEN) {
        return false;
    }
    return memchr(name.p, '\0', name.n) == NULL;
}

static struct question *question_new(struct lookup *lookup, enum dns_type type)
{
    struct question *question = must_calloc(1, sizeof(*question));
    question->lookup = lookup;
    question->type = type;
    question->name = dup_name(str_of(lookup->name));
    return question;
}

static void ask_servers(struct lookup *lookup)
{
    struct resolver *resolver = lookup->resolver;
    const struct resolver_settings *settings = resolver->settings;
    bool ipv4 = settings->ipv4 || !settings->ipv6;
    lookup->ttl_s = UINT32_MAX;
    lookup->asked = (unsigned)ipv4 + settings->ipv6; /* an answer may come at once */
    assert(lookup->asked > 0);
    if (ipv4) {
        ask_server(question_new(lookup, DNS_A));
    }
    if (settings->ipv6) {
        ask_server(question_new(lookup, DNS_AAAA));
    }
    resolver_set_deadline(resolver);
}

/* A lookup of that name that others wait for already. */
static struct lookup *lookup_find(struct resolver *resolver, const char *name)
{
    for (struct lookup *lookup = resolver->lookups; lookup; lookup = lookup->next) {
        if (lookup->asked && lookup->expires_ms != UINT64_MAX && strcmp(lookup->name, name) == 0) {
            return lookup;
        }
    }
    return NULL;
}

static struct lookup *lookup_start(struct resolver *resolver, struct str name)
{
    char *text = dup_name(is_name(name) ? name : STR(""));
    const struct cached_name *known =
        name_cache_get(&resolver->cache, text, resolver_now_ms(resolver));
    struct lookup *lookup = known ? NULL : lookup_find(resolver, text);
    if (!lookup) {
        lookup = lookup_new(resolver, text);
        if (known) {
            lookup->addresses = addresses_dup(known->addresses, known->n);
            lookup->n = known->n;
            later_add(&resolver->later, &lookup->later);
        } else if (*text == '\0') {
            lookup->text = text_of(ARES_EBADNAME);
            later_add(&resolver->later, &lookup->later);
        } else {
            ask_servers(lookup);
        }
    }
    free(text);
    return lookup;
}

struct resolver_query *resolver_ask(struct resolver *resolver, struct str name,
                                    void (*answer)(void *arg, const struct address *addresses,
                                                   size_t n, const char *text),
                                    void *arg)
{
    assert(answer);
    struct lookup *lookup = lookup_start(resolver, name);
    struct resolver_query *query = must_calloc(1, sizeof(*query));
    query->answer = answer;
    query->arg = arg;
    query->at = &lookup->queries;
    query->next = lookup->queries;
    if (query->next) {
        query->next->at = &query->next;
    }
    lookup->queries = query;
    return query;
}

void resolver_cancel(struct resolver_query *query)
{
    assert(*query->at == query); /* not yet answered */
    *query->at = query->next;
    if (query->next) {
        query->next->at = query->at;
    }
    free(query);
}
