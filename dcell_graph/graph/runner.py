"""Runs the queries of cypher/ on a real server; everything that talks to the driver goes through here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import neo4j
from neo4j.exceptions import AuthError, ClientError, DriverError, Neo4jError, ServiceUnavailable

from dcell_graph.errors import Busy, DatabaseError
from dcell_graph.graph.host import need_room
from dcell_graph.graph.interrupt import apart, no_interrupt
from dcell_graph.graph.queries import Query, load_query
from dcell_graph.types import Progress, silent

Row = dict[str, Any]
BATCH = 2_000
# The driver repeats a unit of work after a transient error; out-of-memory counts as one, so the patience is bounded.
_RETRY_SECONDS = 10.0
# The server ends a transaction that takes longer: its command was suspended, and others wait for what it has touched.
_LONGEST_SECONDS = 600.0
# Another command has made the same since the server looked for it: IF NOT EXISTS does not go so far.
_MADE_MEANWHILE = "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists"
# Bytes that must be free before anything is written to the embedded server: where the disk is full in the middle of a
# transaction, its log can be left so that the server does not start any more.
ROOM = 200_000_000


class Runner(Protocol):
    """What operations need of a database."""

    def read(self, name: str, /, **parameters: Any) -> list[Row]:
        """Run a read query; the rows are complete when it returns."""

    def write(self, name: str, /, **parameters: Any) -> list[Row]:
        """Run a write query in one transaction, or one that commits by itself if its mode is auto."""

    def write_rows(
        self, name: str, rows: Sequence[Any], /, *, lanes: int = 1, progress: Progress = silent, **parameters: Any
    ) -> list[Row]:
        """Run a write query once for each batch of rows, given as its parameter ``rows``; ``lanes`` of them at once."""

    def holding(self, token: str, /) -> Runner:
        """The same database for the holder of the write lock: nothing is written once another has taken it over."""


class Neo4jRunner:
    """The real runner, on one driver with its pool of connections.

    Args:
        driver: connected to the database.
        disk: a folder on the disk that the server writes to, where that is known.
        token: of the write lock that its writes depend on; None for writes that need no lock.
    """

    def __init__(self, driver: neo4j.Driver, disk: Path | None = None, token: str | None = None) -> None:
        self._driver = driver
        self._disk = disk
        self._token = token

    def holding(self, token: str, /) -> Neo4jRunner:
        """A runner whose writes are undone if the write lock is no longer held under this token.

        The lock is looked at last in each transaction, so what is committed was written by its holder. A query that
        commits by itself is preceded by a look at the lock.
        """
        return Neo4jRunner(self._driver, self._disk, token)

    def read(self, name: str, /, **parameters: Any) -> list[Row]:
        """Run a read query.

        Raises:
            DatabaseError: the server cannot be reached or refuses the query.
        """
        query = _checked(name, parameters)

        def work() -> list[Row]:
            with self._session(neo4j.READ_ACCESS) as session:
                return session.execute_read(_run, query, parameters)

        return apart(work, whole=False)

    def write(self, name: str, /, **parameters: Any) -> list[Row]:
        """Run a write query. Ctrl-C takes effect after it, so that nothing is written while it is being taken back.

        Raises:
            DatabaseError: the server cannot be reached or refuses the query.
            ServerError: there is too little room on the disk for more than the lock and taking things out.
            Busy: the write lock was lost.
        """
        query = _checked(name, parameters)
        if self._disk is not None and self._token is not None and not name.startswith("load/discard"):
            need_room(self._disk, ROOM)

        def work() -> list[Row]:
            with self._session(neo4j.WRITE_ACCESS) as session:
                if query.mode == "auto":
                    session.execute_write(_still_held, self._token)
                    return [dict(record) for record in session.run(neo4j.Query(query.text), parameters)]
                return session.execute_write(_run_held, query, parameters, self._token)

        return apart(work, whole=True)

    def write_rows(
        self, name: str, rows: Sequence[Any], /, *, lanes: int = 1, progress: Progress = silent, **parameters: Any
    ) -> list[Row]:
        """Run a write query once for each batch of rows.

        Args:
            name: of the query.
            rows: all of them.
            lanes: batches written at the same time. More than one is for rows that are sorted so that two batches
                seldom touch the same node; a batch that meets another one in its way is repeated by the driver.
            progress: told after each batch.
            parameters: the other parameters of the query.

        Returns:
            What the query returned for all batches, in their order.

        Raises:
            DatabaseError: the server cannot be reached or refuses the query; batches not begun are not written.
        """

        def write(start: int) -> list[Row]:
            return self.write(name, rows=list(rows[start : start + BATCH]), **parameters)

        returned: list[Row] = []
        with ThreadPoolExecutor(lanes) as pool:
            batches = [pool.submit(write, start) for start in range(0, len(rows), BATCH)]
            try:
                for number, batch in enumerate(batches, start=1):
                    returned += batch.result()
                    progress(name, min(number * BATCH, len(rows)), len(rows))
            except BaseException:
                # Those that have not begun are taken back, those under way are waited for.
                with no_interrupt():
                    pool.shutdown(cancel_futures=True)
                raise
        return returned

    def statements(self, texts: Iterable[str]) -> None:
        """Run schema statements, each in a transaction of its own, again if another command was in its way."""

        def work() -> None:
            with self._session(neo4j.WRITE_ACCESS) as session:
                for text in texts:
                    try:
                        session.execute_write(_run_statement, text)
                    except ClientError as error:
                        if error.code != _MADE_MEANWHILE:
                            raise
                        session.execute_write(_run_statement, text)

        apart(work, whole=True)

    @contextmanager
    def _session(self, access: str) -> Iterator[neo4j.Session]:
        with translated(), self._driver.session(default_access_mode=access) as session:
            yield session


@contextmanager
def open_runner(uri: str, user: str, password: str, *, disk: Path | None = None) -> Iterator[Neo4jRunner]:
    """Connect to a server, check that it answers, and close the connections at the end.

    Args:
        uri, user, password: of the server.
        disk: a folder on the disk that it writes to, where that is known.

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
        yield Neo4jRunner(driver, disk)


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
        if "OutOfMemory" in str(error.code):
            raise DatabaseError(
                "one step needs more memory than the server gives a transaction",
                hint="give the embedded server more with DCELL_GRAPH_SERVER_HEAP=4 (GB; default 1) and `dcell-graph db "
                "stop`; at a server of your own raise db.memory.transaction.max and dbms.memory.transaction.total.max"
                " in neo4j.conf",
            ) from error
        raise DatabaseError("the database refused a query", found=f"{error.code}: {error.message}") from error
    except DriverError as error:
        raise DatabaseError("the connection to the database failed", found=str(error)) from error


def _checked(name: str, parameters: Row) -> Query:
    query = load_query(name)
    query.check(frozenset(parameters))
    return query


def _run(transaction: neo4j.ManagedTransaction, query: Query, parameters: Row) -> list[Row]:
    return [dict(record) for record in transaction.run(query.text, parameters)]


@neo4j.unit_of_work(timeout=_LONGEST_SECONDS)
def _run_held(transaction: neo4j.ManagedTransaction, query: Query, parameters: Row, token: str | None) -> list[Row]:
    rows = _run(transaction, query, parameters)
    _still_held(transaction, token)
    return rows


def _run_statement(transaction: neo4j.ManagedTransaction, text: str) -> None:
    transaction.run(text).consume()


def _still_held(transaction: neo4j.ManagedTransaction, token: str | None) -> None:
    if token is not None and not _run(transaction, load_query("load/lock_hold"), {"token": token}):
        raise Busy(
            "this command stood still for so long that another one has taken over the write lock",
            hint="what it was doing is undone; run it again",
        )
