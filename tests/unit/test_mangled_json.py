"""Any mangled gene JSON is read with an exact account of its records, or refused whole; the account is the test's."""

from __future__ import annotations

import gzip
import json
import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcell_graph.errors import FileRefused
from dcell_graph.graph.records import annotation_rows
from dcell_graph.sources.annotations import AnnotationFile, read_annotations
from tests.json_files import on_lines, record
from tests.mangling import CODES, IMPLIED, RELATIONS, check_cut, is_day, parts

ANYTHING = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-5, 2**70), st.floats(), st.text(max_size=6), st.sampled_from(["\ud800"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)
ODD: dict[str, list[Any]] = {
    "qualifier": ["NOT", "not", "NOT|involved in", "involved in|NOT", "NOT involved in", "enables", "x", "", None],
    "date_created": ["20180101", "2018-02-30", "2016-02-29", "2018-1-1", " 2018-01-01", "", None],
    "go__go_id": ["GO:9000003", "GO:1", None, ""],
    "go__go_aspect": ["molecular function", "x", None, "C"],
    "experiment__display_name": ["IMP", "ida", "QQQ", None],
    "reference__pubmed_id": [2, "2", "x", None],
    "reference__link": [None, "/reference/x"],
    "locus__link": ["/locus/S000990002", "/locus/x", None],
    "source__display_name": ["UniProt", None],
    "go": [None, "x"],
    "locus": [None],
    "reference": [None],
}


@st.composite
def records(draw: st.DrawFn) -> Any:
    if draw(st.integers(0, 9)) == 0:
        return draw(ANYTHING)
    changes: dict[str, Any] = {}
    for key in draw(st.lists(st.sampled_from(list(ODD)), max_size=2)):
        if key.partition("__")[0] not in changes and not any(one.startswith(f"{key}__") for one in changes):
            changes[key] = draw(st.one_of(st.sampled_from(ODD[key]), st.sampled_from(ODD[key]), ANYTHING))
    inner_first = dict(sorted(changes.items(), key=lambda item: "__" not in item[0]))
    return record(**inner_first)


def text_of(value: Any) -> str | None:
    """A text as it is used; None where it makes the record unusable."""
    return "" if value is None else value.strip() if isinstance(value, str) else None


def verdict(value: Any) -> tuple[tuple[object, ...], bool] | None:
    """The rules of docs/data-sources.md for one record, in the plainest words: what identifies it, and its NOT."""
    if not isinstance(value, dict):
        return None
    for key in ("locus", "go", "reference", "source", "experiment"):
        if not isinstance(value.get(key), dict | None):
            return None
    if not isinstance(value.get("properties"), list | None) or value.get("properties"):
        return None  # this test gives no properties
    locus, go, reference, source, experiment = (
        value.get(key) or {} for key in ("locus", "go", "reference", "source", "experiment")
    )
    strict = {
        "link": text_of(locus.get("link")),
        "term": text_of(go.get("go_id")),
        "code": text_of(experiment.get("display_name")),
        "day": text_of(value.get("date_created")),
        "qualifier": text_of(value.get("qualifier")),
        "paper link": text_of(reference.get("link")),
        "aspect": text_of(go.get("go_aspect")),
        "by": text_of(source.get("display_name")),
    }
    if any(text is None for text in strict.values()):
        return None
    texts = {key: text or "" for key, text in strict.items()}
    if any("\ud800" in text for key, text in texts.items() if key not in ("aspect", "by")):
        return None
    gene = re.search(r"/(S[0-9]{9})(?![0-9])", texts["link"])
    number = reference.get("pubmed_id")
    pubmed = str(number) if isinstance(number, int) and not isinstance(number, bool) else text_of(number)
    if pubmed is None or (pubmed and not re.fullmatch("[0-9]+", pubmed)):
        return None
    own = re.search(r"/(S[0-9]{9})(?![0-9])", texts["paper link"])
    paper = f"PMID:{pubmed}" if pubmed else f"SGD_REF:{own[1]}" if own else text_of(reference.get("display_name"))
    day = texts["day"]
    if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
        day = day.replace("-", "")
    words = [word.replace("_", " ").replace(",", " ").lower().split() for word in parts(texts["qualifier"])]
    relations = ["_".join(word[1:] if word[0] == "not" else word) for word in words if word and word != ["not"]]
    negated = any(word[:1] == ["not"] for word in words)
    if not gene or not paper or not parts(paper) or not is_day(day):
        return None
    if not re.fullmatch("GO:[0-9]{7}", texts["term"]) or texts["code"].upper() not in CODES:
        return None
    if len(relations) > 1 or not set(relations) <= RELATIONS:
        return None
    letters = {"biological_process": "P", "molecular_function": "F", "cellular_component": "C"}
    aspect = letters.get(texts["aspect"].lower().replace(" ", "_"), texts["aspect"])
    relation = relations[0] if relations else IMPLIED.get(aspect, "related_to")
    return (gene[1], texts["term"], negated, relation, texts["code"].upper(), paper), negated


def hold(file: AnnotationFile | None, found: list[Any], first: int) -> None:
    """Compare what was read with the account of the test; the first record has this number."""
    fates: dict[int, str] = {}
    seen: dict[tuple[object, ...], int] = {}
    negated: set[int] = set()
    for number, value in enumerate(found, start=first):
        judged = verdict(value)
        if judged is None:
            fates[number] = "refused"
            continue
        fates[number] = "merged" if judged[0] in seen else "kept"
        seen.setdefault(judged[0], number)
        negated |= {number} if judged[1] else set()
    if file is None:
        assert not seen
        return
    listed = [(finding.line, finding.outcome) for finding in file.findings if finding.outcome != "flagged"]
    assert sorted(listed) == sorted(item for item in fates.items() if item[1] != "kept")
    assert [annotation.row.line for annotation in file.annotations] == list(seen.values())
    assert file.rows == len(fates) == file.kept + file.merged + file.refused
    for annotation in file.annotations:
        assert {line in negated for line in annotation.lines} == {annotation.row.negated}


def read_or_none(path: Any) -> AnnotationFile | None:
    try:
        return read_annotations(path)
    except FileRefused as refused:
        assert str(path) in str(refused)
        return None


@given(st.lists(records(), max_size=6))
def test_every_record_is_accounted_for(tmp_path_factory: pytest.TempPathFactory, found: list[Any]) -> None:
    path = tmp_path_factory.getbasetemp() / "gene.json"
    path.write_text(on_lines(found))
    hold(read_or_none(path), found, 2)


@given(st.lists(records(), min_size=2, max_size=6), st.booleans())
def test_records_without_lines_are_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, found: list[Any], bare: bool
) -> None:
    if bare and any(isinstance(value, dict) and "go_details" in value for value in found):
        return
    path = tmp_path_factory.getbasetemp() / "line.json"
    path.write_bytes(gzip.compress(json.dumps(found if bare else {"go_details": found}).encode()))
    hold(read_or_none(path), found, 1)


@given(st.lists(records(), max_size=6), st.integers(0, 99))
def test_the_order_of_records_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory, found: list[Any], seed: int
) -> None:
    facts = []
    path = tmp_path_factory.getbasetemp() / "order.json"
    for order in (found, random.Random(seed).sample(found, len(found))):
        path.write_text(on_lines(order))
        file = read_or_none(path)
        facts.append(
            file
            and (
                {(a.row.identity, a.dates, a.assigned_by, frozenset(a.references)) for a in file.annotations},
                annotation_rows(file).content(),
                file.rows,
                file.refused,
            )
        )
    assert facts[0] == facts[1]


WORDS = st.sampled_from(["NOT", "not", "Not", "NOT "])


@given(
    WORDS,
    st.sampled_from(["|", " ", "_", ", ", "||", "", "-"]),
    st.sampled_from(["involved in", "enables", ""]),
    st.booleans(),
)
def test_a_not_is_never_positive(
    tmp_path_factory: pytest.TempPathFactory, word: str, glue: str, relation: str, first: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "not.json"
    text = word + glue + relation if first else relation + glue + word
    path.write_text(on_lines([record(qualifier=text)]))
    file = read_or_none(path)
    hold(file, [record(qualifier=text)], 2)
    assert file is None or file.annotations[0].row.negated


TEXT = on_lines([record(), record(go__go_id="GO:9000003"), record(qualifier="NOT"), record(date_created="x")]).encode()


@given(st.lists(st.tuples(st.integers(0, len(TEXT) - 1), st.binary(max_size=2)), min_size=1, max_size=3))
def test_changed_bytes_are_noticed_or_cost_records(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bytes]]
) -> None:
    content = TEXT
    for place, raw in changes:
        content = content[:place] + raw + content[place + 1 :]
    path = tmp_path_factory.getbasetemp() / "bytes.json"
    path.write_bytes(content)
    file = read_or_none(path)
    try:
        decoded = json.loads(content.decode("utf-8", "replace"))
        count = len(decoded["go_details"])
    except (ValueError, KeyError, TypeError):
        assert file is None
    else:
        assert file is None or (file.rows == count == file.kept + file.merged + file.refused)


@given(st.floats(0, 0.99))
def test_cut_off_data_are_refused(tmp_path_factory: pytest.TempPathFactory, keep: float) -> None:
    check_cut(tmp_path_factory.getbasetemp() / "cut.json", TEXT, keep)


@given(st.integers(0, len(TEXT) - 2))
def test_a_file_that_ends_early_is_refused(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    path = tmp_path_factory.getbasetemp() / "early.json"
    path.write_bytes(TEXT[:length])
    with pytest.raises(FileRefused):
        read_annotations(path)
