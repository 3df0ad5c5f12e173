/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

#include <string.h>

#include "gate/respond.h"

static const char GET[] = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
static const time_t YEAR_10000 = 253402300800;

static struct live live;

/* The head of an answer that was modified then. */
static struct str head_of(time_t modified, const char *settings)
{
    struct error err;
    assert_true(live_load(&live, NULL, settings, &err));
    struct request *request = live_request(&live, GET);
    request->walk.step = WALK_OVER;
    request->response.status = 200;
    request->response.length = 0;
    request->response.last_modified = modified;
    respond_start(request);
    respond_finish(request);
    return buf_view(&live.conn.output.bytes);
}

static bool says(struct str head, const char *what)
{
    return memmem(head.p, head.n, what, strlen(what)) != NULL;
}

static void a_time_that_no_date_can_say_is_left_out(void **state)
{
    struct str head = head_of(YEAR_10000 - 1, "expires modified 0;");
    assert_true(says(head, "\r\nLast-Modified: Fri, 31 Dec 9999 23:59:59 GMT\r\n"));
    assert_true(says(head, "\r\nExpires: Fri, 31 Dec 9999 23:59:59 GMT\r\n"));
    live_deinit(&live);
    head = head_of(YEAR_10000, "expires modified 0;");
    assert_false(says(head, "Last-Modified"));
    assert_false(says(head, "Expires"));
    assert_true(says(head, "\r\nCache-Control: max-age="));
    live_deinit(&live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_that_no_date_can_say_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
