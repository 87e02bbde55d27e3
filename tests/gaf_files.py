"""Small annotation files for the tests of the reader: rows by their columns, and what became of each line."""

from __future__ import annotations

from pathlib import Path

from dcell_graph.sources.annotations import Annotation, AnnotationFile
from dcell_graph.sources.gaf import read_gaf

HEADER = "!gaf-version: 2.2\n!generated-by: TEST\n!date-generated: 2018-06-02\n"
# The columns of GAF 2.2 in their order, with the values of a row that has nothing odd.
GOOD_ROW = {
    "database": "SGD",
    "object_id": "S000990001",
    "symbol": "AAA1",
    "qualifier": "involved_in",
    "term": "GO:9000002",
    "reference": "PMID:99000001",
    "evidence": "IDA",
    "with_from": "",
    "aspect": "P",
    "name": "made-up protein",
    "synonyms": "YPR901W",
    "object_type": "protein",
    "taxon": "taxon:559292",
    "date": "20180101",
    "assigned_by": "SGD",
    "extension": "",
    "product_form": "",
}


def row(**changes: str) -> str:
    """One line, without its end: the good row with some columns changed."""
    assert changes.keys() <= GOOD_ROW.keys()
    return "\t".join((GOOD_ROW | changes).values())


def gene(number: int, **changes: str) -> str:
    """A row of the gene S00099000N with symbol AAA1, BBB2 ... FFF6, HHH7 (no G: the letters are three of a kind)."""
    symbol = "ABCDEFH"[number - 1] * 3 + str(number)
    return row(**{"object_id": f"S00099000{number}", "symbol": symbol, "synonyms": f"YPR90{number}W"} | changes)


def read(folder: Path, *rows: str | bytes, header: str = HEADER) -> AnnotationFile:
    """Write a file and read it. The first row stands on the line after the header's."""
    path = folder / "annotations.gaf"
    lines = [line.encode() if isinstance(line, str) else line for line in rows]
    path.write_bytes(header.encode() + b"".join(line + b"\n" for line in lines))
    return read_gaf(path)


def fates(file: AnnotationFile) -> dict[int, str]:
    """KEEP, FLAG (kept, with a remark), MERGE or the reason of the refusal of every data row, by line."""
    found = {line: "KEEP" for annotation in file.annotations for line in annotation.lines}
    for remark in file.findings:
        if remark.line is None:
            continue
        if remark.outcome == "refused":
            assert remark.line not in found, f"line {remark.line} is both kept and refused"
            found[remark.line] = remark.reason
        elif remark.outcome == "merged":
            found[remark.line] = "MERGE"
        elif found.get(remark.line) == "KEEP":
            found[remark.line] = "FLAG"
    return found


def flags(file: AnnotationFile, line: int | None) -> list[str]:
    """The reasons of the remarks on a line that is kept; None: on the file."""
    return [remark.reason for remark in file.findings if remark.line == line and remark.outcome == "flagged"]


def by_line(file: AnnotationFile) -> dict[int, Annotation]:
    """The annotations by the line of their first row."""
    return {annotation.row.line: annotation for annotation in file.annotations}
