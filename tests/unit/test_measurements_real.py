"""The real files of the mirror, counted by a second program: csv, dictionaries and sums, not the package's readers."""

from __future__ import annotations

import csv
import gzip
import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from dcell_graph.measurements.gathering import Request
from dcell_graph.measurements.split_kinds import TEST, TRAIN, SplitConfig
from dcell_graph.measurements.split_store import load_split, make_split
from dcell_graph.measurements.storage import import_tables, read_dataset

pytestmark = pytest.mark.real_data

Groups = dict[frozenset[str], list[float]]


def rows_of(path: Path, delimiter: str = "\t") -> list[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE))


def grouped(rows: Iterable[tuple[Iterable[str], str]]) -> tuple[Groups, int]:
    """Values by set of genes, and how many rows have no number or no gene."""
    groups: Groups = defaultdict(list)
    refused = 0
    for genes, value in rows:
        some = frozenset(genes)
        if value in ("", "NaN") or not some:
            refused += 1
        else:
            groups[some].append(float(value))
    return groups, refused


def query(strain: str) -> list[str]:
    genes = strain[: strain.index("_")].split("+")
    return genes if len(genes) == 1 else [gene for gene in genes if gene not in ("YDL227C", "URA3control")]


def array(strain: str) -> list[str]:
    return [strain[: strain.index("_")]]


FINDERS: dict[str, Callable[[list[str]], list[str]]] = {
    "plain": lambda row: row[1:3],
    "names": lambda row: row[:2],
    "strain": lambda row: query(row[0]),
    "array": lambda row: array(row[1]),
    "cross": lambda row: query(row[0]) + array(row[1]),
}


@pytest.mark.parametrize(
    ("name", "table_format", "phenotype", "genes", "value", "header"),
    [
        ("dcell-GO_0006281-train.txt.gz", "dcell", None, "plain", 3, 0),
        ("dcell-GO_0000790-test.txt.gz", "dcell", None, "plain", 3, 0),
        ("sga-trigenic-small.tsv.gz", "sga-trigenic", None, "cross", 2, 1),
        ("sga-trigenic-small.tsv.gz", "sga-trigenic", "fitness", "cross", 4, 1),
        ("sga-digenic-small.tsv.gz", "sga-raw", None, "cross", 2, 0),
        ("sga-digenic-small.tsv.gz", "sga-raw", "fitness", "cross", 10, 0),
        ("sga-digenic-small.tsv.gz", "sga-raw", "array-fitness", "array", 7, 0),
        ("sga-smf-30C.txt.gz", "single-mutant", None, "strain", 1, 0),
        ("sga-dmf.txt.gz", "single-mutant", None, "strain", 1, 0),
        ("costanzo2016-smf.tsv.gz", "single-mutant", None, "strain", 5, 1),
        ("costanzo2016-smf.tsv.gz", "single-mutant", "fitness-26", "strain", 3, 1),
        ("collins2007-emap.tsv.gz", "emap", None, "names", 2, 1),
    ],
)
def test_a_real_file_is_read_as_a_second_program_reads_it(
    mirror: Path,
    tmp_path: Path,
    name: str,
    table_format: str,
    phenotype: str | None,
    genes: str,
    value: int,
    header: int,
) -> None:
    path = mirror / "phenotype" / name
    rows = rows_of(path, " " if genes == "plain" else "\t")[header:]
    find = FINDERS[genes]
    groups, refused = grouped((find(row), row[value]) for row in rows)

    request = Request(phenotype=phenotype)
    manifest = import_tables([path], request, datasets=tmp_path, name="real")
    dataset = read_dataset(tmp_path / "real")
    counts = manifest.counts
    assert manifest.source.table_format == table_format
    assert counts.rows_read == len(rows)
    assert counts.strains == len(groups) == len(dataset.strains)
    assert counts.refused == refused
    assert counts.merged == sum(len(values) - 1 for values in groups.values())
    assert counts.rows_read == counts.strains + counts.merged + counts.refused
    assert counts.genes == len(frozenset().union(*groups))
    assert counts.conflicting == sum(len(set(values)) > 1 for values in groups.values())
    for some, mean, spread, count in zip(
        *(dataset.strains[column] for column in ("genes", "phenotype", "spread", "count")), strict=True
    ):
        values = groups[frozenset(some)]
        assert count == len(values)
        assert math.isclose(mean, statistics.fmean(values), rel_tol=1e-12, abs_tol=1e-15)
        if count > 1:
            assert math.isclose(spread, statistics.stdev(values), rel_tol=1e-9, abs_tol=1e-12)
        else:
            assert math.isnan(spread)


def test_the_published_counts_of_the_real_files(mirror: Path, tmp_path: Path) -> None:
    def rows(name: str) -> int:
        manifest = import_tables([mirror / "phenotype" / name], Request(), datasets=tmp_path, name=name)
        return manifest.counts.rows_read

    assert rows("sga-trigenic-small.tsv.gz") == rows("sga-digenic-small.tsv.gz") == 10_432
    assert rows("costanzo2016-smf.tsv.gz") == 10_859


def test_the_split_that_is_given_with_the_dcell_files(mirror: Path, tmp_path: Path) -> None:
    paths = [mirror / "phenotype" / f"dcell-GO_0006281-{part}.txt.gz" for part in ("train", "test")]
    import_tables(paths, Request(), datasets=tmp_path, name="dna")
    make_split(tmp_path / "dna", "given", SplitConfig(kind="files", files={0: "train", 1: "test"}))
    split = load_split(tmp_path / "dna", "given")
    for path, part, size in zip(paths, (TRAIN, TEST), (8_783, 2_868), strict=True):
        given = {"+".join(sorted(row[1:3])) for row in rows_of(path, " ")}
        assert set(split.strains[split.parts == part]) == given
        assert len(given) == size


def test_held_out_genes_of_the_real_emap(mirror: Path, tmp_path: Path) -> None:
    manifest = import_tables(
        [mirror / "phenotype" / "collins2007-emap.tsv.gz"], Request(), datasets=tmp_path, name="emap"
    )
    assert (manifest.counts.rows_read, manifest.counts.strains) == (186_500, 183_125)
    for kind, new in (("one-gene-new", {1}), ("all-genes-new", {2})):
        make_split(tmp_path / "emap", kind, SplitConfig(kind=kind, folds=5, fold=2))  # type: ignore[arg-type]
        split = load_split(tmp_path / "emap", kind)
        trained = {gene for name in split.strains[split.parts == TRAIN] for gene in name.split("+")}
        tested = split.strains[split.parts == TEST]
        # Of 743 genes, a fold is 148 or 149.
        assert len(split.manifest.held_out["test"]) in (148, 149)
        assert {sum(gene not in trained for gene in name.split("+")) for name in tested} == new
        assert len(tested) > 5_000
