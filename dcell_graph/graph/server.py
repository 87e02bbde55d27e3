"""The database that commands use: an outside server if NEO4J_URI names one, else the embedded one, and its life."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from neo4j.exceptions import AuthError, DriverError, Neo4jError

from dcell_graph.errors import DatabaseError, ServerError
from dcell_graph.graph import process
from dcell_graph.graph.artifacts import NEO4J, fetch
from dcell_graph.graph.connection import Connection, ask_version, check
from dcell_graph.graph.folder import DatabaseFolder, Identity
from dcell_graph.graph.host import LOOPBACK, choose_port, disk_errors, need_room, port_is_free
from dcell_graph.graph.process import Running
from dcell_graph.graph.succession import Succession
from dcell_graph.settings import Settings
from dcell_graph.types import Progress, silent

__all__ = [
    "Connection",
    "ServerStatus",
    "connection",
    "ensure",
    "exchange",
    "reset",
    "start",
    "start_next",
    "status",
    "stop",
]

START_LIMIT = 90.0  # seconds from the launch to the first answer
ROOM = 100_000_000  # bytes that must be free: on a full disk the server neither answers nor ends
USER = "neo4j"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStatus:
    """What is known about the database in use.

    Args:
        embedded: whether it is the embedded one.
        state: ``running``, ``starting`` (embedded only) or ``stopped``; an outside server that cannot be used is
            ``stopped``.
        problem: why an outside server cannot be used; otherwise None.
        uri: its address; None if the embedded one does not run.
        version: of Neo4j; None if an outside server cannot be asked.
        pid: process id of a running embedded server.
        since: when that process started.
        folder: of the embedded database.
        size: of that folder, in bytes.
    """

    embedded: bool
    state: str
    problem: str | None = None
    uri: str | None = None
    version: str | None = None
    pid: int | None = None
    since: datetime | None = None
    folder: Path | None = None
    size: int | None = None


def connection(settings: Settings) -> Connection:
    """How to reach the database in use. An outside server is asked whether it can be used; the embedded one is not.

    Raises:
        DatabaseError: the outside server does not answer, refuses the password or is too old; the embedded one does
            not run.
    """
    if settings.neo4j_uri is not None:
        outside = _outside(settings, settings.neo4j_uri)
        check(outside)
        return outside
    folder = DatabaseFolder(settings.database)
    with disk_errors(folder.path):
        running = process.find(folder)
        if running is None:
            raise DatabaseError("the embedded database is not running", hint="run `dcell-graph db start`")
        if not running.answering:
            raise DatabaseError(
                "the embedded database is just being started by another command", hint="try again in some seconds"
            )
        return _embedded(folder, running.port)


def ensure(settings: Settings, progress: Progress = silent) -> Connection:
    """How to reach the database in use, which is started if it is the embedded one and does not run.

    Raises:
        DatabaseError: see ``connection`` and ``start``.
    """
    return connection(settings) if settings.neo4j_uri is not None else start(settings, progress=progress)


def start(settings: Settings, *, progress: Progress = silent, port: int | None = None) -> Connection:
    """Start the embedded server in the background, or find it running.

    At the first start its program files are fetched and a free port is chosen, which later starts use again.

    Args:
        settings: names the folders.
        progress: told about the files fetched and the start.
        port: of the loopback address, 1 to 65535, to use from now on.

    Raises:
        ServerError: an outside server is set; the files cannot be fetched; the port is taken; the server ended at
            once or did not answer in time. No process and no pid file is left then.
        Busy: another command has been starting or stopping it for too long.
    """
    _refuse_start(settings, port)
    folder = DatabaseFolder(settings.database)
    with disk_errors(folder.path):
        running = process.find(folder)
        if running is None or not running.answering:
            jars = fetch(settings, progress=progress)
            with folder.locked():
                running = process.find(folder)
                if running is None:
                    running = _launch(settings, folder, jars, port)
                if not running.answering:
                    _await_answer(folder, running, progress)
        if port not in (None, running.port):
            raise ServerError(
                f"the server is running already, on port {running.port}",
                hint=f"run `dcell-graph db stop` and then `dcell-graph db start --port {port}`",
            )
        return _embedded(folder, running.port)


def stop(settings: Settings) -> bool:
    """Stop the embedded server.

    Returns:
        Whether it was running.

    Raises:
        ServerError: it does not end, or belongs to another user.
        Busy: another command has been starting it for too long.
    """
    folder = DatabaseFolder(settings.database)
    with disk_errors(folder.path), folder.locked():
        return _stop(folder)


def status(settings: Settings) -> ServerStatus:
    """What is known about the database in use. Never fails because that does not run."""
    if settings.neo4j_uri is not None:
        try:
            version = check(_outside(settings, settings.neo4j_uri))
        except DatabaseError as error:
            return ServerStatus(embedded=False, state="stopped", problem=str(error), uri=settings.neo4j_uri)
        return ServerStatus(embedded=False, state="running", uri=settings.neo4j_uri, version=version)
    folder = DatabaseFolder(settings.database)
    with disk_errors(folder.path):
        running = process.find(folder)
    if running is None:
        return ServerStatus(embedded=True, state="stopped", version=NEO4J, folder=folder.path, size=folder.size())
    return ServerStatus(
        embedded=True,
        state="running" if running.answering else "starting",
        uri=_address(running.port),
        version=NEO4J,
        pid=running.pid,
        since=datetime.fromtimestamp(running.started, UTC),
        folder=folder.path,
        size=folder.size(),
    )


def reset(settings: Settings) -> bool:
    """Stop the embedded server and delete its database, with everything loaded into it.

    Returns:
        Whether there was a database.

    Raises:
        ServerError: an outside server is in use, or the folder is not, or not only, a database of this package; then
            nothing is deleted.
    """
    folder = DatabaseFolder(settings.database)
    if settings.neo4j_uri is not None:
        raise ServerError(
            f"NEO4J_URI names the server at {settings.neo4j_uri}, which only its owner can empty",
            hint=f"unset NEO4J_URI to delete the embedded database in {folder.path}",
        )
    with disk_errors(folder.path), folder.locked():
        folder.refuse_strangers()
        succession = Succession(folder)
        if folder.path.exists():
            with succession.claimed():
                succession.clear()
        _stop(folder)
        return folder.delete()


@contextmanager
def start_next(settings: Settings, *, progress: Progress = silent) -> Iterator[Connection]:
    """Run a server on the new store that was made beside the present one, on a port of its own.

    Args:
        settings: name the folders.
        progress: told about the start.

    Raises:
        ServerError: it ended at once, or did not answer in time.
    """
    following = Succession(DatabaseFolder(settings.database)).next
    jars = fetch(settings, progress=progress)
    port = choose_port()
    following.configure(port, settings.server_heap)
    running = process.launch(following, jars, port, settings.server_heap)
    _await_answer(following, running, progress)
    try:
        yield _embedded(following, port)
    finally:
        process.end(following, running)


def exchange(settings: Settings, *, progress: Progress = silent) -> None:
    """Stop the server, put the new store in the place of the present one, and start the server with it.

    The former store is kept until the server has answered; if it does not answer, the former store is back.

    Args:
        settings: name the folders.
        progress: told about the start.

    Raises:
        ServerError: the server does not end, or does not start with the new store.
    """
    folder = DatabaseFolder(settings.database)
    succession = Succession(folder)
    jars = fetch(settings, progress=progress)
    with disk_errors(folder.path), folder.locked():
        _stop(folder)
        try:
            succession.take_place()
            _await_answer(folder, _launch(settings, folder, jars, None), progress)
        except BaseException:
            _stop(folder)
            succession.take_back()
            _await_answer(folder, _launch(settings, folder, jars, None), progress)
            raise
        succession.clear()


def _refuse_start(settings: Settings, port: int | None) -> None:
    if settings.neo4j_uri is not None:
        raise ServerError(
            f"NEO4J_URI is set, so the server at {settings.neo4j_uri} is used and the embedded one is not started",
            hint="unset NEO4J_URI to use the embedded database",
        )
    if port is not None and not 1 <= port <= 65535:
        raise ServerError("this is not a port", expected="a number from 1 to 65535", found=str(port))


def _launch(settings: Settings, folder: DatabaseFolder, jars: tuple[Path, ...], port: int | None) -> Running:
    process.end_strays(folder)
    Succession(folder).settle()
    need_room(folder.path.parent, ROOM)  # the lock file is there, so it exists
    identity = folder.identity()
    chosen = port or (identity.port if identity is not None else choose_port())
    if not port_is_free(chosen):
        raise ServerError(
            f"port {chosen} of {LOOPBACK}, which the embedded database is to use, is taken by another program",
            hint="stop that program, or choose another port with `dcell-graph db start --port`",
        )
    if identity is None or not identity.complete:
        folder.create(chosen)
        folder.configure(chosen, settings.server_heap)
        process.set_password(folder, jars)
    else:
        folder.password()  # before anything is started, so that a lost one is said first
        folder.configure(chosen, settings.server_heap)
    return process.launch(folder, jars, chosen, settings.server_heap)


def _await_answer(folder: DatabaseFolder, running: Running, progress: Progress) -> None:
    """Wait until the server answers; end it if it does not, or if the wait is interrupted."""
    step = f"starting Neo4j {NEO4J}"
    progress(step, 0, None)
    try:
        _wait(folder, running)
        folder.remember(Identity(port=running.port, complete=True))
        process.confirm(folder, running)
    except BaseException:
        process.end(folder, running)
        raise
    progress(step, 1, 1)


def _wait(folder: DatabaseFolder, running: Running) -> None:
    reached = _embedded(folder, running.port)
    until = time.monotonic() + START_LIMIT
    while time.monotonic() < until:
        if not process.is_alive(running):
            raise _failure(folder, "the server ended while it was starting")
        if not port_is_free(running.port):  # something listens; before that, a driver would only wait
            try:
                ask_version(reached)
                return
            except AuthError as error:
                raise ServerError(
                    "the database does not accept its own password",
                    path=folder.password_file,
                    found=str(error.message),
                    hint="put the right password into that file, or delete the database with `dcell-graph db reset`",
                ) from None
            except (DriverError, Neo4jError, OSError):
                pass  # not ready yet
        time.sleep(0.1)
    raise _failure(folder, f"the server did not answer within {START_LIMIT:.0f} s")


def _failure(folder: DatabaseFolder, what: str) -> ServerError:
    said = process.meaningful_line(folder.log.read_text(encoding="utf-8", errors="replace"))
    return ServerError(what, found=said, hint=f"the log is {folder.log}")


def _stop(folder: DatabaseFolder) -> bool:
    running = process.find(folder)
    if running is not None:
        process.end(folder, running)
    strays = process.end_strays(folder)
    folder.pid_file.unlink(missing_ok=True)
    return running is not None or strays > 0


def _outside(settings: Settings, uri: str) -> Connection:
    password = settings.neo4j_password
    return Connection(
        uri=uri,
        user=settings.neo4j_user,
        password="" if password is None else password.get_secret_value(),
        embedded=False,
    )


def _embedded(folder: DatabaseFolder, port: int) -> Connection:
    return Connection(uri=_address(port), user=USER, password=folder.password(), embedded=True)


def _address(port: int) -> str:
    return f"bolt://{LOOPBACK}:{port}"
