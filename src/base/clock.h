/* SPDX-License-Identifier: Apache-2.0 */
/* The loop's time, and its formats in logs and headers. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/str.h"

/*
 * This thread's time, read once per turn of its loop (clock_update), so that requests need no
 * system calls for it. `mono_ms` only moves forward; it is for durations and deadlines.
 */
struct clock_now {
    uint64_t mono_ms;
    uint64_t real_ms; /* since the epoch */
};

/* Reads the clocks; called by the loop, and by programs without one. Thread-local. */
void clock_update(void);
struct clock_now clock_now(void);
/* real_ms in seconds, for certificates, CRLs and files. */
time_t clock_second(void);

enum {
    CLOCK_HTTP_LEN = 29, /* "Sat, 21 Nov 2026 10:00:00 GMT" (RFC 9110, 5.6.7) */
};

/* The current second in each form; cached per thread, valid until the next clock_update. */
struct str clock_http(void);
struct str clock_local(void);
struct str clock_iso8601(void);
struct str clock_error_log(void);

/* Writes a time in the form of RFC 9110, 5.6.7, into `out` of CLOCK_HTTP_LEN + 1 bytes. Empty if
 * the year does not have four digits. */
struct str clock_format_http(time_t t, char *out);

#endif
