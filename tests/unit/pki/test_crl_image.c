/* SPDX-License-Identifier: Apache-2.0 */
/* Which bytes are an image of CRLs: nothing in one that is names a place outside of it. */
#include "pki/crl_image.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/compiler.h"
#include "pki/dist_points.h"

/* A delta, and the complete list that it is applied to. */
struct sample {
    struct crl_image head;
    struct crl_list lists[2];
};

static struct sample sample(void)
{
    struct sample out = {.head = {.magic = CRL_IMAGE_MAGIC,
                                  .size = sizeof(struct sample),
                                  .lists_at = offsetof(struct sample, lists),
                                  .lists_n = 2}};
    out.lists[0].is_delta = 1;
    out.lists[1].delta = 1;
    return out;
}

static bool is_image(const struct sample *bytes, size_t size)
{
    const struct crl_image *image = crl_image_read(bytes, size);
    assert_true(!image || crl_image_lists(image) == bytes->lists);
    return image;
}

#define REFUSED(change)                                                                            \
    {                                                                                              \
        struct sample image = sample();                                                            \
        change;                                                                                    \
        assert_false(is_image(&image, sizeof(image)));                                             \
    }

#define ACCEPTED(change)                                                                           \
    {                                                                                              \
        struct sample image = sample();                                                            \
        change;                                                                                    \
        assert_true(is_image(&image, sizeof(image)));                                              \
    }

static void heads(void **unused)
{
    struct sample good = sample();
    assert_true(is_image(&good, sizeof(good)));
    assert_false(is_image(&good, sizeof(good) - 1));
    assert_false(is_image(&good, sizeof(good.head) - 1));
    REFUSED(image.head.magic[0] ^= 1)
    REFUSED(image.head.size++)
    REFUSED(image.head.lists_at += 1)
    REFUSED(image.head.lists_at += 8)
    REFUSED(image.head.lists_at = UINT64_MAX - 7)
    REFUSED(image.head.lists_n = 3)
    REFUSED(image.head.lists_n = UINT64_MAX)
}

static void spans(void **unused)
{
    const size_t size = sizeof(struct sample);
    static const size_t SPANS[] = {
        offsetof(struct crl_list, issuer),  offsetof(struct crl_list, key_id),
        offsetof(struct crl_list, file),    offsetof(struct crl_list, signature),
        offsetof(struct crl_list, points),  offsetof(struct crl_list, point_text),
        offsetof(struct crl_list, entries),
    };
    for (size_t i = 0; i < COUNT_OF(SPANS); i++) {
        struct sample image = sample();
        struct crl_span *span = (struct crl_span *)(void *)((char *)&image.lists[1] + SPANS[i]);
        *span = (struct crl_span){size - DIST_ID_LEN, DIST_ID_LEN};
        assert_true(is_image(&image, size));
        span->at++;
        assert_false(is_image(&image, size));
        *span = (struct crl_span){DIST_ID_LEN, UINT64_MAX - DIST_ID_LEN + 1};
        assert_false(is_image(&image, size));
    }
    REFUSED(image.lists[1].points.n = DIST_ID_LEN - 1)
}

static void numbers(void **unused)
{
    ACCEPTED(image.lists[1].slots_n = 2)
    REFUSED(image.lists[1].slots_n = 3)
    REFUSED(image.lists[1].slots_n = 1 << 20)
    REFUSED(image.lists[1].slots_at = 2)
    ACCEPTED(image.lists[1].digest_n = CRL_DIGEST_MAX)
    REFUSED(image.lists[1].digest_n = CRL_DIGEST_MAX + 1)
    ACCEPTED(image.lists[1].signers_n = CRL_SIGNERS_MAX)
    REFUSED(image.lists[1].signers_n = CRL_SIGNERS_MAX + 1)
    REFUSED(image.lists[1].number.n = CRL_NUMBER_MAX + 1)
    REFUSED(image.lists[0].base.n = CRL_NUMBER_MAX + 1)
    ACCEPTED(image.lists[1].scope = CRL_SCOPES - 1)
    REFUSED(image.lists[1].scope = CRL_SCOPES)
}

/* Complete lists lead to deltas, and each to one of its own sort that is past; never in a circle.
 */
static void links(void **unused)
{
    REFUSED(image.lists[1].delta = 3)
    REFUSED(image.lists[1].delta = 2)
    REFUSED(image.lists[0].delta = 1)
    REFUSED(image.lists[1].before = 3)
    REFUSED(image.lists[1].before = 2)
    REFUSED(image.lists[1].before = 1)
    REFUSED(image.lists[0].is_past = 1; image.lists[1].before = 1)
    ACCEPTED(image.lists[0].is_past = 1; image.lists[0].is_delta = 0; image.lists[1].delta = 0;
             image.lists[1].before = 1)
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads),
        cmocka_unit_test(spans),
        cmocka_unit_test(numbers),
        cmocka_unit_test(links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
