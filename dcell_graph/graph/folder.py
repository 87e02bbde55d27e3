"""The folder of the embedded database: what is in it, how it is made, known again and deleted."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dcell_graph.errors import Busy, ServerError
from dcell_graph.graph.artifacts import NEO4J
from dcell_graph.graph.host import LOOPBACK

FORMAT = "dcell-graph database"
VERSION = 1

PAGE_CACHE = "512m"
ALL_TRANSACTIONS = 0.7  # of the heap
ONE_TRANSACTION = 0.6

LOCK_PATIENCE = 150.0  # seconds; longer than another command may need for a start

# Everything that the server and this package put into the folder.
CONTENT = frozenset(
    {"database.json", "password", "conf", "data", "next", "previous", "logs", "run", "server.log", "server.pid"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What database.json says: that the folder is ours, and how to start the server in it.

    Args:
        port: that the server listens on.
        complete: False until the server has run once; there is nothing in an incomplete database, and it is made anew.
    """

    port: int
    complete: bool


class DatabaseFolder:
    """The folder of one embedded database, which is also the home folder of its server.

    Args:
        path: the folder; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.conf = self.path / "conf"
        self.password_file = self.path / "password"
        self.pid_file = self.path / "server.pid"
        self.log = self.path / "server.log"
        self._identity = self.path / "database.json"
        self._lock = self.path.with_name(f"{self.path.name}.lock")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the right to start, stop or delete the server of this folder.

        The lock file lies beside the folder, so that the folder can be deleted while the lock is held.

        Raises:
            Busy: another command held it all the time.
        """
        try:
            import fcntl
        except ImportError:
            raise ServerError(
                "the embedded database needs Linux or macOS", hint="set NEO4J_URI to use another server"
            ) from None
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + LOCK_PATIENCE
        handle = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise Busy(
                            "another command is starting, stopping or deleting the database",
                            path=self.path,
                            hint="try again when it has ended",
                        ) from None
                time.sleep(0.05)
            yield
        finally:
            os.close(handle)

    def identity(self) -> Identity | None:
        """What the folder says about itself; None if there is no folder or nothing in it.

        Raises:
            ServerError: the folder holds something else than a database of this package.
        """
        try:
            content = json.loads(self._identity.read_text(encoding="utf-8"))
            if (content["format"], content["version"]) != (FORMAT, VERSION):
                raise ValueError
            return Identity(port=int(content["port"]), complete=bool(content["complete"]))
        except FileNotFoundError:
            found = self._strangers(known=frozenset())
            if not found:
                return None
            text = f"no database.json, but {found[0]}"
        except (ValueError, KeyError, TypeError, RecursionError):
            text = "a database.json of another kind"
        raise ServerError(
            "this folder does not hold a database of dcell-graph",
            path=self.path,
            expected=f'database.json with "format": "{FORMAT}" and "version": {VERSION}',
            found=text,
            hint="move the folder away, or name another with DCELL_GRAPH_HOME",
        )

    def remember(self, identity: Identity) -> None:
        """Write database.json."""
        content = {
            "format": FORMAT,
            "version": VERSION,
            "neo4j": NEO4J,
            "port": identity.port,
            "complete": identity.complete,
        }
        write_whole(self._identity, json.dumps(content, indent=2) + "\n")

    def create(self, port: int, password: str | None = None) -> None:
        """Make the folder with a new password, or a given one; what an interrupted attempt left there is removed."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)
        self.remember(Identity(port=port, complete=False))
        self._clear()
        # A letter in front, because the program that is given the password takes a leading hyphen for an option.
        password = password or f"p{secrets.token_urlsafe(24)}"
        handle = os.open(self.password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{password}\n")
            file.flush()
            os.fsync(file.fileno())

    def password(self) -> str:
        """The password of the database's only user.

        Raises:
            ServerError: the file is gone or holds none.
        """
        try:
            password = self.password_file.read_text(encoding="ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            password = ""
        if not password:
            raise ServerError(
                "the password of the database is lost",
                path=self.password_file,
                hint="put the file back, or delete the database with `dcell-graph db reset`",
            )
        return password

    def configure(self, port: int, heap: int = 1) -> None:
        """Write the configuration of the server, anew at each start, for a heap of so many GB."""
        self.conf.mkdir(exist_ok=True)
        total, one = (round(1000 * heap * share) for share in (ALL_TRANSACTIONS, ONE_TRANSACTION))
        lines = [
            "# Written by dcell-graph at each start: changes made here are lost.",
            f"server.bolt.listen_address={LOOPBACK}:{port}",
            f"server.bolt.advertised_address={LOOPBACK}:{port}",
            "server.http.enabled=false",
            "server.https.enabled=false",
            "dbms.security.auth_enabled=true",
            "dbms.usage_report.enabled=false",
            "# LOAD CSV reads files below this folder; by default that would be this one, with the password in it.",
            "server.directories.import=import",
            f"server.memory.pagecache.size={PAGE_CACHE}",
            f"dbms.memory.transaction.total.max={total}m",
            f"db.memory.transaction.max={one}m",
            "# The server's defaults take 256 MiB a database from the start and keep the logs of two days.",
            "db.tx_log.preallocate=false",
            "db.tx_log.rotation.size=32m",
            "db.tx_log.rotation.retention_policy=128m size",
            "# Its default is to wait ten seconds for nothing when it stops, after all data is on disk.",
            "internal.dbms.bolt.netty_server_shutdown_quiet_period=0",
        ]
        write_whole(self.conf / "neo4j.conf", "\n".join(lines) + "\n")

    def refuse_strangers(self) -> None:
        """Make sure that nothing would be deleted but a database.

        Raises:
            ServerError: the folder is not ours, or holds something that is not part of the database.
        """
        strangers = [] if self.identity() is None else self._strangers(known=CONTENT)
        if strangers:
            raise ServerError(
                f"{strangers[0]} in this folder is not part of the database, so nothing is deleted",
                path=self.path,
                hint="move it away and try again",
            )

    def delete(self) -> bool:
        """Delete the database. Its server must not run.

        Returns:
            Whether there was one.

        Raises:
            ServerError: as ``refuse_strangers``.
        """
        self.refuse_strangers()
        identity = self.identity()
        if identity is None:
            return False
        # First declared incomplete: if the deletion is interrupted, nobody takes the rest for a database.
        self.remember(Identity(port=identity.port, complete=False))
        self._clear()
        self._identity.unlink()
        with suppress(OSError):  # a link or a mount point stays, empty
            self.path.rmdir()
        return True

    def size(self) -> int:
        """Bytes on disk, roughly: files may come and go while they are counted."""
        total = 0
        for folder, _, names in os.walk(self.path):
            for name in names:
                with suppress(OSError):
                    total += (Path(folder) / name).lstat().st_size
        return total

    def _strangers(self, *, known: frozenset[str]) -> list[str]:
        """Names in the folder besides the known ones and what killed writes of our own files left."""
        try:
            names = sorted(entry.name for entry in self.path.iterdir())
        except FileNotFoundError:
            return []
        partial = tuple(f".{name}." for name in CONTENT)
        return [name for name in names if name not in known and not name.startswith(partial)]

    def _clear(self) -> None:
        for entry in list(self.path.iterdir()):
            if entry == self._identity:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that it is there whole or not at all. Only its owner may read it."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
