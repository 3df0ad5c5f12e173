/* SPDX-License-Identifier: Apache-2.0 */
/* Look-ups against a name server in the same loop. */
#include "upstream/resolver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/container.h"

enum { TYPE_A = 1, TYPE_AAAA = 28 };

struct fixture {
    struct loop loop;
    struct watch server;
    struct deadline guard;
    struct address server_address;
    struct resolver_settings settings;
    struct resolver *resolver;
    struct buf log;
    unsigned asked; /* questions that reached the server */
    unsigned rcode;
    unsigned ttl;
    unsigned answers; /* A records in an answer */
    bool silent;
    unsigned open;
};

static void put16(struct buf *out, unsigned v)
{
    buf_byte(out, (char)(v >> 8));
    buf_byte(out, (char)v);
}

/* Answers one question with as many addresses 10.0.0.1, … as the test wants; AAAA has none. */
static void on_question(struct watch *watch, int events)
{
    struct fixture *f = CONTAINER_OF(watch, struct fixture, server);
    unsigned char in[512];
    struct address from = {.len = sizeof(from.u)};
    ssize_t n = recvfrom(watch->fd, in, sizeof(in), 0, &from.u.sa, &from.len);
    assert_true(n > 12);
    f->asked++;
    if (f->silent) {
        return;
    }
    size_t end = 12;
    while (in[end]) {
        end += in[end] + 1u;
    }
    unsigned type = (unsigned)in[end + 1] << 8 | in[end + 2];
    unsigned count = f->rcode || type != TYPE_A ? 0 : f->answers;
    struct buf out = {0};
    buf_append(&out, (struct str){(char *)in, 2});
    put16(&out, 0x8180 | f->rcode);
    put16(&out, 1);
    put16(&out, count);
    put16(&out, 0);
    put16(&out, 0);
    buf_append(&out, (struct str){(char *)in + 12, end + 5 - 12});
    for (unsigned i = 0; i < count; i++) {
        put16(&out, 0xc00c);
        put16(&out, TYPE_A);
        put16(&out, 1);
        put16(&out, 0);
        put16(&out, f->ttl);
        put16(&out, 4);
        put16(&out, 10 << 8);
        put16(&out, i + 1);
    }
    sendto(watch->fd, out.data, out.len, 0, &from.u.sa, from.len);
    buf_deinit(&out);
}

static void on_guard(struct deadline *deadline)
{
    struct fixture *f = CONTAINER_OF(deadline, struct fixture, guard);
    buf_append(&f->log, STR(" STUCK"));
    uv_stop(&f->loop.uv);
}

static void setup(struct fixture *f)
{
    struct error err;
    *f = (struct fixture){.ttl = 60, .answers = 1};
    assert_true(loop_init(&f->loop, &err));
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(address_parse(STR("127.0.0.1"), 1, &f->server_address));
    address_set_port(&f->server_address, 0);
    assert_int_equal(bind(fd, &f->server_address.u.sa, f->server_address.len), 0);
    assert_int_equal(getsockname(fd, &f->server_address.u.sa, &f->server_address.len), 0);
    assert_true(watch_init(&f->server, &f->loop, fd, on_question, &err));
    watch_arm(&f->server, WATCH_READ);
    deadline_init(&f->guard, &f->loop, on_guard);
    deadline_set(&f->guard, 3000);
    f->settings = (struct resolver_settings){.servers = &f->server_address,
                                             .servers_n = 1,
                                             .ipv4 = true,
                                             .ipv6 = true,
                                             .timeout_ms = 2000};
    assert_true(resolver_new(&f->loop, &f->settings, &f->resolver, &err));
}

static void teardown(struct fixture *f)
{
    resolver_free(f->resolver);
    watch_close(&f->server, NULL);
    deadline_close(&f->guard, NULL);
    uv_run(&f->loop.uv, UV_RUN_NOWAIT);
    loop_deinit(&f->loop);
    buf_deinit(&f->log);
}

static void on_answer(void *arg, const struct address *addresses, size_t n, const char *text)
{
    struct fixture *f = arg;
    char buf[ADDRESS_TEXT_MAX];
    for (size_t i = 0; i < n; i++) {
        buf_printf(&f->log, " %s", address_text(&addresses[i], buf).p);
    }
    if (n == 0) {
        buf_printf(&f->log, " %s", text);
    }
    if (--f->open == 0) {
        uv_stop(&f->loop.uv);
    }
}

static struct resolver_query *ask(struct fixture *f, const char *name)
{
    size_t before = buf_size(&f->log);
    struct resolver_query *query = resolver_ask(f->resolver, str_of(name), on_answer, f);
    f->open++;
    assert_int_equal(buf_size(&f->log), before);
    return query;
}

static void expect(struct fixture *f, const char *expected)
{
    loop_run(&f->loop);
    buf_byte(&f->log, '\0');
    assert_string_equal(buf_view(&f->log).p, expected);
    buf_clear(&f->log);
}

static void test_answer_is_kept_for_its_ttl(void **state)
{
    struct fixture f;
    setup(&f);
    ask(&f, "a.example");
    expect(&f, " 10.0.0.1:0");
    unsigned asked = f.asked;
    ask(&f, "A.EXAMPLE");
    expect(&f, " 10.0.0.1:0");
    assert_int_equal(f.asked, asked);
    ask(&f, "b.example");
    expect(&f, " 10.0.0.1:0");
    assert_true(f.asked > asked);
    teardown(&f);
}

static void test_ttl_zero_is_asked_again(void **state)
{
    struct fixture f;
    setup(&f);
    f.ttl = 0;
    ask(&f, "a.example");
    expect(&f, " 10.0.0.1:0");
    unsigned asked = f.asked;
    ask(&f, "a.example");
    expect(&f, " 10.0.0.1:0");
    assert_true(f.asked > asked);
    teardown(&f);
}

static void test_valid_overrides_ttl(void **state)
{
    struct fixture f;
    setup(&f);
    f.ttl = 0;
    f.settings.valid_ms = 60000;
    ask(&f, "a.example");
    expect(&f, " 10.0.0.1:0");
    unsigned asked = f.asked;
    ask(&f, "a.example");
    expect(&f, " 10.0.0.1:0");
    assert_int_equal(f.asked, asked);
    teardown(&f);
}

static void test_several_addresses_take_turns(void **state)
{
    struct fixture f;
    setup(&f);
    f.answers = 2;
    ask(&f, "a.example");
    expect(&f, " 10.0.0.1:0 10.0.0.2:0");
    ask(&f, "a.example");
    expect(&f, " 10.0.0.2:0 10.0.0.1:0");
    teardown(&f);
}

static void test_only_the_wanted_family_is_asked(void **state)
{
    struct fixture f;
    setup(&f);
    f.settings.ipv6 = false;
    ask(&f, "a.example");
    expect(&f, " 10.0.0.1:0");
    assert_int_equal(f.asked, 1);
    teardown(&f);
}

static void test_not_found(void **state)
{
    struct fixture f;
    setup(&f);
    f.rcode = 3;
    ask(&f, "no.example");
    expect(&f, " (3: Host not found)");
    f.rcode = 0;
    f.answers = 0;
    ask(&f, "empty.example");
    expect(&f, " (3: Host not found)");
    f.answers = 1;
    ask(&f, "no.example"); /* a refusal is not remembered */
    expect(&f, " 10.0.0.1:0");
    teardown(&f);
}

static void test_no_name(void **state)
{
    struct fixture f;
    setup(&f);
    char longest[300];
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    ask(&f, "");
    ask(&f, longest);
    expect(&f, " (3: Host not found) (3: Host not found)");
    assert_int_equal(f.asked, 0);
    teardown(&f);
}

static void test_silence(void **state)
{
    struct fixture f;
    setup(&f);
    f.silent = true;
    f.settings.timeout_ms = 50;
    ask(&f, "a.example");
    expect(&f, " (110: Operation timed out)");
    teardown(&f);
}

static void test_two_wait_for_one_question(void **state)
{
    struct fixture f;
    setup(&f);
    f.settings.ipv6 = false;
    ask(&f, "a.example");
    ask(&f, "a.example");
    expect(&f, " 10.0.0.1:0 10.0.0.1:0");
    assert_int_equal(f.asked, 1);
    teardown(&f);
}

static void test_cancel(void **state)
{
    struct fixture f;
    setup(&f);
    struct resolver_query *first = ask(&f, "a.example");
    ask(&f, "a.example");
    resolver_cancel(first);
    f.open--;
    expect(&f, " 10.0.0.1:0");
    resolver_cancel(ask(&f, "a.example"));
    f.open--;
    ask(&f, "b.example"); /* left to resolver_free */
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer_is_kept_for_its_ttl),
        cmocka_unit_test(test_ttl_zero_is_asked_again),
        cmocka_unit_test(test_valid_overrides_ttl),
        cmocka_unit_test(test_several_addresses_take_turns),
        cmocka_unit_test(test_only_the_wanted_family_is_asked),
        cmocka_unit_test(test_not_found),
        cmocka_unit_test(test_no_name),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_two_wait_for_one_question),
        cmocka_unit_test(test_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
