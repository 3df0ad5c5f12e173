/* SPDX-License-Identifier: Apache-2.0 */
/* A text that a regular expression matches. */
#ifndef SCRIPT_EXAMPLE_H
#define SCRIPT_EXAMPLE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/*
 * A guess, to be tried: what is optional is left out, or with `full` is there once; of
 * alternatives the first is taken; look-around and back references are skipped. In the arena.
 */
struct str example_of(struct str pattern, bool full, struct arena *arena);

#endif
