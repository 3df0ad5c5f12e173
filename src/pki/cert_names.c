/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/cert_names.h"

#include <arpa/inet.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "base/vec.h"
#include "pki/dn.h"

enum { OID_TEXT_MAX = 128 };

static void name_add(struct cert_names *names, struct arena *arena, struct str kind,
                     struct str value)
{
    struct cert_name *name = vec_push(arena, &names->items, &names->n, sizeof(*name));
    *name = (struct cert_name){kind, value};
}

static struct str oid_text(const ASN1_OBJECT *oid, struct arena *arena)
{
    char text[OID_TEXT_MAX];
    int n = OBJ_obj2txt(text, sizeof(text), oid, 1);
    return n > 0 ? arena_dup(arena, str_of(text)) : STR("unreadable OID");
}

static struct str bytes_of(const ASN1_STRING *string, struct arena *arena)
{
    struct str raw = {(const char *)ASN1_STRING_get0_data(string),
                      (size_t)ASN1_STRING_length(string)};
    return arena_dup(arena, raw);
}

/* As UTF-8 whatever kind of string it is; its bytes if it is none. */
static struct str string_text(const ASN1_STRING *string, struct arena *arena)
{
    unsigned char *utf8 = NULL;
    int n = ASN1_STRING_to_UTF8(&utf8, string);
    ERR_clear_error();
    if (n < 0) {
        return bytes_of(string, arena);
    }
    struct str text = arena_dup(arena, (struct str){(char *)utf8, (size_t)n});
    OPENSSL_free(utf8);
    return text;
}

struct cert_names cert_attributes(const X509_NAME *name, struct arena *arena)
{
    struct cert_names names = {NULL, 0};
    for (int i = 0; i < X509_NAME_entry_count(name); i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(entry);
        int nid = OBJ_obj2nid(type);
        struct str kind = nid == NID_undef ? oid_text(type, arena) : str_of(OBJ_nid2sn(nid));
        name_add(&names, arena, kind, string_text(X509_NAME_ENTRY_get_data(entry), arena));
    }
    return names;
}

static struct str address_text_of(const ASN1_OCTET_STRING *ip, struct arena *arena)
{
    char text[INET6_ADDRSTRLEN];
    int n = ASN1_STRING_length(ip);
    int family = n == 4 ? AF_INET : n == 16 ? AF_INET6 : AF_UNSPEC;
    if (family == AF_UNSPEC || !inet_ntop(family, ASN1_STRING_get0_data(ip), text, sizeof(text))) {
        return arena_printf(arena, "not an IP address: %d octets", n);
    }
    return arena_dup(arena, str_of(text));
}

/* A userPrincipalName is a text; the form of other kinds is not known. */
static void other_name_add(struct cert_names *names, struct arena *arena, const OTHERNAME *other)
{
    const ASN1_TYPE *value = other->value;
    struct str kind = OBJ_obj2nid(other->type_id) == NID_ms_upn
                          ? STR("UPN")
                          : arena_printf(arena, "otherName %s", oid_text(other->type_id, arena).p);
    bool is_text = value->type == V_ASN1_UTF8STRING || value->type == V_ASN1_IA5STRING ||
                   value->type == V_ASN1_PRINTABLESTRING;
    struct str text = is_text ? string_text(value->value.asn1_string, arena) : STR("not text");
    name_add(names, arena, kind, text);
}

static void general_name_add(struct cert_names *names, struct arena *arena, struct str kind,
                             const GENERAL_NAME *name)
{
    struct str own = STR("other");
    struct str value = STR("an unsupported type of name");
    switch (name->type) {
    case GEN_OTHERNAME: other_name_add(names, arena, name->d.otherName); return;
    case GEN_EMAIL:
        own = STR("email");
        value = bytes_of(name->d.rfc822Name, arena);
        break;
    case GEN_DNS:
        own = STR("DNS");
        value = bytes_of(name->d.dNSName, arena);
        break;
    case GEN_DIRNAME:
        own = STR("DN");
        value = dn_text(name->d.directoryName, arena);
        break;
    case GEN_URI:
        own = STR("URI");
        value = bytes_of(name->d.uniformResourceIdentifier, arena);
        break;
    case GEN_IPADD:
        own = STR("IP");
        value = address_text_of(name->d.iPAddress, arena);
        break;
    case GEN_RID:
        own = STR("registeredID");
        value = oid_text(name->d.registeredID, arena);
        break;
    default: break;
    }
    name_add(names, arena, kind.n ? kind : own, value);
}

static void general_names_add(struct cert_names *names, struct arena *arena, struct str kind,
                              const GENERAL_NAMES *list)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(list); i++) {
        general_name_add(names, arena, kind, sk_GENERAL_NAME_value(list, i));
    }
}

void *cert_extension(const X509 *cert, int nid, bool *ok)
{
    int critical;
    void *extension = X509_get_ext_d2i(cert, nid, &critical, NULL);
    *ok = extension || critical == -1;
    ERR_clear_error();
    return extension;
}

bool cert_alternative_names(const X509 *cert, struct arena *arena, struct cert_names *out)
{
    bool ok;
    GENERAL_NAMES *list = cert_extension(cert, NID_subject_alt_name, &ok);
    *out = (struct cert_names){NULL, 0};
    general_names_add(out, arena, STR(""), list);
    GENERAL_NAMES_free(list);
    return ok;
}

bool cert_crl_addresses(const X509 *cert, struct arena *arena, struct cert_names *out)
{
    bool ok;
    STACK_OF(DIST_POINT) *points = cert_extension(cert, NID_crl_distribution_points, &ok);
    *out = (struct cert_names){NULL, 0};
    for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT_NAME *where = sk_DIST_POINT_value(points, i)->distpoint;
        if (where && where->type == 0) { /* fullName */
            general_names_add(out, arena, STR("CRL"), where->name.fullname);
        }
    }
    sk_DIST_POINT_pop_free(points, DIST_POINT_free);
    return ok;
}

bool cert_authority_addresses(const X509 *cert, struct arena *arena, struct cert_names *out)
{
    bool ok;
    AUTHORITY_INFO_ACCESS *info = cert_extension(cert, NID_info_access, &ok);
    *out = (struct cert_names){NULL, 0};
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(info); i++) {
        const ACCESS_DESCRIPTION *access = sk_ACCESS_DESCRIPTION_value(info, i);
        int nid = OBJ_obj2nid(access->method);
        struct str kind =
            nid == NID_undef ? oid_text(access->method, arena) : str_of(OBJ_nid2sn(nid));
        general_name_add(out, arena, kind, access->location);
    }
    AUTHORITY_INFO_ACCESS_free(info);
    return ok;
}
