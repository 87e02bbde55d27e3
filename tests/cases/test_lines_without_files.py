"""Lines of the collection of real problems that have no files; docs/reliability.md says where the rest is shown."""

from __future__ import annotations

import os
import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import neo4j
import pytest
from neo4j.exceptions import TransientError

from dcell_graph.errors import DatabaseError, TrainingError
from dcell_graph.graph import load, migrate
from dcell_graph.graph.queries import migrations
from dcell_graph.graph.runner import Neo4jRunner, translated
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings
from dcell_graph.sources.annotations import read_annotations
from dcell_graph.train import training
from dcell_graph.train.checkpoint import load_checkpoint
from dcell_graph.train.run import run
from tests.graph_dump import difference, dump
from tests.small_world import World, gaf_row
from tests.training import ALL_PAIRS, config, content, pairs_dataset, six_terms, weights_of

TERMS = "GO:0008150 P\nGO:9000001 P is_a=GO:0008150\n"


def test_line_29_three_accessions_of_one_gene_are_told(tmp_path: Path) -> None:
    rows = [gaf_row("AAA1", "GO:9000001").replace("S-AAA1", f"P0000{number}") for number in (1, 2, 3)]
    path = tmp_path / "goa.gaf"
    path.write_text("!gaf-version: 2.2\n" + "".join(rows) + gaf_row("BBB2", "GO:9000001"), encoding="utf-8")
    file = read_annotations(path)
    assert len({(product.database, product.object_id) for product in file.products}) == 4
    (told,) = [finding.text for finding in file.findings if finding.reason == "symbol"]
    assert told == "the symbol AAA1 is used by 3 ids: SGD:P00001, SGD:P00002, SGD:P00003"


@pytest.mark.parametrize("kind", ["CONSTRAINT", "INDEX"])
@pytest.mark.parametrize("found", ["in its way", "there meanwhile"])
def test_line_35_two_commands_may_make_the_schema_at_once(
    runner: Neo4jRunner, monkeypatch: pytest.MonkeyPatch, found: str, kind: str
) -> None:
    """The other one holds a lock, or makes the same between the look whether it exists and the making."""
    refused: list[str] = []

    def once(real: Callable[..., object]) -> Callable[..., object]:
        def run(self: object, query: object, *given: object, **named: object) -> object:
            if not refused and f"CREATE {kind}" in str(query):
                refused.append(str(query))
                if found == "in its way":
                    raise TransientError("the other one was first")
                return real(self, str(query).replace(" IF NOT EXISTS", ""), *given, **named)
            return real(self, query, *given, **named)

        return run

    (texts,) = migrations().values()
    runner.statements(texts)
    for kind_of_run in (neo4j.Session, neo4j.ManagedTransaction):
        monkeypatch.setattr(kind_of_run, "run", once(kind_of_run.run))
    runner.statements(texts)
    assert len(refused) == 1


@pytest.mark.parametrize("validation", [0.0, 0.3])
def test_line_43_equal_seeds_give_equal_weights_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, validation: float
) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)
    dataset = pairs_dataset(tmp_path, ALL_PAIRS)
    options = config(epochs=3, fractions=(1 - validation, validation, 0), seed=5)
    for name in ("one", "two"):
        run(six_terms(), dataset, options, tmp_path / name)
    assert weights_of(tmp_path / "one") == weights_of(tmp_path / "two")
    about = content(tmp_path / "one" / "config.json")
    assert about["options"]["seed"] == 5
    assert "threads" in str(about) and "torch" in str(about)


class _Harm:
    """Makes a folder when it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.place),)


@pytest.mark.parametrize("name", ["model.safetensors", "checkpoint.json"])
def test_line_44_a_file_that_would_run_code_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)
    snapshot, folder = six_terms(), tmp_path / "run"
    run(snapshot, pairs_dataset(tmp_path, ALL_PAIRS), config(epochs=1), folder)
    marked = tmp_path / "harm"
    (folder / name).write_bytes(pickle.dumps(_Harm(marked)))
    monkeypatch.setattr("dcell_graph.train.checkpoint._sha256", lambda path: _stated(folder))
    with pytest.raises(TrainingError, match=re.escape(name)):
        load_checkpoint(folder, snapshot)
    assert not marked.exists()


def _stated(folder: Path) -> str:
    """The checksum that the description states, so that the content alone has to be refused."""
    found = re.search(r'"weights_sha256": "(\w+)"', (folder / "checkpoint.json").read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def test_line_46_a_failure_is_not_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "app"))
    from components.store import Store

    @contextmanager
    def nothing() -> Iterator[Neo4jRunner]:
        yield cast(Neo4jRunner, None)

    store = Store.__new__(Store)
    monkeypatch.setattr(store, "open", nothing, raising=False)
    answers: list[object] = [DatabaseError("gone"), 7, 8]

    def question(runner: object, about: str) -> object:
        answer = answers.pop(0)
        if isinstance(answer, DatabaseError):
            raise answer
        return answer

    store.key = str(tmp_path)
    with pytest.raises(DatabaseError, match="gone"):
        store.ask(question, "x")
    assert [store.ask(question, "x") for _ in range(2)] == [7, 7]
    store.key = f"{tmp_path} and something that was loaded meanwhile"
    assert store.ask(question, "x") == 8


def test_line_54_a_transaction_without_room_is_a_sentence_that_says_what_to_raise() -> None:
    full = type("Full", (TransientError,), {"code": "Neo.TransientError.General.MemoryPoolOutOfMemoryError"})
    with (
        pytest.raises(
            DatabaseError,
            match=r"^one step needs more memory .*DCELL_GRAPH_SERVER_HEAP=4 .* raise db\.memory",
        ) as told,
        translated(),
    ):
        raise full("The allocation of an extra 2.0 MiB would use more than the limit 128.0 MiB.")
    assert isinstance(told.value.__cause__, TransientError)  # what a user asked is told apart by it


def test_line_50_rows_can_be_used_after_the_connection_is_closed(
    runner: Neo4jRunner, database_settings: Settings
) -> None:
    with open_database(database_settings) as closed:
        rows = closed.read("read/migrations")
    assert type(rows) is list and type(rows[0]) is dict and rows[0]["name"] == min(migrations())


def test_line_52_the_schema_needs_no_enterprise_edition(runner: Neo4jRunner) -> None:
    for name, statements in migrations().items():
        for statement in statements:
            assert not re.search(r"IS (NOT NULL|:: |(NODE |RELATIONSHIP )?KEY)", statement), (name, statement)


def test_a_database_of_the_version_before_opens_with_its_content(
    runner: Neo4jRunner, database_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The schema of today, and one more: what a database of today is for the version after."""
    from dcell_graph.graph import server

    world = World(tmp_path, TERMS, sgd="AAA1 GO:9000001\n")
    load.load_ontology(runner, world.obo)
    load.load_annotations(runner, world.gafs["sgd"], name="sgd")
    before = dump(server.connection(database_settings))
    later = migrations() | {"900_later": ("CREATE INDEX later IF NOT EXISTS FOR (t:Term) ON (t.line)",)}
    monkeypatch.setattr(migrate, "migrations", lambda: later)
    try:
        with open_database(database_settings) as opened:
            assert [row["name"] for row in opened.read("read/migrations")] == sorted(later)
            assert migrate.migrate(opened) == ()
        found = difference(before, dump(server.connection(database_settings)))
        assert "900_later" in found and len(found.splitlines()) == 1
        # And the program of today refuses what the later one has left.
        monkeypatch.undo()
        with (
            pytest.raises(DatabaseError, match=r"newer version of dcell-graph: .*found 900_later"),
            open_database(database_settings),
        ):
            pass
    finally:
        runner.statements(["MATCH (m:Migration {name: '900_later'}) DELETE m", "DROP INDEX later IF EXISTS"])
