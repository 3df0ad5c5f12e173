/* SPDX-License-Identifier: Apache-2.0 */
/* Included by clang-tidy before every file but error.c: the analyzer sees one file at a time, and
 * must be told what base/error.h only says in words, that these return false. */
#include "base/error.h"

#define error_set(...)    ((void)(error_set)(__VA_ARGS__), false)
#define error_prefix(...) ((void)(error_prefix)(__VA_ARGS__), false)
#define error_errno(...)  ((void)(error_errno)(__VA_ARGS__), false)
