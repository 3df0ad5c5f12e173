#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A throw-away certificate authority for the examples and the demo. Nothing it makes is fit for real use.
#
#   examples/make-certs.sh DIR        makes DIR/ca, and in DIR/ssl, DIR/auth and DIR/clients links to it
#
# The names in these follow what the examples' configurations expect beside themselves:
#   ca/       the authority of `yett ca`; ca.passphrase has the passphrase of its keys
#   ssl/      the gate's own certificate, in the layout of Let's Encrypt's clients
#   auth/     what client certificates are checked against, and what the gate shows to backends
#   clients/  certificates to call with: good, lost, revoked, expired, foreign, barred (a DN that a map refuses)
#
# YETT names the program, else it is build/yett of this tree, or the installed one.
set -euo pipefail

die() { printf 'make-certs.sh: %s\n' "$*" >&2; exit 1; }

[ $# -eq 1 ] || { sed -n '3,13s/^# \{0,1\}//p' "$0"; exit 2; }
command -v openssl >/dev/null || die "openssl is missing: apt-get install openssl"
root=$(cd "$(dirname "$0")/.." && pwd)
for yett in "${YETT-}" "$root/build/yett" yett none; do
    if [ -n "$yett" ] && "$yett" ca --help >/dev/null 2>&1; then break; fi
done
[ "$yett" != none ] || die "there is no yett: build it with ./dev build, or name it in YETT"
mkdir -p "$1"
out=$(cd "$1" && pwd)
[ ! -e "$out/ca" ] || die "$out already holds certificates; remove ca/ ssl/ auth/ clients/ there first"
mkdir -p "$out/ssl" "$out/auth" "$out/clients"
chmod 755 "$out/ssl" "$out/auth" "$out/clients"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 077
echo "only for the examples" >"$out/ca.passphrase"

# Run something silently; when it fails, show what it said.
quiet() {
    "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; die "failed: $*"; }
}

# ca COMMAND …: of the examples' authority
ca() {
    local command=$1
    shift
    quiet "$yett" ca "$command" --dir "${ca_dir:-$out/ca}" --passphrase-file "$out/ca.passphrase" "$@"
}

# machine NAME SUBJECT: clients/NAME.pem, with certificate, intermediate and key
machine() {
    ca issue machine "laptop-$1" --subject "$2"
    ln -s "../ca/live/laptop-$1.pem" "$out/clients/$1.pem"
}

machines="OU=Machines,O=Example"
ca init --organisation Example

# The gate's certificate for every name of the examples.
names=()
for name in www git files admin gate app-public.internal app-admin.internal; do
    names+=(--san "$name.example.test")
done
ca issue server gate.example.test --san localhost --san 127.0.0.1 "${names[@]}"
ln -s ../ca/live/gate.example.test.pem "$out/ssl/letsencrypt-fullchain.pem"
ln -s ../ca/live/gate.example.test.pem "$out/ssl/letsencrypt-privkey.pem"
ln -s ../ca/chain.crt "$out/ssl/letsencrypt-chain.pem"
# The well-known 2048-bit group of RFC 7919: no minutes of searching for a prime.
quiet openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 \
    -out "$out/ssl/letsencrypt-ssl-dhparams.pem"
chmod 644 "$out/ssl/letsencrypt-ssl-dhparams.pem"

# What client certificates are checked against: the intermediate and the root, and the lists of both. A
# list that is missing for one of them makes every certificate below it unverifiable.
ln -s ../ca/root.crt "$out/auth/root.cert.pem"
ln -s ../ca/intermediate.crt "$out/auth/intermediate.cert.pem"
ln -s ../ca/chain.crt "$out/auth/ca-chain.cert.pem"
ln -s ../ca/all.crl "$out/auth/ca-chain.crl.pem"

# Machines that call the gate. One of them is lost later: `yett ca revoke laptop-lost`.
for name in good revoked barred lost; do
    machine "$name" "CN=laptop-$name,$machines"
done
ca revoke laptop-revoked --reason keyCompromise
echo password >"$work/password"
quiet "$yett" ca export laptop-good --dir "$out/ca" --pkcs12 "$out/clients/good.pfx" \
    --password-file "$work/password"

# Same subject as the good one, another issuer: only the signature tells them apart.
ca_dir=$work/elsewhere ca init --organisation Elsewhere
ca_dir=$work/elsewhere ca issue machine laptop-good --subject "CN=laptop-good,$machines"
foreign=$work/elsewhere/live/laptop-good.pem
{ openssl x509 -in "$foreign"; openssl pkey -in "$foreign"; } >"$out/clients/foreign.pem"

# One that is over. No authority should make such a thing, and `yett ca` does not; openssl does.
mkdir "$work/newcerts"
: >"$work/index.txt"
cat >"$work/openssl.cnf" <<CNF
[ca]
default_ca = over
[over]
database      = $work/index.txt
new_certs_dir = $work/newcerts
certificate   = $out/ca/intermediate.crt
private_key   = $out/ca/private/intermediate.key
default_md    = sha256
rand_serial   = yes
policy        = any
[any]
organizationName       = supplied
organizationalUnitName = optional
commonName             = supplied
[client]
basicConstraints = critical, CA:false
keyUsage         = critical, digitalSignature
extendedKeyUsage = clientAuth
[req]
distinguished_name = subject
[subject]
[self_signed]
basicConstraints = critical, CA:false
keyUsage         = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName   = DNS:some-backend.example.test
CNF
new_key=(-config "$work/openssl.cnf" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
quiet openssl req -new "${new_key[@]}" -keyout "$work/expired.key" \
    -subj "/O=Example/OU=Machines/CN=laptop-expired" -out "$work/expired.csr"
quiet openssl ca -config "$work/openssl.cnf" -batch -notext -extensions client \
    -passin "file:$out/ca.passphrase" -startdate 20200101000000Z -enddate 20200201000000Z \
    -in "$work/expired.csr" -out "$work/expired.crt"
cat "$work/expired.crt" "$out/ca/intermediate.crt" "$work/expired.key" >"$out/clients/expired.pem"

# The gate towards its backends: a client certificate of its own, and a backend that signed itself.
ca issue machine gate --subject "CN=gate,OU=Gates,O=Example"
ln -s ../ca/live/gate.pem "$out/auth/nginx.crt.pem"
ln -s ../ca/live/gate.pem "$out/auth/nginx.key.pem"
quiet openssl req -new -x509 -days 90 "${new_key[@]}" -extensions self_signed \
    -subj "/O=Example/CN=some-backend.example.test" \
    -keyout "$out/auth/some-backend.key.pem" -out "$out/auth/some-backend.crt.pem"
chmod 644 "$out/auth/some-backend.crt.pem"
