/* SPDX-License-Identifier: Apache-2.0 */
#include "http/h2_options.h"

#include "base/must.h"

/* large_client_header_buffers and proxy_buffer_size bound what was received; nghttp2's own limit of
 * 64 KB would leave a stream without its header. */
enum { SEND_HEADER_MAX = 16 * 1024 * 1024 };

nghttp2_option *h2_options_new(void)
{
    nghttp2_option *option = NULL;
    if (nghttp2_option_new(&option) != 0) {
        must_have(NULL);
    }
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_max_send_header_block_length(option, SEND_HEADER_MAX);
    return option;
}
