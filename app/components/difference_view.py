"""What two snapshots differ in, by cause."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from components import charts, links, pages, tables
from components.text import label, plain
from components.theme import GREEN, ORANGE
from dcell_graph.snapshot.diff.difference import GAINED, LOST, Difference
from dcell_graph.snapshot.diff.walk import KINDS

_HEADINGS = {
    "change": "Change",
    "term": "Term",
    "name": "Name",
    "namespace": "Branch",
    "gene": "Gene",
    "symbol": "Symbol",
    "child": "Child",
    "child_name": "Child name",
    "parent": "Parent",
    "parent_name": "Parent name",
    "step": "Step",
    "cause": "Cause",
    "happened": "What happened",
    "detail": "Detail",
}


def head(found: Difference) -> None:
    """Sizes of both sides and of the difference."""
    for column, kind in zip(st.columns(3), KINDS, strict=True):
        gained, lost = found.count(kind, GAINED), found.count(kind, LOST)
        column.metric(
            kind.capitalize(),
            f"{found.a.sizes[kind]:,} → {found.b.sizes[kind]:,}",
            f"{gained:,} gained, {lost:,} lost",
            delta_color="off",
            delta_arrow="off",
            border=True,
        )
    st.caption(plain(f"A is {found.a.label}: {found.a.made_of}. B is {found.b.label}: {found.b.made_of}."))
    for note in found.notes:
        st.caption(f":material/info: {plain(note)}")


def causes(found: Difference) -> None:
    """What each exchange did."""
    if len(found.causes) < 2:
        st.info("Both are made of the same: nothing was exchanged.", icon=":material/equal:")
        return
    st.caption(
        "On the way from A to B one ingredient is exchanged at a time, and the recipe is applied after each. A term "
        "counts at the exchange that changed it last."
    )
    exchanged = found.causes[(found.causes["step"] > 0).to_numpy()]
    drawn = pd.DataFrame(
        {
            "Exchange": [f"{step}. {cause}" for step, cause in zip(exchanged["step"], exchanged["cause"], strict=True)],
            "Terms gained": exchanged["terms_gained"].tolist(),
            "Terms lost": [-number for number in exchanged["terms_lost"]],
        }
    )
    table = pd.DataFrame({"Step": found.causes["step"], "Cause": found.causes["cause"]})
    for kind in KINDS:
        table[f"{kind.capitalize()} gained"] = found.causes[f"{kind}_gained"].tolist()
        table[f"{kind.capitalize()} lost"] = found.causes[f"{kind}_lost"].tolist()
        table[f"{kind.capitalize()} then"] = found.causes[kind].tolist()
    charts.show(
        "causes",
        _draw(drawn),
        alt="Terms gained and lost by each exchange: "
        + "; ".join(
            f"{row['Exchange']}, {row['Terms gained']:,} gained and {-row['Terms lost']:,} lost"
            for row in drawn.to_dict("records")
        ),
        table=table,
        height=150 + 50 * len(drawn),
    )


def _draw(exchanges: pd.DataFrame) -> go.Figure:
    """What was gained at the right of zero, what was lost at the left."""
    figure = go.Figure(
        [
            go.Bar(
                name=column,
                orientation="h",
                y=[label(words) for words in exchanges["Exchange"]],
                x=exchanges[column].tolist(),
                text=[f"{abs(number):,}" for number in exchanges[column]],
                textposition="outside",
                cliponaxis=False,
                marker_color=colour,
                hovertemplate="%{y}: %{text} " + column.lower() + "<extra></extra>",
            )
            for column, colour in (("Terms lost", ORANGE), ("Terms gained", GREEN))
        ]
    )
    largest = max(1, int(exchanges["Terms gained"].max()), -int(exchanges["Terms lost"].min()))
    figure.update_layout(
        barmode="relative",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis={
            "title": "Terms",
            "tickformat": ",d",
            "range": [min(0, int(exchanges["Terms lost"].min())) - 0.12 * largest, 1.12 * largest],
        },
        yaxis={"autorange": "reversed", "title": None},
    )
    return figure


def happened(found: Difference) -> None:
    """What happened to how many."""
    columns = {"of": "Of", "step": "Step", "change": "Change", "happened": "What happened", "count": "Number"}
    tables.show(
        "happened", found.happened[list(columns)].rename(columns=columns), empty="Nothing happened to anything."
    )


def things(found: Difference, release: str) -> None:
    """The terms, links or pairs that differ, with filters in the address."""
    upper = st.columns([2, 3, 2, 4])
    with upper[0]:
        kind = st.selectbox("List", KINDS, key="kind", bind="query-params", on_change=pages.first)
    frame: pd.DataFrame = getattr(found, kind)
    with upper[1]:
        text = st.text_input(
            "Find",
            key="find",
            bind="query-params",
            live="400ms",
            placeholder="Part of an id or a name",
            on_change=pages.first,
        ).strip()
    with upper[2]:
        change = _one_of("Change", (GAINED, LOST), "change")
    with upper[3]:
        cause = _one_of("What happened", tuple(dict.fromkeys(frame["happened"])), "happened")
    for column, value in (("change", change), ("happened", cause)):
        if value is not None:
            frame = frame[(frame[column] == value).to_numpy()]
    if text:
        named = [column for column in frame.columns if column not in ("change", "step", "cause", "happened", "detail")]
        folded = text.casefold()
        frame = frame[
            [any(folded in str(value).casefold() for value in row) for row in frame[named].itertuples(index=False)]
        ]
    columns = {column: _HEADINGS[column] for column in frame.columns if column in _HEADINGS}
    clickable = tables.Chosen(parameter="term", id_of=lambda row: str(row["term"])) if kind == "terms" else None
    tables.long(
        f"different-{kind}",
        frame,
        headings=columns,
        noun=str(kind).removesuffix("s"),
        empty="Nothing of that differs.",
        sort=next(iter(columns)),
        chosen=clickable,
    )
    term = st.query_params.get("term")
    if clickable is not None and term:
        with st.container(horizontal=True):
            links.term(term, release=release)
            for side, words in ((found.a, "A"), (found.b, "B")):
                links.link("why", f"Why {term} is in {words} or not", icon="help", snapshot=side.label, term=term)


def _one_of(label: str, options: tuple[str, ...], key: str) -> str | None:
    chosen: str | None = st.selectbox(
        label, options, index=None, placeholder="All", key=key, bind="query-params", on_change=pages.first
    )
    return chosen
