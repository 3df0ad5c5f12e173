#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing of Debian's packages: ./dev setup, and every other command for what it needs.
#
#   tools/setup.sh [KIND…]          all, or of these kinds: the second column below
#   tools/setup.sh --list [KIND…]   only names them
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Debian's package | for what | why. The names exist in Debian 12 and 13. Everything but "format" compiles,
# and takes "build" too.
packages='
gcc                  | build                    | compiles yett, and with sanitizers its tests
libc6-dev            | build                    | headers of the C library
meson                | build                    | describes the build
ninja-build          | build                    | runs the build
pkgconf              | build                    | finds the libraries
libssl-dev           | build                    | TLS and X.509 (OpenSSL)
libuv1-dev           | build                    | event loop
libc-ares-dev        | build                    | name resolver
libnghttp2-dev       | build                    | HTTP/2
libpcre2-dev         | build                    | regular expressions
libsqlite3-dev       | build                    | store of the certificate authority
openssl              | demo unit e2e asan bench | certificates that yett ca does not make, TLS client of the tests
curl                 | demo e2e asan            | HTTP client of demo and tests
python3              | demo unit e2e asan check bench | free ports for the demo, end-to-end tests and small tools
netbase              | demo unit e2e asan bench | /etc/hosts: demo and tests call localhost by its name
libcmocka-dev        | unit fuzz asan           | unit tests, and the fuzz target that borrows their gate
clang                | fuzz                     | second compiler, and the fuzz targets
libclang-rt-dev      | fuzz                     | run-time library of the fuzz targets
clang-format         | format                   | format check
clang-tidy           | tidy                     | static analysis
cppcheck             | cppcheck                 | static analysis
python3-pytest       | unit e2e asan            | end-to-end tests
python3-pytest-xdist | e2e asan                 | end-to-end tests, several at a time
python3-cryptography | unit e2e asan bench      | certificates of every kind for the end-to-end tests and the benchmark
sqlite3              | e2e asan                 | looks into the store of the certificate authority in the tests
easy-rsa             | e2e asan                 | an authority for yett ca import to take over, in the tests
gnutls-bin           | e2e asan                 | certtool, another reader of certificates and lists, in the tests
git                  | e2e asan check format    | git over https in the tests; names the files for the checks
ca-certificates      | e2e asan                 | what curl and git trust by themselves: not the certificates of the tests
nginx                | e2e asan bench           | the reference, front and backend in the tests and in the benchmark
haproxy              | e2e asan                 | front and backend in the tests
chromium             | e2e                      | browser in the tests of "yett client chrome"
chromium-driver      | e2e                      | drives it
firefox-esr          | e2e                      | browser in the tests of "yett client firefox"
libnss3-tools        | e2e asan                 | certutil and pk12util: certificates of browsers in the tests
procps               | e2e asan                 | process figures in the tests
nghttp2-client       | e2e asan                 | nghttp and h2load, HTTP/2 clients in the tests
nghttp2-server       | e2e asan                 | nghttpd, an HTTP/2 backend
python3-h2           | e2e asan                 | HTTP/2 client of the tests that breaks the rules
python3-grpcio       | e2e asan                 | gRPC client and server
'

# wanted KIND...: rows of the table
wanted() {
    local kind
    for kind; do
        [ "$kind" != all ] || { grep . <<<"$packages"; continue; }
        grep -qE "^[^|]*\|[^|]* $kind " <<<"$packages" || die "no such setup: $kind"
        [ "$kind" = format ] || grep -E "^[^|]*\| build " <<<"$packages"
        grep -E "^[^|]*\|[^|]* $kind " <<<"$packages"
    done | sort -u
}

names_of() { cut -d'|' -f1 <<<"$1" | tr -d ' '; }

# missing NAMES: those that are not installed
missing() {
    local names=$1 installed
    # shellcheck disable=SC2086 # one word a package
    installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $names 2>/dev/null |
        sed -n 's/^installed //p') || true
    comm -23 <(sort -u <<<"$names") <(sort -u <<<"$installed")
}

# apt_install KINDS PACKAGE... (nginx and HAProxy are wanted as programs for the tests, not as running services)
apt_install() (
    kinds=$1
    shift
    policy=/usr/sbin/policy-rc.d sudo=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "not root, and there is no sudo: let root run './dev setup $kinds'"
        sudo=sudo
    fi
    $sudo apt-get update -q
    if [ ! -e $policy ]; then
        # shellcheck disable=SC2064 # as it is now
        trap "$sudo rm -f $policy" EXIT
        printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null
        $sudo chmod 755 $policy
    fi
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" ||
        die "apt-get could not install: $* (see above)"
    for service in nginx haproxy; do
        case " $* " in
        *" $service "*)
            if [ -d /run/systemd/system ]; then
                echo "$service.service is disabled: only the program is needed ('systemctl enable $service' undoes it)"
                $sudo systemctl disable -q "$service.service" || echo "systemctl could not: see above"
            fi ;;
        esac
    done
)

list=0
if [ "${1-}" = --list ]; then list=1; shift; fi
[ $# -gt 0 ] || set -- all
rows=$(wanted "$@")
if [ $list = 1 ]; then
    names_of "$rows"
    exit
fi
if ! command -v dpkg-query >/dev/null; then
    [ -z "${YETT_NO_SETUP-}" ] || exit 0
    printf 'This is not Debian. Install these yourself, then set YETT_NO_SETUP=1:\n%s\n' "$rows" >&2
    exit 1
fi
absent=$(missing "$(names_of "$rows")")
[ -n "$absent" ] || exit 0
echo "Missing, and installed now from Debian's packages:"
for name in $absent; do
    grep "^$name " <<<"$rows" | sed -E 's/^([^|]*\|)[^|]*\|/  \1/'
done
# shellcheck disable=SC2086 # one word a package
apt_install "$*" $absent
absent=$(missing "$(names_of "$rows")")
[ -z "$absent" ] || die "still missing: $absent"
for name in build build-asan build-fuzz; do    # what was not there when they were configured may be now
    if [ -e $name/build.ninja ]; then meson setup --reconfigure $name; fi
done
