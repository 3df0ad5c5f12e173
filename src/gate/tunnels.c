/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/tunnels.h"

#include "base/container.h"
#include "gate/3_identify.h"
#include "gate/connection.h"

enum { LOOK_EVERY_MS = 1000 };

static void on_look(struct deadline *deadline)
{
    tunnels_judge(CONTAINER_OF(deadline, struct tunnels, look));
}

void tunnels_init(struct tunnels *tunnels, struct loop *loop)
{
    deadline_init(&tunnels->look, loop, on_look);
}

static void add(struct tunnels *tunnels, struct connection *conn)
{
    if (!tunnels->first) {
        deadline_set(&tunnels->look, LOOK_EVERY_MS);
    } else {
        tunnels->first->previous_tunnel = conn;
    }
    conn->next_tunnel = tunnels->first;
    tunnels->first = conn;
}

void tunnels_remove(struct tunnels *tunnels, struct connection *conn)
{
    if (tunnels->first != conn && !conn->previous_tunnel) {
        return;
    }
    *(conn->previous_tunnel ? &conn->previous_tunnel->next_tunnel : &tunnels->first) =
        conn->next_tunnel;
    if (conn->next_tunnel) {
        conn->next_tunnel->previous_tunnel = conn->previous_tunnel;
    }
    conn->next_tunnel = conn->previous_tunnel = NULL;
    if (!tunnels->first) {
        deadline_clear(&tunnels->look);
    }
}

void tunnels_judge(struct tunnels *tunnels)
{
    struct connection *next;
    for (struct connection *conn = tunnels->first; conn; conn = next) {
        next = conn->next_tunnel;
        if (!identify_again(conn)) {
            connection_close(conn);
        }
    }
    if (tunnels->first) {
        deadline_set(&tunnels->look, LOOK_EVERY_MS);
    }
}

void tunnels_check_terms(struct tunnels *tunnels)
{
    struct connection *next;
    for (struct connection *conn = tunnels->first; conn; conn = next) {
        next = conn->next_tunnel;
        tunnel_check_terms(conn);
    }
}

void tunnel_start(struct connection *conn, void (*data)(struct request *request, struct str bytes))
{
    conn->phase = PHASE_TUNNEL;
    add(&conn->gate->tunnels, conn);
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
                       "closing an upgraded connection: clients are let in on "
                       "other terms since the reload");
        connection_close(conn);
    }
}
