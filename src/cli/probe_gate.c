/* SPDX-License-Identifier: Apache-2.0 */
/* A gate of the probe's own: this program, with the private copy of a configuration. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/must.h"
#include "cli/probe.h"
#include "net/socket.h"

enum {
    GATE_START_MS = 20000,
    GATE_STOP_MS = 10000,
    GATE_STEP_MS = 20,
    GATE_READS_CRL_MS = 3000, /* it looks for new CRLs each second */
    GATE_OUTPUT_MAX = 1 << 20,
};

/* --- the directory --- */

static bool gate_make_dir(struct probe_gate *gate, struct error *err)
{
    const char *base = getenv("TMPDIR");
    char *text = NULL;
    if (asprintf(&text, "%s/yett-probe-XXXXXX", base && base[0] ? base : "/tmp") < 0) {
        text = must_have(NULL);
    }
    gate->dir = mkdtemp(text);
    if (!gate->dir) {
        error_errno(err, errno, "mkdtemp() \"%s\"", text);
        free(text);
        return false;
    }
    /* The worker, which may be another user, has its temporary files there. */
    return chmod(gate->dir, 0711) == 0 || error_errno(err, errno, "chmod() \"%s\"", gate->dir);
}

static int gate_remove_one(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
    (void)remove(path);
    return 0;
}

static void gate_remove_dir(struct probe_gate *gate)
{
    enum { OPEN_MAX_FD = 8 };
    if (gate->dir) {
        (void)nftw(gate->dir, gate_remove_one, OPEN_MAX_FD, FTW_DEPTH | FTW_PHYS);
    }
    free(gate->dir);
    gate->dir = NULL;
}

/* --- the process --- */

static const char *gate_file(struct probe_gate *gate, const char *name)
{
    return arena_printf(gate->copy.arena, "%s/%s", gate->dir, name).p;
}

__attribute__((noreturn)) static void gate_exec(struct probe_gate *gate, const char *prefix,
                                                const char *output, pid_t parent)
{
    int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* it does not outlive the probe */
    if (fd >= 0 && nothing >= 0 && getppid() == parent && dup2(nothing, STDIN_FILENO) >= 0 &&
        dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0) {
        execl("/proc/self/exe", "yett", "-p", prefix, "-c", gate->copy.path, "-e",
              gate_file(gate, "error.log"), (char *)NULL);
    }
    _exit(1);
}

static void gate_pause(void)
{
    (void)usleep(GATE_STEP_MS * 1000);
}

/* Whether every listener accepts. */
static bool gate_accepts(const struct probe_gate *gate)
{
    for (size_t i = 0; i < gate->copy.ports_n; i++) {
        struct address address;
        int fd = -1;
        int errnum = 0;
        bool ok = address_parse(STR("127.0.0.1"), gate->copy.ports[i].port, &address) &&
                  socket_connect(&address, NULL, &fd, &errnum) != IO_FAILED;
        if (ok) {
            gate_pause(); /* on loopback it is over by then */
            ok = socket_connected(fd) == 0;
        }
        if (fd >= 0) {
            close(fd);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* Why it did not start: its first line of an error. */
static bool gate_failed(struct probe_gate *gate, const char *output, struct error *err)
{
    struct str text = STR("");
    struct error ignored;
    if (!file_read(output, GATE_OUTPUT_MAX, gate->copy.arena, &text, &ignored) || !text.n) {
        return error_set(err, "the gate with the private copy did not start");
    }
    size_t at = str_search(text, STR("[emerg] "));
    struct str line = at < text.n ? str_skip(text, at + 8) : text;
    return error_set(err, "the gate with the private copy did not start: %.*s",
                     STR_ARG(str_head(line, str_find(line, '\n'))));
}

static bool gate_wait(struct probe_gate *gate, const char *output, struct error *err)
{
    struct stat pid_file;
    const char *pid_path = gate_file(gate, "pid");
    for (int waited = 0; waited < GATE_START_MS; waited += GATE_STEP_MS) {
        if (waitpid(gate->pid, NULL, WNOHANG) == gate->pid) {
            gate->pid = 0;
            return gate_failed(gate, output, err);
        }
        if (stat(pid_path, &pid_file) == 0 && pid_file.st_size > 0 && gate_accepts(gate)) {
            return true;
        }
        gate_pause();
    }
    return gate_failed(gate, output, err);
}

static bool gate_run(struct probe_gate *gate, const char *prefix, struct error *err)
{
    const char *output = gate_file(gate, "output");
    pid_t parent = getpid();
    gate->pid = fork();
    if (gate->pid == 0) {
        gate_exec(gate, prefix, output, parent);
    }
    if (gate->pid < 0) {
        gate->pid = 0;
        return error_errno(err, errno, "fork()");
    }
    return gate_wait(gate, output, err);
}

/* --- doors --- */

static bool gate_move_doors(const struct probe_gate *gate, struct probe_doors *doors,
                            struct error *err)
{
    for (size_t i = 0; i < doors->n; i++) {
        struct probe_door *door = &doors->items[i];
        size_t at = 0;
        while (at < gate->copy.ports_n && gate->copy.ports[at].listener != door->listener) {
            at++;
        }
        /* Nothing may go to the address of the running gate. */
        if (at == gate->copy.ports_n ||
            !address_parse(STR("127.0.0.1"), gate->copy.ports[at].port, &door->address)) {
            return error_set(err, "no loopback address for %.*s", STR_ARG(door->listener->text));
        }
    }
    return true;
}

bool probe_gate_start(struct probe_gate *gate, const struct settings *settings,
                      const struct conf_tree *tree, const char *prefix, struct probe_doors *doors,
                      struct arena *arena, struct error *err)
{
    probe_ca_init(&gate->ca, arena);
    if (!gate_make_dir(gate, err) || !stub_start(&gate->stub, err)) {
        return false;
    }
    gate->copy = (struct probe_copy){.settings = settings,
                                     .tree = tree,
                                     .dir = gate->dir,
                                     .ca = &gate->ca,
                                     .stub_port = gate->stub.port,
                                     .arena = arena};
    return probe_copy_write(&gate->copy, err) && gate_run(gate, prefix, err) &&
           gate_move_doors(gate, doors, err);
}

void probe_gate_stop(struct probe_gate *gate)
{
    if (gate->pid > 0) {
        kill(gate->pid, SIGTERM);
        int waited = 0;
        while (waitpid(gate->pid, NULL, WNOHANG) == 0) {
            if (waited == GATE_STOP_MS) {
                kill(gate->pid, SIGKILL);
            }
            waited += GATE_STEP_MS;
            gate_pause();
        }
        gate->pid = 0;
    }
    stub_stop(&gate->stub);
    probe_ca_deinit(&gate->ca);
    gate_remove_dir(gate);
}

bool probe_gate_revoke(struct probe_gate *gate, const X509 *cert, struct error *err)
{
    const char *next = gate_file(gate, "probe.crl.new");
    if (!probe_ca_write_crl(&gate->ca, cert, next, err)) {
        return false;
    }
    if (rename(next, gate->copy.crl) != 0) {
        return error_errno(err, errno, "rename() \"%s\"", next);
    }
    (void)usleep(GATE_READS_CRL_MS * 1000);
    return true;
}
