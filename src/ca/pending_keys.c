/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/pending_keys.h"

#include <assert.h>

#include "ca/key.h"

enum { KEYS_MAX = 1 << 30 };

#define PENDING_KEYS "pending/keys"
#define LAST_LINE    "-----END PRIVATE KEY-----\n"

bool pending_keys_add(struct pending_keys *keys, const struct serial_number *serial, EVP_PKEY *key,
                      struct error *err)
{
    char text[SERIAL_TEXT_MAX];
    struct buf pem = {0};
    bool ok = key_write(key, STR(""), &pem, err);
    secret_append(&keys->text, str_of(serial_number_text(serial, text)));
    secret_append(&keys->text, STR("\n"));
    secret_append(&keys->text, buf_view(&pem));
    secret_deinit(&pem);
    return ok;
}

bool pending_keys_save(const struct pending_keys *keys, const struct ca_dir *dir, struct error *err)
{
    return keys->text.len == 0 ||
           (ca_file_write(dir, PENDING_KEYS, buf_view(&keys->text), 0600, true, err) &&
            ca_dir_sync(dir, "pending", err));
}

bool pending_keys_load(struct pending_keys *keys, const struct ca_dir *dir, struct error *err)
{
    *keys = (struct pending_keys){.at = 0};
    return !ca_file_exists(dir, PENDING_KEYS) ||
           ca_file_read(dir, PENDING_KEYS, KEYS_MAX, &keys->text, err);
}

/* From `from` on, before `to`. */
static struct str find_between(struct pending_keys *keys, struct str serial, size_t from, size_t to)
{
    assert(from <= to && to <= keys->text.len);
    struct str text = str_skip(str_head(buf_view(&keys->text), to), from);
    while (text.n > 0) {
        struct str name = str_split(&text, '\n');
        size_t end = str_search(text, STR(LAST_LINE));
        struct str pem = str_head(text, end + sizeof(LAST_LINE) - 1);
        if (end == text.n) {
            break; /* broken off: its transaction did not come that far */
        }
        text = str_skip(text, pem.n);
        if (str_eq(name, serial)) {
            keys->at = to - text.n;
            return pem;
        }
    }
    return (struct str){NULL, 0};
}

struct str pending_keys_find(struct pending_keys *keys, const struct serial_number *serial)
{
    char text[SERIAL_TEXT_MAX];
    struct str name = str_of(serial_number_text(serial, text));
    size_t start = keys->at;
    struct str found = find_between(keys, name, start, keys->text.len);
    return found.n > 0 ? found : find_between(keys, name, 0, start);
}

void pending_keys_deinit(struct pending_keys *keys)
{
    secret_deinit(&keys->text);
}
