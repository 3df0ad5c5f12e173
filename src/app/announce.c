/* SPDX-License-Identifier: Apache-2.0 */
#include "app/announce.h"

#include <unistd.h>

#include "app/console.h"
#include "base/buf.h"

void announce_addresses(const struct sockets *sockets)
{
    if (!isatty(STDERR_FILENO) || sockets->n == 0) {
        return;
    }
    struct buf line = {0};
    for (size_t i = 0; i < sockets->n; i++) {
        char text[ADDRESS_TEXT_MAX];
        struct str address = address_text(&sockets->items[i].address, text);
        buf_printf(&line, "%s%.*s", i ? ", " : "", STR_ARG(address));
    }
    struct str all = buf_view(&line);
    console_say("serving %.*s", STR_ARG(all));
    buf_deinit(&line);
}
