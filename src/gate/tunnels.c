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

void tunnel_start(struct request *request, void (*data)(struct request *request, struct str bytes))
{
    struct connection *conn = request->conn;
    assert(!request->tunnel_data && request->response.upgrade && request->response.started);
    request->tunnel_data = data;
    conn->protocol->upgrade(request);
    in_flight_add(&conn->gate->in_flight, conn); /* also one without a certificate */
    conn->tunnel_new = true;
    connection_resume(conn);
}

static bool terms_changed(const struct connection *conn)
{
    const struct demands *demands = conn->gate->demands;
    for (const struct request *r = conn->streams; demands && r; r = r->next) {
        if (r->tunnel_data && !demands_hold(demands, conn->listener, r->walk.server)) {
            return true;
        }
    }
    return false;
}

void tunnel_check_terms(struct connection *conn)
{
    conn->tunnel_new = false;
    if (terms_changed(conn)) {
        connection_log(conn, LEVEL_NOTICE,
                       "closing an upgraded connection: the requirements for clients changed "
                       "at the reload");
        connection_close(conn);
    }
}
