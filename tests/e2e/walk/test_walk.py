# SPDX-License-Identifier: Apache-2.0
"""What site_walk says of a request is what the gate does, whatever the configuration; and what it says of
one of which little is known includes what the gate does. Both by chance, from seeds that a failure names.

    WALK_SEEDS=2000 ./dev test e2e -k test_walk     # more of it
"""

import json
import os
import shlex
import subprocess

import pytest

from support.explain import explain, only
from support.servers import SANITIZED, Server
from support.walk import (BUILD, CLIENTS, WALK, Asked, Clients, Writer, agrees, chance_of, where_of,
                          words_of)

pytestmark = pytest.mark.yett_only("asks site_walk")

SEEDS = int(os.environ.get("WALK_SEEDS", "10" if SANITIZED else "40"))
REQUESTS = 20 if SANITIZED else 60
OPEN = ["client", "peer", "host", "method", "target", "x"]


class Play:
    """One configuration, its requests, and what the gate answered."""

    def __init__(self, seed, pki):
        self.pki = pki
        chance = chance_of(seed)
        text = Writer(chance).text()
        self.gate = Server(text, values={"PKI": pki.dir})
        self.marks = where_of(self.gate.conf)
        self.asked = [Asked(chance) for _ in range(REQUESTS)]
        clients = Clients(self.gate, pki)
        try:
            self.live = [clients.ask(asked) for asked in self.asked]
        finally:
            clients.close()
        self.opened = [chance.sample(OPEN, chance.randint(1, 3)) for _ in self.asked]

    def question(self, number, leave_open=()):
        asked = self.asked[number]
        port = self.gate.port("PORT" if asked.secure else "PORT2")
        listener = f"{'tls' if asked.secure else 'plain'} 127.0.0.1:{port}"
        return asked.question(number, listener, asked.sni or "", asked.client, leave_open)

    def differences(self, program=WALK):
        """[(what was asked, what the gate did, what site_walk says)] where these are not one."""
        questions = [self.question(n) for n in range(len(self.asked))]
        words = words_of(program, self.gate.conf_path, questions)
        return [(questions[n], live, words[n]) for n, live in enumerate(self.live)
                if len(words[n][0]) != 1 or not agrees(words[n][0][0], live, self.marks)]

    def missed(self):
        """The same for questions that leave something open: the gate's answer is none of those told."""
        questions = [self.question(n, self.opened[n]) for n in range(len(self.asked))]
        words = words_of(WALK, self.gate.conf_path, questions)
        return [(questions[n], live, words[n][0]) for n, live in enumerate(self.live)
                if words[n][1] and not any(agrees(word, live, self.marks) for word in words[n][0])]


    def explained(self, asked):
        """What `yett explain` says of the request, as a word of site_walk."""
        port = self.gate.port("PORT" if asked.secure else "PORT2")
        scheme = "https" if asked.secure else "http"
        args = [asked.method, f"{scheme}://127.0.0.1:{port}{asked.target}", "--from", "127.0.0.1",
                "-H", "Host: " + asked.host, "-H", "Content-Length: 0"]
        args += ["--sni", asked.sni] if asked.sni else ["--no-sni"]
        args += ["-H", "X: " + asked.x] if asked.x is not None else []
        pair = CLIENTS[asked.client]
        args += ["--cert", self.pki.path(pair + ".crt")] if pair else []
        answer = only(explain(self.gate, *args))["answer"]
        kind = answer["kind"]
        kind = {"proxy_pass": "handler", "redirect": "page"}.get(kind, kind)
        line = int((answer["place"] or ":0").rsplit(":", 1)[1])
        text = ("=" if answer["text_known"] else "?") + (answer["text"] or "")
        return kind, answer["status"] or 0, line, text


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_walk_says_what_the_gate_does(seed, pki):
    play = Play(seed, pki)
    try:
        assert not play.differences(), f"seed {seed}\n{play.gate.conf}"
        assert not play.missed(), f"seed {seed}\n{play.gate.conf}"
    finally:
        play.gate.stop()


@pytest.mark.parametrize("seed", range(1000, 1000 + (SEEDS + 9) // 10))
def test_explain_says_what_the_gate_does(seed, pki):
    play = Play(seed, pki)
    try:
        for asked, live in zip(play.asked, play.live):
            said = play.explained(asked)
            assert agrees(said, live, play.marks), f"seed {seed}: {vars(asked)}\n{said} {live}\n{play.gate.conf}"
    finally:
        play.gate.stop()


def mutant(directory, step, instead):
    """The same program, but site_walk alone skips a step."""
    with open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8") as commands:
        entries = {os.path.basename(e["file"]): e for e in json.load(commands)}
    objects = []
    for name in ("question.c", "walk.c"):
        entry = entries[name] if name != "walk.c" else next(
            e for e in json.load(open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8"))
            if e["file"].endswith("tests/walk/walk.c"))
        source = os.path.join(entry["directory"], entry["file"])
        with open(source, encoding="utf-8") as text:
            code = text.read()
        if name == "question.c":
            loop = "    while (walk->step != WALK_OVER) {\n"
            assert code.count(loop) == 1
            code = code.replace(loop, loop + f"        if (walk->step == {step}) {{\n"
                                             f"            walk->step = {instead};\n        }}\n")
        copy = os.path.join(directory, name)
        with open(copy, "w", encoding="utf-8") as out:
            out.write(code)
        command = shlex.split(entry["command"])
        command[command.index("-o") + 1] = copy + ".o"
        command[command.index("-c") + 1] = copy
        subprocess.run([w for w in command if not w.startswith(("-MD", "-MQ", "-MF"))
                        and not w.endswith((".o.d",)) and w != entry.get("output")],
                       cwd=entry["directory"], check=True)
        objects.append(copy + ".o")
    link = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", "tests/walk/walk"],
                          capture_output=True, text=True, check=True).stdout.strip().split("\n")[-1]
    words = shlex.split(link)
    words[words.index("-o") + 1] = os.path.join(directory, "mutant")
    at = next(i for i, w in enumerate(words) if w.endswith("walk.c.o"))
    words[at:at + 1] = objects
    subprocess.run(words, cwd=BUILD, check=True)
    return os.path.join(directory, "mutant")


@pytest.mark.parametrize("step,instead", [
    ("WALK_CLIENT", "WALK_SERVER_PROGRAM"),
    ("WALK_ACCESS", "WALK_TRY_FILES"),
    ("WALK_LOCATION_PROGRAM", "WALK_ACCESS"),
])
def test_a_walk_that_skips_a_step_is_found_out(step, instead, pki, tmp_path):
    program = mutant(str(tmp_path), step, instead)
    found = 0
    for seed in range(5):
        play = Play(seed, pki)
        try:
            found += len(play.differences(program))
        finally:
            play.gate.stop()
    assert found > 0, step


def test_clients_of_every_kind_are_played():
    kinds = {(a.client, a.secure) for a in (Asked(chance_of(n)) for n in range(200))}
    assert {client for client, secure in kinds if secure} == set(CLIENTS)
