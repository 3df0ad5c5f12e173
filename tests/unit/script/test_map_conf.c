/* SPDX-License-Identifier: Apache-2.0 */
/* map, geo and split_clients as they are written. */
#include "script/map_conf.h"

#include "conf.h"

static void check(const char *conf, const char *name, const char *uri, const char *args,
                  const char *want)
{
    struct facts facts;
    struct place place;
    struct error err;
    facts_init(&facts);
    if (!conf_read(&facts, CONTEXT_HTTP, conf, &place, &err)) {
        fail_msg("%s: %s", conf, err.text);
    }
    const struct variable *variable = variables_use(&facts.vars, str_of(name), NULL, 0);
    struct value value = scope_get(facts_request(&facts, uri, args), variable);
    if (!str_eq(value.s, str_of(want))) {
        fail_msg("%s: %.*s, want %s", conf, STR_ARG(value.s), want);
    }
    facts_deinit(&facts);
}

static void maps(void **state)
{
    static const char conf[] =
        "map $arg_k $m { default D; '' E; a \"v $uri\"; \\default escaped; \\~t tilde;\n"
        "  \\hostnames h; ~^re(?<rn>.+)-(.*)$ $rn:$2; ~*^CI(.) I$1; *.x mask; volatile; }";
    check(conf, "m", "/p", "k=nope", "D");
    check(conf, "m", "/p", "k=", "E");
    check(conf, "M", "/p", "k=A", "v /p");
    check(conf, "m", "/p", "k=default", "escaped");
    check(conf, "m", "/p", "k=~t", "tilde");
    check(conf, "m", "/p", "k=hostnames", "h");
    check(conf, "m", "/p", "k=re1-2", "1:2");
    check(conf, "rn", "/p", "k=re1-2", "");
    check(conf, "m", "/p", "k=ciz", "Iz");
    check(conf, "m", "/p", "k=a.x", "D");
    check("map $uri $m { hostnames; .x y; }", "m", "a.x.", "", "y");
    check("map $uri $m { \"default\" y; }", "m", "a.x.", "", "y");
    check("map $uri $m { ~ y; }", "m", "z", "", "y");
    check("map $uri$args $m { /ab y; }", "m", "/a", "b", "y");
    check("map_hash_max_size 2048; map_hash_bucket_size 64; map $uri $m {}", "m", "/a", "b", "");
    check("map $m $n { 1 one; } map $uri $m { / 1; }", "n", "/", "", "one");
}

/* A line that map_line_write made matches its key and nothing else. */
static void written_lines(void **state)
{
    static const char *const KEYS[] = {
        "CN=a,O=b", "default", "include",     "hostnames",
        "volatile", "~CN",     "\\",          "\\default",
        "a\"b",     "a\\\"b",  "$uri",        "${uri}",
        "a;b",      "{x}",     "#x",          "CN=\\#x\\,y\\ ",
        "*.x",      ".x",      "O=H\\C3\\A4", "'",
        "",         " a ",     "~",           "/O=x/CN=y z",
    };
    for (size_t i = 0; i < COUNT_OF(KEYS); i++) {
        struct arena arena;
        struct str line;
        arena_init(&arena, 0);
        assert_true(map_line_write(str_of(KEYS[i]), "1", &arena, &line));
        struct str conf = arena_printf(&arena, "map $uri $m { default D; %.*s }", STR_ARG(line));
        check(conf.p, "m", KEYS[i], "", "1");
        check(conf.p, "m", arena_printf(&arena, "%sx", KEYS[i]).p, "", "D");
        arena_deinit(&arena);
    }
}

static void geos(void **state)
{
    static const char conf[] = "geo $arg_ip $g { default D; 10.0.0.0/8 ten; 10.1.0.0/16 x;\n"
                               "  delete 10.1.0.0/16; 192.168.1.1/16 y; 2001:db8::/32 six; }";
    check(conf, "g", "/", "ip=10.1.1.1", "ten");
    check(conf, "g", "/", "ip=11.1.1.1", "D");
    check(conf, "g", "/", "ip=192.168.9.9", "y");
    check(conf, "g", "/", "ip=2001:db8::1", "six");
    check("geo $g { 192.0.2.1 me; }", "g", "/", "", "me");
    check("geo $arg_ip $g { ranges; default D; 10.0.0.0-10.0.0.9 a; 10.0.0.3-10.0.0.4 b;\n"
          "  delete 10.0.0.3-10.0.0.4; }",
          "g", "/", "ip=10.0.0.3", "D");
    check("geo $arg_ip $g { 0.0.0.0/0 zero; default D; }", "g", "/", "ip=1.1.1.1", "D");
    check("geo $arg_ip $g { default D; 0.0.0.0/0 zero; }", "g", "/", "ip=1.1.1.1", "zero");
    check("geo $g { proxy 192.0.2.0/24; proxy_recursive; volatile; 192.0.2.1 me; }", "g", "/", "",
          "me");
    check("geo $g { delete 1.1.1.1; 192.0.2.1 a; 192.0.2.1/32 b; }", "g", "/", "", "b");
}

static void splits(void **state)
{
    static const char conf[] = "split_clients $arg_k $s { 0.5% a; 10% b; 33.33% c; 20.1% d; * e; }";
    check(conf, "s", "/", "k=key0", "d");
    check(conf, "s", "/", "k=key1", "e");
    check(conf, "s", "/", "k=key2", "b");
    check(conf, "s", "/", "k=key14", "c");
    check(conf, "s", "/", "k=", "a");
    check("split_clients $uri $s { 50% $uri; 50.% $uri; }", "s", "/", "", "$uri");
    check("split_clients $uri $s { .5% x; }", "s", "/key1", "", "");
}

/* What nginx refuses, in its words. */
struct refusal {
    const char *conf;
    const char *want;
};

static const struct refusal map_refusals[] = {
    {"map $uri b {}", "invalid variable name \"b\" in t.conf:1"},
    {"map $uri $ {}", "invalid variable name \"$\" in t.conf:1"},
    {"map $uri$ $b {}", "invalid variable name in t.conf:1"},
    {"map $nope $b {}", "unknown \"nope\" variable in t.conf:1"},
    {"map $uri $b { default 1;\n default 2; }", "duplicate default map parameter in t.conf:2"},
    {"map $uri $b { a 1; a 2; }", "conflicting parameter \"a\" in t.conf:1"},
    {"map $uri $b { hostnames; a..b 1; }", "invalid hostname or wildcard \"a..b\" in t.conf:1"},
    {"map $uri $b { a; }", "invalid number of the map parameters in t.conf:1"},
    {"map $uri $b { a b c; }", "invalid number of the map parameters in t.conf:1"},
    {"map $uri $b { a\n $nope; }", "unknown \"nope\" variable in t.conf:1"},
    {"map $uri $b { a $; }", "invalid variable name in t.conf:1"},
    {"map $uri $b { ~( 1; }",
     "pcre2_compile() failed: missing closing parenthesis in \"(\" in t.conf:1"},
    {"map $uri $uri {}", "the duplicate \"uri\" variable in t.conf:1"},
    {"map $uri $b {} map $uri $b {}", "the duplicate \"b\" variable in t.conf:1"},
};

static const struct refusal geo_refusals[] = {
    {"geo b {}", "invalid variable name \"b\" in t.conf:1"},
    {"geo a $b {}", "invalid variable name \"a\" in t.conf:1"},
    {"geo $nope $b {}", "unknown \"nope\" variable in t.conf:1"},
    {"geo $b { 1.2.3.0/33 1; }", "invalid network \"1.2.3.0/33\" in t.conf:1"},
    {"geo $b { a 1; }", "invalid network \"a\" in t.conf:1"},
    {"geo $b { delete a; }", "invalid network \"a\" in t.conf:1"},
    {"geo $b { proxy a; }", "invalid network \"a\" in t.conf:1"},
    {"geo $b { foo; }", "invalid number of the geo parameters in t.conf:1"},
    {"geo $b { 1.2.3.4 a b; }", "invalid number of the geo parameters in t.conf:1"},
    {"geo $b { 1.2.3.4 1; ranges; }",
     "the \"ranges\" directive must be the first directive inside \"geo\" block in t.conf:1"},
    {"geo $b { default 1; ranges; }",
     "the \"ranges\" directive must be the first directive inside \"geo\" block in t.conf:1"},
    {"geo $b { ranges; 1.1.1.3-1.1.1.1 a; }", "invalid range \"1.1.1.3-1.1.1.1\" in t.conf:1"},
    {"geo $b { ranges; ::1-::2 a; }", "invalid range \"::1-::2\" in t.conf:1"},
    {"geo $b { ranges; 1.1.1.1 a; }", "invalid range \"1.1.1.1\" in t.conf:1"},
    {"geo $b { ranges; delete 1.1.1.1; }", "invalid range \"1.1.1.1\" in t.conf:1"},
};

static const struct refusal split_refusals[] = {
    {"split_clients $uri b {}", "invalid variable name \"b\" in t.conf:1"},
    {"split_clients $uri $b { 50% a; 50.01% b; }",
     "percent total is greater than 100% in t.conf:1"},
    {"split_clients $uri $b { * a; 1% b; }", "percent total is greater than 100% in t.conf:1"},
    {"split_clients $uri $b { 0% a; }", "invalid percent value \"0%\" in t.conf:1"},
    {"split_clients $uri $b { 10 a; }", "invalid percent value \"10\" in t.conf:1"},
    {"split_clients $uri $b { % a; }", "invalid percent value \"%\" in t.conf:1"},
    {"split_clients $uri $b { '' a; }", "invalid percent value \"\" in t.conf:1"},
    {"split_clients $uri $b { 1.234% a; }", "invalid percent value \"1.234%\" in t.conf:1"},
    {"split_clients $uri $b { 1.2.3% a; }", "invalid percent value \"1.2.3%\" in t.conf:1"},
    {"split_clients $uri $b { 10%; }",
     "invalid number of the split_clients parameters in t.conf:1"},
};

static void check_refusals(const struct refusal *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_refused(CONTEXT_HTTP, rows[i].conf, rows[i].want);
    }
}

static void refusals(void **state)
{
    check_refusals(map_refusals, COUNT_OF(map_refusals));
    check_refusals(geo_refusals, COUNT_OF(geo_refusals));
    check_refusals(split_refusals, COUNT_OF(split_refusals));
}

static void doubtful_lines_are_noted(void **state)
{
    static const struct refusal rows[] = {
        {"geo $g { 1.2.3.4/24 a; }", "low address bits of 1.2.3.4/24 are meaningless in t.conf:1"},
        {"geo $g { proxy 1.2.3.4/8; }",
         "low address bits of 1.2.3.4/8 are meaningless in t.conf:1"},
        {"geo $g {\n delete 1.2.3.4; }", "no network \"1.2.3.4\" to delete in t.conf:2"},
        {"geo $g { ranges; delete 1.1.1.1-1.1.1.2; }",
         "no address range \"1.1.1.1-1.1.1.2\" to delete in t.conf:1"},
        {"geo $g { 1.2.3.4 a; 1.2.3.4/32 b; }",
         "duplicate network \"1.2.3.4/32\", the later value applies in t.conf:1"},
        {"geo $g { default a; default b; }",
         "duplicate network \"default\", the later value applies in t.conf:1"},
        {"geo $g { default a; 1.2.3.0/24 b; delete 1.2.3.0/24; ::/0 c; }", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct facts facts;
        struct place place;
        struct notices notices = {.n = 0};
        struct error err;
        facts_init(&facts);
        assert_true(conf_read_noting(&facts, CONTEXT_HTTP, rows[i].conf, &place, &notices, &err));
        assert_string_equal(notices.text, rows[i].want);
        assert_int_equal(notices.n, rows[i].want[0] != '\0');
        facts_deinit(&facts);
    }
}

static void sizes_without_effect_are_numbers(void **state)
{
    struct facts facts;
    struct place place;
    struct error err;
    facts_init(&facts);
    assert_false(conf_read(&facts, CONTEXT_HTTP, "map_hash_max_size a;", &place, &err));
    facts_deinit(&facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps),
        cmocka_unit_test(written_lines),
        cmocka_unit_test(geos),
        cmocka_unit_test(splits),
        cmocka_unit_test(refusals),
        cmocka_unit_test(doubtful_lines_are_noted),
        cmocka_unit_test(sizes_without_effect_are_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
