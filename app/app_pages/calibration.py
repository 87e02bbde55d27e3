"""Calibration: how many subsystems recipes give as an option moves, with the published numbers marked."""

from __future__ import annotations

from itertools import combinations

import streamlit as st
from components import calibration, chooser
from components.problems import as_sentences
from components.recipes import Kitchen
from components.store import open_store
from components.text import plain

from dcell_graph.snapshot.applied.sweep import Sweep
from dcell_graph.snapshot.recipe import shipped_recipes

TARGET = 2_526

st.title("Calibration")
st.caption("How many subsystems a recipe gives as one option moves, beside the numbers that were published.")

with as_sentences():
    store = open_store()
    if not store.names("Release") or not store.names("AnnotationFile"):
        st.info(
            "Recipes are applied to an ontology and annotations: `dcell-graph load ontology FILE` and "
            "`dcell-graph load annotations FILE`",
            icon=":material/arrow_forward:",
        )
        st.stop()
    shipped, files = shipped_recipes(), store.names("AnnotationFile")
    with st.container(border=True):
        first, second, third, fourth, fifth = st.columns([3, 2, 3, 2, 2])
        with first:
            names = st.multiselect(
                "Recipes", tuple(shipped), default=["ma-2018", "torchcell-2025"], key="recipes", bind="query-params"
            )
        with second:
            release = chooser.one_of("Ontology release", store.names("Release"), "release") or ""
        with third:
            groups = [group for size in range(1, len(files) + 1) for group in combinations(files, size)]
            options = {" + ".join(group): group for group in groups[:60]}
            words = "Annotation files, one curve a set"
            chosen = chooser.several(words, tuple(options), "sources", first=tuple(options)[-1:])
        with fourth:
            genome = chooser.one_of("Genome", store.names("Genome"), "genome") or ""
        with fifth:
            target = int(st.number_input("Wanted subsystems", 1, 50_000, TARGET, key="target", bind="query-params"))
    if not names or not chosen:
        st.info("Choose at least one recipe and one set of files.", icon=":material/arrow_upward:")
        st.stop()
    kitchen = Kitchen(store, release, genome)
    several = len(chosen) > 1
    pairs = [
        (f"{recipe} on {words}" if several else recipe, shipped[recipe], options[words])
        for words in chosen
        for recipe in names
    ]
    if not several:
        st.caption(plain(f"On {chosen[0]}, ontology {release}, genome {genome}."))
    minimum, day, search = st.tabs(
        ["By the minimum of genes", "By the last day", "Search"], key="view", bind="query-params"
    )
    if minimum.open:
        with minimum:
            curves = {
                words: calibration.by_minimum(kitchen, store.key, release, recipe, sources)
                for words, recipe, sources in pairs
            }
            calibration.show("by-minimum", curves, axis="Least number of contained genes", target=target)
    if day.open:
        with day:
            curves = {
                words: calibration.by_day(kitchen, store.key, release, recipe, sources)
                for words, recipe, sources in pairs
            }
            calibration.show("by-day", curves, axis="Last day of assertion", target=target)
    if search.open:
        with search:
            sweep = Sweep(
                releases=(release,),
                sources=tuple(options[words] for words in chosen),
                recipes=tuple(shipped[name] for name in names),
                relations=(("is_a",), ("is_a", "part_of")),
                orders=calibration.ORDERS,
                minimums=tuple(calibration.MINIMUMS)[:8],
            )
            st.caption(
                "Tries every recipe and set of files above with is_a alone and with part_of, with either order of the "
                "stages, and with minimums from 1 to 8."
            )
            if st.toggle("Search now", key="search", bind="query-params"):
                calibration.results(calibration.search(store, kitchen, sweep, target))
