/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/6_decide.h"

#include "gate/8_respond.h"
#include "gate/connection.h"
#include "gate/content_type.h"
#include "http/status.h"

/* --- the client's certificate --- */

int decide_verdict(enum verify_mode mode, const struct verdict *verdict)
{
    if (mode == VERIFY_OFF) {
        return 0;
    }
    switch (verdict->status) {
    case VERDICT_GOOD: return 0;
    case VERDICT_NO_CERTIFICATE: return mode == VERIFY_ON ? STATUS_NO_CERT : 0;
    case VERDICT_BAD: break;
    }
    return mode == VERIFY_OPTIONAL_NO_CA && verdict_only_unknown_ca(verdict) ? 0
                                                                             : STATUS_CERT_ERROR;
}

/* The status to refuse with, or 0; says in the log why. */
static int check_certificate(struct request *request, enum verify_mode mode)
{
    const struct verdict *verdict = &request->conn->transport.verdict;
    int status = decide_verdict(mode, verdict);
    if (status == STATUS_NO_CERT) {
        request_log(request, LEVEL_INFO,
                    "client sent no required SSL certificate while reading client request "
                    "headers");
    } else if (status) {
        request_log(request, LEVEL_INFO,
                    "client SSL certificate verify error: (%d:%s) while reading client request "
                    "headers",
                    verdict->code, verdict_reason(verdict));
    }
    return status;
}

int decide_refusal(struct request *request)
{
    const struct connection *conn = request->conn;
    if (conn->plain_on_tls) {
        request_log(request, LEVEL_INFO,
                    "client sent plain HTTP request to HTTPS port while reading client request "
                    "headers");
        return STATUS_TO_HTTPS;
    }
    if (!conn->transport.ssl) {
        return 0;
    }
    const struct tls_server *tls = request->server->tls;
    if (!tls) { /* the load made sure that there is none: what it demands cannot be told */
        request_log(request, LEVEL_ALERT, "a server without TLS was selected on a TLS connection");
        return 500;
    }
    return check_certificate(request, tls_server_verify_mode(tls));
}

enum next decide_client(struct request *request)
{
    request->step = STEP_SERVER_PROGRAM;
    int status = decide_refusal(request);
    if (status) {
        respond_status(request, status);
    }
    return NEXT_STEP;
}

/* --- programs --- */

static void answer_return(struct request *request, const struct outcome *outcome)
{
    if (status_is_redirect(outcome->status) && outcome->has_text) {
        respond_redirect(request, outcome->status, outcome->text);
    } else if (outcome->has_text ||
               (outcome->status < 400 && !status_is_redirect(outcome->status))) {
        respond_text(request, outcome->status, content_type_of(request), outcome->text);
    } else {
        respond_status(request, outcome->status);
    }
}

/* Whether the program decided the answer. */
static bool program_answered(struct request *request, const struct outcome *outcome)
{
    if (request_stop_at_limit(request)) {
        return true;
    }
    switch (outcome->kind) {
    case OUTCOME_RETURN: answer_return(request, outcome); return true;
    case OUTCOME_REDIRECT: respond_redirect(request, outcome->status, outcome->text); return true;
    case OUTCOME_ERROR:
    case OUTCOME_UNKNOWN: respond_status(request, 500); return true;
    default: return false;
    }
}

enum next decide_server_program(struct request *request)
{
    request->step = STEP_FIND_LOCATION;
    struct outcome outcome = program_run(&request->server->root.program, &request->scope, true);
    (void)program_answered(request, &outcome);
    return NEXT_STEP;
}

enum next decide_location_program(struct request *request)
{
    request->step = STEP_ACCESS;
    struct outcome outcome = program_run(&request->location->program, &request->scope, false);
    if (outcome.location) {
        request->location = outcome.location;
    }
    if (program_answered(request, &outcome)) {
        return NEXT_STEP;
    }
    if (outcome.kind == OUTCOME_SEARCH) {
        if (--request->redirects_left == 0) {
            request_log(request, LEVEL_ERROR,
                        "rewrite or internal redirection cycle while processing \"%.*s\"",
                        STR_ARG(request->path));
            respond_status(request, 500);
        } else {
            request->step = STEP_FIND_LOCATION;
        }
        return NEXT_STEP;
    }
    request->rewritten = outcome.uri_changed;
    return NEXT_STEP;
}

/* --- allow and deny --- */

static bool peer_ip(const struct connection *conn, struct ip *ip)
{
    static const unsigned char MAPPED[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    switch (conn->peer.u.sa.sa_family) {
    case AF_INET:
        memcpy(ip->b, MAPPED, sizeof(MAPPED));
        memcpy(ip->b + sizeof(MAPPED), &conn->peer.u.in.sin_addr, 4);
        return true;
    case AF_INET6: memcpy(ip->b, &conn->peer.u.in6.sin6_addr, sizeof(ip->b)); return true;
    default: return false;
    }
}

static bool rule_matches(const struct access_rule *rule, bool has_ip, const struct ip *ip)
{
    if (rule->all) {
        return true;
    }
    return rule->unix_only ? !has_ip : has_ip && network_has(&rule->network, ip);
}

/* First match decides; nothing matched: allowed, as nginx. */
enum next decide_access(struct request *request)
{
    const struct access_rules *rules = &request->location->access;
    struct ip ip;
    bool has_ip = peer_ip(request->conn, &ip);
    request->step = STEP_TRY_FILES;
    for (size_t i = 0; i < rules->n; i++) {
        if (rule_matches(&rules->items[i], has_ip, &ip)) {
            if (!rules->items[i].allow) {
                request_log(request, LEVEL_ERROR, "access forbidden by rule");
                respond_status(request, 403);
            }
            return NEXT_STEP;
        }
    }
    return NEXT_STEP;
}
