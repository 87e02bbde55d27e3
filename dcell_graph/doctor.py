"""What this installation can do here, and what to do about what it cannot. Nothing is changed, started or fetched."""

from __future__ import annotations

import importlib
import os
import platform
import re
import shutil
import sys
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from dcell_graph import __version__
from dcell_graph.errors import DcellGraphError
from dcell_graph.graph import load, server
from dcell_graph.graph.artifacts import library, listed
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import open_runner
from dcell_graph.measurements.storage import list_datasets
from dcell_graph.quickstart import mirrored_files
from dcell_graph.settings import Settings
from dcell_graph.sources.catalogue import Catalogue, load_catalogue
from dcell_graph.sources.fetch import from_mirror, network_available
from dcell_graph.train.listing import DAMAGED, list_runs
from dcell_graph.wording import counted

DISTRIBUTION = "dcell-graph"
PURPOSES = {
    "embedded": "a database without Docker or Java",
    "fast": "faster answers of the database",
    "train": "training and predicting",
    "app": "the app in the browser",
    "notebook": "py2neo in notebooks",
}
"""What the extras of the package that most people want are for."""

LEAST_DISK = 3e9
"""Bytes: a database with two ontology releases and three annotation files takes 1 GB, and as much while it is made."""

LEAST_MEMORY = 3e9
"""Bytes: the database takes up to 1.7 GB, training a model of yeast about 1 GB."""

_KINDS = {
    "Release": "ontology release",
    "AnnotationFile": "annotation file",
    "Genome": "genome",
    "GeneList": "gene list",
    "Snapshot": "snapshot",
}
_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?:\[[^]]*\])?(?P<rest>[^;]*)(?:;.*extra == ['\"](?P<extra>[\w-]+)['\"])?")


class State(StrEnum):
    """How something is."""

    FINE = "fine"
    MISSING = "missing"
    """Something cannot be done here; everything else works."""
    WRONG = "wrong"
    """What is there does not work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One sentence about the installation.

    Args:
        about: what was looked at.
        state: how it is.
        sentence: what was found.
        advice: what to do about it; None if nothing need be done.
    """

    about: str
    state: State
    sentence: str
    advice: str | None = None


def examine(settings: Settings) -> Iterator[Diagnosis]:
    """Look at everything, one thing after the other; takes some seconds, mostly for importing torch.

    Args:
        settings: say where things live and which database is in use.
    """
    yield _python()
    yield from _packages()
    yield from _engine()
    yield from _database(settings)
    yield _browser()
    yield from _disk(settings)
    yield _memory()
    yield from _data(settings)
    yield from _belongings(settings)


def _fine(about: str, sentence: str) -> Diagnosis:
    return Diagnosis(about=about, state=State.FINE, sentence=sentence)


def _missing(about: str, sentence: str, advice: str) -> Diagnosis:
    return Diagnosis(about=about, state=State.MISSING, sentence=sentence, advice=advice)


def _wrong(about: str, sentence: str, advice: str | None) -> Diagnosis:
    return Diagnosis(about=about, state=State.WRONG, sentence=sentence, advice=advice)


def _python() -> Diagnosis:
    system = f"{platform.system()} on {platform.machine()}"
    return _fine("versions", f"dcell-graph {__version__}, Python {platform.python_version()} in {sys.prefix}, {system}")


def _packages() -> Iterator[Diagnosis]:
    """Whether what each extra asks for is installed, by the metadata of the package itself."""
    wanted: dict[str, list[str]] = {}
    for requirement in metadata.requires(DISTRIBUTION) or []:
        match = _REQUIREMENT.match(requirement)
        if match is not None and match["extra"] in PURPOSES:
            wanted.setdefault(match["extra"], []).append(match["name"])
    for extra, names in wanted.items():
        versions = {name: _version(name) for name in names}
        absent = [name for name, version in versions.items() if version is None]
        if absent:
            sentence = f"{', '.join(absent)} not installed; for {PURPOSES[extra]}"
            yield _missing(f"packages for {extra}", sentence, f'pip install "{DISTRIBUTION}[{extra}]"')
        else:
            there = ", ".join(f"{name} {version}" for name, version in versions.items())
            yield _fine(f"packages for {extra}", there)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _engine() -> Iterator[Diagnosis]:
    """Which back end computes models, and why."""
    if _version("torch") is None:
        return  # said among the packages
    try:
        torch = importlib.import_module("torch")
    except (ImportError, OSError) as error:
        yield _wrong("torch", f"cannot be imported: {error}", "install torch again")
        return
    from dcell_graph.model.engine.binding import instruction_sets
    from dcell_graph.model.engine.compiled import why_not

    threads = counted(torch.get_num_threads(), "thread")
    device = "CUDA is there too (--device cuda)" if torch.cuda.is_available() else "no CUDA device"
    sets = instruction_sets()
    if sets:
        yield _fine("engine", f"compiled kernel ({sets[0]}) with {threads}; torch {torch.__version__}, {device}")
    else:
        sentence = f"torch {torch.__version__} with {threads} computes models, slower: {why_not()}; {device}"
        advice = "install a C++ compiler, then run: python -m dcell_graph.model.engine.build_kernel"
        yield _missing("engine", sentence, advice)


def _database(settings: Settings) -> Iterator[Diagnosis]:
    found = server.status(settings)
    if not found.embedded and found.problem is not None:
        sentence = f"NEO4J_URI names {found.uri}, which cannot be used: {found.problem}"
        advice = "correct NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD, or unset NEO4J_URI for the embedded one"
        yield _wrong("database", sentence, advice)
        return
    if found.embedded:
        yield from _program_files(settings)
    if found.embedded and found.state != "running":
        yield _missing("database", f"the embedded one in {found.folder} is {found.state}", "dcell-graph db start")
        return
    try:
        reached = server.connection(settings)
        with open_runner(reached.uri, reached.user, reached.password) as runner:
            kinds = [thing["kind"] for thing in load.loaded(runner) if thing["name"] != AS_ANNOTATED]
    except DcellGraphError as error:
        yield _wrong("database", str(error), None)
        return
    held = ", ".join(counted(kinds.count(kind), word) for kind, word in _KINDS.items() if kind in kinds)
    yield _fine("database", f"Neo4j {found.version} at {found.uri} answers; it holds {held or 'nothing'}")


def _program_files(settings: Settings) -> Iterator[Diagnosis]:
    jars = listed()
    there = sum((library(settings) / jar.file_name).is_file() for jar in jars)
    if there < len(jars):
        sentence = f"{there} of {counted(len(jars), 'file')} are in {library(settings)}"
        yield _missing("program of Neo4j", sentence, "dcell-graph db start fetches them once (130 MB, needs a network)")


def _browser() -> Diagnosis:
    try:
        webbrowser.get()
    except webbrowser.Error:
        advice = "dcell-graph app prints an address; from another machine: ssh -L 8501:localhost:8501 THIS-MACHINE"
        return _missing("browser", "none is found on this machine", advice)
    return _fine("browser", "there is one for dcell-graph app")


def _disk(settings: Settings) -> Iterator[Diagnosis]:
    for about, folder in (("home", settings.home), ("cache", settings.cache)):
        standing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
        free = shutil.disk_usage(standing).free
        sentence = f"{folder}, {free / 1e9:.1f} GB free"
        other = f"name another folder with DCELL_GRAPH_{about.upper()}"
        if not standing.is_dir() or not os.access(standing, os.W_OK):
            yield _wrong(about, f"{standing} is no folder that can be written", f"change that, or {other}")
        elif free < LEAST_DISK:
            yield _wrong(about, f"{sentence}, expected {LEAST_DISK / 1e9:.0f} GB", f"make room, or {other}")
        else:
            yield _fine(about, sentence)


def _memory() -> Diagnosis:
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        free, size = os.sysconf("SC_AVPHYS_PAGES") * page, os.sysconf("SC_PHYS_PAGES") * page
    except (ValueError, OSError, AttributeError):  # not every system says
        return _fine("memory", "this system does not say how much there is")
    sentence = f"{size / 1e9:.1f} GB, of which {free / 1e9:.1f} GB are unused now"
    if size < LEAST_MEMORY:
        advice = "close other programs, or train on another machine: an exported snapshot needs no database"
        return _wrong("memory", f"{sentence}, expected {LEAST_MEMORY / 1e9:.0f} GB", advice)
    return _fine("memory", sentence)


def _data(settings: Settings) -> Iterator[Diagnosis]:
    """Whether the quickstart would find real data."""
    try:
        catalogue = load_catalogue()
        if settings.mirror is not None:
            yield _mirrored(catalogue, settings.mirror)
        elif network_available(catalogue):
            yield _fine("data", "no mirror folder is named; the official addresses answer")
        else:
            sentence = "no mirror folder is named, and the official addresses cannot be reached"
            yield _missing("data", sentence, "set DCELL_GRAPH_MIRROR to a folder with the files (docs/data-sources.md)")
    except DcellGraphError as error:
        yield _wrong("data", str(error), None)


def _mirrored(catalogue: Catalogue, mirror: Path) -> Diagnosis:
    wanted = mirrored_files()
    absent = [key for key, kind in wanted if from_mirror(catalogue.find(key, kind), mirror) is None]
    if absent:
        sentence = f"{mirror} lacks {', '.join(absent)}, which the quickstart takes"
        return _missing("data", sentence, "docs/data-sources.md says where they come from")
    return _fine("data", f"the {counted(len(wanted), 'file')} of the quickstart are whole in {mirror}")


def _belongings(settings: Settings) -> Iterator[Diagnosis]:
    """Datasets and runs, and which of them cannot be read."""
    try:
        yield _fine("datasets", f"{len(list_datasets(settings.datasets))} in {settings.datasets}")
    except DcellGraphError as error:
        yield _wrong("datasets", str(error), "remove that folder and import its tables again")
    runs = list_runs(settings.runs)
    damaged = [run.name for run in runs if run.status == DAMAGED]
    if damaged:
        sentence = f"{', '.join(damaged)} in {settings.runs} cannot be read"
        yield _wrong("runs", sentence, "restore or remove what cannot be read")
    else:
        yield _fine("runs", f"{len(runs)} in {settings.runs}")
