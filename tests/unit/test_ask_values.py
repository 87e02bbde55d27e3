"""What values of the database look like to people and to programs."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from neo4j.spatial import CartesianPoint
from neo4j.time import Date, DateTime, Duration, Time

from dcell_graph.errors import InputError
from dcell_graph.graph.ask.asker import Answer, Limits
from dcell_graph.graph.ask.tables import to_cells, to_frame, to_objects, write_parquet
from dcell_graph.graph.ask.values import as_json, plain, shown


def answer(**columns: list[Any]) -> Answer:
    rows = tuple(zip(*columns.values(), strict=True))
    return Answer(columns=tuple(columns), rows=rows, cut=False, seconds=0.0, changes={})


def test_dates_are_dates_and_what_python_cannot_say_is_text() -> None:
    assert plain(Date(2017, 7, 19)) == date(2017, 7, 19)
    assert plain(DateTime(2017, 7, 19, 1, 2, 3)).isoformat() == "2017-07-19T01:02:03"
    assert plain(DateTime(2017, 7, 19, 1, 2, 3, 123456789)) == "2017-07-19T01:02:03.123456789"
    assert plain(Time(1, 2, 3)).isoformat() == "01:02:03"
    assert plain(Duration(months=2, days=3)) == "P2M3D"


def test_points_bytes_and_maps_are_plain() -> None:
    assert plain(CartesianPoint((1.0, 2.5))) == {"srid": 7203, "coordinates": [1.0, 2.5]}
    assert plain(b"\x00\xff") == "AP8="
    assert plain({"b": [Date(2017, 7, 19)], "a": None}) == {"a": None, "b": [date(2017, 7, 19)]}
    assert as_json(plain({"b": [Date(2017, 7, 19)], "a": float("nan")})) == '{"a": null, "b": ["2017-07-19"]}'


def test_people_see_short_text() -> None:
    assert shown(["a", "b"]) == "a, b"
    assert shown([1, None, True]) == "1, null, true"
    assert shown({"a": ["x", {"b": 1.5}]}) == "{a: ['x', {b: 1.5}]}"
    assert shown(CartesianPoint((1.0, 2.5))) == "point(1, 2.5)"
    assert shown(Date(2017, 7, 19)) == "2017-07-19"
    assert shown("x" * 2000) == "x" * 2000
    assert shown({"a": "x" * 50}) == "{a: '" + "x" * 39 + "…'}"
    assert len(shown(list(range(1000)))) == 1000
    assert shown(None) is None and shown(True) is True


def test_frames_keep_whole_numbers_whole() -> None:
    frame = to_frame(answer(a=[1, 2], b=[2**53 + 1, None], c=[True, None], d=[1.5, None], e=["x", None]))
    assert [str(dtype) for dtype in frame.dtypes][:4] == ["int64", "Int64", "boolean", "float64"]
    assert frame["b"][0] == 2**53 + 1
    assert to_frame(answer(a=[], b=[])).shape == (0, 2)
    assert to_frame(answer(when=[Date(2017, 7, 19)]))["when"].tolist() == [date(2017, 7, 19)]


def test_cells_and_objects() -> None:
    one = answer(a=[[1, "x"]], b=[{"k": Date(2017, 7, 19)}], c=["plain"])
    assert to_cells(one) == [['[1, "x"]', '{"k": "2017-07-19"}', "plain"]]
    assert to_objects(one) == [{"a": [1, "x"], "b": {"k": date(2017, 7, 19)}, "c": "plain"}]


def test_parquet_keeps_types_and_mixed_columns_become_json(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_text("what was there")
    write_parquet(
        path,
        answer(
            whole=[2**53 + 1, None],
            day=[Date(2017, 7, 19), None],
            names=[["a"], []],
            mixed=[1, "x"],
            maps=[{"k": 1}, None],
            inner=[[{"k": 1}], []],
            nothing=[None, None],
        ),
    )
    table = pq.read_table(path)
    types = [str(field.type).partition("<")[0] for field in table.schema]
    assert types == ["int64", "date32[day]", "list", "string", "string", "string", "null"]
    rows = table.to_pylist()
    assert rows[0]["whole"] == 2**53 + 1 and rows[0]["day"] == date(2017, 7, 19)
    assert [row["mixed"] for row in rows] == ["1", "x"]
    assert json.loads(rows[0]["maps"]) == {"k": 1} and rows[1]["maps"] is None
    assert [row["inner"] for row in rows] == ['[{"k": 1}]', "[]"]
    assert list(tmp_path.iterdir()) == [path]


def test_parquet_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="names a folder"):
        write_parquet(tmp_path, answer(a=[1]))
    with pytest.raises(InputError, match="cannot be written"):
        write_parquet(tmp_path / "none" / "rows.parquet", answer(a=[1]))
    assert list(tmp_path.iterdir()) == []


def test_parquet_goes_into_a_pipe_and_through_a_link(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_parquet(tmp_path / "pipe", answer(a=[1]))
        assert os.read(reader, 4) == b"PAR1"
    finally:
        os.close(reader)
    assert (tmp_path / "pipe").is_fifo()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_parquet(tmp_path / "link", answer(a=[1]))
    assert (tmp_path / "link").is_symlink() and pd.read_parquet(tmp_path / "file")["a"].tolist() == [1]


def test_parquet_without_rows_has_its_columns(tmp_path: Path) -> None:
    write_parquet(tmp_path / "rows.parquet", answer(a=[], b=[]))
    assert list(pd.read_parquet(tmp_path / "rows.parquet").columns) == ["a", "b"]


@pytest.mark.parametrize("bad", [{"rows": 0}, {"seconds": 0}, {"seconds": float("nan")}, {"seconds": 1e9}])
def test_limits_out_of_range_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="the limit of"):
        Limits(**bad)
