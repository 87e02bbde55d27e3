"""Overview: what is loaded, built and trained, whether the database is well, and what to do next."""

from __future__ import annotations

import streamlit as st
from components import inventory, tables

from dcell_graph.settings import read_settings

settings = read_settings()
st.title("dcell-graph")
st.caption("GO releases and annotations in Neo4j, versioned term sets, and DCell models built from them.")

state = inventory.read(settings)
if state.problem is not None:
    st.error(state.problem, icon=":material/database_off:")
if state.generated:
    st.warning(
        "Some of what is shown comes from a **generated world**, not from real data. It is marked in the tables.",
        icon=":material/science:",
    )

columns = st.columns(5)
for column, (label, number) in zip(columns, state.totals(), strict=True):
    column.metric(label, f"{number:,}", border=True)

for step in state.next_steps():
    st.info(step, icon=":material/arrow_forward:")

database, runs = st.columns([1, 1], gap="large")
with database:
    st.subheader("Database")
    tables.facts(state.database)
with runs:
    st.subheader("Runs")
    tables.show("runs", state.runs(), empty="No model is trained yet.")

st.subheader("Snapshots")
tables.show("snapshots", state.snapshots(), empty="No snapshot is built yet.")
st.subheader("Ontology releases")
tables.show("releases", state.releases(), empty="No ontology is loaded yet.")
st.subheader("Annotation files")
tables.show("annotation-files", state.annotation_files(), empty="No annotation file is loaded yet.")
st.subheader("Genomes and gene lists")
tables.show("genes", state.genes(), empty="No genome is loaded yet; genes go by the ids of the annotation files.")
