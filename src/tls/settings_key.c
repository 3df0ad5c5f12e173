/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks that share a context accept the same clients, so no setting may be forgotten here. The key
 * therefore begins with all bytes of the struct, and a new field counts without a change to this
 * file. The tables name only the pointers: what they point to counts in their place. A pointer that
 * is in no table counts as an address, and so do the bytes of padding. Then equal settings may get
 * different keys, which costs a context and is safe.
 */
#include "tls/settings_key.h"

#include <string.h>

#define FIELD(name) offsetof(struct tls_server_settings, name)

static const size_t TEXTS[] = {
    FIELD(ciphers),        FIELD(curves),          FIELD(session_cache_name),
    FIELD(ocsp_responder), FIELD(ocsp_cache_name), FIELD(stapling_responder),
};

static const size_t PATHS[] = {
    FIELD(password_file),       FIELD(dhparam),       FIELD(client_certificate),
    FIELD(trusted_certificate), FIELD(stapling_file),
};

static const size_t WORDS[] = {
    FIELD(certificates),
    FIELD(keys),
    FIELD(ticket_keys),
    FIELD(crls),
};

/* With its length, so that no two rows of texts are the same bytes. */
static void settings_key_put(struct buf *out, struct str text)
{
    buf_append(out, (struct str){(const char *)&text.n, sizeof(text.n)});
    buf_append(out, text);
}

static void put_texts(const char *fields, struct buf *out)
{
    for (size_t i = 0; i < COUNT_OF(TEXTS); i++) {
        settings_key_put(out, *(const struct str *)(const void *)(fields + TEXTS[i]));
    }
}

/* One that is not given is not an empty one. */
static void put_paths(const char *fields, struct buf *out)
{
    for (size_t i = 0; i < COUNT_OF(PATHS); i++) {
        const char *path = *(char *const *)(const void *)(fields + PATHS[i]);
        buf_byte(out, path != NULL);
        settings_key_put(out, str_of(path));
    }
}

/* How many there are is in the bytes of the struct. */
static void put_words(const char *fields, struct buf *out)
{
    for (size_t i = 0; i < COUNT_OF(WORDS); i++) {
        const struct tls_words *words = (const void *)(fields + WORDS[i]);
        for (size_t k = 0; k < words->n; k++) {
            settings_key_put(out, words->items[k]);
        }
    }
}

static void drop_pointer(char *fields, size_t offset)
{
    enum { SIZE = sizeof(void *) };
    memset(fields + offset, 0, SIZE);
}

/* The bytes of the struct without the pointers that the tables name. */
static void put_struct(const struct tls_server_settings *settings, struct buf *out)
{
    char *fields = buf_reserve(out, sizeof(*settings));
    memcpy(fields, settings, sizeof(*settings));
    for (size_t i = 0; i < COUNT_OF(TEXTS); i++) {
        drop_pointer(fields, TEXTS[i] + offsetof(struct str, p));
    }
    for (size_t i = 0; i < COUNT_OF(PATHS); i++) {
        drop_pointer(fields, PATHS[i]);
    }
    for (size_t i = 0; i < COUNT_OF(WORDS); i++) {
        drop_pointer(fields, WORDS[i] + offsetof(struct tls_words, items));
    }
    drop_pointer(fields, FIELD(commands));
    drop_pointer(fields, FIELD(client_certificate_at)); /* for messages only */
    buf_grew(out, sizeof(*settings));
}

void tls_settings_key(const struct tls_server_settings *settings, struct buf *out)
{
    const char *fields = (const char *)settings;
    put_struct(settings, out);
    put_texts(fields, out);
    put_paths(fields, out);
    put_words(fields, out);
    for (size_t i = 0; i < settings->commands_n; i++) {
        settings_key_put(out, settings->commands[i].name);
        settings_key_put(out, settings->commands[i].value);
    }
}
