/* SPDX-License-Identifier: Apache-2.0 */
/* Whether bytes are an image of CRLs. */
#include "pki/crl_image.h"

#include <assert.h>
#include <string.h>

#include "pki/dist_points.h"

struct measured {
    size_t size;
    const struct crl_image *head;
    const struct crl_list *lists;
};

static bool inside(const struct measured *image, uint64_t at, uint64_t n)
{
    return at <= image->size && n <= image->size - at;
}

static bool span_inside(const struct measured *image, struct crl_span span)
{
    return inside(image, span.at, span.n);
}

static bool slots_valid(const struct measured *image, const struct crl_list *list)
{
    return list->slots_n <= UINT32_MAX && (list->slots_n & (list->slots_n - 1)) == 0 &&
           inside(image, list->slots_at, list->slots_n * sizeof(uint32_t)) &&
           list->slots_at % sizeof(uint32_t) == 0;
}

static bool may_precede(const struct crl_list *before, const struct crl_list *list)
{
    return before != list && before->is_past && !before->is_delta == !list->is_delta;
}

static bool links_valid(const struct measured *image, const struct crl_list *list)
{
    uint64_t n = image->head->lists_n;
    return list->delta <= n &&
           (!list->delta || (!list->is_delta && image->lists[list->delta - 1].is_delta)) &&
           list->before <= n &&
           (!list->before || may_precede(&image->lists[list->before - 1], list));
}

static bool list_valid(const struct measured *image, const struct crl_list *list)
{
    return span_inside(image, list->issuer) && span_inside(image, list->key_id) &&
           span_inside(image, list->file) && span_inside(image, list->signature) &&
           span_inside(image, list->entries) && span_inside(image, list->point_text) &&
           span_inside(image, list->points) && list->points.n % DIST_ID_LEN == 0 &&
           slots_valid(image, list) && list->digest_n <= CRL_DIGEST_MAX &&
           list->signers_n <= CRL_SIGNERS_MAX && list->number.n <= CRL_NUMBER_MAX &&
           list->base.n <= CRL_NUMBER_MAX && list->scope < CRL_SCOPES && links_valid(image, list);
}

const struct crl_image *crl_image_read(const void *bytes, size_t size)
{
    struct measured image = {size, bytes, NULL};
    if (size < sizeof(struct crl_image) || (uintptr_t)bytes % sizeof(uint64_t)) {
        return NULL;
    }
    uint64_t n = image.head->lists_n;
    if (memcmp(image.head->magic, CRL_IMAGE_MAGIC, sizeof(image.head->magic)) != 0 ||
        image.head->size != size || image.head->lists_at % sizeof(uint64_t) ||
        n > size / sizeof(struct crl_list) ||
        !inside(&image, image.head->lists_at, n * sizeof(struct crl_list))) {
        return NULL;
    }
    image.lists = crl_image_lists(image.head);
    for (uint64_t i = 0; i < n; i++) {
        if (!list_valid(&image, &image.lists[i])) {
            return NULL;
        }
    }
    return image.head;
}

const struct crl_list *crl_image_lists(const struct crl_image *image)
{
    assert(image->lists_at % sizeof(uint64_t) == 0);
    return (const struct crl_list *)(const void *)((const char *)image + image->lists_at);
}
