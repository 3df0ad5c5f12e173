#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shows the main job: yett with client certificates, a dozen calls, and the answer to each.
#
#   tools/demo.sh [--once]     --once (or no terminal): end after the calls
#
# YETT names the program to run. Any program with nginx's command line works, but only yett puts a new CRL
# in force without a reload.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
yett=${YETT:-$root/build/yett}
case $yett in
*/*) yett=$(cd "$(dirname "$yett")" && pwd)/$(basename "$yett") ;;
esac
authority=$yett    # another program in yett's place has no CA
"$yett" ca --help >/dev/null 2>&1 || authority=$root/build/yett
once=0
[ -t 0 ] && [ -t 1 ] || once=1
case ${1-} in
--once) once=1 ;;
'') ;;
*) sed -n '3,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac

dir='' pid=''
die() { printf 'demo: %s\n' "$*" >&2; exit 1; }

# Stop the server that was started here, and remove what it left.
finish() {
    local status=$?
    trap - EXIT INT TERM
    if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then
        local signal
        for signal in QUIT TERM KILL; do
            kill -$signal "$pid" 2>/dev/null || break
            for _ in $(seq 50); do
                kill -0 "$pid" 2>/dev/null || break
                sleep 0.1
            done
        done
        wait "$pid" 2>/dev/null || true
    fi
    if [ -n "$dir" ]; then rm -rf "$dir"; fi
    exit "$status"
}
trap finish EXIT
trap 'exit 0' INT
trap 'exit 143' TERM

free_ports() {
    /usr/bin/python3 - "$1" <<'PY'
import socket, sys
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(s.getsockname()[1] for s in held))
PY
}

prepare() {
    dir=$(mktemp -d "${TMPDIR:-/tmp}/yett-demo.XXXXXX")
    chmod 755 "$dir"    # the worker reads pages as another user, when this runs as root
    cp -r "$root/examples/cert-auth/." "$dir"
    "$root/examples/make-certs.sh" "$dir"
    local backend tls
    read -r gate backend tls <<<"$(free_ports 3)"
    sed -i "s/:18443\b/:$gate/; s/:18081\b/:$backend/; s/:18444\b/:$tls/" "$dir"/conf.d/*.conf
}

start() {
    "$yett" -t -q -p "$dir" -c nginx.conf || die "the configuration does not load"
    "$yett" -p "$dir" -c nginx.conf -g 'daemon off;' >"$dir/out" 2>&1 &
    pid=$!
    # The pid file appears when the sockets are listening.
    for _ in $(seq 100); do
        [ -s "$dir/yett.pid" ] && return
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    cat "$dir/out" "$dir/error.log" >&2 2>/dev/null || true
    die "$yett did not start"
}

# revoke NAME: the server gets no signal
revoke() {
    printf '\n  $ yett ca revoke %s\n  ' "$1"
    "$authority" ca revoke "$1" --dir "$dir/ca" --passphrase-file "$dir/ca.passphrase"
    sleep 1
}

bold='' red='' green='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'; fi
failed=0

# The last answer as a reader sees it: one line without tags.
page_text() { tr '\r\n' '  ' <"$dir/body" 2>/dev/null | sed 's/<[^>]*>/ /g; s/  */ /g; s/^ //; s/ $//'; }

# call TITLE EXPECTED-STATUS EXPECTED-TEXT CERTIFICATE|- URL [curl options]: one request and its verdict
call() {
    local title=$1 status=$2 text=$3 cert=$4 url=$5 got
    shift 5
    local options=(--cacert auth/root.cert.pem --connect-to "::127.0.0.1:$gate" "$@")
    [ "$cert" = - ] || options+=(--cert "clients/$cert.pem")
    printf '\n%s%s%s\n  $ curl %s %s\n' "$bold" "$title" "$plain" "${options[*]}" "$url"
    got=$(cd "$dir" && curl -sS --max-time 10 -o body -w '%{http_code}' "${options[@]}" "$url" 2>err) ||
        got="curl: $(cat "$dir/err")"
    printf '  HTTP %s   %s\n' "$got" "$(page_text)"
    if [ "$got" = "$status" ] && grep -qF -- "$text" "$dir/body"; then
        printf '  %sas expected: %s%s\n' "$green" "$status" "$plain"
    else
        printf '  %sWRONG: expected %s with "%s"%s\n' "$red" "$status" "$text" "$plain"
        failed=$((failed + 1))
    fi
    rm -f "$dir/body"
}

prepare
start
printf '%s serves %s/conf.d/default.conf on 127.0.0.1:%s. Paths below are relative to %s.\n' \
    "$yett" "$dir" "$gate" "$dir"

site=https://www.example.test/secured_site
call "No certificate: rejected, with an error page" 403 "Access denied" - $site
call "A valid certificate: proxied to the backend" 200 "some-backend: GET" good $site
call "A revoked certificate (in the CRL): rejected" 400 "Access denied" revoked $site
call "A lost laptop, not yet revoked: proxied" 200 "some-backend: GET" lost $site
revoke laptop-lost
call "The same laptop one second after its revocation, without a reload: rejected" 400 "Access denied" lost $site
call "An expired certificate: rejected" 400 "Access denied" expired $site
call "A certificate of another CA, with the same subject as the valid one: rejected" 400 "Access denied" foreign $site
call "A valid certificate whose subject the map blocks: rejected" 403 "Access denied" barred $site
call "The public page: no certificate needed" 200 "This page is public" - https://www.example.test/
call "An unknown host name: rejected by the default server" 403 "403 Forbidden" good \
    https://gate.example.test/
call "One address (127.0.0.2) is allowed without a certificate" 200 "some-backend: GET" - \
    $site --interface 127.0.0.2
call "A backend that requires a client certificate: it gets the one of yett" 200 "CN=gate,OU=Gates" good \
    https://files.example.test/

printf '\naccess.log:\n'
sed -n 's/^/  /; /verify=\(NONE\|FAILED\|SUCCESS\)/p' "$dir/access.log" | tail -n 12
printf '\nerror.log, about the rejected certificates:\n'
sed -n 's/^.*\] [0-9#]*: \**\([0-9]* \)\{0,1\}/  /; s/, client:.*//; /^  client SSL certificate verify error.*subject/p' \
    "$dir/error.log"

if [ "$failed" -gt 0 ]; then
    printf '\n%s%d calls had unexpected answers.%s\n' "$red" "$failed" "$plain"
    tail -n 20 "$dir/error.log"
    exit 1
fi
printf '\nAll calls were answered as expected.\n'
[ "$once" = 0 ] || exit 0

cat <<TEXT

yett is still running. In another terminal:

  cd $dir
  curl --cacert auth/root.cert.pem --connect-to ::127.0.0.1:$gate \\
       --cert clients/good.pem https://git.example.test/
  tail -f error.log access.log
  $yett -p $dir -c nginx.conf -s reload        # after editing conf.d/default.conf

For a browser: import clients/good.pfx (password: password) and, as a CA, auth/root.cert.pem. Add the line
"127.0.0.1 www.example.test" to /etc/hosts. Then open https://www.example.test:$gate/secured_site

Ctrl-C stops it and removes all files.
TEXT
wait "$pid" || die "$yett stopped unexpectedly: $(tail -n 3 "$dir/error.log")"
