/* SPDX-License-Identifier: Apache-2.0 */
/* Request methods. */
#include "http/method.h"

static const struct {
    struct str name;
    enum method method;
} methods[] = {
    /* the usual ones first: the search is linear */
    {STR_INIT("GET"), METHOD_GET},           {STR_INIT("POST"), METHOD_POST},
    {STR_INIT("HEAD"), METHOD_HEAD},         {STR_INIT("PUT"), METHOD_PUT},
    {STR_INIT("DELETE"), METHOD_DELETE},     {STR_INIT("PATCH"), METHOD_PATCH},
    {STR_INIT("OPTIONS"), METHOD_OPTIONS},   {STR_INIT("MKCOL"), METHOD_MKCOL},
    {STR_INIT("COPY"), METHOD_COPY},         {STR_INIT("MOVE"), METHOD_MOVE},
    {STR_INIT("PROPFIND"), METHOD_PROPFIND}, {STR_INIT("PROPPATCH"), METHOD_PROPPATCH},
    {STR_INIT("LOCK"), METHOD_LOCK},         {STR_INIT("UNLOCK"), METHOD_UNLOCK},
    {STR_INIT("TRACE"), METHOD_TRACE},       {STR_INIT("CONNECT"), METHOD_CONNECT},
};

enum method method_of(struct str name)
{
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        if (str_eq(name, methods[i].name)) {
            return methods[i].method;
        }
    }
    return METHOD_OTHER;
}
