/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/tunnels.h"

#include <assert.h>

#include "gate/connection.h"

void tunnels_check_terms(struct gate *gate)
{
    struct connection *next;
    for (struct connection *conn = gate->in_flight.first; conn; conn = next) {
        next = conn->next_in_flight;
        tunnel_check_terms(conn);
    }
}

void tunnel_start(struct request *request, void (*data)(struct request *request, struct str bytes),
                  void (*ended)(struct request *request))
{
    struct connection *conn = request->conn;
    assert(!request->tunnel_data && request->response.upgrade && request->response.started);
    request->tunnel_data = data;
    request->tunnel_ended = ended;
    conn->protocol->upgrade(request);
    in_flight_add(&conn->gate->in_flight, conn); /* also one without a certificate */
    conn->tunnel_new = true;
    connection_resume(conn);
}

static bool terms_changed(const struct request *request)
{
    const struct connection *conn = request->conn;
    const struct demands *demands = conn->gate->demands;
    return request->tunnel_data && demands &&
           !demands_hold(demands, conn->listener, request->walk.server);
}

void tunnel_check_terms(struct connection *conn)
{
    struct request *next;
    conn->tunnel_new = false;
    for (struct request *r = conn->streams; r && conn->phase != CONNECTION_CLOSED; r = next) {
        next = r->next;
        if (terms_changed(r)) {
            request_log(r, LEVEL_NOTICE,
                        "closing an upgraded connection: the requirements for clients changed "
                        "at the reload");
            stream_cut(r);
        }
    }
}
