"""Sweeps of recipes on a release small enough to count on paper, and the list of what is tried."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from dcell_graph.errors import Conflict, FileRefused, InputError
from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.applied.calibrate import Calibration, calibrate, curve, jaccard
from dcell_graph.snapshot.applied.curves import draw_curves
from dcell_graph.snapshot.applied.sweep import Sweep, distance, months, variants, with_minimum
from dcell_graph.snapshot.recipe import ContainedStage, EvidenceStage, Recipe, RedundantStage
from dcell_graph.sources.term_list import read_term_list
from tests.materials import make_material

ROOT = "GO:0008150"
# Contained genes: 1 has 3, 2 has 2, 3 has 1 and hangs on 2 by part_of, 4 has 1 through IGI since 2018.
TERMS = f"""
{ROOT} P
GO:1 P is_a {ROOT}
GO:2 P is_a GO:1
GO:3 P part_of GO:2
GO:4 P is_a {ROOT}
"""
RECORDS = f"""
AAA1 GO:2 IDA 20100101
BBB2 GO:3 IDA 20110101
CCC3 GO:1 IDA 20120101
DDD4 GO:4 IGI 20180101
EEE5 {ROOT} IDA 20100101
"""
RECIPE = Recipe(name="mine", stages=(ContainedStage(minimum=2),))


@pytest.fixture
def applier() -> Applier:
    return Applier(make_material(TERMS, RECORDS))


def swept(applier: Applier, target: int, listed: list[str] | None = None, **sweep: object) -> Calibration:
    one = Sweep(releases=("2018-06-01",), sources=(("sgd", "goa"),), recipes=(RECIPE,), **sweep)  # type: ignore[arg-type]
    return calibrate(lambda release, sources: applier, one, target=target, listed=listed)


def test_numbers_of_terms_by_hand(applier: Applier) -> None:
    found = swept(applier, 3, minimums=(1, 2, 3, 4, 9))
    # All five; without 3 and 4; without 2 as well; the root alone.
    assert found.table["minimum"].tolist() == [1, 2, 3, 4, 9]
    assert found.table["subsystems"].tolist() == [5, 3, 2, 1, 1]
    assert found.table["off_target"].tolist() == [2, 0, -1, -2, -2]
    assert found.table["changes"].tolist() == [1, 0, 1, 1, 1]
    assert found.table["genes"].tolist() == [5] * 5
    assert found.table["links"].tolist() == [4, 2, 1, 0, 0]
    assert found.pareto == (1,)
    assert found.shared(0, 1) == pytest.approx(3 / 5)


def test_nothing_beats_a_row_of_the_pareto_set(applier: Applier) -> None:
    found = swept(applier, 4, minimums=(2, 1), excluded=(None, ("IGI",)), relations=(None, ("is_a",)))
    # Minimum 2: 3 terms, unchanged. Minimum 1: 5 terms; without IGI 4; over is_a alone 3 is lost, so 4; both, 3.
    rows = found.table[["minimum", "excluded", "relations", "subsystems", "changes"]]
    by_hand = [
        *((2, "", "is_a, part_of", 3, 0), (1, "", "is_a, part_of", 5, 1)),
        *((2, "IGI", "is_a, part_of", 3, 1), (1, "IGI", "is_a, part_of", 4, 2)),
        *((2, "", "is_a", 2, 1), (1, "", "is_a", 4, 2)),
        *((2, "IGI", "is_a", 2, 2), (1, "IGI", "is_a", 3, 3)),
    ]
    assert sorted(rows.itertuples(index=False, name=None)) == sorted(by_hand)
    chosen = rows.iloc[list(found.pareto)]
    # Two have 4 terms at 2 changes each; the first stands for both.
    assert chosen["subsystems"].tolist() == [4, 3]
    assert chosen["changes"].tolist() == [2, 0]


def test_an_equal_number_is_not_an_equal_set(applier: Applier) -> None:
    listed = [ROOT, "GO:1", "GO:4", "GO:ROOT", "GO:5"]
    found = swept(applier, 4, listed, minimums=(1, 2, 3))
    # Of the list without the artificial root (4 terms) these hold 3 of 5, 2 of 3 and 2 of 2 terms.
    assert found.table["listed"].tolist() == [3, 2, 2]
    assert found.table["jaccard"].tolist() == pytest.approx([3 / 6, 2 / 5, 2 / 4])
    assert jaccard([], []) == 1


def test_recipes_that_leave_nothing_are_told(applier: Applier) -> None:
    found = swept(applier, 3, untils=(None, date(2009, 12, 31)))
    assert len(found.found) == 1
    assert [one.recipe.asserted_until for one in found.empty] == [date(2009, 12, 31)]
    assert found.empty[0].why is not None and "no annotation is left" in found.empty[0].why
    assert swept(applier, 3, untils=(date(2009, 12, 31),)).pareto == ()


def test_every_recipe_is_tried_once() -> None:
    evidence, contained = EvidenceStage(exclude=("IGI",)), ContainedStage(minimum=4)
    redundant = RedundantStage(compare="contained")
    recipe = Recipe(name="three", stages=(evidence, redundant, contained))
    sweep = Sweep(
        releases=("r",),
        sources=(("s",),),
        recipes=(recipe,),
        orders=("contained first", "redundant first"),
        excluded=(None, ("IGI",), ()),
        minimums=(4, 6),
    )
    found = variants(recipe, sweep)
    # Two orders, two minimums, and IGI dropped or not: what the recipe says and IGI are the same.
    assert len(found) == 8
    assert found[0].stages == (evidence, contained, redundant)
    distances = [distance(recipe.canonical(), one.canonical()) for one in found]
    assert sorted(distances) == [0, 1, 1, 1, 2, 2, 2, 3]
    assert with_minimum(Recipe(name="none"), 5).stages == (ContainedStage(minimum=5),)
    assert with_minimum(recipe, 5).stages == (evidence, redundant, ContainedStage(minimum=5))


def test_curves(applier: Applier, tmp_path: Path) -> None:
    days = months(date(2011, 11, 5), date(2012, 2, 1))
    assert days == [date(2011, 11, 30), date(2011, 12, 31), date(2012, 1, 31), date(2012, 2, 29)]
    recipe = Recipe(name="mine")
    found = curve(applier, [(day, Recipe(name="mine", asserted_until=day)) for day in [date(2009, 1, 31), *days]])
    assert found["subsystems"].tolist() == [0, 4, 4, 4, 4]
    assert found["genes"].tolist() == [0, 3, 3, 4, 4]
    assert curve(applier, [(1, recipe)])["pairs"].tolist() == [5]

    draw_curves(tmp_path / "plots", {"last day": {"mine": found}}, target=4)
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == ["last-day.csv", "last-day.png"]
    assert pd.read_csv(tmp_path / "plots" / "last-day.csv")["subsystems"].tolist() == [0, 4, 4, 4, 4]
    assert (tmp_path / "plots" / "last-day.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(Conflict, match="exists already"):
        draw_curves(tmp_path / "plots", {"last day": {"mine": found}}, target=4)
    assert [path.name for path in tmp_path.iterdir()] == ["plots"]


def test_bad_input(applier: Applier, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no number of subsystems"):
        swept(applier, 0)
    with pytest.raises(InputError, match="list of terms is empty"):
        swept(applier, 3, ["GO:ROOT"])
    path = tmp_path / "terms.txt"
    path.write_text("# wanted\nGO:0000001\tinheritance\n\nGO:0000002\nGO:0000001\n")
    assert read_term_list(path) == ("GO:0000001", "GO:0000002")
    path.write_text("GO:0000001\nDNA repair\n")
    with pytest.raises(FileRefused, match=r"terms\.txt:2.*a term id"):
        read_term_list(path)
    path.write_text("# nothing\n")
    with pytest.raises(FileRefused, match="no term id was found"):
        read_term_list(path)


def test_recipes_that_begin_alike_do_not_disturb_each_other(applier: Applier) -> None:
    recipes = [
        Recipe(name="r", stages=(ContainedStage(minimum=n), RedundantStage(compare="contained")), super_root=root)
        for n in (1, 2, 3)
        for root in ("when-needed", "always")
    ]
    fresh = [Applier(applier.material).apply(recipe) for recipe in recipes]
    for order in (recipes, recipes[::-1], recipes[::2] + recipes[1::2]):
        for recipe in order:
            assert applier.apply(recipe) == fresh[recipes.index(recipe)]
