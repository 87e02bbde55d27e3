"""Which strains are one to a model, and the best fit that is left; by hand, and against loops over strains."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcell_graph.errors import InputError, NotFound
from dcell_graph.snapshot.coverage import Coverage, cover
from dcell_graph.snapshot.coverage_sentences import explain
from dcell_graph.snapshot.strain_groups import BestFit, Ints, best_fit, equal_rows, read_deletions
from dcell_graph.snapshot.visible import visible_genes
from tests.snapshots import make_snapshot, random_snapshot

# A and B hang on alpha, C and D on beta, E on both; F is in the snapshot without a pair.
SNAPSHOT = make_snapshot(
    [("alpha", "root"), ("beta", "root")],
    [("alpha", "A"), ("alpha", "B"), ("beta", "C"), ("beta", "D"), ("alpha", "E"), ("beta", "E")],
    genes=["A", "B", "C", "D", "E", "F"],
)
STRAINS = {
    "Y+Z": (("Y", "Z"), 2.0),
    "A+X": (("A", "X"), 1.0),
    "A+Y": (("A", "Y"), 3.0),
    "A": (("A",), 2.0),
    "B": (("B",), 5.0),
    "C+D": (("C", "D"), 4.0),
    "F": (("F",), 0.0),
}


Strains = Mapping[str, tuple[tuple[str, ...], float]]


def covered(strains: Strains = STRAINS, parts: Mapping[str, Ints] | None = None) -> Coverage:
    return cover(
        SNAPSHOT,
        names=list(strains),
        genes=[genes for genes, _ in strains.values()],
        labels=[label for _, label in strains.values()],
        parts=parts,
    )


def _group(number: int, *, strains: int, mean: float, lowest: float, highest: float) -> dict[str, object]:
    return {"group": number, "strains": strains, "mean": mean, "lowest": lowest, "highest": highest}


def test_groups_by_hand() -> None:
    found = covered()

    groups = found.groups.to_dict("records")
    assert groups == [
        {
            **_group(0, strains=3, mean=2.0, lowest=1.0, highest=3.0),
            "genes": ("A",),
            "members": ("A", "A+X", "A+Y"),
        },
        {
            **_group(1, strains=2, mean=1.0, lowest=0.0, highest=2.0),
            "genes": (),
            "members": ("F", "Y+Z"),
        },
    ]
    assert found.strains["strain"].tolist() == ["A", "A+X", "A+Y", "B", "C+D", "F", "Y+Z"]
    assert found.strains["group"].tolist() == [0, 0, 0, 2, 3, 1, 1]
    assert found.strains["visible"].tolist() == [1, 1, 1, 1, 2, 0, 0]
    assert found.fully_visible == 3  # A, B, C+D
    assert found.steps is None


def test_the_best_fit_by_hand() -> None:
    (row,) = covered().fits.to_dict("records")

    # Sum of squares within groups: 1 + 0 + 1 for A, 1 + 1 for wild type. In all: 59 - 17 * 17 / 7 = 124 / 7.
    assert (row["part"], row["strains"], row["groups"], row["shared"], row["like_wild_type"]) == ("all", 7, 4, 5, 2)
    assert row["r2"] == pytest.approx(24 / 31, abs=1e-15)
    assert row["pearson"] == pytest.approx(math.sqrt(24 / 31), abs=1e-15)
    assert (row["genotype_r2"], row["genotype_pearson"]) == (1.0, 1.0)


def test_each_part_has_its_own_fit() -> None:
    # Positions: of Y+Z, A+X, A+Y and B; of A and F, which are different; of nobody.
    parts = {"training": np.array([0, 1, 2, 4]), "test": np.array([3, 6]), "validation": np.array([], np.int64)}
    rows = {row["part"]: row for row in covered(parts=parts).fits.to_dict("records")}

    # 2 (the wild type), 1 and 3 (A), 5 (B): within 2, in all 39 - 121 / 4 = 35 / 4.
    assert rows["training"]["r2"] == pytest.approx(1 - 8 / 35, abs=1e-15)
    assert [rows["training"][key] for key in ("strains", "groups", "shared", "like_wild_type")] == [4, 3, 2, 1]
    assert (rows["test"]["r2"], rows["test"]["groups"], rows["test"]["like_wild_type"]) == (1.0, 2, 1)
    assert rows["validation"]["strains"] == 0 and math.isnan(rows["validation"]["r2"])


def test_repeats_are_told_from_what_the_snapshot_hides() -> None:
    strains = {"C": (("C",), 1.0), "C again": (("C",), 3.0), "X": (("X",), 4.0), "Y": (("Y",), 8.0)}
    (row,) = covered(strains).fits.to_dict("records")

    # Mean 4, in all 9 + 1 + 0 + 16 = 26; the repeats cost 2, and X and Y, which look like wild type, 8 more.
    assert row["genotype_r2"] == pytest.approx(1 - 2 / 26, abs=1e-15)
    assert row["r2"] == pytest.approx(1 - 10 / 26, abs=1e-15)


def test_genes_and_how_many_strains_lack_them() -> None:
    rows = covered().genes[["gene", "strains", "visible"]].itertuples(index=False, name=None)
    assert list(rows) == [
        ("A", 3, True),
        ("Y", 2, False),
        *[("B", 1, True), ("C", 1, True), ("D", 1, True), ("F", 1, False), ("X", 1, False), ("Z", 1, False)],
    ]


def test_strains_that_only_single_weights_tell_apart() -> None:
    found = covered()
    assert found.alike_genes.to_dict("records") == [
        {"genes": ("A", "B"), "terms": ("alpha",)},
        {"genes": ("C", "D"), "terms": ("beta",)},
    ]
    assert found.only_by_weights == 4  # the three of A, and B
    # A+C and B+D hang on alpha and beta, as E does, but E is one gene; A+B are two genes on alpha, A is one.
    pairs = {"A+C": (("A", "C"), 1.0), "B+D": (("B", "D"), 2.0), "E": (("E",), 3.0), "A+B": (("A", "B"), 4.0)}
    found = covered({**pairs, "A": (("A",), 5.0)})
    assert found.only_by_weights == 2
    assert found.fits["groups"].tolist() == [5]


def test_order_of_strains_and_of_genes_plays_no_part() -> None:
    turned = {name: (genes[::-1], label) for name, (genes, label) in reversed(STRAINS.items())}
    one, other = covered(), covered(turned)
    for frame in ("groups", "fits", "genes", "alike_genes"):
        assert getattr(one, frame).equals(getattr(other, frame)), frame
    assert one.strains.drop(columns="genes").equals(other.strains.drop(columns="genes"))


def test_visible_genes_have_a_pair() -> None:
    assert visible_genes(SNAPSHOT)[0] == ["A", "B", "C", "D", "E"]


@pytest.mark.parametrize(
    ("strains", "words"),
    [
        ({}, "there are no strains"),
        ({"X": (("X",), 1.0), "F": (("F",), 2.0)}, r"genes such as A, B, C, found genes such as F, X; use"),
        ({"A": (("A",), 1.0), "B": (("B",), math.nan)}, "1 that are not, the first of strain B"),
        ({"A": (("A",), math.inf)}, "the first of strain A"),
    ],
)
def test_what_cannot_be_covered(strains: Strains, words: str) -> None:
    with pytest.raises(InputError, match=words):
        covered(strains)


def test_columns_that_do_not_fit() -> None:
    with pytest.raises(InputError, match="each name once, found B"):
        cover(SNAPSHOT, names=["A", "B", "B"], genes=[["A"], ["B"], ["C"]], labels=[1, 2, 3])
    with pytest.raises(InputError, match="2 strains, 1 sets of genes, 2 labels"):
        cover(SNAPSHOT, names=["A", "B"], genes=[["A"]], labels=[1, 2])


def test_fits_that_are_not_defined() -> None:
    fit = best_fit(np.array([0.1, 0.1, 0.1]), np.array([0, 0, 1]))
    assert (fit.r2, fit.pearson) == (None, None)
    assert best_fit(np.array([]), np.array([], np.int64)) == BestFit(r2=None, pearson=None)
    # Everybody looks the same: the mean explains nothing, and a constant has no correlation.
    assert best_fit(np.array([1.0, 2.0]), np.array([7, 7])) == BestFit(r2=0.0, pearson=None)
    # Two groups of the same mean: nothing is explained, and no function of the group correlates.
    assert best_fit(np.array([1.0, 3.0, 2.0, 2.0]), np.array([0, 0, 1, 1])) == BestFit(r2=0.0, pearson=0.0)
    fits = covered({"A": (("A",), 2.0), "B": (("B",), 2.0)}).fits
    assert fits[["r2", "pearson", "genotype_r2"]].isna().all(axis=None)


@pytest.mark.parametrize("unit", [1e-200, 1.0, 1e200])
def test_the_unit_of_labels_plays_no_part(unit: float) -> None:
    labels = unit * np.array([2.0, 1, 3, 2, 5, 4, 0])
    fit = best_fit(labels, np.array([1, 0, 0, 0, 2, 3, 1]))
    assert fit.r2 == pytest.approx(24 / 31, abs=1e-14)


@pytest.mark.parametrize("away", [0.0, 1e6])
def test_a_perfect_fit_is_exactly_one(away: float) -> None:
    # Sums of tenths are not exact, but labels that are equal within their groups leave nothing to explain.
    labels = away + np.repeat([0.1, 0.7, -0.3], [3, 6, 7])
    assert best_fit(labels, np.repeat([4, 2, 9], [3, 6, 7])) == BestFit(r2=1.0, pearson=1.0)


@given(st.lists(st.lists(st.integers(0, 4), max_size=4), max_size=12))
def test_equal_rows_are_those_that_hold_the_same(rows: list[list[int]]) -> None:
    row = np.array([place for place, values in enumerate(rows) for _ in values], np.int64)
    value = np.array([value for values in rows for value in values], np.int64)
    numbers = equal_rows(row, value, len(rows)).tolist()

    for one, number in zip(rows, numbers, strict=True):
        for other, another in zip(rows, numbers, strict=True):
            assert (number == another) == (Counter(one) == Counter(other))


GENES = [f"Y{number:03d}W" for number in range(6)] + ["HIDDEN1", "HIDDEN2"]


@given(
    st.integers(0, 5),
    st.lists(st.tuples(st.sets(st.sampled_from(GENES), min_size=1, max_size=3), st.integers(-9, 9)), min_size=2),
)
def test_against_a_loop_over_strains(seed: int, strains: list[tuple[set[str], int]]) -> None:
    random = Random(seed)
    snapshot = random_snapshot(seed, n_terms=5, n_genes=6, n_pairs=8)
    assert set(GENES[:6]) == set(snapshot.annotations["gene"])
    strains = [({"Y000W"}, 0), *strains]
    labels = [float(label) for _, label in strains]
    names = [f"s{number:03d}" for number in range(len(strains))]
    found = cover(snapshot, names=names, genes=[sorted(genes) for genes, _ in strains], labels=labels)

    own: dict[frozenset[str], list[float]] = defaultdict(list)
    for genes, label in strains:
        own[frozenset(genes) - {"HIDDEN1", "HIDDEN2"}].append(float(label))
    sizes = sorted((len(some) for some in own.values()), reverse=True)
    assert found.groups["strains"].tolist() == [size for size in sizes if size > 1]
    row = found.fits.iloc[0]
    assert (row["groups"], row["shared"]) == (len(own), sum(size for size in sizes if size > 1))
    assert row["like_wild_type"] == len(own.get(frozenset(), []))

    mean = math.fsum(labels) / len(labels)
    total = math.fsum((label - mean) ** 2 for label in labels)
    if len(set(labels)) == 1:
        assert math.isnan(row["r2"])
        return

    def r2_of(guesses: dict[frozenset[str], float]) -> float:
        return 1 - math.fsum((label - guesses[key]) ** 2 for key, some in own.items() for label in some) / total

    assert row["r2"] == pytest.approx(r2_of({key: math.fsum(some) / len(some) for key, some in own.items()}), abs=1e-12)
    for _ in range(5):
        guesses = {key: random.uniform(-9, 9) for key in own}
        assert r2_of(guesses) <= row["r2"] + 1e-12
        _assert_correlates_no_better(guesses, own, row["pearson"])
    # The same labels dealt out anew within the groups have the same means, so nothing changes.
    dealt = _deal_out_again(strains, random)
    again = cover(snapshot, names=names, genes=[sorted(genes) for genes, _ in strains], labels=dealt)
    assert again.fits.iloc[0]["r2"] == pytest.approx(row["r2"], abs=1e-12)


def _assert_correlates_no_better(
    guesses: dict[frozenset[str], float], own: dict[frozenset[str], list[float]], best: float
) -> None:
    pairs = np.array([(guesses[key], label) for key, some in own.items() for label in some])
    if len(own) > 1:
        assert abs(np.corrcoef(pairs.T)[0, 1]) <= best + 1e-9


def _deal_out_again(strains: list[tuple[set[str], int]], random: Random) -> list[float]:
    places: dict[frozenset[str], list[int]] = defaultdict(list)
    for place, (genes, _) in enumerate(strains):
        places[frozenset(genes) - {"HIDDEN1", "HIDDEN2"}].append(place)
    dealt = [0.0] * len(strains)
    for some in places.values():
        mixed = random.sample(some, len(some))
        for place, source in zip(some, mixed, strict=True):
            dealt[place] = float(strains[source][1])
    return dealt


def test_a_gene_named_twice_counts_once() -> None:
    deletions = read_deletions([("B", "A", "B"), (), ("A",)])
    assert deletions.genes == ("A", "B")
    assert (deletions.strain.tolist(), deletions.gene.tolist()) == ([0, 0, 2], [0, 1, 0])


def test_two_strains_that_are_one() -> None:
    assert explain(covered(), ["A+X", "A+Y"]) == (
        "A+X and A+Y are one strain to any model on this snapshot: it sees the loss of A in each of them.",
        "A+X (measured 1) lacks A and X; of these the snapshot holds A, so a model sees the loss of A.",
        "A+Y (measured 3) lacks A and Y; of these the snapshot holds A, so a model sees the loss of A.",
        "3 strains of the dataset look like the loss of A; beside the above A. The best that a model can predict for "
        "all of them is their mean, 2; measured are 1 to 3.",
        "X is not visible: no term of the snapshot has it.",
        "Y is not visible: no term of the snapshot has it.",
    )


def test_strains_that_are_different() -> None:
    assert explain(covered(), ["B", "A", "C+D"]) == (
        "B, A and C+D are different strains to a model on this snapshot.",
        "B (measured 5) lacks B; the snapshot holds it.",
        "A (measured 2) lacks A; the snapshot holds it.",
        "C+D (measured 4) lacks C and D; the snapshot holds them all.",
        "B and A hang on exactly the same terms: only their own weights tell B and A apart, never the hierarchy.",
        "No other strain of the dataset looks like B.",
        "3 strains of the dataset look like the loss of A; beside the above A+X, A+Y. The best that a model can "
        "predict for all of them is their mean, 2; measured are 1 to 3.",
        "No other strain of the dataset looks like C+D.",
    )


def test_one_strain_and_wild_type() -> None:
    lines = explain(covered(), ["Y+Z"])
    assert lines[0] == (
        "Y+Z (measured 2) lacks Y and Z; the snapshot holds none of these, so the strain looks like wild type."
    )
    assert lines[1].startswith("2 strains of the dataset look like wild type; beside the above F.")
    alone = explain(covered(), ["F"])[0]
    assert alone.endswith("lacks F; the snapshot does not hold it, so the strain looks like wild type.")
    verdict = explain(covered(), ["Y+Z", "F", "B"])[0]
    assert verdict == "Of Y+Z, F and B a model on this snapshot can tell 2 apart."


def test_an_unknown_strain() -> None:
    with pytest.raises(NotFound, match=r"no strain A\+Q: expected one such as A, A\+X, A\+Y"):
        explain(covered(), ["A+Q"])
