"""Cypher: questions to the graph that only read, saved ones and one's own, answered as a table and as a graph."""

from __future__ import annotations

import streamlit as st
from components import cypher_answer, cypher_form, cypher_schema
from components.problems import as_sentences
from components.store import open_store

st.title("Cypher")
st.caption("Ask the graph itself. It answers what reads and refuses what writes.")

with as_sentences():
    store = open_store()
    question = cypher_form.choose(store)
    if question is not None:
        answer = cypher_answer.ask(store, question)
        if answer is not None:
            cypher_answer.show(question, answer)
    cypher_schema.show(store)
