"""What the page of annotations asks the database; answers are kept until something is loaded or removed."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from contextlib import ExitStack

import pandas as pd
import streamlit as st

from dcell_graph.graph import browse
from dcell_graph.graph.browse import HEADINGS, Choice, GeneHits
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings

# Genes that the chooser offers at once.
MOST_GENES = 20
_ANSWERS_KEPT = 100


class AnnotationData:
    """The annotations of one database in the state that it has when this is made.

    Args:
        settings: say which database.

    Raises:
        DatabaseError: it cannot be reached.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        with open_database(settings) as runner:
            self.scope = browse.scope(runner)
        # What the kept answers belong to: another database or another state asks again.
        self._state = (settings.neo4j_uri or str(settings.home), self.scope.loaded)

    def evidence_codes(self) -> tuple[str, ...]:
        """The evidence codes of all annotation files."""
        return _evidence_codes(self._settings, self._state, self.scope.sources)

    def genes_like(self, choice: Choice, text: str) -> GeneHits:
        """The genes whose id, symbol or alias starts so, at most ``MOST_GENES`` of them."""
        return _genes_like(self._settings, self._state, choice, text)

    def count(self, choice: Choice) -> int:
        """How many annotations are chosen."""
        return _count(self._settings, self._state, choice)

    def page(self, choice: Choice, *, offset: int, size: int, sort: str, descending: bool) -> pd.DataFrame:
        """One page of them as a table."""
        return _page(self._settings, self._state, choice, offset, size, sort, descending)

    def file_of_all(self, choice: Choice, total: int) -> Callable[[], io.BufferedReader]:
        """What writes all of them into a temporary file when it is called."""
        settings = self._settings

        def write() -> io.BufferedReader:
            with ExitStack() as unless_whole:
                target = unless_whole.enter_context(tempfile.TemporaryFile("w+b"))
                text = io.TextIOWrapper(target, encoding="utf-8", newline="")
                with open_database(settings) as runner:
                    browse.write_csv(runner, choice, text, total=total)
                text.detach()
                target.seek(0)
                unless_whole.pop_all()
            return io.BufferedReader(target.detach())

        return write


_State = tuple[str, tuple[tuple[str, str, str], ...]]


@st.cache_data(max_entries=_ANSWERS_KEPT, show_spinner=False)
def _evidence_codes(_settings: Settings, state: _State, sources: tuple[str, ...]) -> tuple[str, ...]:
    with open_database(_settings) as runner:
        return browse.evidence_codes(runner, sources)


@st.cache_data(max_entries=_ANSWERS_KEPT, show_spinner=False)
def _genes_like(_settings: Settings, state: _State, choice: Choice, text: str) -> GeneHits:
    with open_database(_settings) as runner:
        return browse.genes_like(runner, choice, text, most=MOST_GENES)


@st.cache_data(max_entries=_ANSWERS_KEPT, show_spinner=False)
def _count(_settings: Settings, state: _State, choice: Choice) -> int:
    with open_database(_settings) as runner:
        return browse.count(runner, choice)


@st.cache_data(max_entries=_ANSWERS_KEPT, show_spinner=False)
def _page(
    _settings: Settings, state: _State, choice: Choice, offset: int, size: int, sort: str, descending: bool
) -> pd.DataFrame:
    with open_database(_settings) as runner:
        rows = browse.page(runner, choice, offset=offset, size=size, sort=sort, descending=descending)
    return pd.DataFrame([row.cells() for row in rows], columns=list(HEADINGS))
