/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/repeat.h"

#include "base/buf.h"

/* In single quotes for a shell; printf's own characters are escaped for `printf '%b'`. */
static void repeat_quoted(struct buf *out, struct str text, bool for_printf)
{
    buf_byte(out, '\'');
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c == '\'') {
            buf_append(out, STR("'\\''"));
        } else if (for_printf && c == '\r') {
            buf_append(out, STR("\\r"));
        } else if (for_printf && c == '\n') {
            buf_append(out, STR("\\n"));
        } else if (for_printf && (c == '\\' || c < 0x20 || c >= 0x7f)) {
            buf_printf(out, "\\0%03o", c);
        } else {
            buf_byte(out, (char)c);
        }
    }
    buf_byte(out, '\'');
}

static void repeat_identity(struct buf *out, const struct attack_run *run,
                            const struct attempt *attempt, const char *const *options)
{
    if (attempt->identity) {
        struct str path = arena_printf(run->arena, "%s/%s.pem", run->keep ? run->keep : "KEPT",
                                       attempt->identity->name);
        for (size_t i = 0; options[i]; i++) {
            buf_printf(out, " %s ", options[i]);
            repeat_quoted(out, path, false);
        }
    }
}

static void put_version(struct buf *out, const struct attempt *attempt, const char *v2,
                        const char *v3)
{
    if (attempt->version) {
        buf_printf(out, " %s", attempt->version == TLS1_2_VERSION ? v2 : v3);
    }
}

static struct str sni_of(const struct attack_run *run, const struct attempt *attempt)
{
    return attempt->no_sni ? STR("") : attempt->sni.n ? attempt->sni : run->door->sni;
}

static void put_curl(struct buf *out, const struct attack_run *run, const struct attempt *attempt,
                     struct str address)
{
    static const char *const options[] = {"--cert", "--key", NULL};
    struct str sni = sni_of(run, attempt);
    struct str host = attempt->host.n ? attempt->host : run->door->host;
    struct str target = attempt->target.n ? attempt->target : run->door->path;
    buf_printf(out, "curl -ik --http2 --path-as-is --connect-to '::%.*s'", STR_ARG(address));
    put_version(out, attempt, "--tls-max 1.2", "--tlsv1.3");
    repeat_identity(out, run, attempt, options);
    if (attempt->method.n) {
        buf_printf(out, " -X %.*s", STR_ARG(attempt->method));
    }
    struct str rest = attempt->fields;
    while (rest.n) {
        struct str line = str_split(&rest, '\n');
        buf_append(out, STR(" -H "));
        repeat_quoted(out, str_head(line, str_find(line, '\r')), false);
    }
    if (attempt->first_host.n) {
        buf_append(out, STR(" -H "));
        repeat_quoted(out, arena_printf(run->arena, "Host: %.*s", STR_ARG(attempt->first_host)),
                      false);
        buf_printf(out, " 'https://%.*s/' --next -ik --http2", STR_ARG(sni.n ? sni : host));
    }
    buf_append(out, STR(" -H "));
    repeat_quoted(out, arena_printf(run->arena, "Host: %.*s", STR_ARG(host)), false);
    buf_byte(out, ' ');
    repeat_quoted(
        out,
        arena_printf(run->arena, "https://%.*s%.*s", STR_ARG(sni.n ? sni : host), STR_ARG(target)),
        false);
}

/* `session`: the option about it. */
static void put_s_client(struct buf *out, const struct attack_run *run,
                         const struct attempt *attempt, struct str address, const char *session)
{
    static const char *const options[] = {"-cert", "-key", NULL};
    struct str sni = sni_of(run, attempt);
    buf_append(out, STR("{ printf '%b' "));
    struct str request = attempt->h2 ? run->sent : attack_request(run, attempt);
    if (attempt->first_host.n) {
        const struct attempt first = {.target = STR("/"), .host = attempt->first_host};
        request = arena_concat(run->arena, attack_request(run, &first), request);
    }
    repeat_quoted(out, request, true);
    if (!run->door->secure || attempt->plain) {
        buf_printf(out, "; sleep 2; } | socat - TCP:%.*s", STR_ARG(address));
        return;
    }
    buf_printf(out, "; sleep 2; } | openssl s_client -quiet -no_ign_eof -connect %.*s",
               STR_ARG(address));
    if (sni.n) {
        buf_printf(out, " -servername %.*s", STR_ARG(sni));
    } else {
        buf_append(out, STR(" -noservername"));
    }
    buf_append(out, attempt->h2 ? STR(" -alpn h2") : STR(""));
    put_version(out, attempt, "-tls1_2", "-tls1_3");
    repeat_identity(out, run, attempt, options);
    if (attempt->identity && sk_X509_num(attempt->identity->chain)) {
        repeat_identity(out, run, attempt, (const char *const[]){"-cert_chain", NULL});
    }
    buf_append(out, str_of(session));
}

struct str repeat_line(const struct attack_run *run, const struct attempt *attempt)
{
    char text[ADDRESS_TEXT_MAX];
    struct buf out = {0};
    struct str address = address_text(&run->door->shown, text);
    if (attempt->h2 && attempt->form == H2_FORM_USUAL) {
        put_curl(&out, run, attempt, address);
    } else {
        if (attempt->made) {
            put_s_client(&out, run, attempt->made, address, " -sess_out session.pem");
            buf_append(&out, STR(" && "));
        }
        put_s_client(&out, run, attempt, address, attempt->session ? " -sess_in session.pem" : "");
    }
    struct str line = arena_dup(run->arena, buf_view(&out));
    buf_deinit(&out);
    return line;
}
