/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/error_page.h"

#include "http/status.h"

/* Sent as 400, with a sentence that says what is wrong. */
struct special_page {
    int status;
    const char *sentence;
};

static const struct special_page SPECIAL[] = {
    {STATUS_HEADER_TOO_LARGE, "Request Header Or Cookie Too Large"},
    {STATUS_CERT_ERROR, "The SSL certificate error"},
    {STATUS_NO_CERT, "No required SSL certificate was sent"},
    {STATUS_TO_HTTPS, "The plain HTTP request was sent to HTTPS port"},
};

static const struct special_page *find_special(int status)
{
    for (size_t i = 0; i < sizeof(SPECIAL) / sizeof(SPECIAL[0]); i++) {
        if (SPECIAL[i].status == status) {
            return &SPECIAL[i];
        }
    }
    return NULL;
}

/* What a page says where the status line uses older words. */
static struct str title_of(int status, struct arena *arena)
{
    char number[4];
    switch (status) {
    case 302: return STR("302 Found");
    case 401: return STR("401 Authorization Required");
    default: return arena_dup(arena, status_line(status, number));
    }
}

static const char *server_text(const struct request *request)
{
    bool tokens = request->walk.location->server_tokens != SERVER_TOKENS_OFF;
    return tokens ? "yett/" YETT_VERSION : "yett";
}

/* What a refused client can tell the administrator; it says nothing to others. */
static struct str id_line(struct request *request, struct arena *arena)
{
    if (!request->walk.denial) {
        return STR("");
    }
    return arena_printf(arena, "<center>Id for the administrator: %.*s</center>\r\n",
                        STR_ARG(request_id(request)));
}

static struct str page(struct str title, struct str heading, const char *sentence,
                       struct request *request, struct arena *arena)
{
    struct str id = id_line(request, arena);
    return arena_printf(arena,
                        "<html>\r\n"
                        "<head><title>%.*s</title></head>\r\n"
                        "<body>\r\n"
                        "<center><h1>%.*s</h1></center>\r\n"
                        "%s%s%s%.*s"
                        "<hr><center>%s</center>\r\n"
                        "</body>\r\n"
                        "</html>\r\n",
                        STR_ARG(title), STR_ARG(heading), sentence ? "<center>" : "",
                        sentence ? sentence : "", sentence ? "</center>\r\n" : "", STR_ARG(id),
                        server_text(request));
}

struct str error_page_builtin(int status, struct request *request, struct arena *arena)
{
    const struct special_page *special = find_special(status);
    if (special) {
        struct str title = arena_printf(arena, "400 %s", special->sentence);
        return page(title, STR("400 Bad Request"), special->sentence, request, arena);
    }
    if ((status < 400 && !status_is_redirect(status)) || status_reason(status).n == 0) {
        return STR("");
    }
    struct str title = title_of(status, arena);
    return page(title, title, NULL, request, arena);
}
