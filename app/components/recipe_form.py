"""The form of a snapshot: a recipe to start from, what it is applied to, and the options that are to differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from components import chooser
from components.store import Store
from dcell_graph.snapshot.applied.sweep import Sweep, variants
from dcell_graph.snapshot.recipe import ContainedStage, EvidenceStage, Recipe, shipped_recipes, with_options
from dcell_graph.sources.vocabulary import EVIDENCE_CODES, TERM_RELATIONS

_ORDERS = ("contained first", "redundant first")
_FREE = {
    "annotations": ("direct", "propagated"),
    "record": ("any", "last"),
    "negated": ("drop", "not-examined"),
    "no_data": ("drop", "keep"),
    "unannotated_parents": ("keep", "bridge", "root"),
    "removed_genes": ("drop", "parents"),
    "genes_without_term": ("leave", "root"),
    "super_root": ("always", "when-needed"),
}
_WORDS = {
    "annotations": "Annotations",
    "record": "A pair counts by",
    "negated": "NOT records",
    "no_data": "ND records",
    "unannotated_parents": "Parents without annotations",
    "removed_genes": "Genes of a removed term",
    "genes_without_term": "Genes without a term",
    "super_root": "Artificial root",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for.

    Args:
        recipe: with all options.
        release, sources, genome: that it is applied to.
    """

    recipe: Recipe
    release: str
    sources: tuple[str, ...]
    genome: str


def choose(store: Store) -> Order | None:
    """Show the form; None until it is complete. Raises RecipeError if the options contradict each other."""
    shipped = shipped_recipes()
    files = store.names("AnnotationFile")
    with st.container(border=True):
        first, second, third, fourth = st.columns([3, 3, 4, 2])
        with first:
            recipe = chooser.one_of("Start from the recipe", tuple(shipped), "recipe", steady=True)
            base = shipped[recipe or next(iter(shipped))]
        with second:
            release = chooser.one_of("Ontology release", store.names("Release"), "release")
        with third:
            words = "Annotation files, in the order that decides which record is the last"
            sources = chooser.several(words, files, "sources", first=files[:1])
        with fourth:
            genome = chooser.one_of("Genome", store.names("Genome"), "genome")
        st.caption(base.description)
        changed = _options(store, base)
    if release is None or genome is None or not sources:
        return None
    return Order(recipe=changed, release=release, sources=sources, genome=genome)


def _options(store: Store, base: Recipe) -> Recipe:
    minimum = next((stage.minimum for stage in base.stages if isinstance(stage, ContainedStage)), None)
    codes = {code for stage in base.stages if isinstance(stage, EvidenceStage) for code in stage.exclude}
    codes |= set(base.exclude_evidence)
    one, two, three, four = st.columns(4)
    with one:
        until = st.date_input(
            "Last day of assertion",
            value=None,
            min_value=date(1980, 1, 1),
            format="YYYY-MM-DD",
            key="until",
            bind="query-params",
        )
    with two:
        wanted = st.number_input(
            "Least number of contained genes",
            min_value=1,
            max_value=10_000,
            value=None,
            placeholder=_as_in(minimum),
            key="minimum",
            bind="query-params",
        )
    with three:
        excluded = st.multiselect(
            "Leave out evidence codes",
            sorted(EVIDENCE_CODES),
            placeholder=_as_in(", ".join(sorted(codes)) or "none"),
            key="exclude",
            bind="query-params",
        )
    with four:
        relations = st.multiselect(
            "Relations followed",
            tuple(TERM_RELATIONS),
            placeholder=_as_in(", ".join(base.relations)),
            key="relations",
            bind="query-params",
        )
    with st.expander("All other options", icon=":material/tune:"):
        order, free, gene_list = _others(store, base)
    options: dict[str, Any] = {option: value for option, value in free.items() if value is not None}
    if gene_list is not None:
        options["gene_list"] = gene_list
    changed = with_options(base, options=options) if options else base
    sweep = Sweep(
        releases=(),
        sources=(),
        recipes=(changed,),
        relations=(tuple(relations) or None,),
        untils=(until if isinstance(until, date) else None,),
        excluded=(tuple(excluded) or None,),
        orders=(order,) if order else ("as in the recipe",),
        minimums=(None if wanted is None else int(wanted),),
    )
    return variants(changed, sweep)[0]


def _others(store: Store, base: Recipe) -> tuple[Any, dict[str, str | None], str | None]:
    columns = st.columns(3)
    with columns[0]:
        order = st.selectbox(
            "Order of the stages", _ORDERS, index=None, placeholder="As in the recipe", key="order", bind="query-params"
        )
    with columns[1]:
        gene_list = st.selectbox(
            "Only genes of the list",
            store.names("GeneList"),
            index=None,
            placeholder="As in the recipe: all genes",
            disabled=not store.names("GeneList"),
            key="gene_list",
            bind="query-params",
        )
    free: dict[str, str | None] = {}
    for place, (option, values) in enumerate(_FREE.items(), start=2):
        with columns[place % 3]:
            free[option] = st.selectbox(
                _WORDS[option],
                values,
                index=None,
                placeholder=_as_in(getattr(base, option)),
                key=option,
                bind="query-params",
            )
    return order, free, gene_list


def _as_in(value: object) -> str:
    return "No such stage in the recipe" if value is None else f"As in the recipe: {value}"
