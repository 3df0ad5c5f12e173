/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <assert.h>

enum form { FORM_HTTP, FORM_LOCAL, FORM_ISO8601, FORM_ERROR_LOG, FORM_COUNT };

/* One formatted second; `second` says which, so that a form that is not used is never formatted. */
struct cached {
    time_t second;
    char text[32];
    size_t len;
};

static _Thread_local struct clock_now now;
static _Thread_local struct cached cache[FORM_COUNT];

static uint64_t read_ms(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void clock_update(void)
{
    now.mono_ms = read_ms(CLOCK_MONOTONIC);
    now.real_ms = read_ms(CLOCK_REALTIME);
}

struct clock_now clock_now(void)
{
    if (now.real_ms == 0) {
        clock_update();
    }
    return now;
}

time_t clock_second(void)
{
    return (time_t)(clock_now().real_ms / 1000);
}

static char *put_number(char *p, int n, int digits)
{
    for (int i = digits; i > 0; i--) {
        p[i - 1] = (char)('0' + n % 10);
        n /= 10;
    }
    return p + digits;
}

static char *put_name(char *p, const char *names, int which)
{
    memcpy(p, names + (size_t)which * 3, 3);
    return p + 3;
}

/* Every answer has such a date or two: strftime would cost more than the rest of the head. */
struct str clock_format_http(time_t t, char *out)
{
    struct tm tm;
    char *p = out;
    if (!gmtime_r(&t, &tm) || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900) {
        *p = '\0';
        return (struct str){out, 0};
    }
    p = put_name(p, "SunMonTueWedThuFriSat", tm.tm_wday);
    *p++ = ',';
    *p++ = ' ';
    p = put_number(p, tm.tm_mday, 2);
    *p++ = ' ';
    p = put_name(p, "JanFebMarAprMayJunJulAugSepOctNovDec", tm.tm_mon);
    *p++ = ' ';
    p = put_number(p, tm.tm_year + 1900, 4);
    *p++ = ' ';
    p = put_number(p, tm.tm_hour, 2);
    *p++ = ':';
    p = put_number(p, tm.tm_min, 2);
    *p++ = ':';
    p = put_number(p, tm.tm_sec, 2);
    memcpy(p, " GMT", sizeof(" GMT"));
    return (struct str){out, CLOCK_HTTP_LEN};
}

static size_t format(enum form form, time_t t, char *out, size_t size)
{
    struct tm tm;
    switch (form) {
    case FORM_HTTP: return clock_format_http(t, out).n;
    case FORM_LOCAL: return strftime(out, size, "%d/%b/%Y:%H:%M:%S %z", localtime_r(&t, &tm));
    case FORM_ISO8601: {
        size_t n = strftime(out, size - 1, "%Y-%m-%dT%H:%M:%S%z", localtime_r(&t, &tm));
        assert(n > 2);
        memmove(out + n - 1, out + n - 2, 3); /* "+0000" to "+00:00" */
        out[n - 2] = ':';
        return n + 1;
    }
    default: return strftime(out, size, "%Y/%m/%d %H:%M:%S", localtime_r(&t, &tm));
    }
}

static struct str current(enum form form)
{
    struct cached *c = &cache[form];
    time_t second = clock_second();
    if (c->second != second || c->len == 0) {
        c->second = second;
        c->len = format(form, second, c->text, sizeof(c->text));
    }
    return (struct str){c->text, c->len};
}

struct str clock_http(void)
{
    return current(FORM_HTTP);
}

struct str clock_local(void)
{
    return current(FORM_LOCAL);
}

struct str clock_iso8601(void)
{
    return current(FORM_ISO8601);
}

struct str clock_error_log(void)
{
    return current(FORM_ERROR_LOG);
}
