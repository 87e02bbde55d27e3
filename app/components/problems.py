"""Errors that a user can act on, shown as one sentence in the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dcell_graph.errors import DcellGraphError


@contextmanager
def as_sentences() -> Iterator[None]:
    """Show an error of the package in place of what follows on the page."""
    try:
        yield
    except DcellGraphError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
