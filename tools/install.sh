#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ./dev install: builds, and installs into /usr/local.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

tools/build.sh yett
sudo=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
        die "built, but there is no sudo: let root run 'meson install -C $root/build --no-rebuild'"
    sudo=sudo
fi
$sudo meson install -C build --no-rebuild --quiet
echo "installed: $(command -v yett || echo yett), its manual pages and its bash completion"
