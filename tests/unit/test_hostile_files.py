"""Files that could fill the memory, never end, or crash a reader: each is refused early, by name and line."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dcell_graph.cli.errors import friendly_errors
from dcell_graph.errors import DcellGraphError, FileRefused, InputError
from dcell_graph.graph.folder import DatabaseFolder
from dcell_graph.interpret.stored import read_importance
from dcell_graph.measurements import blocks
from dcell_graph.measurements.gathering import Request
from dcell_graph.measurements.shelf import read_manifest as read_dataset_manifest
from dcell_graph.measurements.split_kinds import SplitConfig
from dcell_graph.measurements.split_store import load_split, make_split
from dcell_graph.measurements.storage import import_tables, read_dataset, read_findings
from dcell_graph.snapshot.exchange.formats import FORMATS, import_snapshot
from dcell_graph.snapshot.storage import read_manifest as read_snapshot_manifest
from dcell_graph.sources import text
from dcell_graph.sources.annotations import read_annotations
from dcell_graph.sources.genome import read_features, read_gene_list
from dcell_graph.sources.gpi import read_gpi
from dcell_graph.sources.obo import read_obo
from dcell_graph.sources.spool import spool_gaf
from dcell_graph.sources.term_list import read_term_list
from dcell_graph.train.checkpoint import read_description
from dcell_graph.train.place import read_object

Reader = Callable[[Path], object]


def _import_pairs(path: Path) -> object:
    request = Request(source_format="dcell")
    return import_tables([path], request, datasets=path.parent / "datasets", name="bad")


def _spool(path: Path) -> object:
    folder = path.parent / "parts"
    folder.mkdir(exist_ok=True)
    return spool_gaf(path, folder)


READERS: dict[str, Reader] = {
    "ontology": read_obo,
    "annotations": read_annotations,
    "annotations in parts": _spool,
    "genes": read_features,
    "gene list": read_gene_list,
    "names of products": read_gpi,
    "list of terms": read_term_list,
    "measurements": _import_pairs,
    **{
        f"snapshot, {name}": lambda path, name=name: import_snapshot(path, name)  # type: ignore[misc]
        for name, entry in FORMATS.items()
        if entry.read is not None and not entry.ending.endswith(("-csv", "-drugcell"))
    },
}


# What the first line has to be for readers that stop at any other.
LEGAL_FIRST = {"gene list": b"YAL001C\n", "list of terms": b"GO:0008150\n"}


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gzip data that become 128 MiB, a thousand times as much as they are."""
    path = tmp_path_factory.mktemp("bomb") / "bomb.gz"
    path.write_bytes(gzip.compress((b"x" * 1023 + b"\n") * (1 << 14), mtime=0) * 8)
    return path


# A list of terms is refused at its first line, before it unpacks to much.
@pytest.mark.parametrize("reader", [reader for reader in READERS if reader != "list of terms"])
def test_a_small_file_that_unpacks_to_very_much_is_refused_before_it_has(
    bomb: Path, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    monkeypatch.setattr(text, "HARMLESS_BYTES", 1 << 20)
    with pytest.raises(FileRefused, match=r"bomb\.gz: the compressed data inflate absurdly: expected at most"):
        READERS[reader](bomb)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("reader", list(READERS))
def test_a_line_that_does_not_end_is_refused_by_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str, packed: bool
) -> None:
    for module in (text, blocks):
        monkeypatch.setattr(module, "LONGEST_LINE", 1 << 16)
    monkeypatch.setattr(blocks, "_BLOCK_BYTES", 1 << 15)
    # Small enough that a file is not read as one part; a packed one is bound by what it unpacks to as well.
    monkeypatch.setattr(text, "HARMLESS_BYTES", 1 << 15)
    monkeypatch.setattr(text, "INFLATION", 100 if packed else 1)
    path = tmp_path / "endless.txt"
    content = LEGAL_FIRST.get(reader, b"!gaf-version: 2.2\n") + b"x" * (1 << 18)
    path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    wanted = "the compressed data inflate absurdly" if packed else "a line does not end: expected at most 65,536 bytes"
    place = "" if packed else ":2"
    with pytest.raises(FileRefused, match=rf"endless\.txt{place}: {wanted}"):
        READERS[reader](path)


def test_the_longest_line_may_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "LONGEST_LINE", 100)
    path = tmp_path / "file.txt"
    path.write_bytes(b"x" * 99 + b"\n" + b"y" * 100)
    assert [line.text for line in text.read_lines(path)] == ["x" * 99, "y" * 100]
    path.write_bytes(b"x" * 100 + b"\n")
    with pytest.raises(FileRefused, match=r"file\.txt:1: a line does not end"):
        list(text.read_lines(path))


def test_padding_between_packed_parts_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(gzip.compress(b"a\n") + bytes(70_000) + gzip.compress(b"b\n") + bytes(3))
    assert text.read_text(path).lines == ["a", "b"]


def test_many_members_that_are_harmless_alone_are_refused_together(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(40):
            archive.writestr(f"{number}.json", " " * (1 << 20))
    path = tmp_path / "genes.zip"
    path.write_bytes(content.getvalue())
    with pytest.raises(FileRefused, match=r"the files in the archive inflate absurdly: .* found 41,943,040 bytes"):
        read_annotations(path)


@pytest.mark.parametrize("table", ["strains", "refused", "splits/half/strains"])
@pytest.mark.parametrize("content", [b"", b"PAR1 no table PAR1", None])
def test_tables_that_are_none_are_refused_whatever_their_checksum(
    tmp_path: Path, table: str, content: bytes | None
) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("gene_a\tgene_b\tscore\nA\tB\t0.5\nA\tC\t0.25\nB\tC\t0.125\n", encoding="ascii")
    import_tables([path], Request(source_format="pairs"), datasets=tmp_path, name="set")
    folder = tmp_path / "set"
    make_split(folder, "half", SplitConfig(kind="random", fractions=(0.5, 0.0, 0.5)))
    damaged = folder / f"{table}.parquet"
    manifest = damaged.with_name("manifest.json")
    before = hashlib.sha256(damaged.read_bytes()).hexdigest()
    if content is None:
        pq.write_table(pa.table({"other": [1]}), damaged)
    else:
        damaged.write_bytes(content)
    after = hashlib.sha256(damaged.read_bytes()).hexdigest()
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_dataset(folder)
        read_findings(folder)
        load_split(folder, "half")
    assert re.match(re.escape(str(damaged)) + ": the table (file cannot be read|of strains lacks)", str(refused.value))


DEEP = "[" * 200_000
PLACES: dict[str, tuple[str, Reader]] = {
    "snapshot": ("manifest.json", read_snapshot_manifest),
    "dataset": ("manifest.json", read_dataset_manifest),
    "checkpoint": ("checkpoint.json", read_description),
    "importance": ("importance/about.json", read_importance),
    "database": ("database/database.json", lambda folder: DatabaseFolder(folder / "database").identity()),
}


@pytest.mark.parametrize("kind", list(PLACES))
def test_brackets_within_brackets_do_not_end_the_program(tmp_path: Path, kind: str) -> None:
    name, read = PLACES[kind]
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(DEEP, encoding="ascii")
    with pytest.raises(DcellGraphError) as refused:
        read(tmp_path)
    assert str(tmp_path) in str(refused.value)


def test_a_run_that_says_brackets_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(DEEP, encoding="ascii")
    assert read_object(path) is None


@pytest.mark.parametrize("reader", ["annotations", "snapshot, hcx", "snapshot, graphml"])
def test_deep_files_are_refused(tmp_path: Path, reader: str) -> None:
    path = tmp_path / "deep"
    path.write_text("<graphml>" * 200_000 if reader.endswith("graphml") else DEEP, encoding="ascii")
    with pytest.raises(FileRefused, match=r"deep:1: "):
        READERS[reader](path)


def test_entities_and_keys_do_not_multiply(tmp_path: Path) -> None:
    path = tmp_path / "graph.graphml"
    uses = [10 * f"&e{number};" for number in range(9)]
    entities = "".join(f'<!ENTITY e{number} "{use}">' for number, use in enumerate(uses, start=1))
    path.write_text(f'<!DOCTYPE x [<!ENTITY e0 "lol">{entities}]>\n<graphml>&e9;</graphml>', encoding="ascii")
    with pytest.raises(FileRefused, match=r"graph\.graphml:1: the file declares a document type"):
        import_snapshot(path, "graphml")

    keys = "".join(f'<key id="k{n}" for="all" attr.name="a{n}"><default>x</default></key>\n' for n in range(1_001))
    path.write_text(f'<graphml>\n{keys}<graph edgedefault="directed"></graph></graphml>', encoding="ascii")
    with pytest.raises(FileRefused, match=r"graph\.graphml:1002: there are too many keys: expected at most 1,000"):
        import_snapshot(path, "graphml")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.ENAMETOOLONG, errno.EROFS, errno.EACCES])
def test_what_the_system_refuses_is_a_sentence(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, friendly_errors():
        raise OSError(number, "no", "some/place")
    assert ended.value.code == 1
    assert capsys.readouterr().err == "error: some/place: the system refuses this: no\n"


def test_a_fault_of_the_program_keeps_its_traceback() -> None:
    with pytest.raises(OSError, match="broken pipe"), friendly_errors():
        raise OSError(errno.EPIPE, "broken pipe")
