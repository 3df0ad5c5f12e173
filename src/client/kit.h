/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scripts, policies and profiles that a program needs to present a client certificate. Each
 * program has a file that makes its texts, and a row in the table in kit.c.
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

/* The texts that a program's function makes. */
enum kit_part {
    KIT_INSTALL,     /* the printed text */
    KIT_UNDO,        /* undoes KIT_INSTALL; harmless if run twice, or before it */
    KIT_INSTALL_CMD, /* a batch file with it in a kit directory */
    KIT_UNDO_CMD,
    KIT_POLICY, /* with `policy`: the policies, for administrators to distribute
                 */
};

struct kit_program;

/*
 * The input of a program's function; all is borrowed. Texts are printed, so they contain no secret
 * that is not encrypted (pkcs12).
 */
struct kit {
    const struct kit_program *program;
    struct str name; /* in the store; passes entry_name_check, so it needs no quoting */
    X509 *cert;
    X509 *issuer; /* the issuer of cert */
    X509 *root;
    const struct site *sites; /* at least one */
    size_t n_sites;

    /*
     * The places of the files. In a kit directory (`carried`) they are beside the script: NAME.pem
     * and, with trust_ca, root.crt. Otherwise these are absolute paths of any bytes. shell_start
     * makes "$cert" and "$ca" of both.
     */
    bool carried;
    struct str cert_path; /* certificate, intermediate if there is one, private key */
    struct str root_path;

    bool trust_ca; /* the sites' server certificates are from this CA, too */
    bool local;    /* git: for this repository only */
    bool policy;   /* firefox: a setting of the machine, not of the profile */

    struct str pkcs12; /* encrypted; only if the program's row has needs_pkcs12 */

    struct arena *arena; /* for the function's temporary results */
};

/* Appends the text, which ends with a line feed. */
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
    bool pem_file;     /* the directory has NAME.pem (and root.crt) */
    bool pkcs12_file;  /* the directory has NAME.p12 */
    bool local;        /* --local is allowed */
    bool policy;       /* --policy is allowed */
};

/* All programs, in the order of the help. */
extern const struct kit_program kit_programs[];
extern const size_t kit_programs_count;
/* The program with that name, or NULL. */
const struct kit_program *kit_program_find(struct str name);

/*
 * Appends comment lines that begin with `prefix`: what the text is, for which certificate and
 * sites, how to undo it. Printable ASCII.
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
