"""Loads an annotation file of millions of rows: a new store is made of the present graph and the file, and takes over.

The present database goes on answering meanwhile; nothing else can be written to it. Whatever goes wrong, and whatever
ends the program, it stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from dcell_graph.errors import DatabaseError
from dcell_graph.graph import discard, server
from dcell_graph.graph.bulk import store
from dcell_graph.graph.bulk.annotations import AnnotationWriter
from dcell_graph.graph.bulk.export import export_graph
from dcell_graph.graph.bulk.tables import Tables
from dcell_graph.graph.file_record import content_of, file_properties, numbers
from dcell_graph.graph.folder import DatabaseFolder
from dcell_graph.graph.host import disk_errors, need_room
from dcell_graph.graph.interrupt import no_interrupt, one_interrupt
from dcell_graph.graph.load import (
    LoadResult,
    load_annotations,
    make_visible,
    same_or_refuse,
)
from dcell_graph.graph.lock import write_lock
from dcell_graph.graph.runner import Row, Runner
from dcell_graph.graph.session import open_database
from dcell_graph.graph.succession import Succession
from dcell_graph.settings import Settings
from dcell_graph.sources.spool import Spool, estimate_rows, is_gaf, spool_gaf
from dcell_graph.types import Progress, silent

# What a row takes on the disk at most at one time, with room to spare: in a part 0.1 kB, as CSV 0.2, in the store 0.7.
_BYTES_A_ROW = 1_500


def load_annotation_file(
    settings: Settings, path: Path, *, name: str, bulk: bool | None = None, progress: Progress = silent
) -> LoadResult:
    """Load an annotation file in the way that suits its size.

    Args:
        settings: name the database, and from how many rows on a file is loaded in bulk.
        path: of the file.
        name: what to call it.
        bulk: True or False to choose the way; None to leave it to the number of rows.
        progress: told about each step.

    Raises:
        FileRefused, Conflict, DatabaseError: see ``load.load_annotations`` and ``load_annotations_in_bulk``.
    """
    if bulk or (bulk is None and wants_bulk(settings, path)):
        return load_annotations_in_bulk(settings, path, name=name, progress=progress)
    with open_database(settings) as runner:
        return load_annotations(runner, path, name=name, progress=progress)


def wants_bulk(settings: Settings, path: Path) -> bool:
    """Whether a file is better loaded in bulk: it is a long GAF, as far as its first lines tell, for our own server."""
    if settings.neo4j_uri is not None or path.is_dir():
        return False
    return is_gaf(path) and estimate_rows(path) > settings.bulk_rows


def load_annotations_in_bulk(settings: Settings, path: Path, *, name: str, progress: Progress = silent) -> LoadResult:
    """Load an annotation file through a new store; the same result as ``load.load_annotations``.

    Args:
        settings: of an embedded database, which is started if it does not run.
        path: GAF file, plain or gzip.
        name: what to call it, as in ``goa_yeast-2016-10-03``.
        progress: told about each step.

    Raises:
        FileRefused: the file is not a usable annotation file.
        Conflict: the name is taken by other content, or the same content has another name.
        DatabaseError: the database is not the embedded one, or the new store cannot be made.
        Busy: another command is making a new store.
    """
    if settings.neo4j_uri is not None:
        raise DatabaseError(
            f"the bulk load makes the store of the database anew, which it cannot do at {settings.neo4j_uri}",
            hint="load the file without --bulk, or unset NEO4J_URI to use the embedded database",
        )
    folder = DatabaseFolder(settings.database)
    with (
        one_interrupt(),
        disk_errors(folder.path),
        open_database(settings, start=True, progress=progress) as runner,
        _workplace(settings, folder, progress) as workplace,
    ):
        need_room(folder.path, 2 * folder.size() + _BYTES_A_ROW * estimate_rows(path))
        parts = workplace / "parts"
        parts.mkdir()
        spool = spool_gaf(path, parts, progress=progress)
        with write_lock(runner, f"load AnnotationFile {name}", progress=progress) as held:
            return _load(settings, held, spool, workplace, name, progress)


@contextmanager
def _workplace(settings: Settings, folder: DatabaseFolder, progress: Progress) -> Iterator[Path]:
    """The folder for the work, which is gone afterwards with everything in it."""
    succession = Succession(folder)
    with succession.claimed():
        succession.clear()
        try:
            yield store.prepare(settings)
        except BaseException:
            with no_interrupt(progress):
                succession.clear()
            raise
        with no_interrupt():
            succession.clear()


def _load(settings: Settings, held: Runner, spool: Spool, workplace: Path, name: str, progress: Progress) -> LoadResult:
    discard.discard_unfinished(held)
    with Tables(workplace) as tables:
        first = export_graph(held, tables, progress=progress)
        writer = AnnotationWriter(held, tables, name, first)
        for part in spool.read(progress=progress):
            writer.write(part)
        for finding in spool.findings():
            writer.write_finding(finding)
        properties = _properties(spool, writer, name)
        already = same_or_refuse(held, "AnnotationFile", properties)
        by_reason = dict(writer.by_reason)
        if already is not None:
            return LoadResult(
                kind="AnnotationFile", name=name, already=True, counts=numbers(already), findings=by_reason
            )
        writer.write_file(properties | {"loaded": datetime.now(UTC)})
    store.import_tables(settings, tables, workplace, progress=progress)
    with store.opened(settings, tables, held, progress=progress) as fresh:
        ready = "load/annotation_file_ready"
        result = make_visible(fresh, "AnnotationFile", properties, ready, by_reason)
    held.write("load/lock_prepare")  # looks at the lock: one that lost it must not replace what others wrote since
    with no_interrupt():
        server.exchange(settings, progress=progress)
    return result


def _properties(spool: Spool, writer: AnnotationWriter, name: str) -> Row:
    """What the node of the file says; the same as after an ordinary load."""
    facts = {
        "file_date": spool.header.file_date,
        "ontology_release": spool.header.ontology_release,
        "rows": spool.rows,
        "kept": writer.annotations,
        "merged": writer.outcomes("merged"),
        "refused": writer.outcomes("refused"),
    }
    return {
        **file_properties(name, spool.stamp, content_of(writer.content, facts, None), spool.header.generated),
        "version": spool.version,
        **facts,
    }
