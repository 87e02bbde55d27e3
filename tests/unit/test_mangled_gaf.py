"""Any mangled GAF file is read with an exact account of its rows, or refused whole. The account is the test's own."""

from __future__ import annotations

import random
import re
from collections.abc import Hashable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gaf_files import GOOD_ROW, HEADER
from tests.mangling import (
    CODES,
    IMPLIED,
    RELATIONS,
    account,
    check,
    check_cut,
    check_order,
    groups,
    is_day,
    mangled,
    parts,
)

COLUMNS = list(GOOD_ROW)


def verdict(line: str, damaged: bool) -> tuple[Hashable, bool] | None:
    """The rules of docs/data-sources.md for one row of a GAF file, in the plainest words."""
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) == 18 and cells[17] == "":
        cells.pop()
    if not 15 <= len(cells) <= 17:
        return None
    row = dict(zip(COLUMNS, [*cells, "", ""], strict=False))
    if damaged and any(
        "\ufffd" in row[name] for name in ("database", "object_id", "term", "reference", "evidence", "date")
    ):
        return None
    if not (parts(row["database"]) and parts(row["object_id"]) and parts(row["reference"])):
        return None
    words = parts(row["qualifier"])
    others = [word.lower() for word in words if word.upper() != "NOT"]
    if len(others) > 1 or not set(others) <= RELATIONS:
        return None
    if not re.fullmatch("GO:[0-9]{7}", row["term"]) or row["evidence"].upper() not in CODES or not is_day(row["date"]):
        return None
    identifier, form = row["object_id"], row["product_form"]
    if row["database"] == "UniProtKB" and (found := re.fullmatch("([A-Z0-9]+)(-[0-9]+|:PRO_[0-9]+)", identifier)):
        identifier, form = found[1], form or "UniProtKB:" + identifier
    if row["database"] == "MGI" and not identifier.startswith("MGI:"):
        identifier = "MGI:" + identifier
    references = parts(row["reference"])
    papers = [reference for reference in references if reference.startswith("PMID:")]
    negated = len(others) < len(words)
    identity = (
        *(row["database"], identifier, row["term"], negated),
        others[0] if others else IMPLIED.get(row["aspect"], "related_to"),
        *(row["evidence"].upper(), (papers or references)[0], form),
        *(str(groups(row[name])) if row[name] else None for name in ("with_from", "extension")),
    )
    return identity, negated


GOOD = [
    GOOD_ROW,
    GOOD_ROW | {"date": "20170101", "assigned_by": "GOC"},
    GOOD_ROW | {"qualifier": "NOT|involved_in"},
    GOOD_ROW | {"database": "UniProtKB", "object_id": "P90001", "assigned_by": "UniProt", "date": "20170101"},
    GOOD_ROW | {"with_from": "A,B|C", "evidence": "IPI", "reference": "GO_REF:1|PMID:3"},
    GOOD_ROW | {"with_from": "C|B,A", "evidence": "IPI", "reference": "PMID:3|GO_REF:2"},
]
ODD = {
    "database": ["MGI", "PR", "UniProtKB"],
    "object_id": ["P90001-2", "P90001:PRO_1", "MGI:7", "7"],
    "qualifier": ["involved_in|NOT", "NOT|Enables", "enables|involved_in", "NOT involved_in", "enables", "n\u00f6t"],
    "aspect": ["F", "C", "X"],
    "with_from": ["C|B,A", "A,B", " C | A,B |"],
    "reference": ["PMID:3|GO_REF:1", "GO_REF:1"],
    "product_form": ["UniProtKB:P90001-2"],
}
LINES = st.lists(mangled(GOOD, ODD), max_size=10)


@given(LINES, st.sampled_from([HEADER, HEADER.replace("2.2", "2.1"), "", "\ufeff" + HEADER]), st.booleans())
def test_every_row_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], header: str, dos: bool
) -> None:
    content = header.encode() + b"\n".join(lines)
    if dos:
        content = content.replace(b"\n", b"\r\n")
    check(tmp_path_factory.getbasetemp() / "mangled.gaf", content, account(content, verdict))


NOTS = st.sampled_from(["NOT", "not", "Not", " NOT ", "NOT|", "|NOT", "NOT|NOT", "not|"])
GLUE = st.sampled_from(["|", "|", " | ", " ", ",", "_", "||", ""])
RELATION = st.sampled_from(["", "involved_in", "involved_in", "enables", "INVOLVED_IN", "x"])


@given(NOTS, GLUE, RELATION, st.booleans(), st.sampled_from(["2.0", "2.1", "2.2"]))
def test_a_not_is_never_positive(
    tmp_path_factory: pytest.TempPathFactory, word: str, glue: str, relation: str, first: bool, version: str
) -> None:
    text = word + glue + relation if first else relation + glue + word
    line = "\t".join((GOOD_ROW | {"qualifier": text}).values())
    content = f"!gaf-version: {version}\n{line}\n".encode()
    file = check(tmp_path_factory.getbasetemp() / "not.gaf", content, account(content, verdict))
    assert file is None or file.annotations[0].row.negated


@given(LINES, st.integers(0, 99))
def test_the_order_of_rows_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], seed: int
) -> None:
    shuffled = random.Random(seed).sample(lines, len(lines))
    check_order(tmp_path_factory.getbasetemp() / "order.gaf", HEADER.encode(), lines, shuffled)


VERSIONS = [
    "!gaf-version: 2.0",
    "!gaf_version: 2.1",
    "!gaf-version: 2.2",
    "!gaf-version: 9.9",
    "!gpa-version: 1.1",
    "!x",
]


@given(
    st.lists(mangled(GOOD, ODD), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(VERSIONS)), max_size=3),
)
def test_version_lines_decide_wherever_they_stand(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], versions: list[tuple[int, str]]
) -> None:
    lines = [line.replace(b"\n", b"") for line in lines]
    for place, version in versions:
        lines.insert(place, version.encode())
    content = b"\n".join(lines)
    stated = {version for _, version in versions}
    readable = not stated & {"!gaf-version: 9.9", "!gpa-version: 1.1"}
    if not readable:
        path = tmp_path_factory.getbasetemp() / "version.gaf"
        if any(line.startswith(b"!gpa") for line in lines) and not any(line.startswith(b"!gaf") for line in lines):
            return  # a file of the other format, which other tests are about
        check(path, content, account(content, verdict), readable=False)
        return
    file = check(tmp_path_factory.getbasetemp() / "version.gaf", content, account(content, verdict))
    if file is not None:
        numbers = [version[-3:] for version in stated if version != "!x"]
        assert file.version == max(numbers, default=None)


@given(LINES, st.floats(0, 0.99))
def test_cut_off_data_are_refused(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], keep: float) -> None:
    content = HEADER.encode() + "\t".join(GOOD_ROW.values()).encode() + b"\n" + b"\n".join(lines)
    check_cut(tmp_path_factory.getbasetemp() / "cut.gaf", content, keep)
