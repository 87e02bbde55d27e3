"""The choices that make a comparison of two annotation files. All of them are in the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import streamlit as st

from components import chooser
from components.store import Store
from dcell_graph.graph.comparison.compare import CompareConfig
from dcell_graph.graph.comparison.filters import Filters
from dcell_graph.graph.comparison.known_on import KnownOn, known_on
from dcell_graph.sources.vocabulary import EVIDENCE_CODES, NAMESPACES, NO_DATA

RELEASE_AXIS, ASSERTION_AXIS = "Release axis", "Assertion axis"
_AXES = {
    RELEASE_AXIS: "only files and releases that were made by a day: what was known when",
    ASSERTION_AXIS: "only records whose date column lies between two days: when rows were last asserted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for.

    Args:
        config: of the comparison.
        notes: about the choice of files.
    """

    config: CompareConfig
    notes: tuple[str, ...] = ()


def choose(store: Store) -> Asked | None:
    """Show the choices; None until they are complete."""
    with st.container(border=True):
        axis_column, first, second, third = st.columns([3, 3, 3, 2])
        with axis_column:
            axis = st.selectbox(
                "Date axis",
                tuple(_AXES),
                index=None,
                placeholder="None: whole files",
                help="; ".join(f"{name}: {meaning}" for name, meaning in _AXES.items()) + ".",
                key="axis",
                bind="query-params",
            )
        known = _known(store, first) if axis == RELEASE_AXIS else None
        since, until = _asserted(first, second) if axis == ASSERTION_AXIS else (None, None)
        files = store.names("AnnotationFile") if known is None else tuple(file.name for file in known.files)
        releases = store.names("Release")
        if known is not None and known.release is not None:
            releases = (known.release.name, *(name for name in releases if name != known.release.name))
        with third:
            genome = chooser.one_of("Genome", store.names("Genome"), "genome")
        left, middle, right, more = st.columns([3, 3, 3, 2], vertical_alignment="bottom")
        with left:
            a = chooser.one_of("Source A", files, "a", empty="No file of then is loaded")
        with middle:
            b = chooser.one_of("Source B", tuple(name for name in files if name != a), "b", empty="No other file")
        with right:
            release = chooser.one_of("Ontology release", releases, "release", empty="No ontology is loaded")
        with more, st.popover("More filters", icon=":material/tune:", width="stretch"):
            filters = _filters(store, since, until)
    if a is None or b is None or release is None or genome is None:
        return None
    config = CompareConfig(a=a, b=b, release=release, genome=genome, filters=filters, hierarchy=True)
    return Asked(config=config, notes=() if known is None else known.sentences)


def _known(store: Store, place: st.delta_generator.DeltaGenerator) -> KnownOn | None:
    with place:
        day = st.date_input(
            "Known on", value=None, min_value=date(1998, 1, 1), format="YYYY-MM-DD", key="known_on", bind="query-params"
        )
    return store.ask(known_on, day) if isinstance(day, date) else None


def _asserted(
    left: st.delta_generator.DeltaGenerator, right: st.delta_generator.DeltaGenerator
) -> tuple[date | None, date | None]:
    days = []
    for place, words, key in ((left, "Asserted from", "asserted_from"), (right, "Asserted until", "asserted_until")):
        with place:
            day = st.date_input(
                words, value=None, min_value=date(1980, 1, 1), format="YYYY-MM-DD", key=key, bind="query-params"
            )
        days.append(day if isinstance(day, date) else None)
    return days[0], days[1]


def _filters(store: Store, since: date | None, until: date | None) -> Filters:
    """Raises InputError if the days are in the wrong order."""
    excluded = st.multiselect(
        "Leave out evidence codes",
        sorted(set(EVIDENCE_CODES) - {NO_DATA}),
        placeholder="None",
        key="exclude",
        bind="query-params",
    )
    branches = st.multiselect(
        "Only branches",
        NAMESPACES,
        format_func=lambda name: name.replace("_", " "),
        placeholder="All three",
        key="branch",
        bind="query-params",
    )
    gene_list = st.selectbox(
        "Only genes of the list",
        store.names("GeneList"),
        index=None,
        placeholder="All genes",
        disabled=not store.names("GeneList"),
        key="gene_list",
        bind="query-params",
    )
    negated = st.toggle("Keep NOT annotations, as pairs of their own", key="keep_not", bind="query-params")
    no_data = st.toggle("Keep annotations without data (ND)", key="keep_nd", bind="query-params")
    return Filters(
        negated=_policy(negated),
        no_data=_policy(no_data),
        exclude_evidence=tuple(excluded),
        asserted_from=since,
        asserted_until=until,
        namespaces=tuple(branches) or NAMESPACES,
        gene_list=gene_list,
    )


def _policy(keep: bool) -> Literal["keep", "drop"]:
    return "keep" if keep else "drop"
