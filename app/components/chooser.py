"""Chooses a term or a gene by any part of any of its names, among tens of thousands."""

from __future__ import annotations

import streamlit as st

from components.store import Store
from dcell_graph.graph.names import NameIndex, read_gene_names, read_term_names

_MOST = 30


def one_of(
    label: str, options: tuple[str, ...], key: str, *, empty: str | None = None, placeholder: str | None = None
) -> str | None:
    """A choice that is in the address under its key.

    Args:
        label: of the widget.
        options: to choose from.
        key: of the widget and in the address.
        empty: what is shown where there is nothing to choose from.
        placeholder: makes it possible to choose nothing, and is shown then.
    """
    chosen: str | None = st.selectbox(
        label,
        options,
        index=None if placeholder is not None or not options else 0,
        placeholder=placeholder if options and placeholder is not None else empty or "Nothing to choose from",
        disabled=not options,
        key=key,
        bind="query-params",
    )
    return chosen


def term(store: Store, release: str, *, parameter: str = "term") -> str | None:
    """The term that is searched for and chosen; its id is in the address."""
    names = store.ask_much(read_term_names, release)
    return _choose(names, "term", parameter, "Find a term by any part of its name, id or synonym", "DNA repair")


def gene(store: Store, genome: str, *, parameter: str = "gene") -> str | None:
    """The gene that is searched for and chosen; its id is in the address."""
    names = store.ask_much(read_gene_names, genome)
    return _choose(names, "gene", parameter, "Find a gene by any part of its id, symbol or alias", "RAD51, YER095W")


def _choose(names: NameIndex, noun: str, parameter: str, prompt: str, example: str) -> str | None:
    key, search_key = f"chosen-{parameter}", f"find_{parameter}"
    left, right = st.columns(2)
    with left:
        text = st.text_input(
            prompt,
            key=search_key,
            bind="query-params",
            live="300ms",
            icon=":material/search:",
            placeholder=f"Such as {example}",
        ).strip()
    hits = names.find(text, _MOST)
    labels = {hit.named.id: _label(hit.named.id, hit.named.name, hit.named.note, hit.matched) for hit in hits.first}
    there = st.query_params.get(parameter)
    if there:
        known = names.get(there)
        labels.setdefault(there, there if known is None else _label(there, known.name, known.note, known.name))
    if not text:
        heading = f"The {noun}"
    elif hits.total > len(hits.first):
        heading = f"The {noun}: the best {len(hits.first)} of {hits.total:,} found"
    else:
        heading = f"The {noun}: {hits.total:,} found"
    with right:
        # The address decides; a link or a click in a chart may have changed it.
        if st.session_state.get(key) != there:
            st.session_state[key] = there or None
        chosen: str | None = st.selectbox(
            heading,
            tuple(labels),
            index=None,
            format_func=lambda one: labels.get(one, one),
            placeholder=f"No such {noun}" if text and not labels else f"Choose a {noun}",
            key=key,
            on_change=_write,
            args=(key, parameter),
        )
    return chosen


def _write(key: str, parameter: str) -> None:
    if st.session_state[key] is None:
        st.query_params.pop(parameter, None)
    else:
        st.query_params[parameter] = st.session_state[key]


def _label(identifier: str, name: str, note: str | None, matched: str) -> str:
    words = f"{name} · {identifier}" + (f" ({note})" if note else "")
    return words if matched in (name, identifier) else f"{words} — {matched}"
