/* SPDX-License-Identifier: Apache-2.0 */
/* The directives map, geo and split_clients: their lines, as nginx reads them. */
#include "script/map_conf.h"

#include <assert.h>

#include "conf/quote.h"
#include "script/geo.h"
#include "script/map.h"
#include "script/split.h"
#include "script/template.h"
#include "script/variables.h"

/* "$name" without the '$'. */
static bool variable_name(struct str word, struct str *name, struct error *err)
{
    if (word.n < 2 || word.p[0] != '$') {
        return error_set(err, "invalid variable name \"%.*s\"", STR_ARG(word));
    }
    *name = str_skip(word, 1);
    return true;
}

static bool is_word(const struct conf_node *line, const char *word)
{
    return line->n == 0 && str_eq(line->name, str_of(word));
}

/* A line's value. */
static bool compile_value(struct conf_scope *scope, const struct conf_node *line,
                          struct template *out, struct error *err)
{
    assert(line->n == 1);
    return template_compile(line->args[0], scope->vars, scope->arena, line->file, line->line, out,
                            err);
}

static bool map_line_regex(struct conf_scope *scope, struct map *map, struct str key,
                           struct template value, struct error *err)
{
    assert(str_starts(key, STR("~")));
    key = str_skip(key, 1);
    bool ignore_case = key.n > 0 && key.p[0] == '*';
    const struct regex *regex;
    if (!variables_regex(scope->vars, str_skip(key, ignore_case), ignore_case, &regex, err)) {
        return false;
    }
    map_add_regex(map, regex, value);
    return true;
}

/* What the lines of a map say of its variable. */
struct map_traits {
    bool is_volatile;
    bool lines;
};

static bool map_line(struct conf_scope *scope, struct map *map, const struct conf_node *line,
                     struct map_traits *traits, struct error *err)
{
    if (is_word(line, "hostnames")) {
        map_set_hostnames(map);
        return true;
    }
    if (is_word(line, "volatile")) {
        traits->is_volatile = true;
        return true;
    }
    if (line->n != 1 || line->is_block) {
        return error_set(err, "invalid number of the map parameters");
    }
    struct template value;
    if (!compile_value(scope, line, &value, err)) {
        return false;
    }
    map_set_place(map, (struct line_place){line->file, line->line});
    traits->lines = traits->lines || template_lines(&value) || !template_fits_field(&value);
    /* In quotes too: nginx cannot see them here. The text itself is written \default. */
    if (str_eq(line->name, STR("default"))) {
        return map_set_default(map, value, err);
    }
    if (str_starts(line->name, STR("~"))) {
        return map_line_regex(scope, map, line->name, value, err);
    }
    bool escaped = str_starts(line->name, STR("\\"));
    return map_add(map, str_skip(line->name, escaped), value, err);
}

/* What a map takes for something else than text, in quotes too: a backslash before it helps. */
static bool is_special_key(struct str key)
{
    static const char *const WORDS[] = {"default", "include", "hostnames", "volatile"};
    for (size_t i = 0; i < COUNT_OF(WORDS); i++) {
        if (str_eq(key, str_of(WORDS[i]))) {
            return true;
        }
    }
    return str_starts(key, STR("~")) || str_starts(key, STR("\\"));
}

bool map_line_write(struct str key, const char *value, struct arena *arena, struct str *out)
{
    struct str written = is_special_key(key) ? arena_concat(arena, STR("\\"), key) : key;
    if (!conf_quote(written, arena, &written)) {
        return false;
    }
    *out = arena_printf(arena, "%.*s %s;", STR_ARG(written), value);
    return true;
}

static bool set_map(struct conf_scope *scope, const struct directive *row, void *field,
                    struct error *err)
{
    const struct conf_node *node = scope->node;
    assert(node->n == 2);
    struct str name;
    struct template subject;
    if (!template_compile(node->args[0], scope->vars, scope->arena, node->file, node->line,
                          &subject, err) ||
        !variable_name(node->args[1], &name, err)) {
        return false;
    }
    struct map *map = map_new(scope->arena, subject);
    map_set_place(map, (struct line_place){node->file, node->line});
    struct map_traits traits = {0};
    for (const struct conf_node *line = node->children; line; line = line->next) {
        if (!map_line(scope, map, line, &traits, err)) {
            return conf_error_at(line, err);
        }
    }
    variables_use(scope->vars, name, NULL, 0)->lines = traits.lines;
    return variables_define(scope->vars, name, VARIABLE_MAP, map, traits.is_volatile, err);
}

/* A geo block being read. */
struct geo_block {
    const struct conf_scope *scope;
    struct geo *geo;
    bool ranges;
    bool recursive;
    bool is_volatile;
    bool has_lines; /* of values */
    bool has_proxies;
    bool has_default;
};

/* What nginx warns of: the line is taken, but probably not meant. */
static void geo_warn(const struct geo_block *block, const struct conf_node *line,
                     const char *before, struct str what, const char *after)
{
    if (!block->scope->notice) {
        return;
    }
    struct error text;
    error_set(&text, "%s%.*s%s", before, STR_ARG(what), after);
    conf_error_at(line, &text);
    block->scope->notice(block->scope->owner, text.text);
}

static bool read_network(const struct geo_block *block, const struct conf_node *line,
                         struct str text, struct network *out, struct error *err)
{
    bool cleared;
    if (!network_parse(text, out, &cleared)) {
        return error_set(err, "invalid network \"%.*s\"", STR_ARG(text));
    }
    if (cleared) {
        geo_warn(block, line, "low address bits of ", text, " are meaningless");
    }
    return true;
}

/* nginx's ranges are of IPv4 addresses. */
static bool read_range(struct str text, struct ip *first, struct ip *last, struct error *err)
{
    size_t dash = str_find(text, '-');
    struct str a = str_head(text, dash);
    struct str b = str_skip(text, dash + 1);
    if (str_find(text, ':') < text.n || !ip_parse(a, first) || !ip_parse(b, last) ||
        memcmp(first->b, last->b, sizeof(first->b)) > 0) {
        return error_set(err, "invalid range \"%.*s\"", STR_ARG(text));
    }
    return true;
}

/* One word: a setting of the block. */
static bool geo_word(struct geo_block *block, const struct conf_node *line, struct error *err)
{
    if (is_word(line, "ranges")) {
        block->ranges = true;
        return !block->has_lines ||
               error_set(err, "the \"ranges\" directive must be the first directive inside "
                              "\"geo\" block");
    }
    if (is_word(line, "proxy_recursive")) {
        block->recursive = true;
        return true;
    }
    if (is_word(line, "volatile")) {
        block->is_volatile = true;
        return true;
    }
    return error_set(err, "invalid number of the geo parameters");
}

static bool geo_line_range(struct geo_block *block, const struct conf_node *line, struct error *err)
{
    assert(block->ranges && line->n == 1);
    struct ip first;
    struct ip last;
    if (str_eq(line->name, STR("delete"))) {
        if (!read_range(line->args[0], &first, &last, err)) {
            return false;
        }
        if (!geo_delete_range(block->geo, &first, &last)) {
            geo_warn(block, line, "no address range \"", line->args[0], "\" to delete");
        }
        return true;
    }
    if (!read_range(line->name, &first, &last, err)) {
        return false;
    }
    geo_add_range(block->geo, &first, &last, line->args[0]);
    return true;
}

static bool geo_line_network(struct geo_block *block, const struct conf_node *line,
                             struct error *err)
{
    assert(!block->ranges && line->n == 1);
    struct network network;
    if (str_eq(line->name, STR("delete"))) {
        if (!read_network(block, line, line->args[0], &network, err)) {
            return false;
        }
        if (!geo_delete(block->geo, &network)) {
            geo_warn(block, line, "no network \"", line->args[0], "\" to delete");
        }
        return true;
    }
    if (!read_network(block, line, line->name, &network, err)) {
        return false;
    }
    bool replaced;
    geo_add(block->geo, &network, line->args[0], &replaced);
    if (replaced) {
        geo_warn(block, line, "duplicate network \"", line->name, "\", the later value applies");
    }
    return true;
}

static bool geo_line(struct geo_block *block, const struct conf_node *line, struct error *err)
{
    if (line->n != 1 || line->is_block) {
        return geo_word(block, line, err);
    }
    if (str_eq(line->name, STR("proxy"))) {
        struct network proxy;
        if (!read_network(block, line, line->args[0], &proxy, err)) {
            return false;
        }
        geo_add_proxy(block->geo, &proxy);
        block->has_proxies = true;
        return true;
    }
    block->has_lines = true;
    geo_set_place(block->geo, (struct line_place){line->file, line->line});
    if (str_eq(line->name, STR("default"))) {
        geo_set_default(block->geo, line->args[0]);
        if (block->has_default) {
            geo_warn(block, line, "duplicate network \"", line->name,
                     "\", the later value applies");
        }
        block->has_default = true;
        return true;
    }
    return block->ranges ? geo_line_range(block, line, err) : geo_line_network(block, line, err);
}

static bool set_geo(struct conf_scope *scope, const struct directive *row, void *field,
                    struct error *err)
{
    const struct conf_node *node = scope->node;
    assert(node->n == 1 || node->n == 2);
    struct str address = STR("remote_addr");
    struct str name;
    if ((node->n == 2 && !variable_name(node->args[0], &address, err)) ||
        !variable_name(node->args[node->n - 1], &name, err)) {
        return false;
    }
    struct geo_block block = {
        .scope = scope,
        .geo = geo_new(scope->arena, variables_use(scope->vars, address, node->file, node->line)),
    };
    geo_set_place(block.geo, (struct line_place){node->file, node->line});
    for (const struct conf_node *line = node->children; line; line = line->next) {
        if (!geo_line(&block, line, err)) {
            return conf_error_at(line, err);
        }
    }
    if (block.has_proxies) {
        geo_set_proxy_recursive(
            block.geo,
            variables_use(scope->vars, STR("http_x_forwarded_for"), node->file, node->line),
            block.recursive);
    }
    geo_seal(block.geo);
    return variables_define(scope->vars, name, VARIABLE_GEO, block.geo, block.is_volatile, err);
}

/* "12.34%" in hundredths of a percent; "*" is 0, the rest. */
static bool read_percent(struct str text, unsigned *out, struct error *err)
{
    *out = 0;
    if (str_eq(text, STR("*"))) {
        return true;
    }
    struct str number = str_head(text, text.n - (text.n > 0));
    size_t dot = str_find(number, '.');
    struct str whole = str_head(number, dot);
    struct str part = str_skip(number, dot + 1);
    uint64_t percent = 0;
    uint64_t hundredths = 0;
    bool ok = str_ends(text, STR("%")) && part.n <= 2 &&
              (whole.n == 0 || str_to_u64(whole, 100, &percent)) &&
              (part.n == 0 || str_to_u64(part, 99, &hundredths));
    hundredths *= part.n == 1 ? 10 : 1;
    *out = (unsigned)(percent * 100 + hundredths);
    if (!ok || *out == 0) {
        return error_set(err, "invalid percent value \"%.*s\"", STR_ARG(text));
    }
    return true;
}

static bool split_line(struct split *split, const struct conf_node *line, struct error *err)
{
    unsigned percent;
    if (line->n != 1 || line->is_block) {
        return error_set(err, "invalid number of the split_clients parameters");
    }
    return read_percent(line->name, &percent, err) && split_add(split, percent, line->args[0], err);
}

static bool set_split(struct conf_scope *scope, const struct directive *row, void *field,
                      struct error *err)
{
    const struct conf_node *node = scope->node;
    struct str name;
    struct template subject;
    if (!template_compile(node->args[0], scope->vars, scope->arena, node->file, node->line,
                          &subject, err) ||
        !variable_name(node->args[1], &name, err)) {
        return false;
    }
    struct split *split = split_new(scope->arena, subject);
    for (const struct conf_node *line = node->children; line; line = line->next) {
        if (!split_line(split, line, err)) {
            return conf_error_at(line, err);
        }
    }
    return variables_define(scope->vars, name, VARIABLE_SPLIT, split, false, err);
}

/* Without effect, but a number. */
static bool check_number(struct conf_scope *scope, const struct directive *row, void *field,
                         struct error *err)
{
    uint64_t ignored;
    return set_number(scope, row, &ignored, err);
}

const struct directive map_directives[] = {
    {
        .name = "map",
        .contexts = CONTEXT_HTTP,
        .min_args = 2,
        .max_args = 2,
        .is_block = true,
        .repeats = true,
        .set = set_map,
        .syntax = "string $variable { ... }",
        .note = "A second `map`, `geo` or `set` of the same variable is refused.",
    },
    {
        .name = "map_hash_max_size",
        .contexts = CONTEXT_HTTP,
        .min_args = 1,
        .max_args = 1,
        .support = SUPPORT_ACCEPTED,
        .set = check_number,
        .syntax = "size",
        .note = "yett sizes its tables itself",
    },
    {
        .name = "map_hash_bucket_size",
        .contexts = CONTEXT_HTTP,
        .min_args = 1,
        .max_args = 1,
        .support = SUPPORT_ACCEPTED,
        .set = check_number,
        .syntax = "size",
        .note = "yett sizes its tables itself",
    },
    {
        .name = "geo",
        .contexts = CONTEXT_HTTP,
        .min_args = 1,
        .max_args = 2,
        .is_block = true,
        .repeats = true,
        .set = set_geo,
        .syntax = "[$address] $variable { ... }",
        .note = "If ranges overlap, the later one applies.",
    },
    {
        .name = "split_clients",
        .contexts = CONTEXT_HTTP,
        .min_args = 2,
        .max_args = 2,
        .is_block = true,
        .repeats = true,
        .set = set_split,
        .syntax = "string $variable { ... }",
    },
};

const size_t map_directives_n = COUNT_OF(map_directives);
