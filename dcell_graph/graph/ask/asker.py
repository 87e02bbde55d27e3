"""Answers questions in Cypher: reading only unless writing is asked for, within limits of time and rows."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import neo4j
from neo4j.exceptions import ClientError, Neo4jError, TransientError

from dcell_graph.errors import DatabaseError, InputError
from dcell_graph.graph import server
from dcell_graph.graph.ask import guard
from dcell_graph.graph.ask.text import Token, parameters_of, split, tidy
from dcell_graph.graph.interrupt import apart
from dcell_graph.graph.lock import write_lock
from dcell_graph.graph.runner import Neo4jRunner, translated
from dcell_graph.settings import Settings
from dcell_graph.types import Progress, silent

_TOO_LONG = "Transaction.TransactionTimedOut"
_TOO_MUCH = "OutOfMemory"
# On a line of its own, so that the columns of error messages are those of the query.
_EXPLAIN = "EXPLAIN\n"
_PLACE = re.compile(r"\(line (\d+), column (\d+) \(offset: \d+\)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a question may take.

    Args:
        rows: at most so many are fetched, 1 or more; None is no limit.
        seconds: the server ends the query after that time, more than 0.

    Raises:
        InputError: one is out of its range.
    """

    rows: int | None = 1_000
    seconds: float = 30.0

    def __post_init__(self) -> None:
        if self.rows is not None and self.rows < 1:
            raise InputError("the limit of rows cannot be used", expected="1 or more", found=str(self.rows))
        if not 0 < self.seconds < 1e6:
            raise InputError("the limit of time cannot be used", expected="seconds above 0", found=str(self.seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a query gave.

    Args:
        columns: their names.
        rows: values as the driver gives them; see ``values.plain`` and ``values.shown``.
        cut: whether there were more rows than the limit.
        seconds: from sending the query to the last row.
        changes: what was written, such as ``nodes created`` -> 3; empty after reading.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    cut: bool
    seconds: float
    changes: Mapping[str, int]

    @property
    def note(self) -> str | None:
        """A sentence if rows were cut."""
        if not self.cut:
            return None
        rows = "row is" if len(self.rows) == 1 else f"{len(self.rows):,} rows are"
        return f"only the first {rows} here, there are more: ask for less, or raise the limit"


class Asker:
    """Answers questions on one driver.

    Args:
        driver: connected to the database.
    """

    def __init__(self, driver: neo4j.Driver) -> None:
        self._driver = driver

    def ask(
        self,
        query: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        limits: Limits | None = None,
        load_csv: bool = False,
    ) -> Answer:
        """Answer a question that only reads.

        The query is looked at by its words, then by the server's plan of it; it runs in a transaction that may not
        write, that the server ends after the time limit, and that is rolled back.

        Args:
            query: one statement of Cypher.
            parameters: values by name; dates as ``datetime.date``.
            limits: of rows and time; by default 1,000 rows and 30 s.
            load_csv: let LOAD CSV through, which reads files of the server and fetches addresses.

        Raises:
            InputError: it does more than read, is no Cypher, or its parameters are not those given.
            DatabaseError: it took too long or too much memory, or the server cannot be reached.
        """
        limits = limits or Limits()
        text, tokens, given = _prepared(query, parameters)
        guard.check_words(tokens, load_csv=load_csv)

        def work() -> Answer:
            with (
                _understandable(limits),
                self._driver.session(default_access_mode=neo4j.READ_ACCESS) as session,
                session.begin_transaction(timeout=limits.seconds) as transaction,
            ):
                with _lines_counted_from(_EXPLAIN):
                    summary = transaction.run(f"{_EXPLAIN}{text}", given).consume()
                guard.check_plan(summary.query_type, summary.plan, load_csv=load_csv)
                begin = time.monotonic()
                columns, rows, cut = _fetch(transaction.run(text, given), limits.rows)
                took = time.monotonic() - begin
                transaction.rollback()
            return Answer(columns=columns, rows=rows, cut=cut, seconds=took, changes={})

        return apart(work, whole=False)

    def write(
        self,
        query: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        limits: Limits | None = None,
        load_csv: bool = False,
        progress: Progress = silent,
    ) -> Answer:
        """Run a statement that may do everything; it commits by itself, under the lock that all writers share.

        Args:
            query, parameters, limits, load_csv: as for ``ask``; rows over the limit are not fetched, but written.
            progress: told whom it waits for, if another command writes.

        Raises:
            InputError: it is no Cypher, or its parameters are not those given.
            DatabaseError: it took too long or too much memory, or the server cannot be reached.
            Busy: another command writes and does not end.
        """
        limits = limits or Limits()
        text, tokens, given = _prepared(query, parameters)
        guard.check_one(tokens)
        if not load_csv:
            guard.check_csv(tokens)

        def work() -> Answer:
            with _understandable(limits), self._driver.session(default_access_mode=neo4j.WRITE_ACCESS) as session:
                begin = time.monotonic()
                result = session.run(neo4j.Query(text, timeout=limits.seconds), given)
                columns, rows, cut = _fetch(result, limits.rows)
                counters = result.consume().counters
                took = time.monotonic() - begin
            changes = {
                name.replace("_", " "): value
                for name, value in vars(counters).items()
                if isinstance(value, int) and not isinstance(value, bool) and value and not name.startswith("_")
            }
            return Answer(columns=columns, rows=rows, cut=cut, seconds=took, changes=changes)

        with write_lock(Neo4jRunner(self._driver), "ask --write", progress=progress):
            return apart(work, whole=True)


@contextmanager
def open_asker(settings: Settings) -> Iterator[Asker]:
    """Connect to the database in use, and close the connections at the end.

    Raises:
        DatabaseError: it cannot be reached or refuses the password.
    """
    reached = server.connection(settings)
    with neo4j.GraphDatabase.driver(
        reached.uri,
        auth=(reached.user, reached.password),
        connection_acquisition_timeout=20.0,
        notifications_min_severity="OFF",
    ) as driver:
        with translated():
            driver.verify_connectivity()
        yield Asker(driver)


def _prepared(query: str, parameters: Mapping[str, Any] | None) -> tuple[str, list[Token], dict[str, Any]]:
    text = tidy(query)
    tokens = split(text)
    wanted, given = parameters_of(tokens), dict(parameters or {})
    if wanted != given.keys():
        raise InputError(
            "the parameters are not those of the query",
            expected=", ".join(sorted(wanted)) or "none",
            found=", ".join(sorted(given)) or "none",
        )
    return text, tokens, given


def _fetch(result: neo4j.Result, limit: int | None) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...], bool]:
    """Columns, rows up to the limit, and whether there are more."""
    columns = tuple(result.keys())
    rows: list[tuple[Any, ...]] = []
    for record in result:
        if limit is not None and len(rows) == limit:
            return columns, tuple(rows), True
        rows.append(tuple(record.values()))
    return columns, tuple(rows), False


@contextmanager
def _lines_counted_from(prefix: str) -> Iterator[None]:
    """Say what the server does not understand, with lines of the query, without those that were put before it."""
    try:
        yield
    except ClientError as error:
        added = prefix.count("\n")
        message = _PLACE.sub(lambda place: f"(line {int(place[1]) - added}, column {place[2]})", str(error.message))
        raise _not_understood(message) from None


@contextmanager
def _understandable(limits: Limits) -> Iterator[None]:
    """Turn what the server says about a query into our errors."""
    try:
        with translated():
            yield
    except DatabaseError as error:
        cause = error.__cause__
        if not isinstance(cause, Neo4jError):
            raise
        code, message = str(cause.code), str(cause.message)
        if _TOO_LONG in code:
            raise DatabaseError(
                f"the query took longer than {limits.seconds:g} s and was ended",
                hint="ask for less, or allow more time",
            ) from None
        if isinstance(cause, TransientError) and _TOO_MUCH in code:
            raise DatabaseError(
                "the query needs more memory than one query is given", hint="ask for less, such as with a LIMIT"
            ) from None
        if isinstance(cause, ClientError):
            raise _not_understood(message) from None
        raise


def _not_understood(message: str) -> InputError:
    return InputError("the database cannot run this query", found=" ".join(message.split()))
