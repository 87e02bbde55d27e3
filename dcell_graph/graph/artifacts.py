"""The program files of the embedded server: 217 jars with known checksums, fetched once into the user's cache."""

from __future__ import annotations

import hashlib
import os
import queue
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dcell_graph.errors import ServerError
from dcell_graph.graph.host import disk_errors, extra
from dcell_graph.settings import Settings
from dcell_graph.types import Progress, silent

if TYPE_CHECKING:
    import requests

NEO4J = "5.26.28"

CONNECTIONS = 8
ATTEMPTS = 3
PAUSE = 0.5  # seconds before the second attempt, twice that before the third
CONNECT_TIMEOUT, READ_TIMEOUT = 10, 20  # seconds
CHUNK = 1 << 16  # bytes
TOO_MANY_REQUESTS = 429
ABANDONED = 3600  # seconds after which a partial file cannot belong to a running download


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One jar.

    Args:
        group: such as ``org.neo4j.bolt``.
        name: such as ``neo4j-bolt``.
        version: such as ``5.26.28``.
        classifier: of a jar for one platform, such as ``linux-x86_64``; otherwise empty.
        sha256: of its bytes, in hexadecimal.
    """

    group: str
    name: str
    version: str
    classifier: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Its name in the repository and in the cache."""
        return f"{self.name}-{self.version}{'-' + self.classifier if self.classifier else ''}.jar"

    @property
    def address(self) -> str:
        """Its place below the address of the repository."""
        return f"{self.group.replace('.', '/')}/{self.name}/{self.version}/{self.file_name}"


class _Refused(Exception):
    """One attempt failed; the text says what was found."""

    def __init__(self, found: str, *, final: bool) -> None:
        super().__init__(found)
        self.found = found
        self.final = final


class _Stopped(Exception):
    """The fetch was given up elsewhere, so this download ends as well."""


def library(settings: Settings) -> Path:
    """The folder of the cache that holds the jars."""
    return settings.cache / f"neo4j-{NEO4J}" / "lib"


def listed() -> list[Artifact]:
    """The jars of the server, from the list in this package."""
    text = resources.files("dcell_graph.graph").joinpath("jars.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return [Artifact(group=g, name=n, version=v, classifier=c, sha256=sha256) for g, n, v, c, sha256 in rows]


def fetch(
    settings: Settings, *, progress: Progress = silent, artifacts: Sequence[Artifact] | None = None
) -> tuple[Path, ...]:
    """Bring the cache in order: keep every jar that is there and right, fetch those that are missing or damaged.

    A jar gets its name only when it is whole and its checksum is right, so an interrupted fetch is continued by the
    next one.

    Args:
        settings: names the cache.
        progress: told the number of jars in place, of all jars; not called when nothing has to be fetched.
        artifacts: the jars to have; by default those of the server.

    Returns:
        The jars, in the order of the list.

    Raises:
        ServerError: a jar cannot be fetched or is not the one that was asked for, or the cache cannot be written.
    """
    wanted = listed() if artifacts is None else list(artifacts)
    folder = library(settings)
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            right = list(pool.map(lambda artifact: _is_right(folder / artifact.file_name, artifact.sha256), wanted))
        missing = [artifact for artifact, good in zip(wanted, right, strict=True) if not good]
        if missing:
            _Download(folder, _repository()).run(missing, progress, total=len(wanted))
    return tuple(folder / artifact.file_name for artifact in wanted)


def _repository() -> str:
    address: str = extra("jgo").MAVEN_CENTRAL_URL
    return address.rstrip("/")


def _is_right(path: Path, sha256: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False


def _sweep(folder: Path) -> None:
    """Remove partial files of downloads that were killed."""
    for partial in folder.glob(".*.part"):
        with suppress(FileNotFoundError):  # another fetch may have finished it meanwhile
            if time.time() - partial.stat().st_mtime > ABANDONED:
                partial.unlink()


class _Download:
    """One fetch: some connections that stay open for many jars each, since opening one takes longer than most jars.

    Args:
        folder: where the jars go.
        repository: address below which they are found.
    """

    def __init__(self, folder: Path, repository: str) -> None:
        self.folder = folder
        self.repository = repository
        self.stopped = threading.Event()
        self.sessions: queue.SimpleQueue[requests.Session] = queue.SimpleQueue()

    def run(self, artifacts: Sequence[Artifact], progress: Progress, *, total: int) -> None:
        """Fetch all the jars, or give up at the first that cannot be had."""
        import requests

        sessions = [requests.Session() for _ in range(min(CONNECTIONS, len(artifacts)))]
        for session in sessions:
            self.sessions.put(session)
        step, there = f"fetching Neo4j {NEO4J}", total - len(artifacts)
        progress(step, there, total)
        try:
            with ThreadPoolExecutor(len(sessions)) as pool:
                waiting = [pool.submit(self._one, artifact) for artifact in artifacts]
                try:
                    for done, finished in enumerate(as_completed(waiting), start=there + 1):
                        finished.result()
                        progress(step, done, total)
                except BaseException:
                    self.stopped.set()
                    pool.shutdown(cancel_futures=True)
                    raise
        finally:
            for session in sessions:
                session.close()

    def _one(self, artifact: Artifact) -> None:
        session = self.sessions.get()
        try:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    self._attempt(session, artifact)
                    return
                except _Refused as refused:
                    if refused.final or attempt == ATTEMPTS:
                        raise self._sentence(artifact, refused) from None
                if self.stopped.wait(PAUSE * attempt):
                    raise _Stopped
        finally:
            self.sessions.put(session)

    def _attempt(self, session: requests.Session, artifact: Artifact) -> None:
        import requests

        handle, name = tempfile.mkstemp(prefix=f".{artifact.file_name}.", suffix=".part", dir=self.folder)
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                sha256 = hashlib.sha256()
                url = f"{self.repository}/{artifact.address}"
                with session.get(url, stream=True, timeout=(CONNECT_TIMEOUT, READ_TIMEOUT)) as answer:
                    if not answer.ok:
                        passing = answer.status_code >= 500 or answer.status_code == TOO_MANY_REQUESTS
                        raise _Refused(f"HTTP status {answer.status_code}", final=not passing)
                    for chunk in answer.iter_content(CHUNK):
                        if self.stopped.is_set():
                            raise _Stopped
                        sha256.update(chunk)
                        file.write(chunk)
            if sha256.hexdigest() != artifact.sha256:
                raise _Refused(f"a file with sha256 {sha256.hexdigest()[:12]}…", final=False)
            # No flush to the disk: the checksum of every jar is looked at again before each start.
            partial.chmod(0o644)
            partial.replace(self.folder / artifact.file_name)
        except requests.RequestException as error:
            raise _Refused(self._reason(error), final=False) from None
        finally:
            partial.unlink(missing_ok=True)

    def _reason(self, error: requests.RequestException) -> str:
        import requests

        host = urlsplit(self.repository).hostname
        for kind, text in (
            (requests.exceptions.ProxyError, f"the proxy does not connect to {host}"),
            (requests.exceptions.SSLError, f"the certificate of {host} is not accepted"),
            (requests.exceptions.Timeout, f"no answer from {host} in time"),
            (requests.exceptions.ChunkedEncodingError, f"the connection to {host} was cut"),
            (requests.exceptions.ConnectionError, f"no connection to {host}"),
        ):
            if isinstance(error, kind):
                return text
        return str(error)

    def _sentence(self, artifact: Artifact, refused: _Refused) -> ServerError:
        target = self.folder / artifact.file_name
        damaged = target.exists()
        return ServerError(
            "this program file of Neo4j is damaged and cannot be fetched again"
            if damaged
            else "this program file of Neo4j cannot be fetched",
            path=target,
            expected=f"a file with sha256 {artifact.sha256[:12]}…",
            found=refused.found,
            hint="try again with a network connection; without one, copy the jars into that folder from the same "
            "folder of another computer",
        )
