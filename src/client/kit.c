/* SPDX-License-Identifier: Apache-2.0 */
#include "client/kit.h"

#include <assert.h>

const struct kit_program kit_programs[] = {
    {
        .name = "git",
        .description = "http.URL.sslCert and sslKey, as a shell script",
        .write = client_git,
        .files = {{"install.sh", KIT_INSTALL, true}, {"undo.sh", KIT_UNDO, true}},
        .pem_file = true,
        .local = true,
    },
    {
        .name = "curl",
        .description = "a configuration file for -K",
        .write = client_curl,
        .files = {{"curl.sh", KIT_INSTALL, true}},
        .pem_file = true,
    },
    {
        .name = "chrome",
        .description = "Chrome and Chromium on Linux, as a shell script",
        .write = client_chrome,
        .files = {{"install.sh", KIT_INSTALL, true}, {"undo.sh", KIT_UNDO, true}},
        .pem_file = true,
    },
    {
        .name = "firefox",
        .description = "Firefox on Linux, as a shell script",
        .write = client_firefox,
        .files = {{"install.sh", KIT_INSTALL, true},
                  {"undo.sh", KIT_UNDO, true},
                  {"policies.json", KIT_POLICY, false}},
        .pem_file = true,
        .policy = true,
    },
    {
        .name = "windows",
        .description = "a registry file with policies for Chrome and Edge",
        .write = client_windows,
        .files = {{"install.reg", KIT_INSTALL, false},
                  {"undo.reg", KIT_UNDO, false},
                  {"install.cmd", KIT_INSTALL_CMD, false},
                  {"undo.cmd", KIT_UNDO_CMD, false}},
        .pkcs12_file = true,
    },
    {
        .name = "macos",
        .description = "a configuration profile for the certificate, Safari, Chrome and Edge",
        .write = client_macos,
        .files = {{".mobileconfig", KIT_INSTALL, false}, {"undo.txt", KIT_UNDO, false}},
        .needs_pkcs12 = true,
    },
    {
        .name = "ios",
        .description = "a configuration profile for the certificate",
        .write = client_ios,
        .files = {{".mobileconfig", KIT_INSTALL, false}, {"undo.txt", KIT_UNDO, false}},
        .needs_pkcs12 = true,
    },
};

const size_t kit_programs_count = COUNT_OF(kit_programs);

const struct kit_program *kit_program_find(struct str name)
{
    for (size_t i = 0; i < kit_programs_count; i++) {
        if (str_eq(name, str_of(kit_programs[i].name))) {
            return &kit_programs[i];
        }
    }
    return NULL;
}

/* The file in a kit directory that takes back what this part does. NULL: there is none. */
static const char *undo_file(const struct kit_program *program, enum kit_part part)
{
    enum kit_part undo = part == KIT_INSTALL_CMD ? KIT_UNDO_CMD : KIT_UNDO;
    assert(!program->files[KIT_FILES].name); /* the list ends */
    const struct kit_file *file = program->files;
    while (file->name && file->part != undo) {
        file++;
    }
    return file->name;
}

void kit_comment(struct buf *out, const struct kit *kit, enum kit_part part, const char *prefix)
{
    assert(part != KIT_POLICY && kit->n_sites > 0); /* JSON has no comments */
    bool undo = part == KIT_UNDO || part == KIT_UNDO_CMD;
    const char *undo_name = undo_file(kit->program, part);
    const char *name = kit->program->name;
    buf_printf(out, "%s%s: %s the certificate \"%.*s\" to\n", prefix, name,
               undo ? "no longer show" : "show", STR_ARG(kit->name));
    for (size_t i = 0; i < kit->n_sites; i++) {
        buf_printf(out, "%s  %.*s\n", prefix, STR_ARG(kit->sites[i].url));
    }
    if (undo || !undo_name) {
        return;
    }
    if (kit->carried) {
        buf_printf(out, "%sTo undo it, run %s.\n", prefix, undo_name);
    } else {
        buf_printf(out, "%sTo undo it, run the same command with --undo.\n", prefix);
    }
}
