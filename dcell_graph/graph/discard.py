"""Takes a loaded or half-loaded thing out of the database, everything that belongs to it first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dcell_graph.graph.interrupt import no_interrupt
from dcell_graph.graph.runner import Runner
from dcell_graph.types import Progress, silent

_PARTS: dict[str, tuple[str, ...]] = {
    "Release": ("load/discard_terms",),
    "AnnotationFile": ("load/discard_annotations", "load/discard_products"),
    "Genome": ("load/discard_genes",),
    "GeneList": (),
    "Snapshot": ("load/discard_snap_terms",),
}
# Shared nodes that may have been kept alive only by what was removed.
_LEFTOVERS: dict[str, tuple[str, ...]] = {
    "Release": ("load/discard_unused_ids",),
    "AnnotationFile": ("load/discard_unused_genes", "load/discard_unused_ids"),
}


def discard(runner: Runner, kind: str, name: str) -> None:
    """Remove one thing. Safe to repeat, and to run after a crash; the write lock must be held.

    Args:
        runner: of the database.
        kind: Release, AnnotationFile, Genome, GeneList or Snapshot.
        name: of the thing.
    """
    # From here on it is not visible, so whatever interrupts the removal, the next command that writes finishes it.
    runner.write("load/discard_begin", kind=kind, name=name)
    for query in _PARTS[kind]:
        runner.write(query, name=name)
    runner.write("load/discard_findings", kind=kind, of=name)
    for query in _LEFTOVERS.get(kind, ()):
        runner.write(query)
    runner.write("load/discard_header", kind=kind, name=name)


@contextmanager
def undone_on_failure(runner: Runner, kind: str, name: str, progress: Progress = silent) -> Iterator[None]:
    """Remove a thing if what makes it fails or is interrupted; Ctrl-C does not interrupt the removal.

    Args:
        runner: of the database; the write lock must be held.
        kind: Release, AnnotationFile, Genome, GeneList or Snapshot.
        name: of the thing.
        progress: told that the removal takes a moment.
    """
    try:
        yield
    except BaseException:
        with no_interrupt(progress):
            discard(runner, kind, name)
        raise


def discard_unfinished(runner: Runner) -> tuple[str, ...]:
    """Remove what dead commands left behind; the write lock must be held, so nobody is still working on it.

    Returns:
        What was removed, as in ``AnnotationFile goa_yeast-2016-10-03``.
    """
    unfinished = runner.read("read/unfinished")
    for row in unfinished:
        discard(runner, row["kind"], row["name"])
    return tuple(f"{row['kind']} {row['name']}" for row in unfinished)
