"""How many subsystems recipes give as one option moves, and which combinations come near a wanted number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from components import charts, tables
from components.published import PUBLISHED
from components.recipes import ONE_AT_A_TIME, Kitchen
from components.store import Store, digest, kept
from components.text import label, plain
from components.theme import GREY, SERIES
from dcell_graph.snapshot.applied.calibrate import Calibration, calibrate, curve
from dcell_graph.snapshot.applied.material import day_of_number
from dcell_graph.snapshot.applied.sweep import Order, Sweep, months, with_minimum
from dcell_graph.snapshot.recipe import Recipe, with_options

MINIMUMS = range(1, 13)
_DAYS = 18
_DASHES = ("solid", "dash", "dot", "dashdot")
_SWEPT = {
    "release": "Ontology",
    "sources": "Annotations",
    "recipe": "Recipe",
    "relations": "Relations",
    "until": "Until",
    "excluded": "Excluded",
    "order": "Order",
    "minimum": "Minimum",
    "subsystems": "Subsystems",
    "off_target": "Off the target",
    "changes": "Options changed",
    "links": "Links",
    "genes": "Genes",
    "pairs": "Pairs",
}


def by_minimum(kitchen: Kitchen, key: str, release: str, recipe: Recipe, sources: tuple[str, ...]) -> pd.DataFrame:
    """Subsystems by the least number of contained genes."""
    steps = [(minimum, with_minimum(recipe, minimum)) for minimum in MINIMUMS]
    return _curve(kitchen, key, "minimum", release, recipe, sources, steps)


def by_day(kitchen: Kitchen, key: str, release: str, recipe: Recipe, sources: tuple[str, ...]) -> pd.DataFrame:
    """Subsystems by the last day of assertion."""
    days = kitchen.material(sources).records.day
    if not len(days):
        return pd.DataFrame(columns=["value", "subsystems"])
    every = months(day_of_number(int(days.min())), day_of_number(int(days.max())))
    chosen = every[:: -max(1, len(every) // _DAYS)][::-1]
    return _curve(
        kitchen, key, "day", release, recipe, sources, [(day, with_options(recipe, until=day)) for day in chosen]
    )


def _curve(
    kitchen: Kitchen,
    key: str,
    option: str,
    release: str,
    recipe: Recipe,
    sources: tuple[str, ...],
    steps: Sequence[tuple[int | date, Recipe]],
) -> pd.DataFrame:
    def work() -> pd.DataFrame:
        with ONE_AT_A_TIME:
            return curve(kitchen.applier(release, sources), steps)

    return kept(work, digest(key, option, release, recipe.canonical(), sources, tuple(value for value, _ in steps)))


def show(name: str, curves: dict[str, pd.DataFrame], *, axis: str, target: int) -> None:
    """Draw curves with the published numbers marked.

    Args:
        name: of the chart.
        curves: by label: ``value``, ``subsystems``, ``links``, ``genes``, ``pairs``.
        axis: title of the axis of values.
        target: wanted number of subsystems.
    """
    figure = go.Figure()
    for place, (words, frame) in enumerate(curves.items()):
        figure.add_scatter(
            name=label(words),
            x=frame["value"].tolist(),
            y=frame["subsystems"].tolist(),
            mode="lines+markers",
            line={
                "color": SERIES[place % len(SERIES)],
                "dash": _DASHES[place // len(SERIES) % len(_DASHES)],
                "width": 2.5,
            },
            hovertemplate=label(words) + ": %{y:,} subsystems at %{x}<extra></extra>",
        )
    highest = max([int(frame["subsystems"].max()) for frame in curves.values() if len(frame)], default=0)
    _mark(figure, target, max(highest, *PUBLISHED))
    figure.update_layout(
        xaxis={"title": axis},
        yaxis={"title": "Subsystems", "tickformat": ",d", "rangemode": "tozero"},
        legend={"orientation": "h", "y": -0.18, "yanchor": "top", "x": 0},
    )
    table = pd.concat([frame.assign(curve=words) for words, frame in curves.items()], ignore_index=True)
    headings = {"curve": "Curve", "value": axis, "subsystems": "Subsystems", "links": "Links", "genes": "Genes"}
    headings |= {"pairs": "Pairs"}
    charts.show(
        name,
        figure,
        alt=f"Subsystems against {axis.lower()}; "
        + "; ".join(f"{words}: {_span(frame)}" for words, frame in curves.items())
        + f"; published numbers {', '.join(f'{number:,}' for number in PUBLISHED)} are marked",
        table=table[list(headings)].rename(columns=headings),
        height=480,
    )
    marks = "; ".join(f"{number:,} {where}" for number, where in PUBLISHED.items())
    st.caption(plain(f"Dotted lines: {marks}. The solid line is the wanted number, {target:,}."))


def _mark(figure: go.Figure, target: int, highest: int) -> None:
    """Mark the published numbers and the target at the right; numbers that are close get their words apart."""
    least = 0.05 * highest
    above = -least
    for number in sorted({*PUBLISHED, target}):
        above = max(above + least, float(number))
        wanted = number == target
        figure.add_hline(
            y=number, line={"color": GREY, "width": 2 if wanted else 1, "dash": "solid" if wanted else "dot"}
        )
        figure.add_annotation(
            text=f"<b>{number:,}</b>" if wanted else f"{number:,}",
            xref="paper",
            x=1.005,
            xanchor="left",
            y=above,
            yanchor="middle",
            showarrow=False,
        )


def _span(frame: pd.DataFrame) -> str:
    return f"{int(frame['subsystems'].min()):,} to {int(frame['subsystems'].max()):,}"


def search(store: Store, kitchen: Kitchen, sweep: Sweep, target: int) -> Calibration:
    """Try every combination; what was tried before is remembered."""
    bar = st.progress(0.0, text="Applying recipes …")

    def report(step: str, done: int, total: int | None) -> None:
        bar.progress(done / (total or 1), text=f"Recipe {done:,} of {total or 0:,}")

    def work() -> Calibration:
        with ONE_AT_A_TIME:
            return calibrate(kitchen.applier, sweep, target=target, progress=report)

    found = kept(work, digest(store.key, sweep, target))
    bar.empty()
    return found


def results(found: Calibration) -> None:
    """What came near the target."""
    if found.table.empty:
        st.info("No recipe leaves any term.", icon=":material/search_off:")
        return
    equal = int((found.table["off_target"] == 0).sum())
    st.caption(
        plain(
            f"Term sets made: {len(found.found):,}; {equal:,} have exactly {found.target:,} subsystems. An equal "
            "number of terms is not an equal set of terms."
        )
    )
    st.subheader("Nothing is nearer with as few changes", anchor=False)
    best = found.table.iloc[list(found.pareto)]
    tables.show("nearest-with-few-changes", best.rename(columns=_SWEPT), empty="None.")
    order = found.table.assign(distance=found.table["off_target"].abs()).sort_values(
        ["distance", "changes"], kind="stable"
    )
    st.subheader("All, the nearest first", anchor=False)
    tables.show("all-term-sets", order.drop(columns="distance").rename(columns=_SWEPT), empty="None.")


ORDERS: tuple[Order, ...] = ("contained first", "redundant first")
