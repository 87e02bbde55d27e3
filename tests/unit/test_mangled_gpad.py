"""Any mangled GPAD file is read with an exact account of its rows, or refused whole. The account is the test's own."""

from __future__ import annotations

import random
import re
from collections.abc import Hashable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gpad_files import GOOD_OLD_ROW, GOOD_ROW, GPAD_1, GPAD_2, old, row
from tests.mangling import CODES, RELATIONS, account, check, check_cut, check_order, groups, is_day, mangled, parts

# Only what the rows of this test can hold.
TYPES = {"ECO:0000314": "IDA", "ECO:0000353": "IPI", "ECO:0000256": "IEA", "ECO:0007669": "IEA"}
IDS = {"RO:0002331": "involved_in", "RO:0002327": "enables", "BFO:0000050": "part_of"}


def day_of(text: str) -> str | None:
    """The day as eight digits, None if there is none."""
    text = re.sub(r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?Z?$", "", text) if "-" in text else text
    if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        text = text.replace("-", "")
    return text if is_day(text) else None


def code_of(evidence: str, properties: str) -> str | None:
    for pair in parts(properties):
        key, _, value = pair.partition("=")
        if key.strip().lower() == "go_evidence" and value.strip():
            return value.strip().upper() if value.strip().upper() in CODES else None
    if evidence.upper() in CODES:
        return evidence.upper()
    return TYPES.get(evidence.upper())


def judge(line: str, damaged: bool, columns: list[str]) -> tuple[Hashable, bool] | None:
    """The rules of docs/data-sources.md for one row of a GPAD file, in the plainest words."""
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) == 13 and cells[12] == "":
        cells.pop()
    if not 10 <= len(cells) <= 12:
        return None
    row = dict(zip(columns, [*cells, "", ""], strict=False))
    free = {"with_from", "interacting_taxon", "assigned_by", "extension", "properties"}
    # An odd qualifier of 1.x is no relation, so it is refused anyway.
    if damaged and any("\ufffd" in cell for name, cell in row.items() if name not in free):
        return None
    if "product" in row:
        database, _, identifier = (part.strip() for part in row["product"].partition(":"))
        if any(word.upper() != "NOT" for word in parts(row["negation"])):
            return None
        qualifier = row["negation"] + "|" + row["relation"]
    else:
        database, identifier, qualifier = row["database"], row["object_id"], row["qualifier"]
    if not (parts(database) and parts(identifier) and parts(row["reference"])):
        return None
    words = parts(qualifier)
    relations = [IDS.get(word.upper(), word.lower()) for word in words if word.upper() != "NOT"]
    if len(relations) > 1 or not set(relations) <= RELATIONS or not re.fullmatch("GO:[0-9]{7}", row["term"]):
        return None
    code = code_of(row["evidence"], row["properties"])
    if code is None or day_of(row["date"]) is None:
        return None
    form = None
    if database == "UniProtKB" and (found := re.fullmatch("([A-Z0-9]+)(-[0-9]+|:PRO_[0-9]+)", identifier)):
        identifier, form = found[1], "UniProtKB:" + identifier
    if database == "MGI" and not identifier.startswith("MGI:"):
        identifier = "MGI:" + identifier
    references = parts(row["reference"])
    papers = [reference for reference in references if reference.startswith("PMID:")]
    negated = len(relations) < len(words)
    identity = (
        *(database, identifier, row["term"], negated, relations[0] if relations else "related_to"),
        *(code, (papers or references)[0], form),
        *(str(groups(row[name])) if row[name] else None for name in ("with_from", "extension")),
    )
    return identity, negated


def new_verdict(line: str, damaged: bool) -> tuple[Hashable, bool] | None:
    return judge(line, damaged, list(GOOD_ROW))


def old_verdict(line: str, damaged: bool) -> tuple[Hashable, bool] | None:
    return judge(line, damaged, list(GOOD_OLD_ROW))


COMMON = {
    "evidence": ["ECO:0000353", "eco:0000314", "IDA", "ECO:9999999", "ECO:0000256", "ECO:0007669"],
    "with_from": ["C|B,A", "A,B", " C | A,B |"],
    "reference": ["PMID:3|GO_REF:1", "GO_REF:1"],
    "date": ["2018-01-01T12:00:00", "20180101", "2018-01-01T1"],
    "properties": ["go_evidence=IMP", "x=y|go_evidence = imp", "go_evidence=QQQ", "go_evidence=", "noctua=1"],
}
NEW_ODD = COMMON | {
    "product": ["UniProtKB:P90001", "UniProtKB:P90001-2", "MGI:MGI:7", "MGI:7", "SGD", ":x", "a:"],
    "negation": ["NOT", "not", "NO"],
    "relation": ["RO:0002327", "involved_in", "NOT|RO:0002327", "RO:0002331|NOT", "RO:1", "RO:0002331|RO:0002327"],
}
OLD_ODD = COMMON | {
    "database": ["MGI", "UniProtKB"],
    "object_id": ["P90001-2", "MGI:7"],
    "qualifier": ["NOT|involved_in", "involved_in|NOT", "NOT", "enables|involved_in", "RO:0002327", "NOT enables"],
}
NEW = mangled(
    [
        GOOD_ROW,
        GOOD_ROW | {"negation": "NOT"},
        GOOD_ROW | {"with_from": "A,B|C"},
        GOOD_ROW | {"with_from": "C|B,A"},
    ],
    NEW_ODD,
)
OLD = mangled([GOOD_OLD_ROW, GOOD_OLD_ROW | {"qualifier": "NOT|enables"}], OLD_ODD)


@given(st.lists(NEW, max_size=10), st.booleans())
def test_every_row_of_2_0_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], dos: bool
) -> None:
    content = GPAD_2.encode() + b"\n".join(lines)
    if dos:
        content = content.replace(b"\n", b"\r\n")
    check(tmp_path_factory.getbasetemp() / "mangled.gpad", content, account(content, new_verdict))


@given(st.lists(OLD, max_size=10))
def test_every_row_of_1_2_is_accounted_for(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    content = GPAD_1.encode() + b"\n".join(lines)
    check(tmp_path_factory.getbasetemp() / "mangled.gpa", content, account(content, old_verdict))


NOTS = st.sampled_from(["NOT", "not", "Not", " NOT ", "NOT|", "|NOT", "NOT|NOT"])
GLUE = st.sampled_from(["|", " ", ",", "_", "||", ""])
RELATION = st.sampled_from(["", "RO:0002331", "involved_in", "enables", "x"])


@given(NOTS, GLUE, RELATION, st.booleans(), st.sampled_from(["", "NOT", "x"]))
def test_a_not_is_never_positive(
    tmp_path_factory: pytest.TempPathFactory, word: str, glue: str, relation: str, first: bool, negation: str
) -> None:
    text = word + glue + relation if first else relation + glue + word
    path = tmp_path_factory.getbasetemp() / "not.gpad"
    for content, verdict in (
        (GPAD_2 + row(relation=text, negation=negation), new_verdict),
        (GPAD_2 + row(relation=relation, negation=text), new_verdict),
        (GPAD_1 + old(qualifier=text), old_verdict),
    ):
        file = check(path, content.encode(), account(content.encode(), verdict))
        assert file is None or file.annotations[0].row.negated


@given(st.lists(NEW, max_size=10), st.integers(0, 99))
def test_the_order_of_rows_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], seed: int
) -> None:
    shuffled = random.Random(seed).sample(lines, len(lines))
    check_order(tmp_path_factory.getbasetemp() / "order.gpad", GPAD_2.encode(), lines, shuffled)


@given(st.lists(NEW, max_size=5), st.floats(0, 0.99))
def test_cut_off_data_are_refused(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], keep: float) -> None:
    content = (GPAD_2 + row() + "\n").encode() + b"\n".join(lines)
    check_cut(tmp_path_factory.getbasetemp() / "cut.gpad", content, keep)
