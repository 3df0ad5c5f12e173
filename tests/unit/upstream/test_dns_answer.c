/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of name servers, whole, cut and forged. */
#include "upstream/dns_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"

enum { TYPE_CNAME = 5, TYPE_TXT = 16, TTL = 60 };

static void put16(struct buf *out, unsigned v)
{
    buf_byte(out, (char)(v >> 8));
    buf_byte(out, (char)v);
}

static void put_name(struct buf *out, const char *name)
{
    struct str rest = str_of(name);
    while (rest.n) {
        struct str label = str_split(&rest, '.');
        buf_byte(out, (char)label.n);
        buf_append(out, label);
    }
    buf_byte(out, '\0');
}

static void put_head(struct buf *out, unsigned answers)
{
    put16(out, 7);
    put16(out, 0x8180);
    put16(out, 1);
    put16(out, answers);
    put16(out, 0);
    put16(out, 0);
    put_name(out, "app.test");
    put16(out, DNS_A);
    put16(out, 1);
}

static void put_record(struct buf *out, const char *owner, unsigned type, unsigned class,
                       unsigned ttl, struct str data)
{
    put_name(out, owner);
    put16(out, type);
    put16(out, class);
    put16(out, 0);
    put16(out, ttl);
    put16(out, (unsigned)data.n);
    buf_append(out, data);
}

static void put_alias(struct buf *out, const char *owner, const char *target, unsigned ttl)
{
    struct buf name = {0};
    put_name(&name, target);
    put_record(out, owner, TYPE_CNAME, 1, ttl, buf_view(&name));
    buf_deinit(&name);
}

static bool read_all(const struct buf *message, struct dns_answer *answer)
{
    struct str bytes = buf_view(message);
    return dns_answer_read((const unsigned char *)bytes.p, bytes.n, "app.test", DNS_A, answer);
}

static void addresses_of_the_name_count(void **state)
{
    struct buf message = {0};
    struct dns_answer answer;
    char text[ADDRESS_TEXT_MAX];
    put_head(&message, 6);
    put_record(&message, "app.test", DNS_A, 1, TTL, STR("\x0a\0\0\x01"));
    put_record(&message, "APP.Test", DNS_A, 1, TTL / 2, STR("\x0a\0\0\x02"));
    put_record(&message, "other.test", DNS_A, 1, 1, STR("\x0a\0\0\x03")); /* not asked for */
    put_record(&message, "app.test", DNS_A, 1, 1, STR("\x0a\0\0"));       /* no address */
    put_record(&message, "app.test", DNS_A, 3, 1, STR("\x0a\0\0\x04"));   /* another class */
    put_record(&message, "app.test", TYPE_TXT, 1, 1, STR("text"));
    assert_true(read_all(&message, &answer));
    assert_int_equal(answer.n, 2);
    assert_true(str_eq(address_text(&answer.addresses[1], text), STR("10.0.0.2:0")));
    assert_int_equal(answer.ttl_s, TTL / 2);
    assert_null(answer.alias);
    dns_answer_deinit(&answer);

    struct str bytes = buf_view(&message);
    for (size_t n = 0; n < bytes.n; n++) {
        unsigned char *cut = malloc(n + 1);
        memcpy(cut, bytes.p, n);
        assert_false(dns_answer_read(cut, n, "app.test", DNS_A, &answer));
        dns_answer_deinit(&answer);
        free(cut);
    }
    buf_deinit(&message);
}

static void aliases_lead_on(void **state)
{
    struct buf message = {0};
    struct dns_answer answer;
    put_head(&message, 3);
    put_record(&message, "c.test", DNS_A, 1, TTL, STR("\x0a\0\0\x01"));
    put_alias(&message, "b.test", "c.test", 5);
    put_alias(&message, "app.test", "b.test", TTL);
    assert_true(read_all(&message, &answer));
    assert_int_equal(answer.n, 1);
    assert_int_equal(answer.ttl_s, 5);
    assert_null(answer.alias);
    dns_answer_deinit(&answer);
    buf_deinit(&message);

    put_head(&message, 3);
    put_alias(&message, "app.test", "b.test", TTL);
    put_alias(&message, "b.test", "c.test", 5);
    put_record(&message, "b.test", DNS_A, 1, TTL, STR("\x0a\0\0\x01"));
    assert_true(read_all(&message, &answer));
    assert_int_equal(answer.n, 0);
    assert_string_equal(answer.alias, "c.test");
    dns_answer_deinit(&answer);
    buf_deinit(&message);
}

static void aliases_of_others_and_circles_lead_nowhere(void **state)
{
    struct buf message = {0};
    struct dns_answer answer;
    put_head(&message, 1);
    put_alias(&message, "other.test", "c.test", 5);
    assert_true(read_all(&message, &answer));
    assert_true(answer.n == 0 && !answer.alias);
    dns_answer_deinit(&answer);
    buf_deinit(&message);

    put_head(&message, 2);
    put_alias(&message, "app.test", "b.test", TTL);
    put_alias(&message, "b.test", "app.test", TTL);
    assert_true(read_all(&message, &answer));
    assert_true(answer.n == 0 && !answer.alias);
    dns_answer_deinit(&answer);
    buf_deinit(&message);
}

/* The name of an alias is all of its data, and no more. */
static void aliases_that_do_not_fit_lead_nowhere(void **state)
{
    struct buf name = {0};
    put_name(&name, "b.test");
    for (int more = -1; more <= 1; more++) {
        struct buf message = {0};
        struct dns_answer answer;
        buf_byte(&name, '\0');
        struct str data = str_head(buf_view(&name), sizeof("\1b\4test") + (size_t)more);
        put_head(&message, 2);
        put_record(&message, "app.test", TYPE_CNAME, 1, TTL, data);
        put_record(&message, "", DNS_A, 1, TTL, STR("\x0a\0\0\x01"));
        assert_true(read_all(&message, &answer));
        assert_int_equal(answer.n, 0);
        assert_int_equal(answer.alias != NULL, more == 0);
        dns_answer_deinit(&answer);
        buf_deinit(&message);
    }
    buf_deinit(&name);
}

static void names_that_point_at_themselves_are_malformed(void **state)
{
    struct buf message = {0};
    struct dns_answer answer;
    put_head(&message, 1);
    put16(&message, 0xc000 | (unsigned)buf_size(&message));
    buf_append(&message, STR("\0\x01\0\x01\0\0\0\x05\0\x04\x0a\0\0\x01"));
    assert_false(read_all(&message, &answer));
    dns_answer_deinit(&answer);
    buf_deinit(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_the_name_count),
        cmocka_unit_test(aliases_lead_on),
        cmocka_unit_test(aliases_of_others_and_circles_lead_nowhere),
        cmocka_unit_test(aliases_that_do_not_fit_lead_nowhere),
        cmocka_unit_test(names_that_point_at_themselves_are_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
