"""Build a snapshot from a form; the sizes after each stage are shown before anything is built."""

from __future__ import annotations

import streamlit as st
from components import links, recipe_form, snapshot_view
from components.problems import as_sentences
from components.published import nearest
from components.recipes import Kitchen
from components.store import Store, open_store
from components.text import plain

from dcell_graph.graph.build import build_snapshot


def build(store: Store, name: str, order: recipe_form.Order) -> None:
    """Build it and say how to go on. Errors are sentences: a name that is taken stays as it is."""
    with st.status(plain(f"Building {name} …"), expanded=True) as status, store.open() as runner:
        result = build_snapshot(
            runner,
            name,
            order.recipe,
            release=order.release,
            sources=order.sources,
            genome=order.genome,
            progress=lambda step, done, total: status.update(label=plain(f"Building {name}: {step}")),
        )
        status.update(label=plain(f"{name} is built"), state="complete", expanded=False)
    if result.already:
        st.info(plain(f"{name} was there already with the same content; nothing was changed."))
    else:
        st.success(plain(f"{name} is built: {result.manifest.counts['terms']:,} terms."), icon=":material/check:")
    links.link("snapshots", f"Look at {name}", icon="inventory_2", snapshot=name)


st.title("Build a snapshot")
st.caption("Choose a recipe and what it is applied to. The numbers below follow; nothing is stored before you build.")

with as_sentences():
    store = open_store()
    if not store.names("Release") or not store.names("AnnotationFile"):
        st.info(
            "A snapshot needs an ontology and annotations: `dcell-graph load ontology FILE` and "
            "`dcell-graph load annotations FILE`",
            icon=":material/arrow_forward:",
        )
        st.stop()
    order = recipe_form.choose(store)
    if order is None:
        st.info("Choose at least one annotation file.", icon=":material/arrow_upward:")
        st.stop()
    if store.generated(order.release, *order.sources):
        st.warning("Some of this is of a **generated world**, not real data.", icon=":material/science:")
    outcome = Kitchen(store, order.release, order.genome).apply(order.recipe, order.sources)
    if isinstance(outcome, str):
        st.warning(plain(outcome), icon=":material/block:")
        st.stop()
    sizes = (len(outcome.terms), len(outcome.links), sum(genes.bit_count() for genes in outcome.genes.values()))
    for column, words, size in zip(st.columns(3), ("Terms", "Links", "Pairs"), sizes, strict=True):
        column.metric(words, f"{size:,}", border=True)
    st.caption(plain(f"A model on it has {sizes[0]:,} subsystems: {nearest(sizes[0])}."))
    snapshot_view.stages("preview", outcome.stages)

    with st.form("build", border=True):
        left, right = st.columns([4, 1], vertical_alignment="bottom")
        with left:
            name = st.text_input("Name of the snapshot", placeholder="Letters, digits, - _ . +").strip()
        with right:
            wanted = st.form_submit_button("Build it", type="primary", icon=":material/build:", width="stretch")
    if wanted and not name:
        st.warning("A snapshot needs a name.", icon=":material/edit:")
    elif wanted:
        build(store, name, order)
