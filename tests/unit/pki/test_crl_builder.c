/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken into a set of lists, and for each of it what is not. */
#include "pki/crl_builder.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "crl_build.h"

static struct test_pair ca, twin, silent, rsa, ed, other;

static const struct test_line LINES[] = {{.serial = "05", .reason = 1}, {.serial = "00ff"}};

static struct test_list plain(void)
{
    return (struct test_list){
        .issuer = &ca, .lines = LINES, .lines_n = 2, .number = "07", .key_id = true};
}

/* Builds a set of one file. "" when it is taken, or the reason. */
static const char *reason_of(struct str file, const struct test_pair *authority)
{
    static struct error err;
    err.text[0] = '\0';
    struct test_build build = {.authorities = {authority}, .files = {file}};
    struct crl_set *set = test_set(&build, &err);
    assert_true(set ? !err.text[0] : err.text[0] != '\0');
    crl_set_unref(set);
    return err.text;
}

static void is_taken(const struct test_list *list, const struct test_pair *authority)
{
    struct buf der = {0}, pem = {0};
    test_list_der(&der, list);
    test_pem(&pem, buf_view(&der), "\n");
    assert_string_equal(reason_of(buf_view(&der), authority), "");
    assert_string_equal(reason_of(buf_view(&pem), authority), "");
    buf_deinit(&der);
    buf_deinit(&pem);
}

static void is_refused_by(const struct test_list *list, const struct test_pair *authority,
                          const char *reason)
{
    struct buf der = {0};
    test_list_der(&der, list);
    const char *text = reason_of(buf_view(&der), authority);
    if (!strstr(text, reason) || !str_starts(str_of(text), STR("cannot load CRL \"1.crl\": "))) {
        fail_msg("\"%s\" instead of \"%s\"", text, reason);
    }
    buf_deinit(&der);
}

static void is_refused(const struct test_list *list, const char *reason)
{
    is_refused_by(list, &ca, reason);
}

static void file_is_refused(struct str file, const char *reason)
{
    const char *text = reason_of(file, &ca);
    if (!strstr(text, reason)) {
        fail_msg("\"%s\" instead of \"%s\"", text, reason);
    }
}

static void lists_are_taken(void **unused)
{
    struct test_list list = plain();
    is_taken(&list, &ca);
    is_taken(&list, &other); /* kept for its issuer */
    list.lines_n = 0;
    is_taken(&list, &ca);
    list.no_until = true;
    is_taken(&list, &ca);
    list.empty_lines = true; /* RFC 5280, 5.1.2.6 */
    is_refused(&list, "its sequence of revoked certificates is empty");
    struct test_list v1 = {.issuer = &ca, .lines = LINES + 1, .lines_n = 1, .version = ""};
    is_taken(&v1, &ca);
}

static void versions(void **unused)
{
    struct test_list list = plain();
    list.version = "";
    is_refused(&list, "which version 1 does not allow");
    list = (struct test_list){.issuer = &ca, .lines = LINES, .lines_n = 1, .version = ""};
    is_refused(&list, "an entry has extensions, which version 1 does not allow");
    list.version = "020100";
    is_refused(&list, "its version is unknown");
    list.version = "020102";
    is_refused(&list, "its version is unknown");
}

static void files_without_lists(void **unused)
{
    file_is_refused(STR("hello\n"), "the file contains no CRL");
    file_is_refused(STR("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                    "the PEM block is a \"CERTIFICATE\", not a CRL");
    file_is_refused(STR("-----BEGIN X509 CRL-----\n-----END X509 CRL-----\n"), "truncated");
    struct error err;
    struct test_build nothing = {.authorities = {&ca}};
    assert_null(test_set(&nothing, &err));
    assert_string_equal(err.text, "there is no CRL");
}

static void signatures(void **unused)
{
    struct test_list list = plain();
    list.bad_signature = true;
    is_refused(&list, "CRL 1, of \"CN=CA,C=CH\": its signature is wrong");
    list.bad_signature = false;
    list.other_algorithm = true;
    is_refused(&list, "its two signature algorithms differ");

    list = plain();
    list.key_id = false;
    is_refused_by(&list, &twin, "its signature is wrong");
    /* It names another key: that may be left over from before, but not be all there is. */
    list.key_id = true;
    struct buf der = {0};
    test_list_der(&der, &list);
    assert_string_equal(
        reason_of(buf_view(&der), &twin),
        "the CRL of \"CN=CA,C=CH\" in \"1.crl\" is not signed with the key of this CA");
    struct test_list own = plain();
    own.issuer = &twin;
    test_list_der(&der, &own);
    assert_string_equal(reason_of(buf_view(&der), &twin), "");
    buf_deinit(&der);

    list = plain();
    list.issuer = &silent;
    is_refused_by(&list, &silent, "its issuer may not sign CRLs (keyUsage without cRLSign)");
}

static void algorithms(void **unused)
{
    struct test_list list = plain();
    list.issuer = &rsa;
    is_taken(&list, &rsa);
    list.digest = EVP_sha512();
    is_taken(&list, &rsa);
    list.digest = EVP_sha1();
    is_refused_by(&list, &rsa, "its signature uses a weak digest (SHA1)");
    is_refused_by(&list, &other, "its signature uses a weak digest (SHA1)"); /* whose ever it is */
    list.digest = EVP_sha224();
    is_taken(&list, &rsa);
    list.bad_signature = true;
    is_refused_by(&list, &rsa, "its signature is wrong");

    list = plain();
    list.issuer = &rsa;
    list.pss = true;
    is_taken(&list, &rsa);
    list.digest = EVP_sha1();
    is_refused_by(&list, &rsa, "its signature uses a weak digest (SHA1)");
    list.digest = EVP_sha384();
    is_taken(&list, &rsa);
    list.mask_digest = EVP_sha1();
    is_refused_by(&list, &rsa, "its signature uses a weak digest (SHA1)");
    list.digest = NULL;
    list.mask_digest = NULL;
    is_refused_by(
        &list, &ca,
        "its issuer is not in the CA files, and yett needs it to check this signature algorithm");
    list.bad_signature = true;
    is_refused_by(&list, &rsa, "its signature is wrong");

    list = plain();
    list.issuer = &ed;
    is_taken(&list, &ed);
    is_refused_by(
        &list, &ca,
        "its issuer is not in the CA files, and yett needs it to check this signature algorithm");
    list.bad_signature = true;
    is_refused_by(&list, &ed, "its signature is wrong");
}

static void bytes_behind(void **unused)
{
    struct test_list list = plain();
    list.behind_extensions = STR("\x05\x00");
    is_refused(&list, "it has bytes after its extensions");
    list = plain();
    list.behind_signature = STR("\x05\x00");
    is_refused(&list, "it has bytes after its signature");

    list = plain();
    struct buf der = {0}, pem = {0};
    test_list_der(&der, &list);
    test_list_der(&der, &list);
    assert_string_equal(reason_of(buf_view(&der), &ca), ""); /* end to end */
    test_pem(&pem, buf_view(&der), "\n");
    file_is_refused(buf_view(&pem), "the PEM block has bytes after the CRL");
    buf_byte(&der, 0);
    file_is_refused(buf_view(&der), "CRL 3: the CRL is truncated");
    buf_deinit(&der);
    buf_deinit(&pem);
}

/* The second list alone is wrong: nothing of the file is taken, and it is counted. */
static void a_bad_list_among_good_ones(void **unused)
{
    struct buf file = {0}, der = {0};
    struct test_list list = plain();
    test_list_der(&der, &list);
    test_pem(&file, buf_view(&der), "\n");
    buf_clear(&der);
    list.bad_signature = true;
    test_list_der(&der, &list);
    test_pem(&file, buf_view(&der), "\r\n");
    file_is_refused(buf_view(&file), "\"1.crl\": CRL 2, of \"CN=CA,C=CH\": its signature is wrong");
    buf_deinit(&file);
    buf_deinit(&der);
}

static struct str extension(struct buf *out, int id, bool critical, struct str value)
{
    buf_clear(out);
    test_ext(out, id, critical, value);
    return buf_view(out);
}

static void extensions_of_lists(void **unused)
{
    struct buf ext = {0};
    struct test_list list = plain();
    list.extensions = extension(&ext, 99, false, STR("\x05\x00"));
    is_taken(&list, &ca);
    list.extensions = extension(&ext, 99, true, STR("\x05\x00"));
    is_refused(&list, "it has an unknown critical extension: 2.5.29.99");
    list.extensions = extension(&ext, 20, false, STR("\x02\x01\x07"));
    is_refused(&list, "it has more than one CRL number");
    list.number = NULL;
    is_taken(&list, &ca);
    list.extensions = extension(&ext, 20, true, STR("\x02\x01\x07"));
    is_refused(&list, "its CRL number must not be critical"); /* RFC 5280, 5.2.3 */
    list.extensions = extension(&ext, 20, false, STR("\x02\x01\x07"));
    is_taken(&list, &ca);
    list.extensions = extension(&ext, 35, true, STR("\x30\x00"));
    list.key_id = false;
    is_refused(&list, "its authority key identifier must not be critical"); /* 4.2.1.1 */
    list.extensions = extension(&ext, 35, false, STR("\x30\x00"));
    is_taken(&list, &ca);
    list = plain();
    list.number = NULL;
    list.extensions = extension(&ext, 20, false, STR("\x02\x01\xff"));
    is_refused(&list, "its CRL number is malformed");
    list.extensions = extension(&ext, 20, false, STR("\x02\x01\x07\x00"));
    is_refused(&list, "its CRL number is malformed");
    list = plain();
    list.extensions = STR("\x05\x00");
    is_refused(&list, "its sequence of extensions is malformed");
    buf_deinit(&ext);
}

static void distribution_points(void **unused)
{
    static const struct {
        struct str value;
        const char *reason; /* NULL: taken */
    } CASES[] = {
        {STR_INIT("\x30\x00"), "issuing distribution point is malformed"}, /* RFC 5280, 5.2.5 */
        {STR_INIT("\x30\x03\x81\x01\xff"), NULL},
        {STR_INIT("\x30\x03\x82\x01\xff"), NULL},
        {STR_INIT("\x30\x06\x81\x01\xff\x84\x01\x00"), NULL},
        {STR_INIT("\x30\x06\x81\x01\xff\x82\x01\xff"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x06\x82\x01\xff\x81\x01\x00"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x03\x86\x01\xff"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x02\x81\x00"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x03\x81\x01"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x03\x84\x01\xff"), "it is an indirect CRL, which yett does not support"},
        {STR_INIT("\x30\x04\x83\x02\x01\x40"), NULL},
        {STR_INIT("\x30\x05\x83\x03\x07\x00\x80"), NULL}, /* aACompromise alone */
        {STR_INIT("\x30\x04\x83\x02\x01\x80"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x04\x83\x02\x06\x40"), NULL}, /* keyCompromise alone */
        {STR_INIT("\x30\x04\x83\x02\x06\x7f"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x05\x83\x03\x07\x00\xc0"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x04\x83\x02\x08\x40"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x03\x83\x01\x00"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x06\x83\x04\x01\x40\x00\x00"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x03\x85\x01\xff"), NULL},
        {STR_INIT("\x30\x06\x81\x01\xff\x85\x01\xff"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x09\xa0\x07\xa0\x05\x86\x03"
                  "a:b"),
         NULL},
        {STR_INIT("\x30\x0c\xa0\x07\xa0\x05\x86\x03"
                  "a:b\x84\x01\xff"),
         "it is an indirect CRL, which yett does not support"},
        {STR_INIT("\x30\x04\xa0\x02\xa0\x00"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x02\xa0\x00"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x04\xa0\x02\xa1\x00"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x04\xa0\x02\xa2\x00"), "issuing distribution point is malformed"},
        {STR_INIT("\x30\x0b\xa0\x09\xa0\x05\x86\x03"
                  "a:b\x05\x00"),
         "issuing distribution point is malformed"},
        {STR_INIT("\x30\x0b\xa0\x09\xa1\x07\x30\x05\x06\x03\x55\x04\x03"),
         "issuing distribution point is malformed"},
    };
    struct buf ext = {0};
    struct test_list list = plain();
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        list.extensions = extension(&ext, 28, true, CASES[i].value);
        if (CASES[i].reason) {
            is_refused(&list, CASES[i].reason);
        } else {
            is_taken(&list, &ca);
        }
    }
    buf_deinit(&ext);
}

static void extensions_of_entries(void **unused)
{
    struct buf ext = {0};
    struct test_line line = {.serial = "05"};
    struct test_list list = plain();
    list.lines = &line;
    list.lines_n = 1;
    line.extensions = extension(&ext, 23, false, STR("\x06\x00"));
    is_taken(&list, &ca);
    line.extensions = extension(&ext, 23, true, STR("\x06\x00"));
    is_refused(&list, "entry 1: it has an unknown critical extension: 2.5.29.23");
    line.extensions = extension(&ext, 21, true, STR("\x0a\x01\x01"));
    is_taken(&list, &ca);
    line.extensions = extension(&ext, 21, false, STR("\x0a\x02\x01\x01"));
    is_refused(&list, "entry 1: its reason is malformed");
    line.extensions = extension(&ext, 29, true, STR("\x30\x00"));
    is_refused(&list, "entry 1: it has a certificate issuer: yett does not support indirect CRLs");
    line.extensions = extension(&ext, 29, false, STR("\x30\x00"));
    is_refused(&list, "entry 1: it has a certificate issuer: yett does not support indirect CRLs");
    buf_deinit(&ext);
}

static void entries(void **unused)
{
    static const struct {
        struct test_line line;
        const char *reason;
    } CASES[] = {
        {{.serial = "00"}, NULL},
        {{.serial = "ff"}, NULL},
        {{.serial = "0080"}, NULL},
        {{.serial = "05", .date = "991231235959Z"}, NULL},
        {{.serial = "05", .date = "240229000000Z"}, NULL},
        {{.serial = ""}, "a malformed serial number"},
        {{.serial = "0005"}, "a malformed serial number"},
        {{.serial = "ff80"}, "a malformed serial number"},
        {{.serial = "05", .date = "250229000000Z"}, "a malformed date"},
        {{.serial = "05", .date = "261301000000Z"}, "a malformed date"},
        {{.serial = "05", .date = "260101240000Z"}, "a malformed date"},
        {{.serial = "05", .date = "260101006000Z"}, "a malformed date"},
        {{.serial = "05", .date = "260101000060Z"}, "a malformed date"},
        {{.serial = "05", .date = "2601010000Z"}, "a malformed date"},
        {{.serial = "05", .date = "260101000000+"}, "a malformed date"},
        {{.serial = "05", .date = "2601010000 0Z"}, "a malformed date"},
    };
    /* Once alone, once behind an entry of the same day, which is a shorter way. */
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct test_line two[] = {{.serial = "06"}, CASES[i].line};
        struct test_list list = plain();
        for (size_t n = 1; n <= 2; n++) {
            list.lines = two + 2 - n;
            list.lines_n = n;
            if (CASES[i].reason) {
                is_refused(&list, CASES[i].reason);
            } else {
                is_taken(&list, &ca);
            }
        }
    }
}

static void deltas(void **unused)
{
    struct test_list base = plain();
    struct test_list delta = plain();
    delta.number = "09";
    delta.base = "07";
    struct buf files[3] = {{0}};
    struct error err;
    test_list_der(&files[0], &base);
    test_list_der(&files[1], &delta);
    struct test_build build = {.authorities = {&ca},
                               .files = {buf_view(&files[0]), buf_view(&files[1])}};
    struct crl_set *set = test_set(&build, &err);
    assert_non_null(set);
    assert_int_equal(crl_set_size(set), 1);
    crl_set_unref(set);

    assert_string_equal(reason_of(buf_view(&files[1]), &ca),
                        "the delta CRL of \"CN=CA,C=CH\" in \"1.crl\" has no complete CRL to "
                        "apply it to");
    static const struct {
        const char *base_number, *number, *base;
        const char *reason;
    } CASES[] = {
        {"07", "09", "08",
         "needs a complete CRL with number 08 or higher, but the newest has number 07"},
        {"07", NULL, "07", "has no CRL number"},
        {NULL, "09", "07", "needs a complete CRL with a CRL number"},
        {"09", "09", "07", NULL},
        {"0100", "00ff", "07", NULL},
        {"00ff", "0100", "00ff", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        base.number = CASES[i].base_number;
        delta.number = CASES[i].number;
        delta.base = CASES[i].base;
        buf_clear(&files[0]);
        buf_clear(&files[1]);
        test_list_der(&files[0], &base);
        test_list_der(&files[1], &delta);
        build.files[0] = buf_view(&files[1]); /* files have no order */
        build.files[1] = buf_view(&files[0]);
        set = test_set(&build, &err);
        assert_true(!set == (CASES[i].reason != NULL));
        assert_true(set || strstr(err.text, CASES[i].reason));
        crl_set_unref(set);
    }
    buf_deinit(&files[0]);
    buf_deinit(&files[1]);
}

/* Each beginning of a good file is an error, in PEM and in DER. */
static void truncations(void **unused)
{
    struct test_list list = plain();
    struct buf der = {0}, pem = {0};
    test_list_der(&der, &list);
    test_pem(&pem, buf_view(&der), "\n");
    for (size_t n = 1; n < buf_size(&der); n++) {
        file_is_refused(str_head(buf_view(&der), n), "CRL 1");
    }
    size_t eol = 1; /* the last line needs no end */
    for (size_t n = 1; n < buf_size(&pem) - eol; n++) {
        assert_string_not_equal(reason_of(str_head(buf_view(&pem), n), &ca), "");
    }
    assert_string_equal(reason_of(str_head(buf_view(&pem), buf_size(&pem) - eol), &ca), "");
    buf_deinit(&der);
    buf_deinit(&pem);
}

/* Pieces of any size give the same image, beyond the sizes of the buffers too. */
static void pieces(void **unused)
{
    enum { MANY = 6000 };
    struct test_line *lines = calloc(MANY, sizeof(*lines));
    char(*serials)[24] = calloc(MANY, sizeof(*serials));
    for (size_t i = 0; i < MANY; i++) {
        snprintf(serials[i], sizeof(serials[i]), "11%08zx%08zx", i, i * 77);
        lines[i] = (struct test_line){.serial = serials[i], .reason = i % 3 ? 0 : 4};
    }
    struct test_list list = {.issuer = &rsa, .lines = lines, .lines_n = MANY, .key_id = true};
    for (int pss = 0; pss < 2; pss++) {
        struct buf der = {0}, pem = {0};
        list.pss = pss;
        test_list_der(&der, &list);
        test_pem(&pem, buf_view(&der), "\r\n");
        struct error err;
        struct test_build build = {.authorities = {&rsa}, .files = {buf_view(&der)}};
        size_t size, n;
        void *image = test_image(&build, &size, &err);
        assert_non_null(image);
        for (size_t i = 0; i < 64 * 2; i++) {
            build.files[0] = i % 2 ? buf_view(&der) : buf_view(&pem);
            build.piece = i / 2 + 1;
            void *same = test_image(&build, &n, &err);
            assert_non_null(same);
            assert_int_equal(n, size);
            assert_memory_equal(same, image, size);
            free(same);
        }
        free(image);
        buf_deinit(&der);
        buf_deinit(&pem);
    }
    free(serials);
    free(lines);
}

/* The room is enough, for entries and lists as small as they get; and less is an error, not a
 * crash. */
static void room(void **unused)
{
    enum { MANY = 5000 };
    struct test_line *lines = calloc(MANY, sizeof(*lines));
    for (size_t i = 0; i < MANY; i++) {
        lines[i] = (struct test_line){.serial = i % 2 ? "11" : "22"};
    }
    struct test_list list = {.issuer = &ca, .lines = lines, .lines_n = MANY};
    is_taken(&list, &ca);
    list.lines_n = 0;
    struct buf der = {0};
    for (size_t i = 0; i < 500; i++) {
        list.from = -(long)i - 1;
        test_list_der(&der, &list);
    }
    assert_string_equal(reason_of(buf_view(&der), &ca), "");
    for (size_t n = sizeof(struct crl_image); n < 3000; n += 8) {
        void *region = calloc(1, n);
        struct crl_builder *builder = crl_builder_new(region, n, NULL, 1);
        struct test_bytes bytes;
        struct error err;
        size_t size = 0;
        assert_false(crl_builder_add(builder, "f", test_source(&bytes, buf_view(&der), 0), &err) &&
                     crl_builder_finish(builder, &size, &err));
        assert_non_null(strstr(err.text, "do not fit into the memory"));
        crl_builder_free(builder);
        free(region);
    }
    buf_deinit(&der);
    free(lines);
}

static bool broken_read(void *arg, unsigned char *out, size_t cap, size_t *n, struct error *err)
{
    (void)arg, (void)out, (void)cap, (void)n;
    return error_set(err, "the disk is on fire");
}

static void read_errors_are_passed_on(void **unused)
{
    struct error err;
    void *region = calloc(1, 4096);
    struct crl_builder *builder = crl_builder_new(region, 4096, NULL, 1);
    const struct byte_source source = {.read = broken_read};
    assert_false(crl_builder_add(builder, "f", &source, &err));
    assert_string_equal(err.text, "cannot load CRL \"f\": the disk is on fire");
    crl_builder_free(builder);
    free(region);
}

static struct test_pair without_crl_sign(void)
{
    struct test_pair pair = test_pair_new((struct test_spec){.cn = "Silent"});
    test_extension(pair.cert, pair.cert, NID_key_usage, "critical,keyCertSign");
    X509_sign(pair.cert, pair.key, EVP_sha256());
    unsigned char *der = NULL;
    int n = i2d_X509(pair.cert, &der);
    const unsigned char *p = der;
    X509_free(pair.cert);
    pair.cert = d2i_X509(NULL, &p, n);
    OPENSSL_free(der);
    return pair;
}

static int setup(void **unused)
{
    ca = test_pair_new((struct test_spec){.cn = "CA", .ca = true});
    twin = test_pair_new((struct test_spec){.cn = "CA", .ca = true});
    other = test_pair_new((struct test_spec){.cn = "Other", .ca = true});
    rsa = test_pair_new((struct test_spec){.cn = "RSA", .ca = true, .rsa_bits = 2048});
    silent = without_crl_sign();
    ed = test_pair_new((struct test_spec){.cn = "Ed", .ca = true});
    EVP_PKEY_free(ed.key);
    ed.key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    X509_set_pubkey(ed.cert, ed.key);
    return 0;
}

static int teardown(void **unused)
{
    struct test_pair *const all[] = {&ca, &twin, &silent, &rsa, &ed, &other};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        test_pair_free(all[i]);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_taken),
        cmocka_unit_test(versions),
        cmocka_unit_test(files_without_lists),
        cmocka_unit_test(signatures),
        cmocka_unit_test(algorithms),
        cmocka_unit_test(bytes_behind),
        cmocka_unit_test(a_bad_list_among_good_ones),
        cmocka_unit_test(extensions_of_lists),
        cmocka_unit_test(distribution_points),
        cmocka_unit_test(extensions_of_entries),
        cmocka_unit_test(entries),
        cmocka_unit_test(deltas),
        cmocka_unit_test(truncations),
        cmocka_unit_test(pieces),
        cmocka_unit_test(room),
        cmocka_unit_test(read_errors_are_passed_on),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
