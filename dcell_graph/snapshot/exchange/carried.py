"""What a rich format carries so that an import is the same snapshot: the manifest, removed terms, and orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from dcell_graph.errors import SnapshotError
from dcell_graph.snapshot.exchange.draft import Draft
from dcell_graph.snapshot.exchange.reading import LARGEST, whole_number
from dcell_graph.snapshot.schema import FORMAT, TABLES, VERSION, Manifest, Snapshot

NUMBERS = {column for column, kind in TABLES["removed"].items() if kind == "int32"}


def manifest_text(snapshot: Snapshot) -> str:
    """The manifest as JSON, without the checksums of tables in files that are elsewhere."""
    return snapshot.manifest.model_copy(update={"tables": {}}).model_dump_json()


def removed_rows(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The rows of the table ``removed`` as plain values."""
    return [
        {column: int(row[column]) if column in NUMBERS else str(row[column]) for column in TABLES["removed"]}
        for row in snapshot.removed.to_dict("records")
    ]


def take_manifest(draft: Draft, text: str) -> None:
    """Read a carried manifest into the draft.

    Raises:
        FileRefused: it is no manifest.
        SnapshotError: it has another format version.
    """
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        raise draft.refuse(
            "the manifest that the file carries is not usable",
            expected=f"a manifest of {FORMAT}",
            found=f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}",
            hint="take it out to import the content as something new",
        ) from None
    if manifest.version != VERSION:
        raise SnapshotError(
            "the manifest has a format version that this program does not read",
            path=draft.path,
            expected=f"version {VERSION}",
            found=f"version {manifest.version}",
            hint="update dcell-graph",
        )
    draft.manifest = manifest


def take_removed(draft: Draft, rows: Sequence[Mapping[str, Any]], lines: Sequence[int] | None = None) -> None:
    """Read rows of the table ``removed`` into the draft; what a row lacks is empty or 0.

    Args:
        draft: gets the rows.
        rows: texts, and numbers as such or in digits.
        lines: where each row stands; None if they stand in no lines of their own.

    Raises:
        FileRefused: a row is none.
    """
    blank = {column: 0 if column in NUMBERS else "" for column in TABLES["removed"]}
    for place, row in enumerate(rows):
        line = None if lines is None else lines[place]
        what = f"the removed term {place + 1} cannot be read"
        if not row.get("term") or not row.get("stage"):
            raise draft.refuse(what, line, expected="a term and a stage", found=str(row)[:80])
        numbers = {column: _number(row[column]) for column in sorted(NUMBERS & row.keys())}
        for column, number in numbers.items():
            if number is None:
                raise draft.refuse(
                    what,
                    line,
                    expected=f"{column} as a whole number from 0 to {LARGEST:,}",
                    found=repr(row[column])[:80],
                )
        draft.removed.append(blank | dict(row) | numbers)


def _number(value: Any) -> int | None:
    if isinstance(value, str):
        return whole_number(value)
    return value if type(value) is int and 0 <= value <= LARGEST else None


def in_order(indices: Mapping[str, int | None]) -> list[str] | None:
    """Ids by their index, or None unless each has one of its own."""
    known = {index for index in indices.values() if index is not None}
    if len(known) != len(indices):
        return None
    return sorted(indices, key=lambda text: indices[text] or 0)


def order_terms(draft: Draft, indices: Mapping[str, int | None]) -> None:
    """Put the terms into the order of their indices, if each has one."""
    order = in_order(indices)
    if order is not None:
        draft.terms = {term: draft.terms[term] for term in order}
        draft.term_order = True


def order_genes(draft: Draft, indices: Mapping[str, int | None]) -> None:
    """Put the genes into the order of their indices, if each has one."""
    order = in_order(indices)
    if order is not None:
        draft.genes = {gene: draft.genes[gene] for gene in order}
        draft.gene_order = True
