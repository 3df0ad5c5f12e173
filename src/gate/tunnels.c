/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/tunnels.h"

#include "gate/connection.h"

void tunnels_check_terms(struct gate *gate)
{
    struct connection *next;
    for (struct connection *conn = gate->in_flight.first; conn; conn = next) {
        next = conn->next_in_flight;
        tunnel_check_terms(conn);
    }
}

void tunnel_start(struct connection *conn, void (*data)(struct request *request, struct str bytes))
{
    conn->phase = PHASE_TUNNEL;
    in_flight_add(&conn->gate->in_flight, conn); /* also one without a certificate */
    conn->tunnel_data = data;
    conn->tunnel_paused = false;
    conn->tunnel_new = true;
    deadline_clear(&conn->read_by);
    connection_resume(conn);
}

void tunnel_pause(struct connection *conn, bool paused)
{
    conn->tunnel_paused = paused;
    if (!paused) {
        connection_resume(conn);
    } else {
        connection_arm(conn);
    }
}

void tunnel_check_terms(struct connection *conn)
{
    const struct demands *demands = conn->gate->demands;
    conn->tunnel_new = false;
    if (conn->phase == PHASE_TUNNEL && demands &&
        !demands_hold(demands, conn->listener, conn->request->walk.server)) {
        connection_log(conn, LEVEL_NOTICE,
                       "closing an upgraded connection: the requirements for clients changed "
                       "at the reload");
        connection_close(conn);
    }
}
