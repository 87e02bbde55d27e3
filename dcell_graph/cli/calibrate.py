"""``dcell-graph snapshot calibrate``: which recipes come near a wanted number of subsystems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from dcell_graph.cli import choices
from dcell_graph.cli.csv_files import write_csv
from dcell_graph.cli.display import AsJson, bars, say
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.cli.frames import show_frame, show_json
from dcell_graph.errors import Conflict, InputError, NotFound
from dcell_graph.graph import load
from dcell_graph.graph.comparison.known_on import choose_genome
from dcell_graph.graph.listed import other_ids
from dcell_graph.graph.material import Materials
from dcell_graph.graph.runner import Runner
from dcell_graph.graph.session import open_database
from dcell_graph.settings import read_settings
from dcell_graph.snapshot.applied.calibrate import Appliers, Calibration, calibrate, curve
from dcell_graph.snapshot.applied.material import day_of_number
from dcell_graph.snapshot.applied.sweep import Order, Sweep, months, with_minimum
from dcell_graph.snapshot.recipe import ROOT_ID, Recipe, find_recipe, with_options
from dcell_graph.sources.term_list import read_term_list
from dcell_graph.sources.vocabulary import EVIDENCE_CODES, TERM_RELATIONS
from dcell_graph.types import Progress

_ORDERS: dict[str, Order] = {"contained": "contained first", "redundant": "redundant first"}
_NEAREST = 15
_LARGEST = 10_000
_CURVE_MINIMUMS = range(1, 13)
_LISTS = "; may be repeated"

Recipes = Annotated[
    list[str] | None,
    typer.Option("--recipe", help=f"Recipe to start from{_LISTS}. Default: ma-2018 and torchcell-2025."),
]
Ontologies = Annotated[
    list[str] | None, typer.Option("--ontology", help=f"Ontology release{_LISTS}. Default: all that are loaded.")
]
Files = Annotated[
    list[str] | None,
    typer.Option("--annotations", help=f"Files, joined by +{_LISTS}. Default: each alone, each two, all together."),
]
Relations = Annotated[
    list[str] | None, typer.Option(help=f"Joined by commas{_LISTS}. Default: is_a, and is_a,part_of.")
]
Untils = Annotated[
    list[str] | None, typer.Option("--until", help=f"Last day of assertion{_LISTS}; without one is tried as well.")
]
Excluded = Annotated[
    list[str] | None,
    typer.Option("--exclude", help=f"Evidence codes, joined by commas, or none{_LISTS}. Default: those of the recipe."),
]
Orders = Annotated[
    list[str] | None,
    typer.Option("--order", help=f"Which stage comes first: contained or redundant{_LISTS}. Default: both."),
]


@friendly_errors()
def calibrate_command(
    target: Annotated[int, typer.Option(min=1, help="Wanted number of subsystems.")],
    recipe: Recipes = None,
    ontology: Ontologies = None,
    annotations: Files = None,
    genome: choices.GenomeName = None,
    relations: Relations = None,
    until: Untils = None,
    exclude: Excluded = None,
    order: Orders = None,
    minimum: Annotated[str, typer.Option(help="Least number of contained genes, N or FROM-TO.")] = "1-8",
    terms: Annotated[Path | None, typer.Option(help="File with the wanted terms, one id a line: compare sets.")] = None,
    plots: Annotated[
        Path | None, typer.Option(help="New folder for curves: subsystems against the minimum and the last day.")
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write all term sets to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Apply hundreds of recipes and show which come near a number of subsystems.

    An equal number of terms is not an equal set of terms: with --terms sets are compared too.
    """
    if plots is not None and plots.exists():
        raise Conflict(f"{plots} exists already", hint="name a new folder for --plots")
    recipes = tuple(find_recipe(name) for name in recipe or ["ma-2018", "torchcell-2025"])
    listed = None if terms is None else read_term_list(terms)
    with bars() as progress, open_database(read_settings()) as runner:
        files = _loaded(runner, "AnnotationFile", None)
        groups = _groups(files, annotations)
        sweep = Sweep(
            releases=_loaded(runner, "Release", ontology),
            sources=groups,
            recipes=recipes,
            relations=tuple(_words("--relations", text, TERM_RELATIONS) for text in relations or _RELATIONS),
            untils=(None, *(choices.day("--until", text) for text in until or ())),
            excluded=(None,) if exclude is None else tuple(_codes(text) for text in exclude),
            orders=tuple(_ORDERS[choices.one_of("--order", text, tuple(_ORDERS))] for text in order or _ORDERS),
            minimums=tuple(_range(minimum)),
        )
        wanted = tuple(dict.fromkeys(name for group in groups for name in group))
        materials = Materials(runner, choose_genome(runner, genome), wanted)
        others = {} if listed is None else other_ids(runner, listed, sweep.releases)
        if listed is not None:
            listed = tuple(dict.fromkeys(term for id in listed for term in others.get(id, (id,))))
        result = calibrate(materials.applier, sweep, target=target, listed=listed, progress=progress)
        curves = None if plots is None else _curves(materials.applier, result, recipes, progress)
        unknown = [] if listed is None else sorted(set(listed) - materials.terms() - {ROOT_ID})
    if as_json:
        tried = len(result.found) + len(result.empty)
        show_json({"target": target, "tried": tried, "unknown": unknown, "other_ids": others, **_chosen(result)})
    else:
        _report(result, unknown, others)
    # What was worked out is on the screen before anything that may fail is written.
    if csv is not None:
        write_csv(csv, list(result.table.columns), result.table.itertuples(index=False, name=None))
    if plots is not None and curves is not None:
        _draw(plots, curves, target)
    if as_json:
        return
    for what, where in ((f"all {len(result.table):,} term sets are", csv), ("the curves are", plots)):
        if where is not None:
            say(f"{what} in {where}")


_RELATIONS = ("is_a", "is_a,part_of")


def _loaded(runner: Runner, kind: str, wanted: list[str] | None) -> tuple[str, ...]:
    names = tuple(str(row["name"]) for row in load.loaded(runner) if row["kind"] == kind)
    missing = [name for name in wanted or () if name not in names]
    if missing or not names:
        raise NotFound(
            f"there is no {kind} {missing[0]} in the database" if missing else f"there is no {kind} in the database",
            expected=", ".join(names) or None,
            hint="load it with `dcell-graph load`",
        )
    return tuple(dict.fromkeys(wanted)) if wanted else names


def _groups(files: tuple[str, ...], wanted: list[str] | None) -> tuple[tuple[str, ...], ...]:
    """Sets of annotation files."""
    if not wanted:
        sizes = sorted({1, min(2, len(files)), len(files)})
        return tuple(group for size in sizes for group in combinations(files, size))
    groups = tuple(dict.fromkeys(tuple(dict.fromkeys(name.strip() for name in text.split("+"))) for text in wanted))
    for name in (name for group in groups for name in group):
        if name not in files:
            raise NotFound(f"there is no annotation file {name!r} in the database", expected=", ".join(files))
    return groups


def _words(option: str, text: str, known: Any) -> tuple[str, ...]:
    return tuple(choices.one_of(option, word.strip(), tuple(known)) for word in text.split(","))


def _codes(text: str) -> tuple[str, ...]:
    return () if text.strip() == "none" else _words("--exclude", text, sorted(EVIDENCE_CODES))


def _range(text: str) -> range:
    first, separator, last = text.partition("-")
    ends = [first, last if separator else first]
    plain = all(end.isascii() and end.isdigit() and len(end) < 10 for end in ends)
    numbers = range(int(ends[0]), int(ends[1]) + 1) if plain else range(0)
    if not numbers or numbers[0] < 1 or numbers[-1] > _LARGEST:
        raise InputError("--minimum is no number of genes", expected=f"N or FROM-TO, 1 to {_LARGEST:,}", found=text)
    return numbers


def _draw(folder: Path, curves: dict[str, dict[str, pd.DataFrame]], target: int) -> None:
    from dcell_graph.snapshot.applied.curves import draw_curves  # matplotlib takes a second

    draw_curves(folder, curves, target=target)


def _curves(
    appliers: Appliers, result: Calibration, recipes: Sequence[Recipe], progress: Progress
) -> dict[str, dict[str, pd.DataFrame]]:
    """Curves on the release and sources of the nearest term set, for every recipe as it came."""
    if not result.pareto:
        raise InputError("there is nothing to draw", found="no recipe leaves any term")
    nearest = result.found[result.pareto[0]]
    applier = appliers(nearest.release, nearest.sources)
    days = applier.material.records.day
    steps = months(day_of_number(int(days.min())), day_of_number(int(days.max())))
    by_minimum: dict[str, pd.DataFrame] = {}
    by_day: dict[str, pd.DataFrame] = {}
    for recipe in recipes:
        label = f"{recipe.name}, {' + '.join(nearest.sources)}, GO {nearest.release}"
        sized = [(size, with_minimum(recipe, size)) for size in _CURVE_MINIMUMS]
        by_minimum[label] = curve(applier, sized, progress=progress)
        by_day[label] = curve(applier, [(day, with_options(recipe, until=day)) for day in steps], progress=progress)
    return {"minimum of contained genes": by_minimum, "last day of assertion": by_day}


def _chosen(result: Calibration) -> dict[str, Any]:
    nearest = result.table.assign(distance=result.table["off_target"].abs()).sort_values(
        ["distance", "changes"], kind="stable"
    )
    if "jaccard" in result.table:
        nearest["jaccard"] = nearest["jaccard"].round(3)
    return {
        "pareto": result.table.iloc[list(result.pareto)].round(3),
        "nearest": nearest.drop(columns="distance").head(_NEAREST),
    }


def _report(result: Calibration, unknown: list[str], others: Mapping[str, Sequence[str]]) -> None:
    tables = _chosen(result)
    say(f"Term sets made: {len(result.found):,}. Recipes that leave nothing: {len(result.empty):,}.")
    if others:
        pairs = [f"{' and '.join(terms)} for {id}" for id, terms in list(others.items())[:5]]
        more = f" and {len(others) - 5:,} more" if len(others) > 5 else ""
        say(f"Listed under another id, and taken for the term that has it: {', '.join(pairs)}{more}.")
    if unknown:
        more = f" and {len(unknown) - 5:,} more" if len(unknown) > 5 else ""
        say(f"Listed, but no live term of any of the releases: {', '.join(unknown[:5])}{more}.")
    if result.table.empty:
        return
    equal = result.table[result.table["off_target"] == 0]
    say(f"{len(equal):,} have exactly {result.target:,} subsystems, the wanted number.")
    say("")
    say("Nothing else is nearer with as few changes of its recipe:")
    show_frame(tables["pareto"], empty="")
    say("")
    say("The nearest:")
    show_frame(tables["nearest"], empty="")
    say("")
    places = list(tables["nearest"].index[:2])
    say("An equal number of terms is not an equal set of terms.")
    if len(places) == 2:
        a, b = places
        say(
            f"The two nearest have {result.table['subsystems'][a]:,} and {result.table['subsystems'][b]:,} subsystems, "
            f"and {result.shared(a, b):.0%} of their terms in common."
        )
    if result.listed is not None:
        row = result.table.iloc[int(result.table["jaccard"].to_numpy().argmax())]
        say(
            f"Most like the {len(result.listed):,} listed terms is {row['recipe']} on {row['sources']} "
            f"(GO {row['release']}, at least {row['minimum']} genes) with {row['subsystems']:,} subsystems: "
            f"{row['listed']:,} of the listed are in it, {row['jaccard']:.0%} of all terms of both are in common."
        )
