"""Loading into a real database: what is stored, what is refused, and that nothing is ever half there."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from dcell_graph.errors import Conflict, FileRefused, InputError, NotFound, ServerError
from dcell_graph.graph import load
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.settings import Settings
from tests.independent_sources import read_rows
from tests.small_world import World, gaf_row

TERMS = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150 alt_id=GO:9000009
GO:9000002 P is_a=GO:9000001 part_of=GO:0008150
GO:9000003 P is_obsolete=true
"""
ROWS = """
AAA1 GO:9000001
AAA1 GO:9000001 IDA 20190101
BBB2 GO:9000002 IMP
CCC3 GO:9000009 IEA 20190230
DDD4 GO:9000002 IDA 20180101 NOT
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, TERMS, sgd=ROWS)


def everything(runner: Neo4jRunner) -> list[dict[str, object]]:
    return runner.read("check/everything")


def test_an_ontology_is_stored_whole_and_found_again(runner: Neo4jRunner, world: World) -> None:
    first = load.load_ontology(runner, world.obo)
    again = load.load_ontology(runner, world.obo)

    assert first.counts == {"terms": 4, "live": 3, "edges": 3}
    assert (first.already, again.already) == (False, True)
    assert runner.read("check/edges", release="2018-06-01") == [
        {"child": "GO:9000001", "type": "IS_A", "parent": "GO:0008150", "crosses": False},
        {"child": "GO:9000002", "type": "IS_A", "parent": "GO:9000001", "crosses": False},
        {"child": "GO:9000002", "type": "PART_OF", "parent": "GO:0008150", "crosses": False},
    ]


def test_the_same_release_in_another_encoding_is_the_same(runner: Neo4jRunner, world: World, tmp_path: Path) -> None:
    load.load_ontology(runner, world.obo)
    packed = tmp_path / "packed.obo.gz"
    packed.write_bytes(gzip.compress(b"\xef\xbb\xbf" + world.obo.read_bytes().replace(b"\n", b"\r\n")))
    assert load.load_ontology(runner, packed).already


def test_another_content_under_one_release_is_refused(runner: Neo4jRunner, world: World) -> None:
    load.load_ontology(runner, world.obo)
    before = everything(runner)
    world.obo.write_text(world.obo.read_text() + "\n[Term]\nid: GO:9000004\nname: new\n")
    with pytest.raises(Conflict, match="Release 2018-06-01 is loaded already, with other content"):
        load.load_ontology(runner, world.obo)
    assert everything(runner) == before


def test_every_row_of_an_annotation_file_has_one_fate(runner: Neo4jRunner, world: World) -> None:
    result = load.load_annotations(runner, world.gafs["sgd"], name="sgd")

    # Five rows: the second repeats the first with another date, the fourth has a day that does not exist.
    assert {key: result.counts[key] for key in ("rows", "kept", "merged", "refused", "annotations", "products")} == {
        "rows": 5,
        "kept": 3,
        "merged": 1,
        "refused": 1,
        "annotations": 3,
        "products": 3,
    }
    listed = [(row["line"], row["outcome"], row["reason"]) for row in load.findings(runner, "AnnotationFile", "sgd")]
    assert (6, "refused", "date") in listed
    assert (4, "merged", "duplicate") in listed
    stored = {row["line"]: row for row in runner.read("check/annotations", source="sgd")}
    assert [str(day) for day in stored[3]["dates"]] == ["2018-01-01", "2019-01-01"]
    assert (stored[7]["negated"], stored[5]["negated"]) == (True, False)


def test_the_order_of_rows_makes_no_difference(runner: Neo4jRunner, world: World, tmp_path: Path) -> None:
    load.load_annotations(runner, world.gafs["sgd"], name="sgd")
    lines = world.gafs["sgd"].read_text().splitlines(keepends=True)
    shuffled = tmp_path / "shuffled.gaf"
    shuffled.write_text("".join(lines[:2] + lines[:1:-1]))
    assert load.load_annotations(runner, shuffled, name="sgd").already
    with pytest.raises(Conflict, match="loaded already under the name sgd"):
        load.load_annotations(runner, shuffled, name="other")


def test_genes_are_found_whichever_is_loaded_first(runner: Neo4jRunner, tmp_path: Path) -> None:
    features = tmp_path / "features.tab"
    columns = ["S-AAA1", "ORF", "Verified", "YPR901W", "AAA1", "OLD1"] + [""] * 10
    other = ["S-BBB2", "ORF", "Verified", "YPR902C", "", "OLD1"] + [""] * 10
    features.write_text("\t".join(columns) + "\n" + "\t".join(other) + "\n")
    proteins = tmp_path / "goa.gaf"
    row = gaf_row("X", "GO:9000001").split("\t")
    names = {"P1": "YPR901W|OTHER", "P2": "OLD1", "P3": "YPR909W", "P4": "NOBODY", "P5": "YPR901W|YPR902C"}
    proteins.write_text(
        "!gaf-version: 2.2\n"
        + "".join("\t".join(["UniProtKB", key, key, *row[3:10], name, *row[11:]]) for key, name in names.items())
    )
    expected = [
        {"id": "UniProtKB:P1", "genes": ["YPR901W"], "by": ["systematic name"], "problem": None, "candidates": None},
        {"id": "UniProtKB:P2", "genes": [], "by": [], "problem": "ambiguous", "candidates": ["YPR901W", "YPR902C"]},
        {"id": "UniProtKB:P3", "genes": [], "by": [], "problem": "outside the genome", "candidates": []},
        {"id": "UniProtKB:P4", "genes": [], "by": [], "problem": "unknown", "candidates": []},
        {
            "id": "UniProtKB:P5",
            "genes": ["YPR901W", "YPR902C"],
            "by": ["systematic name"],
            "problem": None,
            "candidates": None,
        },
    ]
    load.load_genome(runner, features, name="genome")
    load.load_annotations(runner, proteins, name="goa")
    assert runner.read("check/mappings", source="goa", genome="genome") == expected

    load.remove(runner, "Genome", "genome")
    load.load_genome(runner, features, name="genome")
    assert runner.read("check/mappings", source="goa", genome="genome") == expected


def test_a_gene_list_names_what_the_genome_lacks(runner: Neo4jRunner, tmp_path: Path) -> None:
    features, listed = tmp_path / "features.tab", tmp_path / "genes.txt"
    features.write_text("\t".join(["S1", "ORF", "Verified", "YPR901W", "AAA1", ""] + [""] * 10) + "\n")
    listed.write_text("YPR901W\nYPR909W\n")
    with pytest.raises(NotFound, match="the genome sgd is not loaded"):
        load.load_gene_list(runner, listed, name="mine", genome="sgd")
    load.load_genome(runner, features, name="sgd")
    result = load.load_gene_list(runner, listed, name="mine", genome="sgd")
    assert result.counts == {"genes": 1}
    assert result.findings == {"refused: unknown": 1}


def test_a_refused_file_leaves_everything_as_it_was(runner: Neo4jRunner, world: World, tmp_path: Path) -> None:
    load.load_ontology(runner, world.obo)
    before = everything(runner)
    page = tmp_path / "page.obo"
    page.write_text("<!DOCTYPE html><title>moved</title>")
    cut = tmp_path / "cut.gaf.gz"
    cut.write_bytes(gzip.compress(world.gafs["sgd"].read_bytes())[:-12])
    for path, text in ((page, "web page"), (tmp_path / "none.obo", "cannot be opened")):
        with pytest.raises(FileRefused, match=text):
            load.load_ontology(runner, path)
    with pytest.raises(FileRefused, match="damaged or cut off"):
        load.load_annotations(runner, cut, name="cut")
    with pytest.raises(InputError, match="reserved"):
        features = tmp_path / "features.tab"
        features.write_text("\t".join(["S1", "ORF", "Verified", "YPR901W", "AAA1", ""] + [""] * 10) + "\n")
        load.load_genome(runner, features, name=AS_ANNOTATED)
    assert everything(runner) == before


@pytest.mark.parametrize("at", ["load/products", "load/genes_as_annotated", "load/annotations"])
def test_an_interrupted_load_leaves_nothing(runner: Neo4jRunner, world: World, at: str) -> None:
    load.load_ontology(runner, world.obo)
    before = everything(runner)

    def interrupt(step: str, done: int, total: int | None) -> None:
        if step == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load.load_annotations(runner, world.gafs["sgd"], name="sgd", progress=interrupt)
    assert everything(runner) == before


@pytest.mark.parametrize("batches", [0, 1, 3])
def test_nothing_is_written_to_a_disk_with_little_room(
    runner: Neo4jRunner, world: World, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    load.load_ontology(runner, world.obo)
    before = everything(runner)
    sizes = iter([10**12] * batches)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=next(sizes, 150_000_000)))
        with pytest.raises(ServerError, match="too little space left on the disk") as refused:
            load.load_annotations(runner, world.gafs["sgd"], name="sgd")

    assert "expected 200 MB" in str(refused.value)
    assert "found 150 MB" in str(refused.value)
    assert everything(runner) == before
    load.load_annotations(runner, world.gafs["sgd"], name="sgd")
    assert everything(runner) != before


def test_removing_one_file_touches_nothing_of_the_others(runner: Neo4jRunner, tmp_path: Path) -> None:
    world = World(tmp_path, TERMS, sgd=ROWS, goa="AAA1 GO:9000002\nEEE5 GO:9000001")
    load.load_ontology(runner, world.obo)
    load.load_annotations(runner, world.gafs["sgd"], name="sgd")
    before = everything(runner)
    load.load_annotations(runner, world.gafs["goa"], name="goa")
    load.remove(runner, "AnnotationFile", "goa")
    assert everything(runner) == before
    with pytest.raises(NotFound, match="there is no AnnotationFile goa"):
        load.remove(runner, "AnnotationFile", "goa")


def test_a_killed_load_is_cleaned_up_by_the_next_one(
    runner: Neo4jRunner, database_settings: Settings, tmp_path: Path
) -> None:
    rows = "".join(gaf_row(f"G{number}", "GO:9000001") for number in range(12_000))
    big = tmp_path / "big.gaf"
    big.write_text("!gaf-version: 2.2\n" + rows)
    command = [sys.executable, "-c", "from dcell_graph.cli import main; main()", "load", "annotations", str(big)]
    environment = os.environ | {"DCELL_GRAPH_HOME": str(database_settings.home)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not runner.read("read/unfinished"):
        assert process.poll() is None, "the load ended before it could be killed"
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert load.loaded(runner) == [thing for thing in load.loaded(runner) if thing["name"] == AS_ANNOTATED]

    result = load.load_annotations(runner, big, name="big")
    assert result.counts["annotations"] == 12_000
    assert result.counts["products"] == 12_000


def test_two_loads_at_once_are_one_after_the_other(runner: Neo4jRunner, world: World) -> None:
    results: list[load.LoadResult] = []

    def work() -> None:
        results.append(load.load_annotations(runner, world.gafs["sgd"], name="sgd"))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.already for result in results) == [False, True]
    assert len(runner.read("check/annotations", source="sgd")) == 3


@pytest.mark.real_data
def test_the_rows_of_the_real_files_are_all_accounted_for(real_runner: Neo4jRunner, mirror: Path) -> None:
    # Rows and merged repeats by an independent reading; the row counts are also those published with the files.
    for name, rows in (("sgd-2011-12-24", 87_711), ("goa_yeast-2019-10-15", 90_456)):
        properties = real_runner.read("read/ready", kind="AnnotationFile", name=name)[0]["properties"]
        assert properties["rows"] == rows
        assert properties["rows"] == properties["kept"] + properties["merged"] + properties["refused"]
        assert len(list(read_rows(mirror / "gaf" / f"{name}.gaf.gz"))) == rows - properties["refused"]
        assert len(real_runner.read("check/annotations", source=name)) == properties["kept"]


def test_an_interrupted_removal_is_finished_by_the_next_command(
    runner: Neo4jRunner, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    load.load_ontology(runner, world.obo)
    before = everything(runner)
    load.load_annotations(runner, world.gafs["sgd"], name="sgd")
    write = Neo4jRunner.write

    def cut(self: Neo4jRunner, name: str, /, **parameters: object) -> list[dict[str, object]]:
        if name == "load/discard_products":
            raise KeyboardInterrupt
        return write(self, name, **parameters)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Neo4jRunner, "write", cut)
        load.remove(runner, "AnnotationFile", "sgd")
    assert [thing["name"] for thing in load.loaded(runner)] == [AS_ANNOTATED, "2018-06-01"]
    assert load.load_ontology(runner, world.obo).already
    assert everything(runner) == before
