"""Errors that a user can act on, shown as one sentence in the page; a database that comes back brings the page back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from components.text import plain
from dcell_graph.errors import DatabaseError, DcellGraphError
from dcell_graph.graph.session import open_database
from dcell_graph.settings import read_settings

_SECONDS = 3


@contextmanager
def as_sentences() -> Iterator[None]:
    """Show an error of the package in place of what follows on the page."""
    try:
        yield
    except DcellGraphError as error:
        st.error(plain(error), icon=":material/error:")
        if isinstance(error, DatabaseError):
            wait_for_database()
        st.stop()


@st.fragment(run_every=_SECONDS)
def wait_for_database() -> None:
    """Look every few seconds whether the database is back, and show the page again then."""
    try:
        with open_database(read_settings()):
            pass
    except DcellGraphError:
        st.caption("This page comes back by itself as soon as the database answers.")
        return
    st.rerun()
