#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A throw-away certificate authority for the examples and the demo. Nothing it makes is fit for real use.
#
#   examples/make-certs.sh DIR        makes DIR/ssl, DIR/auth and DIR/clients
#
# The directory names follow what the examples' configurations expect beside themselves:
#   ssl/      the gate's own certificate, in the layout of Let's Encrypt's clients
#   auth/     what client certificates are checked against, and what the gate shows to backends
#   clients/  certificates to call with: good, revoked, expired, foreign, barred (a DN that a map refuses)
set -euo pipefail

die() { printf 'make-certs.sh: %s\n' "$*" >&2; exit 1; }

[ $# -eq 1 ] || { sed -n '3,11s/^# \{0,1\}//p' "$0"; exit 2; }
command -v openssl >/dev/null || die "openssl is missing: apt-get install openssl"
mkdir -p "$1"
out=$(cd "$1" && pwd)
[ ! -e "$out/auth/ca-chain.cert.pem" ] || die "$out already holds certificates; remove ssl/ auth/ clients/ there first"
mkdir -p "$out/ssl" "$out/auth" "$out/clients"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 077

# Run openssl silently; when it fails, show what it said.
quiet() {
    "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; die "failed: $*"; }
}

cat >"$work/openssl.cnf" <<'CNF'
[ca]
default_ca       = ca_default
[ca_default]
dir              = $ENV::CA_DIR
database         = $dir/index.txt
serial           = $dir/serial
crlnumber        = $dir/crlnumber
new_certs_dir    = $dir/newcerts
certificate      = $dir/ca.crt.pem
private_key      = $dir/ca.key.pem
default_md       = sha256
default_days     = 90
default_crl_days = 30
policy           = policy_any
unique_subject   = no
[policy_any]
organizationName       = supplied
organizationalUnitName = optional
commonName             = supplied
[req]
distinguished_name = req_dn
[req_dn]
[root]
basicConstraints       = critical, CA:true
keyUsage               = critical, keyCertSign, cRLSign
subjectKeyIdentifier   = hash
[intermediate]
basicConstraints       = critical, CA:true, pathlen:0
keyUsage               = critical, keyCertSign, cRLSign
subjectKeyIdentifier   = hash
authorityKeyIdentifier = keyid
[server]
basicConstraints       = critical, CA:false
keyUsage               = critical, digitalSignature
extendedKeyUsage       = serverAuth
subjectKeyIdentifier   = hash
authorityKeyIdentifier = keyid
subjectAltName         = $ENV::SAN
[client]
basicConstraints       = critical, CA:false
keyUsage               = critical, digitalSignature
extendedKeyUsage       = clientAuth
subjectKeyIdentifier   = hash
authorityKeyIdentifier = keyid
[self_signed]
basicConstraints       = critical, CA:false
keyUsage               = critical, digitalSignature
extendedKeyUsage       = serverAuth
subjectKeyIdentifier   = hash
subjectAltName         = $ENV::SAN
CNF
export OPENSSL_CONF="$work/openssl.cnf" SAN=DNS:unused CA_DIR=unused

new_key() { quiet openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

# ca_init NAME SUBJECT [ISSUER]: a CA directory under $work; self-signed without an issuer.
ca_init() {
    local dir=$work/$1
    mkdir -p "$dir/newcerts"
    : >"$dir/index.txt"
    openssl rand -hex 8 >"$dir/serial"
    echo 01 >"$dir/crlnumber"
    new_key "$dir/ca.key.pem"
    if [ $# -eq 2 ]; then
        quiet openssl req -new -x509 -days 365 -extensions root -subj "$2" \
            -key "$dir/ca.key.pem" -out "$dir/ca.crt.pem"
    else
        quiet openssl req -new -subj "$2" -key "$dir/ca.key.pem" -out "$dir/ca.csr.pem"
        CA_DIR=$work/$3 quiet openssl ca -batch -notext -extensions intermediate -days 180 \
            -in "$dir/ca.csr.pem" -out "$dir/ca.crt.pem"
    fi
}

# issue CA EXTENSIONS SUBJECT CRT KEY [ca options]
issue() {
    local ca=$1 extensions=$2 subject=$3 crt=$4 key=$5
    shift 5
    new_key "$key"
    quiet openssl req -new -subj "$subject" -key "$key" -out "$work/csr.pem"
    CA_DIR=$work/$ca quiet openssl ca -batch -notext -extensions "$extensions" "$@" \
        -in "$work/csr.pem" -out "$crt"
}

crl() { CA_DIR=$work/$1 quiet openssl ca -gencrl -out "$2"; }

org="/O=Example"
ca_init root "$org/CN=Example Root CA"
ca_init intermediate "$org/CN=Example Intermediate CA" root
ca_init elsewhere "/O=Elsewhere/CN=Elsewhere Root CA"

# The gate's certificate for every name of the examples.
export SAN="DNS:localhost,IP:127.0.0.1"
for name in www git files admin gate app-public.internal app-admin.internal; do
    SAN="$SAN,DNS:$name.example.test"
done
issue intermediate server "$org/CN=gate.example.test" \
    "$work/server.pem" "$out/ssl/letsencrypt-privkey.pem"
cat "$work/server.pem" "$work/intermediate/ca.crt.pem" >"$out/ssl/letsencrypt-fullchain.pem"
cat "$work/intermediate/ca.crt.pem" "$work/root/ca.crt.pem" >"$out/ssl/letsencrypt-chain.pem"
# The well-known 2048-bit group of RFC 7919: no minutes of searching for a prime.
quiet openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 \
    -out "$out/ssl/letsencrypt-ssl-dhparams.pem"

# Machines that call the gate.
for name in good revoked barred lost; do
    issue intermediate client "$org/OU=Machines/CN=laptop-$name" \
        "$out/clients/$name.crt.pem" "$out/clients/$name.key.pem"
done
issue intermediate client "$org/OU=Machines/CN=laptop-expired" \
    "$out/clients/expired.crt.pem" "$out/clients/expired.key.pem" \
    -startdate 20200101000000Z -enddate 20200201000000Z
# Same subject as the good one, another issuer: only the signature tells them apart.
issue elsewhere client "$org/OU=Machines/CN=laptop-good" \
    "$out/clients/foreign.crt.pem" "$out/clients/foreign.key.pem"
CA_DIR=$work/intermediate quiet openssl ca -revoke "$out/clients/revoked.crt.pem" \
    -crl_reason keyCompromise
quiet openssl pkcs12 -export -passout pass:demo -name laptop-good \
    -inkey "$out/clients/good.key.pem" -in "$out/clients/good.crt.pem" \
    -certfile "$work/intermediate/ca.crt.pem" -out "$out/clients/good.pfx"

# The gate towards its backends: a client certificate of its own, and a backend that signed itself.
issue intermediate client "$org/OU=Gates/CN=gate" "$out/auth/nginx.crt.pem" "$out/auth/nginx.key.pem"
new_key "$out/auth/some-backend.key.pem"
SAN=DNS:some-backend.example.test quiet openssl req -new -x509 -days 90 -extensions self_signed \
    -subj "$org/CN=some-backend.example.test" \
    -key "$out/auth/some-backend.key.pem" -out "$out/auth/some-backend.crt.pem"

# Chains and revocation lists, from the intermediate up to the root: a list that is missing for one
# of them makes every certificate below it unverifiable.
crl root "$out/auth/root.crl.pem"
crl intermediate "$out/auth/intermediate.crl.pem"
cp "$work/root/ca.crt.pem" "$out/auth/root.cert.pem"
cp "$work/intermediate/ca.crt.pem" "$out/auth/intermediate.cert.pem"
cat "$out/auth/intermediate.cert.pem" "$out/auth/root.cert.pem" >"$out/auth/ca-chain.cert.pem"
cat "$out/auth/intermediate.crl.pem" "$out/auth/root.crl.pem" >"$out/auth/ca-chain.crl.pem"

# The lists of tomorrow: "lost" is good until they take the place of today's.
CA_DIR=$work/intermediate quiet openssl ca -revoke "$out/clients/lost.crt.pem"
crl intermediate "$work/next.crl.pem"
cat "$work/next.crl.pem" "$out/auth/root.crl.pem" >"$out/auth/ca-chain.next.crl.pem"

# Certificates and lists are public; keys stay with their owner.
chmod 755 "$out/ssl" "$out/auth" "$out/clients"
chmod 644 "$out"/ssl/*chain.pem "$out"/ssl/*dhparams.pem "$out"/auth/*.cert.pem "$out"/auth/*.crl.pem \
    "$out"/auth/*.crt.pem "$out"/clients/*.crt.pem
