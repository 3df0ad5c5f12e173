#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The build folders; the steps that need one read this.

# tree DIR [meson options]: configure once, in DIR
tree() {
    local dir=$1
    shift
    [ -e "$dir/build.ninja" ] || meson setup "$dir" "$@"
}
tree_normal() { tree build; }
tree_asan() { tree build-asan -Db_sanitize=address,undefined -Db_lundef=false; }
tree_fuzz() { CC=clang tree build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false; }
tree_build() { tree_normal; }
