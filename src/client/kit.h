/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program needs to show a certificate to a site: scripts, policies, profiles. Each program
 * has a file that makes its texts, and a row in the table in kit.c.
 */
#ifndef CLIENT_KIT_H
#define CLIENT_KIT_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"
#include "client/site.h"

/* What a program's function is asked for. */
enum kit_part {
    KIT_INSTALL,     /* the text that is printed */
    KIT_UNDO,        /* takes it back: harmless if run twice, or before KIT_INSTALL */
    KIT_INSTALL_CMD, /* a batch file beside it in a kit directory */
    KIT_UNDO_CMD,
    KIT_POLICY, /* with `policy`: the policies themselves, for administrators who distribute files
                 */
};

struct kit_program;

/*
 * Everything that a program's function may look at; all is borrowed. No text has a secret in it
 * except encrypted (pkcs12): they are printed.
 */
struct kit {
    const struct kit_program *program;
    struct str name; /* in the store: entry_name_check holds, so it may stand everywhere */
    X509 *cert;
    X509 *issuer; /* the issuer of cert */
    X509 *root;
    const struct site *sites; /* one at least */
    size_t n_sites;

    /*
     * Where the files are. In a kit directory ("carried") everything lies beside the script:
     * NAME.pem and, with trust_ca, root.crt. Otherwise these are absolute paths of any bytes.
     * shell_start turns both into "$cert" and "$ca".
     */
    bool carried;
    struct str cert_path; /* certificate, intermediate if there is one, private key */
    struct str root_path;

    bool trust_ca; /* the sites' own certificates are from this CA, too */
    bool local;    /* git: for this repository only */
    bool policy;   /* firefox: the choice is the machine's, not the profile's */

    struct str pkcs12; /* encrypted; only if the program's row has needs_pkcs12 */

    struct arena *arena; /* for what the function makes on its way */
};

/* Appends the text. It ends in a line's end. */
typedef bool kit_write(const struct kit *kit, enum kit_part part, struct buf *out,
                       struct error *err);

/* A file of the kit directory. */
struct kit_file {
    const char *name; /* ".reg" is NAME.reg; NULL ends the list */
    enum kit_part part;
    bool executable;
};

enum { KIT_FILES = 4 };

struct kit_program {
    const char *name;
    const char *description;
    kit_write *write;
    struct kit_file files[KIT_FILES + 1];
    bool needs_pkcs12; /* for its text */
    bool pem_file;     /* NAME.pem (and root.crt) belong to the directory */
    bool pkcs12_file;  /* NAME.p12 does */
    bool local;        /* --local means something */
    bool policy;       /* --policy does */
};

/* All of them, in the order of the help. */
extern const struct kit_program kit_programs[];
extern const size_t kit_programs_count;
/* NULL: there is none of that name. */
const struct kit_program *kit_program_find(struct str name);

/*
 * A line each, behind `prefix`: what this is, for which certificate and which sites, how to take it
 * back. Printable ASCII.
 */
void kit_comment(struct buf *out, const struct kit *kit, enum kit_part part, const char *prefix);

kit_write client_git;
kit_write client_curl;
kit_write client_windows;
kit_write client_macos;
kit_write client_ios;
kit_write client_chrome;
kit_write client_firefox;

#endif
