/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes and their reason phrases, in nginx's words. */
#include "http/status.h"

/* Whole lines; the phrase starts behind the number. 494-497 are only known inside. */
static const struct str lines[] = {
    [100] = STR_INIT("100 Continue"),
    [101] = STR_INIT("101 Switching Protocols"),
    [103] = STR_INIT("103 Early Hints"),
    [200] = STR_INIT("200 OK"),
    [201] = STR_INIT("201 Created"),
    [202] = STR_INIT("202 Accepted"),
    [204] = STR_INIT("204 No Content"),
    [206] = STR_INIT("206 Partial Content"),
    [301] = STR_INIT("301 Moved Permanently"),
    [302] = STR_INIT("302 Moved Temporarily"),
    [303] = STR_INIT("303 See Other"),
    [304] = STR_INIT("304 Not Modified"),
    [307] = STR_INIT("307 Temporary Redirect"),
    [308] = STR_INIT("308 Permanent Redirect"),
    [400] = STR_INIT("400 Bad Request"),
    [401] = STR_INIT("401 Unauthorized"),
    [402] = STR_INIT("402 Payment Required"),
    [403] = STR_INIT("403 Forbidden"),
    [404] = STR_INIT("404 Not Found"),
    [405] = STR_INIT("405 Not Allowed"),
    [406] = STR_INIT("406 Not Acceptable"),
    [408] = STR_INIT("408 Request Time-out"),
    [409] = STR_INIT("409 Conflict"),
    [410] = STR_INIT("410 Gone"),
    [411] = STR_INIT("411 Length Required"),
    [412] = STR_INIT("412 Precondition Failed"),
    [413] = STR_INIT("413 Request Entity Too Large"),
    [414] = STR_INIT("414 Request-URI Too Large"),
    [415] = STR_INIT("415 Unsupported Media Type"),
    [416] = STR_INIT("416 Requested Range Not Satisfiable"),
    [421] = STR_INIT("421 Misdirected Request"),
    [429] = STR_INIT("429 Too Many Requests"),
    [STATUS_HEADER_TOO_LARGE] = STR_INIT("400 Bad Request"),
    [STATUS_CERT_ERROR] = STR_INIT("400 Bad Request"),
    [STATUS_NO_CERT] = STR_INIT("400 Bad Request"),
    [STATUS_TO_HTTPS] = STR_INIT("400 Bad Request"),
    [500] = STR_INIT("500 Internal Server Error"),
    [501] = STR_INIT("501 Not Implemented"),
    [502] = STR_INIT("502 Bad Gateway"),
    [503] = STR_INIT("503 Service Temporarily Unavailable"),
    [504] = STR_INIT("504 Gateway Time-out"),
    [505] = STR_INIT("505 HTTP Version Not Supported"),
    [507] = STR_INIT("507 Insufficient Storage"),
};

static struct str known_line(int status)
{
    return status >= 0 && (size_t)status < COUNT_OF(lines) ? lines[status] : STR("");
}

int status_shown(int status)
{
    return status >= STATUS_HEADER_TOO_LARGE && status <= STATUS_TO_HTTPS ? 400 : status;
}

struct str status_reason(int status)
{
    return str_skip(known_line(status), sizeof("404 ") - 1);
}

struct str status_line(int status, char buf[static 4])
{
    struct str line = known_line(status);
    if (line.n) {
        return line;
    }
    buf[0] = (char)('0' + status / 100 % 10);
    buf[1] = (char)('0' + status / 10 % 10);
    buf[2] = (char)('0' + status % 10);
    buf[3] = '\0';
    return (struct str){buf, 3};
}

bool status_is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}
