"""One pair of a comparison: what every file says about it side by side, and its history."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from components import charts, links, tables
from components.pairs import ROW
from components.store import Store
from components.text import label, plain
from components.theme import SERIES
from dcell_graph.errors import DcellGraphError
from dcell_graph.graph.comparison.blame import Blame, blame
from dcell_graph.graph.comparison.compare import CompareConfig
from dcell_graph.graph.comparison.history import EVENTS

_SYMBOLS = dict(
    zip(EVENTS, ("circle", "diamond", "triangle-up", "triangle-down", "square", "circle-open", "x"), strict=True)
)
_RECORDS = {
    "line": "Line",
    "not": "NOT",
    "stated": "Stated id",
    "relation": "Relation",
    "evidence": "Evidence",
    "dates": "Dates",
    "paper": "Paper",
    "with_from": "With/From",
    "assigned_by": "Assigned by",
}
_EVENTS = {
    "family": "Family",
    "file": "File",
    "file_date": "Made on",
    "not": "NOT",
    "event": "Event",
    "evidence": "Evidence",
    "detail": "What happened",
}


def show(store: Store, config: CompareConfig, pair: str) -> None:
    """Show a pair.

    Args:
        store: of the database.
        config: what was compared.
        pair: its id, as in the address: gene, term and NOT with ``~`` between.
    """
    gene, _, rest = pair.partition("~")
    term = rest.partition("~")[0]
    with st.container(border=True, key="pair-detail"):
        try:
            found = store.ask(blame, gene, term, genome=config.genome, release=config.release)
        except DcellGraphError as error:
            st.warning(f"The pair of the address cannot be shown: {plain(error)}", icon=":material/link_off:")
            _close()
            return
        name = f"{found.name} ({found.term})" if found.name else found.term
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.subheader(plain(f"{found.symbol} and {name}"), anchor=False, width="content")
            _close()
        with st.container(horizontal=True):
            links.gene(found.gene, found.symbol, genome=config.genome)
            links.term(found.term, found.name, release=config.release)
            links.link(
                "annotations",
                "All their annotations",
                icon="table_rows",
                gene=found.gene,
                term=found.term,
                genome=config.genome,
                release=config.release,
            )
        _records(found, config)
        _history(found)


def _close() -> None:
    st.button("Close", icon=":material/close:", key="close-pair", on_click=_forget)


def _forget() -> None:
    st.query_params.pop(ROW, None)


def _records(found: Blame, config: CompareConfig) -> None:
    files = found.records["file"].tolist()
    for column, letter, source in zip(st.columns(2), "AB", (config.a, config.b), strict=True):
        mine = _plain_not(found.records[[file == source for file in files]])
        with column:
            st.markdown(f"**{letter}: {plain(source)}**")
            tables.show(
                f"records-{letter.lower()}",
                mine[list(_RECORDS)].rename(columns=_RECORDS),
                empty="This file does not say it, in no way.",
            )
    others = _plain_not(found.records[[file not in (config.a, config.b) for file in files]])
    if len(others):
        st.markdown("**Other loaded files**")
        columns = {"file": "File", "file_date": "Made on"} | _RECORDS
        tables.show("records-others", others[list(columns)].rename(columns=columns), empty="")


def _history(found: Blame) -> None:
    st.markdown("**History over all loaded files**")
    for sentence in found.sentences:
        st.markdown(f"- {plain(sentence)}")
    if len(found.events):
        events = _plain_not(found.events)
        charts.show(
            "pair-history",
            timeline(found.events),
            alt="Events of this pair by the day of the file and the family of files: " + " ".join(found.sentences),
            table=events[list(_EVENTS)].rename(columns=_EVENTS),
            height=120 + 60 * found.events["family"].nunique(),
        )


def timeline(events: pd.DataFrame) -> go.Figure:
    """Events by the day of their file, one line a family; undated files are left out."""
    figure = go.Figure()
    dated = events[events["file_date"].notna()]
    for place, event in enumerate(EVENTS):
        mine = dated[dated["event"] == event]
        if mine.empty:
            continue
        figure.add_scatter(
            name=event,
            x=mine["file_date"].tolist(),
            y=[label(family) for family in mine["family"]],
            mode="markers",
            marker={"size": 15, "symbol": _SYMBOLS[event], "color": SERIES[place % len(SERIES)]},
            customdata=[
                [label(file), label(detail)] for file, detail in zip(mine["file"], mine["detail"], strict=True)
            ],
            hovertemplate=f"{event} in %{{customdata[0]}} (%{{x}})<br>%{{customdata[1]}}<extra></extra>",
        )
    figure.update_layout(
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        # A single day would be drawn with milliseconds.
        xaxis={"type": "date", "title": None, "range": _years(dated["file_date"].tolist()), "tickformat": "%Y-%m"},
        yaxis={"type": "category", "title": None},
    )
    return figure


def _years(days: list[str]) -> list[str]:
    """The first day of the year of the first day, and the last one of the year of the last."""
    return [f"{min(days)[:4]}-01-01", f"{max(days)[:4]}-12-31"] if days else []


def _plain_not(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{"not": ["NOT" if value else "" for value in frame["not"]]})
