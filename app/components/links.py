"""Links from page to page that carry what they are about in their address."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from components.text import plain

PAGES = Path(__file__).parent.parent / "app_pages"


def link(page: str, words: str, *, icon: str = "arrow_forward", **parameters: str | None) -> None:
    """A link to another page of the app.

    Args:
        page: its file in app_pages, without ending.
        words: of the link, plain text.
        icon: of Material Symbols.
        parameters: of the address; those that are None are left out.
    """
    st.page_link(
        PAGES / f"{page}.py",
        label=plain(words),
        icon=f":material/{icon}:",
        query_params={name: value for name, value in parameters.items() if value is not None},
    )


def term(term_id: str, name: str | None = None, **parameters: str | None) -> None:
    """A link to the page of a term."""
    link("term", term_id if name is None else f"{name} ({term_id})", icon="account_tree", term=term_id, **parameters)


def gene(gene_id: str, symbol: str | None = None, **parameters: str | None) -> None:
    """A link to the page of a gene."""
    link("gene", gene_id if symbol is None else f"{symbol} ({gene_id})", icon="genetics", gene=gene_id, **parameters)
