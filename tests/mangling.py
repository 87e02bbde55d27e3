"""Mangled tables of annotations, and what the readers' account of them has to be, by rules that are written anew."""

from __future__ import annotations

import datetime
import gzip
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import strategies as st

from dcell_graph.errors import FileRefused
from dcell_graph.graph.records import annotation_rows
from dcell_graph.sources.annotations import AnnotationFile, read_annotations

RELATIONS = {
    *("enables", "contributes_to", "involved_in", "located_in", "part_of", "is_active_in", "colocalizes_with"),
    *("acts_upstream_of", "acts_upstream_of_positive_effect", "acts_upstream_of_negative_effect"),
    *("acts_upstream_of_or_within", "acts_upstream_of_or_within_positive_effect"),
    "acts_upstream_of_or_within_negative_effect",
}
CODES = frozenset(
    re.findall(
        "[A-Z]+",
        "EXP IDA IPI IMP IGI IEP HTP HDA HMP HGI HEP IBA IBD IKR IRD ISS ISO ISA ISM IGC RCA TAS NAS IC ND IEA",
    )
)
IMPLIED = {"P": "acts_upstream_of_or_within", "F": "enables", "C": "located_in"}


def parts(cell: str, separator: str = "|") -> list[str]:
    return [part.strip() for part in cell.split(separator) if part.strip()]


def groups(cell: str) -> list[list[str]]:
    return sorted(sorted(parts(group, ",")) for group in parts(cell))


def is_day(text: str) -> bool:
    if not re.fullmatch("[0-9]{8}", text):
        return False
    try:
        datetime.datetime(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


ODD_CELLS = [
    *("", " ", "|", "NOT", "not", "Not|", "NOT|NOT", "\u00a0", "x", "0", '"', "GO:9000003", "GO:90000030"),
    *("20180230", "20160229", "2018-01-01", "2018-02-30", "2018013", "IMP", "ida", "QQQ", "PMID:2", "A|B", "B|A"),
]
ODD_BYTES = [b"\t", b" ", b"|", b"\r", b"\xff", b"\xc3", b"NOT", b"|NOT|", b"\xc2\xa0", b"\xef\xbb\xbf", b"\x00", b"\n"]


@dataclass
class Account:
    """What has to become of each line, worked out without the readers.

    Args:
        rows: numbers of the lines that are rows.
        refused: of those that cannot be used.
        first: of the first row of each annotation, by what identifies it.
        merged: of the rows that repeat one.
        negated: of the rows with a NOT.
    """

    rows: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    first: dict[Hashable, int] = field(default_factory=dict)
    merged: list[int] = field(default_factory=list)
    negated: set[int] = field(default_factory=set)


Verdict = Callable[[str, bool], tuple[Hashable, bool] | None]


def account(content: bytes, verdict: Verdict) -> Account:
    """Judge the lines of a file one by one.

    Args:
        content: of the file, not compressed.
        verdict: takes a line, and whether it has bytes that are not UTF-8; gives what identifies the annotation and
            whether it is negated, or None for a row that cannot be used.
    """
    found = Account()
    for number, raw in enumerate(content.split(b"\n"), start=1):
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        raw = raw.rstrip(b"\r")
        if raw.startswith(b"!") or not raw.strip(b" \r"):
            continue
        found.rows.append(number)
        text = raw.decode("utf-8", "replace")
        judged = verdict(text, text.encode() != raw)
        if judged is None:
            found.refused.append(number)
            continue
        identity, negated = judged
        if negated:
            found.negated.add(number)
        if identity in found.first:
            found.merged.append(number)
        else:
            found.first[identity] = number
    return found


def check(path: Path, content: bytes, expected: Account, readable: bool = True) -> AnnotationFile | None:
    """Read the content and hold it against the account; None where the file has to be refused whole."""
    path.write_bytes(content)
    if not readable or not expected.first:
        with pytest.raises(FileRefused) as caught:
            read_annotations(path)
        assert str(path) in str(caught.value)
        return None
    file = read_annotations(path)
    lines = {
        outcome: [finding.line for finding in file.findings if finding.outcome == outcome]
        for outcome in ("refused", "merged")
    }
    assert file.rows == len(expected.rows) == file.kept + file.merged + file.refused
    assert lines == {"refused": expected.refused, "merged": expected.merged}
    assert [annotation.row.line for annotation in file.annotations] == list(expected.first.values())
    stated = sorted(line for annotation in file.annotations for line in annotation.lines)
    assert stated == sorted([*expected.first.values(), *expected.merged])
    for annotation in file.annotations:
        assert {line in expected.negated for line in annotation.lines} == {annotation.row.negated}
    return file


def check_order(path: Path, head: bytes, lines: list[bytes], shuffled: list[bytes]) -> None:
    """The order of lines changes neither the set of annotations nor the fingerprint of the content."""
    found: list[object] = []
    for order in (lines, shuffled):
        path.write_bytes(head + b"\n".join(order))
        try:
            file = read_annotations(path)
        except FileRefused:
            found.append(None)
        else:
            facts = {(a.row.identity, a.dates, a.assigned_by, frozenset(a.references)) for a in file.annotations}
            found.append((facts, annotation_rows(file).content(), file.rows, file.kept, file.merged, file.refused))
    assert found[0] == found[1]


def check_cut(path: Path, content: bytes, keep: float) -> None:
    """Compressed data that are cut off are refused, whatever they would have been."""
    packed = gzip.compress(content)
    path.write_bytes(packed[: max(2, int(keep * len(packed)))])
    with pytest.raises(FileRefused, match="damaged or cut off"):
        read_annotations(path)
    path.write_bytes(packed)
    assert read_annotations(path).rows > 0


@st.composite
def mangled(draw: st.DrawFn, good: Sequence[Mapping[str, str]], odd: Mapping[str, Sequence[str]]) -> bytes:
    """One line: a good row with some cells replaced, dropped or doubled, and bytes thrown in; rarely something else.

    Args:
        good: rows by their columns.
        odd: values to try in a column, besides those that are tried in every one.
    """
    if draw(st.integers(0, 11)) == 0:
        return draw(st.one_of(st.sampled_from([b"", b"  ", b"!comment\tx", b"\t\t\t", b"!"]), st.binary(max_size=20)))
    cells = dict(draw(st.sampled_from(list(good))))
    for name in draw(st.lists(st.sampled_from([*cells, *odd, *odd, *odd]), max_size=2)):
        cells[name] = draw(st.sampled_from([*odd.get(name, ()), *odd.get(name, ()), *ODD_CELLS]))
    values = list(cells.values())
    if draw(st.integers(0, 5)) == 0:
        place = draw(st.integers(0, len(values) - 1))
        if draw(st.booleans()):
            values.insert(place, values[place])
        else:
            del values[place]
    line = "\t".join(values).encode()
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        place = draw(st.integers(0, len(line)))
        line = line[:place] + draw(st.sampled_from(ODD_BYTES)) + line[place + draw(st.integers(0, 1)) :]
    return line + draw(st.sampled_from([b"", b"", b"", b"\r", b"\t", b" ", b"\t\t"]))
