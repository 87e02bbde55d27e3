"""Whatever dies in the middle of a load, a build or a removal: the same command again gives the same graph."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dcell_graph.errors import Busy
from dcell_graph.graph import load, server
from dcell_graph.graph.lock import write_lock
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings
from dcell_graph.sources.world import WorldConfig, WorldFiles, write_world
from tests.graph_dump import difference, dump
from tests.killed import Command, Fate

Graph = Counter[str]
# What each command makes; a removal takes away what the load of annotations made.
MADE = {
    "genes": ("Genome", "other"),
    "ontology": ("Release", "later-generated-300x200-1"),
    "annotations": ("AnnotationFile", "mine"),
    "gene-list": ("GeneList", "screened"),
    "snapshot": ("Snapshot", "one"),
}


class Database:
    """A database of this file's own with a release, a genome and an annotation file, and the commands to be tried.

    Every test leaves the database as it found it.
    """

    def __init__(self, settings: Settings, runner: Neo4jRunner, files: WorldFiles) -> None:
        self.settings, self.runner = settings, runner
        load.load_ontology(runner, files.ontology)
        load.load_genome(runner, files.features, name="sgd")
        load.load_annotations(runner, files.sgd_gaf, name="base")
        self.mine = files.goa_gaf
        self.commands = {
            "genes": ("load", "genes", str(_shorter(files.features)), "--genome", "other"),
            "ontology": (
                "load",
                "ontology",
                str(_renamed(files.ontology)),
            ),
            "annotations": ("load", "annotations", str(files.goa_gaf), "--source", "mine"),
            "gene-list": ("load", "gene-list", str(files.gene_list), "--name", "screened"),
            "snapshot": ("snapshot", "build", "one", "--recipe", "torchcell-2025"),
            "removal": ("load", "remove", "annotations", "mine"),
        }
        self.base = self.dump()
        self._clean: dict[str, tuple[Graph, int]] = {}

    def dump(self) -> Graph:
        return dump(server.connection(self.settings))

    def run(self, kind: str, *, fate: Fate = "none", at: int = 0) -> Command:
        return Command(self.settings.home, *self.commands[kind], fate=fate, at=at)

    def prepare(self, kind: str) -> None:
        """What a command needs before it can run."""
        if kind == "removal":
            load.load_annotations(self.runner, self.mine, name="mine")

    def undo(self, kind: str) -> None:
        if kind != "removal":
            load.remove(self.runner, *MADE[kind])
        assert not difference(self.base, self.dump())

    def clean(self, kind: str) -> tuple[Graph, int]:
        """The graph after a command that nothing happens to, and how many writes it takes."""
        if kind not in self._clean:
            self.prepare(kind)
            command = self.run(kind)
            assert command.end() == 0, command.output
            self._clean[kind] = self.dump(), command.writes
            self.undo(kind)
        return self._clean[kind]

    def check_again(self, kind: str) -> None:
        """The same command again ends well and gives the same graph as a clean run."""
        again = self.run(kind)
        assert again.end() == 0, again.output
        assert not difference(self.clean(kind)[0], self.dump())
        self.undo(kind)


def _renamed(obo: Path) -> Path:
    """Another release with other words."""
    later = obo.with_name("later.obo")
    text = obo.read_text(encoding="utf-8").replace("data-version: ", "data-version: later-")
    later.write_text(text.replace("\nname: ", "\nname: later "), encoding="utf-8")
    return later


def _shorter(features: Path) -> Path:
    """Another genome: without one gene."""
    shorter = features.with_name("shorter.tab")
    shorter.write_text(features.read_text(encoding="utf-8").replace("\tORF\t", "\ttRNA\t", 1), encoding="utf-8")
    return shorter


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    home = tmp_path_factory.mktemp("crash")
    files = write_world(WorldConfig(seed=1, n_terms=300, n_genes=200, n_strains=10), home / "world")
    settings = Settings(home=home, neo4j_uri=None)
    try:
        with open_database(settings, start=True) as runner:
            yield Database(settings, runner, files)
    finally:
        server.stop(settings)


@pytest.mark.parametrize(
    ("kind", "point"),
    [
        *((kind, point) for kind in MADE for point in ("opened", "middle", "visible")),
        ("removal", "opened"),
        ("removal", "middle"),
    ],
)
def test_a_killed_command_is_repeated(database: Database, kind: str, point: str) -> None:
    _, writes = database.clean(kind)
    # The lock takes the first two writes and the last; the one before the last makes the thing visible.
    at = {"opened": 3, "middle": writes // 2 + 1, "visible": writes - 1}[point]
    database.prepare(kind)
    assert database.run(kind, fate="kill", at=at).end() == -signal.SIGKILL
    database.check_again(kind)


@pytest.mark.parametrize("kind", ["annotations", "snapshot", "removal"])
def test_a_command_killed_within_a_transaction_is_repeated(database: Database, kind: str) -> None:
    _, writes = database.clean(kind)
    database.prepare(kind)
    assert database.run(kind, fate="kill-during", at=writes // 2).end() == -signal.SIGKILL
    database.check_again(kind)


@pytest.mark.parametrize("kind", ["annotations", "snapshot", "removal"])
def test_a_command_whose_server_is_killed_is_repeated(database: Database, kind: str) -> None:
    _, writes = database.clean(kind)
    database.prepare(kind)
    command = database.run(kind, fate="kill-server", at=writes // 2)
    assert command.end() == 1
    assert "error: the database cannot be reached" in command.output, command.output
    assert "Traceback" not in command.output
    server.start(database.settings)
    database.check_again(kind)


@pytest.mark.parametrize("share", [0.3, 0.8])
@pytest.mark.parametrize("kind", list(MADE))
def test_three_times_ctrl_c_leaves_nothing_behind(database: Database, kind: str, share: float) -> None:
    _, writes = database.clean(kind)
    command = database.run(kind, fate="interrupt", at=max(3, round(writes * share)))
    assert command.end() == 130, command.output
    assert command.output.strip() == "error: interrupted"
    assert not difference(database.base, database.dump())


def test_one_that_was_suspended_does_not_write_over_its_successor(database: Database) -> None:
    graph, writes = database.clean("snapshot")
    sleeper = database.run("snapshot", fate="stop", at=writes // 2)
    while sleeper.writes < writes // 2 or not _is_stopped(sleeper):
        time.sleep(0.02)
    # As if more than a minute had passed.
    database.runner.statements(["MATCH (l:Lock) SET l.seen = l.seen - duration({minutes: 2})"])
    successor = database.run("snapshot")
    assert successor.end() == 0, successor.output
    assert not difference(graph, database.dump())

    pid = sleeper.process.pid
    assert pid is not None
    os.kill(pid, signal.SIGCONT)
    assert sleeper.end() == 1
    assert "another one has taken over the write lock" in sleeper.output, sleeper.output
    assert not difference(graph, database.dump())
    database.undo("snapshot")


def _is_stopped(command: Command) -> bool:
    return bool(psutil.Process(command.process.pid).status() == psutil.STATUS_STOPPED)


def test_nothing_is_written_without_the_lock(database: Database) -> None:
    steal = "MATCH (l:Lock) SET l.token = 'another'"
    with write_lock(database.runner, "try") as held:
        held.write("load/migration_done", name="999_mine")
        database.runner.statements([steal, "MATCH (m:Migration {name: '999_mine'}) DELETE m"])
        for query in ("load/migration_done", "load/genome_ready"):
            with pytest.raises(Busy, match="taken over"):
                held.write(query, name="999_mine")
        with pytest.raises(Busy, match="taken over"):
            held.write("load/discard_products", name="base")
    assert database.runner.read("read/lock")[0]["token"] == "another"
    database.runner.statements(["MATCH (l:Lock) REMOVE l.token"])
    assert not difference(database.base, database.dump())


def test_a_command_says_whom_it_waits_for(database: Database) -> None:
    said: list[str] = []

    def listen(step: str, done: int, total: int | None) -> None:
        said.append(step)
        if done == 0:
            database.runner.statements(["MATCH (l:Lock) REMOVE l.token"])

    here = f"host = '{os.uname().nodename}', l.pid = {os.getpid()}"
    database.runner.statements(
        [f"MATCH (l:Lock) SET l.token = 'x', l.purpose = 'load genes', l.{here}, l.seen = datetime.realtime()"]
    )
    with write_lock(database.runner, "wait", progress=listen):
        pass
    who = f"waiting for another command: load genes (process {os.getpid()} on {os.uname().nodename})"
    assert said == [who, who]
    assert AS_ANNOTATED in {thing["name"] for thing in load.loaded(database.runner)}
