/* SPDX-License-Identifier: Apache-2.0 */
/* Compiler annotations. */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

/* The caller must check the result. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Arguments `fmt` and those from `first` on follow printf(3). */
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
