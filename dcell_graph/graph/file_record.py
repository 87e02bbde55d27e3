"""What the record of a loaded file says about it: where it came from, its format, its numbers, its content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from dcell_graph.errors import FileRefused, InputError
from dcell_graph.graph.runner import Row
from dcell_graph.sources.annotations import AnnotationFile
from dcell_graph.sources.obo import Ontology
from dcell_graph.sources.places import Places
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
        **({} if names is None else {"names_path": str(Path(names.path).absolute()), "names_sha256": names.sha256}),
    }


def row_counts(file: AnnotationFile) -> Row:
    """Numbers of rows by their fate."""
    return {"rows": file.rows, "kept": file.kept, "merged": file.merged, "refused": file.refused}


def places_properties(places: Places | None) -> Row:
    """Where the rows of a file stand, as properties of its record; ``stored_places`` reads them."""
    if places is None:
        return {}
    return {
        "place_first": list(places.first),
        "place_names": list(places.names),
        "place_lines": list(places.lines),
        "place_lines_counted": places.lines_counted,
    }


def stored_places(properties: Row) -> Places | None:
    """Where the rows of a loaded file stand; None if their numbers are the lines of one file."""
    if "place_first" not in properties:
        return None
    return Places(
        first=tuple(properties["place_first"]),
        names=tuple(properties["place_names"]),
        lines=tuple(properties["place_lines"]),
        lines_counted=properties["place_lines_counted"],
    )


def content_of(rows: str, facts: Row, names_from: FileStamp | None) -> str:
    """Checksum of all that an annotation file says.

    Args:
        rows: the checksum of its rows.
        facts: what its header says (file_date, ontology_release) and what became of its rows (rows, merged, refused).
        names_from: the file that the names of the products are from, if that is another one.
    """
    stated = [str(facts[key]) for key in ("file_date", "ontology_release", "rows", "merged", "refused")]
    return fingerprint([rows, *stated, None if names_from is None else names_from.sha256])


def content_of_release(ontology: Ontology, terms: str) -> str:
    """Checksum of all that an ontology file says: which release it is, its day, and its terms.

    Args:
        ontology: the file; a name that the user gave is none of its content.
        terms: the checksum of its terms and their links.
    """
    stated = None if ontology.release_from == "user" else ontology.release
    return fingerprint([terms, stated, str(ontology.release_date)])


def fingerprint(rows: Sequence[Any]) -> str:
    """A checksum of values in their order."""
    return hashlib.sha256("\n".join(map(repr, rows)).encode()).hexdigest()


def file_properties(name: str, stamp: FileStamp, content: str, generated: bool) -> Row:
    """What every loaded file says about itself.

    Raises:
        InputError: the name cannot be used.
    """
    if not name.strip() or name != name.strip():
        raise InputError("the name is empty or has spaces around it", found=repr(name), hint="choose another name")
    if not name.isprintable():
        raise InputError(
            "the name has control characters or others that cannot be printed",
            expected="a name of letters, digits and signs",
            found=ascii(name),
            hint="choose another name",
        )
    return {
        "name": name,
        "path": str(Path(stamp.path).absolute()),
        "sha256": stamp.sha256,
        "size": stamp.size,
        "content": content,
        "generated": generated,
        **origin(stamp),
    }


def numbers(properties: Row) -> dict[str, int]:
    """The counts among the properties of a loaded thing."""
    return {key: value for key, value in properties.items() if type(value) is int and key != "size"}
