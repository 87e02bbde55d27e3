"""Discrepancies: two annotation files against each other, from the rows of each to a single pair and its history."""

from __future__ import annotations

import streamlit as st
from components import comparison_form, comparison_view, pair_detail, pairs, tables
from components.problems import as_sentences
from components.store import digest, open_store
from components.text import plain

from dcell_graph.graph.comparison.compare import compare

st.title("Discrepancies")
st.caption("Where two annotation files disagree, and why.")

with as_sentences():
    store = open_store()
    if len(store.names("AnnotationFile")) < 2 or not store.names("Release"):
        st.info(
            "A comparison needs an ontology and two annotation files: `dcell-graph load ontology FILE` and "
            "`dcell-graph load annotations FILE`",
            icon=":material/arrow_forward:",
        )
        st.stop()
    asked = comparison_form.choose(store)
    if asked is None:
        st.info("Choose two files and an ontology release.", icon=":material/arrow_upward:")
        st.stop()
    config = asked.config
    if store.generated(config.a, config.b):
        st.warning("These annotations are of a **generated world**, not real data.", icon=":material/science:")
    result = store.ask_much(compare, config)
    comparison_view.answer(result)
    for note in (*asked.notes, *result.notes):
        st.caption(f":material/info: {plain(note)}")

    waterfall, counts, table, apart = st.tabs(
        ["Waterfall", "Counts", "Pairs", "Listed apart"], key="view", bind="query-params"
    )
    if waterfall.open:
        with waterfall:
            comparison_view.waterfalls(result)
    if counts.open:
        with counts:
            comparison_view.counts(store, result)
    if table.open:
        with table:
            rows, content = pairs.filtered(result, digest(store.key, config))
            tables.long(
                "pairs",
                rows,
                headings=pairs.HEADINGS,
                noun="pair",
                empty="No pair fits these filters.",
                sort="gene",
                chosen=pairs.CHOSEN,
                content=content,
            )
    if apart.open:
        with apart:
            comparison_view.apart(result)
    if pairs.ROW in st.query_params and table.open:
        with table:
            pair_detail.show(store, config, st.query_params[pairs.ROW])
