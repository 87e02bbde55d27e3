"""Every table format on small files written by hand; what is expected was counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcell_graph.errors import FileRefused, InputError
from dcell_graph.measurements.formats import FORMATS
from dcell_graph.measurements.identifiers import emap_gene
from dcell_graph.measurements.readers import Measurements, read_measurements

TRIGENIC = """\
Query strain ID\tQuery allele name\tArray strain ID\tArray allele name\tCombined mutant type\t\
Raw genetic interaction score (epsilon)\tAdjusted genetic interaction score (epsilon or tau)\tP-value\t\
Query single/double mutant fitness\tArray single mutant fitness\t\
Double/triple mutant fitness\tDouble/triple mutant fitness standard deviation
YAL015C+YDL227C_tm461\tntg1Δ+hoΔ\tYBL007C_dma91\tsla1Δ\tdigenic\t0.01\t0.01\t4.50E-01\t\t0.962\t0.9695\t0.0465
YAL015C+YDR004W_tm2700\tntg1Δ+rad57Δ\tYBL007C_dma91\tsla1Δ\ttrigenic\t-0.3\t-0.2\t1.00E-03\t0.83\t0.962\t0.5\t0.02
YDL227C+YAL015C_y1\thoΔ+ntg1Δ\tYBL008W_tsa2\thir1-1\tdigenic\t0.05\t0.06\t0.5\t1.02\t1.01\t1.1\tNaN
"""
RAW = """\
YAL015C+YDL227C_tm461\tYBL007C_dma91\t1.5\t14\t4.7e-01\tNaN\tNaN\t0.85\t0.004\t0.86\t0.87\t0.02
YAL015C+YDR004W_tm2700\tYBL007C_dma91\t-2.5\t15\t1.0e-03\t0.9\t0.01\t0.85\t0.004\t0.76\t0.6\t0.03
YAL015C+YDL227C_tm3330\tYBL007C_dma91\t2.5\t13\t2.0e-01\t1.1\t0.1\t0.87\t0.004\t0.86\t0.89\t0.04
"""
RAW_2010 = """\
YAL002W\tVPS8\tYBR001C\tNTH2\t0.04\t0.02\t0.3\t0.8\t0.1\t1.0\t0.2\t0.84\t0.05
YAL001C_tsq508\tTFC3\tYAL002W\tVPS8\t-0.5\t0.01\t0.001\t0.7\t0.1\t0.8\t0.1\t0.06\t0.05
YBR001C_damp1\tNTH2\tYAL002W\tVPS8\t0.06\t0.02\t0.2\t0.9\t0.1\t0.8\t0.1\t0.8\t0.05
"""
RAW_2010_HEADER = (
    "Query ORF\tQuery gene name\tArray ORF\tArray gene name\tGenetic interaction score\tStandard deviation\tp-value\t"
    "Query single mutant fitness\tsd\tArray SMF\tsd\tDouble mutant fitness\tsd\n"
)
SINGLE = """\
Strain ID\tSystematic gene name\tAllele/Gene name\tSingle mutant fitness (26°)\t\
Single mutant fitness (26°) stddev\tSingle mutant fitness (30°)\tSingle mutant fitness (30°) stddev
YAL001C_damp174\tYAL001C\ttfc3_damp\t0.9\t0.06\t0.8\t0.03
YAL001C_tsa508\tYAL001C\ttfc3-g349e\t0.7\t0.08\t0.6\t0.04
YAL002W_sn2\tYAL002W\tvps8\t\t\t1.0\t0.01
"""
SINGLE_PLAIN = (
    "YAL001C_damp174\t0.9395\t0.0988\nYAL002W_y3\tNaN\tNaN\nURA3control+YDL227C_y13096\t1\t1\n"
    "YAL015C+YDR004W_tm2700\t0.8\t0.01\n"
)
EMAP = "a\tb\tS_score\nYAL011W\tYAL013W\t1.5\nYAL013W\tYAL011W\t2.5\nYAL011W_DAMP\tYAL015C\t-3\nREP1\tREP1\t1\n"
# YAL011W stands in two rows, as a deletion and as an allele, and in a column; YAL020C in two columns.
MATRIX = """\
Gene\tYAL011W\tYAL020C\tYAL020C - DAMP\tYAL030W
YAL011W\t\t1.0\t3.0\t-2
YAL011W_DAMP\t9\t2.0\tNaN\t
YAL030W\t-4\t0.5\t0.25\t0
YAL040C\t1\t2
"""


def read(folder: Path, text: str, table_format: str = "auto", **options: object) -> Measurements:
    path = folder / "table.txt"
    path.write_text(text, encoding="utf-8")
    return read_measurements(path, source_format=table_format, **options)  # type: ignore[arg-type]


def column(found: Measurements, name: str = "phenotype") -> dict[str, float]:
    return dict(zip(found.strains["strain"], found.strains[name], strict=True))


def refused(found: Measurements) -> list[tuple[int | None, str]]:
    return [(item.line, item.reason) for item in found.findings if item.outcome == "refused"]


@pytest.mark.parametrize(
    ("text", "table_format"),
    [
        ("2 YAL001C YAL002W 0.5\n", "dcell"),
        ("YAL001C YAL002W 0.5\n", "dcell"),
        ("3 YAL001C YAL002W YAL003W 0.5\n", "dcell"),
        ("gene_a\tgene_b\tscore\nYAL001C\tYAL002W\t0.5\n", "pairs"),
        (TRIGENIC, "sga-trigenic"),
        (RAW, "sga-raw"),
        (RAW_2010, "sga-raw"),
        (RAW_2010_HEADER + RAW_2010, "sga-raw"),
        (SINGLE, "single-mutant"),
        (SINGLE_PLAIN, "single-mutant"),
        (EMAP, "emap"),
        (MATRIX, "emap"),
    ],
)
def test_formats_are_recognised(tmp_path: Path, text: str, table_format: str) -> None:
    found = read(tmp_path, text)
    assert found.source_format == table_format
    named = read(tmp_path, text, table_format)
    assert named.strains.equals(found.strains)
    assert named.findings == found.findings
    assert named.phenotype == FORMATS[table_format].phenotypes[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "sample\tAAA1\tBBB2\tCCC3\ns1\t1\t0\t0\n",
        "s1\t1\t0\t0\ns2\t0\t1\t1\n",
        "<!DOCTYPE html>\n<p>moved</p>\n",
        "one two three\n",
        "1\t2\t3\t4\t5\t6\t7\n",
    ],
)
def test_what_is_no_table_of_strains_is_not_guessed(tmp_path: Path, text: str) -> None:
    with pytest.raises(FileRefused, match="no table of strains of a known format: expected dcell or pairs"):
        read(tmp_path, text)


def test_dcell_rows_without_the_number_of_genes(tmp_path: Path) -> None:
    found = read(tmp_path, "YAL001C YAL002W 0.5\n2 YAL001C YAL003W 0.1\nYAL003W YAL002W -1e-2 \n1.5 YAL002W 3\n")
    assert column(found) == {"YAL001C+YAL002W": 0.5, "YAL002W+YAL003W": -0.01}
    assert refused(found) == [(2, "columns"), (4, "gene name")]


def test_trigenic_scores_of_double_and_triple_mutants(tmp_path: Path) -> None:
    found = read(tmp_path, TRIGENIC)
    assert column(found) == {"YAL015C+YBL007C": 0.01, "YAL015C+YBL007C+YDR004W": -0.2, "YAL015C+YBL008W": 0.06}
    # Bits of the genes in alphabetical order: YAL015C is the first of each, YDR004W the third.
    assert column(found, "query") == {"YAL015C+YBL007C": 1, "YAL015C+YBL007C+YDR004W": 5, "YAL015C+YBL008W": 1}
    assert column(read(tmp_path, TRIGENIC, phenotype="raw-score"))["YAL015C+YBL007C+YDR004W"] == -0.3


@pytest.mark.parametrize("fitness", ["Double/triple mutant fitness", "Combined mutant fitness"])
def test_trigenic_fitness_under_both_names(tmp_path: Path, fitness: str) -> None:
    found = read(tmp_path, TRIGENIC.replace("Double/triple mutant fitness", fitness), phenotype="dmf")
    assert found.phenotype == "fitness"
    assert column(found) == {"YAL015C+YBL007C": 0.9695, "YAL015C+YBL007C+YDR004W": 0.5, "YAL015C+YBL008W": 1.1}
    assert found.strains["sd"].tolist()[:2] == [0.0465, 0.02]
    assert found.strains["sd"].isna().tolist() == [False, False, True]


def test_fitness_of_the_parents_of_a_cross(tmp_path: Path) -> None:
    query = read(tmp_path, TRIGENIC, phenotype="query-fitness")
    assert column(query) == {"YAL015C": 1.02, "YAL015C+YDR004W": 0.83}
    assert refused(query) == [(2, "empty")]
    array = read(tmp_path, TRIGENIC, phenotype="array-smf")
    assert column(array) == {"YBL007C": 0.962, "YBL008W": 1.01}
    assert (array.rows_read, array.merged, array.refused) == (3, 1, 0)


def test_titles_over_a_header_are_skipped(tmp_path: Path) -> None:
    found = read(tmp_path, "Table S1. Raw genetic interaction dataset\n\n" + TRIGENIC)
    assert column(found) == column(read(tmp_path, TRIGENIC))
    assert found.rows_read == 3
    with pytest.raises(FileRefused, match="known format"):
        read(tmp_path, "one\ntwo\nthree\nfour\n" + TRIGENIC)


def test_raw_tables_of_12_columns(tmp_path: Path) -> None:
    found = read(tmp_path, RAW)
    assert column(found) == {"YAL015C+YBL007C": 2.0, "YAL015C+YBL007C+YDR004W": -2.5}
    # Two rows of sd 14 and 13: sqrt(14^2 + 13^2) / 2 = sqrt(365) / 2; their values 1.5 and 2.5 lie sqrt(0.5) apart.
    assert column(found, "sd")["YAL015C+YBL007C"] == pytest.approx(365**0.5 / 2)
    assert column(found, "spread")["YAL015C+YBL007C"] == pytest.approx(0.5**0.5)
    assert column(found, "count") == {"YAL015C+YBL007C": 2, "YAL015C+YBL007C+YDR004W": 1}
    fitness = read(tmp_path, RAW, phenotype="fitness")
    assert column(fitness)["YAL015C+YBL007C+YDR004W"] == 0.6
    assert column(read(tmp_path, RAW, phenotype="query-fitness")) == {"YAL015C": 1.1, "YAL015C+YDR004W": 0.9}


@pytest.mark.parametrize("header", ["", RAW_2010_HEADER])
def test_raw_tables_of_2010(tmp_path: Path, header: str) -> None:
    found = read(tmp_path, header + RAW_2010)
    assert column(found) == {"YAL001C+YAL002W": -0.5, "YAL002W+YBR001C": 0.05}
    # Both were the query of the other once.
    assert column(found, "query") == {"YAL001C+YAL002W": 1, "YAL002W+YBR001C": 3}
    assert [item.line for item in found.findings] == [3 + bool(header)]
    assert column(read(tmp_path, header + RAW_2010, phenotype="fitness"))["YAL001C+YAL002W"] == 0.06
    short = "".join("\t".join(line.split("\t")[:7]) + "\n" for line in (header + RAW_2010).splitlines())
    assert column(read(tmp_path, short)) == column(found)
    with pytest.raises(FileRefused, match="not the header of a sga-raw table with the phenotype fitness"):
        read(tmp_path, short, phenotype="fitness")


def test_single_mutants(tmp_path: Path) -> None:
    found = read(tmp_path, SINGLE)
    assert (found.phenotype, column(found)) == ("fitness", {"YAL001C": pytest.approx(0.7), "YAL002W": 1.0})
    assert column(found, "sd")["YAL001C"] == pytest.approx(0.025)  # sqrt(0.03^2 + 0.04^2) / 2
    cold = read(tmp_path, SINGLE, phenotype="fitness-26")
    assert column(cold) == {"YAL001C": pytest.approx(0.8)}
    assert refused(cold) == [(4, "empty")]
    plain = read(tmp_path, SINGLE_PLAIN)
    assert column(plain) == {"YAL001C": 0.9395, "YAL015C+YDR004W": 0.8}
    assert refused(plain) == [(2, "not a number"), (3, "no deletion")]


def test_emaps_as_a_list(tmp_path: Path) -> None:
    found = read(tmp_path, EMAP)
    assert column(found) == {"YAL011W+YAL013W": 2.0, "YAL011W+YAL015C": -3.0}
    assert refused(found) == [(5, "self pair")]


def test_emaps_as_a_matrix_with_repeated_rows_and_columns(tmp_path: Path) -> None:
    found = read(tmp_path, MATRIX)
    # 1, 3 and 2 are three measurements of one pair; -2 and -4 two; 0.5 and 0.25 two.
    assert column(found) == {"YAL011W+YAL020C": 2.0, "YAL011W+YAL030W": -3.0, "YAL020C+YAL030W": 0.375}
    assert column(found, "count") == {"YAL011W+YAL020C": 3, "YAL011W+YAL030W": 2, "YAL020C+YAL030W": 2}
    # Three lines of four cells, and a line of another length.
    assert (found.rows_read, found.used, found.merged, found.refused) == (13, 3, 4, 6)
    assert refused(found) == [
        (2, "self pair"),
        (3, "self pair"),
        (3, "not a number"),
        (3, "empty"),
        (4, "self pair"),
        (5, "columns"),
    ]


@pytest.mark.parametrize(
    ("name", "gene"),
    [
        ("YAL001C", "YAL001C"),
        ("YDR363W-A", "YDR363W-A"),
        ("YAL001C_DAMP", "YAL001C"),
        ("YAL001C - DAMP", "YAL001C"),
        ("YAL001C (tsa 1)", "YAL001C"),
        ("REP1", "REP1"),
        ("_x", "_x"),
        ("", None),
    ],
)
def test_names_in_emaps(name: str, gene: str | None) -> None:
    assert emap_gene(name) == gene


def test_only_rows_with_a_small_p_value(tmp_path: Path) -> None:
    text = TRIGENIC + TRIGENIC.splitlines()[-1].replace("0.5\t1.02", "\t1.02") + "\n"
    found = read(tmp_path, text, most_p=0.45)
    assert column(found) == {"YAL015C+YBL007C": 0.01, "YAL015C+YBL007C+YDR004W": -0.2}
    assert refused(found) == [(4, "p-value"), (5, "no p-value")]
    assert found.request.most_p == 0.45
    with pytest.raises(InputError, match=r"table\.txt: the table has no p-values"):
        read(tmp_path, SINGLE, most_p=0.05)
    with pytest.raises(InputError, match="p-value is out of range"):
        read(tmp_path, TRIGENIC, most_p=1.5)


REPEATS = "2 A B 1\n2 B A 3\n2 A C 5\n2 C A 5\n2 A D nan\n2 A B 8\n"


@pytest.mark.parametrize(
    ("repeats", "values", "counts", "lines"),
    [
        ("average", {"A+B": 4.0, "A+C": 5.0}, (2, 3, 1), {2: "merged", 4: "merged", 5: "refused", 6: "merged"}),
        ("first", {"A+B": 1.0, "A+C": 5.0}, (2, 3, 1), {2: "merged", 4: "merged", 5: "refused", 6: "merged"}),
        ("drop", {"A+C": 5.0}, (1, 1, 4), {1: "refused", 2: "refused", 4: "merged", 5: "refused", 6: "refused"}),
    ],
)
def test_what_becomes_of_repeats(
    tmp_path: Path,
    repeats: str,
    values: dict[str, float],
    counts: tuple[int, int, int],
    lines: dict[int, str],
) -> None:
    found = read(tmp_path, REPEATS, repeats=repeats)
    assert column(found) == values
    assert (found.used, found.merged, found.refused) == counts
    assert sum(counts) == found.rows_read == 6
    assert {item.line: item.outcome for item in found.findings} == lines
    assert (found.conflicting, found.repeated) == (1, 2)


def test_repeats_and_bad_values_can_refuse_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"table\.txt:2: a strain has several rows.*A\+B.*line 1 too"):
        read(tmp_path, REPEATS, repeats="refuse")
    with pytest.raises(FileRefused, match=r"table\.txt:5: a row has no usable value \(not a number\)"):
        read(tmp_path, REPEATS, bad_values="refuse")
    with pytest.raises(FileRefused, match="no strain is left"):
        read(tmp_path, "2 A B 1\n2 A B 2\n", repeats="drop")
    with pytest.raises(InputError, match="no such way to treat repeats: expected average or first or drop or refuse"):
        read(tmp_path, REPEATS, repeats="mean")


def test_numbers_that_nobody_measured_are_out_of_range(tmp_path: Path) -> None:
    found = read(tmp_path, "2 A B 1e101\n2 A C 1e100\n2 A C 1e100\n2 A D -1e200\n")
    assert column(found) == {"A+C": 1e100}
    assert refused(found) == [(1, "out of range"), (4, "out of range")]


def test_phenotypes_that_a_format_lacks(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="format emap do not have that phenotype: expected score, found fitness"):
        read(tmp_path, EMAP, phenotype="smf")
    with pytest.raises(InputError, match="there is no such phenotype: expected array-fitness, fitness"):
        read(tmp_path, EMAP, phenotype="colour")
