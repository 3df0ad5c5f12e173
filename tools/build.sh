#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ./dev build: into build/.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source tools/trees.sh

tree_normal
ninja -C build -j "$jobs" "$@"
