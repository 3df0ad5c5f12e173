/* SPDX-License-Identifier: Apache-2.0 */
/* What yett wants of nghttp2 at both ends, towards clients and towards backends. */
#ifndef HTTP_H2_OPTIONS_H
#define HTTP_H2_OPTIONS_H

#include <nghttp2/nghttp2.h>

/*
 * Windows are given back by hand, closed streams are forgotten, and a header to send may be as
 * large as what bounds it elsewhere. The caller adds its own options, and frees them.
 */
nghttp2_option *h2_options_new(void) __attribute__((returns_nonnull));

#endif
