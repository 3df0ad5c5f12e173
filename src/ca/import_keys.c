/* SPDX-License-Identifier: Apache-2.0 */
#include "ca/import_keys.h"

#include <assert.h>
#include <dirent.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "ca/der_write.h"
#include "ca/key.h"

enum { KEY_FILE_MAX = 64 * 1024 };

/* Calls for the text of a file that holds a secret, which is overwritten afterwards. */
typedef bool visit_secret(void *arg, const char *path, struct str text, struct error *err);

static bool with_file(const char *path, visit_secret *visit, void *arg, struct error *err)
{
    struct arena arena;
    struct str text;
    arena_init(&arena, 0);
    bool ok = file_read(path, KEY_FILE_MAX, &arena, &text, err);
    if (ok) {
        ok = visit(arg, path, text, err);
        OPENSSL_cleanse((void *)(uintptr_t)text.p, text.n); /* ours: in the arena */
    }
    arena_deinit(&arena);
    return ok;
}

static bool is_encrypted(struct str text)
{
    return str_search(text, STR("ENCRYPTED")) < text.n;
}

struct reader {
    struct import_keys *keys;
    const struct import_level *level;
    struct import_notes *notes;
};

static bool import_keys_remember(void *arg, const char *path, struct str text, struct error *err)
{
    const struct reader *r = arg;
    struct arena *arena = r->notes->arena;
    struct buf public_key = {0};
    if (str_search(text, STR("PRIVATE KEY-----")) == text.n) {
        return true;
    }
    if (is_encrypted(text)) {
        import_note(r->notes, "%s: not imported: the key is encrypted; it stays where it is", path);
        return true;
    }
    EVP_PKEY *key = key_read(text, STR(""), path, err);
    if (key && key_write_public(key, &public_key)) {
        strmap_put(&r->keys->paths, arena, arena_dup(arena, buf_view(&public_key)),
                   arena_cstr(arena, str_of(path)));
    } else {
        import_note(r->notes, "%s: not imported: %s", path, err->text);
    }
    buf_deinit(&public_key);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return true;
}

static void import_keys_read_folder(struct reader *r, const char *folder,
                                    const struct progress *progress)
{
    struct dirent **entries = NULL;
    struct stat own = {0};
    struct stat st;
    struct error why;
    const char *authority = r->level->source.key;
    bool known = authority && stat(authority, &own) == 0;
    int n = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        struct arena arena;
        arena_init(&arena, 0);
        const char *path = path_resolve(&arena, str_of(folder), str_of(entries[i]->d_name));
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= KEY_FILE_MAX &&
            !(known && st.st_ino == own.st_ino && st.st_dev == own.st_dev) &&
            !with_file(path, import_keys_remember, r, &why)) {
            import_note(r->notes, "not imported: %s", why.text);
        }
        arena_deinit(&arena);
        free(entries[i]);
        progress_step(progress, i + 1, n);
    }
    free(entries);
}

void import_keys_read(struct import_keys *keys, const struct import_level *level,
                      struct import_notes *notes, const struct progress *progress)
{
    struct reader r = {keys, level, notes};
    for (size_t i = 0; i < level->source.keys.n; i++) {
        import_keys_read_folder(&r, level->source.keys.items[i].p, progress);
    }
}

struct opening {
    struct str passphrase;
    EVP_PKEY *key;
    bool encrypted;
};

static bool import_keys_open_key(void *arg, const char *path, struct str text, struct error *err)
{
    struct opening *opening = arg;
    opening->key = key_read(text, opening->passphrase, path, err);
    return opening->key;
}

static bool look(void *arg, const char *path, struct str text, struct error *err)
{
    struct opening *opening = arg;
    opening->encrypted = is_encrypted(text);
    return true;
}

EVP_PKEY *import_keys_get(const struct import_keys *keys, const struct import_item *item)
{
    struct error why;
    struct opening opening = {.passphrase = STR("")};
    const char *path = item->public_key.n > 0 ? strmap_get(&keys->paths, item->public_key) : NULL;
    return path && with_file(path, import_keys_open_key, &opening, &why) ? opening.key : NULL;
}

bool import_key_encrypted(const char *path, bool *encrypted, struct error *err)
{
    struct opening opening = {.encrypted = false};
    bool ok = with_file(path, look, &opening, err);
    *encrypted = opening.encrypted;
    return ok;
}

bool import_level_unlock(struct import_level *level, struct str passphrase, struct error *err)
{
    assert(level->source.key && level->cert && !level->key);
    struct opening opening = {.passphrase = passphrase};
    struct buf algorithm = {0};
    const char *path = level->source.key;
    if (!with_file(path, import_keys_open_key, &opening, err)) {
        return false;
    }
    level->key = opening.key;
    if (X509_check_private_key(level->cert, level->key) != 1) {
        ERR_clear_error();
        return error_set(err, "the key in \"%s\" does not belong to the certificate in \"%s\"",
                         path, level->source.cert);
    }
    bool ok =
        der_put_algorithm(&algorithm, level->key) ||
        error_set(err, "the key in \"%s\" has an unsupported type: use RSA, EC or Ed25519", path);
    buf_deinit(&algorithm);
    return ok;
}
