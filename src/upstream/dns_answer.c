/* SPDX-License-Identifier: Apache-2.0 */
/* What a name server answered to a question for addresses (RFC 1035, 4.1). */
#include "upstream/dns_answer.h"

#include <ares.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

enum {
    HEADER_SIZE = 12,
    QUESTION_TAIL = 4, /* type and class */
    RECORD_TAIL = 10,  /* type, class, TTL, length of the data */
    TYPE_CNAME = 5,
    CLASS_IN = 1,
    RECORDS_MAX = 256, /* more are read, but do not count */
};

struct record {
    char *owner;
    unsigned type;
    uint32_t ttl_s;
    size_t data; /* offset */
    size_t n;
};

struct message {
    const unsigned char *bytes;
    size_t size;
    size_t at;
    struct record records[RECORDS_MAX];
    size_t n;
};

static unsigned dns_answer_get16(const unsigned char *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/* The name at `at`, decompressed; *used is how much of the message it takes there. */
static char *dns_answer_take_name(const struct message *message, size_t at, size_t *used)
{
    char *name;
    long n;
    if (at >= message->size || ares_expand_name(message->bytes + at, message->bytes,
                                                (int)message->size, &name, &n) != ARES_SUCCESS) {
        return NULL;
    }
    *used = (size_t)n;
    return name;
}

static bool skip_question(struct message *message)
{
    assert(message->at <= message->size);
    size_t used;
    char *name = dns_answer_take_name(message, message->at, &used);
    ares_free_string(name);
    if (!name || message->size - message->at < used + QUESTION_TAIL) {
        return false;
    }
    message->at += used + QUESTION_TAIL;
    return true;
}

static void keep_record(struct message *message, const struct record *record, unsigned class)
{
    if (class == CLASS_IN && message->n < RECORDS_MAX) {
        message->records[message->n++] = *record;
    } else {
        ares_free_string(record->owner);
    }
}

static bool take_record(struct message *message)
{
    assert(message->at <= message->size);
    size_t used;
    char *owner = dns_answer_take_name(message, message->at, &used);
    if (!owner || message->size - message->at < used + RECORD_TAIL) {
        ares_free_string(owner);
        return false;
    }
    const unsigned char *p = message->bytes + message->at + used;
    struct record record = {
        .owner = owner,
        .type = dns_answer_get16(p),
        .ttl_s = (uint32_t)dns_answer_get16(p + 4) << 16 | dns_answer_get16(p + 6),
        .data = message->at + used + RECORD_TAIL,
        .n = dns_answer_get16(p + 8),
    };
    if (message->size - record.data < record.n) {
        ares_free_string(owner);
        return false;
    }
    message->at = record.data + record.n;
    keep_record(message, &record, dns_answer_get16(p + 2));
    return true;
}

static bool take_records(struct message *message)
{
    if (message->size < HEADER_SIZE || message->size > UINT16_MAX) {
        return false;
    }
    unsigned questions = dns_answer_get16(message->bytes + 4);
    unsigned answers = dns_answer_get16(message->bytes + 6);
    message->at = HEADER_SIZE;
    while (questions--) {
        if (!skip_question(message)) {
            return false;
        }
    }
    while (answers--) {
        if (!take_record(message)) {
            return false;
        }
    }
    return true;
}

/* Names are the same in any case (RFC 4343); the last dot of one that we ask for is left out. */
static bool is_same(const char *a, const char *b)
{
    struct str x = str_of(a), y = str_of(b);
    x.n -= str_ends(x, STR("."));
    y.n -= str_ends(y, STR("."));
    return str_ieq(x, y);
}

static void note_ttl(struct dns_answer *out, const struct record *record)
{
    out->ttl_s = record->ttl_s < out->ttl_s ? record->ttl_s : out->ttl_s;
}

/* The name that `name` is another one for, or NULL. */
static char *dns_answer_follow(const struct message *message, const char *name,
                               struct dns_answer *out)
{
    for (size_t i = 0; i < message->n; i++) {
        const struct record *record = &message->records[i];
        size_t used;
        if (record->type == TYPE_CNAME && is_same(record->owner, name)) {
            char *target = dns_answer_take_name(message, record->data, &used);
            if (target && used != record->n) {
                ares_free_string(target); /* more, or less, than its data */
                target = NULL;
            }
            note_ttl(out, record);
            return target;
        }
    }
    return NULL;
}

static bool read_address(const struct message *message, const struct record *record,
                         enum dns_type type, struct address *out)
{
    assert(record->data <= message->size && record->n <= message->size - record->data);
    const unsigned char *data = message->bytes + record->data;
    *out = (struct address){0};
    if (type == DNS_A && record->n == sizeof(out->u.in.sin_addr)) {
        out->u.in.sin_family = AF_INET;
        memcpy(&out->u.in.sin_addr, data, record->n);
        out->len = sizeof(out->u.in);
        return true;
    }
    if (type == DNS_AAAA && record->n == sizeof(out->u.in6.sin6_addr)) {
        out->u.in6.sin6_family = AF_INET6;
        memcpy(&out->u.in6.sin6_addr, data, record->n);
        out->len = sizeof(out->u.in6);
        return true;
    }
    return false;
}

static void dns_answer_collect(const struct message *message, const char *name, enum dns_type type,
                               struct dns_answer *out)
{
    out->addresses = must_calloc(message->n + 1, sizeof(*out->addresses));
    for (size_t i = 0; i < message->n; i++) {
        const struct record *record = &message->records[i];
        if (record->type == type && is_same(record->owner, name) &&
            read_address(message, record, type, &out->addresses[out->n])) {
            note_ttl(out, record);
            out->n++;
        }
    }
}

/* Each CNAME is followed once at most, so a circle of them ends. */
static void resolve(const struct message *message, const char *name, enum dns_type type,
                    struct dns_answer *out)
{
    char *alias = NULL;
    for (size_t hops = 0; hops < message->n; hops++) {
        char *next = dns_answer_follow(message, alias ? alias : name, out);
        if (!next) {
            break;
        }
        ares_free_string(alias);
        alias = next;
    }
    dns_answer_collect(message, alias ? alias : name, type, out);
    if (out->n == 0 && alias && !is_same(alias, name)) {
        out->alias = must_have(strdup(alias));
    }
    ares_free_string(alias);
}

bool dns_answer_read(const unsigned char *bytes, size_t size, const char *name, enum dns_type type,
                     struct dns_answer *out)
{
    *out = (struct dns_answer){.ttl_s = UINT32_MAX};
    struct message *message = must_calloc(1, sizeof(*message));
    message->bytes = bytes;
    message->size = size;
    bool ok = take_records(message);
    if (ok) {
        resolve(message, name, type, out);
    }
    for (size_t i = 0; i < message->n; i++) {
        ares_free_string(message->records[i].owner);
    }
    free(message);
    return ok;
}

void dns_answer_deinit(struct dns_answer *answer)
{
    free(answer->addresses);
    free(answer->alias);
    *answer = (struct dns_answer){0};
}
