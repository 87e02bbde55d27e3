"""What a snapshot has to be: each rule broken once, and what its id depends on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcell_graph.errors import SnapshotError
from dcell_graph.snapshot.schema import TABLES, Snapshot, content_id, typed
from tests.snapshots import make_snapshot, random_snapshot

# GO:3 below GO:1 and GO:2, both below GO:0.
LINKS = [("GO:1", "GO:0"), ("GO:2", "GO:0"), ("GO:3", "GO:1"), ("GO:3", "GO:2")]
PAIRS = [("GO:1", "A"), ("GO:3", "A"), ("GO:3", "B")]
TERMS = ["GO:0", "GO:1", "GO:2", "GO:3"]


def diamond() -> Snapshot:
    return make_snapshot(LINKS, PAIRS, terms=TERMS)


def with_cell(table: str, row: int, column: str, value: Any) -> Snapshot:
    """The diamond with one cell changed."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        changed: pd.DataFrame = frame.copy()
        changed.loc[row, column] = value
        return changed

    return with_rows(table, change)


def with_rows(table: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Snapshot:
    """The diamond with one table changed."""
    changed: dict[str, Any] = {table: change(getattr(diamond(), table))}
    return dataclasses.replace(diamond(), **changed)


def twice(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame, frame.iloc[[1]]], ignore_index=True)


def without_rows(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.iloc[:0]


def loose(links: list[tuple[str, str]]) -> Snapshot:
    return make_snapshot(links, PAIRS, terms=TERMS, validate=False)


@pytest.mark.parametrize(
    ("broken", "violation"),
    [
        (loose(LINKS[1:]), "it has 2 roots (GO:0, GO:1), expected one"),
        (loose([*LINKS, ("GO:0", "GO:3")]), "its hierarchy has a cycle through GO:0, GO:1, GO:2, GO:3"),
        (loose([*LINKS, ("GO:1", "GO:3")]), "its hierarchy has a cycle through GO:1, GO:3"),
        (loose([*LINKS, ("GO:2", "GO:2")]), "its hierarchy has a cycle through GO:2"),
        (make_snapshot([], [], validate=False), "it has no terms"),
        (with_cell("terms", 2, "term", "GO:1"), "term GO:1 occurs twice"),
        (with_cell("genes", 1, "gene", "A"), "gene A occurs twice"),
        (with_cell("terms", 2, "index", 5), "the index column of the term table is not 0 to 3"),
        (with_cell("genes", 0, "index", 1), "the index column of the gene table is not 0 to 1"),
        (
            with_rows("terms", lambda frame: frame.iloc[::-1].reset_index(drop=True)),
            "the index column of the term table is not 0 to 3",
        ),
        (with_cell("parents", 1, "child_index", 4), "parents.child_index holds 4, but there are 4 rows"),
        (with_cell("parents", 1, "parent_index", -1), "parents.parent_index holds -1, but there are 4 rows"),
        (with_cell("annotations", 2, "term_index", 9), "annotations.term_index holds 9, but there are 4 rows"),
        (with_cell("annotations", 2, "gene_index", 2), "annotations.gene_index holds 2, but there are 2 rows"),
        (
            with_cell("parents", 2, "child", "GO:1"),
            "parents.child and parents.child_index name different things in row 2",
        ),
        (
            with_cell("parents", 2, "parent_index", 2),
            "parents.parent and parents.parent_index name different things in row 2",
        ),
        (
            with_cell("annotations", 1, "term_index", 2),
            "annotations.term and annotations.term_index name different things in row 1",
        ),
        (
            with_cell("annotations", 0, "gene", "B"),
            "annotations.gene and annotations.gene_index name different things in row 0",
        ),
        (with_rows("parents", twice), "parents lists GO:2 and GO:0 twice"),
        (with_rows("annotations", twice), "annotations lists GO:3 and A twice"),
        (with_cell("terms", 2, "name", None), "terms.name holds nulls"),
        (with_cell("annotations", 0, "first_date", None), "annotations.first_date holds nulls"),
    ],
)
def test_a_broken_rule_is_named(broken: Snapshot, violation: str) -> None:
    with pytest.raises(SnapshotError) as caught:
        broken.validate()
    assert str(caught.value) == f"snapshot by-hand breaks a rule: {violation}"


def test_what_keeps_the_rules_passes() -> None:
    snapshot = diamond()
    snapshot.validate()

    assert snapshot.root == 0
    assert make_snapshot([("GO:1", "GO:2"), ("GO:2", "GO:3")], [], terms=["GO:1", "GO:2", "GO:3"]).root == 2
    # One term, no link, no gene is the smallest snapshot there is.
    assert make_snapshot([], [], terms=["GO:0"]).root == 0
    with_rows("annotations", without_rows).validate()


# ---- the id


def identified(snapshot: Snapshot) -> str:
    return content_id(snapshot.manifest.recipe, {name: getattr(snapshot, name) for name in TABLES})


def removed_one(**changes: str) -> Snapshot:
    row = {"term": "GO:9", "name": "nine", "namespace": "p", "stage": "contained", "reason": "few", "equal_to": ""}
    frame = typed("removed", pd.DataFrame([row | changes]).assign(direct_genes=1, contained_genes=1))
    return dataclasses.replace(diamond(), removed=frame)


def test_every_part_of_the_content_is_in_the_id() -> None:
    variants = [
        diamond(),
        loose(LINKS[:3]),
        make_snapshot(LINKS, PAIRS[:2], terms=TERMS, genes=["A", "B"]),
        make_snapshot(LINKS, PAIRS, terms=TERMS, genes=["A", "B", "C"]),
        make_snapshot(LINKS, PAIRS, terms=[*TERMS, "GO:4"], validate=False),
        with_cell("terms", 0, "namespace", "molecular_function"),
        with_cell("terms", 0, "artificial", True),
        with_cell("annotations", 0, "evidence", "IMP"),
        with_cell("annotations", 0, "first_date", "2011-01-01"),
        removed_one(),
        removed_one(term="GO:8"),
        removed_one(stage="redundant"),
    ]
    ids = [identified(variant) for variant in variants]

    assert len(set(ids)) == len(ids)
    tables = {name: getattr(diamond(), name) for name in TABLES}
    assert content_id({"record": "any"}, tables) != content_id({"record": "last"}, tables)


@pytest.mark.parametrize(
    "same",
    [
        with_cell("terms", 0, "name", "another name"),
        with_cell("terms", 0, "depth", 7),
        with_cell("parents", 0, "kind", "bridge"),
        with_cell("genes", 0, "symbol", "AAA1"),
        make_snapshot(LINKS, PAIRS, terms=TERMS, name="another"),
        make_snapshot(LINKS[::-1], PAIRS[::-1], terms=TERMS[::-1], genes=["B", "A"]),
    ],
)
def test_names_numbers_and_order_are_not(same: Snapshot) -> None:
    assert identified(same) == identified(diamond())


def test_names_and_reasons_of_removed_terms_are_not() -> None:
    assert identified(removed_one(name="neuf", reason="none", equal_to="GO:1")) == identified(removed_one())


def test_the_order_of_recipe_options_is_not() -> None:
    tables = {name: getattr(diamond(), name) for name in TABLES}

    assert content_id({"a": 1, "b": 2}, tables) == content_id({"b": 2, "a": 1}, tables)


@given(st.integers(0, 2**32 - 1))
def test_the_id_does_not_depend_on_the_order_of_rows(seed: int) -> None:
    snapshot = random_snapshot(seed, n_terms=6, n_genes=5, n_pairs=9)
    shuffled = {name: getattr(snapshot, name).sample(frac=1, random_state=seed) for name in TABLES}

    assert content_id(snapshot.manifest.recipe, shuffled) == snapshot.manifest.snapshot_id


# ---- columns and types


def test_a_table_gets_its_columns_and_types() -> None:
    frame = pd.DataFrame({"symbol": ["AAA1"], "extra": [1.5], "gene": ["A"], "index": [0]}, index=[7])
    found = typed("genes", frame)

    assert list(found.columns) == ["index", "gene", "symbol"]
    assert found["index"].dtype == "int32"
    assert found.index.tolist() == [0]
    assert found.to_dict("records") == [{"index": 0, "gene": "A", "symbol": "AAA1"}]


def test_a_table_without_its_columns_or_types_is_refused() -> None:
    with pytest.raises(SnapshotError, match=r"the table genes lacks columns: .* found no gene, symbol"):
        typed("genes", pd.DataFrame({"index": [0]}))
    for index in ("first", None):
        frame = pd.DataFrame({"index": [index], "gene": ["A"], "symbol": ["A"]})
        with pytest.raises(SnapshotError, match="the table genes holds values of another type: found "):
            typed("genes", frame)
