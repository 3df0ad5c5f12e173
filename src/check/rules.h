/* SPDX-License-Identifier: Apache-2.0 */
/* X(id, name, severity, title, fix): what `yett check` can find. For check/finding.h. */
#ifndef CHECK_RULES_H
#define CHECK_RULES_H

#define RULES_ALL(X)                                                                               \
    X(DEFAULT_SERVER_OPEN, "default-server-open", SEVERITY_ERROR,                                  \
      "The default server of a listener with guarded servers shows content without a "             \
      "certificate.",                                                                              \
      "Add a default server that answers every request with 403 or 444, or asks for a "            \
      "certificate.")                                                                              \
    X(PLAIN_LISTENER, "plain-listener", SEVERITY_ERROR,                                            \
      "A server that asks for client certificates also answers plain HTTP, where none can be "     \
      "sent.",                                                                                     \
      "Give plain HTTP a server block of its own that only redirects to https.")                   \
    X(OPTIONAL_UNCHECKED, "optional-unchecked", SEVERITY_ERROR,                                    \
      "A location of a server with optional certificates is open: nothing checks "                 \
      "$ssl_client_verify there.",                                                                 \
      "Use \"ssl_verify_client on\", or answer 403 in the location if $ssl_client_verify is not "  \
      "SUCCESS.")                                                                                  \
    X(OPTIONAL_NO_CA_TRUSTED, "optional-no-ca-trusted", SEVERITY_ERROR,                            \
      "A client with a certificate that nobody verified gets further than one without.",           \
      "Compare $ssl_client_verify with SUCCESS, or the certificate with a fingerprint that you "   \
      "know.")                                                                                     \
    X(CONDITIONAL_DOOR, "conditional-door", SEVERITY_WARNING,                                      \
      "A location that is guarded opens under a condition.",                                       \
      "Make sure that the condition cannot be met by others, and accept the finding with a "       \
      "reason.")                                                                                   \
    X(REFUSAL_LEADS_IN, "refusal-leads-in", SEVERITY_ERROR,                                        \
      "An error page for refused clients leads to content or to a backend.",                       \
      "Let error_page lead to one static page.")                                                   \
    X(UNDECIDED_DOOR, "undecided-door", SEVERITY_WARNING,                                          \
      "Whether a location is open cannot be told.",                                                \
      "Make the redirect's target constant, or split the location.")                               \
    X(LOCATION_OVERTAKEN, "location-overtaken", SEVERITY_ERROR,                                    \
      "A regular expression takes paths from a guarded location, and is open.",                    \
      "Put ^~ before the guarded location's path, or guard the regular expression's location "     \
      "too.")                                                                                      \
    X(LOCATION_SLASH, "location-slash", SEVERITY_WARNING,                                          \
      "A path that differs from a guarded location's by a slash reaches the same content without " \
      "a certificate.",                                                                            \
      "Guard both: use \"location /x\" without \"=\" and without the last slash.")                 \
    X(LOCATION_CASE, "location-case", SEVERITY_NOTE,                                               \
      "In other letters, the path of a guarded location reaches the same backend or files "        \
      "without a certificate.",                                                                    \
      "If the backend or file system ignores case, guard everything that leads there, or use a "   \
      "regular expression with ~*.")                                                               \
    X(LOCATION_ENCODING, "location-encoding", SEVERITY_NOTE,                                       \
      "Encoded twice, the path of a guarded location reaches the same backend without a "          \
      "certificate.",                                                                              \
      "Make sure that the backend decodes a path once, or guard everything that leads there.")     \
    X(REGEX_STOPS_AT_NEWLINE, "regex-stops-at-newline", SEVERITY_WARNING,                          \
      "A regular expression keeps clients without a certificate out, but a line feed in the path " \
      "passes it.",                                                                                \
      "Write \"(?s)\" at the beginning of the regular expression, or use a prefix location.")      \
    X(ALIAS_TRAVERSAL, "alias-traversal", SEVERITY_NOTE,                                           \
      "A location without a last slash has an alias or a proxy_pass path with one: nginx takes "   \
      "\"/x../y\" out of it. yett refuses such paths.",                                            \
      "End both with a slash.")                                                                    \
    X(BACKEND_EXPOSED, "backend-exposed", SEVERITY_WARNING,                                        \
      "A backend that relies on what the gate tells it can be reached past the gate.",             \
      "Let the backend listen on loopback or on a Unix socket only, or check client certificates " \
      "there, too.")                                                                               \
    X(BACKEND_TLS_UNVERIFIED, "backend-tls-unverified", SEVERITY_WARNING,                          \
      "A backend's certificate is not verified: another server could take its place.",             \
      "Add \"proxy_ssl_verify on\", proxy_ssl_trusted_certificate and proxy_ssl_name.")            \
    X(CA_EXPIRED, "ca-expired", SEVERITY_ERROR,                                                    \
      "A trusted CA has expired: yett rejects every client or backend below it.",                  \
      "Put the renewed CA certificate into the file.")                                             \
    X(CA_EXPIRES_SOON, "ca-expires-soon", SEVERITY_WARNING, "A trusted CA expires soon.",          \
      "Renew the CA certificate, and put it into the file beside the old one.")                    \
    X(CERTIFICATE_EXPIRED, "certificate-expired", SEVERITY_ERROR,                                  \
      "A certificate that yett presents has expired.", "Renew the certificate, and reload.")       \
    X(CERTIFICATE_EXPIRES_SOON, "certificate-expires-soon", SEVERITY_WARNING,                      \
      "A certificate that yett presents expires soon.", "Renew the certificate, and reload.")      \
    X(COALESCING, "coalescing", SEVERITY_NOTE,                                                     \
      "A certificate covers servers with different requirements, so browsers use one connection "  \
      "for both.",                                                                                 \
      "Give the server that verifies clients a certificate for its own names only.")               \
    X(CRL_EXPIRED, "crl-expired", SEVERITY_ERROR,                                                  \
      "A CRL has expired: yett rejects every certificate that it is for.",                         \
      "Fetch the current CRL, and make sure that it is fetched in time.")                          \
    X(CRL_EXPIRES_SOON, "crl-expires-soon", SEVERITY_WARNING, "A CRL expires soon.",               \
      "Fetch the current CRL, and make sure that it is fetched in time.")                          \
    X(CRL_MISSING, "crl-missing", SEVERITY_ERROR,                                                  \
      "A trusted CA has no CRL although CRLs are required: yett rejects every certificate that "   \
      "it issued.",                                                                                \
      "Add the CA's CRL to the files of ssl_crl, or remove the CA from the trusted ones.")         \
    X(DEPTH_TOO_SMALL, "depth-too-small", SEVERITY_ERROR,                                          \
      "ssl_verify_depth does not allow the chains that the trusted CAs make.",                     \
      "Raise ssl_verify_depth to the number of intermediate CAs.")                                 \
    X(DN_DEFAULT_ALLOWS, "dn-default-allows", SEVERITY_WARNING,                                    \
      "A map refuses the clients that it lists, and lets all others in.",                          \
      "List the clients that are allowed, and let the default refuse. To revoke a certificate, "   \
      "use a CRL.")                                                                                \
    X(DN_ORDER, "dn-order", SEVERITY_NOTE,                                                         \
      "A comparison depends on the order of the parts of a name.",                                 \
      "Take the text from \"yett cert\" or from the log, and test it again when the CA changes.")  \
    X(DN_OTHER_CA, "dn-other-ca", SEVERITY_WARNING,                                                \
      "A name is compared without its CA, while several CAs are trusted: any of them can issue "   \
      "it.",                                                                                       \
      "Compare \"$ssl_client_i_dn $ssl_client_s_dn\" or a fingerprint, or trust one CA only.")     \
    X(DN_UNANCHORED, "dn-unanchored", SEVERITY_WARNING,                                            \
      "A regular expression matches more names than it says.",                                     \
      "Anchor it: \"^CN=alice,O=Example$\", or \"(^|,)CN=alice(,|$)\"; write a dot as \"\\.\".")   \
    X(IDENTITY_FORGEABLE, "identity-forgeable", SEVERITY_ERROR,                                    \
      "A client can send a header with which a backend is told who the client is.",                \
      "Set or clear the header in every location that leads to that backend: proxy_set_header "    \
      "NAME \"\".")                                                                                \
    X(IDENTITY_NOT_CLEARED, "identity-not-cleared", SEVERITY_WARNING,                              \
      "A client can send to a backend a header with which another backend is told who the client " \
      "is.",                                                                                       \
      "Clear it: proxy_set_header NAME \"\"; proxy_set_header lines of an outer block count only " \
      "where there are no others.")                                                                \
    X(NO_REVOCATION, "no-revocation", SEVERITY_NOTE,                                               \
      "Revoked client certificates are accepted: there is neither a CRL nor OCSP.",                \
      "Add ssl_crl or ssl_ocsp.")                                                                  \
    X(OPTIONAL_NO_CA, "optional-no-ca", SEVERITY_WARNING,                                          \
      "A server accepts certificates that nobody verified, and compares no fingerprint.",          \
      "Use \"ssl_verify_client on\" or \"optional\" with the CA, or compare "                      \
      "$ssl_client_fingerprint.")                                                                  \
    X(POLICY_OFF, "policy-off", SEVERITY_NOTE,                                                     \
      "A location is open on purpose: client_access is off.",                                      \
      "If it is not to be open, remove \"client_access off\".")                                    \
    X(POLICY_REPORTS, "policy-reports", SEVERITY_WARNING,                                          \
      "A client policy only reports what it would deny, and lets it in.",                          \
      "When the log shows only what is to be denied, remove \"client_access_mode report\".")       \
    X(ACCEPT_WITHOUT_REASON, "accept-without-reason", SEVERITY_WARNING,                            \
      "A comment accepts a finding, but gives no reason, so it has no effect.",                    \
      "Write the reason after the name of the rule.")                                              \
    X(ACCEPT_UNKNOWN, "accept-unknown", SEVERITY_WARNING,                                          \
      "A comment accepts a finding of a rule that does not exist.",                                \
      "Use a name that \"yett check --rules\" prints.")                                            \
    X(ACCEPT_UNUSED, "accept-unused", SEVERITY_NOTE,                                               \
      "A comment accepts a finding that is not there.",                                            \
      "Remove the comment, or move it to the line of the finding.")

#endif
