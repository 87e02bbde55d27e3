"""Why: why a term, a gene, or a gene of a term is in a snapshot or not, and what would bring it in."""

from __future__ import annotations

import streamlit as st
from components import chooser, links, tables
from components.problems import as_sentences
from components.store import open_store
from components.text import plain

from dcell_graph.graph.why.why import why

HEADINGS = {
    "term": "Term",
    "gene": "Gene",
    "symbol": "Symbol",
    "source": "Source",
    "evidence": "Evidence",
    "date": "Date",
    "negated": "NOT",
    "fate": "Fate",
}

st.title("Why is it in, or not?")
st.caption("Choose a term, a gene, or both: then it is asked whether the term contains the gene.")

with as_sentences():
    store = open_store()
    snapshots = store.snapshots
    if not snapshots:
        st.info("No snapshot is built yet.", icon=":material/arrow_forward:")
        links.link("build", "Build one", icon="build")
        st.stop()
    snapshot = chooser.one_of("Snapshot", tuple(snapshots), "snapshot") or next(iter(snapshots))
    made = snapshots[snapshot]
    term = chooser.term(store, made.ontology.release)
    gene = chooser.gene(store, made.genome.name)
    if term is None and gene is None:
        st.info("Choose a term, a gene, or both.", icon=":material/arrow_upward:")
        st.stop()
    answer = store.ask(why, snapshot, ":".join(filter(None, (gene, term))))

    inside = "is in" if answer.inside else "is not in"
    subject = " of ".join(filter(None, (answer.symbol or answer.gene, answer.name or answer.term)))
    with st.container(border=True):
        st.subheader(
            (":material/check_circle: " if answer.inside else ":material/cancel: ")
            + plain(f"{subject} {inside} {snapshot}"),
            anchor=False,
        )
        for sentence in answer.sentences:
            st.markdown(f"- {plain(sentence)}")
        with st.container(horizontal=True):
            if answer.term:
                links.term(answer.term, answer.name, release=made.ontology.release, snapshot=snapshot)
            if answer.gene:
                links.gene(answer.gene, answer.symbol, genome=made.genome.name, snapshot=snapshot)
            links.link("snapshots", f"The stages of {snapshot}", icon="inventory_2", snapshot=snapshot)
    records = answer.records.assign(negated=["NOT" if value else "" for value in answer.records["negated"]])
    tables.long(
        "why-records",
        records,
        headings=HEADINGS,
        noun="record",
        empty="There is no record behind it.",
        sort="term",
    )
