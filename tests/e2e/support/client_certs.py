# SPDX-License-Identifier: Apache-2.0
"""The client certificates whose verdicts are compared, what is said of them, and how a server speaks TLS."""

# Files of `Pki`: those that ca.crt vouches for, and all kinds that it does not.
CERTS = ["good", "second", "revoked", "expired", "notyet", "serveronly", "rsa", "utf8", "multi",
         "special", "email", "oid", "space", "newline", "empty", "byroot", "foreign-client",
         "twin-client", "other-client", "forged", "selfsigned"]

TLS = """
    ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache off; ssl_session_tickets off;
"""

VARIABLES = [
    "ssl_client_verify", "ssl_client_s_dn", "ssl_client_i_dn", "ssl_client_s_dn_legacy",
    "ssl_client_i_dn_legacy", "ssl_client_serial", "ssl_client_fingerprint", "ssl_client_v_start",
    "ssl_client_v_end", "ssl_client_v_remain", "ssl_client_raw_cert", "ssl_client_cert",
    "ssl_client_escaped_cert"]
