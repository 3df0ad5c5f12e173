/* SPDX-License-Identifier: Apache-2.0 */
#include "modules/proxy/grpc_conf.h"

#include "modules/proxy/proxy_rows_conf.h"

#define GRPC_FIELD(name) offsetof(struct proxy_slot, grpc.name)

static const struct directive DIRECTIVES[] = {
    {.name = "grpc_pass",
     .contexts = CONTEXT_LOCATION | CONTEXT_LOCATION_IF,
     .min_args = 1,
     .max_args = 1,
     .set = set_proxy_pass,
     .extra = &proxy_pass_grpc,
     .offset = GRPC_FIELD(pass),
     .syntax = "[grpc:// | grpcs://]address"},
    {.name = "grpc_set_header",
     .contexts = ANYWHERE,
     .min_args = 2,
     .max_args = 2,
     .repeats = true,
     .set = set_proxy_header,
     .offset = GRPC_FIELD(headers.set),
     .syntax = "field value",
     .note = "`Host` is sent as `:authority`. `TE: trailers` is sent if the client did."},
    PROXY_SHARED_ROWS("grpc", GRPC_FIELD),
};

const struct directive_table grpc_table = {"gRPC", DIRECTIVES, COUNT_OF(DIRECTIVES), LEVEL_MODULE,
                                           0};

void grpc_conf_begin(struct proxy_settings *grpc)
{
    grpc->is_grpc = true;
    grpc->request.version = HTTP_VERSION_2;
    grpc->request.pass_headers = true;
    grpc->request.pass_body = true;
    grpc->request.buffering = false;
    grpc->response.buffering = false;
    grpc->response.pass_trailers = true;
}
