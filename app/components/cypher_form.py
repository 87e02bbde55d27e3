"""What is asked of the graph: a saved query with its parameters, or one's own Cypher; all of it in the address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from components import chooser
from components.store import Store
from components.text import plain
from dcell_graph.errors import DcellGraphError
from dcell_graph.graph.ask.asker import Limits, open_asker
from dcell_graph.graph.ask.parameters import guess, split_pairs
from dcell_graph.graph.ask.saved import SavedParameter, SavedQuery, fill, find_saved, saved_names
from dcell_graph.graph.ask.schema import EXAMPLES

SAVED, OWN = "A saved query", "My own Cypher"
_ROWS = {"1,000": 1_000, "100": 100, "10,000": 10_000}
_SECONDS = {"30 s": 30.0, "5 s": 5.0, "120 s": 120.0}
_KINDS = {"release": "Release", "source": "AnnotationFile", "genome": "Genome", "snapshot": "Snapshot"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Args:
        saved: the saved query, or None.
        text: the Cypher.
        given: parameters by name, as they were typed; without those that get their defaults.
        limits: of rows and time.
        again: whether it was asked just now.
    """

    saved: SavedQuery | None
    text: str
    given: Mapping[str, str]
    limits: Limits
    again: bool

    def values(self) -> dict[str, Any]:
        """The values of the parameters of one's own Cypher.

        Raises:
            InputError: one cannot be read.
        """
        return {name: guess(name, text) for name, text in self.given.items()}


def choose(store: Store) -> Question | None:
    """The question, or None as long as there is none."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        mode = chooser.one_of("Ask", (SAVED, OWN), "mode", steady=True)
    with right, st.container(horizontal=True):
        rows = chooser.one_of("Rows at most", tuple(_ROWS), "rows", steady=True)
        seconds = chooser.one_of("Time at most", tuple(_SECONDS), "seconds", steady=True)
    limits = Limits(rows=_ROWS[rows or "1,000"], seconds=_SECONDS[seconds or "30 s"])
    return _own(limits) if mode == OWN else _saved(store, limits)


def _own(limits: Limits) -> Question | None:
    with st.form("own", border=False):
        text = st.text_area(
            "Cypher, one statement that only reads",
            key="query",
            bind="query-params",
            height=170,
            placeholder=EXAMPLES[0],
        )
        parameters = st.text_area(
            "Parameters, one NAME=VALUE a line",
            key="parameters",
            bind="query-params",
            height=80,
            placeholder="term=GO:0006281",
            help="A number, a day (YYYY-MM-DD), true, false, JSON, or else a text.",
        )
        again = st.form_submit_button("Ask", type="primary", icon=":material/play_arrow:")
    if not text.strip():
        return None
    given = split_pairs(line for line in parameters.splitlines() if line.strip())
    return Question(saved=None, text=text, given=given, limits=limits, again=again)


def _saved(store: Store, limits: Limits) -> Question | None:
    name = st.selectbox(
        "Saved query",
        saved_names(),
        index=None,
        placeholder="Choose one",
        key="saved",
        bind="query-params",
    )
    if name is None:
        return None
    query = find_saved(name)
    st.caption(plain(query.title))
    with st.form(f"saved-{name}", border=False):
        given: dict[str, str] = {}
        columns = st.columns(max(2, min(4, len(query.parameters))))
        for place, parameter in enumerate(query.parameters):
            with columns[place % len(columns)]:
                value = _field(store, query, parameter)
            if value:
                given[parameter.name] = value
        again = st.form_submit_button("Ask", type="primary", icon=":material/play_arrow:")
    missing = [one for one in query.parameters if one.default is None and one.name not in given]
    with st.expander("Its Cypher", icon=":material/code:"):
        st.code(query.text, language="cypher")
        st.button(
            "Change it",
            icon=":material/edit:",
            disabled=bool(missing),
            on_click=_change,
            args=(store, query, given),
        )
    if missing:
        examples = ", ".join(f"{one.name} (such as {query.example.get(one.name, one.meaning)})" for one in missing)
        st.info(plain(f"Fill in {examples}."), icon=":material/arrow_upward:")
        return None
    return Question(saved=query, text=query.text, given=given, limits=limits, again=again)


def _field(store: Store, query: SavedQuery, parameter: SavedParameter) -> str | None:
    """What was typed or chosen for a parameter; empty or None for its default."""
    label = f"{parameter.name}: {parameter.meaning}"
    key = f"p_{parameter.type}_{parameter.name}"
    if parameter.type in _KINDS:
        names = store.names(_KINDS[parameter.type])
        return chooser.one_of(plain(label), names, key, placeholder=parameter.default or "Choose one")
    value: str = st.text_input(
        plain(label),
        key=key,
        bind="query-params",
        placeholder=parameter.default or f"Such as {query.example.get(parameter.name, '')}",
    )
    return value.strip()


def _change(store: Store, query: SavedQuery, given: Mapping[str, str]) -> None:
    """Put a saved query into the field for one's own, with the values that its parameters have."""
    values: Mapping[str, Any] = given
    try:
        with open_asker(store.settings) as asker:
            values = fill(asker, query, given)
    except DcellGraphError:
        # The page says what is wrong with them; what was typed stays.
        pass
    lines = [line for line in query.text.splitlines() if not line.startswith("//")]
    st.session_state["mode"] = OWN
    st.session_state["query"] = "\n".join(lines)
    st.session_state["parameters"] = "\n".join(f"{name}={_typed(name, value)}" for name, value in values.items())


def _typed(name: str, value: Any) -> str:
    """A value as one would type it, so that it is read as that value again."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value[:1].isalpha() and guess(name, value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)
