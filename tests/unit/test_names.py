"""The search among names: what fits, and what comes first."""

from __future__ import annotations

import pytest

from dcell_graph.graph.names import Named, NameIndex

NAMES = NameIndex(
    [
        Named(id="GO:1", name="repair of ships", others=("mending",)),
        Named(id="GO:2", name="DNA repair"),
        Named(id="GO:3", name="repair", note="obsolete"),
        Named(id="GO:4", name="upkeep", others=("repair", "Straße")),
        Named(id="GO:5", name="a|b (50%) [x] .*"),
    ]
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # Equal names first, those in use before obsolete ones; then what begins so, then the rest.
        ("Repair", ["GO:4", "GO:3", "GO:1", "GO:2"]),
        ("MEND", ["GO:1"]),
        ("go:2", ["GO:2"]),
        ("STRASSE", ["GO:4"]),
        (".*", ["GO:5"]),
        ("(50%)", ["GO:5"]),
        ("[x", ["GO:5"]),
        ("  dna ", ["GO:2"]),
        ("", []),
        ("nothing", []),
    ],
)
def test_any_part_of_any_name_is_found_and_every_character_is_itself(text: str, found: list[str]) -> None:
    hits = NAMES.find(text, most=10)
    assert [hit.named.id for hit in hits.first] == found
    assert hits.total == len(found)


def test_only_so_many_are_returned_and_the_total_is_told() -> None:
    hits = NAMES.find("r", most=2)
    assert (hits.total, len(hits.first)) == (4, 2)


def test_the_name_that_fits_best_is_told() -> None:
    (hit,) = NAMES.find("mend", most=5).first
    assert (hit.named.name, hit.matched) == ("repair of ships", "mending")
    assert NAMES.get("GO:2") == Named(id="GO:2", name="DNA repair")
    assert NAMES.get("GO:9") is None
    assert len(NAMES) == 5
