/* SPDX-License-Identifier: Apache-2.0 */
/* index.txt: what is read has one entry for each line, and no revocation is lost on the way. */
#include <stdlib.h>

#include "ca/index_file.h"
#include "ca/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count(struct str text, struct str start)
{
    size_t n = 0;
    while (text.n > 0) {
        n += str_starts(str_split(&text, '\n'), start);
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct error err;
    struct index_file index;
    struct str text = {(const char *)data, size};
    arena_init(&arena, 0);
    if (index_file_parse(text, "index.txt", &arena, &index, &err)) {
        size_t revoked = 0;
        for (size_t i = 0; i < index.n; i++) {
            const struct index_entry *entry = &index.items[i];
            revoked += entry->revoked;
            if (entry->revoked != (entry->revoked_at > 0) || !reason_name(entry->reason) ||
                index_file_find(&index, &entry->serial) != entry) {
                abort();
            }
        }
        if (revoked != count(text, STR("R")) ||
            index.n + count(text, STR("#")) != count(text, STR(""))) {
            abort();
        }
    }
    arena_deinit(&arena);
    return 0;
}
