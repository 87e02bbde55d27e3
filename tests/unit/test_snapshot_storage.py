"""Snapshots on disk: what is written is read back, what is damaged is refused, what is interrupted leaves nothing."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcell_graph.errors import Conflict, InputError, NotFound, SnapshotError
from dcell_graph.snapshot import storage
from dcell_graph.snapshot.schema import TABLES, Snapshot
from dcell_graph.snapshot.storage import read_manifest, read_snapshot, write_snapshot
from tests.snapshots import make_snapshot, random_snapshot

ARCHIVE = Path(__file__).parents[1] / "archive"
FILES = {"manifest.json", "terms.parquet", "parents.parquet", "genes.parquet", "annotations.parquet", "removed.parquet"}


def small(name: str = "small") -> Snapshot:
    return make_snapshot([("GO:1", "GO:0"), ("GO:2", "GO:0")], [("GO:1", "A"), ("GO:2", "B")], name=name)


def other() -> Snapshot:
    return make_snapshot([("GO:1", "GO:0")], [("GO:1", "A")], name="other")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds the small snapshot."""
    write_snapshot(small(), tmp_path / "small")
    return tmp_path / "small"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def written_id(folder: Path) -> str:
    """The id by docs/snapshot-format.md, from the files alone."""
    recipe = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["recipe"]
    lines = ["dcell-graph-snapshot 1", json.dumps(recipe, sort_keys=True, separators=(",", ":"))]
    for table, columns in {
        "terms": ["term", "namespace", "artificial"],
        "parents": ["child", "parent"],
        "genes": ["gene"],
        "annotations": ["term", "gene", "evidence", "first_date"],
        "removed": ["term", "stage"],
    }.items():
        rows = pq.read_table(folder / f"{table}.parquet").select(columns).to_pylist()
        lines.append(f"[{table} {len(rows)}]")
        lines += sorted("\t".join(str(row[column]) for column in columns) for row in rows)
    return hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()


def edit_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def replace_table(folder: Path, name: str, table: pa.Table) -> None:
    """Put another table into a snapshot, with its right length and checksum."""
    path = folder / f"{name}.parquet"
    pq.write_table(table, path)
    stamp = {"rows": table.num_rows, "sha256": sha256(path)}
    edit_manifest(folder, lambda content: content["tables"].update({name: stamp}))


# ---- a format that was once written stays readable

FORMAT_1_ID = "46a6cb19a915aff6fdce2f12d9a027fb93fecf2290cbd6bbb0beb17e44d76e6d"


def test_the_archived_sample_of_format_1_opens() -> None:
    snapshot = read_snapshot(ARCHIVE / "snapshot-format-1")

    assert snapshot.manifest.snapshot_id == FORMAT_1_ID == written_id(ARCHIVE / "snapshot-format-1")
    assert snapshot.manifest.version == 1
    assert (snapshot.manifest.name, snapshot.manifest.generated) == ("archived", True)
    assert snapshot.manifest.ontology.release == "2018-06-01"
    assert snapshot.manifest.recipe["gene_list"] == "gènes"
    assert [stage.stage for stage in snapshot.manifest.stages] == [
        "candidates",
        "date",
        "contained",
        "redundant",
        "result",
    ]
    assert snapshot.root == 3
    tables = {name: list(getattr(snapshot, name).itertuples(index=False, name=None)) for name in TABLES}
    process, function = "biological_process", "molecular_function"
    assert tables == {
        "terms": [
            (0, "GO:0008150", process, process, False, 1, 1, 0, 2),
            (1, "GO:9000001", "β process", process, False, 2, 0, 2, 2),
            (2, "GO:0003674", function, function, False, 1, 0, 2, 2),
            (3, "GO:ROOT", "root of all", "", True, 0, 2, 0, 3),
        ],
        "parents": [
            (1, 0, "GO:9000001", "GO:0008150", "bridge"),
            (0, 3, "GO:0008150", "GO:ROOT", "artificial"),
            (2, 3, "GO:0003674", "GO:ROOT", "artificial"),
        ],
        "genes": [(0, "YPR901W", "AAA1"), (1, "YPR902C", "YPR902C"), (2, "YPR903W", "CCC3")],
        "annotations": [
            (1, 0, "GO:9000001", "YPR901W", "IDA|IMP", "2010-01-01"),
            (1, 2, "GO:9000001", "YPR903W", "IEA", "2016-02-29"),
            (2, 0, "GO:0003674", "YPR901W", "IDA", "2011-12-24"),
            (2, 1, "GO:0003674", "YPR902C", "ISS", "2012-02-03"),
        ],
        "removed": [
            ("GO:9000002", "gamma process", process, "contained", "fewer than 2 genes", 1, 1, ""),
            ("GO:9000003", "delta process", process, "redundant", "same genes as a child", 2, 2, "GO:9000001"),
        ],
    }


def test_an_archived_sample_is_kept_for_every_format() -> None:
    assert sorted(path.name for path in ARCHIVE.glob("snapshot-format-*")) == ["snapshot-format-1"]


# ---- writing and reading


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 6))
@settings(max_examples=25)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, seed: int, n_terms: int, n_genes: int
) -> None:
    snapshot = random_snapshot(seed, n_terms=n_terms, n_genes=n_genes, n_pairs=8)
    target = tmp_path_factory.mktemp("random") / "snapshot"
    manifest = write_snapshot(snapshot, target)
    again = read_snapshot(target)

    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(snapshot, name), check_exact=True)
    assert again.manifest == manifest
    assert manifest.model_copy(update={"tables": {}}) == snapshot.manifest
    assert written_id(target) == manifest.snapshot_id
    assert again.root == snapshot.root


def test_the_folder_holds_the_manifest_and_a_file_a_table(folder: Path) -> None:
    manifest = read_manifest(folder)

    assert {path.name for path in folder.iterdir()} == FILES
    assert [path.name for path in folder.parent.iterdir()] == ["small"]
    assert folder.stat().st_mode & 0o777 == 0o755
    assert {name: stamp.rows for name, stamp in manifest.tables.items()} == {
        "terms": 3,
        "parents": 2,
        "genes": 2,
        "annotations": 2,
        "removed": 0,
    }
    assert {stamp.sha256 for stamp in manifest.tables.values()} == {sha256(path) for path in folder.glob("*.parquet")}
    types = {field.name: str(field.type) for field in pq.read_schema(folder / "terms.parquet")}
    assert types["index"] == types["depth"] == types["contained_genes"] == "int32"
    assert types["artificial"] == "bool"


def test_folders_above_are_made_and_other_files_inside_are_ignored(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "small"
    write_snapshot(small(), target)
    (target / "notes.txt").write_text("mine")

    assert read_snapshot(target).manifest.name == "small"


def test_the_same_snapshot_again_changes_nothing(folder: Path) -> None:
    before = contents(folder)
    manifest = write_snapshot(small(name="renamed"), folder)

    assert manifest.name == "small"  # what stands in the folder, not what would have been written
    assert contents(folder) == before


def emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def turned_into_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("x")


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (
            lambda folder: None,
            r"expected snapshot [0-9a-f]{12} or nothing, found snapshot [0-9a-f]{12} \(small\); remove",
        ),
        (emptied, "found other files"),
        (turned_into_a_file, "found other files"),
        (lambda folder: (folder / "manifest.json").unlink(), "found other files"),
        (
            lambda folder: (folder / "manifest.json").write_text('{"name": "a web application"}'),
            r"found something that cannot be read \(.*this is not a snapshot manifest",
        ),
    ],
)
def test_other_content_in_the_folder_is_left_alone(folder: Path, damage: Callable[[Path], object], found: str) -> None:
    damage(folder)
    before = contents(folder.parent)
    with pytest.raises(Conflict, match=f"the folder {folder} exists already: .*{found}"):
        write_snapshot(other(), folder)
    assert contents(folder.parent) == before


def test_a_damaged_snapshot_is_not_taken_for_the_same(folder: Path) -> None:
    (folder / "terms.parquet").unlink()
    with pytest.raises(Conflict, match=r"cannot be read \(.*terms\.parquet: the table file is damaged or missing"):
        write_snapshot(small(), folder)


def test_a_snapshot_that_breaks_a_rule_is_not_written(tmp_path: Path) -> None:
    broken = make_snapshot([], [], terms=["GO:0", "GO:1"], validate=False)
    with pytest.raises(SnapshotError, match="2 roots"):
        write_snapshot(broken, tmp_path / "new" / "broken")
    manifest = small().manifest.model_copy(update={"snapshot_id": "0" * 64})
    with pytest.raises(
        SnapshotError, match=r"^the content does not match the snapshot id: expected 000000000000, found"
    ):
        write_snapshot(dataclasses.replace(small(), manifest=manifest), tmp_path / "new" / "broken")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="the folder cannot be written: found "):
        write_snapshot(small(), tmp_path / "file" / "small")
    with pytest.raises(InputError, match="the folder cannot be written: found "):
        write_snapshot(small(), tmp_path / "new" / "deeper" / ("n" * 256))
    assert contents(tmp_path) == {"file": b"x"}
    assert [path.name for path in tmp_path.rglob("*")] == ["file"]  # nor folders


def test_a_failed_write_leaves_a_folder_above_that_somebody_else_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename(self: Path, target: Path) -> None:
        (tmp_path / "new" / "theirs").write_text("x")
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(KeyboardInterrupt):
        write_snapshot(small(), tmp_path / "new" / "deeper" / "small")
    assert [path.name for path in tmp_path.rglob("*")] == ["new", "theirs"]


@pytest.mark.parametrize("same", [True, False])
def test_another_command_may_write_a_snapshot_at_the_same_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same: bool
) -> None:
    theirs = small() if same else other()
    real = storage._flush

    def meanwhile(path: Path) -> None:
        monkeypatch.setattr(storage, "_flush", real)
        write_snapshot(theirs, tmp_path / "one")
        real(path)

    monkeypatch.setattr(storage, "_flush", meanwhile)
    if same:
        assert write_snapshot(small(), tmp_path / "one") == read_manifest(tmp_path / "one")
    else:
        with pytest.raises(Conflict, match="exists already"):
            write_snapshot(small(), tmp_path / "one")
    assert read_snapshot(tmp_path / "one").manifest.snapshot_id == theirs.manifest.snapshot_id
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def raises_at(call: int) -> Callable[..., None]:
    """Stands for a function that is interrupted at a certain call and does nothing before."""
    calls = 0

    def function(*args: object, **options: object) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            raise KeyboardInterrupt

    return function


@pytest.mark.parametrize("call", [1, 3, 5, 6])
def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int) -> None:
    # Five tables and the manifest reach the disk, one after the other.
    monkeypatch.setattr(os, "fsync", raises_at(call))
    with pytest.raises(KeyboardInterrupt):
        write_snapshot(small(), tmp_path / "new" / "deeper" / "small")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at", ["rename", "write_text", "chmod"])
def test_an_interrupt_at_the_last_steps_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    monkeypatch.setattr(Path, at, raises_at(1))
    with pytest.raises(KeyboardInterrupt):
        write_snapshot(small(), tmp_path / "small")
    assert list(tmp_path.iterdir()) == []


def test_every_file_is_on_disk_before_the_folder_appears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed = 0
    fsync = os.fsync

    def counted(handle: int) -> None:
        nonlocal flushed
        flushed += 1
        assert not (tmp_path / "small").exists()
        fsync(handle)

    monkeypatch.setattr(os, "fsync", counted)
    write_snapshot(small(), tmp_path / "small")
    assert flushed == len(FILES)


# ---- what is refused when reading


def test_no_snapshot_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "none", tmp_path, tmp_path / "file"):
        with pytest.raises(NotFound, match=f"there is no snapshot in {folder}: expected a folder with manifest"):
            read_snapshot(folder)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", list(TABLES))
def test_a_damaged_or_missing_table_is_named(folder: Path, name: str) -> None:
    table = folder / f"{name}.parquet"
    flip(table)
    with pytest.raises(
        SnapshotError, match=rf"{name}\.parquet: the table file is damaged or missing: expected sha256 "
    ):
        read_snapshot(folder)
    table.unlink()
    with pytest.raises(SnapshotError, match=rf"{name}\.parquet: .* found no file; export the snapshot again"):
        read_snapshot(folder)


def test_a_table_that_the_manifest_does_not_list_is_named(folder: Path) -> None:
    edit_manifest(folder, lambda content: content["tables"].pop("genes"))
    with pytest.raises(
        SnapshotError, match=r"genes\.parquet: .* expected an entry in the manifest, found [0-9a-f]{12}"
    ):
        read_snapshot(folder)


def test_a_table_of_another_length_is_named(folder: Path) -> None:
    edit_manifest(folder, lambda content: content["tables"]["genes"].update(rows=3))
    with pytest.raises(SnapshotError, match=r"genes\.parquet: the table has another length .* 3 rows, found 2 rows"):
        read_snapshot(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda content: content.update(snapshot_id="0" * 64),
            "small: the content does not match the snapshot id: expected 000000000000, found",
        ),
        (lambda content: content["recipe"].update(name="x"), "the content does not match the snapshot id"),
        (
            lambda content: content.update(version=2),
            r"manifest\.json: the snapshot has a format version that this program does not read: "
            "expected version 1, found version 2; update dcell-graph",
        ),
        (lambda content: content.pop("version"), "expected version 1, found version None"),
        (
            lambda content: content.update(format="another"),
            r'manifest\.json: this is not a snapshot manifest: expected "format": "dcell-graph-snapshot"',
        ),
        (lambda content: content.pop("recipe"), r"the manifest entry recipe is not usable: found Field required"),
        (lambda content: content.update(unheard=1), "the manifest entry unheard is not usable: found Extra inputs"),
        (lambda content: content["ontology"].pop("release"), r"the manifest entry ontology\.release is not usable"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    edit_manifest(folder, change)
    with pytest.raises(SnapshotError, match=message):
        read_snapshot(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the manifest is not JSON"),
        (b"{", "the manifest is not JSON"),
        (b'{"format": "\xe9"}', "the manifest is not JSON"),
        (b"[]", "this is not a snapshot manifest"),
        (b'"dcell-graph-snapshot"', "this is not a snapshot manifest"),
    ],
)
def test_what_is_no_manifest_is_refused(folder: Path, content: bytes, message: str) -> None:
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(SnapshotError, match=rf"manifest\.json: {message}"):
        read_snapshot(folder)


@pytest.mark.parametrize(
    ("name", "table", "message"),
    [
        ("parents", {"child_index": [], "parent_index": [], "child": [], "parent": [], "kind": []}, "it has 3 roots"),
        ("genes", {"index": [0, 1], "gene": ["A", "C"], "symbol": ["A", "C"]}, "name different things in row 1"),
        ("genes", {"index": [0, 1], "gene": ["A", "B"], "symbol": ["A", None]}, "genes.symbol holds nulls"),
        ("genes", {"index": [0, 1], "gene": ["A", None], "symbol": ["A", "B"]}, "genes.gene holds nulls"),
        ("genes", {"index": [0, None], "gene": ["A", "B"], "symbol": ["A", "B"]}, "holds values of another type"),
        ("genes", {"index": ["x", "y"], "gene": ["A", "B"], "symbol": ["A", "B"]}, "holds values of another type"),
        ("genes", {"index": [0, 1], "gene": ["A", "B"]}, r"the table genes lacks columns: .* found no symbol"),
    ],
)
def test_tables_that_another_program_wrote_wrongly_are_refused(
    folder: Path, name: str, table: dict[str, list[Any]], message: str
) -> None:
    replace_table(folder, name, pa.table(table))
    with pytest.raises(SnapshotError, match=message) as refused:
        read_snapshot(folder)
    assert str(folder) in str(refused.value)


def test_a_column_whose_name_is_no_text_is_refused(folder: Path) -> None:
    path = folder / "genes.parquet"
    path.write_bytes(path.read_bytes().replace(b"symbol", b"symb\xbcl"))
    stamp = {"rows": 2, "sha256": sha256(path)}
    edit_manifest(folder, lambda content: content["tables"].update(genes=stamp))
    with pytest.raises(SnapshotError, match=r"genes\.parquet: the table file is not Parquet: found .*utf-8"):
        read_snapshot(folder)


def test_a_table_that_is_not_parquet_is_refused(folder: Path) -> None:
    (folder / "genes.parquet").write_text("index,gene,symbol\n0,A,A\n1,B,B\n")
    stamp = {"rows": 2, "sha256": sha256(folder / "genes.parquet")}
    edit_manifest(folder, lambda content: content["tables"].update(genes=stamp))
    with pytest.raises(SnapshotError, match=r"genes\.parquet: the table file is not Parquet"):
        read_snapshot(folder)


def test_columns_in_another_order_and_extra_ones_do_no_harm(folder: Path) -> None:
    table = pa.table({"symbol": ["A", "B"], "note": ["x", "y"], "gene": ["A", "B"], "index": [0, 1]})
    replace_table(folder, "genes", table)

    pd.testing.assert_frame_equal(read_snapshot(folder).genes, small().genes)
