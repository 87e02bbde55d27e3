"""The parts of the page of a term: what it is, the hierarchy around it, what it is in other releases."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from components import charts, chooser, hierarchy_chart, tables
from components.store import Store
from components.text import plain
from dcell_graph.graph.hierarchy_view import KEPT, REMOVED, Neighbourhood, TermFacts, fates, neighbourhood
from dcell_graph.graph.subject_view import term_history

_CHART = "neighbourhood"
_MOST_CHILDREN = 25


def facts(found: TermFacts) -> None:
    """What the release says about the term."""
    st.subheader(plain(f"{found.name or found.term} ({found.term})"), anchor=False)
    if found.asked != found.term:
        st.info(plain(f"{found.asked} was merged into {found.term}."), icon=":material/merge:")
    if found.obsolete:
        st.warning("This release has given the term up.", icon=":material/delete:")
    if found.definition:
        st.markdown(plain(found.definition))
    tables.facts(
        {
            "Branch": (found.namespace or "").replace("_", " "),
            "Comment": found.comment,
            "Synonyms": "; ".join(found.synonyms),
            "Other ids": ", ".join(one for one in found.ids if one != found.term),
        }
    )


def hierarchy(store: Store, found: TermFacts) -> None:
    """The terms around it, coloured by what became of them in a snapshot."""
    snapshots = tuple(store.snapshots)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=300):
            words = "Colours show the fate in the snapshot"
            coloured = chooser.one_of(words, snapshots, "snapshot", empty="No snapshot is built yet")
        above = st.slider("Levels above", 1, 6, 2, key="above", bind="query-params", width=200)
        regulates = st.toggle("Follow regulates too", key="regulates", bind="query-params")
    near = store.ask(
        neighbourhood, found.release, found.term, above=above, most_children=_MOST_CHILDREN, regulates=regulates
    )
    states = store.ask(fates, snapshots, tuple(near.places["term"]))
    hover = {
        str(term): "\n".join(_fate_words(row) for row in rows.to_dict("records"))
        for term, rows in states.groupby("term")
    }
    colours = states[(states["snapshot"] == coloured).to_numpy()]
    fate = dict(zip(colours["term"], colours["fate"], strict=True)) if coloured else None
    with st.container(key="hierarchy"):
        # On a narrow screen the drawing is scrolled, since names must stay readable.
        st.html(f"<style>.st-key-hierarchy {{ overflow-x: auto; }} .st-key-{_CHART} {{ min-width: 860px; }}</style>")
        charts.show(
            _CHART,
            hierarchy_chart.draw(near, fate, hover),
            alt=_in_words(near, fate),
            table=_table(near, states, snapshots),
            height=hierarchy_chart.height(near),
            on_select=_go_to_term,
        )
    if near.children > _MOST_CHILDREN:
        st.caption(f"The first {_MOST_CHILDREN} of {near.children:,} children are shown.")
    st.caption("A click on a term goes to it.")


def history(store: Store, found: TermFacts) -> None:
    """What the id is in every loaded release."""
    table = store.ask(term_history, found.asked)
    headings = {
        "release": "Release",
        "date": "Date",
        "status": "Status",
        "term": "Term",
        "name": "Name",
        "replaced_by": "Replaced by",
        "consider": "Consider",
    }
    tables.show("term-history", table.rename(columns=headings), empty="No ontology is loaded.")


def _go_to_term() -> None:
    points = st.session_state[_CHART].selection.points
    if points and points[0].get("customdata"):
        st.query_params["term"] = points[0]["customdata"][0]


def _fate_words(row: Mapping[Hashable, Any]) -> str:
    words = f"{row['snapshot']}: {row['fate']}"
    return words + (f" ({row['reason']})" if row["fate"] == REMOVED else "")


def _table(near: Neighbourhood, states: pd.DataFrame, snapshots: tuple[str, ...]) -> pd.DataFrame:
    rows = near.places.rename(columns={"term": "Term", "name": "Name", "namespace": "Branch", "level": "Level"})
    for snapshot in snapshots:
        mine = states[(states["snapshot"] == snapshot).to_numpy()]
        words = {
            row["term"]: row["reason"] if row["fate"] == REMOVED else row["fate"] for row in mine.to_dict("records")
        }
        rows = rows.assign(**{f"In {snapshot}": [words[term] for term in rows["Term"]]})
    parents = near.links.groupby("child")["parent"].agg(list).to_dict()
    shown = pd.Series([parents.get(term, []) for term in rows["Term"]], index=rows.index, dtype=object)
    return rows.assign(**{"Parents shown": shown})


def _in_words(near: Neighbourhood, fate: dict[str, str] | None) -> str:
    levels = near.places["level"]
    words = f"{(levels < 0).sum()} terms above and {(levels > 0).sum()} below {near.term}, with their links"
    if fate is None:
        return words
    return f"{words}; {sum(one == KEPT for one in fate.values())} of them are in the snapshot"
