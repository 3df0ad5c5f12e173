/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the access log: what a value becomes, and what a whole line is. */
#include "modules/log/log_line.h"

#include <fcntl.h>
#include <unistd.h>

#include "../gate/live.h"

static const struct str NASTY = STR_INIT("a\"b\\c\n\t\x01\x7f\xe9/{");

static void values_are_escaped(void **state)
{
    static const struct {
        enum log_escape escape;
        const char *want;
    } rows[] = {
        {LOG_ESCAPE_DEFAULT, "a\\x22b\\x5Cc\\x0A\\x09\\x01\\x7F\\xE9/{"},
        {LOG_ESCAPE_JSON, "a\\\"b\\\\c\\n\\t\\u0001\x7f\xe9/{"},
        {LOG_ESCAPE_NONE, "a\"b\\c\n\t\x01\x7f\xe9/{"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf line = {0};
        log_line_value(&line, rows[i].escape, value_of(NASTY));
        assert_str(buf_view(&line), rows[i].want);
        buf_deinit(&line);
    }
}

static void absent_and_empty_differ(void **state)
{
    static const struct {
        enum log_escape escape;
        struct value value;
        const char *want;
    } rows[] = {
        {LOG_ESCAPE_DEFAULT, {{NULL, 0}, VALUE_ABSENT}, "-"},
        {LOG_ESCAPE_DEFAULT, {{"", 0}, VALUE_SET}, ""},
        {LOG_ESCAPE_JSON, {{NULL, 0}, VALUE_ABSENT}, ""},
        {LOG_ESCAPE_NONE, {{NULL, 0}, VALUE_ABSENT}, ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf line = {0};
        log_line_value(&line, rows[i].escape, rows[i].value);
        assert_str(buf_view(&line), rows[i].want);
        buf_deinit(&line);
    }
}

static struct str read_back(const char *path, char *into, size_t cap)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, into, cap) : 0;
    if (fd >= 0) {
        close(fd);
    }
    return (struct str){into, n > 0 ? (size_t)n : 0};
}

static void a_request_is_recorded_in_each_log(void **state)
{
    static struct live live;
    struct error err;
    char dir[] = "/tmp/yett-log-XXXXXX", path[64], conf[640], text[512];
    assert_non_null(mkdtemp(dir));
    snprintf(conf, sizeof(conf),
             "log_format short '$host $uri $http_none \"$http_user_agent\" $status';"
             "access_log %s/a.log short; access_log %s/$arg_name.log short;"
             "access_log %s/yes.log short if=$arg_log; access_log %s/no.log short if=$arg_nolog;",
             dir, dir, dir, dir);
    assert_true(live_load(&live, "http", conf, &err));
    for (size_t i = 0; i < live.state.log_files_n; i++) {
        assert_true(log_file_open(live.state.log_files[i], &err));
    }
    struct request *request =
        live_request(&live, "GET /x%20y?name=by-arg&log=1&nolog=0 HTTP/1.1\r\n"
                            "Host: Example.ORG\r\nUser-Agent: \"q\"\r\n\r\n");
    assert_false(request->malformed);
    request->response.status = 204;
    live_end(&live);

    static const char WANT[] = "example.org /x y - \"\\x22q\\x22\" 204\n";
    static const struct {
        const char *name;
        const char *want;
    } rows[] = {{"a", WANT}, {"by-arg", WANT}, {"yes", WANT}, {"no", ""}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        snprintf(path, sizeof(path), "%s/%s.log", dir, rows[i].name);
        assert_str(read_back(path, text, sizeof(text)), rows[i].want);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(dir), 0);
    live_deinit(&live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_escaped),
        cmocka_unit_test(absent_and_empty_differ),
        cmocka_unit_test(a_request_is_recorded_in_each_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
