/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/oid.h"

#include <openssl/err.h>
#include <openssl/objects.h>

#include "base/compiler.h"

/* Longer ones are not read from certificates either. */
enum { OID_MAX = 128 };

/* RFC 4514, 4519, 4524 and 5280; X.520; CA/Browser Forum (jurisdiction…); ETSI EN 319 412-1
 * (organizationIdentifier); PKCS #9. Not uniqueIdentifier, whose short name is "uid": who writes
 * that means UID. */
static const int ATTRIBUTES[] = {
    NID_commonName,
    NID_surname,
    NID_serialNumber,
    NID_countryName,
    NID_localityName,
    NID_stateOrProvinceName,
    NID_streetAddress,
    NID_organizationName,
    NID_organizationalUnitName,
    NID_title,
    NID_description,
    NID_businessCategory,
    NID_postalAddress,
    NID_postalCode,
    NID_postOfficeBox,
    NID_physicalDeliveryOfficeName,
    NID_telephoneNumber,
    NID_member,
    NID_owner,
    NID_name,
    NID_givenName,
    NID_initials,
    NID_generationQualifier,
    NID_x500UniqueIdentifier,
    NID_dnQualifier,
    NID_houseIdentifier,
    NID_dmdName,
    NID_pseudonym,
    NID_role,
    NID_organizationIdentifier,
    NID_countryCode3c,
    NID_countryCode3n,
    NID_userId,
    NID_domainComponent,
    NID_rfc822Mailbox,
    NID_pkcs9_emailAddress,
    NID_pkcs9_unstructuredName,
    NID_pkcs9_unstructuredAddress,
    NID_jurisdictionLocalityName,
    NID_jurisdictionStateOrProvinceName,
    NID_jurisdictionCountryName,
};

static const int KEY_USES[] = {
    NID_anyExtendedKeyUsage,
    NID_server_auth,
    NID_client_auth,
    NID_code_sign,
    NID_email_protect,
    NID_ipsecEndSystem,
    NID_ipsecTunnel,
    NID_ipsecUser,
    NID_time_stamp,
    NID_OCSP_sign,
    NID_dvcs,
    NID_ipsec_IKE,
    NID_capwapAC,
    NID_capwapWTP,
    NID_sshServer,
    NID_sshClient,
    NID_sendRouter,
    NID_sendProxiedRouter,
    NID_sendOwner,
    NID_sendProxiedOwner,
    NID_cmcCA,
    NID_cmcRA,
    NID_cmcArchive,
    NID_id_kp_bgpsec_router,
    NID_id_kp_BrandIndicatorforMessageIdentification,
    NID_pkInitClientAuth,
    NID_pkInitKDC,
    NID_ms_code_ind,
    NID_ms_code_com,
    NID_ms_ctl_sign,
    NID_ms_sgc,
    NID_ms_efs,
    NID_ms_smartcard_login,
    NID_ns_sgc,
};

static const int CERT_POLICIES[] = {NID_any_policy};

static bool is_dotted(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (!char_is_digit(name.p[i]) && name.p[i] != '.') {
            return false;
        }
    }
    return str_find(name, '.') < name.n;
}

/* The object of a dotted OID, or of a name whose object is in the table; the caller frees it. */
static ASN1_OBJECT *find_object(struct str name, const int *table, size_t n, struct arena *arena)
{
    const char *text = arena_cstr(arena, name);
    if (str_ends(name, STR("."))) {
        return NULL; /* OpenSSL would not mind */
    }
    if (is_dotted(name)) {
        return OBJ_txt2obj(text, 1);
    }
    int nid = OBJ_txt2nid(text);
    for (size_t i = 0; nid != NID_undef && i < n; i++) {
        if (table[i] == nid) {
            return OBJ_nid2obj(nid);
        }
    }
    return NULL;
}

static struct str dotted(const ASN1_OBJECT *object, struct arena *arena)
{
    char text[OID_MAX];
    int n = object ? OBJ_obj2txt(text, sizeof(text), object, 1) : 0;
    return n > 0 && n < OID_MAX ? arena_dup(arena, str_of(text)) : STR("");
}

static struct str find_dotted(struct str name, const int *table, size_t n, struct arena *arena)
{
    ASN1_OBJECT *object = find_object(name, table, n, arena);
    struct str text = dotted(object, arena);
    ASN1_OBJECT_free(object);
    ERR_clear_error();
    return text;
}

struct str oid_attribute(struct str name, struct arena *arena)
{
    ASN1_OBJECT *object = find_object(name, ATTRIBUTES, COUNT_OF(ATTRIBUTES), arena);
    int nid = object ? OBJ_obj2nid(object) : NID_undef;
    struct str text = nid != NID_undef ? str_of(OBJ_nid2sn(nid)) : dotted(object, arena);
    ASN1_OBJECT_free(object);
    ERR_clear_error();
    return text;
}

struct str oid_key_use(struct str name, struct arena *arena)
{
    return find_dotted(name, KEY_USES, COUNT_OF(KEY_USES), arena);
}

struct str oid_cert_policy(struct str name, struct arena *arena)
{
    return find_dotted(name, CERT_POLICIES, COUNT_OF(CERT_POLICIES), arena);
}
