"""Cases 13 to 18 and 30: the columns of an annotation file, row by row."""

from __future__ import annotations

from datetime import date

import pytest

from dcell_graph.graph import load
from dcell_graph.graph.judge import judge
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.sources.vocabulary import EVIDENCE_GROUPS
from tests.cases.helpers import (
    Program,
    build,
    everything,
    fates,
    file_findings,
    folder,
    genes,
    load_case,
    positive_pairs,
    stored,
)

RELEASE = "2018-06-01"


def qualified(runner: Neo4jRunner, source: str) -> dict[int, tuple[str, str, bool, str, bool]]:
    """Line -> symbol, term, negated, relation, whether the file states the relation."""
    return {
        line: (
            row["symbol"],
            row["term"],
            row["properties"]["negated"],
            row["properties"]["relation"],
            row["properties"]["relation_stated"],
        )
        for line, row in stored(runner, source).items()
    }


def test_case_13_qualifiers_of_version_2_2(runner: Neo4jRunner) -> None:
    load_case(runner, 13, "v22")
    assert fates(runner, "v22", RELEASE) == {
        4: "KEEP",
        5: "KEEP",
        6: "KEEP-FLAG",
        7: "KEEP-FLAG",
        8: "KEEP",
        9: "KEEP-FLAG",
        10: "KEEP",
        11: "KEEP-FLAG",
        12: "REFUSE",
        13: "KEEP-FLAG",
    }
    default = "acts_upstream_of_or_within"
    assert qualified(runner, "v22") == {
        4: ("AAA1", "GO:9000002", False, "involved_in", True),
        5: ("AAA1", "GO:9000005", True, "involved_in", True),
        6: ("BBB2", "GO:9000002", True, default, False),
        7: ("BBB2", "GO:9000001", True, default, False),
        8: ("CCC3", "GO:9000102", False, "contributes_to", True),
        9: ("CCC3", "GO:9000101", False, "contributes_to", True),
        10: ("CCC3", "GO:9000201", False, "colocalizes_with", True),
        11: ("DDD4", "GO:9000001", False, default, False),
        13: ("DDD4", "GO:9000005", True, "involved_in", True),
    }
    assert (12, "refused", "qualifier") in file_findings(runner, "AnnotationFile", "v22")


def test_case_13_qualifiers_of_version_2_1(runner: Neo4jRunner) -> None:
    load_case(runner, 13, "v21")
    assert set(fates(runner, "v21", RELEASE).values()) == {"KEEP"}  # an empty qualifier is normal there
    assert file_findings(runner, "AnnotationFile", "v21") == set()
    assert qualified(runner, "v21") == {
        2: ("AAA1", "GO:9000102", False, "enables", False),
        3: ("AAA1", "GO:9000002", False, "acts_upstream_of_or_within", False),
        4: ("AAA1", "GO:9000201", False, "located_in", False),
        5: ("BBB2", "GO:9000002", True, "acts_upstream_of_or_within", False),
        6: ("BBB2", "GO:9000102", True, "contributes_to", True),
    }


def test_case_13_positive_pairs_of_both_files(runner: Neo4jRunner) -> None:
    load_case(runner, 13, "v21", "v22")
    pairs = {
        *("AAA1 GO:9000002", "AAA1 GO:9000102", "AAA1 GO:9000201"),
        *("CCC3 GO:9000102", "CCC3 GO:9000101", "CCC3 GO:9000201", "DDD4 GO:9000001"),
    }
    assert positive_pairs(runner, "v21", "v22") == pairs
    # The same in a snapshot: a gene is attached to the most specific of the terms that it is annotated to.
    snapshot = build(runner, "both", sources=("v21", "v22"))
    found = genes(snapshot)
    assert {f"{gene} {term}" for term in found for gene in found[term].split()} >= pairs
    assert (found["GO:9000002"], found["GO:9000001"]) == ("AAA1", "AAA1 DDD4")
    assert (found["GO:9000102"], found["GO:9000101"]) == ("AAA1 CCC3", "AAA1 CCC3")
    assert "GO:9000005" not in found


def test_case_14_numbers_of_columns(runner: Neo4jRunner) -> None:
    load_case(runner, 14)
    assert fates(runner, "ann", RELEASE) == {
        2: "KEEP",
        3: "KEEP",
        4: "KEEP",
        5: "KEEP-FLAG",
        6: "REFUSE",
        7: "REFUSE",
        9: "KEEP-FLAG",
        10: "REFUSE",
        11: "REFUSE",
    }
    found = file_findings(runner, "AnnotationFile", "ann")
    # Line 6 looks like a row with a trailing tab; its GO id is not where it belongs.
    assert {(line, reason) for line, outcome, reason in found if outcome == "refused"} == {
        (6, "term"),
        (7, "columns"),
        (10, "columns"),
        (11, "columns"),
    }
    # That the optional columns are missing is said once a file.
    assert {finding for finding in found if finding[1] == "flagged"} == {
        (None, "flagged", "columns"),
        (5, "flagged", "columns"),
        (9, "flagged", "spaces"),
    }
    rows = stored(runner, "ann")
    assert {row["symbol"] for row in rows.values()} == {"AAA1", "BBB2", "CCC3", "DDD4", "HHH7"}
    assert positive_pairs(runner, "ann") == {
        f"{symbol} GO:9000002" for symbol in ("AAA1", "BBB2", "CCC3", "DDD4", "HHH7")
    }
    assert (rows[9]["product"], rows[9]["term"]) == ("SGD:S000990007", "GO:9000002")
    assert len({row["product"] for row in rows.values()}) == 5
    judgement = judge(runner, "ann", RELEASE)
    assert (judgement.rows, judgement.kept, judgement.merged, judgement.refused) == (9, 5, 0, 4)


def test_case_15_dates(runner: Neo4jRunner) -> None:
    load_case(runner, 15)
    assert fates(runner, "ann", RELEASE) == {
        4: "KEEP",
        5: "REFUSE",
        6: "REFUSE",
        7: "REFUSE",
        8: "REFUSE",
        9: "KEEP-FLAG",
        10: "KEEP-FLAG",
        11: "REFUSE",
        12: "REFUSE",
        13: "REFUSE",
        14: "REFUSE",
        15: "KEEP",
    }
    found = file_findings(runner, "AnnotationFile", "ann")
    assert {reason for _, outcome, reason in found if outcome == "refused"} == {"date"}
    texts = {row["line"]: row["text"] for row in load.findings(runner, "AnnotationFile", "ann")}
    assert texts[5] == "there is no day 20180230"
    assert texts[9] == "dated 2019-12-31, later than the file itself (2018-06-02)"
    rows = stored(runner, "ann")
    assert {line: row["properties"]["date"].to_native() for line, row in rows.items()} == {
        4: date(2018, 2, 28),
        9: date(2019, 12, 31),
        10: date(2018, 2, 28),
        15: date(2016, 2, 29),
    }
    for row in rows.values():
        properties = row["properties"]
        assert properties["dates"] == [properties["date"]] == [properties["last_date"]]
    assert genes(build(runner, "until", branches="P", until="2018-02-28")) == {
        "GO:9000002": "DAT1 DAT12 DAT7",
        "GO:9000001": "DAT1 DAT12 DAT7",
        "GO:0008150": "DAT1 DAT12 DAT7",
    }


@pytest.mark.parametrize(
    ("name", "rows", "version", "said"),
    [
        ("no-version", ["1 AAA1 GO:9000002", "3 BBB2 GO:9000002", "5 CCC3 GO:9000005"], None, "no version line"),
        ("underscore", ["4 AAA1 GO:9000002"], "2.1", "misspelt version line"),
        ("two-versions", ["4 AAA1 GO:9000002"], "2.1", "two version lines, 2.0 and 2.1"),
    ],
)
def test_case_17_odd_version_lines_load_with_a_warning(
    runner: Neo4jRunner, name: str, rows: list[str], version: str | None, said: str
) -> None:
    result = load.load_annotations(runner, folder(17) / f"{name}.gaf", name=name)
    kept = stored(runner, name)
    assert [f"{line} {row['symbol']} {row['term']}" for line, row in kept.items()] == rows
    assert (result.counts["rows"], result.counts["refused"], result.counts["products"]) == (len(rows), 0, len(rows))
    flagged = [row for row in load.findings(runner, "AnnotationFile", name) if row["outcome"] == "flagged"]
    assert any(said in row["text"] and row["reason"] == "version" for row in flagged)
    properties = runner.read("read/ready", kind="AnnotationFile", name=name)[0]["properties"]
    assert properties.get("version") == version
    assert str(properties.get("file_date")) == ("2018-06-02" if name == "underscore" else "None")


def test_case_17_a_mark_inside_a_name_is_no_comment(runner: Neo4jRunner) -> None:
    load.load_annotations(runner, folder(17) / "no-version.gaf", name="file")
    assert stored(runner, "file")[1]["name"] == "wow! a name"
    assert positive_pairs(runner, "file") == {"AAA1 GO:9000002", "BBB2 GO:9000002", "CCC3 GO:9000005"}


@pytest.mark.parametrize(("name", "said"), [("future", "found 9.9"), ("gpad", "this is not a GAF file")])
def test_case_17_other_formats_are_refused(program: Program, runner: Neo4jRunner, name: str, said: str) -> None:
    before = everything(runner)
    sentence = program.refused("load", "annotations", folder(17) / f"{name}.gaf")
    assert said in sentence and f"{name}.gaf" in sentence
    assert everything(runner) == before


def test_case_18_bytes_that_are_not_utf_8(runner: Neo4jRunner) -> None:
    load_case(runner, 18)
    assert fates(runner, "ann", RELEASE) == {
        4: "KEEP",
        5: "KEEP-FLAG",
        6: "KEEP-FLAG",
        7: "KEEP",
        8: "REFUSE",
        9: "KEEP",
    }
    rows = stored(runner, "ann")
    assert rows[4]["name"] == "β-form of a protein"
    assert (rows[5]["product"], rows[5]["symbol"]) == ("SGD:S000990002", "pfm\ufffd")
    assert rows[6]["name"] == "prot\ufffdine"
    assert rows[9]["name"] == (folder(18) / "ann.gaf").read_bytes().split(b"\n")[8].split(b"\t")[9].decode()
    judgement = judge(runner, "ann", RELEASE)
    assert (judgement.rows, judgement.kept, judgement.refused) == (6, 5, 1)


EXPERIMENTAL = ("EXP", "IDA", "IPI", "IMP", "IGI", "IEP")
HIGH_THROUGHPUT = ("HTP", "HDA", "HMP", "HGI", "HEP")
KNOWN = {code for codes in EVIDENCE_GROUPS.values() for code in codes}


def test_case_30_evidence_codes(runner: Neo4jRunner) -> None:
    load_case(runner, 30)
    expected = dict.fromkeys(range(4, 11), "KEEP") | {11: "KEEP-FLAG"} | dict.fromkeys(range(12, 16), "REFUSE")
    assert fates(runner, "ann", RELEASE) == expected
    found = file_findings(runner, "AnnotationFile", "ann")
    assert {(line, reason) for line, outcome, reason in found if outcome == "refused"} == {
        (12, "evidence"),
        (13, "evidence"),
        (14, "evidence"),
        (15, "evidence"),
    }
    rows = stored(runner, "ann")
    assert {row["symbol"]: row["properties"]["evidence"] for row in rows.values()} == {
        "EVI1": "IDA",
        "EVI2": "EXP",
        "EVI3": "HDA",
        "EVI4": "HMP",
        "EVI5": "IBA",
        "EVI6": "IEA",
        "EVI7": "TAS",
        "EVI8": "IDA",
    }


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        (set(EXPERIMENTAL), "EVI1 EVI2 EVI8"),
        ({*EXPERIMENTAL, *HIGH_THROUGHPUT}, "EVI1 EVI2 EVI3 EVI4 EVI8"),
        (KNOWN - {"IEA"}, "EVI1 EVI2 EVI3 EVI4 EVI5 EVI7 EVI8"),
    ],
)
def test_case_30_filters_by_evidence(runner: Neo4jRunner, wanted: set[str], kept: str) -> None:
    load_case(runner, 30)
    snapshot = build(runner, "filtered", branches="P", exclude_evidence=sorted(KNOWN - wanted))
    assert genes(snapshot)["GO:9000002"] == kept
    # The stored definition lists the codes one by one.
    assert snapshot.manifest.recipe["exclude_evidence"] == sorted(KNOWN - wanted)


def test_case_30_the_groups_are_the_published_lists() -> None:
    assert EVIDENCE_GROUPS["experimental"] == EXPERIMENTAL
    assert EVIDENCE_GROUPS["high-throughput"] == HIGH_THROUGHPUT
