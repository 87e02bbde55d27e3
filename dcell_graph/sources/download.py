"""One file from one web address: streamed, resumed after a cut, and in place only when it is whole and accepted."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import requests
from urllib3.exceptions import HTTPError as TransportError

from dcell_graph import __version__
from dcell_graph.errors import FetchError
from dcell_graph.types import Progress

_CHUNK_BYTES = 1 << 18
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(?:\d+|\*)")
_CHANGES = 3
_Result = TypeVar("_Result")


class Unreachable(FetchError):
    """Nothing at the address answered, or the connection broke again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds.

    Args:
        connect: for a connection.
        read: for the next bytes of an answer.
        backoff: before each further attempt after a broken connection; as many attempts as entries.
        other_process: for another process that fetches the same file.
    """

    connect: float = 10.0
    read: float = 30.0
    backoff: tuple[float, ...] = (0.5, 2.0)
    other_process: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What arrived.

    Args:
        size: in bytes, as stored.
        sha256: of these bytes.
        etag: by which the server names this version of the file, if it does.
        last_modified: as the server states it, if it does.
    """

    size: int
    sha256: str
    etag: str | None
    last_modified: str | None


class _Changed(Exception):
    """The server has another version of the file than a moment ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    """What a server says about the file it would send now."""

    etag: str | None
    last_modified: str | None
    size: int | None

    @property
    def validator(self) -> str | None:
        """What a request to resume has to quote (RFC 9110, 13.1.5: a weak ETag may not be used)."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified

    def is_that_of(self, answer: requests.Response) -> bool:
        """Whether an answer is about this version; machines behind one address may disagree about ETags only."""
        etag, last_modified = answer.headers.get("ETag"), answer.headers.get("Last-Modified")
        if self.last_modified is not None or last_modified is not None:
            return self.last_modified == last_modified
        return self.etag == etag


def download(
    address: str,
    target: Path,
    *,
    accept: Callable[[Path, Received], None],
    arrived: Callable[[], bool],
    progress: Progress,
    patience: Patience,
) -> bool:
    """Fetch a file.

    The bytes go to ``<target>.<version>.part``, where <version> stands for what the server says about the file, so that
    a rest is only ever appended to the beginning of the same version. Whatever interrupts this leaves that file and
    nothing else. One process at a time writes it.

    Args:
        address: where to fetch from; redirections are followed.
        target: where to put the file; an older file there is replaced in one step.
        accept: called with the complete file before it is put in place; raises to refuse it, and it is deleted then.
        arrived: asked once no other process fetches the file any more; True if the target needs no fetching now.
        progress: told the bytes received.
        patience: waiting times.

    Returns:
        False if ``arrived`` said so.

    Raises:
        Unreachable: no connection, or it broke more often than ``patience.backoff`` allows.
        FetchError: an error status, a size other than announced, no place on the disk, or what ``accept`` raised.
    """
    with requests.Session() as session:
        session.headers.update({"User-Agent": f"dcell-graph/{__version__}", "Accept-Encoding": "identity"})
        for _ in range(_CHANGES):
            with suppress(_Changed):
                return _one_version(session, address, target, accept, arrived, progress, patience)
    raise FetchError(f"{address} changed each time while it was being fetched", hint="try again later")


def _one_version(
    session: requests.Session,
    address: str,
    target: Path,
    accept: Callable[[Path, Received], None],
    arrived: Callable[[], bool],
    progress: Progress,
    patience: Patience,
) -> bool:
    version = _again(lambda: _ask(session, address, patience), address, patience)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _own_part(_part(target, version), patience) as (part, file):
            if arrived():
                part.unlink()
                return False

            def receive() -> None:
                _receive(session, address, version, file, lambda done: progress(step, done, version.size), patience)

            step = f"fetch {target.name}"
            _again(receive, address, patience)
            _put_in_place(part, file, target, version, accept)
            return True
    except OSError as error:
        raise FetchError(
            f"{address} cannot be stored", path=error.filename or target, found=error.strerror or str(error)
        ) from None


def _again(step: Callable[[], _Result], address: str, patience: Patience) -> _Result:
    """Try a step until the connection holds."""
    for pause in (*patience.backoff, None):
        try:
            return step()
        except (requests.ConnectionError, requests.Timeout, TransportError) as error:
            if pause is None:
                raise Unreachable(f"{address} {_trouble(error, patience)}") from None
            time.sleep(pause)
        except requests.RequestException as error:
            raise FetchError(f"{address} cannot be fetched", found=str(error)) from None
    raise AssertionError("the last pause is None")


def _ask(session: requests.Session, address: str, patience: Patience) -> _Version:
    with _get(session, address, {}, patience) as answer:
        length = answer.headers.get("Content-Length", "")
        return _Version(
            etag=answer.headers.get("ETag"),
            last_modified=answer.headers.get("Last-Modified"),
            size=int(length) if length.isascii() and length.isdigit() else None,
        )


def _get(session: requests.Session, address: str, headers: dict[str, str], patience: Patience) -> requests.Response:
    answer = session.get(address, headers=headers, stream=True, timeout=(patience.connect, patience.read))
    if answer.status_code not in (200, 206):
        answer.close()
        raise FetchError(
            f"{address} gives no file", expected="status 200", found=f"status {answer.status_code} ({answer.reason})"
        )
    return answer


def _receive(
    session: requests.Session,
    address: str,
    version: _Version,
    file: BinaryIO,
    report: Callable[[int], None],
    patience: Patience,
) -> None:
    """Append what is missing to the part file, or write it anew."""
    have = file.seek(0, os.SEEK_END)
    known = version.validator is not None and version.size is not None
    if known and have == version.size:
        return
    resume = known and 0 < have < (version.size or 0)
    headers = {"Range": f"bytes={have}-", "If-Range": str(version.validator)} if resume else {}
    with _get(session, address, headers, patience) as answer:
        if not version.is_that_of(answer):
            file.truncate(0)
            raise _Changed
        if answer.status_code == 206:
            match = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != have:
                raise FetchError(f"{address} sends another part of the file", expected=f"bytes from {have} on")
        else:
            have = 0
            file.truncate(0)
        for chunk in answer.raw.stream(_CHUNK_BYTES, decode_content=False):
            file.write(chunk)
            have += len(chunk)
            report(have)
    file.flush()
    if version.size is not None and have != version.size:
        file.truncate(0)
        raise FetchError(f"{address} sends a wrong number of bytes", expected=f"{version.size:,}", found=f"{have:,}")


def _put_in_place(
    part: Path, file: BinaryIO, target: Path, version: _Version, accept: Callable[[Path, Received], None]
) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    received = Received(size=part.stat().st_size, sha256=digest, etag=version.etag, last_modified=version.last_modified)
    try:
        accept(part, received)
    except Exception:
        part.unlink()
        raise
    part.replace(target)
    for other in target.parent.glob(f"{target.name}.*.part"):
        other.unlink(missing_ok=True)


def _part(target: Path, version: _Version) -> Path:
    facts = f"{version.etag}\n{version.last_modified}\n{version.size}"
    return target.with_name(f"{target.name}.{hashlib.sha256(facts.encode()).hexdigest()[:12]}.part")


@contextmanager
def _own_part(part: Path, patience: Patience) -> Iterator[tuple[Path, BinaryIO]]:
    """Open the part file so that this process alone writes it, waiting for another one that does.

    The lock belongs to the open file, so it ends with the process, whatever ends that. Where the system has no such
    locks (Windows) every process writes a part of its own, which cannot be resumed.
    """
    if sys.platform == "win32":
        part = part.with_name(f"{part.name.removesuffix('.part')}.{os.getpid()}.part")
    until = time.monotonic() + patience.other_process
    while True:
        file = part.open("a+b")
        if _locked(file) and _is_still(part, file):
            break
        file.close()
        if time.monotonic() > until:
            raise FetchError("another process is fetching this file", path=part, hint="wait for it or end it")
        time.sleep(0.1)
    with file:
        yield part, file


def _locked(file: BinaryIO) -> bool:
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(path: Path, file: BinaryIO) -> bool:
    """False if the file was put in place under another name, or deleted, between opening and locking it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _trouble(error: Exception, patience: Patience) -> str:
    text = str(error)
    if isinstance(error, requests.ConnectTimeout):
        return f"did not accept a connection within {patience.connect:g} s"
    if isinstance(error, requests.Timeout) or "timed out" in text:
        return f"did not answer within {patience.read:g} s"
    if "NameResolutionError" in text:
        return "cannot be reached: its host name is not known"
    if "refused" in text:
        return "cannot be reached: the connection was refused"
    return "cannot be reached: the connection failed or broke"
