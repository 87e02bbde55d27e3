"""The offline bulk load: the same graph as the ordinary load, or the graph as it was."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from pydantic import SecretStr

from dcell_graph.errors import Busy, Conflict, DatabaseError, FileRefused, ServerError
from dcell_graph.graph import load, process, server
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.bulk.load import load_annotation_file, load_annotations_in_bulk, wants_bulk
from dcell_graph.graph.folder import DatabaseFolder
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.session import open_database
from dcell_graph.graph.succession import Succession
from dcell_graph.settings import Settings
from dcell_graph.snapshot.recipe import find_recipe
from dcell_graph.sources import spool
from dcell_graph.sources.world import WorldConfig, WorldFiles, write_world
from tests.gaf_files import gene, row
from tests.graph_dump import difference, dump
from tests.killed import Command

HAND_MADE = "CREATE INDEX made_by_hand IF NOT EXISTS FOR (a:Annotation) ON (a.evidence)"
ODD = """
CREATE (:Note:Kept {empty: '', none: [], holes: ['', 'a'], number: 1.5, at: datetime(),
    text: 'a\"b\\\\,\\r\\n\\u001f c '})
  -[:ABOUT {empty: '', none: [], day: date()}]->({flags: [true, false], numbers: [1, 2]})
"""
LIMIT = 120.0


class Database:
    """A database of this file's own with a release, a genome, an annotation file and a snapshot; and files to load."""

    def __init__(self, settings: Settings, files: WorldFiles) -> None:
        self.settings, self.files = settings, files
        with self.open() as runner:
            load.load_ontology(runner, files.ontology)
            load.load_genome(runner, files.features, name="sgd")
            load.load_annotations(runner, files.sgd_gaf, name="base")
            release = next(thing["name"] for thing in load.loaded(runner) if thing["kind"] == "Release")
            recipe = find_recipe("torchcell-2025")
            build_snapshot(runner, "before", recipe, release=release, sources=["base"], genome="sgd")
            runner.statements([HAND_MADE, ODD])
        self.odd = _odd_file(files.folder / "odd.gaf", files.goa_gaf)
        self.base = self.dump()

    def open(self) -> AbstractContextManager[Neo4jRunner]:
        return open_database(self.settings, start=True)

    def dump(self) -> Counter[str]:
        return dump(server.start(self.settings))

    def in_bulk(self, path: Path, name: str = "mine") -> load.LoadResult:
        return load_annotations_in_bulk(self.settings, path, name=name)

    def remove(self) -> None:
        with self.open() as runner:
            load.remove(runner, "AnnotationFile", "mine")

    def check_untouched(self) -> None:
        """The graph is as it was, the server answers, and nothing is left beside the store."""
        assert not difference(self.base, self.dump())
        succession = Succession(DatabaseFolder(self.settings.database))
        with succession.claimed():
            names = {path.name for path in self.settings.database.iterdir()}
        assert names == {"conf", "data", "database.json", "logs", "password", "run", "server.log", "server.pid"}


def _odd_file(path: Path, more: Path) -> Path:
    """A file with everything that is hard to write down, before the rows of a plain one."""
    rows = [
        gene(1),
        gene(1, date="20200101", assigned_by="UniProt"),
        gene(2, evidence="XYZ"),
        gene(3, name='"quoted", with a comma', synonyms="a\x1fb|'c'|\\|\u2028|caf\xe9|\U0001f9ec"),
        gene(4, synonyms="", name="", taxon="", object_type=""),
        gene(5, with_from="B|A", extension="part_of(X:1),occurs_in(Y:2)", qualifier="NOT|involved_in"),
        row(database="UniProtKB", object_id="P99999-2", synonyms="NOBODY"),
        row(database="ComplexPortal", object_id="CPX-1", object_type="protein_complex"),
        gene(6, symbol="AAA1", term="GO:9999999"),
        row(database="UniProtKB", object_id="P99998", symbol="AAA1", taxon="taxon:9606"),
    ]
    head = "!gaf-version: 2.1\n!date-generated: 2018-06-02\n"
    odd = "".join(line + "\n" for line in rows).encode() + gene(7).replace("AAA", "\xff").encode("latin-1") + b"\n"
    plain = b"".join(line for line in more.read_bytes().splitlines(keepends=True) if not line.startswith(b"!"))
    path.write_bytes(head.encode() + odd + plain)
    return path


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    home = tmp_path_factory.mktemp("bulk, (a höme)")
    files = write_world(WorldConfig(seed=1, n_terms=300, n_genes=200, n_strains=10), home / "world")
    settings = Settings(home=home, neo4j_uri=None)
    try:
        yield Database(settings, files)
    finally:
        server.stop(settings)


def test_it_gives_the_same_graph_as_the_ordinary_load(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "ROWS_A_PART", 200)
    with database.open() as runner:
        ordinary = load.load_annotations(runner, database.odd, name="mine")
        expected = database.dump()
        load.remove(runner, "AnnotationFile", "mine")
    assert not difference(database.base, database.dump())

    assert database.in_bulk(database.odd) == ordinary
    assert not difference(expected, database.dump())

    # Each way finds what the other has loaded.
    assert database.in_bulk(database.odd).already
    with database.open() as runner:
        assert load.load_annotations(runner, database.odd, name="mine").already
        with pytest.raises(Conflict, match="loaded already under the name mine"):
            load.load_annotations(runner, database.odd, name="other")
        assert [lock["token"] for lock in runner.read("read/lock")] == [None]
        assert "made_by_hand" in {line["name"] for line in runner.read("bulk/indexes")}
        assert read_snapshot(runner, "before").manifest.name == "before"
    with pytest.raises(Conflict, match="loaded already under the name mine"):
        database.in_bulk(database.odd, "other")
    with pytest.raises(Conflict, match="mine is loaded already, with other content"):
        database.in_bulk(database.files.goa_gaf)
    database.remove()
    database.check_untouched()


def test_what_cannot_be_used_is_refused(database: Database, tmp_path: Path) -> None:
    bad = tmp_path / "bad.gaf"
    bad.write_text("!gaf-version: 2.2\nnothing\n")
    with pytest.raises(FileRefused, match="no row of this file can be used"):
        database.in_bulk(bad)
    reached = server.start(database.settings)
    outside = Settings(
        home=tmp_path, neo4j_uri=reached.uri, neo4j_user=reached.user, neo4j_password=SecretStr(reached.password)
    )
    with pytest.raises(DatabaseError, match=r"the bulk load makes the store .* load the file without --bulk"):
        load_annotations_in_bulk(outside, database.odd, name="mine")
    with (
        Succession(DatabaseFolder(database.settings.database)).claimed(),
        pytest.raises(Busy, match="another command is making a new store"),
    ):
        database.in_bulk(database.odd)
    database.check_untouched()


def test_the_number_of_rows_decides_how_a_file_is_loaded(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = (database.settings.model_copy(update={"bulk_rows": rows}) for rows in (10, 1_000_000))
    assert wants_bulk(few, database.odd)
    assert not wants_bulk(many, database.odd)
    assert not wants_bulk(few.model_copy(update={"neo4j_uri": "bolt://localhost:1"}), database.odd)
    chosen: list[str] = []
    monkeypatch.setattr("dcell_graph.graph.bulk.load.load_annotations_in_bulk", lambda *_, **__: chosen.append("bulk"))
    monkeypatch.setattr("dcell_graph.graph.bulk.load.load_annotations", lambda *_, **__: chosen.append("ordinary"))
    for settings, bulk in ((few, None), (many, None), (few, False), (many, True)):
        load_annotation_file(settings, database.odd, name="mine", bulk=bulk)
    assert chosen == ["bulk", "ordinary", "ordinary", "bulk"]


def test_an_import_that_fails_changes_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    run_import = process.run_import

    def spoiled(folder: DatabaseFolder, jars: tuple[Path, ...], arguments: list[str], files: Path) -> str:
        with (files / "node-0-0.csv").open("a") as file:
            file.write("not a number\r\n")
        return run_import(folder, jars, arguments, files)

    monkeypatch.setattr(process, "run_import", spoiled)
    with pytest.raises(ServerError, match="the offline import failed"):
        database.in_bulk(database.odd)
    database.check_untouched()


def test_a_store_that_lacks_something_does_not_take_over(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    run_import = process.run_import

    def shortened(folder: DatabaseFolder, jars: tuple[Path, ...], arguments: list[str], files: Path) -> str:
        return run_import(folder, jars, [one for one in arguments if "=MAPS_TO=" not in one], files)

    monkeypatch.setattr(process, "run_import", shortened)
    with pytest.raises(
        DatabaseError, match=r"does not hold what was written for it: expected [\d,]+ of MAPS_TO, found 0"
    ):
        database.in_bulk(database.odd)
    database.check_untouched()


def test_a_store_that_does_not_start_is_taken_back(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    take_place, launch = Succession.take_place, process.launch

    def broken(*_: object) -> process.Running:
        monkeypatch.setattr(process, "launch", launch)
        raise ServerError("the server ended while it was starting")

    def then_break(self: Succession) -> None:
        take_place(self)
        monkeypatch.setattr(process, "launch", broken)

    monkeypatch.setattr(Succession, "take_place", then_break)
    with pytest.raises(ServerError, match="ended while it was starting"):
        database.in_bulk(database.odd)
    database.check_untouched()


@pytest.mark.parametrize(
    ("place", "press"),
    [("import.args", signal.SIGKILL), ("server.pid", signal.SIGKILL), ("server.pid", signal.SIGINT)],
)
def test_one_that_is_ended_changes_nothing(database: Database, place: str, press: signal.Signals) -> None:
    """While the importer works, and while the new store is completed and checked."""
    sign = database.settings.database / "next" / place
    command = Command(database.settings.home, "load", "annotations", str(database.odd), "--source", "mine", "--bulk")
    until = time.monotonic() + LIMIT
    while not sign.exists():
        assert command.process.is_alive() and time.monotonic() < until, command.output
        time.sleep(0.02)
    pid = command.process.pid
    assert pid is not None
    for _ in range(3):
        os.kill(pid, press)
        time.sleep(0.02)
        if press == signal.SIGKILL:
            break
    assert command.end() == (130 if press == signal.SIGINT else -press), command.output
    with open_database(database.settings) as runner:
        assert "mine" not in {thing["name"] for thing in load.loaded(runner)}
    database.check_untouched()


def test_one_that_lost_the_lock_does_not_take_over(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    exchanged: list[str] = []
    monkeypatch.setattr(server, "exchange", lambda *_, **__: exchanged.append("yes"))
    write = Neo4jRunner.write

    def robbed(self: Neo4jRunner, name: str, /, **parameters: object) -> list[dict[str, object]]:
        rows = write(self, name, **parameters)
        if name == "load/annotation_file_ready":
            with database.open() as runner:
                runner.statements(["MATCH (l:Lock) SET l.token = 'another', l.seen = datetime() - duration('PT2M')"])
        return rows

    with monkeypatch.context() as patch, pytest.raises(Busy, match="taken over"):
        patch.setattr(Neo4jRunner, "write", robbed)
        database.in_bulk(database.odd)
    assert exchanged == []
    database.check_untouched()
