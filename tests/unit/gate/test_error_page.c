/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in pages. */
#include "gate/error_page.h"

#include "live.h"

static void pages_have_nginx_s_shape(void **state)
{
    static struct live live;
    struct error err;
    assert_true(live_load(&live, NULL, "server_tokens off;", &err));
    struct request *request = live_request(&live, "GET / HTTP/1.0\r\n\r\n");
    assert_str(error_page_builtin(404, request, &request->arena),
               "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n"
               "<center><h1>404 Not Found</h1></center>\r\n<hr><center>yett</center>\r\n"
               "</body>\r\n</html>\r\n");
    assert_str(error_page_builtin(496, request, &request->arena),
               "<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>\r\n"
               "<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n"
               "<center>No required SSL certificate was sent</center>\r\n"
               "<hr><center>yett</center>\r\n</body>\r\n</html>\r\n");
    live_deinit(&live);
}

static void each_code_has_its_words(void **state)
{
    static const struct {
        int status;
        const char *words; /* NULL: no page */
    } rows[] = {
        {301, "301 Moved Permanently"},
        {302, "302 Found"},
        {308, "308 Permanent Redirect"},
        {400, "400 Bad Request"},
        {401, "401 Authorization Required"},
        {405, "405 Not Allowed"},
        {421, "421 Misdirected Request"},
        {494, "Request Header Or Cookie Too Large"},
        {495, "The SSL certificate error"},
        {497, "The plain HTTP request was sent to HTTPS port"},
        {502, "502 Bad Gateway"},
        {503, "503 Service Temporarily Unavailable"},
        {504, "504 Gateway Time-out"},
        {200, NULL},
        {204, NULL},
        {304, NULL},
        {599, NULL},
        {499, NULL},
    };
    static struct live live;
    struct error err;
    assert_true(live_load(&live, NULL, "", &err));
    struct request *request = live_request(&live, "GET / HTTP/1.0\r\n\r\n");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str page = error_page_builtin(rows[i].status, request, &request->arena);
        if (!rows[i].words) {
            assert_str(page, "");
        } else if (str_search(page, str_of(rows[i].words)) == page.n ||
                   str_search(page, STR("<center>yett/" YETT_VERSION "</center>")) == page.n) {
            fail_msg("%d: \"%.*s\"", rows[i].status, STR_ARG(page));
        }
    }
    live_deinit(&live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_have_nginx_s_shape),
        cmocka_unit_test(each_code_has_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
