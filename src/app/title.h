/* SPDX-License-Identifier: Apache-2.0 */
/* The process title that ps shows. */
#ifndef APP_TITLE_H
#define APP_TITLE_H

/*
 * Notes where the kernel keeps argv and the environment, moves the environment away, and returns a
 * copy of argv to use from now on. Call it once, first in main.
 */
char **title_init(int argc, char **argv);
/* "yett: TEXT", cut to the space that the kernel has. */
void title_set(const char *text);

#endif
