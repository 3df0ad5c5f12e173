/* SPDX-License-Identifier: Apache-2.0 */
/* Files without a name: they vanish with their descriptor, however the process ends. */
#ifndef BASE_TEMPORARY_H
#define BASE_TEMPORARY_H

#include "base/compiler.h"
#include "base/error.h"

/*
 * Opens a new file for reading and writing on the file system of `dir`, with mode 0600. Makes `dir`
 * if its parent exists. The caller closes the descriptor. -1: *err.
 */
int temporary_open(const char *dir, struct error *err);

#endif
