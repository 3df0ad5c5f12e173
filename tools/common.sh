#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the steps of ./dev share; each of them reads this first.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
jobs=${JOBS:-$(nproc)}
python=/usr/bin/python3

say() { printf '\n== %s\n' "$*"; }
die() { printf 'dev: %s\n' "$*" >&2; exit 1; }
