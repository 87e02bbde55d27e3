"""What the record of a loaded file says about it: where it came from, its format, its numbers, its content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from dcell_graph.errors import FileRefused
from dcell_graph.graph.records import AnnotationRows
from dcell_graph.graph.runner import Row
from dcell_graph.sources.annotations import AnnotationFile
from dcell_graph.sources.sidecar import read_sidecar, sidecar_path
from dcell_graph.types import FileStamp


def origin(stamp: FileStamp) -> Row:
    """Where a fetched file came from and when, by the note beside it if the note is about these very bytes."""
    note = read_sidecar(sidecar_path(Path(stamp.path)))
    if note is None or note.sha256 != stamp.sha256:
        return {}
    try:
        fetched_at = datetime.fromisoformat(note.fetched_at)
    except ValueError:
        return {"address": note.address}
    return {"address": note.address, "fetched_at": fetched_at}


def refuse_misnamed(path: Path, file: AnnotationFile) -> None:
    """A file of another format under a name that says GAF is a mix-up of whoever made it.

    Raises:
        FileRefused: it is one.
    """
    if path.name.lower().removesuffix(".gz").endswith(".gaf") and file.format != "GAF":
        raise FileRefused(
            "this is not a GAF file",
            path=path,
            expected="!gaf-version",
            found=" ".join(filter(None, (file.format, file.version))),
            hint="if it is meant, give it a name that does not end in .gaf",
        )


def format_of(file: AnnotationFile) -> Row:
    """The format if it is not GAF, and the file that the names are from if it is another one."""
    names = file.names_from
    return {
        **({} if file.format == "GAF" else {"format": file.format}),
        **({} if names is None else {"names_path": names.path, "names_sha256": names.sha256}),
    }


def row_counts(file: AnnotationFile) -> Row:
    """Numbers of rows by their fate."""
    return {"rows": file.rows, "kept": file.kept, "merged": file.merged, "refused": file.refused}


def content_of(file: AnnotationFile, rows: AnnotationRows) -> str:
    """What the rows say, and where the names of the products are from if that is another file."""
    return rows.content() if file.names_from is None else fingerprint([rows.content(), file.names_from.sha256])


def fingerprint(rows: Sequence[Any]) -> str:
    """A checksum of values in their order."""
    return hashlib.sha256("\n".join(map(repr, rows)).encode()).hexdigest()
