"""Chooses a term or a gene by any part of any of its names, among tens of thousands."""

from __future__ import annotations

import streamlit as st

from components.store import Store
from dcell_graph.graph.names import NameIndex, read_gene_names, read_term_names

_MOST = 30


def one_of(
    label: str,
    options: tuple[str, ...],
    key: str,
    *,
    empty: str | None = None,
    placeholder: str | None = None,
    steady: bool = False,
) -> str | None:
    """A choice that is in the address under its key.

    Unless nothing or something else is chosen, it is the first option; that is written into the address as well, since
    another option may be the first one tomorrow.

    Args:
        label: of the widget.
        options: to choose from.
        key: of the widget and in the address.
        empty: what is shown where there is nothing to choose from.
        placeholder: makes it possible to choose nothing, and is shown then.
        steady: the options are always the same, so the first one need not be in the address.
    """
    chosen: str | None
    if options and placeholder is None and not steady:
        st.session_state[key] = next(iter(_now(key, options, options)), options[0])
        chosen = st.selectbox(label, options, key=key)
        _put_into_address(key, chosen)
        return chosen
    chosen = st.selectbox(
        label,
        options,
        index=None if placeholder is not None or not options else 0,
        placeholder=placeholder if options and placeholder is not None else empty or "Nothing to choose from",
        disabled=not options,
        key=key,
        bind="query-params" if options else None,
    )
    return chosen


def several(label: str, options: tuple[str, ...], key: str, *, first: tuple[str, ...]) -> tuple[str, ...]:
    """Choices that are in the address under their key, also those that are made at first.

    Args:
        label: of the widget.
        options: to choose from.
        key: of the widget and in the address.
        first: what is chosen at first.
    """
    st.session_state[key] = _now(key, options, first)
    chosen = st.multiselect(label, options, key=key)
    _put_into_address(key, chosen)
    return tuple(chosen)


def _now(key: str, options: tuple[str, ...], first: tuple[str, ...]) -> list[str]:
    """What a widget is to show: what the address says if that is new, else what it showed, as far as it can be chosen.

    Args:
        key: of the widget and in the address.
        options: to choose from.
        first: where that leaves nothing.
    """
    there = st.query_params.get_all(key)
    if key not in st.session_state or there != st.session_state.get(_in_address(key)):
        shown = there
    else:
        before = st.session_state[key]
        shown = [before] if isinstance(before, str) else before
        if not shown:
            return []  # everything was taken away on purpose
    return [one for one in shown if one in options] or list(first)


def _put_into_address(key: str, value: str | list[str]) -> None:
    values = [value] if isinstance(value, str) else value
    if st.query_params.get_all(key) != values:
        st.query_params[key] = value
    st.session_state[_in_address(key)] = values


def _in_address(key: str) -> str:
    return f"{key}-in-address"


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
