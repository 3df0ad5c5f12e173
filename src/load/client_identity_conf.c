/* SPDX-License-Identifier: Apache-2.0 */
#include "load/client_identity_conf.h"

#include "base/vec.h"
#include "http/header.h"
#include "site/uses.h"

static const char *const RFC9440_FIELDS[] = {"Client-Cert", "Client-Cert-Chain", NULL};
static const char *const XFCC_FIELDS[] = {"X-Forwarded-Client-Cert", NULL};
static const char *const NO_FIELDS[] = {NULL};

static const char *const *const FIELDS[] = {
    [IDENTITY_HEADERS_OFF] = NO_FIELDS,
    [IDENTITY_HEADERS_RFC9440] = RFC9440_FIELDS,
    [IDENTITY_HEADERS_XFCC] = XFCC_FIELDS,
};

bool client_identity_sends(struct loader *loader, const struct location_settings *location,
                           struct str name, const struct template *value, struct error *err)
{
    for (const char *const *field = FIELDS[location->identity_headers]; *field; field++) {
        if (field_name_alike(str_of(*field), name)) {
            return error_set(err,
                             "\"%.*s\" is set here, and client_identity_headers sends \"%s\" too",
                             STR_ARG(name), *field);
        }
    }
    if (value->constant || header_id_of(name) != HEADER_OTHER) {
        return true; /* it tells nothing, or every client may send its own */
    }
    struct sent_field *sent = vec_push(&loader->settings->arena, &loader->sent_fields,
                                       &loader->sent_fields_n, sizeof(*sent));
    *sent = (struct sent_field){name, value};
    return true;
}

static void add_fixed(struct settings *settings)
{
    for (size_t i = 0; i < COUNT_OF(FIELDS); i++) {
        for (const char *const *field = FIELDS[i]; *field; field++) {
            field_names_add(&settings->identity_fields, &settings->arena, str_of(*field));
        }
    }
}

/* Streams of one connection may be of different servers: so each connection keeps its chain. */
static void keep_chains(struct loader *loader)
{
    bool tells = false;
    for (size_t i = 0; i < loader->locations_n; i++) {
        tells = tells || loader->locations[i]->identity_headers != IDENTITY_HEADERS_OFF;
    }
    for (size_t i = 0; i < loader->settings->servers_n; i++) {
        loader->settings->servers[i]->settings.tls.keeps_chain = tells;
    }
}

void client_identity_complete(struct loader *loader)
{
    struct settings *settings = loader->settings;
    struct uses of_client = {NULL};
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < loader->sent_fields_n; i++) {
        const struct sent_field *sent = &loader->sent_fields[i];
        if (!of_client.items) {
            uses_of(settings, &arena, names_client, &of_client);
        }
        if (uses_in(&of_client, sent->value)) {
            field_names_add(&settings->identity_fields, &settings->arena, sent->name);
        }
    }
    arena_deinit(&arena);
    add_fixed(settings);
    keep_chains(loader);
}

static const struct choice FORMS[] = {{"off", IDENTITY_HEADERS_OFF},
                                      {"rfc9440", IDENTITY_HEADERS_RFC9440},
                                      {"xfcc", IDENTITY_HEADERS_XFCC},
                                      {NULL, 0}};

const struct directive client_identity_directives[] = {
    {.name = "client_identity_headers",
     .contexts = CONTEXT_HTTP | CONTEXT_SERVER | CONTEXT_LOCATION,
     .min_args = 1,
     .max_args = 1,
     .set = set_choice,
     .extra = FORMS,
     .offset = offsetof(struct location_settings, identity_headers),
     .initial = "off",
     .syntax = "rfc9440 | xfcc | off",
     .note = "Tells backends the client's verified certificate: as Client-Cert and "
             "Client-Cert-Chain (RFC 9440), or as X-Forwarded-Client-Cert. What a client sends "
             "under these names goes no further, with `off` too: [identity.md](identity.md)."},
};

const size_t client_identity_directives_n = COUNT_OF(client_identity_directives);
