/* SPDX-License-Identifier: Apache-2.0 */
/* The directory that `yett client --out` writes, to be carried to another machine. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/client.h"
#include "pki/pem_write.h"

enum { PEM_MAX = 256 * 1024 };

/* Made by the table of programs: their texts, and what these lean on. */
enum { OUT_FILES = KIT_FILES + 3 };

struct out_file {
    struct str name;
    struct buf data;
    mode_t mode;
};

struct out_dir {
    struct out_file files[OUT_FILES];
    size_t n;
};

static struct buf *client_out_add(struct out_dir *dir, struct str name, mode_t mode)
{
    assert(dir->n < OUT_FILES);
    struct out_file *file = &dir->files[dir->n++];
    file->name = name;
    file->mode = mode;
    return &file->data;
}

static struct str name_with(struct client_command *command, const char *end)
{
    return arena_concat(&command->base.arena, command->kit.name, str_of(end));
}

static bool add_pem(struct client_command *command, struct out_dir *dir)
{
    struct str text;
    struct arena *arena = &command->base.arena;
    const char *path = arena_cstr(arena, command->kit.cert_path);
    if (!file_read(path, PEM_MAX, arena, &text, &command->base.err)) {
        return false;
    }
    secret_append(client_out_add(dir, name_with(command, ".pem"), 0600), text);
    OPENSSL_cleanse((void *)(uintptr_t)text.p, text.n); /* ours: in the arena */
    return true;
}

static bool client_out_collect(struct client_command *command, struct out_dir *dir)
{
    const struct kit_program *program = command->kit.program;
    struct error *err = &command->base.err;
    if (program->pem_file && !add_pem(command, dir)) {
        return false;
    }
    if (program->pkcs12_file) {
        assert(buf_size(&command->pkcs12) > 0); /* made when there is a directory */
        buf_append(client_out_add(dir, name_with(command, ".p12"), 0600),
                   buf_view(&command->pkcs12));
    }
    if (command->kit.trust_ca && (program->pem_file || program->pkcs12_file)) {
        pem_write_block(client_out_add(dir, STR("root.crt"), 0644), "CERTIFICATE",
                        command->base.ca.root.record.der);
    }
    for (const struct kit_file *file = program->files; file->name; file++) {
        if (file->part == KIT_POLICY && !command->kit.policy) {
            continue;
        }
        struct str name =
            file->name[0] == '.' ? name_with(command, file->name) : str_of(file->name);
        struct buf *text = client_out_add(dir, name, file->executable ? 0700 : 0600);
        if (!program->write(&command->kit, file->part, text, err)) {
            return false;
        }
    }
    return true;
}

/* The umask is 0: modes are exact. */
static bool client_out_write_all(const struct out_dir *out, const char *path, struct arena *arena,
                                 struct error *err)
{
    struct ca_dir dir;
    if (mkdir(path, 0700) != 0) {
        return errno == EEXIST ? error_set(err, "\"%s\" already exists: name a new directory", path)
                               : error_errno(err, errno, "mkdir() \"%s\"", path);
    }
    bool ok = ca_dir_open(&dir, path, err);
    for (size_t i = 0; ok && i < out->n; i++) {
        const struct out_file *file = &out->files[i];
        ok = ca_file_write(&dir, arena_cstr(arena, file->name), buf_view(&file->data), file->mode,
                           true, err);
    }
    ok = ok && ca_dir_sync(&dir, ".", err);
    struct error ignored; /* the first one says why */
    if (!ok && dir.fd >= 0 && ca_dir_empty(&dir, ".", &ignored)) {
        rmdir(path);
    }
    ca_dir_close(&dir);
    return ok;
}

static void client_out_report(struct client_command *command, const struct out_dir *dir)
{
    struct json json = {.out = stdout};
    if (!command->base.json) {
        for (size_t i = 0; i < dir->n; i++) {
            printf("%s/%.*s\n", command->out, STR_ARG(dir->files[i].name));
        }
        return;
    }
    json_object(&json, NULL);
    json_str(&json, "program", str_of(command->kit.program->name));
    json_str(&json, "directory", str_of(command->out));
    json_array(&json, "files");
    for (size_t i = 0; i < dir->n; i++) {
        json_str(&json, NULL, dir->files[i].name);
    }
    json_array_end(&json);
    record_print_json(&json, "certificate", &command->base.ca, &command->record);
    json_object_end(&json);
    putchar('\n');
}

bool client_out(struct client_command *command)
{
    struct out_dir dir = {.n = 0};
    bool ok = client_out_collect(command, &dir) &&
              client_out_write_all(&dir, command->out, &command->base.arena, &command->base.err);
    if (ok) {
        client_out_report(command, &dir);
    }
    for (size_t i = 0; i < dir.n; i++) {
        secret_deinit(&dir.files[i].data);
    }
    return ok;
}
