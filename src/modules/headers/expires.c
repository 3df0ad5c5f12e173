/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/headers/expires.h"

#include <assert.h>

#include "base/clock.h"
#include "modules/headers/headers.h"

static int64_t seconds_until_day_time(int64_t day_time, time_t now)
{
    assert(day_time >= 0 && day_time <= 86400);
    struct tm tm;
    localtime_r(&now, &tm);
    int64_t into_day = tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec;
    return day_time > into_day ? day_time - into_day : day_time - into_day + 86400;
}

static void expires_put(struct request *request, enum header_id id, struct str value)
{
    headers_add_id(&request->response.sent, &request->arena, id, value);
}

void expires_add(struct request *request, const struct expires *expires)
{
    assert(expires->kind > EXPIRES_OFF && expires->kind <= EXPIRES_DAILY);
    if (!headers_apply(request->response.status)) {
        return;
    }
    headers_remove(&request->response.sent, HEADER_EXPIRES);
    headers_remove(&request->response.sent, HEADER_CACHE_CONTROL);
    if (expires->kind == EXPIRES_EPOCH) {
        expires_put(request, HEADER_EXPIRES, STR("Thu, 01 Jan 1970 00:00:01 GMT"));
        expires_put(request, HEADER_CACHE_CONTROL, STR("no-cache"));
        return;
    }
    if (expires->kind == EXPIRES_MAX) {
        expires_put(request, HEADER_EXPIRES, STR("Thu, 31 Dec 2037 23:55:55 GMT"));
        expires_put(request, HEADER_CACHE_CONTROL, STR("max-age=315360000"));
        return;
    }
    time_t now = clock_second();
    int64_t age = expires->seconds;
    if (expires->kind == EXPIRES_DAILY) {
        age = seconds_until_day_time(age, now);
    } else if (expires->kind == EXPIRES_MODIFIED && request->response.last_modified >= 0) {
        age += request->response.last_modified - now;
    }
    char *out = arena_bytes(&request->arena, CLOCK_HTTP_LEN + 1);
    struct str date = clock_format_http(now + (time_t)age, out);
    if (date.n) {
        expires_put(request, HEADER_EXPIRES, date);
    }
    expires_put(request, HEADER_CACHE_CONTROL,
                age < 0 ? STR("no-cache")
                        : arena_printf(&request->arena, "max-age=%lld", (long long)age));
}
