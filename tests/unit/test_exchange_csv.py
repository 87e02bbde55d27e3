"""CSV tables: exact bytes, edited tables, tables of others, and what is wrong with them."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from dcell_graph.errors import FileRefused, SnapshotError
from dcell_graph.snapshot.exchange.formats import export_snapshot, import_snapshot
from tests.exchange_files import changed, kite, links_of, pairs_of, rich, written

OTHERS: dict[str, str | bytes] = {
    "terms.csv": "term,remark\nT0,x\nT1,y\n",
    "parents.csv": "child,parent\nT1,T0\n",
    "genes.csv": "symbol,gene\ns,G\n",
    "annotations.csv": "gene,term\nG,T1\n",
}


def test_tables_as_written(tmp_path: Path) -> None:
    export_snapshot(rich(), tmp_path / "a", "csv")
    assert {path.name for path in (tmp_path / "a").iterdir()} == {
        *("terms.csv", "parents.csv", "genes.csv", "annotations.csv", "removed.csv", "snapshot.json")
    }
    assert (tmp_path / "a" / "genes.csv").read_bytes() == (
        b'index,gene,symbol\n0,G0,"a,b"\n1,G1,"say ""gene"""\n2,G2,\n3,G3,x|y\tz\n'
    )
    with (tmp_path / "a" / "terms.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[2] == ["1", "GO:A", "line\nend | bar", "biological_process", "false", "1", "1", "1", "2"]


def test_tables_of_others(tmp_path: Path) -> None:
    found = import_snapshot(written(tmp_path / "mine", OTHERS), "csv").snapshot
    assert (links_of(found), pairs_of(found)) == ({("T1", "T0")}, {("T1", "G")})
    assert found.genes["symbol"].tolist() == ["s"]
    assert found.manifest.name == "mine"
    assert found.manifest.recipe == {"imported": {"format": "csv"}}
    assert (found.manifest.ontology.release, found.manifest.genome.name) == ("parents.csv", "genes.csv")


def test_long_names_return(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    name = "x, " * 100_000
    export_snapshot(changed(kite(), terms_name=[name] * 4), tmp_path / "a", "csv")
    assert import_snapshot(tmp_path / "a", "csv").snapshot.terms["name"].tolist() == [name] * 4
    (tmp_path / "a" / "genes.csv").write_text("index\n")
    with pytest.raises(FileRefused):
        import_snapshot(tmp_path / "a", "csv")
    assert csv.field_size_limit() == before


def test_compressed_tables_of_a_spreadsheet(tmp_path: Path) -> None:
    files = {
        f"{name}.gz": gzip.compress(b"\xef\xbb\xbf" + str(text).replace("\n", "\r\n").encode())
        for name, text in OTHERS.items()
    }
    found = import_snapshot(written(tmp_path / "mine", {**files}), "csv").snapshot
    assert (links_of(found), pairs_of(found)) == ({("T1", "T0")}, {("T1", "G")})


def test_the_index_gives_the_order(tmp_path: Path) -> None:
    files = OTHERS | {"terms.csv": "index,term\n1,T0\n0,T1\n"}
    assert import_snapshot(written(tmp_path, files), "csv").snapshot.terms["term"].tolist() == ["T1", "T0"]
    (tmp_path / "terms.csv").write_text("index,term\n0,T1\n,T0\n")
    assert import_snapshot(tmp_path, "csv").snapshot.terms["term"].tolist() == ["T0", "T1"]


def test_rows_in_another_order_are_the_same_snapshot(tmp_path: Path) -> None:
    export_snapshot(rich(), tmp_path / "a", "csv")
    for path in (tmp_path / "a").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            heading, *rows = csv.reader(file)
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([heading, *reversed(rows)])
    found = import_snapshot(tmp_path / "a", "csv").snapshot
    assert found.manifest.snapshot_id == rich().manifest.snapshot_id
    assert found.terms["term"].tolist() == rich().terms["term"].tolist()


def test_edited_tables_need_the_manifest_out(tmp_path: Path) -> None:
    export_snapshot(kite(), tmp_path / "a", "csv")
    path = tmp_path / "a" / "annotations.csv"
    path.write_text(path.read_text().replace("2010-01-01", "01/01/10", 1))
    with pytest.raises(SnapshotError, match="not that of the snapshot whose manifest"):
        import_snapshot(tmp_path / "a", "csv")
    (tmp_path / "a" / "snapshot.json").unlink()
    found = import_snapshot(tmp_path / "a", "csv").snapshot
    assert found.manifest.recipe == {"imported": {"format": "csv"}}
    assert "01/01/10" in set(found.annotations["first_date"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"terms.csv": ""}, ["terms.csv: the file is empty"]),
        ({"terms.csv": "name\nx\n"}, ["terms.csv:1: the table has the wrong columns", "expected term", "found name"]),
        ({"parents.csv": "child,parent\nT1\n"}, ["parents.csv:2: the row has the wrong columns", "2 fields"]),
        ({"terms.csv": 'term\n"T0\nT1\n'}, ["terms.csv:3: the row is not CSV"]),
        ({"terms.csv": b"term\nT0\n\xff\n"}, ["terms.csv:3: the line is not UTF-8"]),
        ({"terms.csv": "term\nT0\nT1\nT0\n"}, ["terms.csv:4: the term T0 is declared twice", "line 2"]),
        ({"genes.csv": "gene\nG\nG\n"}, ["genes.csv:3: the gene G is listed twice"]),
        (
            {"parents.csv": "child,parent\nT1,T7\n"},
            ["parents.csv:2: the term T7 is used but not declared", "terms.csv"],
        ),
        ({"annotations.csv": "gene,term\nX,T1\n"}, ["annotations.csv:2: the gene X is used but not declared"]),
        ({"annotations.csv": "gene,term\nG,X\n"}, ["annotations.csv:2: the term X is used but not declared"]),
        ({"terms.csv": "index,term\na,T0\n1,T1\n"}, ["terms.csv:2: the index cannot be used", "found 'a'"]),
        ({"terms.csv": f"index,term\n1,T1\n{'9' * 5000},T0\n"}, ["terms.csv:3: the index cannot be used"]),
        (
            {"parents.csv": "child,parent\nT1,T0\nT0,T1\n"},
            ["parents.csv:3: the hierarchy has a cycle", "T0 below T1 below T0"],
        ),
        ({"terms.csv": "term\nT0\nT1\n\x02\n"}, ["terms.csv:4: a term cannot have this id"]),
        ({"snapshot.json": "{}"}, ["snapshot.json: the manifest that the file carries is not usable"]),
        ({"removed.csv": "term,stage\n,x\n"}, ["removed.csv:2: the removed term 1 cannot be read"]),
        (
            {"removed.csv": "term,stage,direct_genes\nX,x,2147483647\nY,x,99999999999999\n"},
            [
                *("removed.csv:3: the removed term 2 cannot be read", "direct_genes as a whole number from 0 to 2,147"),
                "found '99999999999999'",
            ],
        ),
        ({"removed.csv": "term,stage,contained_genes\nX,x,-1\n"}, ["removed.csv:2: ", "contained_genes", "'-1'"]),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, changes: dict[str, str | bytes], words: list[str]) -> None:
    with pytest.raises(FileRefused) as caught:
        import_snapshot(written(tmp_path, OTHERS | changes), "csv")
    for part in words:
        assert part in str(caught.value)
