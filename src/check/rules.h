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
    X(ALIAS_TRAVERSAL, "alias-traversal", SEVERITY_NOTE,                                           \
      "A location without a last slash has an alias or a proxy_pass path with one: nginx takes "   \
      "\"/x../y\" out of it. yett refuses such paths.",                                            \
      "End both with a slash.")

#endif
