"""Runs the queries of cypher/ on a real server; everything that talks to the driver goes through here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import neo4j
from neo4j.exceptions import AuthError, DriverError, Neo4jError, ServiceUnavailable

from dcell_graph.errors import DatabaseError
from dcell_graph.graph.queries import Query, load_query
from dcell_graph.types import Progress, silent

Row = dict[str, Any]
BATCH = 2_000
# The driver repeats a unit of work after a transient error; out-of-memory counts as one, so the patience is bounded.
_RETRY_SECONDS = 10.0


class Runner(Protocol):
    """What operations need of a database."""

    def read(self, name: str, /, **parameters: Any) -> list[Row]:
        """Run a read query; the rows are complete when it returns."""

    def write(self, name: str, /, **parameters: Any) -> list[Row]:
        """Run a write query in one transaction, or one that commits by itself if its mode is auto."""

    def write_rows(self, name: str, rows: Sequence[Any], /, *, progress: Progress = silent, **parameters: Any) -> None:
        """Run a write query once for each batch of rows, given as its parameter ``rows``."""


class Neo4jRunner:
    """The real runner, on one driver with its pool of connections."""

    def __init__(self, driver: neo4j.Driver) -> None:
        self._driver = driver

    def read(self, name: str, /, **parameters: Any) -> list[Row]:
        """Run a read query.

        Raises:
            DatabaseError: the server cannot be reached or refuses the query.
        """
        query = _checked(name, parameters)
        with self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(_run, query, parameters)

    def write(self, name: str, /, **parameters: Any) -> list[Row]:
        """Run a write query.

        Raises:
            DatabaseError: the server cannot be reached or refuses the query.
        """
        query = _checked(name, parameters)
        with self._session(neo4j.WRITE_ACCESS) as session:
            if query.mode == "auto":
                return [dict(record) for record in session.run(neo4j.Query(query.text), parameters)]
            return session.execute_write(_run, query, parameters)

    def write_rows(self, name: str, rows: Sequence[Any], /, *, progress: Progress = silent, **parameters: Any) -> None:
        """Run a write query once for each batch of rows.

        Raises:
            DatabaseError: the server cannot be reached or refuses the query.
        """
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            self.write(name, rows=list(batch), **parameters)
            progress(name, start + len(batch), len(rows))

    def statements(self, texts: Iterable[str]) -> None:
        """Run schema statements, each in a transaction of its own."""
        with self._session(neo4j.WRITE_ACCESS) as session:
            for text in texts:
                session.run(neo4j.Query(text)).consume()

    @contextmanager
    def _session(self, access: str) -> Iterator[neo4j.Session]:
        with translated(), self._driver.session(default_access_mode=access) as session:
            yield session


@contextmanager
def open_runner(uri: str, user: str, password: str) -> Iterator[Neo4jRunner]:
    """Connect to a server, check that it answers, and close the connections at the end.

    Raises:
        DatabaseError: it cannot be reached or refuses the password.
    """
    with neo4j.GraphDatabase.driver(
        uri,
        auth=(user, password),
        max_transaction_retry_time=_RETRY_SECONDS,
        connection_acquisition_timeout=20.0,
        notifications_min_severity="OFF",
    ) as driver:
        with translated():
            driver.verify_connectivity()
        yield Neo4jRunner(driver)


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into ours.

    Raises:
        DatabaseError: in place of any error of the driver.
    """
    try:
        yield
    except AuthError:
        raise DatabaseError("the database refuses the user name or password") from None
    except ServiceUnavailable as error:
        raise DatabaseError(
            "the database cannot be reached", found=str(error).splitlines()[0], hint="see `dcell-graph db status`"
        ) from None
    except Neo4jError as error:
        raise DatabaseError("the database refused a query", found=f"{error.code}: {error.message}") from error
    except DriverError as error:
        raise DatabaseError("the connection to the database failed", found=str(error)) from error


def _checked(name: str, parameters: Row) -> Query:
    query = load_query(name)
    query.check(frozenset(parameters))
    return query


def _run(transaction: neo4j.ManagedTransaction, query: Query, parameters: Row) -> list[Row]:
    return [dict(record) for record in transaction.run(query.text, parameters)]
