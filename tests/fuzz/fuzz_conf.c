/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a configuration: a tree or one sentence, and the tree keeps what tree.h promises. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_nodes(const struct conf_node *node, unsigned from_line)
{
    for (; node; node = node->next) {
        assert(node->line >= from_line && node->end_line >= node->line);
        assert(node->is_block || !node->children);
        for (size_t i = 0; i < node->n; i++) {
            assert(node->args[i].p[node->args[i].n] == '\0');
        }
        check_nodes(node->children, node->line);
        from_line = node->end_line;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct conf_tree tree;
    struct error err = {""};
    if (conf_tree_parse((struct str){(const char *)data, size}, "fuzz", &arena, &tree, &err)) {
        check_nodes(tree.first, 1);
    } else {
        assert(str_search(str_of(err.text), STR(" in fuzz:")) < strlen(err.text));
    }
    arena_deinit(&arena);
    return 0;
}
