"""Nodes and relationships as lines of CSV, and what CSV cannot say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import neo4j.time
import pytest

from dcell_graph.errors import DatabaseError
from dcell_graph.graph.bulk.tables import MARK, Repair, Tables


def lines(path: Path) -> list[str]:
    return path.read_bytes().decode().split("\r\n")


def test_a_node_is_a_line_and_every_value_has_its_type(tmp_path: Path) -> None:
    tables = Tables(tmp_path)
    tables.node(
        7,
        "A",
        {
            "text": 'a "b", c',
            "number": 3,
            "share": 0.1,
            "flag": True,
            "day": date(2018, 1, 2),
            "neo_day": neo4j.time.Date(2018, 1, 2),
            "moment": datetime(2018, 1, 2, 3, 4, 5, tzinfo=UTC),
            "names": ["x", "y z"],
            "days": [date(2018, 1, 2), date(2019, 1, 1)],
            "absent": None,
        },
    )
    tables.close()
    (files,) = tables.node_files()
    assert files.name == "A"
    assert lines(files.paths[0]) == [
        ":ID,text:string,number:long,share:double,flag:boolean,day:date,neo_day:date,moment:datetime,names:string[],"
        "days:date[]",
        '7,"a ""b"", c",3,0.1,true,2018-01-02,2018-01-02,2018-01-02T03:04:05+00:00,x\x1fy z,2018-01-02\x1f2019-01-01',
        "",
    ]
    assert tables.counts == {"A": 1}
    assert list(tables.read_repairs()) == []


def test_a_new_property_or_type_begins_a_new_file(tmp_path: Path) -> None:
    tables = Tables(tmp_path)
    rows: list[dict[str, object]] = [{"a": "1"}, {"a": "2", "b": 2}, {"b": 3}, {"a": 4}]
    for key, properties in enumerate(rows):
        tables.node(key, "A", properties)
    tables.node(9, "", {})
    tables.close()
    first, second = tables.node_files()
    assert [lines(path) for path in first.paths] == [
        [":ID,a:string", "0,1", ""],
        [":ID,a:string,b:long", "1,2,2", "2,,3", ""],
        [":ID,b:long,a:long", "3,,4", ""],
    ]
    assert (second.name, [lines(path) for path in second.paths]) == ("", [[":ID", "9", ""]])


def test_what_csv_cannot_say_is_set_aside(tmp_path: Path) -> None:
    tables = Tables(tmp_path)
    tables.node(1, "A", {"name": "x", "empty": "", "none": [], "holes": ["", "a"], "cut": ["a\x1fb"]})
    tables.link(1, "R", 2, {"by": "id"})
    tables.link(1, "R", 2, {"by": "id", "candidates": []})
    tables.link(1, "S", 1, {})
    tables.close()
    assert list(tables.read_repairs()) == [
        Repair(1, None, {"empty": "", "none": [], "holes": ["", "a"], "cut": ["a\x1fb"]}),
        Repair(1, 1, {"candidates": []}),
    ]
    r, s = tables.link_files()
    assert [lines(path) for path in r.paths] == [
        [":START_ID,:END_ID,by:string", "1,2,id", ""],
        [f":START_ID,:END_ID,by:string,{MARK}:long", "1,2,id,1", ""],
    ]
    assert [lines(path) for path in s.paths] == [[":START_ID,:END_ID", "1,1", ""]]
    assert tables.counts == {"A": 1, "R": 2, "S": 1}


@pytest.mark.parametrize("value", [neo4j.time.Time(1, 2, 3), [neo4j.time.Duration(days=1)], b"bytes", {"a": 1}])
def test_a_value_of_another_type_is_refused(tmp_path: Path, value: object) -> None:
    tables = Tables(tmp_path)
    with pytest.raises(DatabaseError, match=r"the property odd .* the bulk load does not know"):
        tables.node(1, "A", {"odd": value})
    tables.close()
