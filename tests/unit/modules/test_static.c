/* SPDX-License-Identifier: Apache-2.0 */
/* Files as answers: status, fields and body for each way to ask. */
#include "modules/static/static.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../gate/live.h"

static char dir[] = "/tmp/yett-static-XXXXXX";

static void make_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    const struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
}

static void make_dir(const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static int make_tree(void **state)
{
    char path[256];
    assert_non_null(mkdtemp(dir));
    make_file("a.html", "0123456789");
    make_file("empty", "");
    make_dir("d");
    make_file("d/index.html", "index");
    make_dir("bare");
    snprintf(path, sizeof(path), "%s/fifo", dir);
    assert_int_equal(mkfifo(path, 0644), 0);
    return 0;
}

static int remove_tree(void **state)
{
    static const char *const files[] = {"a.html", "empty", "d/index.html", "fifo"};
    static const char *const dirs[] = {"d", "bare", ""};
    char path[256];
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
        (void)unlink(path);
    }
    for (size_t i = 0; i < COUNT_OF(dirs); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, dirs[i]);
        (void)rmdir(path);
    }
    return 0;
}

struct ask {
    const char *conf;
    const char *request; /* method and target */
    const char *fields;
    const char *status;
    const char *has;  /* in the head; NULL: anything */
    const char *body; /* NULL: anything */
};

static void check(const struct ask *ask)
{
    static struct live live;
    struct error err;
    char conf[512], head[512];
    snprintf(conf, sizeof(conf), "root %s; error_log /dev/null; access_log off; %s", dir,
             ask->conf);
    snprintf(head, sizeof(head), "%s HTTP/1.1\r\nHost: x\r\n%s\r\n", ask->request, ask->fields);
    if (!live_load(&live, NULL, conf, &err)) {
        fail_msg("%s", err.text);
    }
    struct str answer = live_answer(&live, head);
    size_t end = str_search(answer, STR("\r\n\r\n"));
    struct str fields = str_head(answer, end + 2);
    struct str status = str_skip(str_head(answer, str_find(answer, '\r')), strlen("HTTP/1.1 "));
    if (!str_starts(status, str_of(ask->status)) ||
        (ask->has && str_search(fields, str_of(ask->has)) == fields.n) ||
        (ask->body && !str_eq(str_skip(answer, end + 4), str_of(ask->body)))) {
        fail_msg("%s [%s]: %.*s", ask->request, ask->fields, STR_ARG(answer));
    }
    live_deinit(&live);
}

#define ETAG "\"3b9aca00-a\""
#define DATE "Sun, 09 Sep 2001 01:46:40 GMT"

static void files_and_directories(void **state)
{
    static const struct ask asks[] = {
        {"", "GET /a.html", "", "200", "ETag: " ETAG "\r\n", "0123456789"},
        {"", "GET /a.html", "", "200", "Last-Modified: " DATE "\r\n", NULL},
        {"", "GET /a.html", "", "200", "Content-Type: text/html\r\n", NULL},
        {"", "GET /empty", "", "200", "Content-Length: 0\r\n", ""},
        {"", "HEAD /a.html", "", "200", "Content-Length: 10\r\n", ""},
        {"", "POST /a.html", "", "405", NULL, NULL},
        {"", "PUT /a.html", "", "405", NULL, NULL},
        {"", "GET /none", "", "404", NULL, NULL},
        {"", "GET /a.html/x", "", "404", NULL, NULL},
        {"", "GET /fifo", "", "404", NULL, NULL},
        {"", "GET /d/", "", "200", NULL, "index"},
        {"", "GET /bare/", "", "403", NULL, NULL},
        {"", "GET /none/", "", "404", NULL, NULL},
        {"", "GET /d", "", "301", "Location: http://x:8080/d/\r\n", NULL},
        {"", "GET /d?q=1", "", "301", "Location: http://x:8080/d/?q=1\r\n", NULL},
        {"absolute_redirect off;", "GET /d", "", "301", "Location: /d/\r\n", NULL},
        {"index none a.html;", "GET /", "", "200", NULL, "0123456789"},
        {"etag off; add_header X y;", "GET /a.html", "", "200", "X: y\r\n", NULL},
        {"error_page 404 /a.html;", "GET /none", "", "404", NULL, "0123456789"},
        {"error_page 404 =200 /a.html;", "GET /none", "", "200", NULL, "0123456789"},
        {"try_files /none /d/index.html =404;", "GET /zz", "", "200", NULL, "index"},
        {"try_files /none $uri/ =418;", "GET /zz", "", "418", NULL, NULL},
        {"try_files $uri/ =418;", "GET /d/", "", "418", NULL, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(asks); i++) {
        check(&asks[i]);
    }
}

static void conditions(void **state)
{
    static const struct ask asks[] = {
        {"", "GET /a.html", "If-Modified-Since: " DATE "\r\n", "304", "ETag: " ETAG, ""},
        {"", "GET /a.html", "If-Modified-Since: Mon, 10 Sep 2001 01:46:40 GMT\r\n", "200", NULL,
         NULL},
        {"if_modified_since before;", "GET /a.html",
         "If-Modified-Since: Mon, 10 Sep 2001 01:46:40 GMT\r\n", "304", NULL, ""},
        {"", "GET /a.html", "If-None-Match: " ETAG "\r\n", "304", NULL, ""},
        {"", "GET /a.html", "If-None-Match: \"other\"\r\n", "200", NULL, NULL},
        {"", "GET /a.html", "If-Match: \"other\"\r\n", "412", NULL, NULL},
        {"", "GET /a.html", "If-Match: " ETAG "\r\n", "200", NULL, NULL},
        {"", "GET /a.html", "If-Unmodified-Since: Sat, 08 Sep 2001 01:46:40 GMT\r\n", "412", NULL,
         NULL},
        {"error_page 404 =200 /a.html;", "GET /none", "If-None-Match: " ETAG "\r\n", "304", NULL,
         ""},
        /* an error page is not what the condition is about */
        {"error_page 404 /a.html;", "GET /none", "If-None-Match: " ETAG "\r\n", "404", NULL,
         "0123456789"},
    };
    for (size_t i = 0; i < COUNT_OF(asks); i++) {
        check(&asks[i]);
    }
}

static void ranges(void **state)
{
    static const struct ask asks[] = {
        {"", "GET /a.html", "Range: bytes=2-4\r\n", "206", "Content-Range: bytes 2-4/10\r\n",
         "234"},
        {"", "GET /a.html", "Range: bytes=-3\r\n", "206", "Content-Range: bytes 7-9/10\r\n", "789"},
        {"", "HEAD /a.html", "Range: bytes=2-4\r\n", "206", "Content-Length: 3\r\n", ""},
        {"", "GET /a.html", "Range: bytes=10-\r\n", "416", "Content-Range: bytes */10\r\n", NULL},
        {"error_page 416 /empty;", "GET /a.html", "Range: bytes=10-\r\n", "416", NULL, ""},
        {"error_page 404 =200 /a.html;", "GET /none", "Range: bytes=2-4\r\n", "206",
         "Content-Range: bytes 2-4/10\r\n", "234"},
        {"error_page 404 /a.html;", "GET /none", "Range: bytes=2-4\r\n", "404", NULL, "0123456789"},
        {"", "GET /a.html", "Range: lines=1-2\r\n", "200", NULL, "0123456789"},
        {"max_ranges 0;", "GET /a.html", "Range: bytes=2-4\r\n", "200", NULL, "0123456789"},
        {"", "GET /a.html", "Range: bytes=2-4\r\nIf-Range: " ETAG "\r\n", "206", NULL, "234"},
        {"", "GET /a.html", "Range: bytes=2-4\r\nIf-Range: \"other\"\r\n", "200", NULL,
         "0123456789"},
        {"", "GET /a.html", "Range: bytes=0-0,9-9\r\n", "206",
         "Content-Type: multipart/byteranges; boundary=", NULL},
        {"max_ranges 1;", "GET /a.html", "Range: bytes=0-0,9-9\r\n", "200", NULL, "0123456789"},
    };
    for (size_t i = 0; i < COUNT_OF(asks); i++) {
        check(&asks[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_and_directories),
        cmocka_unit_test(conditions),
        cmocka_unit_test(ranges),
    };
    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
