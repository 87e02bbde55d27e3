"""Reading an annotation file in parts gives what reading it at once gives."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcell_graph.errors import FileRefused
from dcell_graph.graph.records import AnnotationContent, annotation_rows, product_id
from dcell_graph.sources import spool
from dcell_graph.sources.annotation_file import Annotation, Refusal
from dcell_graph.sources.gaf import read_gaf
from dcell_graph.sources.gaf_row import parse_row
from dcell_graph.sources.spool import estimate_rows, is_gaf, part_key, spool_gaf
from dcell_graph.sources.text import Line
from dcell_graph.types import Finding
from tests.gaf_files import HEADER, gene, row

ODD_ROWS = [
    gene(1),
    gene(2, date="20190101"),
    gene(1, date="20200101", assigned_by="UniProt"),  # merged, and later than the file
    gene(1, with_from="A:1|B:2"),
    gene(1, with_from="B:2|A:1"),  # merged: the order plays no part
    gene(2, symbol="AAA1"),  # a symbol of another gene
    gene(3, qualifier="not|involved_in"),  # flagged
    gene(3, evidence="XYZ"),  # refused
    gene(4, date="20180230"),  # refused
    row(database="UniProtKB", object_id="P99999-2", synonyms=""),  # flagged: a form
    row(database="UniProtKB", object_id="P99999", product_form="UniProtKB:P99999-2", synonyms="X"),  # the same: merged
    "!gaf-version 2.1",  # misspelt, and not at the beginning
    "  ",
    "one\ttwo",
    "\t".join(gene(5).split("\t")[:15]),
    gene(6, name="na\x1fme", synonyms="a\x1fb|c\u2028d"),
]


def write(folder: Path, *lines: str | bytes) -> Path:
    path = folder / "file.gaf"
    raw = [line.encode() if isinstance(line, str) else line for line in lines]
    path.write_bytes(HEADER.encode() + b"".join(line + b"\n" for line in raw))
    return path


def in_parts(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[Annotation], list[Finding], int, str, int]:
    """Annotations, findings, rows, fingerprint and number of parts with rows, when a part holds two rows or so."""
    monkeypatch.setattr(spool, "ROWS_A_PART", 2)
    parts_folder = folder / "parts"
    parts_folder.mkdir()
    dealt = spool_gaf(path, parts_folder)
    content = AnnotationContent()
    annotations: list[Annotation] = []
    findings: list[Finding] = []
    parts = 0
    for part in dealt.read():
        parts += 1
        content.add(annotation_rows(part))
        annotations += part.annotations
        findings += part.findings
    findings += dealt.findings()
    assert list(parts_folder.iterdir()) == []
    return annotations, findings, dealt.rows, content.fingerprint(), parts


@pytest.mark.parametrize("packed", [False, True])
def test_the_same_comes_out_as_when_it_is_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    path = write(tmp_path, *ODD_ROWS, row(symbol="caf\xe9").encode("latin-1"), gene(7, name="x\r"))
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes().replace(b"\n", b"\r\n")))
    whole = read_gaf(path)
    annotations, findings, rows, content, parts = in_parts(path, tmp_path, monkeypatch)

    assert parts > 3
    assert rows == whole.rows == 16
    assert sorted(annotations, key=lambda one: one.row.line) == list(whole.annotations)
    assert sorted(findings, key=repr) == sorted(whole.findings, key=repr)
    assert content == annotation_rows(whole).content()
    assert {(one.outcome, one.reason) for one in findings} >= {
        ("merged", "duplicate"),
        ("refused", "evidence"),
        ("refused", "columns"),
        ("flagged", "isoform"),
        ("flagged", "symbol"),
        ("flagged", "date"),
        ("flagged", "version"),
        ("flagged", "encoding"),
    }


@given(
    database=st.sampled_from(["SGD", "UniProtKB", "MGI", "PR"]),
    object_id=st.text(alphabet="AP1-:_ \u00a0", min_size=1, max_size=8)
    | st.sampled_from(["P12345-2", "P12345:PRO_0000000001", "UniProtKB:P12345", "MGI:1", "P12345"]),
)
def test_rows_of_one_product_have_one_key(database: str, object_id: str) -> None:
    """The key depends on the product only: written in the plainest way it is the same."""
    text = row(database=database, object_id=object_id)
    parsed = parse_row(Line(1, text, False), with_relations=True)
    if isinstance(parsed, Refusal):
        return
    product = product_id(parsed.database, parsed.object_id)
    assert part_key(text) == part_key(f"{parsed.database}\t{product}\t")


def test_a_file_without_a_row_to_keep_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, gene(1, evidence="XYZ"), gene(2, evidence="XYZ"))
    with pytest.raises(FileRefused, match=r"no row of this file can be used: .* found 2 rows, the first refused"):
        in_parts(path, tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<!DOCTYPE html>\n", "web page"),
        (b"!gpa-version: 1.1\n", "not a GAF file"),
        (b"!gaf-version: 7.0\nx\n", "version is not known"),
        (gzip.compress(HEADER.encode() + gene(1).encode() * 5_000)[:-9], "damaged or cut off"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file.gaf"
    path.write_bytes(content)
    with pytest.raises(FileRefused, match=message):
        spool_gaf(path, tmp_path)
    with pytest.raises(FileRefused, match="cannot be opened"):
        spool_gaf(tmp_path / "none", tmp_path)


def test_the_number_of_rows_is_estimated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, *([gene(1)] * 997))
    assert estimate_rows(path) == 1_000
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert estimate_rows(packed) == 1_000
    monkeypatch.setattr(spool, "_SAMPLE_BYTES", 20_000)
    assert 950 < estimate_rows(path) < 1_050
    # A packed file is taken in blocks, so a short one looks as long as its first block.
    assert 100 < estimate_rows(packed) <= 1_050


def test_only_a_gaf_is_read_in_parts(tmp_path: Path) -> None:
    for text, answer in (
        (HEADER, True),
        ("! a remark\n" + gene(1), True),
        ("!gpad-version: 2.0\n", False),
        ("[]\n", False),
        ("", False),
    ):
        path = tmp_path / "file"
        path.write_text(text)
        assert is_gaf(path) is answer
