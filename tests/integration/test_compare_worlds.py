"""Comparisons of generated worlds against what was planted in them and against a second opinion, pair by pair."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from dcell_graph.graph import load
from dcell_graph.graph.comparison.changes import changes
from dcell_graph.graph.comparison.compare import CompareConfig, Comparison, compare
from dcell_graph.graph.comparison.filters import Filters
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.sources.world import WorldFiles, preset, write_world
from tests.independent_compare import Rows, follow, ontology_with_obsolete, totals
from tests.independent_sources import read_genome

CUTOFF = date(2017, 7, 19)


def load_world(runner: Neo4jRunner, files: WorldFiles) -> str:
    """Load ontology, genome and both files; the name of the release."""
    load.load_genome(runner, files.features, name="sgd")
    release = load.load_ontology(runner, files.ontology).name
    load.load_annotations(runner, files.sgd_gaf, name="sgd")
    load.load_annotations(runner, files.goa_gaf, name="goa")
    return release


def opinions(files: WorldFiles, until: date | None, exclude: tuple[str, ...]) -> tuple[Rows, Rows]:
    ontology, obsolete = ontology_with_obsolete(files.ontology)
    # The table of the generated world starts with remarks, which the real one has not.
    plain = files.features.with_suffix(".plain")
    plain.write_text("".join(row for row in files.features.read_text().splitlines(keepends=True) if row[0] != "#"))
    genome = read_genome(plain)
    a, b = (
        follow(path, ontology, obsolete, genome, exclude=exclude, until=until)
        for path in (files.sgd_gaf, files.goa_gaf)
    )
    return a, b


def assert_same(result: Comparison, a: Rows, b: Rows) -> None:
    """Every pair, its side, evidence and dates."""
    expected = {}
    for pair in a.pairs.keys() | b.pairs.keys():
        mine, theirs = a.pairs.get(pair), b.pairs.get(pair)
        expected[pair] = (
            "both" if mine and theirs else "only_a" if mine else "only_b",
            *(tuple(sorted(one.evidence)) if one else () for one in (mine, theirs)),
            *(tuple(sorted(day.isoformat() for day in one.days)) if one else () for one in (mine, theirs)),
        )
    columns = ["gene", "term", "side", "evidence_a", "evidence_b", "dates_a", "dates_b"]
    found = {(row[0], row[1]): tuple(row[2:]) for row in result.pairs[columns].itertuples(index=False, name=None)}
    assert found == expected
    assert {name: result.totals[name] for name in totals(a, b)} == totals(a, b)
    assert list(result.pairs["gene"]) == sorted(result.pairs["gene"])


@pytest.mark.parametrize("seed", [1, 7])
def test_a_generated_world(runner: Neo4jRunner, tmp_path: Path, seed: int) -> None:
    files = write_world(preset("tiny", seed=seed), tmp_path / "world")
    release = load_world(runner, files)
    truth = json.loads(files.truth.read_text())["annotations"]["comparison"]
    for until, exclude in ((None, ()), (CUTOFF, ()), (None, ("IEA", "IGI"))):
        filters = Filters(asserted_until=until, exclude_evidence=exclude)
        config = CompareConfig(a="sgd", b="goa", release=release, genome="sgd", filters=filters)
        result = compare(runner, config)
        assert_same(result, *opinions(files, until, exclude))
        if not exclude:
            ending = "" if until is None else "_until_cutoff"
            planted = (truth[f"only_sgd{ending}"], truth[f"only_goa{ending}"], truth[f"in_both{ending}"])
            assert (result.totals["only_a"], result.totals["only_b"], result.totals["both"]) == planted
    whole = compare(runner, CompareConfig(a="sgd", b="goa", release=release, genome="sgd"))
    assert whole.totals["evidence"] == truth["evidence_differs"]
    differs = dict(whole.by_difference.itertuples(index=False, name=None))
    assert (
        sum(n for words, n in differs.items() if "evidence" not in words and "date" in words)
        == (truth["only_dates_differ"])
    )


def test_every_annotation_has_one_fate_between_two_files(runner: Neo4jRunner, tmp_path: Path) -> None:
    files = write_world(preset("tiny", seed=3), tmp_path / "world")
    release = load_world(runner, files)
    result = changes(runner, "sgd", "goa", release=release, genome="sgd")
    frame = result.annotations
    for letter, name in (("a", "sgd"), ("b", "goa")):
        # Each file names every gene by one product, so an annotation is one row.
        stored = {row["line"] for row in runner.read("check/annotations", source=name)}
        lines = [line for line in frame[f"line_{letter}"] if line is not None]
        assert sorted(lines) == sorted(stored)
    same = frame["change"].isin(["unchanged", "re-dated"]).to_numpy()
    for fact in ("not", "evidence", "paper", "with_from"):
        assert (frame[f"{fact}_a"] == frame[f"{fact}_b"])[same].all()
    assert (frame["dates_a"] == frame["dates_b"]).to_numpy()[same].sum() == result.totals["unchanged"]
    evidence = frame[(frame["change"] == "evidence changed").to_numpy()]
    assert len(evidence) and (evidence["evidence_a"] != evidence["evidence_b"]).all()
    assert (evidence["paper_a"] == evidence["paper_b"]).all()


def test_a_file_and_its_shuffled_copy_are_the_same(runner: Neo4jRunner, tmp_path: Path) -> None:
    files = write_world(preset("tiny", seed=5), tmp_path / "world")
    release = load_world(runner, files)
    head = [line for line in files.sgd_gaf.read_text().splitlines(keepends=True) if line.startswith("!")]
    rows = pd.Series([line for line in files.sgd_gaf.read_text().splitlines(keepends=True) if line[0] != "!"])
    # One row less makes another content; the rest stands in another order.
    shuffled = tmp_path / "shuffled.gaf"
    shuffled.write_text("".join([*head, *rows.iloc[1:].sample(frac=1.0, random_state=0)]))
    load.load_annotations(runner, shuffled, name="shuffled")
    result = changes(runner, "sgd", "shuffled", release=release, genome="sgd")
    assert sum(number for change, number in result.totals.items() if change not in ("unchanged",)) <= 2
    assert result.totals["added"] == 0
