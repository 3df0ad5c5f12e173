/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a verified client certificate that a policy can ask for, each with its type. */
#ifndef POLICY_IDENTITY_H
#define POLICY_IDENTITY_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "pki/cert_forms.h"
#include "pki/cert_names.h"
#include "policy/sieve.h"

enum { IDENTITY_DIGEST_LEN = CERT_DIGEST_LEN };

/* Values are the certificate's bytes: they may contain any byte, NUL too. */
struct identity {
    struct cert_names subject; /* the attributes, in the certificate's order, as UTF-8 */
    struct cert_names issuer;
    struct cert_names
        alternatives;  /* subjectAltName: "DNS", "email", "URI", "IP" (4 or 16 octets), "UPN" */
    struct str serial; /* upper-case hexadecimal, as in $ssl_client_serial */
    unsigned char certificate[IDENTITY_DIGEST_LEN]; /* SHA-256 of the certificate (DER) */
    unsigned char key[IDENTITY_DIGEST_LEN];         /* SHA-256 of its SubjectPublicKeyInfo (DER) */
    struct str *policies; /* certificatePolicies (RFC 5280, 4.2.1.4), dotted */
    size_t policies_n;
    struct str *uses; /* extKeyUsage (4.2.1.12), dotted */
    size_t uses_n;
    bool malformed; /* an extension could not be read, or occurs twice: no policy allows this
                       certificate */
    struct certificate_sieve sieve; /* of all above: tells at once that most rules fail */
};

/* All that it points to is in the arena. */
struct identity *identity_of(X509 *cert, struct arena *arena);

#endif
