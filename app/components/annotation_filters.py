"""The widgets that choose and order annotations. What they say is in the address, so a link shows the same table."""

from __future__ import annotations

import re
from dataclasses import replace

import streamlit as st

from components import pages
from components.annotation_data import MOST_GENES, AnnotationData
from dcell_graph.graph.browse import Choice
from dcell_graph.graph.records import AS_ANNOTATED

# Key of the table whose headings are clicked.
TABLE = "annotations"
_TERM = re.compile(r"GO:\d{7}")
_NEGATED = {"Only NOT": True, "Without NOT": False}
_SORTS = {
    "File and line": "file",
    "Gene": "gene",
    "Symbol": "symbol",
    "NOT": "negated",
    "Relation": "relation",
    "Term": "term",
    "Term name": "name",
    "Evidence": "evidence",
    "Date": "date",
    "References": "references",
    "Assigned by": "assigned_by",
}


def choose(data: AnnotationData) -> Choice:
    """Show the filters."""
    with st.container(border=True):
        upper, lower = st.columns([3, 4, 3, 2]), st.columns([3, 4, 3, 2])
        with upper[2]:
            source = _one_of("Annotation file", data.scope.sources, "source")
        with upper[3]:
            term = _term()
        with lower[0]:
            evidence = _one_of("Evidence", data.evidence_codes(), "evidence")
        with lower[1]:
            negated = _one_of("NOT annotations", tuple(_NEGATED), "not")
        with lower[2]:
            genome = st.selectbox(
                "Gene names from",
                data.scope.genomes,
                format_func=lambda name: "the annotation files" if name == AS_ANNOTATED else name,
                key="genome",
                bind="query-params",
                on_change=pages.first,
            )
        with lower[3]:
            release = st.selectbox(
                "Term names from",
                data.scope.releases,
                placeholder="No ontology is loaded",
                disabled=not data.scope.releases,
                key="release",
                bind="query-params",
                on_change=pages.first,
            )
        choice = Choice(
            sources=data.scope.sources if source is None else (source,),
            genome=genome or AS_ANNOTATED,
            release=release,
            term=term,
            evidence=evidence,
            negated=None if negated is None else _NEGATED[negated],
        )
        with upper[0]:
            text = _search()
        with upper[1]:
            return replace(choice, gene=_gene(data, choice, text))


def order() -> tuple[str, bool]:
    """Show what the table is sorted by; a key of browse.SORTS, and whether the largest comes first."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox(
            "Sort all rows by", tuple(_SORTS), key="sort", bind="query-params", on_change=pages.first, width=160
        )
        descending = st.toggle("Descending", key="descending", bind="query-params", on_change=pages.first)
    return _SORTS[label], descending


def sort_by_heading() -> None:
    """Sort all rows by the column whose heading was clicked, and the other way round at the second click."""
    columns = st.session_state[TABLE].selection.columns
    if columns:
        st.session_state["sort"] = columns[0] if columns[0] in _SORTS else next(iter(_SORTS))
        st.session_state["descending"] = False
    else:
        st.session_state["descending"] = not st.session_state["descending"]
    pages.first()


def _search() -> str:
    return st.text_input(
        "Find a gene by its start",
        key="search",
        bind="query-params",
        live="300ms",
        icon=":material/search:",
        placeholder="Id, symbol, alias",
    ).strip()


def _gene(data: AnnotationData, choice: Choice, text: str) -> str | None:
    """The gene chosen among those that the search has found; the one in the address is always offered."""
    found = data.genes_like(choice, text) if text else None
    names = {hit.id: f"{hit.symbol} · {hit.id} ({hit.annotations:,})" for hit in found.hits} if found else {}
    named = st.query_params.get("gene")
    if named is not None:
        names.setdefault(named, named)
    if "chosen_gene" not in st.session_state:
        st.session_state["chosen_gene"] = named
    if found is None:
        label = "Gene"
    elif found.total > len(found.hits):
        label = f"Gene: first {MOST_GENES} of {found.total:,} found"
    else:
        label = f"Gene: {found.total:,} found"
    chosen: str | None = st.selectbox(
        label,
        tuple(names),
        index=None,
        format_func=lambda gene: names.get(gene, gene),
        placeholder="No such gene" if found and not names else "All",
        key="chosen_gene",
        on_change=pages.first,
    )
    if chosen is None:
        st.query_params.pop("gene", None)
    else:
        st.query_params["gene"] = chosen
    return chosen


def _term() -> str | None:
    text = st.text_input(
        "Term",
        key="term",
        bind="query-params",
        on_change=pages.first,
        placeholder="All, or a GO id",
    )
    term = text.strip().upper()
    if term and not _TERM.fullmatch(term):
        st.caption(":material/warning: A term is named by its GO id, as in GO:0006281.")
    return term or None


def _one_of(label: str, options: tuple[str, ...], key: str) -> str | None:
    chosen: str | None = st.selectbox(
        label, options, index=None, placeholder="All", key=key, bind="query-params", on_change=pages.first
    )
    return chosen
