"""For notebooks: questions in, data frames out."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from dcell_graph.errors import NotFound
from dcell_graph.graph import server
from dcell_graph.graph.ask import saved
from dcell_graph.graph.ask.asker import Answer, Limits, open_asker
from dcell_graph.graph.ask.tables import to_frame
from dcell_graph.settings import read_settings

if TYPE_CHECKING:
    import pandas as pd

NOTEBOOK_LIMITS = Limits(rows=100_000, seconds=60)
"""What a question may take unless it is asked with other limits."""


def ask(query: str, limits: Limits = NOTEBOOK_LIMITS, /, **parameters: Any) -> pd.DataFrame:
    """Answer a question in Cypher that only reads, from the database that the environment names.

    Args:
        query: one statement.
        limits: of rows and time; a warning says if rows were cut.
        parameters: by name, without the dollar sign; dates as ``datetime.date``.

    Returns:
        One row a record; dates are ``datetime.date``, nodes and maps are dicts, whole numbers stay whole.

    Raises:
        InputError: it does more than read, is no Cypher, or its parameters are not those given.
        DatabaseError: it took too long or too much memory, or the database cannot be reached.
    """
    with open_asker(read_settings()) as asker:
        return _frame(asker.ask(query, parameters, limits=limits))


def ask_saved(name: str, limits: Limits = NOTEBOOK_LIMITS, /, **parameters: Any) -> pd.DataFrame:
    """Answer a saved query; arguments, result and errors as ``ask``, and parameters that are left out get defaults.

    Raises:
        NotFound: there is no such query, or something that a parameter names does not exist.
    """
    with open_asker(read_settings()) as asker:
        return _frame(saved.ask_saved(asker, name, parameters, limits=limits))


def py2neo_graph() -> Any:
    """The database that the environment names as a ``py2neo.Graph``, for those who know that library.

    py2neo is no longer maintained; version 2021.2.4 reads and writes Neo4j 5.26, but all of ``graph.schema`` that
    deals with indexes and constraints fails there, and nothing keeps its queries from writing.

    Raises:
        NotFound: py2neo is not installed.
        DatabaseError: the database cannot be reached.
    """
    try:
        import py2neo
    except ImportError:
        raise NotFound("py2neo is not installed", hint='pip install "dcell-graph[notebook]"') from None
    settings = read_settings()
    with open_asker(settings):
        pass  # it answers, and if not, the error is one that people understand
    reached = server.connection(settings)
    return py2neo.Graph(reached.uri, auth=(reached.user, reached.password))


def _frame(answer: Answer) -> pd.DataFrame:
    if answer.note is not None:
        warnings.warn(answer.note, stacklevel=3)
    return to_frame(answer)
