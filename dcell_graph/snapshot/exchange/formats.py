"""The formats that snapshots are exported to and imported from, and the two functions that do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dcell_graph.errors import InputError, writing
from dcell_graph.snapshot.exchange import dcell, drugcell, gmt, graphml, hcx, obographs, tables
from dcell_graph.snapshot.exchange.assembly import Imported, assemble
from dcell_graph.snapshot.exchange.draft import Draft
from dcell_graph.snapshot.exchange.facts import Loss, losses
from dcell_graph.snapshot.exchange.writing import parents_made
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import read_snapshot, write_snapshot

PARQUET = "parquet"
_LONGEST_NAME = 100
_ORDERS = ("kinds", "term order", "gene order", "generated")
_PROVENANCE = ("recipe", "evidence", "dates", "removed", "namespaces", "artificial")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format.

    Args:
        name: as users write it.
        description: in few words.
        ending: what follows the snapshot's name in the name of an exported file or folder.
        write: writes a snapshot to a new place; gives sentences about what the peers' programs would object to.
        read: reads such a place; None if the format is only written.
        cannot_hold: keys of ``facts.FACTS``.
    """

    name: str
    description: str
    ending: str
    write: Callable[[Snapshot, Path], tuple[str, ...]]
    read: Callable[[Path], Draft] | None
    cannot_hold: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What became of an export.

    Args:
        path: the new file or folder.
        losses: what of this snapshot the file does not hold.
        notes: sentences about what the peers' programs would object to.
        returns: True if an import of the file gives a snapshot of the same id.
    """

    path: Path
    losses: tuple[Loss, ...]
    notes: tuple[str, ...]
    returns: bool


FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format(
            name=dcell.NAME,
            description="topology text of DCell: ROOT, GENES, TERMS",
            ending="-topology.txt",
            write=dcell.write,
            read=dcell.read,
            cannot_hold=(*_PROVENANCE, "lonely genes", "names", "symbols", *_ORDERS),
        ),
        Format(
            name=drugcell.NAME,
            description="folder of DrugCell and NeST-VNN: ontology.txt and gene2ind.txt",
            ending="-drugcell",
            write=drugcell.write,
            read=drugcell.read,
            cannot_hold=(*_PROVENANCE, "names", "symbols", "kinds", "term order", "generated"),
        ),
        Format(
            name=gmt.NAME,
            description="gene sets, without hierarchy",
            ending=".gmt",
            write=gmt.write,
            read=gmt.read,
            cannot_hold=(
                *(*_PROVENANCE, "lonely genes", "links", "direct", "empty terms"),
                *("plain names", "symbols", *_ORDERS),
            ),
        ),
        Format(
            name=graphml.NAME,
            description="GraphML for networkx and graph viewers",
            ending=".graphml",
            write=graphml.write,
            read=graphml.read,
        ),
        Format(
            name=hcx.NAME,
            description="HCX (CX2, hierarchy_v0.1) for Cytoscape and NDEx",
            ending=".cx2",
            write=hcx.write,
            read=hcx.read,
        ),
        Format(
            name=obographs.NAME,
            description="OBO graphs JSON for ontology tools, written only",
            ending=".obographs.json",
            write=obographs.write,
            read=None,
            cannot_hold=("recipe", "removed", "artificial", "genes", "lonely genes", "symbols"),
        ),
        Format(
            name=tables.NAME,
            description="folder of five CSV tables and a manifest",
            ending="-csv",
            write=tables.write,
            read=tables.read,
        ),
    )
}


def find_format(name: str, *, reading: bool = False) -> Format:
    """A format by name.

    Args:
        name: a key of ``FORMATS``.
        reading: True if it must be one that can be imported.

    Raises:
        InputError: there is none.
    """
    known = [entry.name for entry in FORMATS.values() if entry.read is not None or not reading]
    if name not in known:
        only_written = name in FORMATS
        raise InputError(
            f"the format {name} is only written, not read" if only_written else "there is no such format",
            expected=", ".join([*known, PARQUET]),
            found=name,
        )
    return FORMATS[name]


def export_snapshot(snapshot: Snapshot, target: Path, source_format: str) -> Exported:
    """Write a snapshot in another format, whole or not at all.

    Args:
        snapshot: validated before anything is written.
        target: a file or folder that does not exist; a file is compressed if its name ends in ``.gz``.
        source_format: a key of ``FORMATS``, or ``parquet`` for a snapshot folder of our own.

    Raises:
        Conflict: the target exists.
        InputError: there is no such format, the snapshot does not fit it, or the target cannot be written.
        SnapshotError: the snapshot breaks a rule.
    """
    snapshot.validate()
    if source_format == PARQUET:
        write_folder_of(snapshot, target)
        return Exported(path=target, losses=(), notes=(), returns=True)
    chosen = find_format(source_format)
    lost = losses(snapshot, chosen.cannot_hold, chosen.name)
    notes = chosen.write(snapshot, target)
    returns = chosen.read is not None and not any(loss.in_id for loss in lost)
    return Exported(path=target, losses=lost, notes=notes, returns=returns)


def write_folder_of(snapshot: Snapshot, folder: Path) -> None:
    """Write a snapshot folder; if that fails, the folders that were made above it are removed again.

    Args:
        snapshot: validated before anything is written.
        folder: must not exist, or hold the same snapshot.

    Raises:
        Conflict: the folder exists and holds something else.
        InputError: the folder cannot be written.
        SnapshotError: the snapshot breaks a rule or does not match its id.
    """
    with writing(folder), parents_made(folder):
        write_snapshot(snapshot, folder)


def import_snapshot(path: Path, source_format: str, *, name: str | None = None, generated: bool = False) -> Imported:
    """Read a snapshot from another format.

    Args:
        path: a file, plain or gzip, or a folder, by format.
        source_format: a key of ``FORMATS`` that can be read, or ``parquet``.
        name: of the snapshot; None takes the name that the file states, else the name of the file.
        generated: True marks it as not real data; a file that carries a manifest must say the same.

    Raises:
        NotFound: there is nothing at the path.
        FileRefused: what is there is not of this format, or makes no hierarchy.
        InputError: there is no such format, the name cannot be one, or the manifest in the file says that the data are
            real and ``generated`` says that they are not.
        SnapshotError: the file carries the manifest of a snapshot but not its content.
    """
    if name is not None:
        _check_name(name)
    found = _imported(path, source_format, name, generated)
    manifest = found.snapshot.manifest
    _check_name(manifest.name, path)
    if generated and not manifest.generated:
        raise InputError(
            "the manifest of the snapshot says that the data are not generated",
            path=path,
            expected="what the manifest says",
            found="--generated",
            hint="leave --generated out",
        )
    return found


def _check_name(name: str, path: Path | None = None) -> None:
    """The rule for names in the database, and short enough for a folder."""
    allowed = all(character.isalnum() or character in "-_.+" for character in name)
    if not 0 < len(name) <= _LONGEST_NAME or not allowed or name.startswith("."):
        raise InputError(
            "this cannot be the name of a snapshot",
            path=path,
            expected=f"letters, digits, - _ . + and no leading dot, at most {_LONGEST_NAME} characters",
            found=repr(name),
            hint="give another with --name",
        )


def _imported(path: Path, source_format: str, name: str | None, generated: bool) -> Imported:
    if source_format == PARQUET:
        found = read_snapshot(path)
        manifest = found.manifest.model_copy(update={"name": found.manifest.name if name is None else name})
        return Imported(
            snapshot=Snapshot(
                manifest=manifest,
                **{table: getattr(found, table) for table in ("terms", "parents", "genes", "annotations", "removed")},
            ),
            notes=(),
        )
    chosen = find_format(source_format, reading=True)
    assert chosen.read is not None
    return assemble(
        chosen.read(path), source_format=chosen.name, name=name, fallback=_stem(path.absolute()), generated=generated
    )


def _stem(path: Path) -> str:
    """The name of a file without folder and endings."""
    name = path.name.removesuffix(".gz")
    for ending in (".txt", ".tsv", ".json", ".cx2", ".gmt", ".graphml"):
        name = name.removesuffix(ending)
    return name
