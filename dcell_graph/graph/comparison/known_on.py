"""What is loaded, and what of it was known on a day: the release axis of time.

A file made in 2019 says what was known in 2019, whatever dates its rows carry; what was known on an earlier day is in
the files and releases that were made by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dcell_graph.errors import InputError, NotFound
from dcell_graph.graph.family import family_of, titles
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Runner


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A loaded annotation file.

    Args:
        name: under which it is loaded.
        family: the database that most of its gene products are identified in, with the species where families differ in
            it; files of one family are releases of one source (``graph.family``).
        file_date: the day it was made, by its header; None if it does not say.
        ontology_release: the release that its header names.
        rows: data rows; ``rows == annotations + merged + refused``.
        merged: rows that repeat an annotation.
        refused: rows that are not stored.
        annotations: what is stored.
        generated: True for a file of a generated world.
    """

    name: str
    family: str
    file_date: date | None
    ontology_release: str | None
    rows: int
    merged: int
    refused: int
    annotations: int
    generated: bool

    @property
    def title(self) -> str:
        """Name and day, for sentences."""
        return f"{self.name} ({self.file_date or 'undated'})"


@dataclass(frozen=True, slots=True, kw_only=True)
class OntologyRelease:
    """A loaded ontology release.

    Args:
        name: under which it is loaded.
        date: the day it was released; None if its header gives no day.
    """

    name: str
    date: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOn:
    """What was known on a day.

    Args:
        day: the day.
        sources: by family the newest file that was made by then; None where there is no such file.
        release: the newest ontology release of then, or None.
        undated: loaded files and releases that say no day, so that they cannot be placed in time.
        sentences: the same in words.
    """

    day: date
    sources: dict[str, SourceFile | None]
    release: OntologyRelease | None
    undated: tuple[str, ...]
    sentences: tuple[str, ...]

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The files that were there, by family."""
        return tuple(file for file in self.sources.values() if file is not None)


def loaded_sources(runner: Runner) -> tuple[SourceFile, ...]:
    """Every loaded annotation file, by family, day and name; undated files come last in their family."""
    rows = runner.read("compare/known_on_sources")
    families = titles(map(family_of, rows))
    files = [
        SourceFile(
            name=row["name"],
            family=families[family_of(row)],
            file_date=_day(row["file_date"]),
            ontology_release=row["ontology_release"],
            rows=row["rows"],
            merged=row["merged"],
            refused=row["refused"],
            annotations=row["annotations"],
            generated=bool(row["generated"]),
        )
        for row in rows
    ]
    return tuple(sorted(files, key=lambda file: (file.family, file.file_date or date.max, file.name)))


def loaded_releases(runner: Runner) -> tuple[OntologyRelease, ...]:
    """Every loaded ontology release, by day and name; undated ones come last."""
    rows = runner.read("compare/known_on_releases")
    releases = [OntologyRelease(name=row["name"], date=_day(row["date"])) for row in rows]
    return tuple(sorted(releases, key=lambda release: (release.date or date.max, release.name)))


def find_sources(runner: Runner, names: tuple[str, ...]) -> tuple[SourceFile, ...]:
    """The loaded annotation files of these names, in their order.

    Raises:
        NotFound: one is not loaded.
    """
    files = {file.name: file for file in loaded_sources(runner)}
    for name in names:
        if name not in files:
            raise NotFound(
                f"there is no annotation file {name}",
                expected=" or ".join(files) or "a loaded file",
                hint="see `dcell-graph releases`",
            )
    return tuple(files[name] for name in names)


def known_on(runner: Runner, day: date) -> KnownOn:
    """What was known on a day: of each source and of the ontology the newest loaded release not after it.

    Args:
        runner: of the database.
        day: inclusive.
    """
    files, releases = loaded_sources(runner), loaded_releases(runner)
    newest: dict[str, SourceFile | None] = {file.family: None for file in files}
    for file in files:
        if file.file_date is not None and file.file_date <= day:
            newest[file.family] = file
    release = None
    for candidate in releases:
        if candidate.date is not None and candidate.date <= day:
            release = candidate
    undated = tuple(file.name for file in files if file.file_date is None)
    undated += tuple(item.name for item in releases if item.date is None)
    sentences = [_source_sentence(family, file, files, day) for family, file in newest.items()]
    sentences.append(_release_sentence(release, releases, day))
    sentences += [f"{name} says no day, so it cannot be placed in time." for name in undated]
    return KnownOn(day=day, sources=newest, release=release, undated=undated, sentences=tuple(sentences))


def choose_release(runner: Runner, name: str | None) -> str:
    """The named ontology release, or the only one loaded.

    Raises:
        NotFound: it is not loaded, or none is.
        InputError: several are loaded and none was named.
    """
    return _choose("ontology release", [release.name for release in loaded_releases(runner)], name, "--ontology")


def choose_genome(runner: Runner, name: str | None) -> str:
    """The named genome, the only one loaded, or, when none is, the products as they are.

    Raises:
        NotFound: it is not loaded.
        InputError: several are loaded and none was named.
    """
    rows = runner.read("compare/known_on_genomes")
    names = [row["name"] for row in rows if row["kind"] == "Genome" and row["name"] != AS_ANNOTATED]
    if name == AS_ANNOTATED or (name is None and not names):
        return AS_ANNOTATED
    return _choose("genome", names, name, "--genome")


def _choose(kind: str, names: list[str], name: str | None, option: str) -> str:
    if name is not None:
        if name not in names:
            raise NotFound(f"there is no {kind} {name}", expected=" or ".join(names) or f"a loaded {kind}")
        return name
    if not names:
        raise NotFound(f"no {kind} is loaded", hint="load one with `dcell-graph load`")
    if len(names) > 1:
        raise InputError(f"{option} is needed", expected=" or ".join(names), hint="choose one")
    return names[0]


def _source_sentence(family: str, file: SourceFile | None, files: tuple[SourceFile, ...], day: date) -> str:
    if file is not None:
        return f"{family}: {file.name}, made on {file.file_date}."
    days = [other.file_date for other in files if other.family == family and other.file_date is not None]
    oldest = f"; the oldest is of {min(days)}" if days else ""
    return f"{family}: no loaded file was made by {day}{oldest}. Load the archived file of that time."


def _release_sentence(release: OntologyRelease | None, releases: tuple[OntologyRelease, ...], day: date) -> str:
    if release is not None:
        return f"ontology: {release.name}, released on {release.date}."
    days = [other.date for other in releases if other.date is not None]
    oldest = f"; the oldest is of {min(days)}" if days else ""
    return f"ontology: no loaded release was out by {day}{oldest}."


def _day(value: object) -> date | None:
    """A day of the database as Python's own; the driver's type has the same three fields."""
    if value is None:
        return None
    text = str(value)
    return date(int(text[:4]), int(text[5:7]), int(text[8:10]))
