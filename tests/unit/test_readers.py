"""Tables of measured strains: what is used, what is refused and why. Expected values are counted by hand."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import pytest

from dcell_graph.errors import FileRefused, InputError
from dcell_graph.measurements.genotypes import Measurement, group_genotypes
from dcell_graph.measurements.identifiers import deleted_in_query, is_gene_name, sga_genes, strain_name
from dcell_graph.measurements.numbers import NotANumber, deviation_or_none, finite_decimal
from dcell_graph.measurements.readers import Measurements, read_measurements

BAD_LABELS = """gene_a\tgene_b\tscore
AAA1\tBBB2\t0.5
AAA1\tCCC3\tnan
BBB2\tCCC3\tinf
CCC3\tDDD4\t-0.25
AAA1\tZZZ9\t0.1
BBB2\tDDD4\t
AAA1\tAAA1\t0.2
BBB2\tAAA1\t0.7
DDD4\tCCC3\t-0.25
CCC3\tBBB2\t1e400
EEE5\tFFF6\t0,3
EEE5\tHHH7\t0.9
"""

SGA_HEADER = (
    "Query Strain ID\tArray Strain ID\tAdjusted genetic interaction score (epsilon or tau)\tP-value\t"
    "Double/triple mutant fitness\tDouble/triple mutant fitness standard deviation\n"
)


def write(folder: Path, text: str, name: str = "table.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def values(measurements: Measurements) -> dict[str, float]:
    return dict(zip(measurements.strains["strain"], measurements.strains["phenotype"], strict=True))


def refused_lines(measurements: Measurements) -> dict[int | None, str]:
    return {item.line: item.reason for item in measurements.findings if item.outcome == "refused"}


def test_bad_labels_are_refused_by_line_and_reason(tmp_path: Path) -> None:
    found = read_measurements(write(tmp_path, BAD_LABELS), source_format="pairs")

    assert found.rows_read == 12
    assert refused_lines(found) == {
        3: "not a number",
        4: "infinite",
        7: "empty",
        8: "self pair",
        11: "infinite",
        12: "not a number",
    }
    assert found.refusals == {"empty": 1, "infinite": 2, "not a number": 2, "self pair": 1}
    assert values(found) == {"AAA1+BBB2": 0.6, "CCC3+DDD4": -0.25, "AAA1+ZZZ9": 0.1, "EEE5+HHH7": 0.9}
    assert (found.used, found.merged, found.refused) == (4, 2, 6)
    assert found.rows_read == found.used + found.merged + found.refused


def test_repeats_are_reported_with_both_lines(tmp_path: Path) -> None:
    found = read_measurements(write(tmp_path, BAD_LABELS), source_format="pairs")

    assert found.repeated == 2
    assert found.conflicting == 1
    merged = [item for item in found.findings if item.outcome == "merged"]
    assert [(item.line, item.reason) for item in merged] == [(9, "conflicting repeat"), (10, "repeat")]
    assert "line 2" in merged[0].text
    assert "another value" in merged[0].text
    assert "line 5" in merged[1].text
    assert dict(zip(found.strains["strain"], found.strains["count"], strict=True))["AAA1+BBB2"] == 2


def test_dcell_text(tmp_path: Path) -> None:
    text = "2 YMR263W YBL008W 0.0252\n2 YLR095C YPL001W -0.0651\r\n\n3 YAL001C YAL002W YAL003W-A 1e-2\n"
    found = read_measurements(write(tmp_path, text), source_format="dcell")

    assert values(found) == {
        "YBL008W+YMR263W": 0.0252,
        "YLR095C+YPL001W": -0.0651,
        "YAL001C+YAL002W+YAL003W-A": 0.01,
    }
    assert found.rows_read == 3
    assert found.strains["genes"].tolist()[0] == ("YAL001C", "YAL002W", "YAL003W-A")
    assert found.phenotype == "score"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2 YAL001C YAL002W", "columns"),
        ("3 YAL001C YAL002W 0.1", "columns"),
        ("0 0.1", "columns"),
        ("YAL001C YAL002W 0.1", "columns"),
        ("² YAL001C YAL002W 0.1", "columns"),
        ("2 YAL001C+X YAL002W 0.1", "gene name"),
        ("2 YAL001C YAL001C 0.1", "self pair"),
        ("2 YAL001C YAL002W 0x10", "not a number"),
        ("2 YAL001C YAL002W 1_000", "not a number"),
        ("2 YAL001C YAL002W -Infinity", "infinite"),
    ],
)
def test_dcell_rows_that_are_refused(tmp_path: Path, row: str, reason: str) -> None:
    found = read_measurements(write(tmp_path, f"2 YBR001C YBR002W 0.5\n{row}\n"), source_format="dcell")

    assert refused_lines(found) == {2: reason}
    assert values(found) == {"YBR001C+YBR002W": 0.5}


def test_a_line_that_is_not_utf8_is_refused_alone(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_bytes(b"2 YBR001C YBR002W 0.5\n2 YBR\xa0003C YBR002W 0.1\n")

    assert refused_lines(read_measurements(path, source_format="dcell")) == {2: "not UTF-8"}


def test_names_that_look_like_values_stay_text(tmp_path: Path) -> None:
    text = "gene_a\tgene_b\tscore\nNA\tMAR1\t0.5\nTRUE\t1e5\t-0.5\n"
    found = read_measurements(write(tmp_path, text), source_format="pairs")

    assert values(found) == {"MAR1+NA": 0.5, "1e5+TRUE": -0.5}


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    text = "score\tnote\tgene_b\tsd\tgene_a\n0.5\tx\tB\t0.1\tA\n"
    found = read_measurements(write(tmp_path, text), source_format="pairs")

    assert values(found) == {"A+B": 0.5}
    assert found.strains["sd"].tolist() == [0.1]


def test_sga_table_score(tmp_path: Path) -> None:
    rows = (
        "YAL015C+YDL227C_tm461\tYBL007C_dma91\t0.0167\t3.166e-01\t0.9787\t0.0240\n"
        "YDL227C+YOL043C_tm72\tYBL008W_dma90\t-0.0134\t3.662e-01\t1.0066\t0.0289\n"
        "YAL015C+YOL043C_tm72\tYBL007C_dma91\t-0.2\t1e-3\t0.5\t0.1\n"
        "URA3control+YDL227C_y13096\tYBL007C_dma91\t0.01\t0.5\t0.9\t0.1\n"
    )
    found = read_measurements(write(tmp_path, SGA_HEADER + rows), source_format="sga-trigenic")

    assert values(found) == {
        "YAL015C+YBL007C": 0.0167,
        "YBL008W+YOL043C": -0.0134,
        "YAL015C+YBL007C+YOL043C": -0.2,
        "YBL007C": 0.01,
    }
    assert found.strains["sd"].isna().all()


def test_sga_table_fitness_with_its_sd(tmp_path: Path) -> None:
    rows = (
        "YAL015C+YDL227C_tm461\tYBL007C_dma91\tNaN\t3.166e-01\t0.9\t0.03\n"
        "YAL015C+YDL227C_tm461\tYBL007C_tsa8\tNaN\t3.166e-01\t0.7\t0.04\n"
        "YAL015C+YDL227C_tm461\tYBL008W_tsa8\tNaN\t3.166e-01\t0.6\tNaN\n"
    )
    found = read_measurements(write(tmp_path, SGA_HEADER + rows), source_format="sga-trigenic", phenotype="fitness")

    assert values(found) == {"YAL015C+YBL007C": pytest.approx(0.8), "YAL015C+YBL008W": 0.6}
    # Two independent measurements: sd of the mean = sqrt(0.03^2 + 0.04^2) / 2 = 0.05 / 2.
    assert found.strains["sd"].tolist()[0] == pytest.approx(0.025)
    assert math.isnan(found.strains["sd"].tolist()[1])


@pytest.mark.parametrize(
    ("query", "array", "reason"),
    [
        ("YAL015C+YDL227C", "YBL007C_dma91", "strain id"),
        ("YAL015C+_tm461", "YBL007C_dma91", "strain id"),
        ("", "YBL007C_dma91", "strain id"),
        ("YAL015C+YBL007C_tm461", "YBL007C_dma91", "self pair"),
    ],
)
def test_sga_strain_ids_that_are_refused(tmp_path: Path, query: str, array: str, reason: str) -> None:
    good = "YAL015C+YDL227C_tm461\tYBR001C_dma1\t0.1\t0.5\t0.9\t0.1\n"
    text = SGA_HEADER + good + f"{query}\t{array}\t0.2\t0.5\t0.9\t0.1\n"
    found = read_measurements(write(tmp_path, text), source_format="sga-trigenic")

    assert refused_lines(found) == {3: reason}


def test_compression_is_seen_from_the_content(tmp_path: Path) -> None:
    squeezed = tmp_path / "table.txt"
    squeezed.write_bytes(gzip.compress(BAD_LABELS.encode()))
    plain = write(tmp_path, BAD_LABELS, "table.gz")

    first = read_measurements(squeezed, source_format="pairs")
    second = read_measurements(plain, source_format="pairs")
    assert values(first) == values(second)
    assert first.findings == second.findings


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_bytes(b"\xef\xbb\xbf" + b"gene_a\tgene_b\tscore\r\nA\tB\t0.5\r\n")

    assert values(read_measurements(path, source_format="pairs")) == {"A+B": 0.5}


def test_truncated_gzip_is_refused_whole(tmp_path: Path) -> None:
    path = tmp_path / "table.gz"
    path.write_bytes(gzip.compress(BAD_LABELS.encode())[:-12])

    with pytest.raises(FileRefused, match="damaged"):
        read_measurements(path, source_format="pairs")


@pytest.mark.parametrize(("mark", "generated"), [("# generated-world 1\n", True), ("# measured\n", False), ("", False)])
def test_a_generated_table_says_so(tmp_path: Path, mark: str, generated: bool) -> None:
    found = read_measurements(write(tmp_path, mark + "2 A B 0.5\n# generated-world later\n"), source_format="dcell")

    assert found.generated is generated
    assert found.rows_read == 1


@pytest.mark.parametrize(
    ("text", "source_format", "message"),
    [
        ("", "dcell", "no usable row"),
        ("", "pairs", "not the header"),
        ("<!DOCTYPE html>\n<p>moved</p>\n", "dcell", "no usable row"),
        ("AAA1\tBBB2\t0.5\n", "pairs", "not the header"),
        ("sample\tAAA1\tBBB2\ns1\t1\t1\n", "pairs", "not the header"),
        ("gene_a\tgene_b\tscore\nA\tB\tnan\n", "pairs", "1 refused for 'not a number'"),
        ("gene_a\tgene_b\tscore\nA\tB\t0.5\n", "sga-trigenic", "not the header"),
    ],
)
def test_files_that_are_refused_whole(tmp_path: Path, text: str, source_format: str, message: str) -> None:
    path = write(tmp_path, text)

    with pytest.raises(FileRefused, match=message) as caught:
        read_measurements(path, source_format=source_format)
    assert str(path) in str(caught.value)


def test_a_missing_file_unknown_format_or_phenotype_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"nothing\.txt"):
        read_measurements(tmp_path / "nothing.txt", source_format="dcell")
    with pytest.raises(InputError, match="found excel"):
        read_measurements(write(tmp_path, BAD_LABELS), source_format="excel")
    with pytest.raises(InputError, match="expected score, found fitness"):
        read_measurements(write(tmp_path, BAD_LABELS), source_format="pairs", phenotype="fitness")


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0.0), ("+1.", 1.0), (".5", 0.5), ("-2.5E-1", -0.25), ("1e3", 1000.0)]
)
def test_decimal_numbers(text: str, value: float) -> None:
    assert finite_decimal(text) == value


@pytest.mark.parametrize("text", ["NaN", "1,5", "٣", "1 2", "--1", "e5", ".", "0x1", "1_0", "1e", " 1"])
def test_texts_that_are_no_numbers(text: str) -> None:
    with pytest.raises(NotANumber, match="not a number"):
        finite_decimal(text)


def test_a_deviation_that_cannot_be_is_not_known() -> None:
    assert [deviation_or_none(text) for text in ("0.1", "0", "-0.1", "NaN", "")] == [0.1, 0.0, None, None, None]


def test_names_of_genes_and_strains() -> None:
    assert strain_name(("YBR001C", "YAL001C")) == "YAL001C+YBR001C"
    assert sga_genes("YDR363W-A+YDL227C_tm1_b") == ("YDR363W-A", "YDL227C")
    assert sga_genes("YDR363W-A") is None
    assert [is_gene_name(text) for text in ("NA", "YAL001W-A", "", "a b", "a+b", "a\x07")] == [True, True] + [False] * 4


def test_a_query_with_one_gene_is_not_a_control() -> None:
    assert deleted_in_query(("YDL227C",)) == ("YDL227C",)
    assert deleted_in_query(("YDL227C", "YAL001C")) == ("YAL001C",)
    assert deleted_in_query(("URA3control", "YDL227C")) == ()
    assert deleted_in_query(("URA3control",)) == ()


def test_the_mean_of_repeats_does_not_depend_on_their_order() -> None:
    numbers = [1e16, 1.0, -1e16, 0.1, 3.0]

    def mean(order: list[float]) -> float:
        rows = [Measurement(strain="A", genes=("A",), phenotype=value, sd=None) for value in order]
        return float(group_genotypes(rows).strains["phenotype"].iloc[0])

    assert mean(numbers) == mean(numbers[::-1]) == pytest.approx(4.1 / 5, rel=1e-12)


def test_equal_repeats_keep_their_value() -> None:
    rows = [Measurement(strain="A", genes=("A",), phenotype=0.1, sd=0.3, count=count) for count in (1, 2)]
    grouped = group_genotypes(rows)

    assert grouped.strains["phenotype"].tolist() == [0.1]
    assert grouped.strains["count"].tolist() == [3]
    # Weights 1/3 and 2/3: sqrt(0.3^2 + 0.6^2) / 3.
    assert grouped.strains["sd"].iloc[0] == pytest.approx(math.sqrt(0.09 + 0.36) / 3)
    assert grouped.conflicting == 0
