/* SPDX-License-Identifier: Apache-2.0 */
/* `yett directives`: the reference of all directives, from the tables that the loader reads. */
#include <stdio.h>

#include "app/console.h"
#include "app/tables.h"
#include "cli/commands.h"
#include "conf/document.h"

int directives_main(int argc, char *const *argv)
{
    if (argc > 1) {
        console_say("invalid option: \"%s\": \"yett directives\" takes none", argv[1]);
        return 1;
    }
    struct buf out = {0};
    conf_document(settings_tables(), &out);
    struct str text = buf_view(&out);
    bool ok = fwrite(text.p, 1, text.n, stdout) == text.n && fflush(stdout) == 0;
    buf_deinit(&out);
    if (!ok) {
        console_log(LEVEL_EMERG, "the directives could not be written to standard output");
    }
    return ok ? 0 : 1;
}
