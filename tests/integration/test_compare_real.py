"""The real files against a second opinion row by row, and against numbers that were published with the prototype."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

from dcell_graph.graph import load
from dcell_graph.graph.comparison.compare import CompareConfig, compare
from dcell_graph.graph.comparison.filters import Filters
from dcell_graph.graph.comparison.waterfall import waterfall
from dcell_graph.graph.runner import Neo4jRunner
from tests.independent_compare import Rows, follow, ontology_with_obsolete, totals
from tests.independent_sources import read_genome
from tests.real_files import GENOME, ONTOLOGY

pytestmark = pytest.mark.real_data

FILES = {
    "sgd-2011-12-24": "gaf/sgd-2011-12-24.gaf.gz",
    "goa_yeast-2016-10-03": "gaf/goa_yeast-2016-10-03.gaf.gz",
    "goa_yeast-2019-10-15": "gaf/goa_yeast-2019-10-15.gaf.gz",
}
CUTOFF = date(2017, 7, 19)
# Rows (not annotations), NOT and IGI left out, ND kept: NOT, evidence, no gene, unknown or obsolete, kept, pairs.
PUBLISHED = {
    "sgd-2011-12-24": (112, 3_189, 3_841, 467, 80_102, 55_870),
    "goa_yeast-2016-10-03": (293, 3_834, 1_209, 1, 61_801, 48_126),
    "goa_yeast-2019-10-15": (39, 3_638, 1_054, 289, 85_436, 52_972),
}
PUBLISHED_TOTALS = {
    ("sgd-2011-12-24", "goa_yeast-2016-10-03"): (22_979, 15_235, 32_891, 8_185, 15_291),
    ("goa_yeast-2016-10-03", "goa_yeast-2019-10-15"): (7_898, 12_744, 40_228, 10_329, 20_489),
    ("sgd-2011-12-24", "goa_yeast-2019-10-15"): (22_528, 19_630, 33_342, 15_573, 20_212),
}
AS_PUBLISHED = Filters(no_data="keep", exclude_evidence=("IGI",))


@pytest.fixture(scope="module")
def three(real_runner: Neo4jRunner, mirror: Path) -> Iterator[Neo4jRunner]:
    """The database with all three files; the third goes again, since other tests expect two."""
    name = "goa_yeast-2016-10-03"
    load.load_annotations(real_runner, mirror / FILES[name], name=name)
    yield real_runner
    load.remove(real_runner, "AnnotationFile", name)


@pytest.fixture(scope="module")
def opinions(mirror: Path) -> dict[str, Rows]:
    ontology, obsolete = ontology_with_obsolete(mirror / ONTOLOGY)
    genome = read_genome(mirror / GENOME)
    return {
        name: follow(mirror / path, ontology, obsolete, genome, exclude=("IGI",), with_no_data=True)
        for name, path in FILES.items()
    }


def repeated_rows(path: Path) -> Counter[str]:
    """With pandas: of the rows that repeat an annotation, how many have NOT, evidence IGI, or neither."""
    columns = ["db", "id", "symbol", "qualifier", "term", "reference", "evidence", "with_from", "aspect", "name", "syn"]
    columns += ["type", "taxon", "date", "by", "extension", "form"]
    rows = pd.read_csv(path, sep="\t", comment="!", header=None, names=columns, dtype=str, quoting=3, na_filter=False)

    def in_any_order(text: str) -> str:
        return "|".join(sorted(",".join(sorted(group.split(","))) for group in text.split("|")))

    def paper(text: str) -> str:
        parts = text.split("|")
        return next((part for part in parts if part.startswith("PMID:")), parts[0])

    identity = rows[["db", "id", "qualifier", "term", "evidence", "form"]].assign(
        # Where the qualifier names no relation, the aspect implies one.
        implied=rows["aspect"].where(rows["qualifier"].isin(["", "NOT"]), ""),
        paper=rows["reference"].map(paper),
        with_from=rows["with_from"].map(in_any_order),
        extension=rows["extension"].map(in_any_order),
    )
    again = rows[identity.duplicated()]
    negated = again["qualifier"].str.contains("NOT")
    return Counter(
        negated.map({True: "NOT", False: ""}).where(negated, again["evidence"].where(again["evidence"] == "IGI", ""))
    )


def test_the_second_opinion_finds_the_published_numbers(opinions: dict[str, Rows]) -> None:
    for name, rows in opinions.items():
        reasons = rows.reasons
        gone = reasons["unknown"] + reasons["obsolete"]
        found = (reasons["NOT"], reasons["evidence"], reasons["gene"], gone, reasons["kept"], len(rows.pairs))
        assert found == PUBLISHED[name], name
    for (a, b), numbers in PUBLISHED_TOTALS.items():
        found_totals = totals(opinions[a], opinions[b])
        names = ("only_a", "only_b", "both", "evidence", "date")
        assert tuple(found_totals[key] for key in names) == numbers


def test_waterfalls_of_the_real_files(three: Neo4jRunner, mirror: Path, opinions: dict[str, Rows]) -> None:
    result = waterfall(three, tuple(FILES), release="2016-12-06", genome="sgd", filters=AS_PUBLISHED)
    for name, path in FILES.items():
        steps = result.steps[(result.steps["source"] == name).to_numpy()]
        number = dict(zip(steps["step"], steps["number"], strict=True))
        repeated = repeated_rows(mirror / path)
        reasons = opinions[name].reasons
        assert number["rows read"] == reasons.total()
        assert number["merged into another row"] == repeated.total()
        # The second opinion counts rows: an annotation is left out once, however many rows state it.
        assert number["NOT"] == reasons["NOT"] - repeated["NOT"]
        assert number["evidence IGI"] == reasons["evidence"] - repeated["IGI"]
        genes = sum(n for step, n in number.items() if step.startswith("gene: "))
        others = genes + number["term: unknown"] + number["term: obsolete"] + number["kept annotations"]
        rows = reasons["gene"] + reasons["unknown"] + reasons["obsolete"] + reasons["kept"]
        assert others == rows - repeated[""]
        assert number["pairs"] == len(opinions[name].pairs)
        assert number["kept annotations"] <= reasons["kept"] <= number["kept annotations"] + repeated[""]


def test_comparisons_of_the_real_files(three: Neo4jRunner, opinions: dict[str, Rows]) -> None:
    for a, b in combinations(FILES, 2):
        config = CompareConfig(a=a, b=b, release="2016-12-06", genome="sgd", filters=AS_PUBLISHED)
        result = compare(three, config)
        expected = totals(opinions[a], opinions[b])
        assert {name: result.totals[name] for name in expected} == expected
        side = dict(
            zip(zip(result.pairs["gene"], result.pairs["term"], strict=True), result.pairs["side"], strict=True)
        )
        mine, theirs = opinions[a].pairs.keys(), opinions[b].pairs.keys()
        assert side == {
            pair: "both" if pair in mine and pair in theirs else "only_a" if pair in mine else "only_b"
            for pair in mine | theirs
        }


def test_a_cut_by_date_is_not_an_earlier_release(three: Neo4jRunner, mirror: Path) -> None:
    """Electronic annotations get a new date in each release, so a date limit on the 2019 file drops all of them."""
    filters = Filters(no_data="keep", exclude_evidence=("IGI",), asserted_until=CUTOFF)
    newest = "goa_yeast-2019-10-15"
    result = waterfall(three, (newest,), release="2016-12-06", genome="sgd", filters=filters)
    number = dict(zip(result.steps["step"], result.steps["number"], strict=True))
    # The published 37,704 pairs; without the limit there are 52,972.
    assert number["pairs"] == 37_704
    pairs = compare(
        three,
        CompareConfig(a="goa_yeast-2016-10-03", b=newest, release="2016-12-06", genome="sgd", filters=filters),
    )
    codes = pairs.by_evidence[["evidence", "annotations_a", "annotations_b"]].itertuples(index=False, name=None)
    electronic = {code: (a, b) for code, a, b in codes}["IEA"]
    assert electronic[0] > 0 and electronic[1] == 0
    assert any("Instead of goa_yeast-2019-10-15, goa_yeast-2016-10-03 (2016-10-03)" in note for note in pairs.notes)
