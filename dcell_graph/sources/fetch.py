"""Find a source file: in the user's mirror folder, among the files fetched before, or at its official address.

A file is never taken for the release in its name or address: the release that its header names is compared with the one
that was asked for. Beside each fetched file lies a note with its origin (sidecar.py).
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import requests

from dcell_graph.errors import FetchError, SettingsError
from dcell_graph.settings import Settings
from dcell_graph.sources.catalogue import Catalogue, Kind, Source
from dcell_graph.sources.content import problem_with, release_names
from dcell_graph.sources.download import Patience, Received, download
from dcell_graph.sources.sidecar import (
    SIDECAR,
    FetchedFile,
    Sidecar,
    described,
    read_sidecar,
    sidecar_path,
    write_sidecar,
)
from dcell_graph.sources.text import stamp
from dcell_graph.types import Progress, silent


def resolve(
    name: str,
    kind: Kind,
    *,
    settings: Settings,
    catalogue: Catalogue,
    progress: Progress = silent,
    refresh: bool = False,
    patience: Patience | None = None,
) -> FetchedFile:
    """Get a file by its catalogue key or release: from the mirror folder, the files fetched before, or the network.

    Args:
        name: see ``Catalogue.find``.
        kind: what the file has to be.
        settings: names the mirror folder and the folder of fetched files.
        catalogue: see ``load_catalogue``.
        progress: told the bytes received.
        refresh: fetch a file from a moving address again; what was fetched on other days stays.
        patience: waiting times of a download.

    Raises:
        NotFound: the catalogue has no such entry.
        InputError: the name fits several entries.
        SettingsError: the mirror folder does not exist.
        FetchError: the file is nowhere, or is damaged, of another release, or no data file at all.
    """
    source = catalogue.find(name, kind)
    found = from_mirror(source, settings.mirror)
    anew = refresh and source.moving
    if found is None and not anew:
        found = _from_cache(source, settings.downloads)
    return found or _from_network(source, settings, progress, patience or Patience(), anew=anew)


def network_available(catalogue: Catalogue, keys: Iterable[str] | None = None, *, seconds: float = 4.0) -> bool:
    """Whether official addresses can be reached now; answers within ``seconds``, whatever the network does.

    Args:
        catalogue: see ``load_catalogue``.
        keys: the entries that are wanted; one address of each has to answer. By default the first ontology and the
            first annotation file that are always at the same address.
        seconds: how long to wait, above 0.
    """
    if keys is None:
        of_kinds = [catalogue.of_kind("ontology"), catalogue.of_kind("annotations")]
        wanted = [next((source for source in sources if source.moving), None) for sources in of_kinds]
    else:
        by_key = {source.key: source for source in catalogue.source}
        wanted = [by_key.get(key) for key in keys]
    answers: queue.SimpleQueue[tuple[str, bool]] = queue.SimpleQueue()
    missing, waiting = set(), 0
    for source in wanted:
        if source is None or not source.addresses or source.is_template:
            return False
        missing.add(source.key)
        for address in source.addresses:
            # A daemon thread: the look-up of a host name takes no time limit, and must not keep the program alive.
            threading.Thread(target=_ask, args=(address, source.key, seconds, answers), daemon=True).start()
            waiting += 1
    until = time.monotonic() + seconds
    for _ in range(waiting):
        try:
            key, there = answers.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            break
        if there:
            missing.discard(key)
        if not missing:
            break
    return bool(wanted) and not missing


def _ask(address: str, key: str, seconds: float, answers: queue.SimpleQueue[tuple[str, bool]]) -> None:
    there = False
    with suppress(requests.RequestException):
        there = requests.head(address, timeout=seconds, allow_redirects=True).ok
    answers.put((key, there))


def from_mirror(source: Source, mirror: Path | None) -> FetchedFile | None:
    """A file of a mirror folder, checked; None if it is not there or there is no folder.

    Raises:
        SettingsError: the mirror folder does not exist.
        FetchError: the file is damaged, of another release, or no data file at all.
    """
    if mirror is None:
        return None
    if not mirror.is_dir():
        raise SettingsError("the mirror folder does not exist", path=mirror, hint="correct or unset DCELL_GRAPH_MIRROR")
    for place, sha256 in _places(source):
        path = mirror / place
        if not path.is_file():
            continue
        mark = stamp(path)
        if sha256 is not None and mark.sha256 != sha256:
            raise FetchError(
                f"the file of the mirror folder is not the one that the catalogue calls {source.key}",
                path=path,
                expected=f"sha256 {sha256[:12]}…",
                found=f"{mark.sha256[:12]}…",
                hint="replace it, or state its checksum in a catalogue of your own",
            )
        return FetchedFile(
            path=path,
            key=source.key,
            source="mirror",
            address=str(path),
            sha256=mark.sha256,
            size=mark.size,
            fetched_at=_now(),
            release_found=_checked_release(source, path, str(path)),
        )
    return None


def _places(source: Source) -> Iterator[tuple[str, str | None]]:
    """Where a file may lie in a mirror folder, with its checksum where the name is exactly the listed one."""
    for file in source.mirror:
        other = file.path.removesuffix(".gz") if file.path.endswith(".gz") else f"{file.path}.gz"
        for path, sha256 in ((file.path, file.sha256), (other, None)):
            yield path, sha256
            if "/" in path:
                yield PurePosixPath(path).name, sha256


def _from_cache(source: Source, downloads: Path) -> FetchedFile | None:
    folder = downloads / source.key
    days = sorted(folder.glob("????-??-??"), reverse=True) if source.moving else [folder]
    for day in days:
        for note in sorted(day.glob(f"*{SIDECAR}")):
            path = note.with_name(note.name.removesuffix(SIDECAR))
            sidecar = read_sidecar(note)
            if sidecar is None or not path.is_file() or stamp(path).sha256 != sidecar.sha256:
                continue
            return described(path, "cache", sidecar)
    return None


def _from_network(
    source: Source, settings: Settings, progress: Progress, patience: Patience, *, anew: bool
) -> FetchedFile:
    folder = settings.downloads / source.key
    if source.moving:
        folder /= datetime.now(UTC).date().isoformat()
    troubles = []
    for address in source.addresses:
        target = folder / _file_name(address)

        def accept(part: Path, received: Received, address: str = address, target: Path = target) -> None:
            write_sidecar(_inspected(source, address, target, part, received), target)

        def arrived() -> bool:
            return not anew and _from_cache(source, settings.downloads) is not None

        try:
            fetched_now = download(
                address, target, accept=accept, arrived=arrived, progress=progress, patience=patience
            )
        except FetchError as error:
            troubles.append(error)
            continue
        sidecar = read_sidecar(sidecar_path(target)) if fetched_now else None
        fetched = _from_cache(source, settings.downloads) if sidecar is None else described(target, "download", sidecar)
        if fetched is not None:
            return fetched
    raise _nowhere(source, settings.mirror, troubles)


def _inspected(source: Source, address: str, target: Path, part: Path, received: Received) -> Sidecar:
    """Describe a file that was received.

    Raises:
        FetchError: it is not the file that was asked for.
    """
    before = read_sidecar(sidecar_path(target))
    known = source.sha256 or (before.sha256 if before is not None and not source.moving else None)
    if known is not None and received.sha256 != known:
        raise FetchError(
            f"{address} gives another file than "
            + ("the catalogue says" if before is None or source.sha256 else f"on {before.fetched_at[:10]}"),
            expected=f"sha256 {known[:12]}…",
            found=f"{received.sha256[:12]}…",
            hint=None if source.sha256 else f"if that is right, delete {sidecar_path(target)}",
        )
    return Sidecar(
        key=source.key,
        address=address,
        fetched_at=_now(),
        size=received.size,
        sha256=received.sha256,
        etag=received.etag,
        last_modified=received.last_modified,
        release=_checked_release(source, part, address),
    )


def _checked_release(source: Source, path: Path, address: str) -> str | None:
    """The release that a file calls itself.

    Raises:
        FetchError: the file is not of its format, or not of the release that was asked for.
    """
    problem = problem_with(path, source.format, source.member)
    if problem is not None:
        raise FetchError(f"{address} {problem}")
    names = release_names(path, source.format)
    if source.must_name is not None and source.must_name not in names:
        raise FetchError(
            f"{address} is not the release that was asked for",
            expected=source.must_name,
            found=" or ".join(names) or "no release in its header",
        )
    return source.must_name or next(iter(names), None)


def _nowhere(source: Source, mirror: Path | None, troubles: Iterable[FetchError]) -> FetchError:
    tried = [str(trouble) for trouble in troubles] or ["no official address is known for it"]
    places = [place for place, _ in _places(source)]
    if mirror is not None:
        tried.insert(0, f"the mirror folder {mirror} has no {' or '.join(places) or 'place for it'}")
    steps = [f"get it from {source.page}"] if source.page else []
    if places:
        steps.append(f"put it as {places[0]} into a folder that DCELL_GRAPH_MIRROR names")
    else:
        steps.append("give the path of a file instead")
    return FetchError(f"{source.key} ({source.title}) cannot be had: " + "; ".join(tried), hint=" and ".join(steps))


def _file_name(address: str) -> str:
    name = PurePosixPath(unquote(urlsplit(address).path)).name
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name) or "file"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
