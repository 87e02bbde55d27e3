"""What is in the graph, for those who write a query, and queries to begin with."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import tables
from components.store import Store, kept
from dcell_graph.graph.ask.asker import open_asker
from dcell_graph.graph.ask.schema import GraphSchema, read_schema
from dcell_graph.settings import Settings


def show(store: Store) -> None:
    """Labels, relationships and examples, when they are wished for: counting takes seconds on large graphs."""
    if not st.toggle("Show what is in the graph", key="schema", bind="query-params"):
        return
    schema = kept(_read, store.key, store.settings)
    nodes = pd.DataFrame(
        [{"Label": one.label, "Nodes": one.nodes, "Properties": list(one.properties)} for one in schema.nodes]
    )
    links = pd.DataFrame(
        [{"From": one.start, "Type": one.type, "To": one.end, "Relationships": one.links} for one in schema.links]
    )
    st.subheader("Nodes", anchor=False)
    tables.show("labels", nodes, empty="The graph is empty.")
    st.subheader("Relationships", anchor=False)
    tables.show("relationship-types", links, empty="There are no relationships.")
    st.subheader("Queries to begin with", anchor=False)
    for example in schema.examples:
        st.code(example, language="cypher", wrap_lines=True)


def _read(settings: Settings) -> GraphSchema:
    with open_asker(settings) as asker:
        return read_schema(asker)
