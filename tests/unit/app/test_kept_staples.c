/* SPDX-License-Identifier: Apache-2.0 */
/* OCSP responses that are handed on: which, to whom, and what is believed of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "../ocsp_maker.h"
#include "app/channel.h"
#include "app/kept_staples.h"
#include "base/memory_file.h"
#include "tls/staple.h"

/* Two certificates of ours, the first in two servers. */
struct site {
    struct test_pair root, one, two;
    struct staple_job jobs[3];
    struct live_state live;
    char names[3][KEPT_STAPLE_NAME];
};

static void site_make(struct site *site)
{
    *site = (struct site){0};
    site->root = test_pair_new((struct test_spec){.cn = "root", .ca = true});
    site->one = test_pair_new((struct test_spec){.cn = "one", .issuer = &site->root, .serial = 2});
    site->two = test_pair_new((struct test_spec){.cn = "two", .issuer = &site->root, .serial = 3});
    X509 *certs[] = {site->one.cert, site->one.cert, site->two.cert};
    for (size_t i = 0; i < 3; i++) {
        site->jobs[i].staple = staple_new(certs[i], site->root.cert, "a.pem");
        assert_true(kept_staples_name(site->jobs[i].staple, site->names[i]));
    }
    site->live.staples = site->jobs;
    site->live.staples_n = 3;
}

static void site_free(struct site *site)
{
    for (size_t i = 0; i < 3; i++) {
        staple_free(site->jobs[i].staple);
    }
    test_pair_free(&site->two);
    test_pair_free(&site->one);
    test_pair_free(&site->root);
}

static int file_of(struct str bytes)
{
    struct error err;
    int fd = memory_file_new("test", bytes, &err);
    assert_true(fd >= 0);
    return fd;
}

static int response_file(struct site *site, struct test_ocsp spec)
{
    spec.cert = spec.cert ? spec.cert : &site->one;
    spec.issuer = &site->root;
    struct str der = test_ocsp_response(spec);
    int fd = file_of(der);
    free((char *)(uintptr_t)der.p);
    return fd;
}

static bool shown(struct staple *staple, time_t now)
{
    unsigned char *data = NULL;
    size_t n = 0;
    bool ok = staple_copy(staple, now, &data, &n);
    OPENSSL_free(data);
    return ok;
}

/* Whether the first and the last staple show one after `fd` was offered for the first's name. */
static void offer(struct site *site, int fd, bool first, bool last)
{
    time_t now = time(NULL);
    struct kept_staples kept = {0};
    kept_staples_put(&kept, str_of(site->names[0]), fd);
    kept_staples_offer(&kept, &site->live, now);
    assert_int_equal(shown(site->jobs[0].staple, now), first);
    assert_int_equal(shown(site->jobs[1].staple, now), first);
    assert_int_equal(shown(site->jobs[2].staple, now), last);
    kept_staples_deinit(&kept);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void what_was_fetched_is_believed_again_or_not(void **state)
{
    struct site site;
    site_make(&site);
    assert_string_equal(site.names[0], site.names[1]);
    assert_string_not_equal(site.names[0], site.names[2]);
    offer(&site, file_of(STR("garbage")), false, false);
    offer(&site, file_of(STR("")), false, false);
    offer(&site, response_file(&site, (struct test_ocsp){.from = -90, .until = -30}), false, false);
    offer(&site, response_file(&site, (struct test_ocsp){.cert = &site.two}), false, false);
    offer(&site, response_file(&site, (struct test_ocsp){.signer = &site.two}), false, false);
    offer(&site, response_file(&site, (struct test_ocsp){0}), true, false);
    site_free(&site);
}

static void what_is_not_wanted_is_not_kept(void **state)
{
    struct site site;
    site_make(&site);
    struct live_state fewer = {.staples = &site.jobs[2], .staples_n = 1};
    struct kept_staples before = {0}, kept = {0};
    assert_true(kept_staples_wanted(&site.live, str_of(site.names[0])));
    assert_false(kept_staples_wanted(&fewer, str_of(site.names[0])));
    assert_false(kept_staples_wanted(&site.live, STR("")));
    int gone = file_of(STR("1")), stays = file_of(STR("2")), newer = file_of(STR("3"));
    kept_staples_put(&before, str_of(site.names[0]), gone);
    kept_staples_put(&before, str_of(site.names[2]), stays);
    kept_staples_take(&kept, &before, &fewer);
    assert_int_equal(before.n, 0);
    assert_int_equal(kept.n, 1);
    assert_string_equal(kept.items[0].name, site.names[2]);
    assert_int_equal(fcntl(gone, F_GETFD), -1);
    assert_int_equal(fcntl(stays, F_GETFD), FD_CLOEXEC);
    kept_staples_put(&kept, str_of(site.names[2]), newer);
    assert_int_equal(kept.n, 1);
    assert_int_equal(fcntl(stays, F_GETFD), -1);
    kept_staples_deinit(&kept);
    site_free(&site);
}

static void on_staple(void *owner, struct channel_message *message)
{
    kept_staples_put(owner, message->text, channel_take_fd(message));
}

static void they_go_from_process_to_process(void **state)
{
    static const struct channel_handlers UP = {.take = {[CHANNEL_STAPLE] = on_staple}};
    struct site site;
    struct channel channel;
    struct error err;
    site_make(&site);
    struct kept_staples kept = {0}, received = {0};
    kept_staples_put(&kept, str_of(site.names[0]), response_file(&site, (struct test_ocsp){0}));
    kept_staples_put(&kept, str_of(site.names[2]),
                     response_file(&site, (struct test_ocsp){.cert = &site.two}));
    assert_true(channel_open(&channel, &err));
    assert_true(kept_staples_send(&kept, channel.child, &err));
    kept_staples_deinit(&kept);
    assert_int_equal(channel_receive(channel.parent, &UP, &received, &err), IO_DONE);
    assert_int_equal(channel_receive(channel.parent, &UP, &received, &err), IO_DONE);
    assert_int_equal(channel_receive(channel.parent, &UP, &received, &err), IO_WANT_READ);
    kept_staples_offer(&received, &site.live, time(NULL));
    for (size_t i = 0; i < 3; i++) {
        assert_true(shown(site.jobs[i].staple, time(NULL)));
    }
    kept_staples_deinit(&received);
    channel_close_end(&channel.parent);
    channel_close_end(&channel.child);
    site_free(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_fetched_is_believed_again_or_not),
        cmocka_unit_test(what_is_not_wanted_is_not_kept),
        cmocka_unit_test(they_go_from_process_to_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
