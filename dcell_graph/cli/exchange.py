"""What ``dcell-graph snapshot export`` and ``import`` do: which snapshot, which place, and what to say afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from dcell_graph.errors import DatabaseError, NotFound
from dcell_graph.graph.hand_over import fetch_snapshot
from dcell_graph.settings import Settings
from dcell_graph.snapshot.exchange.formats import (
    FORMATS,
    PARQUET,
    Exported,
    export_snapshot,
    import_snapshot,
    write_folder_of,
)
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import read_snapshot
from dcell_graph.wording import counted


class ExportFormat(StrEnum):
    """Formats that can be written, as a choice on the command line."""

    PARQUET = "parquet"
    DCELL = "dcell"
    DRUGCELL = "drugcell"
    GMT = "gmt"
    GRAPHML = "graphml"
    HCX = "hcx"
    OBOGRAPHS = "obographs"
    CSV = "csv"


class ImportFormat(StrEnum):
    """Formats that can be read, as a choice on the command line."""

    DCELL = "dcell"
    DRUGCELL = "drugcell"
    GMT = "gmt"
    GRAPHML = "graphml"
    HCX = "hcx"
    CSV = "csv"
    PARQUET = "parquet"


def export_named(settings: Settings, name: str, target: Path | None, chosen: ExportFormat) -> Iterator[str]:
    """Write a snapshot in a format.

    Args:
        settings: where the database and the snapshot folders are.
        name: of a snapshot in the database, of an imported one, or a snapshot folder.
        target: None takes the snapshots folder for our own format, the current folder for the others.
        chosen: the format.

    Returns:
        What to say.

    Raises:
        DcellGraphError: there is no such snapshot, or it cannot be written there or in that format.
    """
    snapshot = find_snapshot(settings, name, imported=chosen is not ExportFormat.PARQUET)
    label = _label(name)
    default = settings.snapshots / label if chosen is ExportFormat.PARQUET else Path(label + _ending(chosen))
    done = export_snapshot(snapshot, target or default, chosen.value)
    yield f"snapshot {name} ({snapshot.manifest.snapshot_id[:12]}) is in {done.path}"
    yield from _losses(done, chosen)


def import_file(
    settings: Settings, path: Path, chosen: ImportFormat, *, name: str | None, folder: Path | None, generated: bool
) -> Iterator[str]:
    """Read a snapshot from another format and write it into a snapshot folder.

    Args:
        settings: where the snapshot folders are.
        path: the file or folder to import.
        chosen: its format.
        name: of the snapshot; None takes what the file says.
        folder: where it goes; None takes the snapshots folder and the name.
        generated: True marks it as not real data; a manifest in the file must say the same.

    Returns:
        What to say.

    Raises:
        DcellGraphError: the file cannot be used, or the folder cannot be written.
    """
    found = import_snapshot(path, chosen.value, name=name, generated=generated)
    snapshot, manifest = found.snapshot, found.snapshot.manifest
    target = folder or settings.snapshots / manifest.name
    write_folder_of(snapshot, target)
    if manifest.generated:
        yield "GENERATED WORLD, not real data"
    yield from (f"note: {note}" for note in found.notes)
    leaves = int((snapshot.terms["height"] == 0).sum())
    yield (
        f"{counted(len(snapshot.terms), 'term')} ({counted(leaves, 'leaf', 'leaves')}), "
        f"{counted(len(snapshot.parents), 'link')}, {counted(len(snapshot.genes), 'gene')}, "
        f"{counted(len(snapshot.annotations), 'pair')}"
    )
    yield f"snapshot {manifest.name} ({manifest.snapshot_id[:12]}) is in {target}"


def find_snapshot(settings: Settings, name: str, *, imported: bool) -> Snapshot:
    """The snapshot in a folder, else the one in the database, else an imported one in the snapshots folder.

    Args:
        settings: where the database and the snapshot folders are.
        name: of the snapshot, or its folder.
        imported: False leaves the snapshots folder out.

    Raises:
        NotFound: there is none.
        DatabaseError: the database cannot be asked, and the snapshots folder has none.
        SnapshotError: it is damaged.
    """
    if _is_folder(Path(name)):
        return read_snapshot(Path(name))
    try:
        return fetch_snapshot(settings, name)
    except (NotFound, DatabaseError):
        if imported and _is_folder(settings.snapshots / name):
            return read_snapshot(settings.snapshots / name)
        raise


def _is_folder(path: Path) -> bool:
    return (path / "manifest.json").is_file()


def _label(name: str) -> str:
    """The last part of a name; ``.`` and ``..`` mean folders that have names."""
    path = Path(name)
    return path.resolve().name if path.name in ("", "..") else path.name


def _ending(chosen: ExportFormat) -> str:
    return "" if chosen.value == PARQUET else FORMATS[chosen.value].ending


def _losses(done: Exported, chosen: ExportFormat) -> Iterator[str]:
    yield from (f"note: {note}" for note in done.notes)
    if chosen is ExportFormat.PARQUET:
        return
    if done.losses:
        yield f"the format {chosen.value} does not hold:"
        yield from (f"  {loss.text}" for loss in done.losses)
    if FORMATS[chosen.value].read is None:
        yield "it is written only and cannot be imported"
    elif done.returns:
        yield "an import gives a snapshot of the same id"
    else:
        yield "an import gives a snapshot of another id"
