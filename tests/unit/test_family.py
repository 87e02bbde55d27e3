"""Families of annotation files, and what is said of one that has shrunk."""

from __future__ import annotations

import pytest

from dcell_graph.graph.family import Family, titles
from dcell_graph.graph.shrink import Change, Shrinkage
from dcell_graph.sources.taxa import species_of, taxa_of_species


def test_a_family_is_named_by_what_tells_it_from_others() -> None:
    yeast, human = Family("UniProtKB", "4932", False), Family("UniProtKB", "9606", False)
    nothing, sgd, made = Family("UniProtKB", None, False), Family("SGD", "4932", False), Family("SGD", "4932", True)
    assert titles([yeast, sgd, yeast]) == {yeast: "UniProtKB", sgd: "SGD"}
    assert titles([yeast, human, nothing]) == {
        yeast: "UniProtKB, taxon 4932",
        human: "UniProtKB, taxon 9606",
        nothing: "UniProtKB, no taxon",
    }
    assert titles([sgd, made]) == {sgd: "SGD", made: "SGD, generated"}
    assert titles([made]) == {made: "SGD"}


@pytest.mark.parametrize(
    ("taxon", "species"),
    [
        ("taxon:559292", "4932"),
        ("taxon:4932", "4932"),
        ("taxon:9606", "9606"),
        ("taxon:559292|taxon:9606", "4932"),
        ("taxon:9606|taxon:559292", "9606"),
        ("yeast", None),
        ("", None),
        (None, None),
    ],
)
def test_the_species_of_a_product(taxon: str | None, species: str | None) -> None:
    assert species_of(taxon) == species


def test_a_species_has_its_strains() -> None:
    assert taxa_of_species("562") == ("562", "83333")
    assert taxa_of_species("9606") == ("9606",)
    assert {"4932", "559292"} <= set(taxa_of_species("4932"))


def test_only_what_fell_is_said_to_have_fallen() -> None:
    shrunk = Shrinkage(
        kind="AnnotationFile",
        older="old",
        newer="new",
        totals=(Change(what="annotations", before=3, after=6), Change(what="genes", before=4, after=2)),
        parts=(Change(what="IDA", before=1, after=6), Change(what="IEA", before=2, after=0)),
        lost=("A", "B"),
    )
    assert shrunk.sentence() == (
        "new is much smaller than old: 4 to 2 genes (-50 %); by evidence: IEA 2 to 0; "
        "genes that lost all annotations: 2 (A, B)"
    )
