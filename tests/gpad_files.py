"""Small GPAD and GPI files for the tests of the readers: rows by their columns."""

from __future__ import annotations

from pathlib import Path

from dcell_graph.sources.annotations import AnnotationFile, read_annotations

GPAD_2 = "!gpad-version: 2.0\n!generated-by: TEST\n!date-generated: 2020-06-02\n"
GPAD_1 = "!gpa-version: 1.2\n!generated-by: TEST\n!date-generated: 2020-06-02\n"
GPI_2 = "!gpi-version: 2.0\n"
_TAIL = {
    "term": "GO:9000002",
    "reference": "PMID:99000001",
    "evidence": "ECO:0000314",
    "with_from": "",
    "interacting_taxon": "",
    "date": "2018-01-01",
    "assigned_by": "SGD",
    "extension": "",
    "properties": "",
}
# The columns in their order, with the values of a row that has nothing odd.
GOOD_ROW = {"product": "SGD:S000990001", "negation": "", "relation": "RO:0002331", **_TAIL}
GOOD_OLD_ROW = {
    "database": "SGD",
    "object_id": "S000990001",
    "qualifier": "involved_in",
    **_TAIL,
    "date": "20180101",
}
GOOD_NAMES = {
    "product": "SGD:S000990001",
    "symbol": "AAA1",
    "name": "made-up protein",
    "synonyms": "YPR901W|ALF1",
    "object_type": "PR:000000001",
    "taxon": "NCBITaxon:559292",
    "encoded_by": "",
    "parents": "",
    "members": "",
    "xrefs": "UniProtKB:Z90001",
    "properties": "",
}


def row(**changes: str) -> str:
    """One line of GPAD 2.0, without its end: the good row with some columns changed."""
    return _line(GOOD_ROW, changes)


def old(**changes: str) -> str:
    """One line of GPAD 1.2."""
    return _line(GOOD_OLD_ROW, changes)


def gpi(**changes: str) -> str:
    """One line of GPI 2.0."""
    return _line(GOOD_NAMES, changes)


def read(folder: Path, *rows: str | bytes, header: str = GPAD_2, products: Path | None = None) -> AnnotationFile:
    """Write a file and read it. The first row stands on the line after the header's."""
    path = folder / "annotations.gpad"
    lines = [line.encode() if isinstance(line, str) else line for line in rows]
    path.write_bytes(header.encode() + b"".join(line + b"\n" for line in lines))
    return read_annotations(path, products)


def _line(good: dict[str, str], changes: dict[str, str]) -> str:
    assert changes.keys() <= good.keys()
    return "\t".join((good | changes).values())
