#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a test CA for the examples and the demo. Do not use its certificates for anything else.
#
#   examples/make-certs.sh DIR        makes DIR/ca, and in DIR/ssl, DIR/auth and DIR/clients links to it
#
# The file names are those that the configurations of the examples expect:
#   ca/       the CA, made by `yett ca`; ca.passphrase contains the passphrase of its keys
#   ssl/      the server certificate, in the layout of Let's Encrypt's clients
#   auth/     CA certificates and CRLs to verify clients, and the client certificate for backends
#   clients/  client certificates: good, lost, revoked, expired, foreign (another CA), barred (blocked by a map)
#
# YETT names the program. The default is build/yett of this tree, or else the installed yett.
set -euo pipefail

die() { printf 'make-certs.sh: %s\n' "$*" >&2; exit 1; }

[ $# -eq 1 ] || { sed -n '3,13s/^# \{0,1\}//p' "$0"; exit 2; }
command -v openssl >/dev/null || die "openssl is missing: apt-get install openssl"
root=$(cd "$(dirname "$0")/.." && pwd)
for yett in "${YETT-}" "$root/build/yett" yett none; do
    if [ -n "$yett" ] && "$yett" ca --help >/dev/null 2>&1; then break; fi
done
[ "$yett" != none ] || die "yett not found: build it with ./dev build, or set YETT to its path"
mkdir -p "$1"
out=$(cd "$1" && pwd)
[ ! -e "$out/ca" ] || die "$out already contains certificates: remove ca/ ssl/ auth/ clients/ there first"
mkdir -p "$out/ssl" "$out/auth" "$out/clients"
chmod 755 "$out/ssl" "$out/auth" "$out/clients"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 077
echo "only for the examples" >"$out/ca.passphrase"

# Run a command silently; show its output if it fails.
quiet() {
    "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; die "failed: $*"; }
}

# ca COMMAND …: yett ca, with the directory and the passphrase of the test CA
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

# The server certificate, for every name in the examples.
names=()
for name in www git files admin gate app-public.internal app-admin.internal; do
    names+=(--san "$name.example.test")
done
ca issue server gate.example.test --san localhost --san 127.0.0.1 "${names[@]}"
ln -s ../ca/live/gate.example.test.pem "$out/ssl/letsencrypt-fullchain.pem"
ln -s ../ca/live/gate.example.test.pem "$out/ssl/letsencrypt-privkey.pem"
ln -s ../ca/chain.crt "$out/ssl/letsencrypt-chain.pem"
# The 2048-bit group of RFC 7919: finding a new prime would take minutes.
quiet openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 \
    -out "$out/ssl/letsencrypt-ssl-dhparams.pem"
chmod 644 "$out/ssl/letsencrypt-ssl-dhparams.pem"

# To verify clients: the intermediate and the root, and the CRLs of both. If a CRL is missing, no certificate
# below that CA can be verified.
ln -s ../ca/root.crt "$out/auth/root.cert.pem"
ln -s ../ca/intermediate.crt "$out/auth/intermediate.cert.pem"
ln -s ../ca/chain.crt "$out/auth/ca-chain.cert.pem"
ln -s ../ca/all.crl "$out/auth/ca-chain.crl.pem"

# Client machines. The demo revokes one of them later: `yett ca revoke laptop-lost`.
for name in good revoked barred lost; do
    machine "$name" "CN=laptop-$name,$machines"
done
ca revoke laptop-revoked --reason keyCompromise
echo password >"$work/password"
quiet "$yett" ca export laptop-good --dir "$out/ca" --pkcs12 "$out/clients/good.pfx" \
    --password-file "$work/password"

# The subject of "good" from another CA: only the signature tells them apart.
ca_dir=$work/elsewhere ca init --organisation Elsewhere
ca_dir=$work/elsewhere ca issue machine laptop-good --subject "CN=laptop-good,$machines"
foreign=$work/elsewhere/live/laptop-good.pem
{ openssl x509 -in "$foreign"; openssl pkey -in "$foreign"; } >"$out/clients/foreign.pem"

# An expired certificate. `yett ca` refuses to issue one; openssl does it.
mkdir "$work/newcerts"
: >"$work/index.txt"
cat >"$work/openssl.cnf" <<CNF
[ca]
default_ca = past
[past]
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

# For the connection to backends: yett's own client certificate, and a self-signed backend.
ca issue machine gate --subject "CN=gate,OU=Gates,O=Example"
ln -s ../ca/live/gate.pem "$out/auth/nginx.crt.pem"
ln -s ../ca/live/gate.pem "$out/auth/nginx.key.pem"
quiet openssl req -new -x509 -days 90 "${new_key[@]}" -extensions self_signed \
    -subj "/O=Example/CN=some-backend.example.test" \
    -keyout "$out/auth/some-backend.key.pem" -out "$out/auth/some-backend.crt.pem"
chmod 644 "$out/auth/some-backend.crt.pem"
