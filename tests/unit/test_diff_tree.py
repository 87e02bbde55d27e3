"""The tree of a difference, and frozen snapshots compared without a database, by hand."""

from __future__ import annotations

from dcell_graph.snapshot.diff.frozen import changes_between, differ_frozen
from dcell_graph.snapshot.diff.tree import Node, grow
from tests.snapshots import make_snapshot

# C hangs below A and B. D is lost, E is gained; F and its child G are the same.
SAME = [("A", "R"), ("B", "R"), ("C", "A"), ("C", "B"), ("F", "R"), ("G", "F")]
BEFORE = make_snapshot([*SAME, ("D", "C")], [("D", "g1"), ("G", "g2")])
AFTER = make_snapshot([*SAME, ("E", "C")], [("E", "g1"), ("G", "g2"), ("G", "g3")])
FOUND = differ_frozen(BEFORE, AFTER, ("before", "after"))


def lines(nodes: tuple[Node, ...], indent: str = "") -> list[str]:
    shown = []
    for node in nodes:
        facts = [node.change or "same", f"+{node.gained}", f"-{node.lost}"]
        facts += ["above"] * node.above + [f"and {node.hidden} more"] * bool(node.hidden)
        shown += [f"{indent}{node.term} {' '.join(facts)}", *lines(node.children, indent + "  ")]
    return shown


def test_each_changed_term_is_counted_once_and_shown_once() -> None:
    assert lines(grow(FOUND, depth=9, width=None)) == [
        "R same +1 -1",
        "  A same +1 -1",
        "    C same +1 -1",
        "      D lost +0 -0",
        "      E gained +0 -0",
        "  B same +1 -1",
        "    C same +1 -1 above",
    ]


def test_depth_and_width() -> None:
    assert lines(grow(FOUND, depth=0, width=None)) == ["R same +1 -1"]
    assert lines(grow(FOUND, depth=1, width=1)) == ["R same +1 -1 and 1 more", "  A same +1 -1"]
    # What was cut off by the depth has not been shown above.
    assert lines(grow(FOUND, depth=2, width=None))[-1] == "    C same +1 -1 above"


def test_nothing_differs() -> None:
    assert grow(differ_frozen(BEFORE, BEFORE, ("a", "b")), depth=3, width=None) == ()


def test_links_that_turn_round_make_no_circle() -> None:
    """X hangs below Y in one and Y below X in the other; Z hung below X."""
    one = make_snapshot([("Y", "R"), ("X", "Y"), ("Z", "X")], [("Z", "g1")])
    two = make_snapshot([("X", "R"), ("Y", "X")], [("Y", "g1")])
    assert lines(grow(differ_frozen(one, two, ("one", "two")), depth=9, width=None)) == [
        "R same +0 -1",
        "  X same +0 -1",
        "    Z lost +0 -0",
    ]


def test_links_and_pairs_of_frozen_snapshots() -> None:
    links = {(row["change"], row["child"], row["parent"]): row["happened"] for row in FOUND.links.to_dict("records")}
    assert links == {("lost", "D", "C"): "with its term", ("gained", "E", "C"): "with its term"}
    pairs = {(row["change"], row["term"], row["gene"]): row["happened"] for row in FOUND.pairs.to_dict("records")}
    assert pairs == {
        ("lost", "D", "g1"): "with its term",
        ("gained", "E", "g1"): "with its term",
        ("gained", "G", "g3"): "both have its term",
    }


def test_another_file_of_the_same_name_is_a_cause() -> None:
    manifest = BEFORE.manifest
    other = manifest.ontology.model_copy(update={"sha256": "f" * 64})
    assert list(changes_between(manifest, manifest.model_copy(update={"ontology": other}))) == [
        f"another ontology under the name {manifest.ontology.release}"
    ]
    assert list(changes_between(manifest, manifest.model_copy(update={"recipe": {"format": "of a peer"}}))) == [
        "recipe: one of this program → one of another program"
    ]
