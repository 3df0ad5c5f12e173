/* SPDX-License-Identifier: Apache-2.0 */
#include "app/title.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"

/* A process has one title, in one place of its memory: this is no setting but that place. */
static struct {
    char *start;
    size_t room;
    char **argv; /* the copy; lives as long as the process, like the original */
} area;

static char **copy_strings(char **strings, size_t n)
{
    char **copy = must_have(calloc(n + 1, sizeof(*copy)));
    for (size_t i = 0; i < n; i++) {
        copy[i] = must_have(strdup(strings[i]));
    }
    return copy;
}

/* argv and the environment lie behind one another; what does not is left out. */
static size_t contiguous(char *end, char **strings, size_t n)
{
    size_t room = 0;
    for (size_t i = 0; i < n && strings[i] == end + room; i++) {
        room += strlen(strings[i]) + 1;
    }
    return room;
}

char **title_init(int argc, char **argv)
{
    size_t n = 0;
    while (environ[n]) {
        n++;
    }
    area.start = argv[0];
    area.room = contiguous(argv[0], argv, (size_t)argc);
    area.room += contiguous(argv[0] + area.room, environ, n);
    environ = copy_strings(environ, n);
    area.argv = copy_strings(argv, (size_t)argc);
    return area.argv;
}

void title_set(const char *text)
{
    if (area.room < 2) {
        return;
    }
    memset(area.start, 0, area.room);
    snprintf(area.start, area.room, "yett: %s", text);
}
