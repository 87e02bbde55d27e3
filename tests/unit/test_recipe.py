"""Recipes: what they may say, the sentence for what they may not, and the form that is hashed."""

from __future__ import annotations

import datetime
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcell_graph.errors import NotFound, RecipeError
from dcell_graph.snapshot.recipe import (
    ContainedStage,
    DateStage,
    EvidenceStage,
    Recipe,
    RedundantStage,
    find_recipe,
    parse_day,
    read_recipe,
    shipped_recipes,
    with_options,
)

OPTIONS = (
    "name, description, relations, cross_namespace, namespaces, annotations, record, negated, no_data, "
    "exclude_evidence, asserted_from, asserted_until, unannotated_parents, removed_genes, genes_without_term, "
    "super_root, gene_list, stages"
)


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(RecipeError) as caught:
        read_recipe(written(folder, text))
    message = str(caught.value)
    assert message.startswith(f"{folder / 'mine.toml'}: ")
    return message.removeprefix(f"{folder / 'mine.toml'}: ")


# ---- days


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2018-02-28", date(2018, 2, 28)),
        ("2016-02-29", date(2016, 2, 29)),
        (date(2018, 2, 28), date(2018, 2, 28)),
        (None, None),
    ],
)
def test_days(value: Any, day: date | None) -> None:
    assert parse_day(value) == day


@pytest.mark.parametrize(
    "value",
    [
        "20180228",
        20180228,
        "28/02/2018",
        "2018-2-28",
        "2018/02/28",
        "2018-W09-3",  # a week date of ISO 8601, as long as a day
        "2018-02-28 ",
        "2018-02-28T00:00",
        "２０18-02-28",
        "",
        datetime.datetime(2018, 2, 28, tzinfo=datetime.UTC),
        True,
    ],
)
def test_what_is_no_day_in_the_one_form(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a date of the form YYYY-MM-DD"):
        parse_day(value)


@pytest.mark.parametrize("text", ["2018-02-30", "2018-02-29", "2018-13-01", "2018-00-10", "0000-01-01"])
def test_days_that_do_not_exist(text: str) -> None:
    with pytest.raises(ValueError, match=f"^there is no day {text}$"):
        parse_day(text)


@given(st.dates() | st.text(max_size=12))
def test_a_text_is_a_day_if_and_only_if_it_is_how_a_day_is_written(value: date | str) -> None:
    text = value.isoformat() if isinstance(value, date) else value
    try:
        found = parse_day(text)
    except ValueError:
        assert not isinstance(value, date)
    else:
        assert f"{found.year:04d}-{found.month:02d}-{found.day:02d}" == text


# ---- what is refused

STAGE = "\n[[stages]]\nkind = "


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("minimum = 4", f"the option minimum cannot be used: found there is no such option; options are {OPTIONS}"),
        (
            f'{STAGE}"contained"\nminimun = 4\nminimum = 4',
            "the option stages.0.contained.minimun cannot be used: found there is no such option; "
            "options are kind, minimum",
        ),
        (
            f'{STAGE}"date"\nuntil = "2018-01-01"',
            "the option stages.0.date.until cannot be used: found there is no such option; "
            "options are kind, asserted_from, asserted_until",
        ),
        (
            f'{STAGE}"contained"\nminimum = 0',
            "the option stages.0.contained.minimum cannot be used: found Input should be greater than or equal to 1",
        ),
        (f'{STAGE}"contained"', "the option stages.0.contained.minimum cannot be used: found Field required"),
        (
            f'{STAGE}"redundant"',
            "the option stages.0.redundant.compare cannot be used: found Field required",
        ),
        (
            f'{STAGE}"evidence"\nexclude = ["IGI", "XYZ"]',
            "the option stages.0.evidence.exclude cannot be used: found unknown evidence code XYZ; known are EXP, "
            "HDA, HEP, HGI, HMP, HTP, IBA, IBD, IC, IDA, IEA, IEP, IGC, IGI, IKR, IMP, IPI, IRD, ISA, ISM, ISO, ISS, "
            "NAS, ND, RCA, TAS",
        ),
        (
            'relations = ["is_a", "has_part"]',
            "the option relations.1 cannot be used: found Input should be 'is_a', 'part_of' or 'regulates'",
        ),
        (
            'asserted_until = "20180228"',
            "the option asserted_until cannot be used: found '20180228' is not a date of the form YYYY-MM-DD",
        ),
        (
            "asserted_until = 2018-02-28T00:00:00",
            "the option asserted_until cannot be used: found '2018-02-28 00:00:00' is not a date of the form "
            "YYYY-MM-DD",
        ),
        (
            'asserted_from = "2018-02-30"',
            "the option asserted_from cannot be used: found there is no day 2018-02-30",
        ),
        (
            "relations = []",
            "the options do not go together: found relations and namespaces need at least one entry each",
        ),
        (
            "namespaces = []",
            "the options do not go together: found relations and namespaces need at least one entry each",
        ),
        (
            'unannotated_parents = "bridge"',
            "the options do not go together: found unannotated_parents only applies to direct annotations: "
            "propagated terms all hold genes",
        ),
        (
            'asserted_from = "2018-01-02"\nasserted_until = "2018-01-01"',
            "the options do not go together: found the limits are the wrong way round: from 2018-01-02 until "
            "2018-01-01",
        ),
        (
            f'{STAGE}"date"\nasserted_from = 2018-01-02\nasserted_until = 2018-01-01',
            "the options do not go together: found the limits are the wrong way round: from 2018-01-02 until "
            "2018-01-01",
        ),
    ],
)
def test_what_a_recipe_may_not_say(tmp_path: Path, text: str, sentence: str) -> None:
    assert refusal(tmp_path, text) == sentence


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        (
            f'{STAGE}"sort"',
            "the option stages.0 cannot be used: found Input tag 'sort' found using 'kind' does not match",
        ),
        ("[[stages]]\nminimum = 3", "the option stages.0 cannot be used: found Unable to extract tag"),
        ("relations = [", "the recipe is not TOML: found "),
        (
            'exclude_evidence = ["igi"]',
            "the option exclude_evidence cannot be used: found unknown evidence code igi; known are EXP",
        ),
    ],
)
def test_what_a_recipe_may_not_be(tmp_path: Path, text: str, beginning: str) -> None:
    assert refusal(tmp_path, text).startswith(beginning)


def test_limits_may_be_one_day_or_open(tmp_path: Path) -> None:
    one_day = read_recipe(written(tmp_path, "asserted_from = 2018-01-01\nasserted_until = 2018-01-01"))

    assert (one_day.asserted_from, one_day.asserted_until) == (date(2018, 1, 1), date(2018, 1, 1))
    assert read_recipe(written(tmp_path, "asserted_until = 2018-01-01")).asserted_from is None
    read_recipe(written(tmp_path, 'annotations = "direct"\nunannotated_parents = "bridge"'))


def test_a_recipe_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"the recipe .*none\.toml cannot be opened: found No such file"):
        read_recipe(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b'description = "\xe9"')
    with pytest.raises(RecipeError, match=r"broken\.toml: the recipe is not UTF-8 text"):
        read_recipe(broken)


# ---- the canonical form


def test_the_canonical_form_spells_out_every_option() -> None:
    assert Recipe(name="any").canonical() == {
        "relations": ["is_a", "part_of"],
        "cross_namespace": False,
        "namespaces": ["biological_process", "cellular_component", "molecular_function"],
        "annotations": "propagated",
        "record": "any",
        "negated": "drop",
        "no_data": "drop",
        "exclude_evidence": [],
        "asserted_from": None,
        "asserted_until": None,
        "unannotated_parents": "keep",
        "removed_genes": "parents",
        "genes_without_term": "leave",
        "super_root": "when-needed",
        "gene_list": None,
        "stages": [],
    }


def test_recipes_that_mean_the_same_have_one_canonical_form() -> None:
    one = Recipe(
        name="one",
        description="first",
        relations=("part_of", "is_a", "is_a"),
        exclude_evidence=("IGI", "IEA", "IGI"),
        asserted_until=date(2018, 1, 1),
        stages=(DateStage(), EvidenceStage(exclude=("IMP", "IDA", "IMP")), ContainedStage(minimum=2)),
    )
    other = Recipe.model_validate(
        {
            "name": "other",
            "relations": ["is_a", "part_of"],
            "namespaces": ["molecular_function", "cellular_component", "biological_process"],
            "exclude_evidence": ["IEA", "IGI"],
            "asserted_until": "2018-01-01",
            "stages": [{"kind": "evidence", "exclude": ["IDA", "IMP"]}, {"kind": "contained", "minimum": 2}],
        }
    )

    assert one.canonical() == other.canonical()
    assert one.canonical()["asserted_until"] == "2018-01-01"
    assert one.canonical()["stages"] == [
        {"kind": "evidence", "exclude": ["IDA", "IMP"]},
        {"kind": "contained", "minimum": 2},
    ]
    assert one.active_stages() == other.active_stages() == one.stages[1:]
    assert Recipe.model_validate({"name": "again", **one.canonical()}).canonical() == one.canonical()


CHANGES: list[dict[str, Any]] = [
    {"relations": ("is_a",)},
    {"cross_namespace": True},
    {"namespaces": ("biological_process",)},
    {"annotations": "direct"},
    {"record": "last"},
    {"negated": "not-examined"},
    {"no_data": "keep"},
    {"exclude_evidence": ("IGI",)},
    {"asserted_from": date(2018, 1, 1)},
    {"asserted_until": date(2018, 1, 1)},
    {"annotations": "direct", "unannotated_parents": "root"},
    {"removed_genes": "drop"},
    {"genes_without_term": "root"},
    {"super_root": "always"},
    {"gene_list": "costanzo"},
    {"stages": (ContainedStage(minimum=2), RedundantStage(compare="direct"))},
    {"stages": (RedundantStage(compare="direct"), ContainedStage(minimum=2))},
    {"stages": (RedundantStage(compare="contained"), ContainedStage(minimum=2))},
    {"stages": (RedundantStage(compare="direct", rounds="once"), ContainedStage(minimum=2))},
    {"stages": (RedundantStage(compare="direct"), ContainedStage(minimum=3))},
    {"stages": (DateStage(asserted_until=date(2018, 1, 1)),)},
    {"stages": (DateStage(asserted_from=date(2018, 1, 1)),)},
    {"stages": (EvidenceStage(exclude=("IGI",)),)},
]


def test_every_choice_makes_another_canonical_form() -> None:
    forms = [Recipe(name="x", **change).canonical() for change in [{}, *CHANGES]]

    assert all(one != other for place, one in enumerate(forms) for other in forms[:place])


def test_a_recipe_cannot_be_changed() -> None:
    recipe = Recipe(name="x")
    with pytest.raises(ValueError, match="frozen"):
        recipe.record = "last"


def test_relations_are_followed_with_their_sub_relations() -> None:
    assert Recipe(name="x").followed() == ["is_a", "part_of"]
    assert Recipe(name="x", relations=("is_a", "regulates")).followed() == [
        "is_a",
        "regulates",
        "positively_regulates",
        "negatively_regulates",
    ]


# ---- options of the command line


def test_the_last_day_goes_into_the_date_stage_or_else_into_the_recipe() -> None:
    staged = Recipe(name="x", stages=(ContainedStage(minimum=2), DateStage(asserted_from=date(2000, 1, 1))))
    changed = with_options(staged, until="2017-07-19")

    assert changed.stages[1] == DateStage(asserted_from=date(2000, 1, 1), asserted_until=date(2017, 7, 19))
    assert changed.asserted_until is None
    assert staged.stages[1] == DateStage(asserted_from=date(2000, 1, 1))
    assert with_options(Recipe(name="x"), until=date(2017, 7, 19)).asserted_until == date(2017, 7, 19)


def test_only_the_named_options_change() -> None:
    before = shipped_recipes()["torchcell-2025"]
    after = with_options(before, options={"record": "any", "relations": ["is_a", "part_of"]})

    assert after == before.model_copy(update={"record": "any", "relations": ("is_a", "part_of")})
    assert with_options(before) == before


@pytest.mark.parametrize(
    ("until", "options", "sentence"),
    [
        (None, {"recrod": "any"}, "recipe x: the option recrod cannot be used: found there is no such option"),
        (
            None,
            {"record": "first"},
            "recipe x: the option record cannot be used: found Input should be 'any' or 'last'",
        ),
        ("2018-02-30", None, "recipe x: the option asserted_until cannot be used: found there is no day 2018-02-30"),
        ("19990101", None, "the option asserted_until cannot be used: found '19990101' is not a date"),
        (
            "1999-01-01",
            {"asserted_from": "2000-01-01"},
            "the limits are the wrong way round: from 2000-01-01 until 1999-01-01",
        ),
    ],
)
def test_options_that_cannot_be_used(until: str | None, options: dict[str, Any] | None, sentence: str) -> None:
    with pytest.raises(RecipeError) as caught:
        with_options(Recipe(name="x"), until=until, options=options)
    assert sentence in str(caught.value)


# ---- the recipes that come with the package


def stages_of(recipe: Recipe) -> list[tuple[Any, ...]]:
    return [tuple(stage.model_dump().values()) for stage in recipe.stages]


def test_the_paper() -> None:
    recipe = shipped_recipes()["ma-2018"]

    assert recipe.exclude_evidence == ("IGI",)
    assert (recipe.relations, recipe.annotations, recipe.record) == (("is_a", "part_of"), "propagated", "any")
    assert (recipe.negated, recipe.no_data, recipe.removed_genes) == ("drop", "drop", "parents")
    assert stages_of(recipe) == [("contained", 6), ("redundant", "contained", "until-stable")]


@pytest.mark.parametrize(("name", "minimum"), [("torchcell-2025", 2), ("torchcell-2025-n4", 4)])
def test_the_notes(name: str, minimum: int) -> None:
    recipe = shipped_recipes()[name]

    assert (recipe.relations, recipe.annotations, recipe.record) == (("is_a",), "direct", "last")
    assert (recipe.negated, recipe.no_data, recipe.removed_genes) == ("not-examined", "keep", "drop")
    assert (recipe.unannotated_parents, recipe.super_root) == ("root", "always")
    assert stages_of(recipe) == [
        ("date", None, None),
        ("evidence", ("IGI",)),
        ("redundant", "direct", "once"),
        ("contained", minimum),
    ]
    assert [stage.kind for stage in recipe.active_stages()] == ["evidence", "redundant", "contained"]
    dated = with_options(recipe, until="2017-07-19")
    assert [stage.kind for stage in dated.active_stages()] == ["date", "evidence", "redundant", "contained"]


def test_what_we_would_use() -> None:
    recipe = shipped_recipes()["default"]

    assert (recipe.relations, recipe.annotations, recipe.exclude_evidence) == (("is_a", "part_of"), "propagated", ())
    assert (recipe.negated, recipe.no_data, recipe.cross_namespace) == ("drop", "drop", False)
    assert stages_of(recipe) == [("contained", 4), ("redundant", "contained", "until-stable")]


def test_a_recipe_is_found_by_name_or_by_path(tmp_path: Path) -> None:
    shipped = shipped_recipes()

    assert list(shipped) == ["default", "ma-2018", "torchcell-2025", "torchcell-2025-n4"]
    for name, recipe in shipped.items():
        assert recipe.name == name
        assert recipe.description
        assert find_recipe(name) == recipe
    own = written(tmp_path, 'description = "of my own"')
    assert find_recipe(str(own)) == read_recipe(own) == Recipe(name="mine", description="of my own")
    with pytest.raises(
        NotFound, match="there is no recipe ma-2017: expected default, ma-2018, torchcell-2025, torchcell"
    ):
        find_recipe("ma-2017")
    with pytest.raises(NotFound, match=r"the recipe none\.toml cannot be opened"):
        find_recipe("none.toml")
