"""The genes of a genome and plain gene lists. Expected values are written out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcell_graph.errors import FileRefused
from dcell_graph.sources.genome import Gene, GeneList, Genome, read_features, read_gene_list


def feature(sgdid: str, kind: str = "ORF", name: str = "", symbol: str = "", aliases: str = "") -> str:
    """One line of 16 columns: id, type, qualifier, name, symbol, aliases ... chromosome ..."""
    cells = [sgdid, kind, "Verified", name, symbol, aliases, "chromosome 16", "", "16", *[""] * 7]
    return "\t".join(cells)


def features(folder: Path, *lines: str | bytes) -> Genome:
    path = folder / "features.tab"
    path.write_bytes(b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines))
    return read_features(path)


def gene_list(folder: Path, content: str | bytes) -> GeneList:
    path = folder / "genes.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_gene_list(path)


def remarks(found: Genome | GeneList) -> list[tuple[int | None, str, str]]:
    return [(remark.line, remark.outcome, remark.reason) for remark in found.findings]


def test_genes_are_the_open_reading_frames(tmp_path: Path) -> None:
    found = features(
        tmp_path,
        feature("S000990001", name="YPR901W", symbol="AAA1", aliases="OLD1|ALF1|"),
        feature("S000990009", kind="CDS"),
        feature("S000990010", kind="tRNA_gene", name="tA(AGC)D"),
        "",
        feature("S000990002", name="YPR902C"),
    )

    assert found.genes == (
        Gene(
            id="YPR901W",
            sgdid="S000990001",
            symbol="AAA1",
            aliases=("OLD1", "ALF1"),
            qualifier="Verified",
            chromosome="16",
        ),
        Gene(
            id="YPR902C",
            sgdid="S000990002",
            symbol="YPR902C",  # a gene without a standard name goes by its systematic one
            aliases=(),
            qualifier="Verified",
            chromosome="16",
        ),
    )
    assert (found.rows, found.other_features, found.findings) == (4, 2, ())
    assert found.generated is False


def test_rows_that_are_no_gene_are_refused_by_line(tmp_path: Path) -> None:
    good = feature("S000990001", name="YPR901W")
    found = features(
        tmp_path,
        "# a comment\tof a generated-world",
        good,
        good + "\t",
        good.removesuffix("\t"),
        feature("", name="YPR902C"),
        feature("S000990002"),
        feature("S000990003", name="YPR901W"),
        feature("S000990001", name="YPR904C"),
        feature("S000990005", name="YPR905@").encode().replace(b"@", b"\xe9"),
        feature("S000990006", name="YPR906W", symbol="B@2").encode().replace(b"@", b"\xe9"),
    )

    assert remarks(found) == [
        (3, "refused", "columns"),
        (4, "refused", "columns"),
        (5, "refused", "missing"),
        (6, "refused", "missing"),
        (7, "refused", "repeated"),
        (8, "refused", "repeated"),
        (9, "refused", "encoding"),
    ]
    assert found.findings[0].text == "17 columns, expected 16"
    # Only the symbol of the last one is damaged: its names still say which gene it is.
    assert [(gene.id, gene.symbol) for gene in found.genes] == [("YPR901W", "YPR901W"), ("YPR906W", "B\ufffd2")]
    assert found.rows == 9 == len(found.genes) + found.other_features + len(found.findings)
    assert found.generated is True


def test_spaces_around_a_name_do_not_make_another_gene(tmp_path: Path) -> None:
    found = features(tmp_path, feature(" S000990001", name="YPR901W ", symbol=" "))

    assert [(gene.id, gene.sgdid, gene.symbol) for gene in found.genes] == [("YPR901W", "S000990001", "YPR901W")]


CELL = st.sampled_from(["", "ORF", "CDS", "YPR901W", "YPR902C", "S1", "S2", " ", "\ufffd", "|"])


@given(st.lists(st.lists(CELL, min_size=15, max_size=17).map("\t".join), max_size=8))
def test_every_row_of_a_features_file_has_one_fate(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    found = features(tmp_path_factory.getbasetemp(), feature("S9", name="YPR909W"), *lines)

    assert found.rows == 1 + sum(bool(line.strip()) for line in lines)
    assert found.rows == len(found.genes) + found.other_features + len(found.findings)
    assert len({gene.id for gene in found.genes}) == len({gene.sgdid for gene in found.genes}) == len(found.genes)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            [],
            r"features\.tab: no gene was found: expected 16 tab-separated columns with feature type ORF, found 0 rows",
        ),
        ([feature("S1", kind="CDS")], "found 1 rows$"),
        (["a\tb"], "found 1 rows, the first refused because: 2 columns, expected 16"),
        (["<html>"], r"features\.tab:1: this is a web page"),
    ],
)
def test_files_without_a_gene_are_refused(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(FileRefused, match=message):
        features(tmp_path, *lines)


def test_a_gene_list_is_one_name_a_line(tmp_path: Path) -> None:
    found = gene_list(tmp_path, "\ufeff# genes\r\nYPR901W\r\n\r\n YPR902C \r\nNA\nYPR901W")

    assert found.names == ("YPR901W", "YPR902C", "NA")
    assert remarks(found) == [(6, "merged", "repeated")]
    assert found.findings[0].text == "YPR901W again, first in line 2"
    assert found.generated is False
    assert found.stamp.path == str(tmp_path / "genes.txt")


def test_a_generated_gene_list_says_so(tmp_path: Path) -> None:
    assert gene_list(tmp_path, "# generated-world 1\nYPR901W\n").generated is True


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"genes\.txt: no gene name was found: expected one gene name a line"),
        ("# only a comment\n\n", "no gene name was found"),
        (
            "YPR901W\nYPR902C YPR903W\n",
            r"genes\.txt:2: this is not a gene list: expected one name, found 'YPR902C YPR903W'",
        ),
        ("gene\tscore\n", r"genes\.txt:1: this is not a gene list"),
        (b"YPR901W\nYPR\xe902C\n", r"genes\.txt:2: this is not a gene list"),
        ("<html><body>moved</body></html>\n", r"genes\.txt:1: this is a web page"),
    ],
)
def test_what_is_no_gene_list_is_refused_whole(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(FileRefused, match=message):
        gene_list(tmp_path, content)
