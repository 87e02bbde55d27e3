"""What the graph answers: a table, the nodes and relationships in it as a drawing, or one sentence of refusal."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import streamlit as st

from components import charts, cypher_graph, tables
from components.cypher_form import Question
from components.store import Store, digest
from components.text import plain
from dcell_graph.errors import DcellGraphError
from dcell_graph.graph.ask.asker import Answer, open_asker
from dcell_graph.graph.ask.entities import entities
from dcell_graph.graph.ask.saved import ask_saved
from dcell_graph.graph.ask.tables import to_frame
from dcell_graph.graph.ask.values import as_json
from dcell_graph.wording import counted

_PLACE = re.compile(r"\(line (\d+), column (\d+)(?: \(offset: \d+\))?\)")
_STATE = "cypher-answer"
_NUMBERS = ("year", "line", "step", "level")


def ask(store: Store, question: Question) -> Answer | None:
    """The answer; or None after a sentence that says why there is none.

    It is asked once, and again only if the question, the database or the wish is new: not for another view of it.
    """
    saved = None if question.saved is None else question.saved.name
    key = digest(store.key, saved, question.text, sorted(question.given.items()), question.limits)
    kept = st.session_state.get(_STATE)
    if kept is None or kept[0] != key or question.again:
        with st.spinner("Asking the database …"):
            kept = (key, _asked(store, question))
        st.session_state[_STATE] = kept
    outcome = kept[1]
    if isinstance(outcome, DcellGraphError):
        _refused(outcome, question.text)
        return None
    return outcome


def _asked(store: Store, question: Question) -> Answer | DcellGraphError:
    try:
        with open_asker(store.settings) as asker:
            if question.saved is not None:
                return ask_saved(asker, question.saved.name, question.given, limits=question.limits)
            return asker.ask(question.text, question.values(), limits=question.limits)
    except DcellGraphError as error:
        # Not waited for as a database that is gone: a query that took too long would be asked again and again.
        return error


def _refused(error: DcellGraphError, query: str) -> None:
    """One sentence; where the server says at which place, that line of the query with a mark below the place."""
    words = str(error)
    place = _PLACE.search(words)
    if place is None:
        st.error(plain(words), icon=":material/error:")
        return
    line, column = int(place[1]), int(place[2])
    st.error(plain(f"{words[: place.start()]}(line {line}, column {column})"), icon=":material/error:")
    lines = query.strip().splitlines()
    if line <= len(lines):
        st.code(f"{lines[line - 1]}\n{' ' * (column - 1)}^", language=None)


def show(question: Question, answer: Answer) -> None:
    """The answer as a table and as a graph."""
    limits = question.limits
    st.subheader(counted(len(answer.rows), "row"), anchor=False)
    st.caption(
        f"In {answer.seconds:.2f} s; at most {limits.rows:,} rows and {limits.seconds:g} s."
        + (f" :material/warning: {plain(answer.note.capitalize())}." if answer.note else "")
    )
    table, graph = st.tabs(["Table", "Graph"], key="view", bind="query-params")
    if table.open:
        with table:
            frame = as_frame(answer)
            numbers = {name: st.column_config.NumberColumn(format="%d") for name in frame if name in _NUMBERS}
            tables.show(
                "answer", frame, empty="No row answers the question.", config=numbers, hide_false_generated=False
            )
    if graph.open:
        with graph:
            _graph(answer)


def as_frame(answer: Answer) -> pd.DataFrame:
    """The answer with maps, nodes and values of several types as text; lists of plain values stay lists."""
    frame = to_frame(answer)
    for name in frame.columns:
        if frame[name].dtype == object:
            values = frame[name].tolist()
            kinds = {type(value) for value in values if value is not None}
            mixed = len(kinds) > 1
            frame[name] = pd.Series([_cell(value, mixed=mixed) for value in values], dtype=object)
    return frame


def _cell(value: Any, *, mixed: bool) -> Any:
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict | list) for one in value)):
        return as_json(value)
    if mixed and value is not None and not isinstance(value, str):
        return as_json(value)
    return value


def _graph(answer: Answer) -> None:
    found = entities(answer.rows)
    if not found.nodes:
        st.info(
            "This answer holds no nodes. Return nodes, relationships or paths to see them drawn, such as "
            "`MATCH p = (t:Term)-[:IS_A]->(:Term) RETURN p LIMIT 20`",
            icon=":material/hub:",
        )
        return
    drawn = found.first(cypher_graph.MOST)
    if len(drawn.nodes) < len(found.nodes):
        st.caption(f"The first {len(drawn.nodes):,} of {len(found.nodes):,} nodes are drawn; the tables have all.")
    nodes, links = cypher_graph.node_table(found), cypher_graph.link_table(found)
    charts.show(
        "relationships",
        cypher_graph.draw(drawn),
        alt=f"A graph of {counted(len(drawn.nodes), 'node')} and {counted(len(drawn.links), 'relationship')}.",
        table=links,
        height=560,
    )
    st.subheader(counted(len(nodes), "node"), anchor=False)
    tables.show("nodes", nodes, empty="")
